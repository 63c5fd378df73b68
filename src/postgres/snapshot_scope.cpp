#include "postgres/snapshot_scope.hpp"

extern "C" {
#include "access/xact.h"
#include "utils/snapmgr.h"
}

namespace recon::postgres {

SnapshotScope::SnapshotScope(Mode mode) {
    guarded([=] {
        CommandCounterIncrement();
        PushActiveSnapshot(mode == Mode::latest ? GetLatestSnapshot() : GetTransactionSnapshot());
    });
}

void SnapshotScope::finish() {
    guarded([] { PopActiveSnapshot(); });
}

bool transaction_has_one_snapshot() {
    return IsolationUsesXactSnapshot();
}

} // namespace recon::postgres
