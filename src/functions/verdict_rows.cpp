#include "functions/verdict_rows.hpp"

#include <charconv>
#include <cmath>
#include <numbers>

#include "core/breaks/advice.hpp"
#include "core/breaks/reason.hpp"
#include "postgres/datums.hpp"
#include "postgres/memory.hpp"

namespace recon::functions {

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

// What was estimated is not known to the last digit: nine significant digits are plenty.
double rounded(double estimate) {
    if (!std::isfinite(estimate) || estimate == 0) return estimate;
    char text[40];
    const auto end =
        std::to_chars(text, text + sizeof(text), estimate, std::chars_format::scientific, 8);
    double result = estimate;
    std::from_chars(text, end.ptr, result);
    return result;
}

std::string contributions_text(const Finding& finding) {
    std::string json = "{";
    for (std::size_t i = 0; i < breaks::detector_count; ++i) {
        if (std::isnan(finding.detector_ln_p[i]) || !(finding.share[i] > 0)) continue;
        char share[32];
        *std::to_chars(share, share + sizeof(share) - 1, std::round(finding.share[i] * 1e4) / 1e4)
             .ptr = '\0';
        if (json.size() > 1) json += ", ";
        json += '"';
        json += breaks::name(static_cast<breaks::Detector>(i));
        json += "\": ";
        json += share;
    }
    return json + "}";
}

Datum make_jsonb(const std::string& text) {
    const char* const json = text.c_str();
    return guarded([=] { return DirectFunctionCall1(jsonb_in, CStringGetDatum(json)); });
}

Datum read_numeric(const std::string& text) {
    const char* const digits = text.c_str();
    return guarded([=] {
        return DirectFunctionCall3(numeric_in, CStringGetDatum(digits),
                                   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
    });
}

} // namespace

VerdictRows::VerdictRows(const Detection& detection, const KeySpool& spool, const RunPlan& plan)
    : detection_(detection), spool_(spool), plan_(plan), lasting_(CurrentMemoryContext) {
    for (const auto& measure : plan.measures)
        measures_.push_back(make_text(measure));
}

Datum VerdictRows::text_of(std::string_view repeated) {
    for (const auto& [known, datum] : texts_) {
        if (known == repeated) return datum;
    }
    const ContextScope scope(lasting_);
    texts_.emplace_back(repeated, make_text(repeated));
    return texts_.back().second;
}

VerdictRow VerdictRows::make(const JudgedBreak& judged, std::optional<std::int64_t> stored_id) {
    using enum VerdictColumn;
    const Finding& finding = judged.finding;
    const KeyEntry& entry = spool_.key(judged.key);
    const bool anomalous = detection_.is_anomaly(finding);
    const auto kind = breaks::category_of(finding);

    VerdictRow row;
    const auto put = [&](VerdictColumn column, Datum value) { row.value(column) = value; };
    const auto put_amount = [&](VerdictColumn column, double amount) {
        if (std::isnan(amount)) {
            row.null(column) = true;
        } else {
            put(column, make_numeric(amount));
        }
    };
    const auto put_number = [&](VerdictColumn column, double number) {
        if (std::isnan(number)) {
            row.null(column) = true;
        } else {
            put(column, Float8GetDatum(number));
        }
    };

    if (stored_id) {
        put(VerdictColumn::break_id, Int64GetDatum(*stored_id));
    } else {
        row.null(VerdictColumn::break_id) = true;
    }
    put(key, entry.key);
    put(break_date, DateADTGetDatum(finding.date));
    put(measure, measures_[finding.measure]);
    if (judged.exact == 0) {
        put_amount(observed, finding.observed);
    } else {
        put(observed, read_numeric(detection_.exact_amounts[judged.exact - 1]));
    }
    put_amount(expected, rounded(finding.expected));
    put_amount(lower, rounded(finding.lower));
    put_amount(upper, rounded(finding.upper));
    put(direction, Int16GetDatum(finding.direction));
    // 0 + avoids a negative zero for ln p = 0.
    put_number(score, 0.0 + -finding.ln_p / std::numbers::ln10);
    put_number(p_value, std::exp(finding.ln_p));
    put_number(q_value, detection_.q_value(finding));
    put(is_anomaly, BoolGetDatum(anomalous));
    put(severity, text_of(breaks::name(breaks::severity_of(finding.ln_p, finding.observed,
                                                           anomalous, detection_.large_amount))));
    put(pattern, text_of(breaks::name(finding.pattern)));
    put(category, text_of(breaks::name(kind)));
    std::vector<std::string> set;
    for (const auto& [flag, text] : flag_names) {
        if ((finding.flags & flag) != 0) set.emplace_back(text);
    }
    if ((finding.row & SeriesValue::mismatch_bit) != 0) set.emplace_back("derived_mismatch");
    put(flags, make_text_array(set));
    put(contributions, make_jsonb(contributions_text(finding)));
    put(basis, text_of(breaks::name(finding.basis)));
    put(history_n, Int32GetDatum(static_cast<std::int32_t>(finding.history_n)));
    put(reason, make_text(breaks::reason(finding, {.measure = plan_.measures[finding.measure],
                                                   .unit = entry.currency,
                                                   .measures = plan_.measures.size()})));
    put(recommended_action,
        make_text(breaks::recommended_action(finding.pattern, kind, anomalous)));
    return row;
}

} // namespace recon::functions
