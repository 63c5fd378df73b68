// Six forecasts of where the next difference lies, each with five noises.
#pragma once

#include <array>
#include <cstddef>

#include "core/base/bytes.hpp"
#include "core/base/firewall.hpp"
#include "core/detection/forecast/noise_table.hpp"

namespace recon::forecast {

// What the forecasters say of one value: enough for densities, tails, and for learning from it.
struct ContinuousForecast {
    Locations location{}, widening{}, ln_widening{};
    Lanes sum{}; // S + prior, the tick's floor held; of a Laplace noise b
    const NoiseConstants* constants = nullptr;
};

class Continuous {
  public:
    [[nodiscard]] ContinuousForecast forecast(const NoiseTable& table, double tick) const;
    // ln density of x by each model.
    static void score(const ContinuousForecast& forecast, double x, double* scores);
    // ln P(at least as far from the forecast as x), and the number of deviations with its sign.
    [[nodiscard]] static double ln_p(const ContinuousForecast& forecast, std::size_t model,
                                     double x);
    [[nodiscard]] static double deviations(const ContinuousForecast& forecast, std::size_t model,
                                           double x);
    // Half the width of what holds all but `p` of the values.
    [[nodiscard]] static double half_width(const ContinuousForecast& forecast, std::size_t model,
                                           double ln_p);
    // Is p of x by this model certainly above .05?
    [[nodiscard]] static bool is_ordinary(const ContinuousForecast& forecast, std::size_t model,
                                          double x) noexcept;

    // Takes in one value of a date for the noises, then, once, where the date's values lie.
    void learn_noise(const NoiseTable& table, const ContinuousForecast& forecast, double x);
    // Only where the values of a date lay.
    void pass(const double* values, std::size_t count);
    void learn_location(const NoiseTable& table, const ContinuousForecast& forecast,
                        const double* values, std::size_t count);

    [[nodiscard]] std::uint64_t rows() const noexcept { return rows_; }
    [[nodiscard]] double last() const noexcept { return last_; }

    void serialize(ByteWriter& writer) const;
    void deserialize(ByteReader& reader);

  private:
    Lanes sums_{}; // of squares about a location, and of distances from it
    std::uint64_t rows_ = 0;
    std::uint64_t moves_ = 0; // from one date to the next
    double level_ = 0, smoothed_ = 0, last_ = 0, first_ = 0;
    double pull_squares_ = 0, pull_products_ = 0;
};

} // namespace recon::forecast
