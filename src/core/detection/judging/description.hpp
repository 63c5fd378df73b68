// What is reported of a row that has been judged: the numbers of the reason, and the pattern.
#pragma once

#include "core/base/firewall.hpp"
#include "core/detection/baseline/key_state.hpp"
#include "core/detection/judging/candidate.hpp"
#include "core/detection/judging/finding.hpp"
#include "core/detection/population/population.hpp"

namespace recon::breaks {

// Fills in all of the finding but its p-values and flags, which it must have.
void describe(const KeyState& state, const Candidate& candidate, double value, Finding& finding);

// The finding is about a slow change that makes the verdict; it has been described.
void describe_drift(const MeasureState& past, const MeasurePopulation& usual, double value,
                    Finding& finding);
void describe_volatility(const MeasureState& past, const MeasurePopulation& usual, double value,
                         Finding& finding);

} // namespace recon::breaks
