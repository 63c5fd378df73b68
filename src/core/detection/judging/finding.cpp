#include "core/detection/judging/finding.hpp"

namespace recon::breaks {

std::string_view name(Basis basis) noexcept {
    static constexpr std::array<std::string_view, 4> names = {
        "no evidence", "peers", "own history and population", "own history"};
    const auto index = static_cast<std::size_t>(basis);
    return index < names.size() ? names[index] : std::string_view{};
}

} // namespace recon::breaks
