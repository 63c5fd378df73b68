#include "run/store/run_store.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <numbers>
#include <set>
#include <span>
#include <unordered_map>
#include <unordered_set>

#include "core/base/random.hpp"
#include "postgres/datums.hpp"
#include "postgres/memory.hpp"
#include "postgres/roles.hpp"

extern "C" {
#include "catalog/namespace.h"
#include "commands/sequence.h"
}

namespace recon::run {

using namespace recon::postgres;

namespace {

struct Identity {
    std::uint64_t key_hash;
    std::int32_t date;
    std::int32_t occurrence;
    bool operator==(const Identity&) const = default;
};

struct IdentityHash {
    std::size_t operator()(const Identity& identity) const noexcept {
        const auto day = static_cast<std::uint64_t>(static_cast<std::uint32_t>(identity.date));
        return mix64(identity.key_hash ^
                     mix64((day << 32) ^ static_cast<std::uint32_t>(identity.occurrence)));
    }
};

// Columns of recon.break, in the order of its definition.
enum BreakColumn {
    id_column,
    reconciliation_column,
    key_hash_column,
    key_column,
    date_column,
    occurrence_column,
    measure_column,
    observed_column,
    expected_column,
    lower_column,
    upper_column,
    direction_column,
    score_column,
    p_column,
    q_column,
    anomaly_column,
    severity_column,
    pattern_column,
    runner_up_column,
    category_column,
    flags_column,
    contributions_column,
    basis_column,
    history_column,
    reason_column,
    action_column,
    currency_column,
    open_column,
    first_run_column,
    run_column,
    updated_column,
    opened_column, // not in release 0.1.0, as everything of items
    break_columns,
};

constexpr std::pair<BreakColumn, VerdictColumn> shared_columns[] = {
    {id_column, VerdictColumn::break_id},
    {key_column, VerdictColumn::key},
    {date_column, VerdictColumn::break_date},
    {measure_column, VerdictColumn::measure},
    {observed_column, VerdictColumn::observed},
    {expected_column, VerdictColumn::expected},
    {lower_column, VerdictColumn::lower},
    {upper_column, VerdictColumn::upper},
    {direction_column, VerdictColumn::direction},
    {score_column, VerdictColumn::score},
    {p_column, VerdictColumn::p_value},
    {q_column, VerdictColumn::q_value},
    {anomaly_column, VerdictColumn::is_anomaly},
    {severity_column, VerdictColumn::severity},
    {pattern_column, VerdictColumn::pattern},
    {category_column, VerdictColumn::category},
    {flags_column, VerdictColumn::flags},
    {contributions_column, VerdictColumn::contributions},
    {basis_column, VerdictColumn::basis},
    {history_column, VerdictColumn::history_n},
    {reason_column, VerdictColumn::reason},
    {action_column, VerdictColumn::recommended_action},
};

bool same_number(const Query& query, std::uint64_t row, postgres::Column column, double value) {
    if (query.is_null(row, column)) return std::isnan(value);
    return DatumGetFloat8(query.value(row, column)) == value;
}

// Columns of recon.break by which known breaks are found and compared.
struct StoredColumns {
    explicit StoredColumns(const Query& query)
        : break_id(query.column("break_id")), key_hash(query.column("key_hash")),
          break_date(query.column("break_date")), occurrence(query.column("occurrence")),
          is_open(query.column("is_open")), is_anomaly(query.column("is_anomaly")),
          pattern(query.column("pattern")), observed(query.column("observed")),
          score(query.column("score")), q_value(query.column("q_value")),
          flags(query.column("flags")), severity(query.column("severity")),
          opened_on(query.column("opened_on")) {}

    postgres::Column break_id, key_hash, break_date, occurrence, is_open, is_anomaly, pattern,
        observed, score, q_value, flags, severity, opened_on;
};

std::string joined(const std::vector<std::string>& flags) {
    std::string all;
    for (const auto& flag : flags)
        all.append(all.empty() ? "" : ",").append(flag);
    return all;
}

// Whether the installed release has a function: the library runs the SQL of older ones, too.
bool has_function(const char* signature) {
    Query query;
    const Parameter parameters[] = {text_parameter(signature)};
    query.run("SELECT to_regprocedure($1) IS NOT NULL AS found", parameters, true);
    const bool found = DatumGetBool(query.value("found"));
    query.finish();
    return found;
}

// A table or sequence of schema recon.
Oid relation_of(const char* name) {
    return guarded([=] { return get_relname_relid(name, get_namespace_oid("recon", false)); });
}

} // namespace

void lock_reconciliation(const RunPlan& plan) {
    if (plan.run_id) return; // a worker took the lock when it claimed the run
    RoleScope as_owner(extension_owner(), RoleScope::Mode::trusted);
    Query query;
    const Parameter parameters[] = {int4_parameter(*plan.reconciliation_id)};
    // This is recon.lock_class(), which release 0.1.0 does not have.
    query.run("SELECT pg_try_advisory_xact_lock('recon.run'::regclass::oid::integer, $1) AS got",
              parameters);
    const bool got = DatumGetBool(query.value("got"));
    query.finish();
    as_owner.finish();
    if (!got) {
        throw Error(ErrorKind::busy, "this reconciliation is being judged by another session", "",
                    "Wait for that run to finish; runs of one reconciliation do not overlap.");
    }
}

RunStore::RunStore(const RunPlan& plan, const KeySpool& spool, const Detection& detection)
    : plan_(plan), spool_(spool), detection_(detection), changed_("break"), anomalies_("break"),
      scores_(plan, detection),
      finds_partitions_(has_function("recon.partition_of(regclass,date)")),
      lasting_(CurrentMemoryContext) {
    hold_reconciliation();
    run_id_ = plan.run_id ? *plan.run_id : guarded([run = relation_of("run_run_id_seq")] {
        return nextval_internal(run, false);
    });
    if (OidIsValid(relation_of("item"))) items_.emplace(plan, spool, detection);
    const int columns = items_ ? break_columns : opened_column;
    if (changed_.columns() != columns) {
        throw Error(ErrorKind::not_available,
                    "table recon.break does not have the columns this library writes",
                    "It has " + std::to_string(changed_.columns()) + ", not " +
                        std::to_string(columns) + ".",
                    "Run ALTER EXTENSION recon UPDATE.");
    }
    match_known_breaks();
    make_partitions();
}

// Who drops the reconciliation meanwhile waits, or was first.
void RunStore::hold_reconciliation() const {
    Query query;
    const Parameter parameters[] = {int4_parameter(*plan_.reconciliation_id)};
    const auto held = query.run("SELECT FROM recon.reconciliation WHERE reconciliation_id = $1 "
                                "FOR KEY SHARE",
                                parameters);
    query.finish();
    if (held == 0) {
        throw Error(ErrorKind::not_available, "the reconciliation was dropped while it was judged");
    }
}

// Known breaks of the window keep their number, and so do those of late rows. One hash table over
// the stored breaks of these dates: a lookup for every finding would cost more than the judging.
void RunStore::match_known_breaks() {
    const auto& found = detection_.breaks;
    ids_.resize(found.size());
    fates_.assign(found.size(), Fate::fresh);
    std::unordered_map<Identity, std::pair<std::uint64_t, bool>, IdentityHash> known;
    // Of the dates of late rows other keys' breaks are not judged again, nor missed.
    std::unordered_set<Identity, IdentityHash> late;
    for (const auto& [key, dates] : detection_.late.dates_of_keys()) {
        for (const auto& there : dates)
            late.insert({spool_.key(key).hash, there.date, 0});
    }
    const auto& window = detection_.window;
    Query query;
    std::optional<StoredColumns> columns;
    if (window || !late.empty()) {
        const Parameter parameters[] = {
            int4_parameter(*plan_.reconciliation_id),
            date_parameter(window ? std::optional(window->from) : std::nullopt),
            date_parameter(window ? std::optional(window->to) : std::nullopt),
            {DATEARRAYOID, make_date_array(detection_.late.dates())}};
        query.run(
            std::string(
                "SELECT break_id, key_hash, break_date, occurrence, is_open, is_anomaly, "
                "pattern, observed::float8, score, q_value, array_to_string(flags, ',') AS flags, "
                "severity, ") +
                (items_ ? "opened_on" : "NULL::date AS opened_on") +
                " FROM recon.break WHERE reconciliation_id = $1 AND " +
                (late.empty() ? "break_date BETWEEN $2 AND $3"
                              : "(break_date BETWEEN $2 AND $3 OR break_date = ANY ($4))"),
            std::span(parameters).first(late.empty() ? 3 : 4), true);
        columns.emplace(query);
        known.reserve(query.rows());
        for (std::uint64_t row = 0; row < query.rows(); ++row) {
            const Identity identity{
                static_cast<std::uint64_t>(DatumGetInt64(query.value(row, columns->key_hash))),
                DatumGetDateADT(query.value(row, columns->break_date)),
                DatumGetInt32(query.value(row, columns->occurrence))};
            const bool is_of_window =
                window && identity.date >= window->from && identity.date <= window->to;
            if (is_of_window || late.contains({identity.key_hash, identity.date, 0})) {
                known.emplace(identity, std::pair(row, false));
            }
        }
    }
    for (std::size_t at = 0; at < found.size(); ++at) {
        const auto& finding = found[at].finding;
        const auto match = known.find({spool_.key(found[at].key).hash, finding.date,
                                       static_cast<std::int32_t>(finding.occurrence)});
        if (match == known.end()) continue;
        auto& [row, seen] = match->second;
        seen = true;
        ids_[at] = DatumGetInt64(query.value(row, columns->break_id));
        const bool same =
            DatumGetBool(query.value(row, columns->is_open)) &&
            DatumGetBool(query.value(row, columns->is_anomaly)) ==
                detection_.is_anomaly(found[at]) &&
            query.text(row, columns->pattern) == breaks::name(finding.pattern) &&
            same_number(query, row, columns->observed, finding.observed) &&
            same_number(query, row, columns->score, 0.0 + -finding.ln_p / std::numbers::ln10) &&
            same_number(query, row, columns->q_value, detection_.q_value(finding)) &&
            query.text(row, columns->flags) == joined(flags_of(found[at], detection_)) &&
            // The other anomalies of the run make it, too.
            query.text(row, columns->severity) ==
                breaks::name(detection_.severity(found[at], spool_.key(found[at].key).currency)) &&
            (!items_ ||
             (!query.is_null(row, columns->opened_on) &&
              DatumGetDateADT(query.value(row, columns->opened_on)) == found[at].opened_on));
        fates_[at] = same ? Fate::unchanged : Fate::changed;
    }
    for (const auto& [identity, state] : known) {
        if (!state.second && DatumGetBool(query.value(state.first, columns->is_open))) {
            missing_.push_back(DatumGetInt64(query.value(state.first, columns->break_id)));
            missing_dates_.insert(identity.date);
        }
    }
    query.finish();

    const Oid sequence = relation_of("break_id_seq");
    for (std::size_t at = 0; at < found.size(); ++at) {
        if (fates_[at] == Fate::fresh) {
            ids_[at] = guarded([=] { return nextval_internal(sequence, false); });
        }
    }
}

void RunStore::add(std::size_t at, const VerdictRow& row) {
    if (fates_[at] == Fate::unchanged) return;
    const auto& judged = detection_.breaks[at];
    const auto& entry = spool_.key(judged.key);
    std::array<Datum, break_columns> values{};
    std::array<bool, break_columns> nulls{};
    for (const auto& [stored, answered] : shared_columns) {
        values[stored] = row.values[static_cast<std::size_t>(answered)];
        nulls[stored] = row.nulls[static_cast<std::size_t>(answered)];
    }
    values[reconciliation_column] = Int32GetDatum(*plan_.reconciliation_id);
    values[key_hash_column] = Int64GetDatum(static_cast<std::int64_t>(entry.hash));
    values[occurrence_column] = Int32GetDatum(static_cast<std::int32_t>(judged.finding.occurrence));
    if (judged.finding.runner_up == breaks::Pattern::none) {
        nulls[runner_up_column] = true;
    } else {
        values[runner_up_column] = make_text(breaks::name(judged.finding.runner_up));
    }
    if (entry.currency.empty()) {
        nulls[currency_column] = true;
    } else {
        values[currency_column] = make_text(entry.currency);
    }
    values[open_column] = BoolGetDatum(true);
    values[first_run_column] = Int64GetDatum(run_id_);
    values[run_column] = Int64GetDatum(run_id_);
    values[updated_column] = TimestampTzGetDatum(GetCurrentTransactionStartTimestamp());

    values[opened_column] = DateADTGetDatum(judged.opened_on);

    const bool fresh = fates_[at] == Fate::fresh;
    if (fresh && finds_partitions_ && !detection_.is_anomaly(judged)) {
        add_fresh(judged.finding.date, values.data(), nulls.data());
    } else {
        (fresh ? anomalies_ : changed_).add(values.data(), nulls.data());
    }
    if (plan_.keeps_all_scores || detection_.is_anomaly(judged)) {
        scores_.add(judged, ids_[at], run_id_);
    }
}

// Of the months in which a break is new.
void RunStore::make_partitions() const {
    std::set<std::int32_t> dates;
    for (std::size_t at = 0; at < fates_.size(); ++at) {
        if (fates_[at] == Fate::fresh) dates.insert(detection_.breaks[at].finding.date);
    }
    if (dates.empty()) return;
    std::vector<Datum> elements;
    elements.reserve(dates.size());
    for (const auto date : dates)
        elements.push_back(DateADTGetDatum(date));
    Datum* const data = elements.data();
    const int count = static_cast<int>(elements.size());
    const Datum all = guarded([=] {
        return PointerGetDatum(
            construct_array(data, count, DATEOID, sizeof(DateADT), true, TYPALIGN_INT));
    });
    const Parameter parameters[] = {{DATEARRAYOID, all}};
    Query query;
    query.run("SELECT recon.make_partitions(ARRAY(SELECT DISTINCT date_trunc('month', "
              "d::timestamp)::date FROM unnest($1) d))",
              parameters);
    query.finish();
}

void RunStore::add_fresh(std::int32_t date, const Datum* values, const bool* nulls) {
    if (date >= partition_end_) {
        if (fresh_rows_) fresh_rows_->finish();
        const Parameter parameters[] = {date_parameter(date)};
        Query query;
        query.run("SELECT recon.partition_of('recon.break', $1) AS partition, "
                  "(date_trunc('month', $1::timestamp) + interval '1 month')::date AS ends_on",
                  parameters);
        const Oid partition = DatumGetObjectId(query.value("partition"));
        partition_end_ = DatumGetDateADT(query.value("ends_on"));
        query.finish();
        const ContextScope scope(lasting_);
        fresh_rows_.emplace(partition, changed_.shape());
    }
    fresh_rows_->add(values, nulls);
}

// A run out of the queue is there already. Somebody may have wanted it to end, and no signal came.
void RunStore::begin_run(Query& query) const {
    if (plan_.run_id) {
        const Parameter run[] = {int8_parameter(run_id_)};
        if (query.run("SELECT FROM recon.run WHERE run_id = $1 AND cancelled_by IS NULL "
                      "FOR NO KEY UPDATE",
                      run) == 0) {
            throw Error(ErrorKind::not_available, "the run was cancelled");
        }
        return;
    }
    const Parameter parameters[] = {int8_parameter(run_id_),
                                    int4_parameter(*plan_.reconciliation_id),
                                    text_parameter(plan_.strategy)};
    query.run("INSERT INTO recon.run (run_id, reconciliation_id, status, strategy, run_by, "
              "started_at) "
              "VALUES ($1, $2, 'running', $3::jsonb, recon.caller(), statement_timestamp())",
              parameters);
}

void RunStore::end_run(Query& query, const std::string& message) const {
    const auto optional_date = [&](bool first) -> Parameter {
        if (!detection_.window) return {DATEOID, 0, true};
        return date_parameter(first ? detection_.window->first : detection_.window->last);
    };
    const Parameter parameters[] = {
        int8_parameter(run_id_),
        text_parameter(plan_.strategy),
        optional_date(true),
        optional_date(false),
        int8_parameter(static_cast<std::int64_t>(detection_.source.rows)),
        int8_parameter(static_cast<std::int64_t>(detection_.source.rows_without_date)),
        int8_parameter(static_cast<std::int64_t>(detection_.rows_judged)),
        int8_parameter(static_cast<std::int64_t>(detection_.source.keys)),
        int8_parameter(static_cast<std::int64_t>(detection_.keys_absent)),
        int8_parameter(static_cast<std::int64_t>(detection_.breaks.size())),
        int8_parameter(static_cast<std::int64_t>(detection_.anomalies)),
        int8_parameter(static_cast<std::int64_t>(changed_.count() + missing_.size())),
        {BOOLOID, BoolGetDatum(detection_.partial.newest.has_value())},
        text_parameter(detection_.source.digest.text()),
        text_parameter(message.empty() ? std::nullopt : std::optional(message)),
    };
    // Release 0.1.0 has no such columns, nor baselines.
    if (plan_.baseline) {
        ByteWriter sketch;
        detection_.source.sketch.serialize(sketch);
        const auto& known = detection_.baseline_date;
        const Parameter read[] = {int8_parameter(run_id_),
                                  {DATEOID, known ? DateADTGetDatum(*known) : 0, !known},
                                  {BYTEAOID, make_varlena(sketch.bytes())}};
        query.run("UPDATE recon.run u SET baseline_date = $2, rows_sketch = $3, "
                  "source_fingerprint = (SELECT recon.source_fingerprint(r) "
                  "FROM recon.reconciliation r WHERE r.reconciliation_id = u.reconciliation_id) "
                  "WHERE run_id = $1",
                  read);
    }
    if (plan_.loaded_before) {
        const bool judges_late = plan_.late_rows.has_value();
        const Parameter loaded[] = {
            int8_parameter(run_id_),
            {TIMESTAMPTZOID, TimestampTzGetDatum(*plan_.loaded_before)},
            {INT8OID, Int64GetDatum(static_cast<std::int64_t>(detection_.late.rows())),
             !judges_late}};
        query.run("UPDATE recon.run SET loaded_before = $2, late_rows = $3 WHERE run_id = $1",
                  loaded);
    }
    query.run(
        "UPDATE recon.run SET status = 'succeeded', strategy = $2::jsonb, from_date = $3, "
        "to_date = $4, rows_read = $5, rows_without_date = $6, rows_judged = $7, keys_read = $8, "
        "keys_absent = $9, breaks = $10, anomalies = $11, verdicts_changed = $12, "
        "is_partial = $13, source_digest = $14, message = $15, finished_at = clock_timestamp() "
        "WHERE run_id = $1",
        parameters);
}

// A verdict that flips is written down with what made it flip; a number that moves within the same
// verdict only replaces the old one.
void RunStore::update_changed(Query& query) const {
    // Release 0.1.0 does not keep by which strategy a run was rejudged.
    const std::string judged_by =
        items_ ? "coalesce(old_run.rejudged_by, old_run.strategy)" : "old_run.strategy";
    query.run(
        "INSERT INTO recon.verdict_history (reconciliation_id, break_id, break_date, run_id, "
        "was_anomaly, "
        "is_anomaly, was_pattern, pattern, was_open, is_open, cause) "
        "SELECT b.reconciliation_id, b.break_id, b.break_date, c.run_id, b.is_anomaly, "
        "c.is_anomaly, "
        "b.pattern, c.pattern, b.is_open, true, "
        "CASE WHEN NOT b.is_open THEN 'the row is back' "
        "WHEN b.observed IS DISTINCT FROM c.observed THEN 'the row has changed' "
        "WHEN " +
        judged_by +
        " - 'calendar' "
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
    query.run(
        "UPDATE recon.break b SET (measure, observed, expected, lower, upper, direction, score, "
        "p_value, "
        "q_value, is_anomaly, severity, pattern, runner_up, category, flags, contributions, basis, "
        "history_n, reason, recommended_action, currency, is_open, run_id, updated_at) = "
        "(c.measure, c.observed, c.expected, c.lower, c.upper, c.direction, c.score, c.p_value, "
        "c.q_value, c.is_anomaly, c.severity, c.pattern, c.runner_up, c.category, c.flags, "
        "c.contributions, c.basis, c.history_n, c.reason, c.recommended_action, c.currency, true, "
        "c.run_id, c.updated_at) "
        "FROM changed_break c WHERE b.break_id = c.break_id AND b.break_date = c.break_date");
    if (!items_) return;
    query.run("UPDATE recon.break b SET opened_on = c.opened_on FROM changed_break c "
              "WHERE b.break_id = c.break_id AND b.break_date = c.break_date "
              "AND b.opened_on IS DISTINCT FROM c.opened_on");
}

// Rows that were breaks of these dates and are not any more: corrected, or gone from the source.
void RunStore::close_missing(Query& query) const {
    const Parameter parameters[] = {{INT8ARRAYOID, make_int8_array(missing_)},
                                    int8_parameter(run_id_),
                                    date_parameter(*missing_dates_.begin()),
                                    date_parameter(*missing_dates_.rbegin())};
    query.run(
        "WITH closed AS (UPDATE recon.break SET is_open = false, run_id = $2, updated_at = now() "
        "WHERE break_id = ANY ($1) AND break_date BETWEEN $3 AND $4 RETURNING *) "
        "INSERT INTO recon.verdict_history (reconciliation_id, break_id, break_date, run_id, "
        "was_anomaly, is_anomaly, was_pattern, pattern, was_open, is_open, cause) "
        "SELECT reconciliation_id, break_id, break_date, $2, is_anomaly, is_anomaly, pattern, "
        "pattern, "
        "true, false, 'the row is gone or no longer a break' FROM closed",
        parameters);
}

// Keys and dates of late rows, as two arrays.
std::vector<Parameter> RunStore::late_places() const {
    std::vector<Datum> keys;
    std::vector<std::int32_t> dates;
    for (const auto& [key, late] : detection_.late.dates_of_keys()) {
        for (const auto& there : late) {
            keys.push_back(spool_.key(key).key);
            dates.push_back(there.date);
        }
    }
    Datum* const elements = keys.data();
    const int count = static_cast<int>(keys.size());
    const Datum all = guarded([=] {
        return PointerGetDatum(construct_array(elements, count, JSONBOID, -1, false, TYPALIGN_INT));
    });
    return {{JSONBARRAYOID, all}, {DATEARRAYOID, make_date_array(dates)}};
}

// What a watch has said of rows that this run has read is not needed any more. Rows that were
// inserted since wait for the next one.
void RunStore::replace_watched(Query& query) const {
    // Release 0.1.0 has no such table.
    if (!OidIsValid(relation_of("watched_break"))) return;
    query.run("SELECT pg_current_snapshot() AS snapshot", {}, true);
    const auto snapshot = text_parameter(query.text("snapshot"));
    const auto reconciliation = int4_parameter(*plan_.reconciliation_id);
    const std::string if_read = "AND (written_by = pg_current_xact_id() "
                                "OR pg_visible_in_snapshot(written_by, $4::pg_snapshot))";
    if (detection_.window) {
        const Parameter parameters[] = {reconciliation, date_parameter(detection_.window->from),
                                        date_parameter(detection_.window->to), snapshot};
        query.run("DELETE FROM recon.watched_break WHERE reconciliation_id = $1 "
                  "AND break_date BETWEEN $2 AND $3 " +
                      if_read,
                  parameters);
    }
    if (!detection_.late.empty()) {
        const auto places = late_places();
        const Parameter parameters[] = {reconciliation, places[0], places[1], snapshot};
        query.run("DELETE FROM recon.watched_break w USING unnest($2, $3) AS late (key, day) "
                  "WHERE w.reconciliation_id = $1 AND w.break_date = late.day "
                  "AND w.key = late.key " +
                      if_read,
                  parameters);
    }
}

// Release 0.1.0 tells nobody.
void RunStore::announce() const {
    if (!has_function("recon.announce_run(bigint)")) return;
    Query query;
    const Parameter run[] = {int8_parameter(run_id_)};
    query.run("SELECT recon.announce_run($1)", run);
    query.finish();
}

std::int64_t RunStore::finish(const std::string& message) {
    if (fresh_rows_) fresh_rows_->finish();
    Query query;
    changed_.show_as("changed_break");
    anomalies_.show_as("fresh_anomaly");
    scores_.show();
    if (items_) items_->show(run_id_);
    begin_run(query);
    end_run(query, message);
    if (anomalies_.count() > 0) query.run("INSERT INTO recon.break SELECT * FROM fresh_anomaly");
    if (changed_.count() > 0) update_changed(query);
    if (!missing_.empty()) close_missing(query);
    if (items_ && detection_.window) items_->write(query, run_id_);
    if (items_ && !detection_.late.empty()) items_->write_late(query, run_id_);
    replace_watched(query);
    scores_.write(query);
    query.finish();
    announce();
    anomalies_.end();
    changed_.end();
    scores_.end();
    if (items_) items_->end();
    return run_id_;
}

} // namespace recon::run
