// Control of the false-discovery rate by Benjamini and Hochberg (1995), on ln p. The family is
// every scored target row, matches included; q is the smallest rate at which a row is rejected.
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/firewall.hpp"

namespace recon::evidence {

// The map from ln p to ln q that a family of tests defines. It is a step function: only the points
// where n p/rank reaches a new minimum from above are kept, usually few, so the curve of
// millions of tests is small and can be stored and used to look q up later.
class FalseDiscoveryCurve {
  public:
    // Every test of the family, in any order. NaN is no test and is not counted; values above 0 are
    // taken as 0. The answer does not depend on the order.
    explicit FalseDiscoveryCurve(std::vector<double> ln_p);

    // `tests` in all, of which only the small ones are listed: all that is known of the others is
    // ln p >= `others_from`, which no listed value exceeds. q is exact where it is below
    // exp(others_from), because no unlisted test can change it there; above that it is an upper
    // bound. Throws where more are listed than there are tests.
    FalseDiscoveryCurve(std::vector<double> ln_p, std::uint64_t tests, double others_from);

    [[nodiscard]] std::uint64_t tests() const noexcept { return tests_; }

    // ln q of a test of this family; NaN for NaN. Ties have the same q: they are rejected together.
    // Of any other p-value: an upper bound of what it would have in the place of one of the tests,
    // n p / (number of tests at or below p) or the q of the next test above, whichever is smaller.
    [[nodiscard]] double ln_q(double ln_p) const;

    void serialize(ByteWriter& writer) const;
    [[nodiscard]] static FalseDiscoveryCurve deserialize(ByteReader& reader);

  private:
    FalseDiscoveryCurve() = default;
    void build(std::vector<double> ln_p);

    struct Step {
        double ln_p; // the largest ln p that has this ln q
        double ln_q;
    };
    std::uint64_t tests_ = 0;
    std::vector<Step> steps_; // ascending in both
};

} // namespace recon::evidence
