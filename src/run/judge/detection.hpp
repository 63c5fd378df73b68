// One detection over the keys of a scan: the window, what is usual, the findings, the family.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/detection/history/rows_digest.hpp"
#include "core/detection/history/rows_sketch.hpp"
#include "core/detection/history/standing.hpp"
#include "core/detection/judging/partners.hpp"
#include "core/detection/verdict/advice.hpp"
#include "core/detection/verdict/large_amounts.hpp"
#include "core/evidence/false_discovery.hpp"
#include "run/fit/partner_fit.hpp"
#include "run/fit/populations.hpp"
#include "run/fit/stored_fit.hpp"
#include "run/plan/run_plan.hpp"
#include "run/result/late_rows.hpp"
#include "run/source/dates_read.hpp"
#include "run/source/key_spool.hpp"

namespace recon::run {

// One break of the target window.
struct JudgedBreak {
    std::uint32_t key = 0;     // position in the spool
    double minimum_amount = 0; // from which on breaks of the key are material
    breaks::Finding finding;
    breaks::RuleFlags rules = 0; // that it breaks
    std::uint32_t exact = 0;     // position + 1 in Detection::exact_amounts; 0: the double is exact
    std::uint32_t target =
        0;                 // number among the rows judged, where detectors of one's own are asked
    std::uint32_t own = 0; // where Detection::own_evidence of it begins
    std::uint32_t own_flags = 0;  // position + 1 in Detection::own_flags; 0: none
    std::uint32_t decoupling = 0; // position + 1 in Detection::decouplings; 0: none
    std::int32_t opened_on = 0;   // since when its item stands; of runs that are stored
};

// An item of a key as the window shows it.
struct JudgedItem {
    std::uint32_t key = 0; // position in the spool
    breaks::ItemSpan span;
};

// What late rows make of the items of their key: from the first item that they may have changed,
// all that there are now. Which of them stand for breaks that were judged, earlier runs know too.
struct LateItems {
    std::uint32_t key = 0; // position in the spool
    std::int32_t from = 0; // items that opened before are as they were
    std::vector<breaks::ItemSpan> spans;
};

// A row of the target window as detectors of one's own are asked about it.
struct JudgedTarget {
    std::array<float, breaks::detector_count> ln_p{}; // of the built-in detectors
    double observed = 0;                              // on its strongest measure
    std::vector<double> history;                      // of that measure's baseline
};

struct OwnVerdict {
    float ln_p = std::numeric_limits<float>::quiet_NaN(); // NaN: it had nothing to say
    float share = 0;
};

// Why a break does not follow its partner, and who that is.
struct ToldDecoupling {
    breaks::Decoupling decoupling;
    std::string partner;
};

// What the source holds; a run that continues stored baselines has not read all of it.
struct SourceCounts {
    std::uint64_t rows = 0;
    std::uint64_t rows_without_date = 0;
    std::uint64_t rows_unreadable = 0; // an amount is kept as text that is no number
    std::uint64_t keys = 0;            // with dated rows
    breaks::RowsDigest digest;         // of the dated rows
    breaks::RowsSketch sketch;         // of the same rows
};

struct Detection {
    SourceCounts source;
    std::optional<Window> window;    // none: no date to judge
    LateRows late;                   // of earlier dates
    std::vector<JudgedBreak> breaks; // by date, key, occurrence
    std::vector<std::string> exact_amounts;
    std::vector<std::string> own_detectors; // the statistical ones
    std::vector<OwnVerdict> own_evidence;   // of each of these, break by break
    std::vector<std::vector<std::string>> own_flags;
    std::vector<ToldDecoupling> decouplings;
    std::vector<JudgedItem> items; // of runs that are stored, and keys without late rows
    std::vector<LateItems> late_items;
    std::vector<std::int32_t> complete_dates; // where some came late: all that are not partial
    std::uint64_t rows_judged = 0;            // matches included
    std::uint64_t anomalies = 0;
    std::uint64_t keys_absent = 0;
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

    // What each of own_detectors said of a break; nothing where none was asked.
    [[nodiscard]] std::span<const OwnVerdict> own_of(const JudgedBreak& judged) const noexcept {
        return std::span(own_evidence).subspan(judged.own, own_detectors.size());
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

// Takes what is remembered of a key after all its rows: position in the spool, number of rows,
// bytes of its KeyState.
using TakeState = std::function<void(std::size_t, std::uint64_t, std::span<const std::byte>)>;

// `take_state` may be empty.
[[nodiscard]] Detection detect_breaks(KeySpool& spool, const RunPlan& plan,
                                      const TakeState& take_state = {});

// The same answer where `spool` holds only the rows after `fit.through`, and `counts` those of the
// whole source; nothing where what is usual is to be learned again, or the window begins earlier.
// `states` gives the bytes of the KeyState of these positions of the spool, empty for new keys.
using GiveStates = std::function<std::vector<std::vector<std::byte>>(std::span<const std::size_t>)>;
[[nodiscard]] std::optional<Detection> continue_detection(KeySpool& spool, const RunPlan& plan,
                                                          StoredFit fit, const SourceCounts& counts,
                                                          const GiveStates& states,
                                                          const TakeState& take_state);

} // namespace recon::run
