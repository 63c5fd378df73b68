// Single rows, judged by what the last stored run left behind. The source is not read.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/detection/baseline/key_state.hpp"
#include "core/detection/history/series_value.hpp"
#include "postgres/query.hpp"
#include "postgres/result_set.hpp"
#include "run/row_plan.hpp"

namespace recon::run {

// What was said of the rows of some keys.
struct JudgedRows {
    std::uint64_t rows = 0; // judged, matches included
    std::vector<JudgedBreak> breaks;
    std::vector<std::string> exact_amounts; // JudgedBreak::exact counts within these
};

// Judges the rows of one key, number `key` to its breaks, by the state of the key.
void judge_by_state(JudgedRows& judged, const RowPlan& plan, breaks::KeyState& state,
                    const breaks::SeriesValue& value, const KeyEntry& entry, std::uint32_t key);

// Judges one row (a row, json or jsonb) of the reconciliation of this name into the answer of
// recon_score_row. Must be called as the extension's owner.
void judge_row(const std::string& name, const postgres::Parameter& row,
               postgres::ResultSet& answer);

} // namespace recon::run
