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
constexpr double record_from = 1.3; // -log10 p
constexpr double record_step = 0.25;
constexpr double keys_for_peers = 20;
constexpr double ln_match = -0.046;                  // p next to 1
constexpr double ln_ordinary = -2.99573227355399099; // .05

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
    f.continuous = continuous_.forecast(table(), f.tick);
    f.hurdle = hurdle_.forecast(table(), f.tick);
    const double last = continuous_.last();
    f.reset = reset_.forecast(table(), f.tick, f.starts_month, has_last, last);
    f.weekday = weekday_.forecast(table(), f.tick, f.places.weekday, has_last, last);
    f.levels = levels_.forecast(table(), f.tick);
    return f;
}

double KeyForecast::best_weight() const noexcept {
    const auto& share = table().prior().ln_share;
    double best = -INFINITY;
    for (std::size_t m = 0; m < streamed_count; ++m)
        best = std::max(best, score_[m] + share[m]);
    return best;
}

void KeyForecast::weigh_streamed(const Forecasts&, Weights& w) const {
    const auto& share = table().prior().ln_share;
    for (std::size_t m = 0; m < streamed_count; ++m) {
        w.ln[m] = score_[m] + share[m];
        w.best = std::max(w.best, w.ln[m]);
    }
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
        bool ordinary = false;
        if (m < continuous_count) {
            ordinary = Continuous::is_ordinary(f.continuous, m, x);
        } else if (m < reset_model) {
            ordinary = f.hurdle.is_ordinary(m - first_hurdle, x);
        } else if (m == reset_model) {
            ordinary = f.reset.is_ordinary(x);
        } else if (m == weekday_noise_model) {
            ordinary = f.weekday.is_ordinary(x);
        } else {
            ordinary = f.levels.is_known
                           ? f.levels.is_ordinary(x)
                           : Continuous::is_ordinary(f.continuous,
                                                     continuous_model(Location::level, 0), x);
        }
        if (!ordinary) return false;
    }
    return true;
}

Judged KeyForecast::judge_known(const Row& row) {
    const Forecasts& f = forecasts();
    const double x = row.value;
    Judged judged;
    judged.ground = Ground::own;
    judged.past = static_cast<std::uint32_t>(std::min<std::uint64_t>(rows(), UINT32_MAX));
    Weights w;
    weigh_streamed(f, w);
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
            weigh_streamed(forecasts(), w);
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
    Continuous::score(f.continuous, x, s.data());
    f.hurdle.score(x, s.data() + first_hurdle);
    s[reset_model] = f.reset.score(x);
    s[weekday_noise_model] = f.weekday.score(x);
    constexpr std::size_t level = continuous_model(Location::level, 0);
    s[two_levels_model] = f.levels.is_known ? f.levels.score(x) : s[level];
    for (std::size_t m = 0; m < first_hurdle; ++m)
        s[m] = std::min(s[m] + ln_tick, ln_most_of_a_tick);
    if (f.hurdle.outcome(x) == Outcome::fresh) {
        for (std::size_t m = first_hurdle; m < reset_model; ++m)
            s[m] = std::min(s[m] + ln_tick, 0.0);
    }
    for (std::size_t m = reset_model; m < streamed_count; ++m)
        s[m] = std::min(s[m] + ln_tick, ln_most_of_a_tick);
    const double least = *std::max_element(s.begin(), s.end()) - most_lost;
    for (std::size_t m = 0; m < streamed_count; ++m)
        score_[m] = score_[m] * score_memory + std::max(s[m], least);
    // Two levels of which one was never seen are one, less what it says that there was no change.
    if (!f.levels.is_known) {
        const double rows = static_cast<double>(continuous_.rows()) + 1;
        score_[two_levels_model] = score_[level] - 0.3 * quick_ln(1 + rows / 3);
    }
}

void KeyForecast::learn(const Row& row, std::size_t at) {
    const Forecasts& f = forecasts_;
    const double x = row.value;
    has_fraction_ = has_fraction_ || x != std::floor(x);
    const bool has_last = continuous_.rows() > 0;
    const double last = continuous_.last();
    score(f, x);
    continuous_.learn_noise(f.continuous, x);
    hurdle_.learn(f.hurdle, x);
    reset_.learn(f.reset, x, f.starts_month, has_last, last);
    if (has_last) weekday_.learn(f.weekday, x, f.places.weekday, last);
    levels_.learn(x, has_last, last, f.tick);
    const double limit = best_weight() + ln_window - 1;
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
        continuous_.learn_location(forecasts_.continuous, values.data(), values.size());
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
