// One detection over the keys of a scan.
#pragma once

#include <optional>

#include "run/judge/judge_keys.hpp"
#include "run/result/detection.hpp"

namespace recon::run {

// `take_state` may be empty.
[[nodiscard]] Detection detect_breaks(KeySpool& spool, const RunPlan& plan,
                                      const TakeState& take_state = {});

// The same answer where `spool` holds only the rows after `fit.through`, and `counts` those of the
// whole source; nothing where the populations are to be learned again, or the window begins
// earlier.
[[nodiscard]] std::optional<Detection> continue_detection(KeySpool& spool, const RunPlan& plan,
                                                          StoredFit fit, const SourceCounts& counts,
                                                          const KeyStates& states);

} // namespace recon::run
