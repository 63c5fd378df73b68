// The plan of a run as recon.plan_run gives it: one jsonb value, read by the names of its members.
// Here alone is known what they are called.
#pragma once

#include "postgres/json_value.hpp"
#include "run/plan/run_plan.hpp"

namespace recon::run {

// All but RunPlan::run_id and replays_as_of.
[[nodiscard]] RunPlan read_plan(const postgres::JsonValue& plan);

} // namespace recon::run
