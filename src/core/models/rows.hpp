// Rows of features as every model sees them: a dense row-major block of float8 that somebody else
// owns. NaN is a missing value. The infinities never reach a model: a reservoir stores them as
// missing, and Model gives a row that holds one no score.
#pragma once

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include "core/base/firewall.hpp"
#include "core/base/random.hpp"

namespace recon::models {

// Wider rows are refused (a table has at most 1,600 columns; one-hot features can be more).
inline constexpr std::size_t max_columns = 4096;

inline constexpr double missing_value = std::numeric_limits<double>::quiet_NaN();

struct Rows {
    const double* values = nullptr;
    std::size_t count = 0;
    std::size_t columns = 0;

    [[nodiscard]] const double* row(std::size_t i) const noexcept { return values + i * columns; }
    [[nodiscard]] std::span<const double> operator[](std::size_t i) const noexcept {
        return {row(i), columns};
    }
    [[nodiscard]] Rows slice(std::size_t first, std::size_t size) const noexcept {
        return {row(first), size, columns};
    }
};

// One bit pattern for each value, so that equal rows are equal bytes: every missing or infinite
// value is the same NaN, and zero has no sign.
[[nodiscard]] inline double canonical_value(double x) noexcept {
    return std::isfinite(x) ? x + 0.0 : missing_value;
}

struct CanonicalRow {
    std::uint64_t hash = 0;
    std::size_t missing = 0;  // values that are NaN or infinite
    std::size_t infinite = 0; // of these, infinite
};

// Writes the canonical values of a row and hashes them in the same pass, in integers only. Each
// value is xored with its column's salt and mixed by two multiplications; the sum is mixed once
// more, so that no value's multiplications wait for another's.
[[nodiscard]] inline CanonicalRow canonicalize(const double* row, double* canonical,
                                               std::size_t columns) noexcept {
    constexpr std::uint64_t exponent = 0x7ff0000000000000ULL;
    CanonicalRow result;
    std::uint64_t sum = columns;
    std::uint64_t salt = 0;
    for (std::size_t j = 0; j < columns; ++j) {
        auto bits = std::bit_cast<std::uint64_t>(row[j]);
        bits = bits << 1 == 0 ? 0 : bits;
        if ((bits & exponent) == exponent) [[unlikely]] {
            ++result.missing;
            if (bits << 1 == exponent << 1) ++result.infinite;
            bits = std::bit_cast<std::uint64_t>(missing_value);
        }
        canonical[j] = std::bit_cast<double>(bits);
        salt += 0x9e3779b97f4a7c15ULL;
        bits = (bits ^ salt) * 0xd1342543de82ef95ULL;
        sum += (bits ^ (bits >> 32)) * 0xbf58476d1ce4e5b9ULL;
    }
    result.hash = mix64(sum);
    return result;
}

} // namespace recon::models
