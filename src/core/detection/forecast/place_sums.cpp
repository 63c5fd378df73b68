#include "core/detection/forecast/place_sums.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "core/detection/forecast/quick_log.hpp"

namespace recon::forecast {

namespace {

constexpr double most_for_one_row = 7;

constexpr double sure_gain = 5;
// What a place would have to gain where its level is so far behind that no place is looked at. What
// it holds is learned all the same, and looked at again when its level has come nearer.
constexpr double needs_too_much = 25;
constexpr double least_df = 0.3;
constexpr double softness = 20;
constexpr double tick_noise = 0.29;
constexpr std::size_t weekdays = 5;
constexpr double rows_of_weekdays = 15; // three visits each

double df_of(const ScalePrior& noise) {
    return std::max(noise.df, least_df);
}

StudentForecast student(double location, double df, double sum, double widening, double tick) {
    StudentForecast f{};
    f.location = location;
    f.df = df;
    f.sum = std::max(sum, df * (tick_noise * tick) * (tick_noise * tick)) * widening;
    return f;
}

} // namespace

PlaceSums::Split PlaceSums::split(std::size_t place) const noexcept {
    Split s;
    s.in = count_[place];
    s.out = rows_ - s.in;
    if (s.in > 0) s.in_mean = sum_[place] / s.in;
    if (s.out > 0) s.out_mean = (mean_ * rows_ - sum_[place]) / s.out;
    if (s.in > 0 && s.out > 0) s.contrast = 1 / s.in + 1 / s.out;
    return s;
}

double PlaceSums::prior_sum(const ScalePrior& noise, double squares, double tick) const noexcept {
    double typical = noise.variance;
    if (rows_ >= 3) typical = std::min(typical, (1 + softness / rows_) * squares / (rows_ - 1));
    return df_of(noise) * std::max(typical, tick_noise * tick * (tick_noise * tick));
}

// No less than the gain, nor often much more.
double PlaceSums::most_gained(const ScalePrior& noise, double squares, double distance,
                              double contrast, double tick, double effect_variance) const noexcept {
    const double share =
        distance * distance * effect_variance /
        (contrast * (contrast + effect_variance) * (squares + prior_sum(noise, squares, tick)));
    if (share > 0.5) return INFINITY;
    return 0.7 * (df_of(noise) + rows_) * share; // -ln(1 - s) is below 1.4 s
}

// A row counts for what one anomaly may. One visit is no season, but it may be the first; two may
// be chance; three are one.
void PlaceSums::limit(PlaceForecast& f, std::size_t place) const noexcept {
    const double rows = count_[place];
    const auto visits = visits_[place];
    f.ln_excuse = visits < 2 ? std::min(f.ln_gain, most_for_one_row * rows) : f.ln_gain;
    if (visits < 2) f.ln_gain = std::min(f.ln_gain, 0.0);
    if (visits == 2) f.ln_gain = std::min(f.ln_gain, 0.5 * most_for_one_row * rows);
}

PlaceForecast PlaceSums::about_level(const NoiseTable& table, double tick, std::size_t place,
                                     bool is_in) const {
    const double effect_variance = table.prior().place_variance;
    const ScalePrior& noise = table.prior().noise[1];
    const double prior = prior_sum(noise, deviations_, tick);
    const Split s = split(place);
    PlaceForecast f;
    const double known = rows_ > 0 ? rows_ : 1;
    if (s.in == 0 || s.out == 0) {
        const double df = std::max(rows_ - 1, 0.0) + df_of(noise);
        const bool is_new = s.in == 0 && is_in;
        const double widening = 1 + (is_new ? effect_variance : 0) + 1 / known;
        f.next = student(origin_ + mean_, df, deviations_ + prior, widening, tick);
        return f;
    }
    const double distance = s.in_mean - s.out_mean;
    const double df = df_of(noise) + rows_ - 1;
    const double within = std::max(deviations_ - distance * distance / s.contrast, 0.0);
    const double with_effect = within + distance * distance / (s.contrast + effect_variance);
    f.ln_gain = 0.5 * (df * quick_ln((prior + deviations_) / (prior + with_effect)) -
                       quick_ln(1 + effect_variance / s.contrast));
    limit(f, place);
    const double shrunk = s.in / (s.in + 1 / effect_variance);
    f.next = is_in ? student(origin_ + s.out_mean + shrunk * distance, df - 1, within + prior,
                             1 + 1 / (s.in + 1 / effect_variance), tick)
                   : student(origin_ + s.out_mean, df - 1, within + prior, 1 + 1 / s.out, tick);
    return f;
}

double PlaceSums::squared_effect(const NoiseTable& table, double tick, std::size_t place) const {
    const Split s = split(place);
    if (!is_confirmed(place) || s.out == 0) return 0;
    const PlaceForecast f = about_level(table, tick, place, false);
    if (f.ln_gain < sure_gain) return 0;
    const double distance = s.in_mean - s.out_mean;
    return distance * distance * f.next.df / f.next.sum;
}

PlaceForecast PlaceSums::about_zero(const NoiseTable& table, double tick, std::size_t place,
                                    bool is_in) const {
    const double effect_variance = table.prior().place_variance;
    const ScalePrior& noise = table.prior().noise[0];
    const double prior = prior_sum(noise, squares_, tick);
    const double in = count_[place];
    const double df = df_of(noise) + rows_;
    PlaceForecast f;
    if (in == 0) {
        f.next = student(0, df, squares_ + prior, 1 + (is_in ? effect_variance : 0), tick);
        return f;
    }
    const double mean = origin_ + sum_[place] / in;
    const double within = std::max(squares_ - mean * mean * in, 0.0);
    const double with_effect = within + mean * mean / (1 / in + effect_variance);
    f.ln_gain = 0.5 * (df * quick_ln((prior + squares_) / (prior + with_effect)) -
                       quick_ln(1 + effect_variance * in));
    limit(f, place);
    const double shrunk = in / (in + 1 / effect_variance);
    f.next = is_in ? student(shrunk * mean, df - 1, within + prior,
                             1 + 1 / (in + 1 / effect_variance), tick)
                   : student(0, df - 1, within + prior, 1, tick);
    return f;
}

PlaceForecast PlaceSums::by_weekday(const NoiseTable& table, double tick,
                                    std::size_t weekday) const {
    const double effect_variance = table.prior().place_variance;
    const ScalePrior& noise = table.prior().noise[1];
    const double prior = prior_sum(noise, deviations_, tick);
    PlaceForecast f;
    double saved = 0, seen = 0, widths = 1 / (1 + effect_variance * rows_);
    for (std::size_t w = 0; w < weekdays; ++w) {
        const double n = count_[place_weekday + w];
        if (n == 0) continue;
        seen += 1;
        const double distance = sum_[place_weekday + w] / n - mean_;
        saved += distance * distance * n;
        widths *= 1 + effect_variance * n; // five of them: no number is too large
    }
    const double within = std::max(deviations_ - saved, 0.0);
    const double df = df_of(noise) + std::max(rows_ - 1, 0.0);
    f.ln_gain = 0.5 * (df * quick_ln((prior + deviations_) / (prior + within)) - quick_ln(widths));
    if (rows_ < rows_of_weekdays) f.ln_gain = std::min(f.ln_gain, 0.0);
    const double n = count_[place_weekday + weekday];
    const double own = n > 0 ? sum_[place_weekday + weekday] / n : mean_;
    f.next = student(origin_ + own, std::max(df - seen + 1, df_of(noise)), within + prior,
                     1 + 1 / (n + 1 / effect_variance), tick);
    return f;
}

void PlaceSums::learn(const NoiseTable& table, double tick, double x, const DatePlaces& places,
                      Visit visit, Needed needed) {
    if (rows_ == 0) origin_ = x;
    const double y = x - origin_;
    rows_ += 1;
    const double step = y - mean_;
    mean_ += step / rows_;
    deviations_ += step * (y - mean_);
    squares_ += x * x;
    const auto& noise = table.prior().noise;
    const auto& share = table.prior().ln_share;
    const double effect_variance = table.prior().place_variance;
    const bool is_asleep = needed.about_level > needs_too_much &&
                           needed.about_zero > needs_too_much &&
                           (telling_level_ | telling_zero_) == 0 && !weekdays_tell_;
    for (std::uint64_t bits = places.bits; bits != 0; bits &= bits - 1) {
        const auto place = static_cast<std::size_t>(std::countr_zero(bits));
        sum_[place] += y;
        ++count_[place];
        const bool is_visit = place >= place_month ? visit.is_new_month : visit.is_new_date;
        if (is_visit && visits_[place] < UINT8_MAX) ++visits_[place];
        if (is_asleep) continue;
        const Split s = split(place);
        const std::uint64_t bit = bits & (~bits + 1);
        bool level = false, zero = false;
        if (s.out > 0 && visits_[place] > 1) {
            const double for_level = needed.about_level - share[first_place + place];
            const double for_zero = needed.about_zero - share[first_place_of_zero + place];
            level = most_gained(noise[1], deviations_, s.in_mean - s.out_mean, s.contrast, tick,
                                effect_variance) > for_level &&
                    about_level(table, tick, place, false).ln_gain > for_level;
            zero = most_gained(noise[0], squares_, origin_ + s.in_mean, 1 / s.in, tick,
                               effect_variance) > for_zero &&
                   about_zero(table, tick, place, false).ln_gain > for_zero;
        }
        telling_level_ = level ? telling_level_ | bit : telling_level_ & ~bit;
        telling_zero_ = zero ? telling_zero_ | bit : telling_zero_ & ~bit;
    }
    if (is_asleep) return;
    const bool may_tell =
        (telling_level_ & 0x1fU) != 0 || share[weekdays_model] > needed.about_level;
    weekdays_tell_ = may_tell && rows_ >= 2 &&
                     by_weekday(table, tick, places.weekday).ln_gain + share[weekdays_model] >
                         needed.about_level;
}

void PlaceSums::serialize(ByteWriter& writer) const {
    for (const double value : {rows_, origin_, mean_, deviations_, squares_})
        writer.put(value);
    std::uint64_t seen = 0;
    for (std::size_t place = 0; place < place_count; ++place)
        seen |= count_[place] > 0 ? std::uint64_t{1} << place : 0;
    writer.put(seen);
    for (std::size_t place = 0; place < place_count; ++place) {
        if (count_[place] == 0) continue;
        writer.put(count_[place]);
        writer.put(visits_[place]);
        writer.put(sum_[place]);
    }
    writer.put(telling_level_);
    writer.put(telling_zero_);
    writer.put(weekdays_tell_);
}

void PlaceSums::deserialize(ByteReader& reader) {
    for (double* value : {&rows_, &origin_, &mean_, &deviations_, &squares_}) {
        *value = reader.get<double>();
        if (!std::isfinite(*value)) reader.refuse("a remembered figure is not finite");
    }
    if (rows_ < 0 || deviations_ < 0 || squares_ < 0) {
        reader.refuse("a remembered figure is negative");
    }
    const auto seen = reader.get<std::uint64_t>();
    if (seen >> place_count != 0) reader.refuse("the calendar has no such place");
    for (std::size_t place = 0; place < place_count; ++place) {
        count_[place] = 0;
        visits_[place] = 0;
        sum_[place] = 0;
        if ((seen >> place & 1U) == 0) continue;
        count_[place] = reader.get<std::uint32_t>();
        visits_[place] = reader.get<std::uint8_t>();
        sum_[place] = reader.get<double>();
        if (!std::isfinite(sum_[place]) || count_[place] > rows_ ||
            visits_[place] > count_[place]) {
            reader.refuse("a place has more rows than the key");
        }
    }
    telling_level_ = reader.get<std::uint64_t>();
    telling_zero_ = reader.get<std::uint64_t>();
    weekdays_tell_ = reader.get<bool>();
    if (((telling_level_ | telling_zero_) & ~seen) != 0) {
        reader.refuse("a place tells that has no rows");
    }
}

} // namespace recon::forecast
