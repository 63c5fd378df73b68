// What every serialized state is put through: each truncation is refused; each flipped bit (of a
// long state, a selection of them) is refused, or gives a value that can be used without harm (the
// sanitizers watch `use`).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/bytes.hpp"
#include "core/base/error.hpp"
#include "core/base/random.hpp"

namespace recon::series::testing {

// read(ByteReader&) deserializes; use(value&) calls whatever callers would call.
template <class Read, class Use>
void expect_hostile_bytes_are_harmless(const std::vector<std::byte>& bytes, Read read, Use use) {
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        ByteReader reader(std::span{bytes}.first(size), "state");
        EXPECT_THROW(static_cast<void>(read(reader)), Error) << "cut to " << size << " bytes";
    }
    const auto attempt = [&](const std::vector<std::byte>& mutated) {
        ByteReader reader(mutated, "state");
        try {
            auto value = read(reader);
            reader.expect_end();
            use(value);
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::invalid_data) << error.what();
        }
    };
    for (std::size_t at = 0; at < bytes.size(); at += 1 + bytes.size() / 500) {
        for (unsigned bit = 0; bit < 8; ++bit) {
            auto mutated = bytes;
            mutated[at] ^= static_cast<std::byte>(1U << bit);
            attempt(mutated);
        }
    }
    Random random(3);
    for (int round = 0; round < 2000; ++round) {
        auto mutated = bytes;
        for (std::uint64_t flips = 1 + random.below(8); flips > 0; --flips) {
            mutated[random.below(mutated.size())] = static_cast<std::byte>(random.below(256));
        }
        attempt(mutated);
    }
}

} // namespace recon::series::testing
