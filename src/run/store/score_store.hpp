// What each detector said of the breaks of a run, on its way into recon.score.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "postgres/query.hpp"
#include "postgres/table_rows.hpp"
#include "run/plan/run_plan.hpp"
#include "run/result/detection.hpp"

namespace recon::run {

class ScoreStore {
  public:
    // Both must outlive the store.
    ScoreStore(const RunPlan& plan, const Detection& detection);

    void add(const JudgedBreak& judged, std::int64_t break_id, std::int64_t run_id);
    // To the statements of the current query, of which write() is one.
    void show() const { rows_.pending().show_as("new_score"); }
    void write(postgres::Query& query) const;
    void end() { rows_.end(); }

  private:
    // A row of recon.score.
    struct Score {
        std::int64_t break_id;
        std::int32_t break_date;
        std::int32_t reconciliation_id;
        std::int64_t run_id;
        std::string_view detector;
        double ln_p; // NaN: it had nothing to say
        double share;
        double confidence;
        std::string metadata; // JSON
    };
    static const std::array<postgres::TableColumn<Score>, 9> columns;

    void add(Score score);

    const RunPlan& plan_;
    const Detection& detection_;
    postgres::TableRows<Score> rows_;
};

} // namespace recon::run
