// Runs of one reconciliation do not overlap, and it is not dropped while one of them writes.
#pragma once

#include "run/plan/run_plan.hpp"

namespace recon::run {

// Refuses (55P03) to overlap with another run of the same reconciliation; the lock is the
// transaction's.
void lock_reconciliation(const RunPlan& plan);

// Another session that drops the reconciliation waits, or was first (55000). Must be called as the
// extension's owner.
void hold_reconciliation(const RunPlan& plan);

} // namespace recon::run
