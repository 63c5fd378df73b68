// A sum of binary fractions without any rounding: a two's complement integer over a grid of 64-bit
// limbs, as wide as the values it has met ask for (a Kulisch accumulator, cut to what is used).
// Nothing is lost when something is added, so the order of additions leaves no trace, and what was
// added can be taken back exactly.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "core/base/bytes.hpp"
#include "core/base/firewall.hpp"

namespace recon::series {

class ExactSum {
  public:
    // Limb i of the grid counts units of 2^(64 i). Powers up to the fourth of every admitted number
    // lie within, with more room above than counts can fill.
    static constexpr std::int32_t lowest_limb = -68; // the fourth power of 2^-1074
    static constexpr std::int32_t limb_end = 68;

    ExactSum() = default;
    ExactSum(const ExactSum& other);
    ExactSum& operator=(const ExactSum& other);
    ExactSum(ExactSum&&) = default;
    ExactSum& operator=(ExactSum&&) = default;
    ~ExactSum() = default;

    // Adds (or takes away) magnitude * 2^exponent; the magnitude's lowest limb first, Limbs of
    // them.
    template <std::size_t Limbs>
    void add(const std::array<std::uint64_t, Limbs>& magnitude, std::int32_t exponent,
             bool negative) {
        const std::int32_t at = exponent >> 6;
        const auto shift = static_cast<unsigned>(exponent & 63);
        std::array<std::uint64_t, Limbs + 1> shifted{};
        shifted[0] = magnitude[0] << shift;
        for (std::size_t i = 1; i < Limbs; ++i) {
            shifted[i] = (magnitude[i] << shift) | ((magnitude[i - 1] >> 1U) >> (63U - shift));
        }
        shifted[Limbs] = (magnitude[Limbs - 1] >> 1U) >> (63U - shift);
        // One limb more takes the carries of more additions than there can be.
        const auto size = static_cast<std::int32_t>(Limbs) + 2;
        if (at < low_ || at + size > low_ + size_) make_room(at, size);
        std::uint64_t* into = limbs() + (at - low_);
        std::uint64_t* const end = limbs() + size_;
        negative ? subtract(into, end, shifted) : add(into, end, shifted);
    }

    void add(const ExactSum& other);

    // The sum as its shortest two's complement integer: no limb that only repeats the sign above,
    // no zero limb below. Empty for zero. The limbs count from 2^(64 low).
    struct Canonical {
        std::span<const std::uint64_t> limbs;
        std::int32_t low;
    };
    [[nodiscard]] Canonical canonical() const noexcept;

    [[nodiscard]] bool is_zero() const noexcept { return canonical().limbs.empty(); }

    // Equal sums have equal bytes, however they came about.
    void serialize(ByteWriter& writer) const;
    [[nodiscard]] static ExactSum deserialize(ByteReader& reader);

  private:
    // Enough for the fourth powers of amounts between cents and billions.
    static constexpr std::int32_t limbs_inside = 10;

    [[nodiscard]] std::uint64_t* limbs() noexcept {
        return outside_ ? outside_.get() : inside_.data();
    }
    [[nodiscard]] const std::uint64_t* limbs() const noexcept {
        return outside_ ? outside_.get() : inside_.data();
    }

    // Widens the grid so that it holds the limbs at .. at + size - 1.
    void make_room(std::int32_t at, std::int32_t size);

    template <std::size_t Count>
    static void add(std::uint64_t* into, std::uint64_t* end,
                    const std::array<std::uint64_t, Count>& what) noexcept {
        bool carry = false;
        for (std::size_t i = 0; i < Count; ++i) {
            std::uint64_t sum = 0;
            const bool first = __builtin_add_overflow(into[i], what[i], &sum);
            const bool second =
                __builtin_add_overflow(sum, static_cast<std::uint64_t>(carry), &into[i]);
            carry = first || second;
        }
        for (into += Count; carry && into < end; ++into) {
            carry = ++*into == 0;
        }
    }

    template <std::size_t Count>
    static void subtract(std::uint64_t* into, std::uint64_t* end,
                         const std::array<std::uint64_t, Count>& what) noexcept {
        bool borrow = false;
        for (std::size_t i = 0; i < Count; ++i) {
            std::uint64_t difference = 0;
            const bool first = __builtin_sub_overflow(into[i], what[i], &difference);
            const bool second =
                __builtin_sub_overflow(difference, static_cast<std::uint64_t>(borrow), &into[i]);
            borrow = first || second;
        }
        for (into += Count; borrow && into < end; ++into) {
            borrow = (*into)-- == 0;
        }
    }

    std::int32_t low_ = 0;
    std::int32_t size_ = 0;
    std::array<std::uint64_t, limbs_inside> inside_{};
    std::unique_ptr<std::uint64_t[]> outside_; // instead, where that is too narrow
};

} // namespace recon::series
