// What a person should know of a run beside its rows: notices of recon_detect, message of
// recon.run.
#pragma once

#include <string>
#include <vector>

#include "run/source_detection.hpp"

namespace recon::run {

[[nodiscard]] std::vector<std::string> remarks(const RunPlan& plan, const JudgedSource& judged);

} // namespace recon::run
