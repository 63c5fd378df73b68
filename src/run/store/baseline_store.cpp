#include "run/store/baseline_store.hpp"

#include <array>
#include <unordered_map>

#include "postgres/datums.hpp"
#include "postgres/memory.hpp"
#include "postgres/pending_rows.hpp"
#include "postgres/query.hpp"
#include "postgres/roles.hpp"

namespace recon::run {

using namespace recon::postgres;

namespace {

Parameter reconciliation_parameter(const RunPlan& plan) {
    return {INT4OID, Int32GetDatum(*plan.reconciliation_id)};
}

// The holidays by which the run judges; none without a calendar.
Parameter holidays_parameter(const RunPlan& plan) {
    const auto& calendar = plan.judging.calendar;
    return {DATEARRAYOID,
            make_date_array(calendar ? calendar->holidays() : std::span<const series::Day>())};
}

// The stored fit of the run's definition, as its bytes say.
std::optional<StoredFit> read_fit(const Query& query) {
    try {
        auto fit = StoredFit::deserialize(bytes_of(query.value("state")));
        fit.run_id = DatumGetInt64(query.value("run_id"));
        return fit;
    } catch (const Error& error) {
        // Bytes of another library are no baseline.
        if (error.kind() != ErrorKind::invalid_data) throw;
        return std::nullopt;
    }
}

constexpr const char* select_fit =
    "SELECT run_id, state FROM recon.fit WHERE reconciliation_id = $1 AND fingerprint = $2 "
    "AND recon.agree_through(holidays, $3, through) "
    // Whoever emptied the cache by hand may have emptied one of its tables only.
    "AND keys = (SELECT count(*) FROM recon.baseline WHERE reconciliation_id = $1)";

} // namespace

std::optional<StoredFit> load_fit(const RunPlan& plan) {
    RoleScope as_owner(extension_owner(), RoleScope::Mode::trusted);
    Query query;
    const Parameter parameters[] = {reconciliation_parameter(plan),
                                    text_parameter(plan.baseline->fingerprint),
                                    holidays_parameter(plan)};
    query.run(select_fit, parameters, true);
    std::optional<StoredFit> fit;
    if (query.rows() == 1) fit = read_fit(query);
    query.finish();
    as_owner.finish();
    return fit;
}

std::vector<std::vector<std::byte>> load_states(const RunPlan& plan, const KeySpool& spool,
                                                std::span<const std::size_t> at) {
    std::vector<std::vector<std::byte>> states(at.size());
    std::unordered_map<std::uint64_t, std::size_t> place;
    std::vector<std::int64_t> hashes;
    for (std::size_t i = 0; i < at.size(); ++i) {
        place.emplace(spool.key(at[i]).hash, i);
        hashes.push_back(static_cast<std::int64_t>(spool.key(at[i]).hash));
    }
    RoleScope as_owner(extension_owner(), RoleScope::Mode::trusted);
    Query query;
    const Parameter parameters[] = {reconciliation_parameter(plan),
                                    {INT8ARRAYOID, make_int8_array(hashes)}};
    query.run("SELECT key_hash, state FROM recon.baseline "
              "WHERE reconciliation_id = $1 AND key_hash = ANY ($2)",
              parameters, true);
    const auto key_hash = query.column("key_hash");
    const auto state = query.column("state");
    for (std::uint64_t row = 0; row < query.rows(); ++row) {
        const auto bytes = bytes_of(query.value(row, state));
        states[place.at(DatumGetUInt64(query.value(row, key_hash)))].assign(bytes.begin(),
                                                                            bytes.end());
    }
    query.finish();
    as_owner.finish();
    return states;
}

BaselineWriter::BaselineWriter(const RunPlan& plan, MemoryContext context)
    : plan_(&plan), states_([=] {
          const ContextScope scope(context);
          return PendingRows("baseline");
      }()),
      row_context_(guarded(
          [=] { return AllocSetContextCreate(context, "recon state", ALLOCSET_DEFAULT_SIZES); })) {}

void BaselineWriter::take(const KeyEntry& key, std::uint64_t history,
                          std::span<const std::byte> state) {
    const ContextScope scope(row_context_);
    std::array<Datum, 5> values = {Int32GetDatum(*plan_->reconciliation_id),
                                   UInt64GetDatum(key.hash), key.key, UInt64GetDatum(history),
                                   make_varlena(state)};
    std::array<bool, 5> nulls{};
    states_.add(values.data(), nulls.data());
    guarded([context = row_context_] { MemoryContextReset(context); });
}

void BaselineWriter::finish(const Detection& detection, std::int64_t run_id) {
    if (detection.next_fit) write(*detection.next_fit, detection.baseline_date.has_value(), run_id);
    states_.end();
}

void BaselineWriter::write(const StoredFit& next, bool is_continued, std::int64_t run_id) {
    Query query;
    const Parameter of_definition[] = {reconciliation_parameter(*plan_),
                                       text_parameter(plan_->baseline->fingerprint),
                                       holidays_parameter(*plan_)};
    query.run(select_fit, of_definition);
    std::optional<StoredFit> stored;
    if (query.rows() == 1) stored = read_fit(query);
    const bool is_same = stored && stored->through == next.through &&
                         stored->digest == next.digest && stored->fitted_rows == next.fitted_rows;
    // A run told to stop at an earlier date leaves newer baselines alone; one that continued
    // baselines which another run has replaced meanwhile has only a part of them.
    const bool is_outdated = is_continued
                                 ? !stored || stored->run_id != next.run_id
                                 : stored && plan_->to_date && stored->through > next.through;
    const Parameter horizon = text_parameter(plan_->baseline->horizon);
    const Parameter source = text_parameter(plan_->baseline->source);
    if (!replaces_all_ && (is_same || is_outdated)) {
        // The same rows, perhaps written since the baselines were made.
        const Parameter seen[] = {reconciliation_parameter(*plan_), horizon, source};
        if (is_same) {
            query.run(
                "UPDATE recon.fit SET horizon = $2::xid8, source = $3 WHERE reconciliation_id "
                "= $1 AND (horizon < $2::xid8 OR source IS DISTINCT FROM $3)",
                seen);
        }
        query.finish();
        return;
    }
    states_.show_as("new_baseline");
    if (!is_continued) {
        const Parameter reconciliation[] = {reconciliation_parameter(*plan_)};
        query.run("DELETE FROM recon.baseline WHERE reconciliation_id = $1", reconciliation);
        query.run("INSERT INTO recon.baseline SELECT * FROM new_baseline");
    } else {
        query.run("INSERT INTO recon.baseline SELECT * FROM new_baseline "
                  "ON CONFLICT (reconciliation_id, key_hash) "
                  "DO UPDATE SET history_n = excluded.history_n, state = excluded.state");
    }
    ByteWriter writer;
    next.serialize(writer);
    const Parameter parameters[] = {reconciliation_parameter(*plan_),
                                    int8_parameter(run_id),
                                    text_parameter(plan_->baseline->fingerprint),
                                    {DATEOID, DateADTGetDatum(next.through)},
                                    int8_parameter(static_cast<std::int64_t>(next.rows)),
                                    int8_parameter(static_cast<std::int64_t>(next.keys)),
                                    int8_parameter(static_cast<std::int64_t>(next.fitted_rows)),
                                    {BYTEAOID, make_varlena(writer.bytes())},
                                    horizon,
                                    source,
                                    holidays_parameter(*plan_)};
    query.run(
        "INSERT INTO recon.fit (reconciliation_id, run_id, fingerprint, through, rows, keys, "
        "fitted_rows, state, horizon, source, holidays) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, "
        "$9::xid8, $10, $11) "
        "ON CONFLICT (reconciliation_id) DO UPDATE SET run_id = excluded.run_id, "
        "fingerprint = excluded.fingerprint, through = excluded.through, "
        "rows = excluded.rows, keys = excluded.keys, fitted_rows = excluded.fitted_rows, "
        "state = excluded.state, horizon = excluded.horizon, source = excluded.source, "
        "holidays = excluded.holidays, updated_at = now()",
        parameters);
    query.finish();
}

} // namespace recon::run
