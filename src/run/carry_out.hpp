// A run from its plan to its end: the source is read as the owner of the reconciliation, what is
// found is written as the owner of the extension.
#pragma once

#include <cstdint>
#include <string>

#include "postgres/result_set.hpp"
#include "run/plan/run_plan.hpp"

namespace recon::run {

void notice(const std::string& message);

// The rows go to `answer`, where there is one. Gives the number of anomalies.
std::uint64_t carry_out(const RunPlan& plan, postgres::ResultSet* answer);

} // namespace recon::run
