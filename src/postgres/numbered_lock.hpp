// A lock on a number of one of our tables. Nobody can take it by SQL, as anybody can take advisory
// locks, so nobody else can hold it.
#pragma once

#include <cstdint>

#include "postgres/guard.hpp"

namespace recon::postgres {

struct NumberedLock {
    Oid table = InvalidOid;
    std::uint32_t number = 0;
};

// Until the transaction ends. False where another session holds it; nobody waits.
[[nodiscard]] bool try_lock(NumberedLock lock);

// Until the session ends or release_session_locks(). A transaction that fails as a whole lets go of
// it, too: then what the lock was taken for is over, though the session lives on.
[[nodiscard]] bool try_lock_for_session(NumberedLock lock);

[[nodiscard]] bool holds_for_session(NumberedLock lock);

void release_session_locks();

} // namespace recon::postgres
