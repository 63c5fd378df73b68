#include "core/detection/forecast/noise_lanes.hpp"

#include <algorithm>

#include "core/base/vectors.hpp"
#include "core/detection/forecast/quick_log.hpp"

namespace recon::forecast {

namespace {

[[gnu::always_inline]] inline void spread(const Locations& of_student, const Locations& of_laplace,
                                          Lanes& lanes) {
    for (std::size_t k = 0; k < student_count; ++k) {
        for (std::size_t l = 0; l < location_count; ++l)
            lanes[k * location_count + l] = of_student[l];
    }
    for (std::size_t i = student_count * location_count; i < student_lanes; ++i)
        lanes[i] = 0;
    for (std::size_t k = 0; k < laplace_count; ++k) {
        for (std::size_t l = 0; l < location_count; ++l)
            lanes[student_lanes + k * location_count + l] = of_laplace[l];
    }
}

[[gnu::always_inline]] inline void forecast_by(const LaneConstants& c, const Lanes& prior,
                                               double tick_noise, const Lanes& sums,
                                               Lanes& forecast) {
    Lanes result{};
    for (std::size_t i = 0; i < lane_count; ++i)
        result[i] = sums[i] + std::min(prior[i], c.softening[i] * sums[i]);
    for (std::size_t i = 0; i < student_lanes; ++i)
        result[i] = std::max(result[i], tick_noise * tick_noise * c.df[i]);
    for (std::size_t i = student_lanes; i < lane_count; ++i)
        result[i] = std::max(result[i], tick_noise);
    forecast = result;
}

// Lanes from the first to before the last, all of one kind.
struct Kind {
    std::size_t first, last;
    double root;
};
constexpr Kind student{0, student_lanes, 0.5};
constexpr Kind laplace{student_lanes, lane_count, 1};

template <Kind kind>
[[gnu::always_inline]] inline void score_kind(const LaneConstants& c, const Lanes& forecast,
                                              const Lanes& d, Lanes& result) {
    for (std::size_t i = kind.first; i < kind.last; ++i) {
        const double ln_sum = quick_ln(forecast[i]);
        const double more = kind.root * (c.df[i] + 1) * (quick_ln(forecast[i] + d[i]) - ln_sum);
        result[i] = c.constant[i] - kind.root * ln_sum - more;
    }
}

[[gnu::always_inline]] inline void score_by(const LaneConstants& c, const Lanes& forecast,
                                            const Distances& distances,
                                            const Locations& ln_widening, Lanes& scores) {
    Lanes d{};
    Lanes ln_wide{};
    Lanes result{};
    spread(distances.square, distances.distance, d);
    spread(ln_widening, ln_widening, ln_wide);
    score_kind<student>(c, forecast, d, result);
    score_kind<laplace>(c, forecast, d, result);
    for (std::size_t i = 0; i < lane_count; ++i)
        result[i] -= 0.5 * ln_wide[i];
    scores = result;
}

[[gnu::always_inline]] inline void learn_by(const LaneConstants& c, const Lanes& keep,
                                            const Lanes& forecast, const Distances& distances,
                                            Lanes& sums) {
    Lanes d{};
    Lanes result{};
    spread(distances.square, distances.distance, d);
    for (std::size_t i = 0; i < lane_count; ++i)
        result[i] = sums[i] * keep[i] + std::min(d[i], c.clip[i] * forecast[i]);
    sums = result;
}

#if defined(__x86_64__)
[[gnu::target("avx2")]] void forecast_avx2(const LaneConstants& c, const Lanes& prior,
                                           double tick_noise, const Lanes& sums, Lanes& forecast) {
    forecast_by(c, prior, tick_noise, sums, forecast);
}

[[gnu::target("avx2")]] void score_avx2(const LaneConstants& c, const Lanes& forecast,
                                        const Distances& distances, const Locations& ln_widening,
                                        Lanes& scores) {
    score_by(c, forecast, distances, ln_widening, scores);
}

[[gnu::target("avx2")]] void learn_avx2(const LaneConstants& c, const Lanes& keep,
                                        const Lanes& forecast, const Distances& distances,
                                        Lanes& sums) {
    learn_by(c, keep, forecast, distances, sums);
}
#endif

} // namespace

void lanes_forecast(const LaneConstants& c, const Lanes& prior, double tick_noise,
                    const Lanes& sums, Lanes& forecast) {
#if defined(__x86_64__)
    if (vectors() >= Vectors::avx2) return forecast_avx2(c, prior, tick_noise, sums, forecast);
#endif
    forecast_by(c, prior, tick_noise, sums, forecast);
}

void lanes_score(const LaneConstants& c, const Lanes& forecast, const Distances& distances,
                 const Locations& ln_widening, Lanes& scores) {
#if defined(__x86_64__)
    if (vectors() >= Vectors::avx2) {
        return score_avx2(c, forecast, distances, ln_widening, scores);
    }
#endif
    score_by(c, forecast, distances, ln_widening, scores);
}

void lanes_learn(const LaneConstants& c, const Lanes& keep, const Lanes& forecast,
                 const Distances& distances, Lanes& sums) {
#if defined(__x86_64__)
    if (vectors() >= Vectors::avx2) return learn_avx2(c, keep, forecast, distances, sums);
#endif
    learn_by(c, keep, forecast, distances, sums);
}

} // namespace recon::forecast
