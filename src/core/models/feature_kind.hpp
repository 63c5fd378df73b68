// What the numbers of a row of mixed columns are. Such a row travels as two lines of numbers: its
// values, and the kind of each.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/base/firewall.hpp"

namespace recon::models {

enum class FeatureKind : std::uint8_t {
    number,   // as it is
    amount,   // to be scaled
    category, // a code made by category_code, to be replaced by how rare it is
};
inline constexpr std::size_t feature_kinds = 3;

[[nodiscard]] std::string_view name_of(FeatureKind kind) noexcept;

// What stands for a category: 52 bits of its hash, exact as a double.
[[nodiscard]] inline double category_code(std::uint64_t hash) noexcept {
    return static_cast<double>(hash >> 12);
}

// The second line as kinds. Throws invalid_parameter for a number that is none.
[[nodiscard]] std::vector<FeatureKind> kinds_of(std::span<const double> line);

// Throws invalid_parameter where a row's kinds are not the expected ones; an empty line means a row
// of plain numbers, as no expected kinds do.
void expect_kinds(std::span<const FeatureKind> expected, std::span<const double> line);

} // namespace recon::models
