#include "core/detection/forecast/changes.hpp"

#include <algorithm>
#include <cmath>
#include <initializer_list>

#include "core/detection/forecast/quick_log.hpp"
#include "core/statistics/log_beta.hpp"
#include "core/statistics/log_tails.hpp"

namespace recon::forecast {

namespace {

constexpr double unknown = 400;
constexpr double tick_noise = 0.29;
constexpr double rows_before_clipping = 6;
constexpr double clipped_deviations = 5;
constexpr double second_level = 4.5;      // deviations from the first
constexpr double normal_of_median = 1.05; // a normal noise, of its median absolute change
constexpr double median_worth = 3;        // rows
constexpr double unseen_level = 20;       // deviations wide

double floor_of(double tick) {
    return tick_noise * tick * (tick_noise * tick);
}

std::size_t whole(double rows) {
    return static_cast<std::size_t>(std::max(rows, 0.0));
}

void put_all(ByteWriter& writer, std::initializer_list<double> values) {
    for (const double value : values)
        writer.put(value);
}

void get_all(ByteReader& reader, std::initializer_list<double*> values) {
    for (double* value : values) {
        *value = reader.get<double>();
        if (!std::isfinite(*value)) reader.refuse("a remembered figure is not finite");
    }
}

void check_counts(ByteReader& reader, std::initializer_list<double> values) {
    for (const double value : values) {
        if (value < 0) reader.refuse("a remembered count is negative");
    }
}

} // namespace

double StudentForecast::score(double x) const noexcept {
    const double r = x - location;
    const double ln_sum = quick_ln(sum);
    return constant - 0.5 * ln_sum - 0.5 * (df + 1) * (quick_ln(sum + r * r) - ln_sum);
}

double StudentForecast::ln_p(double x) const {
    return evidence::ln_student_two_sided(deviations(x), df);
}

double StudentForecast::deviations(double x) const noexcept {
    return (x - location) / std::sqrt(sum / df);
}

StudentForecast MonthlyReset::forecast(const NoiseTable& table, double tick, bool starts,
                                       bool has_last, double last) const {
    StudentForecast f{};
    const ScalePrior& noise = table.prior().noise[2];
    const double more = noise.df + change_df;
    const double rows = std::min(std::max(change_rows_ - 1, 0.0), double{longest_memory});
    f.df = rows + more;
    f.constant = table.count(whole(rows)).change;
    const double sum = std::max(change_squares_ + more * noise.variance, f.df * floor_of(tick));
    const double start_share = 1 / (start_rows_ + 0.01);
    const double change_share = 1 / (change_rows_ + 0.02);
    if (starts) {
        f.location = starts_ * start_share;
        f.sum = sum * (1 + std::min(start_share, 100.0));
    } else {
        f.location = last + changes_ * change_share;
        f.sum = sum * (has_last ? 1 + change_share : unknown);
    }
    return f;
}

void MonthlyReset::learn(const StudentForecast& f, double x, bool starts, bool has_last,
                         double last) {
    if (starts) {
        start_rows_ += 1;
        starts_ += x;
        return;
    }
    if (!has_last) return;
    const double share = 1 / (change_rows_ + 0.02);
    const double limit = change_rows_ >= rows_before_clipping
                             ? clipped_deviations * std::sqrt(f.sum / (1 + share) / f.df)
                             : INFINITY;
    const double mean = changes_ * share;
    const double residual = std::clamp(x - last - mean, -limit, limit);
    const bool is_full = change_rows_ > double{longest_memory};
    if (change_rows_ > 0) {
        change_squares_ = change_squares_ * (is_full ? 1 - 1 / double{longest_memory} : 1) +
                          residual * residual / (1 + share);
    }
    changes_ += mean + residual;
    change_rows_ += 1;
}

void MonthlyReset::serialize(ByteWriter& writer) const {
    put_all(writer, {start_rows_, starts_, change_rows_, changes_, change_squares_});
}

void MonthlyReset::deserialize(ByteReader& reader) {
    get_all(reader, {&start_rows_, &starts_, &change_rows_, &changes_, &change_squares_});
    check_counts(reader, {start_rows_, change_rows_, change_squares_});
}

StudentForecast WeekdayNoise::forecast(const NoiseTable& table, double tick, std::size_t weekday,
                                       bool has_last, double last) const {
    StudentForecast f{};
    const ScalePrior& noise = table.prior().noise[2];
    const double more = noise.df + change_df;
    const double rows = std::min(rows_[weekday], double{longest_memory});
    f.df = rows + more;
    f.constant = table.count(whole(rows)).change;
    f.location = last;
    f.sum = std::max(squares_[weekday] + more * noise.variance, f.df * floor_of(tick)) *
            (has_last ? 1 : unknown);
    return f;
}

void WeekdayNoise::learn(const StudentForecast& f, double x, std::size_t weekday, double last) {
    double square = (x - last) * (x - last);
    double& rows = rows_[weekday];
    if (rows >= rows_before_clipping) {
        square = std::min(square, clipped_deviations * clipped_deviations * f.sum / f.df);
    }
    const bool is_full = rows >= double{longest_memory};
    squares_[weekday] = squares_[weekday] * (is_full ? 1 - 1 / double{longest_memory} : 1) + square;
    rows += 1;
}

void WeekdayNoise::serialize(ByteWriter& writer) const {
    for (std::size_t i = 0; i < rows_.size(); ++i)
        put_all(writer, {rows_[i], squares_[i]});
}

void WeekdayNoise::deserialize(ByteReader& reader) {
    for (std::size_t i = 0; i < rows_.size(); ++i) {
        get_all(reader, {&rows_[i], &squares_[i]});
        check_counts(reader, {rows_[i], squares_[i]});
    }
}

double TwoLevelsForecast::score(double x) const {
    std::array<double, 2> ln{};
    for (std::size_t i = 0; i < 2; ++i)
        ln[i] = quick_ln(probability[i]) + level[i].score(x);
    return evidence::ln_sum_exp(ln[0], ln[1]);
}

double TwoLevelsForecast::ln_p(double x) const {
    return std::min(0.0, evidence::ln_sum_exp(std::log(probability[0]) + level[0].ln_p(x),
                                              std::log(probability[1]) + level[1].ln_p(x)));
}

void TwoLevels::add_change(double change) {
    if (unit_ == 0 && change > 0) unit_ = change;
    double at = 0;
    if (change > 0) {
        at = std::floor(2 * quick_ln(change / unit_) / 0.693147180559945309 + 0.5 * bins);
    }
    const auto bin = static_cast<std::size_t>(std::clamp(at, 0.0, bins - 1.0));
    ++changes_[bin];
    ++changes_seen_;
    if (bin < bin_) ++below_;
    if (changes_[bin] == UINT16_MAX) {
        changes_seen_ = below_ = 0;
        bin_ = 0;
        for (auto& count : changes_) {
            count = static_cast<std::uint16_t>(count / 2);
            changes_seen_ += count;
        }
    }
    find_median();
}

void TwoLevels::find_median() noexcept {
    static const auto half_octaves = [] {
        std::array<double, bins> sizes{};
        for (std::size_t i = 0; i < bins; ++i)
            sizes[i] = std::exp2(0.5 * (static_cast<double>(i) - 0.5 * bins));
        return sizes;
    }();
    const double half = 0.5 * changes_seen_;
    while (bin_ + 1U < bins && below_ + changes_[bin_] < half)
        below_ += changes_[bin_++];
    while (bin_ > 0 && below_ >= half)
        below_ -= changes_[--bin_];
    const double count = changes_[bin_];
    const double within = count > 0 ? (half - below_) / count : 0.5;
    // Along the chord of the bin, whose ends are in the ratio of 1 to the root of 2.
    median_ = bin_ == 0 ? 0 : unit_ * half_octaves[bin_] * (1 + 0.414213562373095 * within);
}

double TwoLevels::noise(double tick) const {
    const double typical = normal_of_median * median_;
    return std::max(std::sqrt((squares_ + median_worth * typical * typical) /
                              (std::max(sorted_ - 1, 0.0) + median_worth)),
                    tick_noise * tick);
}

TwoLevelsForecast TwoLevels::forecast(const NoiseTable& table, double tick) const {
    TwoLevelsForecast f;
    if (rows_ < first_rows) return f;
    f.is_begun = true;
    f.is_known = count_[1] > 0;
    const double change = (switches_ + 0.3) / (switches_ + stays_ + 3);
    f.probability[at_] = 1 - change;
    f.probability[1 - at_] = change;
    const double s = noise(tick);
    const double rows = std::min(std::max(sorted_ - 1, 1.0), double{longest_memory});
    for (std::size_t i = 0; i < 2; ++i) {
        StudentForecast& level = f.level[i];
        level.df = rows + level_df;
        level.constant = table.count(whole(rows)).level;
        const bool is_seen = count_[i] > 0;
        const double n = std::max(count_[i], 1.0);
        level.location = is_seen ? sum_[i] / n : (sum_[0] + sum_[1]) / std::max(sorted_, 1.0);
        level.sum = level.df * s * s * (is_seen ? 1 + 1 / n : unseen_level * unseen_level);
    }
    return f;
}

void TwoLevels::sort_in(double x, double tick) {
    const double s = noise(tick);
    std::size_t to = 0;
    double distance = INFINITY;
    for (std::size_t i = 0; i < 2; ++i) {
        if (count_[i] == 0) continue;
        const double d = std::fabs(x - sum_[i] / count_[i]);
        if (d < distance) {
            distance = d;
            to = i;
        }
    }
    if (distance > second_level * s && count_[1] == 0 && count_[0] > 0) to = 1;
    if (count_[to] > 0) {
        const double residual = std::min(distance, second_level * s);
        squares_ += residual * residual;
    }
    if (sorted_ > 0) (to != at_ ? switches_ : stays_) += 1;
    // Older rows fade, so that levels may wander.
    if (count_[to] >= 0.5 * longest_memory) {
        sum_[to] -= sum_[to] / count_[to];
        count_[to] -= 1;
    }
    count_[to] += 1;
    sum_[to] += x;
    at_ = static_cast<std::uint8_t>(to);
    sorted_ += 1;
    if (sorted_ > double{longest_memory}) {
        squares_ *= 1 - 1 / double{longest_memory};
        sorted_ = double{longest_memory};
    }
}

void TwoLevels::learn(double x, bool has_last, double last, double tick) {
    if (has_last) add_change(std::fabs(x - last));
    if (rows_ < first_rows) first_[rows_] = x;
    ++rows_;
    if (rows_ > first_rows) {
        sort_in(x, tick);
    } else if (rows_ == first_rows) {
        for (const double value : first_)
            sort_in(value, tick);
    }
}

void TwoLevels::serialize(ByteWriter& writer) const {
    for (const double value : first_)
        writer.put(value);
    writer.put(rows_);
    for (const std::uint16_t count : changes_)
        writer.put(count);
    writer.put(at_);
    put_all(writer,
            {unit_, count_[0], count_[1], sum_[0], sum_[1], squares_, sorted_, switches_, stays_});
}

void TwoLevels::deserialize(ByteReader& reader) {
    for (double& value : first_)
        get_all(reader, {&value});
    rows_ = reader.get<std::uint64_t>();
    for (std::uint16_t& count : changes_)
        count = reader.get<std::uint16_t>();
    at_ = reader.get<std::uint8_t>();
    if (at_ > 1) reader.refuse("there are two levels");
    get_all(reader, {&unit_, &count_[0], &count_[1], &sum_[0], &sum_[1], &squares_, &sorted_,
                     &switches_, &stays_});
    check_counts(reader, {unit_, count_[0], count_[1], squares_, sorted_, switches_, stays_});
    changes_seen_ = below_ = bin_ = 0;
    for (const std::uint16_t count : changes_)
        changes_seen_ += count;
    find_median();
}

} // namespace recon::forecast
