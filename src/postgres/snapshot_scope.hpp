// By which snapshot the statements of a call read.
#pragma once

#include "postgres/guard.hpp"

namespace recon::postgres {

// What reads only reads by a snapshot of this moment until finish(), though the statement that
// called began earlier: what is read after a lock was taken includes what its last holder has
// written. No clean-up in a destructor: on an error the transaction's abort takes the snapshot
// away.
class SnapshotScope {
  public:
    enum class Mode {
        transaction, // as a new statement would read: in REPEATABLE READ by the transaction's first
        latest, // whatever the isolation level: to find out whether the transaction's is too old
    };

    explicit SnapshotScope(Mode mode);
    void finish();
};

// REPEATABLE READ or SERIALIZABLE: all statements read by one snapshot.
[[nodiscard]] bool transaction_has_one_snapshot();

} // namespace recon::postgres
