#include "core/detection/forecast/calibration.hpp"

#include <algorithm>
#include <cmath>

namespace recon::forecast {

namespace {

constexpr double ln_10 = 2.302585092994045684;
constexpr double bin_width = 0.1;
constexpr double enough_rows = 50;    // for a tail of their own
constexpr double half_weight = 500;   // rows at which a family counts half beside its length
constexpr double most_excess = 4;     // one row does not bend a tail
constexpr double usual_slope = 0.434; // of scores that are right: 1 / ln 10
constexpr double slope_worth = 10;
constexpr double least_slope = 0.3;
constexpr double far_from = 2;
constexpr double share_of_ordinary = 0.5; // of improbable rows of the past
constexpr double loud_score = 2.5;
constexpr double loud_ratio = 2, loud_errors = 6;
constexpr std::size_t rows_of_loud_place = 30;

} // namespace

ScoreTail::ScoreTail(std::vector<float> scores, std::size_t rows, std::size_t fresh)
    : rows_(static_cast<double>(rows)) {
    std::sort(scores.begin(), scores.end());
    double quantile = rows >= 1000 ? 0.98 : rows >= 300 ? 0.95 : 0.9;
    // Matches are no part of a tail.
    if (rows > 0) quantile = std::max(quantile, 1 - 0.25 * static_cast<double>(fresh) / rows_);
    const auto above = static_cast<std::size_t>((1 - quantile) * rows_);
    limit_ = Calibration::ordinary;
    if (above > 0 && above <= scores.size()) {
        limit_ = std::max(limit_, double{scores[scores.size() - above]});
    } else if (above == 0 && !scores.empty()) {
        limit_ = std::max(limit_, double{scores.back()});
    }
    double excess = 0, count = 0;
    for (const float score : scores) {
        if (!(score > limit_)) continue;
        excess += std::min(score - limit_, most_excess);
        count += 1;
    }
    slope_ = std::max((excess + slope_worth * usual_slope) / (count + slope_worth), least_slope);
    top_ = (count + 0.5) / (rows_ + 1);
    for (std::size_t i = 0; i < bins; ++i) {
        const double from = Calibration::ordinary + bin_width * static_cast<double>(i);
        const auto at = std::lower_bound(scores.begin(), scores.end(), static_cast<float>(from));
        bulk_[i] = static_cast<float>((static_cast<double>(scores.end() - at) + 0.5) / (rows_ + 1));
    }
    for (std::size_t i = 0; i < far_bins; ++i) {
        const auto at = std::lower_bound(scores.begin(), scores.end(),
                                         static_cast<float>(far_from + static_cast<double>(i)));
        const auto rows_there = static_cast<double>(scores.end() - at);
        far_[i] =
            static_cast<float>(std::max(rows_there - std::sqrt(rows_there), 0.0) / (rows_ + 1));
    }
}

double ScoreTail::at(double score) const {
    if (score > limit_) {
        const double beyond = top_ * std::exp(-(score - limit_) / slope_);
        if (score < far_from) return beyond;
        const auto bin = static_cast<std::size_t>(std::min(score - far_from, far_bins - 1.0));
        return std::max(beyond, share_of_ordinary * far_[bin]);
    }
    if (score < Calibration::ordinary) return std::max(std::pow(10, -score), double{bulk_[0]});
    const auto bin = static_cast<std::size_t>((score - Calibration::ordinary) / bin_width);
    return std::max(double{bulk_[std::min(bin, bins - 1)]}, top_);
}

void ScoreTail::serialize(ByteWriter& writer) const {
    for (const double value : {rows_, limit_, top_, slope_})
        writer.put(value);
    for (const float value : bulk_)
        writer.put(value);
    for (const float value : far_)
        writer.put(value);
}

void ScoreTail::deserialize(ByteReader& reader) {
    for (double* value : {&rows_, &limit_, &top_, &slope_}) {
        *value = reader.get<double>();
        if (!(*value >= 0) || !std::isfinite(*value)) reader.refuse("a tail is out of range");
    }
    const auto share = [&] {
        const auto value = reader.get<float>();
        if (!(value >= 0) || !(value <= 1)) reader.refuse("a share is out of range");
        return value;
    };
    for (float& value : bulk_)
        value = share();
    for (float& value : far_)
        value = share();
}

std::size_t Calibration::length_of(std::uint64_t past) noexcept {
    std::size_t length = length_count - 1;
    while (length > 0 && past < lengths[length])
        --length;
    return length;
}

double Calibration::Strata::at(double score, std::size_t length, std::size_t family) const {
    double base = std::pow(10, -score);
    if (by_length[length].rows() >= enough_rows) {
        base = by_length[length].at(score);
    } else if (all.rows() >= enough_rows) {
        base = all.at(score);
    }
    const ScoreTail& own = by_family[length][family];
    if (own.rows() < enough_rows) return base;
    const double weight = own.rows() / (own.rows() + half_weight);
    return weight * own.at(score) + (1 - weight) * base;
}

Calibration::Strata Calibration::strata(const Input& input, std::uint64_t without, bool recent) {
    struct Part {
        std::vector<float> scores;
        std::size_t rows = 0, fresh = 0;
        void add(const PastScore& row) {
            ++rows;
            fresh += row.is_match ? 0 : 1;
            if (row.score >= ordinary) scores.push_back(row.score);
        }
        [[nodiscard]] ScoreTail tail() { return {std::move(scores), rows, fresh}; }
    };
    Part all;
    std::array<Part, length_count> by_length;
    std::array<std::array<Part, family_count>, length_count> by_family;
    for (const PastScore& row : input.rows) {
        if ((row.places & without) != 0 || (recent && !row.is_recent)) continue;
        if (row.length > 0) all.add(row);
        by_length[row.length].add(row);
        by_family[row.length][row.family].add(row);
    }
    Strata strata;
    strata.all = all.tail();
    for (std::size_t l = 0; l < length_count; ++l) {
        strata.by_length[l] = by_length[l].tail();
        for (std::size_t f = 0; f < family_count; ++f)
            strata.by_family[l][f] = by_family[l][f].tail();
    }
    return strata;
}

void Calibration::find_loud_places(const Input& input) {
    loud_.clear();
    std::array<double, place_count> rows{}, loud{};
    double all_rows = 0, all_loud = 0;
    for (const PastScore& row : input.rows) {
        if (row.length == 0) continue;
        const bool is_loud = row.score > loud_score;
        all_rows += 1;
        all_loud += is_loud ? 1 : 0;
        for (std::size_t place = 0; place < place_count; ++place) {
            if ((row.places >> place & 1U) == 0) continue;
            rows[place] += 1;
            loud[place] += is_loud ? 1 : 0;
        }
    }
    for (std::size_t place = 0; place < place_count; ++place) {
        const double others = all_rows - rows[place];
        if (rows[place] < rows_of_loud_place || others < rows_of_loud_place) continue;
        const double here = loud[place] / rows[place];
        const double there = (all_loud - loud[place]) / others;
        const double error = std::sqrt(std::max(there, 1 / others) / rows[place]);
        if (!(here > loud_ratio * there) || !(here - there > loud_errors * error)) continue;
        LoudPlace found;
        found.place = static_cast<std::uint8_t>(place);
        loud_.push_back(found);
    }
}

void Calibration::fit(const Input& input) {
    find_loud_places(input);
    std::uint64_t without = 0;
    for (const LoudPlace& loud : loud_)
        without |= std::uint64_t{1} << loud.place;
    past_ = strata(input, without, false);
    recent_ = strata(input, without, true);
    for (LoudPlace& loud : loud_) {
        std::array<std::vector<float>, seen_count + 1> scores;
        std::array<std::size_t, seen_count + 1> rows{}, fresh{};
        for (std::size_t i = 0; i < input.rows.size(); ++i) {
            const PastScore& row = input.rows[i];
            if ((row.places >> loud.place & 1U) == 0 || row.length == 0) continue;
            const std::size_t seen =
                std::min<std::size_t>(input.seen[i][loud.place], seen_count - 1);
            for (const std::size_t at : {seen, seen_count}) {
                ++rows[at];
                fresh[at] += row.is_match ? 0 : 1;
                if (row.score >= ordinary) scores[at].push_back(row.score);
            }
        }
        const ScoreTail all(scores[seen_count], rows[seen_count], fresh[seen_count]);
        for (std::size_t s = 0; s < seen_count; ++s) {
            loud.by_seen[s] =
                rows[s] < rows_of_loud_place ? all : ScoreTail(scores[s], rows[s], fresh[s]);
        }
    }
}

double Calibration::ln_p(const Judged& judged, const DatePlaces& places,
                         const KeyForecast& key) const {
    if (std::isnan(judged.ln_p) || judged.is_ordinary || judged.ln_p == 0) return judged.ln_p;
    const double score = -judged.ln_p / ln_10;
    const std::size_t length = length_of(judged.past);
    const auto family = static_cast<std::size_t>(judged.family);
    double p = std::max(past_.at(score, length, family), recent_.at(score, length, family));
    for (const LoudPlace& loud : loud_) {
        if (!places.has(loud.place)) continue;
        const std::size_t seen = std::min<std::size_t>(key.rows_in(loud.place), seen_count - 1);
        p = std::max(p, loud.by_seen[seen].at(score));
    }
    if (judged.past == 0) p = std::max(p, std::exp(judged.ln_p));
    const double own = key.record(judged.ln_p);
    if (own > 0) {
        p = std::max(p, (2 * p + own) / (2 + static_cast<double>(key.recorded())));
    }
    return std::min(0.0, std::log(p));
}

void Calibration::serialize(ByteWriter& writer) const {
    for (const Strata* strata : {&past_, &recent_}) {
        strata->all.serialize(writer);
        for (std::size_t l = 0; l < length_count; ++l) {
            strata->by_length[l].serialize(writer);
            for (const ScoreTail& tail : strata->by_family[l])
                tail.serialize(writer);
        }
    }
    writer.put(static_cast<std::uint32_t>(loud_.size()));
    for (const LoudPlace& loud : loud_) {
        writer.put(loud.place);
        for (const ScoreTail& tail : loud.by_seen)
            tail.serialize(writer);
    }
}

void Calibration::deserialize(ByteReader& reader) {
    for (Strata* strata : {&past_, &recent_}) {
        strata->all.deserialize(reader);
        for (std::size_t l = 0; l < length_count; ++l) {
            strata->by_length[l].deserialize(reader);
            for (ScoreTail& tail : strata->by_family[l])
                tail.deserialize(reader);
        }
    }
    loud_.resize(reader.get_count(1));
    if (loud_.size() > place_count) reader.refuse("the calendar has fewer places");
    for (LoudPlace& loud : loud_) {
        loud.place = reader.get<std::uint8_t>();
        if (loud.place >= place_count) reader.refuse("the calendar has no such place");
        for (ScoreTail& tail : loud.by_seen)
            tail.deserialize(reader);
    }
}

} // namespace recon::forecast
