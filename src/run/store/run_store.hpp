// Writing a run: the run itself, its breaks, items and scores.
#pragma once

#include <cstdint>
#include <string>

#include "run/store/break_writer.hpp"
#include "run/store/item_store.hpp"
#include "run/store/known_breaks.hpp"
#include "run/store/score_store.hpp"

namespace recon::run {

// Must be used as the extension's owner, while the reconciliation is locked.
class RunStore {
  public:
    // All must outlive it.
    RunStore(const RunPlan& plan, const KeySpool& spool, const Detection& detection);

    // The stable number of each break of the detection, in its order: known ones keep theirs.
    [[nodiscard]] std::int64_t break_id(std::size_t at) const noexcept { return known_.ids[at]; }

    // Called once for every break, in order, with the row of the answer.
    void add(std::size_t at, VerdictRow& row);

    // Writes what was added; returns the run's number.
    std::int64_t finish(const std::string& message);

  private:
    const RunPlan& plan_;
    const KeySpool& spool_;
    const Detection& detection_;
    std::int64_t run_id_;
    KnownBreaks known_;
    BreakWriter breaks_;
    ScoreStore scores_;
    ItemStore items_;
};

} // namespace recon::run
