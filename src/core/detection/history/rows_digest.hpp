// A digest of rows that does not depend on their order: the sum of a hash of each. Two sets of rows
// that judging could tell apart have the same digest with probability 2^-64 or less; rows made on
// purpose to collide are not what it guards against.
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>

#include "core/base/firewall.hpp"
#include "core/base/random.hpp"

namespace recon::breaks {

// What judging sees of one row, besides its key. `values` are those of KeySeries: NaN is missing.
[[nodiscard]] inline std::uint64_t row_hash(std::int32_t date, bool is_break, bool is_mismatch,
                                            std::uint64_t content,
                                            std::span<const double> values) noexcept {
    const std::uint64_t flags = (is_break ? 1U : 0U) | (is_mismatch ? 2U : 0U);
    const auto day = static_cast<std::uint64_t>(static_cast<std::uint32_t>(date));
    std::uint64_t hash = mix64(content + ((day << 2) | flags));
    for (const double value : values) {
        // One bit pattern per number: one NaN, no negative zero.
        const auto bits =
            std::isnan(value) ? ~std::uint64_t{0} : std::bit_cast<std::uint64_t>(value + 0.0);
        hash = (hash ^ bits) * 0x9fb21c651e98df25ULL;
        hash ^= hash >> 29;
    }
    return hash;
}

class RowsDigest {
  public:
    RowsDigest() = default;
    explicit RowsDigest(const std::array<std::uint64_t, 2>& sums) noexcept : sums_(sums) {}

    // `key` tells the keys apart, `row` is a row_hash().
    void add(std::uint64_t key, std::uint64_t row) noexcept {
        const auto mixed = mix64(row + key * 0x9e3779b97f4a7c15ULL);
        sums_[0] += mixed;
        sums_[1] += mix64(mixed + 0x9e3779b97f4a7c15ULL);
    }
    void add(const RowsDigest& others) noexcept {
        sums_[0] += others.sums_[0];
        sums_[1] += others.sums_[1];
    }

    [[nodiscard]] const std::array<std::uint64_t, 2>& sums() const noexcept { return sums_; }
    [[nodiscard]] bool operator==(const RowsDigest&) const = default;

    // 32 hexadecimal digits.
    [[nodiscard]] std::string text() const {
        static constexpr char digits[] = "0123456789abcdef";
        std::string text;
        for (const auto sum : sums_) {
            for (int shift = 60; shift >= 0; shift -= 4)
                text += digits[(sum >> shift) & 15U];
        }
        return text;
    }

  private:
    std::array<std::uint64_t, 2> sums_{};
};

} // namespace recon::breaks
