// Attacks on serialized values: every truncation and many random changes either throw recon::Error
// or give something usable. What must never happen (a crash, undefined behaviour, a huge
// allocation) shows under the sanitizers.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/error.hpp"
#include "core/base/random.hpp"

namespace recon::test {

using UseBytes = std::function<void(std::span<const std::byte>)>;

// `use` reads the bytes and uses what they give. It must succeed on the bytes as they are and throw
// recon::Error for every truncation.
inline void attack_bytes(const std::vector<std::byte>& good, const UseBytes& use,
                         int changes = 500) {
    ASSERT_NO_THROW(use(good));
    const std::size_t step = good.size() < 2000 ? 1 : good.size() / 997;
    for (std::size_t size = 0; size < good.size(); size += step)
        EXPECT_THROW(use(std::span{good}.first(size)), Error) << "size " << size;
    auto longer = good;
    longer.push_back(std::byte{0});
    EXPECT_THROW(use(longer), Error);

    Random random(good.size());
    for (int change = 0; change < changes; ++change) {
        auto bytes = good;
        const auto edits = 1 + random.below(3);
        for (std::uint64_t edit = 0; edit < edits; ++edit) {
            // Half of the changes hit the head, where the sizes and options are.
            const std::size_t reach =
                change % 2 == 0 ? bytes.size() : std::min<std::size_t>(bytes.size(), 64);
            auto& byte = bytes[random.below(reach)];
            byte = change % 3 == 0 ? static_cast<std::byte>(random.below(256))
                                   : byte ^ static_cast<std::byte>(1U << random.below(8));
        }
        try {
            use(bytes);
        } catch (const Error&) {
            // Refused: good.
        }
    }
}

} // namespace recon::test
