#include "run/store/break_writer.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/dates.hpp"
#include "postgres/datums.hpp"
#include "postgres/memory.hpp"

namespace recon::run {

using namespace recon::postgres;

namespace {

using Owner = const BreakOwner&;
constexpr TableColumn<BreakOwner> owner_columns[] = {
    {"reconciliation_id",
     [](Owner owner) { return given(Int32GetDatum(owner.reconciliation_id)); }},
    {"is_open", [](Owner) { return given(BoolGetDatum(true)); }},
    {"first_run_id", [](Owner owner) { return given(Int64GetDatum(owner.run_id)); }},
    {"run_id", [](Owner owner) { return given(Int64GetDatum(owner.run_id)); }},
    {"updated_at",
     [](Owner) { return given(TimestampTzGetDatum(GetCurrentTransactionStartTimestamp())); }},
};

// By these a break is known; no later verdict changes them.
constexpr std::string_view lasting_columns[] = {
    "break_id", "reconciliation_id", "key_hash", "key", "break_date", "occurrence", "first_run_id"};

// Of the months in which a break is new.
void make_partitions(const Detection& detection, const KnownBreaks& known) {
    std::set<std::int32_t> months;
    for (std::size_t at = 0; at < known.kinds.size(); ++at) {
        if (known.kinds[at] == ChangeKind::fresh)
            months.insert(month_start(detection.breaks[at].finding.date));
    }
    if (months.empty()) return;
    const Parameter parameters[] = {
        {DATEARRAYOID, make_date_array(std::vector(months.begin(), months.end()))}};
    Query query;
    query.run("SELECT recon.make_partitions($1)", parameters);
    query.finish();
}

} // namespace

BreakWriter::BreakWriter(const Detection& detection, const KnownBreaks& known, BreakOwner owner)
    : detection_(detection), known_(known), owner_(owner), lasting_(CurrentMemoryContext),
      table_(VerdictPlace::stored, owner_columns), changed_("break", table_.names()),
      anomalies_("break", table_.names()) {
    make_partitions(detection, known);
}

void BreakWriter::add(std::size_t at, VerdictRow& row) {
    if (known_.kinds[at] == ChangeKind::unchanged) return;
    const auto& values = table_.make(row, owner_);
    if (known_.kinds[at] == ChangeKind::changed) {
        changed_.add(values.values(), values.nulls());
    } else if (detection_.is_anomaly(row.judged())) {
        anomalies_.add(values.values(), values.nulls());
    } else {
        add_to_partition(row.judged().finding.date, values);
    }
}

void BreakWriter::add_to_partition(std::int32_t date, const RowBuffer& row) {
    if (date >= partition_end_) {
        if (partition_) partition_->finish();
        const Parameter parameters[] = {date_parameter(date)};
        Query query;
        query.run("SELECT recon.partition_of('recon.break', $1) AS partition, "
                  "(recon.partition_range($1)).to_date AS ends_on",
                  parameters);
        const Oid partition = DatumGetObjectId(query.value("partition"));
        partition_end_ = DatumGetDateADT(query.value("ends_on"));
        query.finish();
        const ContextScope scope(lasting_);
        partition_.emplace(partition, changed_.shape());
    }
    partition_->add(row.values(), row.nulls());
}

void BreakWriter::flush() {
    if (partition_) partition_->finish();
}

void BreakWriter::show() const {
    changed_.show_as("changed_break");
    anomalies_.show_as("fresh_anomaly");
}

void BreakWriter::write(Query& query) const {
    if (anomalies_.count() > 0) query.run(anomalies_.insert_into("break", "fresh_anomaly"));
    if (changed_.count() > 0) update_changed(query);
    if (!known_.missing.empty()) close_missing(query);
}

// A verdict that flips is written down with what made it flip; a number that moves within the same
// verdict only replaces the old one.
void BreakWriter::update_changed(Query& query) const {
    query.run(
        "INSERT INTO recon.verdict_history (reconciliation_id, break_id, break_date, run_id, "
        "was_anomaly, is_anomaly, was_pattern, pattern, was_open, is_open, cause) "
        "SELECT b.reconciliation_id, b.break_id, b.break_date, c.run_id, b.is_anomaly, "
        "c.is_anomaly, b.pattern, c.pattern, b.is_open, true, "
        "CASE WHEN NOT b.is_open THEN 'the row is back' "
        "WHEN b.observed IS DISTINCT FROM c.observed THEN 'the row has changed' "
        "WHEN coalesce(old_run.rejudged_by, old_run.strategy) - 'calendar' "
        "IS DISTINCT FROM new_run.strategy - 'calendar' THEN 'the strategy has changed' "
        "WHEN old_run.strategy->'calendar' IS DISTINCT FROM new_run.strategy->'calendar' "
        "THEN 'the calendar has changed' "
        "ELSE 'the history it is compared with has changed' END "
        "FROM changed_break c "
        "JOIN recon.break b ON b.break_id = c.break_id AND b.break_date = c.break_date "
        "LEFT JOIN recon.run old_run ON old_run.run_id = b.run_id "
        "LEFT JOIN recon.run new_run ON new_run.run_id = c.run_id "
        "WHERE (b.is_anomaly, b.pattern, b.is_open) IS DISTINCT FROM (c.is_anomaly, c.pattern, "
        "true)");
    std::string targets;
    std::string sources;
    for (const std::string name : table_.names()) {
        if (std::find(std::begin(lasting_columns), std::end(lasting_columns), name) !=
            std::end(lasting_columns)) {
            continue;
        }
        targets += (targets.empty() ? "" : ", ") + name;
        sources += (sources.empty() ? "c." : ", c.") + name;
    }
    query.run("UPDATE recon.break b SET (" + targets + ") = (" + sources +
              ") FROM changed_break c "
              "WHERE b.break_id = c.break_id AND b.break_date = c.break_date");
}

// Rows that were breaks of these dates and are not any more: corrected, or gone from the source.
void BreakWriter::close_missing(Query& query) const {
    const Parameter parameters[] = {{INT8ARRAYOID, make_int8_array(known_.missing)},
                                    int8_parameter(owner_.run_id),
                                    date_parameter(*known_.missing_dates.begin()),
                                    date_parameter(*known_.missing_dates.rbegin())};
    query.run(
        "WITH closed AS (UPDATE recon.break SET is_open = false, run_id = $2, updated_at = now() "
        "WHERE break_id = ANY ($1) AND break_date BETWEEN $3 AND $4 RETURNING *) "
        "INSERT INTO recon.verdict_history (reconciliation_id, break_id, break_date, run_id, "
        "was_anomaly, is_anomaly, was_pattern, pattern, was_open, is_open, cause) "
        "SELECT reconciliation_id, break_id, break_date, $2, is_anomaly, is_anomaly, pattern, "
        "pattern, true, false, 'the row is gone or no longer a break' FROM closed",
        parameters);
}

void BreakWriter::end() {
    anomalies_.end();
    changed_.end();
}

} // namespace recon::run
