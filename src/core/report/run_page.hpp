// The report of a run: one page that stands alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/firewall.hpp"
#include "core/report/charts.hpp"

namespace recon::report {

struct ReportedAnomaly {
    std::string key; // "account 1618001, currency USD"
    std::string date;
    std::string amount;
    std::string severity;
    std::string pattern;
    std::string reason;
    std::string action;
    std::vector<ChartPoint> history; // empty: not shown
};

struct PastRun {
    std::string date;
    double anomalies = 0;
    double match_rate = 0; // percent
};

struct ControlTotal {
    std::string what;
    std::int64_t rows = 0;
};

struct RunReport {
    std::string reconciliation;
    std::string run;    // its number
    std::string window; // "2024-05-31" or "2024-05-01 to 2024-05-31"
    std::string made_at;
    std::string strategy;
    std::int64_t judged = 0;
    std::int64_t matched = 0;
    std::int64_t breaks = 0;
    std::int64_t anomalies = 0;
    std::int64_t changed = 0;
    std::optional<std::string> message; // what the run has to say
    std::vector<PastRun> past;          // oldest first, this one last
    std::vector<ChartBar> by_severity;
    std::vector<ChartBar> by_pattern;
    std::vector<ChartBar> by_category;
    std::vector<ChartBar> drivers; // values of key columns that anomalies share
    std::vector<ChartBar> ageing;  // open items by how long they stand
    std::vector<ControlTotal> totals;
    std::vector<ReportedAnomaly> list;
};

[[nodiscard]] std::string run_page(const RunReport& report);
// What happened, in three sentences; also the beginning of the digest.
[[nodiscard]] std::vector<std::string> summary_of(const RunReport& report);
// The short version for a mail: plain text.
[[nodiscard]] std::string run_digest(const RunReport& report);

} // namespace recon::report
