// What a key's forecasts say beside a probability: what the calendar may excuse, how far a row lies
// off, the reason, and the evidence for each forecaster.
#include <algorithm>
#include <bit>
#include <cmath>

#include "core/detection/forecast/key_forecast.hpp"
#include "core/detection/forecast/key_weights.hpp"
#include "core/statistics/log_tails.hpp"

namespace recon::forecast {

namespace {

constexpr double ln_ordinary = -2.99573227355399099; // .05

} // namespace

// What the calendar may explain, whether the key has shown it or not: by odds that the tails of the
// noise have no part in, else a key that looks heavy-tailed by luck refutes a season that it has
// not lived through.
double KeyForecast::place_bound(const Forecasts& f, const Weights& w, double x) const {
    // What of the key may have a season: its level or zero, what may be chance, and the place
    // itself.
    double total = 0, stationary = 0, zero = 0, calendar = 0, share = 0;
    const auto& ln_share = table().prior().ln_share;
    for (std::size_t i = 0; i < w.size(); ++i) {
        const double weight = std::exp(w.at(i) - w.best);
        total += weight;
        const std::size_t m = w.model(i);
        if (m >= first_place && m < weekdays_model &&
            !places_.is_confirmed((m - first_place) % place_count)) {
            calendar += weight;
        }
        if (!is_stationary(m)) continue;
        share += std::exp(ln_share[m]);
        stationary += weight;
        if (m % location_count == 0) zero += weight;
    }
    if (!(total > 0) || !(share > 0)) return 0;
    const double about_zero = stationary > 0 ? zero / stationary : 0;
    double bound = 0;
    for (std::uint64_t bits = f.places.bits; bits != 0; bits &= bits - 1) {
        const auto place = static_cast<std::size_t>(std::countr_zero(bits));
        const double odds = (std::exp(ln_share[first_place + place]) +
                             std::exp(ln_share[first_place_of_zero + place])) /
                            share;
        const auto p_if = [&](const PlaceForecast& p) {
            const double o = odds * std::exp(std::min(p.ln_excuse, 50.0));
            return o / (1 + o) * std::exp(p.next.ln_p(x));
        };
        const double p =
            (1 - about_zero) * p_if(places_.about_level(table(), f.tick, place, true)) +
            about_zero * p_if(places_.about_zero(table(), f.tick, place, true));
        double own = stationary + calendar;
        for (std::size_t i = streamed_count; i < w.size() && places_.is_confirmed(place); ++i) {
            const std::size_t m = w.model(i);
            if (m == first_place + place || m == first_place_of_zero + place)
                own += std::exp(w.at(i) - w.best);
        }
        bound = std::max(bound, p * own / total);
    }
    return bound;
}

Deviation KeyForecast::deviation(const Row& row) {
    if (continuous_.rows() == 0) return {};
    const Forecasts& f = forecasts();
    if (!f.awake.continuous) forecasts_.continuous = continuous_.forecast(table(), f.tick);
    Weights w;
    weigh_streamed(w);
    std::array<double, location_count> weight{};
    for (std::size_t m = 0; m < continuous_count; ++m)
        weight[m % location_count] += std::exp(w.ln[m] - w.best);
    const auto location =
        static_cast<std::size_t>(std::max_element(weight.begin(), weight.end()) - weight.begin());
    return {Continuous::deviations(f.continuous, location, row.value),
            f.continuous.constants->lanes.df[location]};
}

Explanation KeyForecast::explain() {
    const Forecasts& f = forecasts();
    Weights w;
    weigh_streamed(w);
    weigh_places(f, w);
    Explanation e;
    const std::size_t top = w.top();
    double total = 0;
    for (std::size_t i = 0; i < w.size(); ++i)
        total += std::exp(w.at(i) - w.best);
    e.model = w.model(top);
    e.weight = std::exp(w.at(top) - w.best) / total;
    double half = 0;
    if (e.model < continuous_count) {
        e.expected = f.continuous.location[e.model % location_count];
        half = Continuous::half_width(f.continuous, e.model, ln_ordinary);
    } else if (e.model < reset_model) {
        half = f.hurdle.half_width(e.model - first_hurdle, ln_ordinary);
    } else {
        const StudentForecast& next = e.model == reset_model           ? f.reset
                                      : e.model == weekday_noise_model ? f.weekday
                                      : e.model == two_levels_model
                                          ? f.levels.likely()
                                          : w.place[top - streamed_count].next;
        e.expected = next.location;
        half = std::sqrt(next.sum / next.df) *
               evidence::StudentTail(next.df).two_sided_quantile(ln_ordinary);
    }
    e.lower = e.expected - half;
    e.upper = e.expected + half;
    e.rows = rows();
    e.matches = hurdle_.matches();
    e.breaks = hurdle_.breaks();
    e.missing = side_.missing();
    e.typical_break = hurdle_.typical_size();
    return e;
}

double KeyForecast::squared_effect() const {
    double largest = 0;
    for (std::size_t place = 0; place < place_count; ++place)
        largest = std::max(largest, places_.squared_effect(table(), tick(), place));
    return largest;
}

void KeyForecast::ln_evidence(std::array<double, model_count>& out) {
    std::copy(score_.begin(), score_.end(), out.begin());
    const double level = score_[continuous_model(Location::level, 0)];
    const double zero = score_[continuous_model(Location::zero, 0)];
    for (std::size_t place = 0; place < place_count; ++place) {
        out[first_place + place] =
            level + places_.about_level(table(), tick(), place, false).ln_gain;
        out[first_place_of_zero + place] =
            zero + places_.about_zero(table(), tick(), place, false).ln_gain;
    }
    out[weekdays_model] = level + places_.by_weekday(table(), tick(), 0).ln_gain;
}

} // namespace recon::forecast
