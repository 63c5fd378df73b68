// What every judging function does first: the plan is made as the owner of the extension, the
// source is read as the owner of the reconciliation.
#pragma once

#include "run/plan/run_plan.hpp"
#include "run/source/key_spool.hpp"

namespace recon::run {

// Errors name what the caller wrote, not what runs behind it.
[[nodiscard]] RunPlan plan_as_owner(std::span<const NullableDatum, run_arguments> arguments);

// The statement is the plan's own, or another that it holds.
[[nodiscard]] KeySpool read_source(const RunPlan& plan, const std::string& scan,
                                   MemoryContext context,
                                   std::span<const postgres::Parameter> parameters = {});

} // namespace recon::run
