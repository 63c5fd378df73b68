// The partners' evidence of a run: what is noted of them while keys are judged one by one, and what
// follows from it for the breaks when all are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "run/fit/partner_fit.hpp"
#include "run/result/detection.hpp"

namespace recon::run {

class PartnerEvidence {
  public:
    // All must outlive it.
    PartnerEvidence(const PartnerFit& fit, const RunPlan& plan, const KeySpool& spool);

    // Where to note the rows of the key at this position; empty for most.
    [[nodiscard]] std::vector<breaks::PartnerTrack> tracks(std::size_t at) const;

    // Takes them: the key's breaks begin at `first_break` of the detection's, its rows at
    // `first_row` among those judged.
    void take(std::size_t at, std::vector<breaks::PartnerTrack> tracks, std::size_t first_break,
              std::size_t first_row);

    // Adds what the partners say to the breaks and to ln p of all judged rows. Breaks must be in
    // the order in which they were taken. `changed` is told of each break that has heard something.
    void decide(Detection& detection, std::vector<double>& ln_p,
                const std::function<void(const JudgedBreak&)>& changed) const;

  private:
    struct Place {
        std::size_t at = 0;
        std::size_t first_break = 0;
        std::size_t first_row = 0;
    };

    const PartnerFit& fit_;
    const RunPlan& plan_;
    const KeySpool& spool_;
    std::vector<breaks::PartnerTrack> tracks_; // of each member
    std::vector<Place> places_;                // of keys with tracks
};

} // namespace recon::run
