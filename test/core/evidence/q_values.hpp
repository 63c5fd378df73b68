// A family of tests in one step, as the tests of the core look at it.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include "core/evidence/false_discovery.hpp"

namespace recon::evidence {

// ln q for each of `ln_p`, in its order; `ln_p` is the whole family.
inline std::vector<double> ln_q_values(std::span<const double> ln_p) {
    const FalseDiscoveryCurve curve({ln_p.begin(), ln_p.end()});
    std::vector<double> result;
    result.reserve(ln_p.size());
    for (const double value : ln_p)
        result.push_back(curve.ln_q(value));
    return result;
}

// The largest of `ln_p` that is rejected at rate `alpha`; -infinity where none is.
inline double largest_rejected(const FalseDiscoveryCurve& curve, std::span<const double> ln_p,
                               double alpha) {
    double largest = -std::numeric_limits<double>::infinity();
    for (const double value : ln_p)
        if (curve.ln_q(value) <= std::log(alpha)) largest = std::max(largest, value);
    return largest;
}

} // namespace recon::evidence
