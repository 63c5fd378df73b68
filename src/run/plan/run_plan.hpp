// What one call of recon_detect is to do, as recon.plan_run decided it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/detection/judging/judge.hpp"
#include "core/detection/verdict/materiality.hpp"
#include "core/detection/verdict/rules.hpp"
#include "postgres/query.hpp"

namespace recon::run {

// How a run can continue from the baselines that an earlier one has stored.
struct BaselinePlan {
    std::string fingerprint; // of what the run's own baselines depend on, besides the rows
    bool is_kept = false;    // the run's own baselines are to be stored
    // The stored ones know the rows up to this date; none: they are of no use to this run.
    std::optional<std::int32_t> through;
    // The statement that tells by who wrote them whether these rows are still the same, and the one
    // that reads the later rows between two places in the table; none where that tells nothing.
    std::optional<std::string> known_rows_scan;
    std::string block_scan;
    std::string digest_scan; // the statement that tells it by their contents
    std::string scan;        // the statement that reads the later ones
    std::string horizon;     // transactions before it have ended, whatever the run reads
    std::string source;      // recon.source_identity of what is read
};

// Rows that are judged by default besides those of new dates: of dates up to the newest one judged,
// loaded since an earlier run.
struct LateRowsPlan {
    std::optional<std::int64_t> since_run; // none: nothing was judged before
    std::int32_t through = 0;              // the newest date judged then
};

// A function that the strategy names (recon_register_detector).
struct CustomDetector {
    std::string name;
    bool is_rule = false;    // else statistical
    bool gives_text = false; // of a rule: the name of a flag, else true or false
    std::string call;        // qualified name, quoted
    std::string options;     // jsonb text
    double weight = 0;       // of a statistical one
};

struct RunPlan {
    std::optional<std::int32_t> reconciliation_id; // none: an ad-hoc comparison
    std::string reconciliation_name;
    std::optional<std::int64_t> run_id; // of a run that came out of the queue
    std::string reader;                 // the role as which the source is read
    std::string scan;                   // the statement that reads it
    std::vector<std::string> measures;
    breaks::JudgeOptions judging;
    breaks::Rules rules;
    std::vector<CustomDetector> custom_detectors; // by name
    std::string strategy;                         // jsonb text: the copy which the run keeps
    // What each detector said is kept of every break, not of anomalies alone.
    bool keeps_all_scores = false;
    double alpha = 0.05;
    breaks::MinimumAmounts minimum_amounts;
    std::optional<std::int32_t> from_date; // days since 2000-01-01
    std::optional<std::int32_t> to_date;
    std::optional<std::int32_t> newest_judged;
    std::int32_t today = 0;       // the day that it is for the reconciliation
    std::int32_t run_day = 0;     // the day on which it runs, which is never the caller's choice
    bool is_as_of = false;        // today is a day of the past, or of the caller's choice
    bool reads_all_dates = false; // of the source, as it is now
    std::optional<LateRowsPlan> late_rows; // none: only rows of certain dates are judged
    // Every row that was loaded before this moment is there to be read; none: no row says when.
    std::optional<std::int64_t> loaded_before;
    bool separate_target = false; // targets come from a relation of their own
    bool persist = false;
    std::optional<std::string> advice;
    // The moment of the source's past that is judged; none: now, or another source.
    std::optional<std::int64_t> replays_as_of;
    std::optional<BaselinePlan> baseline; // none: what is judged has no stored baselines

    // Rows that are dated later are no part of it. A date in the future is mostly a mistake, and
    // must not move the window of later runs: it is judged where it was asked for.
    [[nodiscard]] std::int32_t last_date() const noexcept;
};

// Calls recon.plan_run with the eight arguments of recon_detect; must run as the extension's owner.
inline constexpr std::size_t run_arguments = 8;
[[nodiscard]] RunPlan make_run_plan(std::span<const NullableDatum, run_arguments> arguments);

} // namespace recon::run
