#include "run/store/score_store.hpp"

#include <charconv>
#include <cmath>
#include <iterator>
#include <utility>

#include "postgres/datums.hpp"

namespace recon::run {

using namespace recon::postgres;

namespace {

std::string digits(double number) {
    char text[32];
    return {text, std::to_chars(text, text + sizeof(text), number).ptr};
}

// What a built-in detector went by, as JSON.
std::string metadata_of(const breaks::Finding& finding, breaks::Detector detector, double weight) {
    std::string json = "{\"weight\": " + digits(weight);
    if (detector == breaks::Detector::baseline) {
        json += ", \"history_n\": " + std::to_string(finding.history_n);
        json.append(", \"basis\": \"").append(breaks::name(finding.basis)).append(1, '"');
        for (const auto& [field, value] :
             {std::pair("expected", finding.expected), std::pair("lower", finding.lower),
              std::pair("upper", finding.upper)}) {
            if (!std::isfinite(value)) continue;
            json.append(", \"").append(field).append("\": ").append(digits(value));
        }
    }
    return json + "}";
}

} // namespace

const std::array<TableColumn<ScoreStore::Score>, 9> ScoreStore::columns = {{
    {"break_id", [](const Score& score) { return given(Int64GetDatum(score.break_id)); }},
    {"break_date", [](const Score& score) { return given(DateADTGetDatum(score.break_date)); }},
    {"reconciliation_id",
     [](const Score& score) { return given(Int32GetDatum(score.reconciliation_id)); }},
    {"run_id", [](const Score& score) { return given(Int64GetDatum(score.run_id)); }},
    {"detector", [](const Score& score) { return given(make_text(score.detector)); }},
    {"ln_p", [](const Score& score) { return given(Float8GetDatum(score.ln_p)); }},
    {"share", [](const Score& score) { return given(Float8GetDatum(score.share)); }},
    {"confidence", [](const Score& score) { return given(Float8GetDatum(score.confidence)); }},
    {"metadata", [](const Score& score) { return given(make_jsonb(score.metadata)); }},
}};

ScoreStore::ScoreStore(const RunPlan& plan, const Detection& detection)
    : plan_(plan), detection_(detection), rows_("score", columns) {}

void ScoreStore::add(const JudgedBreak& judged, std::int64_t break_id, std::int64_t run_id) {
    const auto& finding = judged.finding;
    Score score{};
    score.break_id = break_id;
    score.break_date = finding.date;
    score.reconciliation_id = *plan_.reconciliation_id;
    score.run_id = run_id;
    for (const auto& entry : breaks::built_in_detectors) {
        const auto i = static_cast<std::size_t>(entry.detector);
        score.detector = entry.name;
        score.ln_p = finding.detector_ln_p[i];
        score.share = finding.share[i];
        score.metadata = metadata_of(finding, entry.detector, plan_.judging.detectors[i].weight);
        add(score);
    }
    const auto own = detection_.own_of(judged);
    std::size_t i = 0;
    for (const auto& detector : plan_.custom_detectors) {
        if (detector.is_rule) continue;
        score.detector = detector.name;
        score.ln_p = own[i].ln_p;
        score.share = own[i].share;
        score.metadata =
            "{\"weight\": " + digits(detector.weight) + ", \"options\": " + detector.options + "}";
        add(score);
        ++i;
    }
}

void ScoreStore::add(Score score) {
    if (std::isnan(score.ln_p)) return;
    score.confidence = 0.0 - std::expm1(detection_.family->ln_q(score.ln_p));
    rows_.add(score);
}

void ScoreStore::write(Query& query) const {
    if (rows_.count() > 0) query.run(rows_.pending().insert_into("score", "new_score"));
}

} // namespace recon::run
