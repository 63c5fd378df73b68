// The partners' evidence of a run: what is noted of them while keys are judged one by one, and what
// follows from it for the breaks when all are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
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
    // the order in which they were taken. `changed` is called with each break that they said
    // something about.
    void decide(Detection& detection, std::vector<double>& ln_p,
                const std::function<void(const JudgedBreak&)>& changed) const;

  private:
    struct Place {
        std::size_t at = 0;
        std::size_t first_break = 0;
        std::size_t first_row = 0;
    };

    // Of each member; null laws where the key is not in the spool.
    struct Scales {
        std::vector<const breaks::TailLaw*> laws;
        std::vector<double> tolerances;
    };
    [[nodiscard]] Scales scales(const Populations& populations) const;

    // Of the members of a key the one whose partner says most against a row, and which of its rows
    // that is.
    struct Strongest {
        breaks::Decoupling decoupling;
        std::uint32_t member = 0;
        std::size_t row = 0;
    };
    [[nodiscard]] std::optional<Strongest> strongest(const breaks::PartnerJudge& judge,
                                                     std::span<const std::uint32_t> members,
                                                     std::size_t from_newest) const;

    const PartnerFit& fit_;
    const RunPlan& plan_;
    const KeySpool& spool_;
    std::vector<breaks::PartnerTrack> tracks_; // of each member
    std::vector<Place> places_;                // of keys with tracks
};

} // namespace recon::run
