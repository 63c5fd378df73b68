// The sample that the product was asked for: 24 month-end rows of four keys, and four rows to
// judge, with the analysts' verdict and pattern for each. Figures from
// github.com/ewfx/sradg-team-murphy (MIT). As typed there, account 1618005 stands for 1619205 and
// one row has the AU and currency of another key, so that the fourth live key has no history;
// `as_typed` keeps that.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/base/random.hpp"
#include "core/detection/judging/judge.hpp"
#include "evidence/q_values.hpp"

namespace recon::breaks::test {

struct Row {
    std::string key;
    std::int32_t date;
    double value;
    bool is_target;
};

// 2023-11-30, 12-31, 2024-01-31, 02-29, 03-31, 04-30, 05-31 in days since 2000-01-01.
inline constexpr std::array<std::int32_t, 7> month_ends = {8734, 8765, 8796, 8825,
                                                           8856, 8886, 8917};

inline std::vector<Row> brief_rows(bool as_typed = false) {
    const std::array<std::array<double, 7>, 4> values = {{
        {200, 0, 0.01, 0, -20000, -40000, -15000},
        {30000, 40000, 50000, 60000, 70000, 80000, 90000},
        {0, 0, -0.5, 0, 0.5, 0, 50000},
        {-10000, -10000, -10000, -10000, -10000, -10000, -10000},
    }};
    const std::array<std::string, 6> keys = {
        "1 00000 1619205 4398 USD", "2 00000 1619288 5701 USD", "3 00002 1618001 62695 USD",
        "4 00002 1619205 4929 EUR", "5 00002 1618005 4929 EUR", "6 00002 1618005 62695 USD"};
    std::vector<Row> rows;
    for (std::size_t k = 0; k < 4; ++k) {
        for (std::size_t i = 0; i < 7; ++i) {
            std::size_t key = k;
            if (as_typed && k == 3 && i < 6) key = i < 5 ? 4 : 5;
            rows.push_back({keys[key], month_ends[i], values[k][i], i == 6});
        }
    }
    return rows;
}

struct Judged {
    Finding finding;
    double q = 0;
    bool anomaly = false;
};

// Fits what is usual, then judges each key's targets.
inline std::vector<Finding> judge_all(std::map<std::string, KeySeries>& keys,
                                      const JudgeOptions& options) {
    std::vector<KeySummary> summaries;
    for (auto& [key, series] : keys) {
        series.sort();
        summaries.push_back(summarize(series, options));
    }
    const Population population = fit_population(summaries, options);
    std::vector<Finding> findings;
    for (const auto& [key, series] : keys)
        judge(series, population, options, findings);
    return findings;
}

inline std::vector<double> ln_q_of(const std::vector<Finding>& findings) {
    std::vector<double> ln_p;
    for (const Finding& finding : findings)
        ln_p.push_back(finding.ln_p);
    return evidence::ln_q_values(ln_p);
}

// The whole run over rows in any order: fit, judge, control the false-discovery rate. By target
// key; the keys here have one target row each, or the last one is kept.
inline std::map<std::string, Judged> run(const std::vector<Row>& rows, const JudgeOptions& options,
                                         double alpha = 0.05) {
    const double tolerance = options.tolerance.empty() ? 0 : options.tolerance[0];
    std::map<std::string, KeySeries> keys;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        auto& series = keys.try_emplace(rows[i].key, 1).first->second;
        series.append(rows[i].date, std::span(&rows[i].value, 1),
                      std::isnan(rows[i].value) || std::fabs(rows[i].value) > tolerance,
                      rows[i].is_target, mix64(i), i);
    }
    const auto findings = judge_all(keys, options);
    const auto ln_q = ln_q_of(findings);
    std::map<std::string, Judged> judged;
    for (std::size_t i = 0; i < findings.size(); ++i) {
        const double q = std::exp(ln_q[i]);
        judged[rows[findings[i].row].key] = {
            findings[i], q, q <= alpha && findings[i].is_break && !is_quiet(findings[i].pattern)};
    }
    return judged;
}

} // namespace recon::breaks::test
