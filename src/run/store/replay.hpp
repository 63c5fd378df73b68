// A run as of an earlier moment: has its source changed since?
#pragma once

#include <optional>
#include <string>

#include "run/result/detection.hpp"

namespace recon::run {

// A sentence on what has changed in the source since a stored run judged the dates that `plan`
// names; nothing where no such run had begun by the moment that is replayed. Reads recon.run as the
// owner of the extension.
[[nodiscard]] std::optional<std::string> changes_since_run(const RunPlan& plan,
                                                           const Detection& detection);

} // namespace recon::run
