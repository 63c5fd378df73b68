#include "run/row_plan.hpp"

#include "core/base/error.hpp"
#include "postgres/datums.hpp"
#include "postgres/memory.hpp"
#include "postgres/roles.hpp"
#include "run/source/run_source.hpp"
#include "run/store/baseline_store.hpp"

extern "C" {
#include "storage/itemptr.h"
#include "utils/inval.h"
}

namespace recon::run {

using namespace recon::postgres;

namespace {

Detection detection_beside(const RunPlan& run, const StoredFit& fit) {
    Detection detection;
    detection.alpha = run.alpha;
    detection.family = fit.family;
    detection.large_amounts = fit.large_amounts;
    return detection;
}

// All plans of the session. They live in memory contexts of their own.
class RowPlans {
  public:
    static RowPlans& instance() {
        static RowPlans* const plans = start();
        return *plans;
    }

    RowPlan& get(Query& query, const std::string& name);

    [[nodiscard]] const Prepared& state_statement() const { return *state_statement_; }

  private:
    struct Known {
        RowPlan* plan;
        MemoryContext memory; // goes with it
    };

    static RowPlans* start();
    static void relation_changed(Datum plans, Oid relation);

    void forget(const std::string& name);
    RowPlan& load(Query& query, const std::string& name, const RowPlan::Version& version);

    std::optional<Prepared> version_statement_;
    std::optional<Prepared> state_statement_;
    std::map<std::string, Known> known_;
};

RowPlans* RowPlans::start() {
    auto* plans = make_in_context<RowPlans>(TopMemoryContext);
    guarded([=] { CacheRegisterRelcacheCallback(relation_changed, PointerGetDatum(plans)); });
    return plans;
}

// Called by the server at any moment it takes notice of changes: no more than a flag is set.
void RowPlans::relation_changed(Datum plans, Oid relation) {
    for (auto& [name, known] : reinterpret_cast<RowPlans*>(plans)->known_) {
        if (relation == InvalidOid || relation == known.plan->source) {
            known.plan->is_outdated = true;
        }
    }
}

void RowPlans::forget(const std::string& name) {
    const auto found = known_.find(name);
    if (found == known_.end()) return;
    const auto known = found->second;
    known_.erase(found);
    for (auto& [type, statement] : known.plan->statements)
        statement.release();
    guarded([memory = known.memory] { MemoryContextDelete(memory); });
}

// Of a row that may be missing.
RowVersion row_version(const Query& query, const char* writer, const char* place) {
    if (query.is_null(writer)) return {};
    const auto* at = reinterpret_cast<const ItemPointerData*>(DatumGetPointer(query.value(place)));
    return {DatumGetTransactionId(query.value(writer)), ItemPointerGetBlockNumberNoCheck(at),
            ItemPointerGetOffsetNumberNoCheck(at)};
}

// Nothing stored, or what is stored belongs to another definition or another library, or is
// damaged.
[[noreturn]] void refuse_without_baselines(const RunPlan& run,
                                           const std::optional<std::string>& damage) {
    if (damage) {
        throw Error(ErrorKind::not_available,
                    "the stored baselines of reconciliation \"" + run.reconciliation_name +
                        "\" cannot be read",
                    *damage,
                    "Run SELECT * FROM recon_detect('" + run.reconciliation_name +
                        "'): it stores new ones.");
    }
    throw Error(ErrorKind::not_available,
                "reconciliation \"" + run.reconciliation_name + "\" has no stored baselines",
                "A run of recon_detect stores them; a change of the definition makes them useless.",
                "Run SELECT * FROM recon_detect('" + run.reconciliation_name + "') first.");
}

RowPlan& RowPlans::load(Query& query, const std::string& name, const RowPlan::Version& version) {
    constexpr std::size_t kept = 64;
    forget(name);
    if (known_.size() == kept) forget(std::string(known_.begin()->first));
    NullableDatum asked[run_arguments];
    for (auto& argument : asked)
        argument = {0, true};
    asked[0] = {make_text(name), false};
    asked[run_arguments - 1] = {BoolGetDatum(false), false}; // nothing is stored
    auto run = plan_as_owner(asked);
    if (!run.baseline) {
        throw Error(ErrorKind::not_available,
                    "reconciliation \"" + run.reconciliation_name + "\" has no date column",
                    "No baselines are stored for it.",
                    "Add a date to the source, and name it with recon_alter(name, date_column => "
                    "...).");
    }
    auto [fit, damage] = load_fit(run);
    if (!fit) refuse_without_baselines(run, damage);
    const Parameter reconciliation[] = {{INT4OID, Int32GetDatum(*run.reconciliation_id)}};
    if (query.run("SELECT recon.source_of(r)::oid AS source, recon.new_rows_scan(r) AS scan "
                  "FROM recon.reconciliation r WHERE reconciliation_id = $1",
                  reconciliation) == 0) {
        refuse_dropped(run);
    }
    const auto source = DatumGetObjectId(query.value("source"));
    auto new_rows_scan = query.text("scan");
    const MemoryContext memory = guarded([] {
        return AllocSetContextCreate(CacheMemoryContext, "recon row plan", ALLOCSET_SMALL_SIZES);
    });
    const ContextScope in_memory(memory);
    auto* plan = make_in_context<RowPlan>(memory, std::move(run), std::move(*fit));
    plan->version = version;
    plan->source = source;
    plan->new_rows_scan = std::move(new_rows_scan);
    known_.emplace(name, Known{plan, memory});
    return *plan;
}

RowPlan& RowPlans::get(Query& query, const std::string& name) {
    const auto found = known_.find(name);
    auto* plan = found == known_.end() ? nullptr : found->second.plan;
    const auto now = Moment::now();
    if (plan != nullptr && !plan->is_outdated && plan->seen == now) return *plan;
    // Planning can be cancelled: the statement that the condition asks for is planned last.
    if (!version_statement_) {
        const Oid state_types[] = {INT4OID, INT8OID};
        state_statement_.emplace("SELECT state FROM recon.baseline "
                                 "WHERE reconciliation_id = $1 AND key_hash = $2",
                                 state_types);
        const Oid version_types[] = {TEXTOID};
        version_statement_.emplace(
            "SELECT r.xmin AS definition_writer, r.ctid AS definition_place, "
            "s.xmin AS strategy_writer, s.ctid AS strategy_place, "
            "f.xmin AS fit_writer, f.ctid AS fit_place, "
            "r.is_active AND recon.has_access(recon.caller(), r.reconciliation_id, 'viewer') AS "
            "is_open "
            "FROM recon.reconciliation r LEFT JOIN recon.fit f USING (reconciliation_id) "
            "LEFT JOIN LATERAL (SELECT t.xmin, t.ctid FROM recon.strategy t "
            "WHERE t.strategy_name = r.strategy ORDER BY t.version DESC LIMIT 1) "
            "AS s ON true WHERE r.reconciliation_name = $1",
            version_types);
    }
    const Datum values[] = {make_text(name)};
    RowPlan::Version version{};
    bool is_open = false;
    if (query.run(*version_statement_, values) == 1) {
        version = {row_version(query, "definition_writer", "definition_place"),
                   row_version(query, "strategy_writer", "strategy_place"),
                   row_version(query, "fit_writer", "fit_place")};
        is_open = DatumGetBool(query.value("is_open"));
    }
    // Where the caller may not see it, the plan that is made again raises the error.
    if (plan == nullptr || !is_open || plan->is_outdated || plan->version != version) {
        plan = &load(query, name, version);
    }
    plan->seen = now;
    return *plan;
}

} // namespace

RowPlan::RowPlan(RunPlan run_plan, StoredFit stored)
    : run(std::move(run_plan)), fit(std::move(stored)), detection(detection_beside(run, fit)),
      values(detection, run) {}

namespace {
bool is_in_use = false;
} // namespace

RowPlanUse::RowPlanUse() {
    if (is_in_use) {
        throw Error(ErrorKind::not_available,
                    "rows cannot be judged by an expression that is evaluated to judge a row");
    }
    is_in_use = true;
}

RowPlanUse::~RowPlanUse() {
    is_in_use = false;
}

void refuse_dropped(const RunPlan& run) {
    throw Error(ErrorKind::not_found,
                "reconciliation \"" + run.reconciliation_name + "\" does not exist any more",
                "It was dropped while a row was being judged.");
}

RowPlan& row_plan(Query& query, const std::string& name) {
    return RowPlans::instance().get(query, name);
}

// Made as the extension's owner, planned as the owner of the reconciliation.
const Prepared& row_statement(Query& query, RowPlan& plan, Oid row_type) {
    if (const auto known = plan.statements.find(row_type); known != plan.statements.end()) {
        return known->second;
    }
    const Parameter parameters[] = {{INT4OID, Int32GetDatum(*plan.run.reconciliation_id)},
                                    {OIDOID, ObjectIdGetDatum(row_type)}};
    if (query.run("SELECT recon.row_statement(r, $2::regtype) AS statement "
                  "FROM recon.reconciliation r WHERE reconciliation_id = $1",
                  parameters) == 0) {
        refuse_dropped(plan.run);
    }
    const auto statement = query.text("statement");
    RoleScope as_reader(role_named(plan.run.reader), RoleScope::Mode::restricted);
    const auto added = plan.statements.emplace(row_type, Prepared(statement, {&row_type, 1}));
    as_reader.finish();
    return added.first->second;
}

std::optional<std::span<const std::byte>> stored_state(Query& query, const RowPlan& plan,
                                                       std::uint64_t key_hash) {
    const Datum values[] = {Int32GetDatum(*plan.run.reconciliation_id), UInt64GetDatum(key_hash)};
    if (query.run(RowPlans::instance().state_statement(), values) == 0) return std::nullopt;
    return unsealed(bytes_of(query.value("state")), seal_of_key(plan.run, key_hash),
                    "state of a key");
}

} // namespace recon::run
