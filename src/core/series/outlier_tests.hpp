// Tests for outliers in one sample that is normal but for them. For a key's own past the baseline
// detector is the better judge; these answer the textbook question, with the textbook's numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/firewall.hpp"

namespace recon::series {

enum class Side : std::uint8_t { low, high, both };

struct OutlierTest {
    std::size_t index = 0; // of the most extreme value, in the values given
    double statistic = 0;  // its distance from the mean in standard deviations
    double critical = 0;   // what the statistic must exceed to be significant
    // Natural logarithm of the p-value (Bonferroni's bound, which is exact where p is small);
    // -infinity where all the other values agree.
    double ln_p = 0;
    [[nodiscard]] bool significant() const noexcept { return statistic > critical; }
};

// Grubbs's test for one outlier (NIST handbook 1.3.5.17). Values that are not admitted are passed
// over. Statistic, critical value and ln p are NaN where fewer than three values are left; of
// values that all agree the statistic is 0 and ln p is 0. Raises invalid_parameter unless
// 0 < alpha < 1.
[[nodiscard]] OutlierTest grubbs_test(std::span<const double> values, double alpha = 0.05,
                                      Side side = Side::both);

struct ExtremeDeviates {
    // One test per value taken away, the most extreme first; empty for fewer than three values,
    // and ended where those that are left all agree.
    std::vector<OutlierTest> tests;
    // So many of them, from the first on, are outliers: up to the last significant one.
    std::size_t outliers = 0;
};

// Rosner's generalized extreme studentized deviate test for up to `most` outliers, two-sided (NIST
// handbook 1.3.5.17.3): one does not mask another. At most n - 2 values are taken away. Takes
// n * most steps. Raises invalid_parameter unless 0 < alpha < 1.
[[nodiscard]] ExtremeDeviates generalized_esd(std::span<const double> values, std::size_t most,
                                              double alpha = 0.05);

} // namespace recon::series
