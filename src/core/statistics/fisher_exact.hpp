// Fisher's exact test of a table of two by two (Fisher 1935, The Design of Experiments): are its
// rows and columns independent? Given its margins the first count is hypergeometric then.
#pragma once

#include <cstdint>

#include "core/base/firewall.hpp"

namespace recon::evidence {

// Logarithms, so that one in e^5000 differs from what is impossible.
struct FisherTest {
    double ln_p_low;  // of a first count no larger than this one
    double ln_p_high; // of one no smaller
    double ln_p_both; // of a table no more probable than this one; those of equal probability, as
                      // far as rounding tells, are among them
};

// [[a, b], [c, d]]. Throws invalid_parameter where they add up to more than `most_fisher_counts`:
// the terms to add grow with the square root.
inline constexpr std::uint64_t most_fisher_counts = 1'000'000'000'000;
[[nodiscard]] FisherTest fisher_exact(std::uint64_t a, std::uint64_t b, std::uint64_t c,
                                      std::uint64_t d);

} // namespace recon::evidence
