#include "core/detection/judging/partners.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "core/base/interrupt.hpp"
#include "core/detection/baseline/key_state.hpp"
#include "core/detection/baseline/robust_baseline.hpp"
#include "core/detection/judging/finding.hpp"
#include "core/detection/judging/judge_options.hpp"
#include "core/detection/judging/weighing.hpp"

namespace recon::breaks {

namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();

// A baseline of fewer rows says little of what a departure from it is.
constexpr std::uint32_t fewest_rows = 8;

// 99 of 100 ordinary rows lie within so many standard deviations.
constexpr double ordinary = 2.575829303548901;

// A row that 95 of 100 rows lie farther off than follows its partner.
constexpr double ln_follows = -2.995732273553991; // ln .05

// A row so improbable by its own history is news by itself.
constexpr double ln_striking = -6.907755278982137; // ln .001

// Rows a partner says nothing of, where of the dates before more than a quarter lie so many
// deviations off the line: the relation has ended.
constexpr double far_off = 2.5;
constexpr std::size_t fewest_common = 4;

// Is there a baseline of some standing, which the row before did not leave?
bool is_settled(const MeasureState& past) {
    return past.run().length == 0 && past.baseline().n >= fewest_rows && past.noise() > 0;
}

} // namespace

std::vector<std::vector<double>> departures(const KeySeries& series,
                                            std::span<const std::size_t> measures,
                                            std::span<const std::int32_t> dates,
                                            const JudgeOptions& options, bool without_targets) {
    std::vector<std::vector<double>> departures(measures.size(),
                                                std::vector<double>(dates.size(), missing));
    if (dates.empty()) return departures;
    KeyState state(series.measures(), options);
    const auto all = series.dates();
    std::vector<double> values(series.measures());
    // A baseline, and three times as many rows before: earlier ones leave no trace.
    const auto place = static_cast<std::size_t>(
        std::lower_bound(all.begin(), all.end(), dates.front()) - all.begin());
    const std::size_t before = 4 * static_cast<std::size_t>(options.window);
    auto next = dates.begin();
    for (std::size_t i = place > before ? place - before : 0; i < series.size(); ++i) {
        if (all[i] > dates.back()) break;
        if ((i & 1023U) == 0) poll_interrupt();
        if (without_targets && series.is_target(i)) continue;
        state.open_date(all[i]);
        for (std::size_t j = 0; j < values.size(); ++j)
            values[j] = series.value(i, j);
        next = std::lower_bound(next, dates.end(), all[i]);
        if (next != dates.end() && *next == all[i]) {
            const bool is_alone = state.held() == 0;
            for (std::size_t m = 0; m < measures.size(); ++m) {
                const MeasureState& past = state.measure(measures[m]);
                departures[m][static_cast<std::size_t>(next - dates.begin())] =
                    is_alone && is_settled(past) ? values[measures[m]] - past.baseline().expected
                                                 : missing;
            }
        }
        state.hold(values, series.is_break(i));
    }
    return departures;
}

double Relation::deviation_at(double partner) const noexcept {
    const double off = partner - mean;
    return deviation * std::sqrt(1 + 1 / static_cast<double>(n) + off * off / squares);
}

void Relation::serialize(ByteWriter& writer) const {
    for (const double figure : {slope, intercept, deviation, correlation, mean, squares})
        writer.put(figure);
    writer.put(n);
}

Relation Relation::deserialize(ByteReader& reader) {
    Relation relation;
    for (double* figure : {&relation.slope, &relation.intercept, &relation.deviation,
                           &relation.correlation, &relation.mean, &relation.squares}) {
        *figure = reader.get<double>();
        if (!std::isfinite(*figure)) reader.refuse("a figure of a partner is not finite");
    }
    relation.n = reader.get<std::uint16_t>();
    if (!(relation.deviation > 0) || !(relation.squares > 0) ||
        !(std::fabs(relation.correlation) <= 1) || relation.n < Movement::fewest_changes ||
        relation.n > Movement::most_changes + 1) {
        reader.refuse("a figure of a partner is out of range");
    }
    return relation;
}

namespace {

double median_size(std::vector<double> values) {
    for (double& value : values)
        value = std::fabs(value);
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

struct CommonDates {
    std::vector<double> own;
    std::vector<double> partner;

    [[nodiscard]] std::size_t size() const noexcept { return own.size(); }
    void add(double of_own, double of_partner) {
        own.push_back(of_own);
        partner.push_back(of_partner);
    }
};

struct Line {
    double slope = 0;
    double intercept = 0;
    double mean = 0;
    double squares = 0;     // of the partner
    double own_squares = 0; // of the key
    double left = 0;        // squares
};

Line least_squares(const CommonDates& dates) {
    const auto n = static_cast<double>(dates.size());
    Line line;
    double own_mean = 0;
    for (std::size_t i = 0; i < dates.size(); ++i) {
        line.mean += dates.partner[i] / n;
        own_mean += dates.own[i] / n;
    }
    double products = 0;
    for (std::size_t i = 0; i < dates.size(); ++i) {
        const double x = dates.partner[i] - line.mean;
        const double y = dates.own[i] - own_mean;
        products += x * y;
        line.squares += x * x;
        line.own_squares += y * y;
    }
    line.slope = line.squares > 0 ? products / line.squares : 0;
    line.intercept = own_mean - line.slope * line.mean;
    line.left = std::max(0.0, line.own_squares - line.slope * products);
    return line;
}

// Those within four robust standard deviations of both, and then of the line.
CommonDates without_outliers(const CommonDates& dates) {
    constexpr double far_out = 4 * 1.4826;
    const double own = far_out * median_size(dates.own);
    const double partner = far_out * median_size(dates.partner);
    CommonDates near;
    for (std::size_t i = 0; i < dates.size(); ++i) {
        if (std::fabs(dates.own[i]) <= own && std::fabs(dates.partner[i]) <= partner)
            near.add(dates.own[i], dates.partner[i]);
    }
    if (near.size() < Movement::fewest_changes) return near;
    const Line line = least_squares(near);
    std::vector<double> off;
    for (std::size_t i = 0; i < near.size(); ++i)
        off.push_back(near.own[i] - line.intercept - line.slope * near.partner[i]);
    const double limit = far_out * median_size(off);
    CommonDates kept;
    for (std::size_t i = 0; i < near.size(); ++i) {
        if (std::fabs(off[i]) <= limit) kept.add(near.own[i], near.partner[i]);
    }
    return kept;
}

} // namespace

std::optional<Relation> relate(std::span<const double> own, std::span<const double> partner,
                               double tolerance, const CorrelationLimit& limit) {
    CommonDates common;
    for (std::size_t i = 0; i < own.size(); ++i) {
        if (std::isfinite(own[i]) && std::isfinite(partner[i])) common.add(own[i], partner[i]);
    }
    if (common.size() < Movement::fewest_changes) return std::nullopt;
    const CommonDates dates = without_outliers(common);
    if (dates.size() < Movement::fewest_changes || 5 * dates.size() < 4 * common.size()) {
        return std::nullopt;
    }
    const Line line = least_squares(dates);
    if (!(line.squares > 0) || !(line.own_squares > 0)) return std::nullopt;
    const auto n = static_cast<double>(dates.size());
    Relation relation;
    relation.slope = line.slope;
    relation.intercept = line.intercept;
    relation.correlation =
        std::clamp(line.slope * std::sqrt(line.squares / line.own_squares), -1.0, 1.0);
    relation.mean = line.mean;
    relation.squares = line.squares;
    relation.n = static_cast<std::uint16_t>(dates.size());
    relation.deviation = std::max(
        {std::sqrt(line.left / (n - 2)), tolerance, 0.05 * std::sqrt(line.own_squares / (n - 1))});
    if (!(std::fabs(relation.correlation) >= limit(dates.size()))) return std::nullopt;
    if (!std::isfinite(relation.deviation) || !std::isfinite(relation.squares)) {
        return std::nullopt;
    }
    return relation;
}

std::vector<Partnership> partnerships(std::span<const MovingPair> pairs,
                                      const std::vector<std::vector<double>>& departures,
                                      std::size_t keys, double tolerance) {
    constexpr std::size_t most_partners = 2;
    constexpr double nearly_as_much = 1.5; // times the deviation of the best
    const CorrelationLimit limit(keys, smallest_correlation);
    std::vector<Partnership> found;
    for (const MovingPair& pair : pairs) {
        for (const auto& [own, partner] :
             {std::pair(pair.first, pair.second), std::pair(pair.second, pair.first)}) {
            const auto relation = relate(departures[own], departures[partner], tolerance, limit);
            if (relation) found.push_back({own, partner, *relation});
        }
    }
    std::sort(found.begin(), found.end(), [](const Partnership& a, const Partnership& b) {
        if (a.own != b.own) return a.own < b.own;
        if (a.relation.deviation != b.relation.deviation) {
            return a.relation.deviation < b.relation.deviation;
        }
        return a.partner < b.partner;
    });
    std::vector<Partnership> kept;
    std::size_t of_key = 0;
    double best = 0;
    for (const Partnership& next : found) {
        if (kept.empty() || kept.back().own != next.own) {
            of_key = 0;
            best = next.relation.deviation;
        }
        if (of_key == most_partners || next.relation.deviation > nearly_as_much * best) continue;
        kept.push_back(next);
        ++of_key;
    }
    return kept;
}

void PartnerTrack::note(const KeyState& state, std::span<const double> values, bool is_break) {
    const MeasureState& past = state.measure(measure_);
    if (rows_.empty()) {
        const auto dates = state.recent_dates();
        const auto window = past.window().values();
        const std::size_t known = std::min(dates.size(), window.size());
        for (std::size_t i = 0; i < known; ++i) {
            Row row;
            row.value = window[window.size() - known + i];
            row.date = dates[dates.size() - known + i];
            rows_.push_back(row);
        }
    }
    Row row;
    row.date = state.date();
    row.is_break = is_break;
    row.is_target = true;
    // A row that a state could not line up with its dates ends what is known of those before.
    const bool is_complete = std::all_of(values.begin(), values.end(),
                                         [](double value) { return std::isfinite(value); });
    row.value = is_complete ? values[measure_] : missing;
    if (is_complete && is_settled(past)) {
        const Baseline& b = past.baseline();
        row.expected = b.expected;
        row.slope = b.slope;
        row.unit = past.noise() * std::sqrt(b.spread);
        row.rows = b.n;
    }
    rows_.push_back(row);
}

PartnerJudge::PartnerJudge(std::span<const Partnership> partnerships,
                           std::span<const PartnerTrack> tracks,
                           std::span<const TailLaw* const> laws, std::span<const double> tolerances)
    : partnerships_(partnerships), first_(tracks.size() + 1), tracks_(tracks), laws_(laws),
      tolerances_(tolerances) {
    for (const Partnership& each : partnerships)
        ++first_[each.own + 1];
    for (std::size_t key = 0; key < tracks.size(); ++key)
        first_[key + 1] += first_[key];
}

std::span<const Partnership> PartnerJudge::of(std::uint32_t key) const {
    return partnerships_.subspan(first_[key], first_[key + 1] - first_[key]);
}

namespace {

using Row = PartnerTrack::Row;
using Rows = std::vector<Row>;

// The only row on a date; nothing where there are several, or none.
std::optional<std::size_t> row_on(const Rows& rows, std::int32_t date) {
    const auto on =
        std::lower_bound(rows.begin(), rows.end(), date,
                         [](const Row& row, std::int32_t before) { return row.date < before; });
    if (on == rows.end() || on->date != date) return std::nullopt;
    const auto next = std::next(on);
    if (next != rows.end() && next->date == date) return std::nullopt;
    return static_cast<std::size_t>(on - rows.begin());
}

bool is_alone(const Rows& rows, std::size_t at) {
    return (at == 0 || rows[at - 1].date != rows[at].date) &&
           (at + 1 == rows.size() || rows[at + 1].date != rows[at].date);
}

// The rows of a key before one of its rows, the newest first, as departures from what that row is
// compared with: as far back as its baseline reaches, and nothing is missing.
class RowsBefore {
  public:
    RowsBefore(const Rows& rows, std::size_t at) : rows_(rows), row_(rows[at]), at_(at) {
        const std::size_t most = std::min<std::size_t>(row_.rows, PartnerTrack::compared_before);
        for (std::size_t age = 1; age <= std::min(at, most); ++age) {
            if (!std::isfinite(rows[at - age].value)) break;
            size_ = age;
        }
    }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] std::int32_t date(std::size_t age) const noexcept {
        return rows_[at_ - age].date;
    }
    [[nodiscard]] double departure(std::size_t age) const noexcept {
        return rows_[at_ - age].value - row_.expected + row_.slope * static_cast<double>(age);
    }
    // Of several rows on a date, none is compared.
    [[nodiscard]] bool is_alone(std::size_t age) const noexcept {
        return (age == size_ || date(age + 1) != date(age)) &&
               (age == 1 || date(age - 1) != date(age));
    }

  private:
    const Rows& rows_;
    const Row& row_;
    std::size_t at_;
    std::size_t size_ = 0;
};

// How the dates before lay to the line. The baselines of the two move a little, each on its own:
// what they lie off it on average is no news today.
struct Before {
    std::size_t common = 0;
    std::size_t far = 0;   // off what is usual of late
    double usual = 0;      // distance from the line
    double last = missing; // of the row before, if both have one that day
};

Before look_back(const Relation& relation, const RowsBefore& own, const RowsBefore& partner) {
    std::array<double, PartnerTrack::compared_before> off{};
    Before before;
    std::size_t a = 1;
    std::size_t b = 1;
    while (a <= own.size() && b <= partner.size()) {
        if (own.date(a) > partner.date(b)) {
            ++a;
        } else if (own.date(a) < partner.date(b)) {
            ++b;
        } else {
            if (own.is_alone(a) && partner.is_alone(b)) {
                off[before.common] = own.departure(a) - relation.expected(partner.departure(b));
                if (a == 1 && b == 1) before.last = off[before.common];
                ++before.common;
            }
            ++a;
            ++b;
        }
    }
    if (before.common == 0) return before;
    auto sorted = off;
    const auto used = std::span(sorted).first(before.common);
    std::sort(used.begin(), used.end());
    const double middle = median_of_sorted(used);
    for (const double each : used) {
        if (std::fabs(each - middle) > far_off * relation.deviation) {
            ++before.far;
        } else {
            before.usual += each;
        }
    }
    before.usual = before.far < before.common
                       ? before.usual / static_cast<double>(before.common - before.far)
                       : middle;
    return before;
}

} // namespace

std::optional<PartnerJudge::Compared> PartnerJudge::compare(const Partnership& with,
                                                            std::size_t at) const {
    const Rows& own_rows = tracks_[with.own].rows();
    const Rows& its_rows = tracks_[with.partner].rows();
    const Row& own = own_rows[at];
    const auto its = row_on(its_rows, own.date);
    if (own.rows == 0 || !is_alone(own_rows, at) || !its || its_rows[*its].rows == 0) {
        return std::nullopt;
    }
    const Row& partner = its_rows[*its];
    const Relation& relation = with.relation;
    const auto before = look_back(relation, RowsBefore(own_rows, at), RowsBefore(its_rows, *its));
    if (before.common < fewest_common || 4 * before.far > before.common) return std::nullopt;
    const TailLaw& law = *laws_[with.own];
    const double df = relation.n - 2.0;
    const auto ln_p_of = [&](double off, double deviation) {
        return law.ln_p(std::fabs(off) / deviation, df);
    };
    Compared compared;
    Decoupling& d = compared.decoupling;
    d.partner = with.partner;
    d.departure = own.departure();
    d.its_departure = partner.departure();
    d.expected = relation.expected(d.its_departure) + before.usual;
    d.deviation =
        std::hypot(relation.deviation_at(d.its_departure),
                   relation.deviation / std::sqrt(static_cast<double>(before.common - before.far)));
    d.correlation = relation.correlation;
    d.dates = relation.n;
    const double off = d.departure - d.expected;
    d.ln_p = ln_p_of(off, d.deviation);
    // A row before that lay off the line already was the news: then what has moved since counts.
    const double last = before.last - before.usual;
    if (std::isfinite(last) && ln_p_of(last, d.deviation) < ln_follows) {
        d.ln_p = std::max(d.ln_p, ln_p_of(off - last, std::sqrt(2.0) * d.deviation));
    }
    compared.at = *its;
    compared.is_ordinary = std::fabs(d.its_departure) <= ordinary * partner.unit;
    return compared;
}

bool PartnerJudge::stands_still(std::uint32_t key, std::size_t at) const {
    const Rows& rows = tracks_[key].rows();
    return at > 0 && std::fabs(rows[at].value - rows[at - 1].value) <=
                         std::min(tolerances_[key], 0.05 * rows[at].unit);
}

bool PartnerJudge::is_partners(std::uint32_t key, std::size_t at, const Compared& told) const {
    const std::uint32_t partner = told.decoupling.partner;
    bool has_another = false;
    for (const Partnership& with : of(partner)) {
        if (with.partner == key) continue;
        const auto compared = compare(with, told.at);
        if (!compared) continue;
        if (compared->decoupling.ln_p >= ln_follows) return false;
        has_another = has_another || compared->is_ordinary;
    }
    if (has_another) return true;
    // Nobody else to ask. What is no break is not reported; a value that has not moved at all was
    // not updated; else the one farther from its own baseline is the less likely to be right.
    const Row& own = tracks_[key].rows()[at];
    const Row& its = tracks_[partner].rows()[told.at];
    if (!its.is_break) return false;
    const bool own_still = stands_still(key, at);
    const bool its_still = stands_still(partner, told.at);
    if (own_still != its_still) return its_still;
    return std::fabs(its.departure()) / its.unit > std::fabs(own.departure()) / own.unit;
}

std::optional<Decoupling> PartnerJudge::judge(std::uint32_t key, std::size_t at) const {
    std::optional<Compared> told;
    std::size_t witnesses = 0;
    for (const Partnership& with : of(key)) {
        const auto compared = compare(with, at);
        if (!compared) continue;
        // A partner that is itself out of the ordinary says nothing against the row.
        const bool follows = compared->decoupling.ln_p >= ln_follows;
        if (!follows && !compared->is_ordinary) continue;
        ++witnesses;
        // Off the lines of all of them: the largest p counts.
        if (!told || compared->decoupling.ln_p > told->decoupling.ln_p) told = compared;
    }
    if (!told) return std::nullopt;
    if (told->decoupling.ln_p < ln_follows && witnesses == 1 && is_partners(key, at, *told)) {
        return std::nullopt;
    }
    return told->decoupling;
}

void add_evidence(Finding& finding, const Decoupling& decoupling, const TrackedMeasure& row,
                  const TailLaw& law, std::size_t measures, Weighing& weighing) {
    // The calendar, a correction or a resolution is why the key went its own way.
    if (finding.pattern == Pattern::seasonal || finding.pattern == Pattern::reversal ||
        (finding.flags & (ongoing | resolved)) != 0) {
        return;
    }
    constexpr auto at = static_cast<std::size_t>(Detector::partners);
    const double ln_measures = std::log(static_cast<double>(measures));
    weighing.begin(finding.detector_ln_p);
    if (!weighing.hear(at, std::min(0.0, decoupling.ln_p + ln_measures))) return;
    weighing.settle(finding);
    // Whatever the row is by itself, unless that is striking.
    const bool leads = weighing.share(at) > 0.5 && decoupling.ln_p < ln_follows;
    if (!leads || finding.detector_ln_p[0] < ln_striking) return;
    finding.runner_up = finding.pattern;
    finding.pattern = Pattern::decoupled;
    finding.measure = static_cast<std::uint8_t>(row.measure);
    finding.observed = row.value;
    finding.level = row.expected;
    finding.expected = row.expected + decoupling.expected;
    finding.scale = decoupling.deviation;
    const double half = decoupling.deviation * law.band(decoupling.dates - 2.0);
    finding.lower = finding.expected - half;
    finding.upper = finding.expected + half;
    finding.direction = row.value < finding.expected ? -1 : 1;
    finding.history_n = decoupling.dates;
}

} // namespace recon::breaks
