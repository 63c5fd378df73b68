// Breaks of a run on their way into recon.break: new ones, those whose verdict has changed, and
// those that are gone.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>

#include "postgres/bulk_insert.hpp"
#include "postgres/pending_rows.hpp"
#include "postgres/query.hpp"
#include "run/result/verdict_columns.hpp"
#include "run/store/known_breaks.hpp"

namespace recon::run {

// What a stored break says besides its verdict.
struct BreakOwner {
    std::int32_t reconciliation_id;
    std::int64_t run_id;
};

class BreakWriter {
  public:
    // Makes the partitions that the new breaks need. Memory is taken from the current context.
    BreakWriter(const Detection& detection, const KnownBreaks& known, BreakOwner owner);

    void add(std::size_t at, VerdictRow& row);
    // When all breaks were added.
    void flush();

    // To the statements of the current query, of which write() makes some.
    void show() const;
    void write(postgres::Query& query) const;
    [[nodiscard]] std::uint64_t changes() const noexcept {
        return changed_.count() + known_.missing.size();
    }
    void end();

  private:
    void add_to_partition(std::int32_t date, const postgres::RowBuffer& row);
    void update_changed(postgres::Query& query) const;
    void close_missing(postgres::Query& query) const;

    const Detection& detection_;
    const KnownBreaks& known_;
    BreakOwner owner_;
    MemoryContext lasting_;
    VerdictTable<BreakOwner> table_;
    postgres::PendingRows changed_;
    // Anomalies lie together, after the other breaks: the queue of a year is on few pages.
    postgres::PendingRows anomalies_;
    // Breaks come in order of their date, so that one partition at a time is open.
    std::optional<postgres::BulkInsert> partition_;
    std::int32_t partition_end_ = std::numeric_limits<std::int32_t>::min();
};

} // namespace recon::run
