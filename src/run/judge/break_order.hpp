// The breaks of a run, when all its keys have been judged.
#pragma once

#include <vector>

#include "run/plan/run_plan.hpp"
#include "run/result/judged_break.hpp"
#include "run/source/key_spool.hpp"

namespace recon::run {

// By date, key and occurrence.
void sort_breaks(std::vector<JudgedBreak>& found, const KeySpool& spool);

// Adds the rule amount_threshold, where it is on, to those that a break breaks.
void mark_large_amounts(std::vector<JudgedBreak>& found, const KeySpool& spool,
                        const breaks::Rules& rules);

} // namespace recon::run
