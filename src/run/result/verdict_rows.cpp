#include "run/result/verdict_rows.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>

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

// What was estimated is not known to the last digit: nine significant digits are plenty.
Datum make_estimate(double estimate) {
    return make_numeric(estimate, 9);
}

constexpr std::int16_t whole = 10'000; // ten-thousandths
constexpr std::int16_t silent = -1;    // of a detector that had nothing to say, or no share

std::int16_t ten_thousandths(double share) {
    return static_cast<std::int16_t>(std::clamp(std::round(share * whole), 0.0, double{whole}));
}

std::size_t hash_of(const std::array<std::int16_t, breaks::detector_count>& shares) {
    return std::hash<std::string_view>()(
        {reinterpret_cast<const char*>(shares.data()), sizeof(shares)});
}

Datum read_numeric(const std::string& text) {
    const char* const digits = text.c_str();
    return guarded([=] {
        return DirectFunctionCall3(numeric_in, CStringGetDatum(digits),
                                   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
    });
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
    if (judged.own_flags != 0) {
        const auto& own = detection.own_flags[judged.own_flags - 1];
        flags.insert(flags.end(), own.begin(), own.end());
    }
    return flags;
}

VerdictRows::VerdictRows(const Detection& detection, const RunPlan& plan)
    : detection_(detection), plan_(plan), lasting_(CurrentMemoryContext), numerics_(whole + 1),
      contributions_(1024) {
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

Datum VerdictRows::numeric_of_share(std::int16_t share) {
    Datum& known = numerics_[static_cast<std::size_t>(share)];
    if (known == 0) {
        const ContextScope scope(lasting_);
        known = make_numeric(share / 1e4);
    }
    return known;
}

Datum VerdictRows::contributions_of(const JudgedBreak& judged) {
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
            {detection_.own_detectors[i], numeric_of_share(ten_thousandths(own[i].share))});
    }
    if (!own.empty() || known.contributions != 0) return make_jsonb(named_shares_);
    const ContextScope scope(lasting_);
    known = {shares, make_jsonb(named_shares_)};
    return known.contributions;
}

Datum VerdictRows::flags_of(const JudgedBreak& judged) {
    const bool is_mismatch = (judged.finding.row & breaks::SeriesValue::mismatch_bit) != 0;
    if (judged.own_flags != 0) return make_text_array(run::flags_of(judged, detection_));
    const auto key = std::uint64_t{judged.rules} << 32 | std::uint64_t{judged.finding.flags} << 1 |
                     (is_mismatch ? 1U : 0U);
    if (const auto known = flags_.find(key); known != flags_.end()) return known->second;
    const ContextScope scope(lasting_);
    return flags_.emplace(key, make_text_array(run::flags_of(judged, detection_)))
        .first->second;
}

Datum VerdictRows::action_of(breaks::Pattern pattern, breaks::Category category, bool is_anomaly) {
    const auto [known, is_new] = actions_.try_emplace({pattern, category, is_anomaly});
    if (is_new) {
        const ContextScope scope(lasting_);
        known->second = make_text(breaks::recommended_action(pattern, category, is_anomaly));
    }
    return known->second;
}

// Its detector is the one of one's own that carries most of the verdict.
std::string VerdictRows::own_reason(const JudgedBreak& judged, const KeyEntry& entry) const {
    const auto own = detection_.own_of(judged);
    const auto strongest = std::max_element(
        own.begin(), own.end(), [](const auto& a, const auto& b) { return a.share < b.share; });
    return breaks::reason(
        judged.finding,
        {.measure = plan_.measures[judged.finding.measure],
         .unit = entry.currency,
         .measures = plan_.measures.size(),
         .detector = detection_.own_detectors[static_cast<std::size_t>(strongest - own.begin())],
         .detector_ln_p = strongest->ln_p});
}

TupleDesc verdict_shape() {
    static constexpr std::pair<const char*, Oid> columns[] = {
        {"break_id", INT8OID},    {"key", JSONBOID},
        {"break_date", DATEOID},  {"measure", TEXTOID},
        {"observed", NUMERICOID}, {"expected", NUMERICOID},
        {"lower", NUMERICOID},    {"upper", NUMERICOID},
        {"direction", INT2OID},   {"score", FLOAT8OID},
        {"p_value", FLOAT8OID},   {"q_value", FLOAT8OID},
        {"is_anomaly", BOOLOID},  {"severity", TEXTOID},
        {"pattern", TEXTOID},     {"category", TEXTOID},
        {"flags", TEXTARRAYOID},  {"contributions", JSONBOID},
        {"basis", TEXTOID},       {"history_n", INT4OID},
        {"reason", TEXTOID},      {"recommended_action", TEXTOID},
        {"occurrence", INT4OID},  {"currency", TEXTOID},
    };
    static_assert(std::size(columns) == verdict_columns + 2);
    return guarded([] {
        TupleDesc shape = CreateTemplateTupleDesc(std::size(columns));
        AttrNumber at = 0;
        for (const auto& [name, type] : columns)
            TupleDescInitEntry(shape, ++at, name, type, -1, 0);
        return shape;
    });
}

VerdictRow VerdictRows::make(const JudgedBreak& judged, const KeyEntry& entry,
                             std::optional<std::int64_t> stored_id) {
    using enum VerdictColumn;
    const Finding& finding = judged.finding;
    const bool anomalous = detection_.is_anomaly(judged);
    const auto kind = breaks::category_of(finding);

    VerdictRow row;
    const auto put = [&](VerdictColumn column, Datum value) { row.value(column) = value; };
    const auto put_estimate = [&](VerdictColumn column, double amount) {
        if (std::isnan(amount)) {
            row.null(column) = true;
        } else {
            put(column, make_estimate(amount));
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
    if (judged.exact != 0) {
        put(observed, read_numeric(detection_.exact_amounts[judged.exact - 1]));
    } else if (std::isnan(finding.observed)) {
        row.null(observed) = true;
    } else {
        put(observed, make_numeric(finding.observed));
    }
    put_estimate(expected, finding.expected);
    put_estimate(lower, finding.lower);
    put_estimate(upper, finding.upper);
    put(direction, Int16GetDatum(finding.direction));
    // 0 + avoids a negative zero for ln p = 0.
    put_number(score, 0.0 + -finding.ln_p / std::numbers::ln10);
    put_number(p_value, std::exp(finding.ln_p));
    put_number(q_value, detection_.q_value(finding));
    put(is_anomaly, BoolGetDatum(anomalous));
    put(severity, text_of(breaks::name(detection_.severity(judged, entry.currency))));
    put(pattern, text_of(breaks::name(finding.pattern)));
    put(category, text_of(breaks::name(kind)));
    put(flags, flags_of(judged));
    put(contributions, contributions_of(judged));
    put(basis, text_of(breaks::name(finding.basis)));
    put(history_n, Int32GetDatum(static_cast<std::int32_t>(finding.history_n)));
    if (finding.pattern == breaks::Pattern::own_detector) {
        put(reason, make_text(own_reason(judged, entry)));
    } else {
        breaks::ReasonContext context{.measure = plan_.measures[finding.measure],
                                      .unit = entry.currency,
                                      .measures = plan_.measures.size()};
        if (judged.decoupling != 0) {
            const auto& told = detection_.decouplings[judged.decoupling - 1];
            context.partner = told.partner;
            context.decoupling = &told.decoupling;
        }
        put(reason, make_text(breaks::reason(finding, context)));
    }
    put(recommended_action, action_of(finding.pattern, kind, anomalous));
    return row;
}

} // namespace recon::run
