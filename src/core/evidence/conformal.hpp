// A p-value from a score that only ranks (isolation forest, neighbours): how often does a reference
// of ordinary rows score at least as high? Split-conformal, p = (1 + #{reference >= s}) / (n + 1),
// and beyond the 98th percentile of the reference a generalised Pareto tail, because ranks alone
// cannot tell 1/n from 1/1000n.
//
// A reference drawn from unlabelled rows contains anomalies, and one per cent of them is enough to
// hide all others: with 2,000 targets of which 20 are anomalous, the power at q <= .05 falls from 1
// to 0. So anomalies confirmed by people should be left out of `reference`, and those that stand
// apart are left out here: within the highest 3% a gap is looked for that is too wide for a tail.
// Under an exponential tail the gap below the j-th largest value, times j, is exponential with the
// scale of the tail, whatever j (Renyi 1953); the scale is read off the next 7% of the values and
// let grow as for a Pareto tail of shape .35. The most improbable gap counts if its p is below
// .001/#gaps and it is three times wider than any gap below the highest 3% (coarse scores have wide
// gaps everywhere). In simulations clean references lose nothing, normal to t3 tails alike, and
// clusters of 1% are removed whole. Anomalies that fill the space up to the ordinary rows evenly
// are not found this way.
#pragma once

#include <cstddef>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/firewall.hpp"
#include "core/evidence/ranked_tail.hpp"

namespace recon::evidence {

class ConformalReference {
  public:
    // Scores of the reference rows, higher meaning more unusual, in any order; NaN is left out.
    // The tail needs at least 100 scores and ten different ones in it; with less, p is never
    // below 1/(n+1).
    explicit ConformalReference(std::vector<double> reference);

    // ln p <= 0. NaN for a NaN score and for an empty reference.
    [[nodiscard]] double ln_p(double score) const;

    [[nodiscard]] std::size_t size() const noexcept { return sorted_.size(); } // left after removal
    [[nodiscard]] std::size_t removed() const noexcept { return removed_; }
    [[nodiscard]] bool has_tail() const noexcept { return tail_.exists(); }
    [[nodiscard]] const GeneralizedPareto& tail() const noexcept { return tail_.law(); }

    void serialize(ByteWriter& writer) const;
    [[nodiscard]] static ConformalReference deserialize(ByteReader& reader);

  private:
    ConformalReference() = default;
    void remove_cluster();

    std::vector<double> sorted_; // ascending
    std::size_t removed_ = 0;
    RankedTail tail_;
};

} // namespace recon::evidence
