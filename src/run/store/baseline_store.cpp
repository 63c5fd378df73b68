#include "run/store/baseline_store.hpp"

#include <array>
#include <string>
#include <string_view>
#include <unordered_map>

#include "postgres/datums.hpp"
#include "postgres/memory.hpp"
#include "postgres/query.hpp"
#include "postgres/roles.hpp"
#include "run/store/seal.hpp"

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
LoadedFit read_fit(const Query& query, const RunPlan& plan) {
    if (query.rows() != 1) return {};
    try {
        const auto bytes =
            unsealed(bytes_of(query.value("state")), seal_of_fit(plan), "stored fit");
        auto fit = StoredFit::deserialize(bytes);
        fit.run_id = DatumGetInt64(query.value("run_id"));
        if (!DatumGetBool(query.value("is_intact"))) {
            return {std::nullopt, "stored fit: a column beside it was changed"};
        }
        if (fit.through != DatumGetDateADT(query.value("through"))) {
            return {std::nullopt, "stored fit: its date is another one"};
        }
        return {std::move(fit), std::nullopt};
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::invalid_data) throw;
        return {std::nullopt, error.what()};
    }
}

// Of what recon.fit says beside its state: by it a run finds which rows are known.
constexpr std::string_view columns_digest =
    "pg_catalog.hash_record_extended(ROW(reconciliation_id, run_id, fingerprint, through, rows, "
    "keys, fitted_rows, horizon, source, holidays, keys_digest), 0)";

std::string select_fit() {
    std::string text = "SELECT run_id, through, state, columns_digest IS NOT DISTINCT FROM ";
    text += columns_digest;
    text += " AS is_intact FROM recon.fit WHERE reconciliation_id = $1 AND fingerprint = $2 "
            "AND recon.agree_through(holidays, $3, through) "
            // One of the two tables may have been emptied by hand, or keys exchanged.
            "AND (keys, keys_digest) = (SELECT count(*), bit_xor(key_hash) FROM recon.baseline "
            "WHERE reconciliation_id = $1)";
    return text;
}

void seal_columns(Query& query, const RunPlan& plan) {
    std::string text = "UPDATE recon.fit SET columns_digest = ";
    text += columns_digest;
    text += " WHERE reconciliation_id = $1 AND columns_digest IS DISTINCT FROM ";
    text += columns_digest;
    const Parameter reconciliation[] = {reconciliation_parameter(plan)};
    query.run(text, reconciliation);
}

} // namespace

LoadedFit load_fit(const RunPlan& plan) {
    RoleScope as_owner(extension_owner(), RoleScope::Mode::trusted);
    Query query;
    const Parameter parameters[] = {reconciliation_parameter(plan),
                                    text_parameter(plan.baseline->fingerprint),
                                    holidays_parameter(plan)};
    query.run(select_fit(), parameters, true);
    auto loaded = read_fit(query, plan);
    query.finish();
    as_owner.finish();
    return loaded;
}

std::vector<std::vector<std::byte>> load_states(const RunPlan& plan, const KeySpool& spool,
                                                std::span<const std::size_t> at) {
    std::vector<std::vector<std::byte>> states(at.size());
    std::vector<bool> is_stored(at.size());
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
        const auto i = place.at(DatumGetUInt64(query.value(row, key_hash)));
        states[i].assign(bytes.begin(), bytes.end());
        is_stored[i] = true;
    }
    query.finish();
    as_owner.finish();
    for (std::size_t i = 0; i < at.size(); ++i) {
        if (!is_stored[i]) continue;
        unseal(states[i], seal_of_key(plan, spool.key(at[i]).hash), "state of a key");
    }
    return states;
}

const std::array<TableColumn<BaselineWriter::State>, 5> BaselineWriter::columns = {{
    {"reconciliation_id",
     [](const State& state) { return given(Int32GetDatum(state.reconciliation_id)); }},
    {"key_hash", [](const State& state) { return given(UInt64GetDatum(state.entry.hash)); }},
    {"key", [](const State& state) { return given(state.entry.key); }},
    {"history_n", [](const State& state) { return given(UInt64GetDatum(state.history)); }},
    {"state", [](const State& state) { return given(make_sealed(state.state, state.seal)); }},
}};

BaselineWriter::BaselineWriter(const RunPlan& plan, MemoryContext context)
    : plan_(&plan), states_([=] {
          const ContextScope scope(context);
          return TableRows<State>("baseline", columns);
      }()),
      row_context_(guarded(
          [=] { return AllocSetContextCreate(context, "recon state", ALLOCSET_DEFAULT_SIZES); })) {}

void BaselineWriter::take(const KeyEntry& key, std::uint64_t history,
                          std::span<const std::byte> state) {
    const ContextScope scope(row_context_);
    states_.add({*plan_->reconciliation_id, key, history, state, seal_of_key(*plan_, key.hash)});
    guarded([context = row_context_] { MemoryContextReset(context); });
}

void BaselineWriter::finish(const Detection& detection, std::int64_t run_id) {
    if (detection.next_fit) write(*detection.next_fit, detection.baseline_date.has_value(), run_id);
    states_.end();
}

// A run told to stop at an earlier date leaves newer baselines alone; one that continued baselines
// which another run has replaced meanwhile has only a part of them.
bool BaselineWriter::is_outdated(const StoredFit& next, const std::optional<StoredFit>& stored,
                                 bool is_continued) const {
    if (is_continued) return !stored || stored->run_id != next.run_id;
    return stored && plan_->to_date && stored->through > next.through;
}

void BaselineWriter::write(const StoredFit& next, bool is_continued, std::int64_t run_id) {
    Query query;
    const Parameter of_definition[] = {reconciliation_parameter(*plan_),
                                       text_parameter(plan_->baseline->fingerprint),
                                       holidays_parameter(*plan_)};
    query.run(select_fit(), of_definition);
    const auto stored = read_fit(query, *plan_).fit;
    const bool is_same = stored && stored->through == next.through &&
                         stored->digest == next.digest && stored->fitted_rows == next.fitted_rows;
    if (replaces_all_ || (!is_same && !is_outdated(next, stored, is_continued))) {
        write_states(query, is_continued);
        write_fit(query, next, run_id);
        seal_columns(query, *plan_);
    } else if (is_same) {
        // The same rows, perhaps written since the baselines were made.
        const Parameter seen[] = {reconciliation_parameter(*plan_),
                                  text_parameter(plan_->baseline->horizon),
                                  text_parameter(plan_->baseline->source)};
        query.run("UPDATE recon.fit SET horizon = $2::xid8, source = $3 WHERE reconciliation_id "
                  "= $1 AND (horizon < $2::xid8 OR source IS DISTINCT FROM $3)",
                  seen);
        seal_columns(query, *plan_);
    }
    query.finish();
}

void BaselineWriter::write_states(Query& query, bool is_continued) const {
    states_.pending().show_as("new_baseline");
    const auto insertion = states_.pending().insert_into("baseline", "new_baseline");
    if (is_continued) {
        query.run(insertion + " ON CONFLICT (reconciliation_id, key_hash) "
                              "DO UPDATE SET history_n = excluded.history_n, "
                              "state = excluded.state");
        return;
    }
    const Parameter reconciliation[] = {reconciliation_parameter(*plan_)};
    query.run("DELETE FROM recon.baseline WHERE reconciliation_id = $1", reconciliation);
    query.run(insertion);
}

void BaselineWriter::write_fit(Query& query, const StoredFit& next, std::int64_t run_id) const {
    ByteWriter writer;
    next.serialize(writer);
    const Parameter parameters[] = {reconciliation_parameter(*plan_),
                                    int8_parameter(run_id),
                                    text_parameter(plan_->baseline->fingerprint),
                                    date_parameter(next.through),
                                    int8_parameter(static_cast<std::int64_t>(next.rows)),
                                    int8_parameter(static_cast<std::int64_t>(next.keys)),
                                    int8_parameter(static_cast<std::int64_t>(next.fitted_rows)),
                                    {BYTEAOID, make_sealed(writer.bytes(), seal_of_fit(*plan_))},
                                    text_parameter(plan_->baseline->horizon),
                                    text_parameter(plan_->baseline->source),
                                    holidays_parameter(*plan_)};
    query.run(
        "INSERT INTO recon.fit (reconciliation_id, run_id, fingerprint, through, rows, keys, "
        "fitted_rows, state, horizon, source, holidays, keys_digest) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::xid8, $10, $11, "
        "(SELECT bit_xor(key_hash) FROM recon.baseline WHERE reconciliation_id = $1)) "
        "ON CONFLICT (reconciliation_id) DO UPDATE SET run_id = excluded.run_id, "
        "fingerprint = excluded.fingerprint, through = excluded.through, "
        "rows = excluded.rows, keys = excluded.keys, fitted_rows = excluded.fitted_rows, "
        "state = excluded.state, horizon = excluded.horizon, source = excluded.source, "
        "holidays = excluded.holidays, keys_digest = excluded.keys_digest, updated_at = now()",
        parameters);
}

} // namespace recon::run
