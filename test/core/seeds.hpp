// How many seeds a statistical test takes. Its figures hold for `some`, in every run, and for
// `many`, where the environment asks for RECON_TEST_SEEDS=many (make test-long). Under the
// sanitizers a `few` see the same code, and the figures of a few may be off by more.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <string_view>

namespace recon::test {

#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool under_sanitizers = true;
#elif defined(__has_feature)
inline constexpr bool under_sanitizers = __has_feature(address_sanitizer);
#else
inline constexpr bool under_sanitizers = false;
#endif

inline std::size_t seeds(std::size_t few, std::size_t some, std::size_t many) {
    if (under_sanitizers) return few;
    const char* const asked = std::getenv("RECON_TEST_SEEDS");
    return asked != nullptr && std::string_view(asked) == "many" ? many : some;
}

} // namespace recon::test
