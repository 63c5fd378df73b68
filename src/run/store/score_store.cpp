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

ScoreStore::ScoreStore(const RunPlan& plan, const Detection& detection)
    : plan_(plan), detection_(detection), rows_("score") {}

void ScoreStore::add(const JudgedBreak& judged, std::int64_t break_id, std::int64_t run_id) {
    const auto& finding = judged.finding;
    const Place place{break_id, run_id, finding.date};
    for (std::size_t i = 0; i < breaks::detector_count; ++i) {
        const auto detector = static_cast<breaks::Detector>(i);
        add(place, {breaks::name(detector), finding.detector_ln_p[i], finding.share[i],
                    metadata_of(finding, detector, plan_.judging.detectors[i].weight)});
    }
    const auto own = detection_.own_of(judged);
    std::size_t i = 0;
    for (const auto& detector : plan_.own_detectors) {
        if (detector.is_rule) continue;
        add(place, {detector.name, own[i].ln_p, own[i].share,
                    "{\"weight\": " + digits(detector.weight) +
                        ", \"options\": " + detector.options + "}"});
        ++i;
    }
}

void ScoreStore::add(const Place& place, const DetectorScore& score) {
    if (std::isnan(score.ln_p)) return;
    // The script of release 0.1.0 has the first seven columns.
    const bool has_metadata = rows_.columns() > 7;
    const double ln_p = score.ln_p;
    Datum values[] = {Int64GetDatum(place.break_id),
                      DateADTGetDatum(place.date),
                      Int32GetDatum(*plan_.reconciliation_id),
                      Int64GetDatum(place.run_id),
                      make_text(score.detector),
                      Float8GetDatum(ln_p),
                      Float8GetDatum(static_cast<double>(score.share)),
                      Float8GetDatum(0.0 - std::expm1(detection_.family->ln_q(ln_p))),
                      has_metadata ? make_jsonb(score.metadata) : Datum{0}};
    bool nulls[std::size(values)] = {};
    rows_.add(values, nulls);
}

void ScoreStore::write(Query& query) const {
    if (rows_.count() > 0) query.run("INSERT INTO recon.score SELECT * FROM new_score");
}

} // namespace recon::run
