// What each detector said of the breaks of a run, on its way into recon.score.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "postgres/pending_rows.hpp"
#include "postgres/query.hpp"
#include "run/judge/detection.hpp"
#include "run/plan/run_plan.hpp"

namespace recon::run {

class ScoreStore {
  public:
    // Both must outlive the store.
    ScoreStore(const RunPlan& plan, const Detection& detection);

    void add(const JudgedBreak& judged, std::int64_t break_id, std::int64_t run_id);
    // To the statements of the current query, of which write() is one.
    void show() const { rows_.show_as("new_score"); }
    void write(postgres::Query& query) const;
    void end() { rows_.end(); }

  private:
    struct DetectorScore {
        std::string_view detector;
        float ln_p; // NaN: it had nothing to say
        float share;
        std::string metadata; // JSON
    };
    struct Place {
        std::int64_t break_id;
        std::int64_t run_id;
        std::int32_t date;
    };
    void add(const Place& place, const DetectorScore& score);

    const RunPlan& plan_;
    const Detection& detection_;
    postgres::PendingRows rows_;
};

} // namespace recon::run
