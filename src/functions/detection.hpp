// One detection over the keys of a scan: the window, the population, the findings, the family.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "functions/key_spool.hpp"
#include "functions/populations.hpp"
#include "functions/run_plan.hpp"

#include "core/evidence/false_discovery.hpp"

namespace recon::functions {

// One break of the target window.
struct JudgedBreak {
    std::uint32_t key = 0; // position in the spool
    breaks::Finding finding;
    std::uint32_t exact = 0; // position + 1 in Detection::exact_amounts; 0: the double is exact
};

struct Detection {
    std::optional<Window> window;    // none: nothing to judge
    std::vector<JudgedBreak> breaks; // by date, key, occurrence
    std::vector<std::string> exact_amounts;
    std::uint64_t rows_judged = 0; // matches included
    std::uint64_t anomalies = 0;
    std::uint64_t keys_absent = 0;
    // Target dates with fewer than half their usual keys: how many, and the newest.
    std::uint64_t partial_dates = 0;
    std::optional<std::int32_t> partial_date;
    std::uint64_t partial_keys = 0;
    std::uint64_t usual_keys = 0;
    double large_amount = 0; // where the largest tenth of the anomalies begins
    double alpha = 0;
    double minimum_amount = 0;
    std::optional<evidence::FalseDiscoveryCurve> family;
    Populations populations;

    [[nodiscard]] double q_value(const breaks::Finding& finding) const;
    [[nodiscard]] bool is_anomaly(const breaks::Finding& finding) const;
};

[[nodiscard]] Detection detect_breaks(KeySpool& spool, const RunPlan& plan);

} // namespace recon::functions
