// A reconciliation is not dropped while a run of it writes. (Runs do not overlap:
// recon.lock_for_run.)
#pragma once

#include "run/plan/run_plan.hpp"

namespace recon::run {

// Another session that drops the reconciliation waits, or was first (55000). Must be called as the
// extension's owner.
void hold_reconciliation(const RunPlan& plan);

} // namespace recon::run
