// recon.watch_rows(): the trigger of recon_watch. Judges the rows that one statement has inserted
// by the stored baselines, without reading the source, and never fails the statement.
#include <algorithm>

#include "core/base/error.hpp"
#include "core/detection/baseline/key_state.hpp"
#include "postgres/attempt.hpp"
#include "postgres/boundary.hpp"
#include "postgres/datums.hpp"
#include "postgres/memory.hpp"
#include "postgres/pending_rows.hpp"
#include "postgres/roles.hpp"
#include "run/judge/run_rules.hpp"
#include "run/row_plan.hpp"
#include "run/store/baseline_store.hpp"

extern "C" {
#include "commands/trigger.h"
#include "utils/rel.h"
#include "utils/xid8.h"
}

namespace recon::functions {
namespace {

using namespace recon::postgres;
using namespace recon::run;

// What was inserted, judged.
struct Watched {
    std::uint64_t rows = 0;
    std::uint64_t rows_without_date = 0;
    std::uint64_t rows_late = 0; // before what their key's baseline knows
    std::uint64_t rows_judged = 0;
    std::uint64_t anomalies = 0;
    std::optional<std::int32_t> first; // date judged
    std::optional<std::int32_t> last;
    std::vector<JudgedBreak> breaks;
    std::vector<std::string> exact_amounts;
};

// Rows that the state of their key cannot judge any more are taken out, and counted.
std::uint64_t leave_out_late_rows(breaks::SeriesValue& value, const breaks::KeyState& state) {
    const auto& all = value.series;
    const auto dates = all.dates();
    const auto late = static_cast<std::size_t>(
        std::lower_bound(dates.begin(), dates.end(), state.date()) - dates.begin());
    if (late == 0) return 0;
    breaks::KeySeries later(all.measures());
    for (std::size_t i = late; i < all.size(); ++i) {
        later.append(all.date(i), all.values().subspan(i * all.measures(), all.measures()),
                     all.is_break(i), all.is_target(i), all.content(i), all.row(i));
    }
    value.series = std::move(later);
    return late;
}

void judge_key(Watched& watched, const RowPlan& plan, const KeySpool& spool, std::size_t at,
               breaks::SeriesValue& value, std::span<const std::byte> remembered) {
    const auto measures = value.series.measures();
    auto state = breaks::KeyState(measures, plan.run.judging);
    if (!remembered.empty()) {
        ByteReader reader(remembered, "state of a key");
        state = breaks::KeyState::deserialize(reader, plan.run.judging);
        reader.expect_end();
        watched.rows_late += leave_out_late_rows(value, state);
    }
    if (value.series.empty()) return;
    std::vector<breaks::Finding> findings;
    std::vector<double> ln_p;
    std::vector<breaks::RuleFlags> rules; // of the breaks, in order
    const double limit = amount_limit(plan.run.rules, spool.key(at));
    const double minimum_amount = plan.run.minimum_amounts.of(spool.key(at).currency);
    breaks::judge_breaks(state, value.series, plan.fit.populations.of_pool(spool.key(at).pool),
                         plan.run.judging, findings, ln_p, take_down_rules(plan.run.rules, rules));
    watched.rows_judged += ln_p.size();
    const auto dates = value.series.dates();
    watched.first = std::min(watched.first.value_or(dates.front()), dates.front());
    watched.last = std::max(watched.last.value_or(dates.back()), dates.back());
    for (std::size_t i = 0; i < findings.size(); ++i) {
        const auto& finding = findings[i];
        JudgedBreak judged{static_cast<std::uint32_t>(at), minimum_amount, finding,
                           rules.empty() ? breaks::RuleFlags{0} : rules[i]};
        mark_if_large(judged, limit);
        if (auto amount = value.exact_amount(finding.row, finding.measure); !amount.empty()) {
            watched.exact_amounts.push_back(std::move(amount));
            judged.exact = static_cast<std::uint32_t>(watched.exact_amounts.size());
        }
        watched.anomalies += plan.detection.is_anomaly(judged) ? 1 : 0;
        watched.breaks.push_back(judged);
    }
}

// Keys of one statement may be many: their states are read some hundred at a time.
Watched judge_new_rows(const RowPlan& plan, KeySpool& spool) {
    constexpr std::size_t batch_keys = 512;
    Watched watched;
    watched.rows = spool.rows_read();
    watched.rows_without_date = spool.rows_without_date();
    std::vector<std::size_t> positions;
    std::vector<breaks::SeriesValue> values;
    const auto judge_batch = [&] {
        const auto states = load_states(plan.run, spool, positions);
        for (std::size_t i = 0; i < positions.size(); ++i)
            judge_key(watched, plan, spool, positions[i], values[i], states[i]);
        positions.clear();
        values.clear();
    };
    spool.for_each([&](std::size_t at, breaks::SeriesValue value) {
        if (value.series.empty()) return;
        positions.push_back(at);
        values.push_back(std::move(value));
        if (positions.size() == batch_keys) judge_batch();
    });
    if (!positions.empty()) judge_batch();
    return watched;
}

std::optional<std::string> remark(const Watched& watched) {
    if (watched.rows_late == 0) return std::nullopt;
    return std::to_string(watched.rows_late) +
           " of the rows are dated before what the baseline of their key knows: a run over their "
           "dates judges them";
}

Parameter count_parameter(std::uint64_t count) {
    return {INT8OID, Int64GetDatum(static_cast<std::int64_t>(count))};
}

std::int64_t add_run(Query& query, const RowPlan& plan, const Watched& watched, std::size_t keys) {
    const Parameter parameters[] = {
        {INT4OID, Int32GetDatum(*plan.run.reconciliation_id)},
        text_parameter(plan.run.strategy),
        date_parameter(watched.first),
        date_parameter(watched.last),
        count_parameter(watched.rows),
        count_parameter(watched.rows_without_date),
        count_parameter(watched.rows_judged),
        count_parameter(keys),
        count_parameter(watched.breaks.size()),
        count_parameter(watched.anomalies),
        date_parameter(plan.fit.through),
        text_parameter(remark(watched)),
    };
    query.run("SELECT recon.add_watch_run($1, $2::jsonb, $3, $4, $5, $6, $7, $8, $9, $10, $11, "
              "$12, NULL) AS run_id",
              parameters);
    return DatumGetInt64(query.value("run_id"));
}

// Columns of recon.watched_break: the run, the verdict without its number, what is said of the row.
constexpr std::size_t columns_before = 2;
constexpr std::size_t columns_after = 3;
constexpr std::size_t columns = columns_before + verdict_columns - 1 + columns_after;

void add_breaks(Query& query, RowPlan& plan, const KeySpool& spool, Watched& watched,
                std::int64_t run) {
    PendingRows pending("watched_break");
    if (pending.columns() != static_cast<int>(columns)) {
        throw Error(ErrorKind::not_available,
                    "table recon.watched_break does not have the columns this library writes", "",
                    "Run ALTER EXTENSION recon UPDATE.");
    }
    plan.detection.exact_amounts = std::move(watched.exact_amounts);
    const Datum transaction =
        guarded([] { return FullTransactionIdGetDatum(GetTopFullTransactionId()); });
    const MemoryContext per_row = guarded([] {
        return AllocSetContextCreate(CurrentMemoryContext, "recon verdict", ALLOCSET_DEFAULT_SIZES);
    });
    for (const auto& judged : watched.breaks) {
        const ContextScope scope(per_row);
        const auto& entry = spool.key(judged.key);
        const auto verdict = plan.rows.make(judged, entry, std::nullopt);
        std::array<Datum, columns> values{};
        std::array<bool, columns> nulls{};
        values[0] = Int32GetDatum(*plan.run.reconciliation_id);
        values[1] = Int64GetDatum(run);
        std::copy(verdict.values.begin() + 1, verdict.values.end(),
                  values.begin() + columns_before);
        std::copy(verdict.nulls.begin() + 1, verdict.nulls.end(), nulls.begin() + columns_before);
        nulls[columns - 3] = entry.currency.empty();
        if (!entry.currency.empty()) values[columns - 3] = make_text(entry.currency);
        values[columns - 2] = transaction;
        values[columns - 1] = TimestampTzGetDatum(GetCurrentStatementStartTimestamp());
        pending.add(values.data(), nulls.data());
        guarded([=] { MemoryContextReset(per_row); });
    }
    plan.detection.exact_amounts.clear();
    pending.show_as("new_watched_break");
    query.run("INSERT INTO recon.watched_break SELECT * FROM new_watched_break");
    pending.end();
}

// The reconciliation that the trigger is for, and its owner; none where it is not active.
struct Subject {
    std::string name;
    std::string owner;
};

std::optional<Subject> subject_of(Query& query, std::int32_t reconciliation, Oid source) {
    const Parameter parameters[] = {{INT4OID, Int32GetDatum(reconciliation)},
                                    {OIDOID, ObjectIdGetDatum(source)}};
    query.run("SELECT reconciliation_name, owner, is_active FROM recon.reconciliation "
              "WHERE reconciliation_id = $1 AND to_regclass(source)::oid = $2",
              parameters);
    if (query.rows() == 0) {
        throw Error(ErrorKind::not_available,
                    "the table is not the source of a reconciliation that watches it",
                    "The trigger is for reconciliation number " + std::to_string(reconciliation) +
                        ".",
                    "If the table was renamed: recon_alter(name, source => ...), then recon_watch "
                    "again. Else drop the trigger.");
    }
    if (!DatumGetBool(query.value("is_active"))) return std::nullopt;
    return Subject{query.text("reconciliation_name"), query.text("owner")};
}

void watch(TriggerData* trigger, std::int32_t reconciliation) {
    RoleScope as_owner(extension_owner(), RoleScope::Mode::trusted);
    Query query;
    const Oid source = RelationGetRelid(trigger->tg_relation);
    if (const auto subject = subject_of(query, reconciliation, source)) {
        // Who inserts needs no right on the reconciliation.
        const CallerScope on_behalf(role_named(subject->owner));
        const RowPlanUse in_use;
        auto& plan = row_plan(query, subject->name);
        RoleScope as_reader(role_named(plan.run.reader), RoleScope::Mode::restricted);
        KeySpool spool(plan.new_rows_scan, CurrentMemoryContext, {},
                       [=] { guarded([=] { return SPI_register_trigger_data(trigger); }); });
        as_reader.finish();
        auto watched = judge_new_rows(plan, spool);
        const auto run = add_run(query, plan, watched, spool.size());
        if (!watched.breaks.empty()) add_breaks(query, plan, spool, watched, run);
        spool.finish();
    }
    query.finish();
    as_owner.finish();
}

void record(std::int32_t reconciliation, std::int64_t rows, const Failure& failure) {
    RoleScope as_owner(extension_owner(), RoleScope::Mode::trusted);
    Query query;
    const Parameter parameters[] = {
        {INT4OID, Int32GetDatum(reconciliation)},
        {INT8OID, Int64GetDatum(rows)},
        text_parameter(failure.detail.empty() ? failure.message
                                              : failure.message + "; " + failure.detail),
        text_parameter(std::string(unpack_sql_state(failure.sqlstate))),
    };
    query.run("SELECT recon.add_watch_run($1, '{}', NULL, NULL, $2, 0, 0, 0, 0, 0, NULL, $3, $4)",
              parameters);
    query.finish();
    as_owner.finish();
}

void warn(const char* table, const Failure& failure) {
    const char* const message = failure.message.c_str();
    const char* const hint = failure.hint.c_str();
    const int sqlstate = failure.sqlstate;
    guarded([=] {
        ereport(WARNING, (errcode(sqlstate),
                          errmsg("rows inserted into \"%s\" were not judged: %s", table, message),
                          hint[0] != '\0' ? errhint("%s", hint) : 0));
    });
}

// Whoever makes a trigger of his own is told what for the function is.
TriggerData* trigger_of(FunctionCallInfo fcinfo) {
    auto* trigger =
        CALLED_AS_TRIGGER(fcinfo) ? reinterpret_cast<TriggerData*>(fcinfo->context) : nullptr;
    if (trigger == nullptr || !TRIGGER_FIRED_AFTER(trigger->tg_event) ||
        !TRIGGER_FIRED_BY_INSERT(trigger->tg_event) ||
        !TRIGGER_FIRED_FOR_STATEMENT(trigger->tg_event) || trigger->tg_newtable == nullptr ||
        trigger->tg_trigger->tgnargs != 1) {
        throw Error(ErrorKind::not_available, "recon.watch_rows() is the trigger of recon_watch",
                    "", "Use SELECT recon_watch(name).");
    }
    return trigger;
}

Datum watch_rows(FunctionCallInfo fcinfo) {
    auto* const trigger = trigger_of(fcinfo);
    auto* const new_rows = trigger->tg_newtable;
    const auto rows = guarded([=] { return tuplestore_tuple_count(new_rows); });
    if (rows == 0) return PointerGetDatum(nullptr);
    const char* const number = trigger->tg_trigger->tgargs[0];
    const auto reconciliation = guarded([=] { return pg_strtoint32(number); });
    if (const auto failure = attempt([=] { watch(trigger, reconciliation); })) {
        warn(RelationGetRelationName(trigger->tg_relation), *failure);
        if (const auto unrecorded = attempt([&] { record(reconciliation, rows, *failure); })) {
            warn(RelationGetRelationName(trigger->tg_relation), *unrecorded);
        }
    }
    return PointerGetDatum(nullptr);
}

} // namespace
} // namespace recon::functions

RECON_FUNCTION(recon_watch_rows, recon::functions::watch_rows);
