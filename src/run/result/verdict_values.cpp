#include "run/result/verdict_values.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "core/detection/verdict/reason.hpp"
#include "postgres/datums.hpp"
#include "postgres/memory.hpp"

namespace recon::run {

using namespace recon::postgres;
using breaks::Finding;

namespace {

constexpr std::pair<breaks::FindingFlag, std::string_view> flag_names[] = {
    {breaks::constant_history, "constant_history"},
    {breaks::non_finite, "non_finite"},
    {breaks::missing_side, "missing_side"},
    {breaks::ongoing, "ongoing"},
    {breaks::resolved, "resolved"},
    {breaks::scale_is_tolerance, "scale_is_tolerance"},
    {breaks::season_predicted, "season_predicted"},
    {breaks::sized_by_episodes, "sized_by_episodes"},
    {breaks::new_level, "new_level"},
};

constexpr std::int16_t whole = 10'000; // ten-thousandths
constexpr std::int16_t silent = -1;    // of a detector that had nothing to say, or no share

std::int16_t ten_thousandths(double share) {
    return static_cast<std::int16_t>(std::clamp(std::round(share * whole), 0.0, double{whole}));
}

std::size_t hash_of(const std::array<std::int16_t, breaks::detector_count>& shares) {
    return std::hash<std::string_view>()(
        {reinterpret_cast<const char*>(shares.data()), sizeof(shares)});
}

} // namespace

std::vector<std::string> flags_of(const JudgedBreak& judged, const Detection& detection) {
    std::vector<std::string> flags;
    for (const auto& [bit, text] : flag_names) {
        if ((judged.finding.flags & bit) != 0) flags.emplace_back(text);
    }
    if ((judged.finding.row & breaks::SeriesValue::mismatch_bit) != 0) {
        flags.emplace_back("derived_mismatch");
    }
    for (std::size_t i = 0; i < breaks::rule_count; ++i) {
        const auto rule = static_cast<breaks::Rule>(i);
        if ((judged.rules & flag(rule)) != 0) flags.emplace_back(name(rule));
    }
    if (const auto* own = judged.own_flags.in(detection.own_flags)) {
        flags.insert(flags.end(), own->begin(), own->end());
    }
    return flags;
}

VerdictValues::VerdictValues(const Detection& detection, const RunPlan& plan)
    : detection_(detection), plan_(plan), lasting_(CurrentMemoryContext), numerics_(whole + 1),
      contributions_(1024) {
    for (const auto& measure : plan.measures)
        measures_.push_back(make_text(measure));
}

Datum VerdictValues::text_of(std::string_view repeated) {
    for (const auto& [known, datum] : texts_) {
        if (known == repeated) return datum;
    }
    const ContextScope scope(lasting_);
    texts_.emplace_back(repeated, make_text(repeated));
    return texts_.back().second;
}

Datum VerdictValues::numeric_of_share(std::int16_t share) {
    Datum& known = numerics_[static_cast<std::size_t>(share)];
    if (known == 0) {
        const ContextScope scope(lasting_);
        known = make_numeric(share / 1e4);
    }
    return known;
}

Datum VerdictValues::contributions_of(const JudgedBreak& judged) {
    const Finding& finding = judged.finding;
    Shares shares{};
    for (std::size_t i = 0; i < shares.size(); ++i) {
        const bool is_said = !std::isnan(finding.detector_ln_p[i]) && finding.share[i] > 0;
        shares[i] = is_said ? ten_thousandths(finding.share[i]) : silent;
    }
    const auto own = detection_.own_of(judged);
    auto& known = contributions_[hash_of(shares) % contributions_.size()];
    if (own.empty() && known.contributions != 0 && known.shares == shares) {
        return known.contributions;
    }
    named_shares_.clear();
    for (std::size_t i = 0; i < shares.size(); ++i) {
        if (shares[i] == silent) continue;
        named_shares_.push_back(
            {breaks::name(static_cast<breaks::Detector>(i)), numeric_of_share(shares[i])});
    }
    for (std::size_t i = 0; i < own.size(); ++i) {
        if (!(own[i].share > 0)) continue;
        named_shares_.push_back(
            {detection_.custom_detectors[i], numeric_of_share(ten_thousandths(own[i].share))});
    }
    if (!own.empty() || known.contributions != 0) return make_jsonb(named_shares_);
    const ContextScope scope(lasting_);
    known = {shares, make_jsonb(named_shares_)};
    return known.contributions;
}

Datum VerdictValues::flags_of(const JudgedBreak& judged) {
    const bool is_mismatch = (judged.finding.row & breaks::SeriesValue::mismatch_bit) != 0;
    if (judged.own_flags) return make_text_array(run::flags_of(judged, detection_));
    const auto key = std::uint64_t{judged.rules} << 32 | std::uint64_t{judged.finding.flags} << 1 |
                     (is_mismatch ? 1U : 0U);
    if (const auto known = flags_.find(key); known != flags_.end()) return known->second;
    const ContextScope scope(lasting_);
    return flags_.emplace(key, make_text_array(run::flags_of(judged, detection_))).first->second;
}

Datum VerdictValues::measure_of(const JudgedBreak& judged) const {
    return measures_[judged.finding.measure];
}

Datum VerdictValues::action_of(const JudgedBreak& judged) {
    const auto pattern = judged.finding.pattern;
    const auto category = breaks::category_of(judged.finding);
    const bool is_anomaly = detection_.is_anomaly(judged);
    const auto [known, is_new] = actions_.try_emplace({pattern, category, is_anomaly});
    if (is_new) {
        const ContextScope scope(lasting_);
        known->second = make_text(breaks::recommended_action(pattern, category, is_anomaly));
    }
    return known->second;
}

// Its detector is the custom one that carries most of the verdict.
std::string VerdictValues::own_reason(const JudgedBreak& judged, const KeyEntry& entry) const {
    const auto own = detection_.own_of(judged);
    const auto strongest = std::max_element(
        own.begin(), own.end(), [](const auto& a, const auto& b) { return a.share < b.share; });
    return breaks::reason(
        judged.finding,
        {.measure = plan_.measures[judged.finding.measure],
         .unit = entry.currency,
         .measures = plan_.measures.size(),
         .detector = detection_.custom_detectors[static_cast<std::size_t>(strongest - own.begin())],
         .detector_ln_p = strongest->ln_p});
}

Datum VerdictValues::reason_of(const JudgedBreak& judged, const KeyEntry& entry) const {
    const Finding& finding = judged.finding;
    if (finding.pattern == breaks::Pattern::custom_detector) {
        return make_text(own_reason(judged, entry));
    }
    breaks::ReasonContext context{.measure = plan_.measures[finding.measure],
                                  .unit = entry.currency,
                                  .measures = plan_.measures.size()};
    if (const auto* told = judged.decoupling.in(detection_.decouplings)) {
        context.partner = told->partner;
        context.decoupling = &told->decoupling;
    }
    return make_text(breaks::reason(finding, context));
}

} // namespace recon::run
