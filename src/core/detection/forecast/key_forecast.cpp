#include "core/detection/forecast/key_forecast.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "core/base/error.hpp"
#include "core/detection/forecast/key_weights.hpp"
#include "core/detection/forecast/quick_log.hpp"
#include "core/statistics/log_beta.hpp"
#include "core/statistics/log_tails.hpp"

namespace recon::forecast {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double ln_10 = 2.302585092994045684;
// A density holds at most so much of one tick: a key that always matches is the hurdle's.
constexpr double ln_most_of_a_tick = -0.916290731874155065; // .4
// One anomaly does not choose a forecaster.
constexpr double most_lost = 7;
// Scores fade, so that a key that changes its kind finds its forecaster.
constexpr double score_memory = 0.99;
// Occam's window: what is 50 times less likely than the best has no say.
constexpr double ln_window = -3.91202300542814606;
// What is e^25 times less likely than the best has no say, and has none for three rows to come: it
// is asked about every fourth row only. In between its distance from the best stays as it is, so
// that it settles where it would if it were asked each time, only later. A new key, and a row that
// starts a month, are learned from in full: such rows are rare, and some forecasters live by them.
constexpr double ln_asleep = -25;
constexpr std::uint64_t slow_time = 4;
constexpr std::uint64_t rows_before_sleep = 16;
constexpr double record_from = 1.3; // -log10 p
constexpr double record_step = 0.25;
constexpr double keys_for_peers = 20;
constexpr double ln_match = -0.046;                  // p next to 1
constexpr double ln_ordinary = -2.99573227355399099; // .05

// In lanes: the order of a chain of comparisons would cost more than they do.
template <std::size_t count>
double largest(const std::array<double, count>& values) noexcept {
    std::array<double, 4> best{values[0], values[0], values[0], values[0]};
    std::size_t i = 0;
    for (; i + 4 <= count; i += 4) {
        for (std::size_t j = 0; j < 4; ++j)
            best[j] = std::max(best[j], values[i + j]);
    }
    for (; i < count; ++i)
        best[0] = std::max(best[0], values[i]);
    return std::max(std::max(best[0], best[1]), std::max(best[2], best[3]));
}

double add_ln(double u, double v) {
    if (u == -INFINITY) return v;
    return evidence::ln_sum_exp(u, v);
}

} // namespace

Family family_of(std::size_t model) noexcept {
    if (model < continuous_count) {
        return model % location_count >= static_cast<std::size_t>(Location::last)
                   ? Family::walk
                   : Family::stationary;
    }
    if (model < reset_model) return Family::hurdle;
    if (model < two_levels_model) return Family::walk;
    return model == two_levels_model ? Family::two_levels : Family::stationary;
}

bool is_stationary(std::size_t model) noexcept {
    return model < continuous_count && family_of(model) == Family::stationary;
}

double KeyForecast::tick() const noexcept {
    const double unit = table().prior().tick;
    return !has_fraction_ && continuous_.rows() >= 3 ? std::max(1.0, unit) : unit;
}

void KeyForecast::open(series::Day date) {
    if (is_dated_ && date == date_) return;
    if (is_dated_ && date < date_) {
        throw Error(ErrorKind::invalid_parameter, "rows must come in the order of their dates");
    }
    close();
    is_dated_ = true;
    date_ = date;
}

const KeyForecast::Forecasts& KeyForecast::forecasts() {
    Forecasts& f = forecasts_;
    if (f.is_known) return f;
    f.is_known = true;
    f.tick = tick();
    f.places = basis_->places.of(date_);
    const bool has_last = continuous_.rows() > 0;
    f.starts_month = !has_last || f.places.month != last_month_;
    f.awake = f.starts_month ? Awake{} : awake();
    const double last = continuous_.last();
    if (f.awake.continuous) f.continuous = continuous_.forecast(table(), f.tick);
    f.hurdle = hurdle_.forecast(table(), f.tick);
    if (f.awake.reset) {
        f.reset = reset_.forecast(table(), f.tick, f.starts_month, has_last, last);
    }
    if (f.awake.weekday) {
        f.weekday = weekday_.forecast(table(), f.tick, f.places.weekday, has_last, last);
    }
    if (f.awake.levels) f.levels = levels_.forecast(table(), f.tick);
    return f;
}

KeyForecast::Awake KeyForecast::awake() const noexcept {
    if (rows() < rows_before_sleep || rows() % slow_time == 0) return {};
    const auto& share = table().prior().ln_share;
    const auto has_say = [&](std::size_t m) { return score_[m] + share[m] > best_ + ln_asleep; };
    Awake awake;
    awake.reset = has_say(reset_model);
    awake.weekday = has_say(weekday_noise_model);
    awake.levels = has_say(two_levels_model);
    // Where no second level was seen, the first one speaks for both.
    awake.continuous = awake.levels && !levels_.is_known();
    for (std::size_t m = 0; m < continuous_count && !awake.continuous; ++m)
        awake.continuous = has_say(m);
    return awake;
}

double KeyForecast::best_weight() const noexcept {
    const auto& share = table().prior().ln_share;
    std::array<double, streamed_count> weight{};
    for (std::size_t m = 0; m < streamed_count; ++m)
        weight[m] = score_[m] + share[m];
    return largest(weight);
}

void KeyForecast::weigh_streamed(Weights& w) const {
    const auto& share = table().prior().ln_share;
    for (std::size_t m = 0; m < streamed_count; ++m)
        w.ln[m] = score_[m] + share[m];
    w.best = best_;
}

void KeyForecast::weigh_places(const Forecasts& f, Weights& w) const {
    const auto& share = table().prior().ln_share;
    const double level = score_[continuous_model(Location::level, 0)];
    const double zero = score_[continuous_model(Location::zero, 0)];
    const auto each = [](std::uint64_t bits, auto&& use) {
        for (; bits != 0; bits &= bits - 1)
            use(static_cast<std::size_t>(std::countr_zero(bits)));
    };
    each(f.places.bits | places_.telling_level(), [&](std::size_t place) {
        const auto p = places_.about_level(table(), f.tick, place, f.places.has(place));
        w.add(first_place + place, share[first_place + place] + level + p.ln_gain, p.next);
    });
    each(f.places.bits | places_.telling_zero(), [&](std::size_t place) {
        const auto p = places_.about_zero(table(), f.tick, place, f.places.has(place));
        w.add(first_place_of_zero + place, share[first_place_of_zero + place] + zero + p.ln_gain,
              p.next);
    });
    if (places_.weekdays_tell()) {
        const auto p = places_.by_weekday(table(), f.tick, f.places.weekday);
        w.add(weekdays_model, share[weekdays_model] + level + p.ln_gain, p.next);
    }
}

double KeyForecast::ln_p_of(const Forecasts& f, const Weights& w, std::size_t i, double x) const {
    const std::size_t m = w.model(i);
    if (m < continuous_count) return Continuous::ln_p(f.continuous, m, x);
    if (m < reset_model) return f.hurdle.ln_p(m - first_hurdle, x);
    if (m == reset_model) return f.reset.ln_p(x);
    if (m == weekday_noise_model) return f.weekday.ln_p(x);
    if (m == two_levels_model) {
        return f.levels.is_begun
                   ? f.levels.ln_p(x)
                   : Continuous::ln_p(f.continuous, continuous_model(Location::level, 0), x);
    }
    return w.place[i - streamed_count].next.ln_p(x);
}

bool KeyForecast::is_ordinary(const Forecasts& f, const Weights& w, double x) const {
    if ((places_.telling_level() | places_.telling_zero()) != 0 || places_.weekdays_tell()) {
        return false;
    }
    for (std::size_t m = 0; m < streamed_count; ++m) {
        if (w.ln[m] < w.best + ln_window) continue;
        if (!is_ordinary_by(f, m, x)) return false;
    }
    return true;
}

bool KeyForecast::is_ordinary_by(const Forecasts& f, std::size_t m, double x) {
    if (m < continuous_count) return Continuous::is_ordinary(f.continuous, m, x);
    if (m < reset_model) return f.hurdle.is_ordinary(m - first_hurdle, x);
    if (m == reset_model) return f.reset.is_ordinary(x);
    if (m == weekday_noise_model) return f.weekday.is_ordinary(x);
    if (f.levels.is_known) return f.levels.is_ordinary(x);
    return Continuous::is_ordinary(f.continuous, continuous_model(Location::level, 0), x);
}

Judged KeyForecast::judge_known(const Row& row) {
    const Forecasts& f = forecasts();
    const double x = row.value;
    Judged judged;
    judged.ground = Ground::own;
    judged.past = static_cast<std::uint32_t>(std::min<std::uint64_t>(rows(), UINT32_MAX));
    Weights w;
    weigh_streamed(w);
    judged.is_ordinary = is_ordinary(f, w, x);
    if (!judged.is_ordinary) weigh_places(f, w);
    const std::size_t top = w.top();
    judged.model = static_cast<std::uint16_t>(w.model(top));
    judged.family = family_of(judged.model);
    if (judged.is_ordinary) {
        judged.is_match = judged.family == Family::hurdle && f.hurdle.outcome(x) != Outcome::fresh;
        return judged;
    }
    double total = 0, ln_p = -INFINITY;
    for (std::size_t i = 0; i < w.size(); ++i) {
        if (w.at(i) < w.best + ln_window) continue;
        total += std::exp(w.at(i) - w.best);
        ln_p = add_ln(ln_p, w.at(i) - w.best + ln_p_of(f, w, i, x));
    }
    judged.ln_p = std::min(0.0, ln_p - std::log(total));
    if (judged.ln_p < ln_ordinary) {
        const double bound = place_bound(f, w, x);
        if (bound > 0) judged.ln_p = std::max(judged.ln_p, std::log(bound));
    }
    judged.is_match = judged.ln_p > ln_match;
    return judged;
}

Judged KeyForecast::judge(const Row& row) {
    Judged judged;
    judged.past = static_cast<std::uint32_t>(std::min<std::uint64_t>(rows(), UINT32_MAX));
    judged.ln_p = nan;
    if (!row.is_known()) return judged;
    const Prior& prior = table().prior();
    if (row.lacks_side) {
        if (side_.sizes() == 0 && prior.ln_amount.keys < keys_for_peers) return judged;
        judged.ground = Ground::missing;
        judged.ln_p = side_.ln_p(prior, std::fabs(row.value));
        if (continuous_.rows() > 0) {
            Weights w;
            weigh_streamed(w);
            judged.family = family_of(w.top());
        }
        return judged;
    }
    if (continuous_.rows() > 0) return judge_known(row);
    if (prior.keys < keys_for_peers) return judged;
    judged.ground = Ground::peers;
    judged.ln_p = 0;
    if (row.value == 0) {
        judged.is_match = true;
        return judged;
    }
    const double df = std::min(prior.ln_first.keys - 1, 30.0);
    if (!(df >= 3)) {
        judged.ln_p = std::log(std::max(prior.outcomes[2][2], 1e-12));
        return judged;
    }
    const double z = (std::log(std::fabs(row.value)) - prior.ln_first.mean) /
                     std::sqrt(prior.ln_first.within * (1 + 1 / prior.ln_first.keys));
    judged.ln_p = std::min(0.0, std::log(std::max(prior.first_break, 1e-12)) +
                                    evidence::ln_student_upper(z, df));
    return judged;
}

void KeyForecast::hold(const Row& row, const Judged& judged) {
    held_.push_back(
        {row, judged.ln_p,
         !row.is_disputed && !std::isnan(judged.ln_p) && judged.ground != Ground::peers});
}

void KeyForecast::score(const Forecasts& f, double x) {
    const double ln_tick = quick_ln(f.tick);
    std::array<double, streamed_count> s{};
    s.fill(-INFINITY);
    constexpr std::size_t level = continuous_model(Location::level, 0);
    if (f.awake.continuous) Continuous::score(f.continuous, x, s.data());
    f.hurdle.score(x, s.data() + first_hurdle);
    if (f.awake.reset) s[reset_model] = f.reset.score(x);
    if (f.awake.weekday) s[weekday_noise_model] = f.weekday.score(x);
    if (f.awake.levels) s[two_levels_model] = f.levels.is_known ? f.levels.score(x) : s[level];
    for (std::size_t m = 0; m < first_hurdle; ++m)
        s[m] = std::min(s[m] + ln_tick, ln_most_of_a_tick);
    if (f.hurdle.outcome(x) == Outcome::fresh) {
        for (std::size_t m = first_hurdle; m < reset_model; ++m)
            s[m] = std::min(s[m] + ln_tick, 0.0);
    }
    for (std::size_t m = reset_model; m < streamed_count; ++m)
        s[m] = std::min(s[m] + ln_tick, ln_most_of_a_tick);
    add_scores(f.awake, s);
    // Two levels of which one was never seen are one, less what it says that there was no change.
    if (f.awake.levels && !f.levels.is_known) {
        const double rows = static_cast<double>(continuous_.rows()) + 1;
        score_[two_levels_model] = score_[level] - 0.3 * quick_ln(1 + rows / 3);
    }
    best_ = best_weight();
}

void KeyForecast::add_scores(const Awake& awake, const std::array<double, streamed_count>& s) {
    const double least = largest(s) - most_lost;
    const auto old = score_;
    for (std::size_t m = 0; m < streamed_count; ++m)
        score_[m] = old[m] * score_memory + std::max(s[m], least);
    if (awake.continuous && awake.reset && awake.weekday && awake.levels) return;
    const auto restore = [&](std::size_t from, std::size_t to, double step) {
        for (std::size_t m = from; m < to; ++m)
            score_[m] = std::isinf(step) ? step : old[m] + step;
    };
    const auto each = [&](double step) {
        if (!awake.continuous) restore(0, continuous_count, step);
        if (!awake.reset) restore(reset_model, reset_model + 1, step);
        if (!awake.weekday) restore(weekday_noise_model, weekday_noise_model + 1, step);
        if (!awake.levels) restore(two_levels_model, two_levels_model + 1, step);
    };
    each(-INFINITY); // the best is one that was asked
    each(best_weight() - best_);
}

void KeyForecast::learn(const Row& row, std::size_t at) {
    const Forecasts& f = forecasts_;
    const double x = row.value;
    has_fraction_ = has_fraction_ || x != std::floor(x);
    const bool has_last = continuous_.rows() > 0;
    const double last = continuous_.last();
    score(f, x);
    if (f.awake.continuous) continuous_.learn_noise(table(), f.continuous, x);
    hurdle_.learn(f.hurdle, x);
    if (f.awake.reset) reset_.learn(f.reset, x, f.starts_month, has_last, last);
    if (has_last && f.awake.weekday) weekday_.learn(f.weekday, x, f.places.weekday, last);
    if (f.awake.levels) levels_.learn(x, has_last, last, f.tick);
    const double limit = best_ + ln_window - 1;
    places_.learn(table(), f.tick, x, f.places, {at == 0, at == 0 && f.starts_month},
                  {limit - score_[continuous_model(Location::level, 0)],
                   limit - score_[continuous_model(Location::zero, 0)]});
}

void KeyForecast::close() {
    if (held_.empty()) {
        forecasts_.is_known = false;
        return;
    }
    static_cast<void>(forecasts());
    std::vector<double>& values = values_;
    values.clear();
    for (std::size_t i = 0; i < held_.size(); ++i) {
        const Held& held = held_[i];
        if (!held.row.is_known()) continue;
        if (held.counts) {
            ++recorded_;
            const double s = -held.ln_p / ln_10;
            if (s >= record_from) {
                const double bin = std::min((s - record_from) / record_step, record_bins - 1.0);
                auto& count = record_[static_cast<std::size_t>(bin)];
                if (count < UINT16_MAX) ++count;
            }
        }
        side_.learn(held.row);
        if (held.row.lacks_side) continue;
        learn(held.row, values.size());
        values.push_back(held.row.value);
    }
    if (!values.empty()) {
        if (forecasts_.awake.continuous) {
            continuous_.learn_location(table(), forecasts_.continuous, values.data(),
                                       values.size());
        } else {
            continuous_.pass(values.data(), values.size());
        }
        last_month_ = forecasts_.places.month;
    }
    held_.clear();
    forecasts_.is_known = false;
}

std::uint32_t KeyForecast::record(double ln_p) const noexcept {
    const double s = -ln_p / ln_10;
    if (!(s >= record_from)) return 0;
    const auto from =
        static_cast<std::size_t>(std::min((s - record_from) / record_step, record_bins - 1.0));
    std::uint32_t rows = 0;
    for (std::size_t i = from; i < record_bins; ++i)
        rows += record_[i];
    return rows;
}

} // namespace recon::forecast
