// The lock of a reconciliation that is being judged, and whether what its last holder wrote is
// seen.
#include "postgres/boundary.hpp"
#include "postgres/datums.hpp"
#include "postgres/numbered_lock.hpp"
#include "postgres/query.hpp"
#include "postgres/snapshot_scope.hpp"

extern "C" {
#include "catalog/namespace.h"
}

namespace recon::functions {
namespace {

using namespace recon::postgres;

NumberedLock lock_of(std::int32_t reconciliation) {
    const Oid table =
        guarded([] { return get_relname_relid("run", get_namespace_oid("recon", false)); });
    return {table, static_cast<std::uint32_t>(reconciliation)};
}

// recon.try_lock(reconciliation_id, for_session)
Datum try_run_lock(FunctionCallInfo fcinfo) {
    const Arguments arguments(fcinfo);
    const auto lock = lock_of(arguments.int4(0));
    return BoolGetDatum(arguments.boolean(1) ? try_lock_for_session(lock) : try_lock(lock));
}

// recon.holds_lock(reconciliation_id)
Datum holds_run_lock(FunctionCallInfo fcinfo) {
    return BoolGetDatum(holds_for_session(lock_of(Arguments(fcinfo).int4(0))));
}

// recon.release_locks()
Datum release_run_locks(FunctionCallInfo /*fcinfo*/) {
    release_session_locks();
    return 0;
}

std::string stored_state(Datum reconciliation, SnapshotScope::Mode mode) {
    SnapshotScope scope(mode);
    Query query;
    const Parameter parameters[] = {{INT4OID, reconciliation}};
    query.run("SELECT recon.stored_state($1) AS state", parameters, true);
    auto state = query.text("state");
    query.finish();
    scope.finish();
    return state;
}

// recon.has_old_snapshot(reconciliation_id)
Datum has_old_snapshot(FunctionCallInfo fcinfo) {
    if (!transaction_has_one_snapshot()) return BoolGetDatum(false);
    const Datum reconciliation = Arguments(fcinfo).datum(0);
    return BoolGetDatum(stored_state(reconciliation, SnapshotScope::Mode::transaction) !=
                        stored_state(reconciliation, SnapshotScope::Mode::latest));
}

} // namespace
} // namespace recon::functions

RECON_FUNCTION(recon_try_lock, recon::functions::try_run_lock);
RECON_FUNCTION(recon_holds_lock, recon::functions::holds_run_lock);
RECON_FUNCTION(recon_release_locks, recon::functions::release_run_locks);
RECON_FUNCTION(recon_has_old_snapshot, recon::functions::has_old_snapshot);
