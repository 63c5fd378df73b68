// One detection over the keys of a scan: the window, the populations, the findings, the family.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/detection/verdict/advice.hpp"
#include "core/detection/verdict/large_amounts.hpp"
#include "core/evidence/false_discovery.hpp"
#include "run/fit/partner_fit.hpp"
#include "run/fit/populations.hpp"
#include "run/fit/stored_fit.hpp"
#include "run/result/judged_break.hpp"
#include "run/result/late_rows.hpp"
#include "run/result/source_counts.hpp"
#include "run/source/dates_read.hpp"

namespace recon::run {

struct Detection {
    SourceCounts source;
    std::optional<Window> window;               // none: no date to judge
    std::optional<std::int32_t> judged_through; // the newest date of it that is not in the future
    LateRows late;                              // of earlier dates
    std::vector<JudgedBreak> breaks;            // by date, key, occurrence
    std::vector<std::string> exact_amounts;
    std::vector<std::string> custom_detectors;  // the statistical ones
    std::vector<CustomVerdict> custom_evidence; // of each of these, break by break
    std::vector<std::vector<std::string>> own_flags;
    std::vector<ToldDecoupling> decouplings;
    std::vector<JudgedItem> items; // of runs that are stored, and keys without late rows
    std::vector<LateItems> late_items;
    std::vector<std::int32_t> complete_dates; // where some came late: all that are not partial
    std::uint64_t rows_judged = 0;            // matches included
    std::uint64_t anomalies = 0;
    std::uint64_t keys_absent = 0;
    std::uint64_t breaks_non_finite = 0; // an amount of theirs is NaN or infinite
    PartialDates partial;
    breaks::LargeAmounts large_amounts;
    double alpha = 0;
    std::optional<evidence::FalseDiscoveryCurve> family;
    Populations populations;
    PartnerFit partners;
    // The date up to which stored baselines knew the rows; none: the whole history was read.
    std::optional<std::int32_t> baseline_date;
    // What later runs may continue from; none: nothing was judged, or no states were asked for.
    std::optional<StoredFit> next_fit;

    // What each of custom_detectors said of a break; nothing where none was asked.
    [[nodiscard]] std::span<const CustomVerdict> own_of(const JudgedBreak& judged) const noexcept {
        return std::span(custom_evidence).subspan(judged.own, custom_detectors.size());
    }
    [[nodiscard]] double q_value(const breaks::Finding& finding) const;
    [[nodiscard]] bool is_anomaly(const breaks::Finding& finding, double minimum_amount) const;
    [[nodiscard]] bool is_anomaly(const JudgedBreak& judged) const {
        return is_anomaly(judged.finding, judged.minimum_amount);
    }
    // `currency` is that of its key.
    [[nodiscard]] breaks::Severity severity(const JudgedBreak& judged,
                                            std::string_view currency) const;
};

} // namespace recon::run
