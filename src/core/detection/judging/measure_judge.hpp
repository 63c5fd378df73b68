// One measure of a row against the baseline of its key and what is known of all keys: of the
// explanations that a value may have, the likeliest is the verdict.
#pragma once

#include <cstddef>

#include "core/base/firewall.hpp"
#include "core/detection/baseline/key_state.hpp"
#include "core/detection/judging/candidate.hpp"
#include "core/detection/population/population.hpp"

namespace recon::breaks {

[[nodiscard]] Candidate judge_measure(const KeyState& state, const MeasurePopulation& usual,
                                      std::size_t measure, double value, bool is_break);

} // namespace recon::breaks
