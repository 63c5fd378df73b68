#include "run/store/run_progress.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <new>

#include "core/base/progress.hpp"
#include "postgres/guard.hpp"
#include "postgres/roles.hpp"

extern "C" {
#include "executor/spi.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/proc.h"
#include "storage/spin.h"
#include "tcop/tcopprot.h"
#include "utils/fmgrprotos.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"
#include "utils/wait_event.h"
}

namespace recon::run {

using namespace recon::postgres;

namespace {

struct State {
    char stage[48];
    std::int64_t done;
    std::int64_t total;
    bool counts_rows;
    bool operator==(const State&) const = default;
};

// What is in the segment.
struct Shared {
    Oid database;
    Oid owner; // of the extension
    std::int64_t run;
    int worker_pid;
    std::atomic<bool> has_ended;
    slock_t lock;
    State state; // under the lock
};
static_assert(std::atomic<bool>::is_always_lock_free);

void tell_end(dsm_segment* segment, Datum /*unused*/) {
    static_cast<Shared*>(dsm_segment_address(segment))->has_ended = true;
}

// Server calls only. Null where all segments are in use.
dsm_segment* make_segment(std::int64_t run, Oid owner) {
    dsm_segment* const segment = dsm_create(sizeof(Shared), DSM_CREATE_NULL_IF_MAXSEGMENTS);
    if (segment == nullptr) return nullptr;
    auto* const shared = new (dsm_segment_address(segment)) Shared{};
    shared->database = MyDatabaseId;
    shared->owner = owner;
    shared->run = run;
    shared->worker_pid = MyProcPid;
    SpinLockInit(&shared->lock);
    on_dsm_detach(segment, tell_end, 0);
    // Not a matter of whichever part of the query happens to be running.
    dsm_pin_mapping(segment);
    return segment;
}

// Shared memory that cannot be had (its file system may be full) must not fail a run: the
// subtransaction takes back what the attempt left.
dsm_segment* try_segment(std::int64_t run) {
    const Oid owner = extension_owner();
    const MemoryContext memory = CurrentMemoryContext;
    const ResourceOwner resources = CurrentResourceOwner;
    guarded([] { BeginInternalSubTransaction(nullptr); });
    dsm_segment* segment = nullptr;
    try {
        segment = guarded([=] {
            dsm_segment* const made = make_segment(run, owner);
            ReleaseCurrentSubTransaction();
            return made;
        });
    } catch (const ServerError&) {
        guarded([] { RollbackAndReleaseCurrentSubTransaction(); });
    }
    MemoryContextSwitchTo(memory);
    CurrentResourceOwner = resources;
    return segment;
}

// Server calls only. False where every worker process is taken.
bool start_worker(dsm_segment* segment, std::int64_t run) {
    BackgroundWorker worker{};
    worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
    worker.bgw_start_time = BgWorkerStart_ConsistentState;
    worker.bgw_restart_time = BGW_NEVER_RESTART;
    worker.bgw_main_arg = UInt32GetDatum(dsm_segment_handle(segment));
    snprintf(worker.bgw_name, BGW_MAXLEN, "recon progress of run %lld",
             static_cast<long long>(run));
    strlcpy(worker.bgw_type, "recon progress", BGW_MAXLEN);
    strlcpy(worker.bgw_library_name, "$libdir/recon", sizeof(worker.bgw_library_name));
    strlcpy(worker.bgw_function_name, "recon_progress_worker", BGW_MAXLEN);
    return RegisterDynamicBackgroundWorker(&worker, nullptr);
}

State state_of(Shared& shared) {
    SpinLockAcquire(&shared.lock);
    const State state = shared.state;
    SpinLockRelease(&shared.lock);
    return state;
}

// Server calls only, outside a transaction: one statement about the run, as the extension's owner.
// Gives the number of its rows.
std::uint64_t execute(const Shared& shared, const char* statement, int count, Oid* types,
                      Datum* values) {
    Oid session_role = InvalidOid;
    int session_context = 0;
    GetUserIdAndSecContext(&session_role, &session_context);
    SetUserIdAndSecContext(shared.owner,
                           SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION);
    SPI_execute_with_args(statement, count, types, values, nullptr, false, 0);
    SetUserIdAndSecContext(session_role, session_context);
    return SPI_processed;
}

void begin_transaction() {
    SetCurrentStatementStartTimestamp();
    StartTransactionCommand();
    SPI_connect();
    PushActiveSnapshot(GetTransactionSnapshot());
}

void commit_transaction() {
    SPI_finish();
    PopActiveSnapshot();
    CommitTransactionCommand();
}

// A run that is ending, or is being cancelled, holds its row: then it is left alone.
void commit_state(const Shared& shared, const State& state) {
    begin_transaction();
    Oid types[] = {INT8OID, INT4OID, TEXTOID, INT8OID, INT8OID, BOOLOID};
    Datum values[] = {Int64GetDatum(shared.run),
                      Int32GetDatum(shared.worker_pid),
                      PointerGetDatum(cstring_to_text(state.stage)),
                      Int64GetDatum(state.done),
                      Int64GetDatum(state.total),
                      BoolGetDatum(state.counts_rows)};
    execute(shared,
            "UPDATE recon.run SET stage = $3, stage_done = $4, stage_total = nullif($5, 0), "
            "rows_read = CASE WHEN $6 THEN $4 ELSE rows_read END, progress_at = clock_timestamp() "
            "WHERE run_id IN (SELECT run_id FROM recon.run WHERE run_id = $1 AND worker_pid = $2 "
            "AND status = 'running' FOR NO KEY UPDATE SKIP LOCKED)",
            std::size(types), types, values);
    commit_transaction();
}

// Ends the run that somebody wants to end: recon_cancel itself may signal the worker only where the
// extension's owner may. The run's row is held meanwhile, so that the worker cannot go on to
// another.
void pass_cancel_on(const Shared& shared) {
    begin_transaction();
    Oid types[] = {INT8OID, INT4OID};
    Datum values[] = {Int64GetDatum(shared.run), Int32GetDatum(shared.worker_pid)};
    if (execute(shared,
                "SELECT FROM recon.run WHERE run_id = $1 AND worker_pid = $2 "
                "AND status = 'running' AND cancelled_by IS NOT NULL FOR NO KEY UPDATE SKIP LOCKED",
                std::size(types), types, values) > 0) {
        DirectFunctionCall1(pg_cancel_backend, Int32GetDatum(shared.worker_pid));
    }
    commit_transaction();
}

// The background worker. An error in it ends it, with a line in the server's log. Nothing in here
// has a destructor.
void watch(dsm_handle handle) {
    dsm_segment* const segment = dsm_attach(handle);
    if (segment == nullptr) return; // the run has ended
    auto& shared = *static_cast<Shared*>(dsm_segment_address(segment));
    BackgroundWorkerInitializeConnectionByOid(shared.database, InvalidOid, 0);
    (void)set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION,
                            GUC_ACTION_SET, true, 0, false);
    State written{};
    constexpr int naps_of_look = 5;
    for (int naps = 0; !shared.has_ended; ++naps) {
        if (naps % naps_of_look == 0) pass_cancel_on(shared);
        const State state = state_of(shared);
        if (state != written) {
            commit_state(shared, state);
            written = state;
        }
        (void)WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, 100,
                        PG_WAIT_EXTENSION);
        ResetLatch(MyLatch);
        CHECK_FOR_INTERRUPTS();
    }
}

} // namespace

RunProgress::RunProgress(std::int64_t run) : run_(run) {
    // With a snapshot of the whole transaction the run could not write into its row any more.
    if (!IsolationUsesXactSnapshot()) segment_ = try_segment(run);
}

RunProgress::~RunProgress() {
    if (segment_ != nullptr) dsm_detach(segment_); // raises nothing
}

void RunProgress::publish() {
    if (segment_ == nullptr) return;
    State state{};
    strlcpy(state.stage, progress.stage, sizeof(state.stage));
    state.done = static_cast<std::int64_t>(progress.done);
    state.total = static_cast<std::int64_t>(progress.total);
    state.counts_rows = std::strncmp(progress.unit, "rows", 4) == 0;
    auto* const shared = static_cast<Shared*>(dsm_segment_address(segment_));
    SpinLockAcquire(&shared->lock);
    shared->state = state;
    SpinLockRelease(&shared->lock);
    if (is_started_) return;
    is_started_ = guarded([segment = segment_, run = run_] { return start_worker(segment, run); });
}

} // namespace recon::run

extern "C" PGDLLEXPORT void recon_progress_worker(Datum handle);
void recon_progress_worker(Datum handle) {
    pqsignal(SIGTERM, die);
    BackgroundWorkerUnblockSignals();
    recon::run::watch(DatumGetUInt32(handle));
}
