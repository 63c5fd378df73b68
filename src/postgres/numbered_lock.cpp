#include "postgres/numbered_lock.hpp"

extern "C" {
#include "access/xact.h"
#include "storage/lock.h"
}

namespace recon::postgres {

namespace {

// A worker works at one run at a time; a session that claims more by hand holds few.
constexpr int most_held = 64;

struct Held {
    LOCKTAG tags[most_held] = {};
    int count = 0;
    bool watches_transactions = false;
};
Held held;

LOCKTAG tag_of(NumberedLock lock) {
    LOCKTAG tag;
    SET_LOCKTAG_OBJECT(tag, MyDatabaseId, lock.table, lock.number, 0);
    return tag;
}

bool is_same(const LOCKTAG& a, const LOCKTAG& b) {
    return a.locktag_field1 == b.locktag_field1 && a.locktag_field2 == b.locktag_field2 &&
           a.locktag_field3 == b.locktag_field3;
}

// Plain data and a server call that raises no error: it runs while a transaction is aborted, too.
void release_all() {
    while (held.count > 0) {
        --held.count;
        (void)LockRelease(&held.tags[held.count], ExclusiveLock, true);
    }
}

void when_transaction_ends(XactEvent event, void* /*argument*/) {
    if (event == XACT_EVENT_ABORT) release_all();
}

} // namespace

bool try_lock(NumberedLock lock) {
    return guarded([=] {
        const LOCKTAG tag = tag_of(lock);
        return LockAcquire(&tag, ExclusiveLock, false, true) != LOCKACQUIRE_NOT_AVAIL;
    });
}

bool try_lock_for_session(NumberedLock lock) {
    if (holds_for_session(lock)) return true;
    if (held.count == most_held) return false;
    return guarded([=] {
        if (!held.watches_transactions) {
            RegisterXactCallback(when_transaction_ends, nullptr);
            held.watches_transactions = true;
        }
        const LOCKTAG tag = tag_of(lock);
        if (LockAcquire(&tag, ExclusiveLock, true, true) == LOCKACQUIRE_NOT_AVAIL) return false;
        held.tags[held.count++] = tag;
        return true;
    });
}

bool holds_for_session(NumberedLock lock) {
    const LOCKTAG tag = tag_of(lock);
    for (int i = 0; i < held.count; ++i) {
        if (is_same(held.tags[i], tag)) return true;
    }
    return false;
}

void release_session_locks() {
    guarded([] { release_all(); });
}

} // namespace recon::postgres
