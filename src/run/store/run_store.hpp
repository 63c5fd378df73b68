// Writing a run: the run itself, breaks that are new, verdicts that changed, rows that are gone.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "postgres/bulk_insert.hpp"
#include "postgres/pending_rows.hpp"
#include "postgres/query.hpp"
#include "run/result/verdict_rows.hpp"
#include "run/store/item_store.hpp"
#include "run/store/score_store.hpp"

namespace recon::run {

using postgres::Parameter;
using postgres::Query;

// Refuses (55P03) to overlap with another run of the same reconciliation; the lock is the
// transaction's.
void lock_reconciliation(const RunPlan& plan);

// Must be used as the extension's owner, while the reconciliation is locked.
class RunStore {
  public:
    RunStore(const RunPlan& plan, const KeySpool& spool, const Detection& detection);

    // The stable number of each break of the detection, in its order: known ones keep theirs.
    [[nodiscard]] std::int64_t break_id(std::size_t at) const noexcept { return ids_[at]; }

    // Called once for every break, in order, with the row of the answer.
    void add(std::size_t at, const VerdictRow& row);

    // Writes what was added; returns the run's number.
    std::int64_t finish(const std::string& message);

  private:
    enum class Fate : std::uint8_t { fresh, unchanged, changed };

    void hold_reconciliation() const;
    void match_known_breaks();
    void make_partitions() const;
    void add_fresh(std::int32_t date, const Datum* values, const bool* nulls);
    void begin_run(Query& query) const;
    void end_run(Query& query, const std::string& message) const;
    void update_changed(Query& query) const;
    void close_missing(Query& query) const;
    void replace_watched(Query& query) const;
    [[nodiscard]] std::vector<Parameter> late_places() const;
    void announce() const;

    const RunPlan& plan_;
    const KeySpool& spool_;
    const Detection& detection_;
    std::vector<std::int64_t> ids_;
    std::vector<Fate> fates_;
    std::vector<std::int64_t> missing_;
    std::set<std::int32_t> missing_dates_;
    std::int64_t run_id_ = 0;
    postgres::PendingRows changed_;
    // Anomalies lie together, after the other breaks: who reads the queue of a year reads few
    // pages.
    postgres::PendingRows anomalies_;
    ScoreStore scores_;
    // Release 0.1.0 does not: all its new breaks go where anomalies do.
    bool finds_partitions_;
    std::optional<ItemStore> items_; // release 0.1.0 has no such table
    MemoryContext lasting_;
    // Breaks come in order of their date, so that one partition at a time is open.
    std::optional<postgres::BulkInsert> fresh_rows_;
    std::int32_t partition_end_ = std::numeric_limits<std::int32_t>::min();
};

} // namespace recon::run
