// Judging the rows of one key against what came before them.
//
//   for every key:  summaries.push_back(summarize(series, options));      (in key order)
//   once:           Population population = fit_population(summaries, options);
//   for every key:  judge(series, population, options, findings);
//
// Every target row gives one finding, matches included: the false-discovery rate is controlled over
// all of them. A row is judged by the rows of earlier dates only.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "core/base/firewall.hpp"
#include "core/base/thread_team.hpp"
#include "core/detection/history/key_series.hpp"
#include "core/detection/history/standing.hpp"
#include "core/detection/judging/finding.hpp"
#include "core/detection/judging/judge_options.hpp"
#include "core/detection/population/population.hpp"

namespace recon::breaks {

class KeyState;
class PartnerTrack;

// What the population is fitted from: a bounded number of facts about one key, its target rows left
// out (unless `include_targets`: a first run without earlier rows). The series must be sorted.
[[nodiscard]] KeySummary summarize(const KeySeries& series, const JudgeOptions& options,
                                   bool include_targets = false);

// Summaries must come in key order: the order of the sums decides their last bits. In the threads
// of the team, where there is one.
[[nodiscard]] Population fit_population(std::span<const KeySummary> summaries,
                                        const JudgeOptions& options, ThreadTeam* team = nullptr);

// The shapes (shape_models.hpp) of at most so many rows of a sorted series, chosen evenly among
// those that are no targets; a row of which fewer than two numbers are known has none.
// ShapeModels::fit() takes them key by key, and Population::set_shapes() what it makes of them:
// judging asks that about breaks.
[[nodiscard]] std::vector<double> shapes_of_past(const KeySeries& series,
                                                 const Population& population,
                                                 const JudgeOptions& options, std::size_t most);

// Appends one finding per target row, in the order of the series, which must be sorted. A
// population of another number of measures is an invalid_parameter error; Population{} (nothing
// known) is not.
void judge(const KeySeries& series, const Population& population, const JudgeOptions& options,
           std::vector<Finding>& out);

// What is noted of the target rows besides their findings, where it is wanted.
using LookAtFinding = std::function<void(const Finding&, const KeyState&)>;
struct JudgeNotes {
    // Is shown each finding with the state that it was judged by.
    LookAtFinding look = {};
    // ln p of all of them, matches included; NaN without evidence.
    std::vector<double>* ln_p = nullptr;
    // The items that they belong to or close, in order of date, or the one in which a key without
    // target rows stands.
    std::vector<ItemSpan>* items = nullptr;
    // For the partners' comparison (partners.hpp), which takes no part in judging a key.
    std::span<PartnerTrack> tracks = {};
};

// The same for rows that follow what `state` has seen (key_state.hpp): findings are those that the
// whole history would give, in time that does not depend on its length. Rows of the newest date
// seen so far may follow, later ones must; `rows` is sorted. The state takes the rows in.
void judge_next(KeyState& state, const KeySeries& rows, const Population& population,
                const JudgeOptions& options, std::vector<Finding>& out,
                const JudgeNotes& notes = {});

// The same for a run: findings of the target rows that are breaks only. In the notes, a larger ln p
// may stand for a match whose p is about .2 or more, mostly that of 1: so the false-discovery rate
// is kept, and no rate up to .2 rejects another row.
void judge_breaks(KeyState& state, const KeySeries& rows, const Population& population,
                  const JudgeOptions& options, std::vector<Finding>& breaks,
                  const JudgeNotes& notes = {});

} // namespace recon::breaks
