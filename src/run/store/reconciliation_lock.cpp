#include "run/store/reconciliation_lock.hpp"

#include "core/base/error.hpp"
#include "postgres/query.hpp"
#include "postgres/roles.hpp"

namespace recon::run {

using namespace recon::postgres;

void lock_reconciliation(const RunPlan& plan) {
    if (plan.run_id) return; // a worker took the lock when it claimed the run
    RoleScope as_owner(extension_owner(), RoleScope::Mode::trusted);
    Query query;
    const Parameter parameters[] = {int4_parameter(*plan.reconciliation_id)};
    query.run("SELECT pg_try_advisory_xact_lock(recon.lock_class(), $1) AS got", parameters);
    const bool got = DatumGetBool(query.value("got"));
    query.finish();
    as_owner.finish();
    if (!got) {
        throw Error(ErrorKind::busy, "this reconciliation is being judged by another session", "",
                    "Wait for that run to finish; runs of one reconciliation do not overlap.");
    }
}

void hold_reconciliation(const RunPlan& plan) {
    Query query;
    const Parameter parameters[] = {int4_parameter(*plan.reconciliation_id)};
    const auto held = query.run("SELECT FROM recon.reconciliation WHERE reconciliation_id = $1 "
                                "FOR KEY SHARE",
                                parameters);
    query.finish();
    if (held == 0) {
        throw Error(ErrorKind::not_found,
                    "reconciliation \"" + plan.reconciliation_name + "\" does not exist any more",
                    "It was dropped while it was being judged.");
    }
}

} // namespace recon::run
