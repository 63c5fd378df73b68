#include "run/row_watch.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "core/base/dates.hpp"
#include "core/base/error.hpp"
#include "core/detection/baseline/key_state.hpp"
#include "postgres/datums.hpp"
#include "postgres/memory.hpp"
#include "postgres/roles.hpp"
#include "run/result/verdict_columns.hpp"
#include "run/row_judging.hpp"
#include "run/row_plan.hpp"
#include "run/store/baseline_store.hpp"

extern "C" {
#include "utils/rel.h"
#include "utils/xid8.h"
}

namespace recon::run {

using namespace recon::postgres;

namespace {

// What was inserted, judged.
struct Watched {
    std::int32_t today = 0;
    std::uint64_t rows = 0;
    std::uint64_t rows_without_date = 0;
    std::uint64_t rows_late = 0;      // before what their key's baseline knows
    std::uint64_t rows_in_future = 0; // after the reconciliation's today
    std::uint64_t anomalies = 0;
    std::optional<std::int32_t> first; // date judged
    std::optional<std::int32_t> last;
    JudgedRows judged;
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

void judge_key(Watched& watched, const RowPlan& plan, const KeyEntry& entry, std::uint32_t key,
               breaks::SeriesValue& value, std::span<const std::byte> remembered) {
    auto state = breaks::KeyState(value.series.measures(), plan.run.judging);
    if (!remembered.empty()) {
        ByteReader reader(remembered, "state of a key");
        state = breaks::KeyState::deserialize(reader, plan.run.judging);
        reader.expect_end();
        watched.rows_late += leave_out_late_rows(value, state);
    }
    if (value.series.empty()) return;
    judge_by_state(watched.judged, plan, state, value, entry, key);
    const auto dates = value.series.dates();
    watched.rows_in_future += static_cast<std::uint64_t>(
        dates.end() - std::upper_bound(dates.begin(), dates.end(), watched.today));
    watched.first = std::min(watched.first.value_or(dates.front()), dates.front());
    watched.last = std::max(watched.last.value_or(dates.back()), dates.back());
}

// Keys of one statement may be many: their states are read some hundred at a time.
Watched judge_new_rows(const RowPlan& plan, KeySpool& spool, std::int32_t today) {
    constexpr std::size_t batch_keys = 512;
    Watched watched;
    watched.today = today;
    watched.rows = spool.rows_read();
    watched.rows_without_date = spool.rows_without_date();
    std::vector<std::size_t> positions;
    std::vector<breaks::SeriesValue> values;
    const auto judge_batch = [&] {
        const auto states = load_states(plan.run, spool, positions);
        for (std::size_t i = 0; i < positions.size(); ++i) {
            judge_key(watched, plan, spool.key(positions[i]),
                      static_cast<std::uint32_t>(positions[i]), values[i], states[i]);
        }
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
    for (const auto& found : watched.judged.breaks)
        watched.anomalies += plan.detection.is_anomaly(found) ? 1 : 0;
    return watched;
}

std::string counted_rows(std::uint64_t rows) {
    return std::to_string(rows) + (rows == 1 ? " row is" : " rows are");
}

std::optional<std::string> remark(const Watched& watched) {
    std::string text;
    if (watched.rows_late > 0) {
        text = counted_rows(watched.rows_late) +
               " dated before what the baseline of their key knows: a run over "
               "their dates judges them";
    }
    if (watched.rows_in_future > 0) {
        text += (text.empty() ? "" : "; ") + counted_rows(watched.rows_in_future) +
                " dated after today (the newest " + iso_date(*watched.last) +
                "): runs judge them when their dates have come";
    }
    return text.empty() ? std::nullopt : std::optional(text);
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
        count_parameter(watched.judged.rows),
        count_parameter(keys),
        count_parameter(watched.judged.breaks.size()),
        count_parameter(watched.anomalies),
        date_parameter(plan.fit.through),
        text_parameter(remark(watched)),
    };
    query.run("SELECT recon.add_watch_run($1, $2::jsonb, $3, $4, $5, $6, $7, $8, $9, $10, $11, "
              "$12, NULL) AS run_id",
              parameters);
    if (query.is_null("run_id")) refuse_dropped(plan.run);
    return DatumGetInt64(query.value("run_id"));
}

// What a watched break says besides its verdict.
struct WatchOwner {
    std::int32_t reconciliation_id;
    std::int64_t run_id;
    Datum transaction;
};

using Owner = const WatchOwner&;
constexpr TableColumn<WatchOwner> owner_columns[] = {
    {"reconciliation_id",
     [](Owner owner) { return given(Int32GetDatum(owner.reconciliation_id)); }},
    {"run_id", [](Owner owner) { return given(Int64GetDatum(owner.run_id)); }},
    {"written_by", [](Owner owner) { return given(owner.transaction); }},
    {"written_at",
     [](Owner) { return given(TimestampTzGetDatum(GetCurrentStatementStartTimestamp())); }},
};

void add_breaks(Query& query, RowPlan& plan, const KeySpool& spool, JudgedRows& judged,
                std::int64_t run) {
    VerdictTable<WatchOwner> table(VerdictPlace::watched, owner_columns);
    PendingRows pending("watched_break", table.names());
    plan.detection.exact_amounts = std::move(judged.exact_amounts);
    const WatchOwner owner{*plan.run.reconciliation_id, run, guarded([] {
                               return FullTransactionIdGetDatum(GetTopFullTransactionId());
                           })};
    const MemoryContext per_row = guarded([] {
        return AllocSetContextCreate(CurrentMemoryContext, "recon verdict", ALLOCSET_DEFAULT_SIZES);
    });
    for (const auto& found : judged.breaks) {
        const ContextScope scope(per_row);
        VerdictRow verdict({plan.values, found, spool.key(found.key), std::nullopt});
        const auto& row = table.make(verdict, owner);
        pending.add(row.values(), row.nulls());
        guarded([=] { MemoryContextReset(per_row); });
    }
    plan.detection.exact_amounts.clear();
    pending.show_as("new_watched_break");
    query.run(pending.insert_into("watched_break", "new_watched_break"));
    pending.end();
}

// The reconciliation that the trigger is for, and its owner; none where it is not active.
struct Subject {
    std::string name;
    std::string owner;
    std::int32_t today = 0;
};

std::optional<Subject> subject_of(Query& query, std::int32_t reconciliation, Oid source) {
    const Parameter parameters[] = {{INT4OID, Int32GetDatum(reconciliation)},
                                    {OIDOID, ObjectIdGetDatum(source)}};
    query.run("SELECT reconciliation_name, owner, is_active, "
              "(now() AT TIME ZONE time_zone)::date AS today FROM recon.reconciliation "
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
    return Subject{query.text("reconciliation_name"), query.text("owner"),
                   DatumGetDateADT(query.value("today"))};
}

} // namespace

void watch_inserted_rows(TriggerData* trigger, std::int32_t reconciliation) {
    RoleScope as_owner(extension_owner(), RoleScope::Mode::trusted);
    Query query;
    const Oid source = RelationGetRelid(trigger->tg_relation);
    if (const auto subject = subject_of(query, reconciliation, source)) {
        // The role that inserts needs no right on the reconciliation.
        const CallerScope on_behalf(role_named(subject->owner));
        const RowPlanUse in_use;
        auto& plan = row_plan(query, subject->name);
        RoleScope as_reader(role_named(plan.run.reader), RoleScope::Mode::restricted);
        KeySpool spool(plan.new_rows_scan, CurrentMemoryContext, {},
                       [=] { guarded([=] { return SPI_register_trigger_data(trigger); }); });
        as_reader.finish();
        auto watched = judge_new_rows(plan, spool, subject->today);
        const auto run = add_run(query, plan, watched, spool.size());
        if (!watched.judged.breaks.empty()) {
            add_breaks(query, plan, spool, watched.judged, run);
        }
        spool.finish();
    }
    query.finish();
    as_owner.finish();
}

void record_failed_watch(std::int32_t reconciliation, std::int64_t rows, const Failure& failure) {
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

} // namespace recon::run
