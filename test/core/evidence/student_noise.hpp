// Noise with heavy tails, for what must hold its error under it.
#pragma once

#include <cmath>

#include "core/base/random.hpp"

namespace recon::evidence::test {

// Student's t with an even number of degrees of freedom, or normal where that is 0.
inline double student_noise(Random& random, int df) {
    if (df == 0) return random.normal();
    double product = 1; // of uniform numbers: -2 ln of it is chi-squared
    for (int i = 0; i < df / 2; ++i)
        product *= 1 - random.uniform();
    return random.normal() / std::sqrt(-2 * std::log(product) / df);
}

} // namespace recon::evidence::test
