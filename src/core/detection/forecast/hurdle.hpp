// A key that matches at times: how often it breaks after a match and after a break, how often the
// same difference stands another day, and how large new ones are.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/base/bytes.hpp"
#include "core/base/firewall.hpp"
#include "core/detection/forecast/noise_table.hpp"

namespace recon::forecast {

enum class Outcome : std::uint8_t { match, repeat, fresh };

struct HurdleForecast {
    std::array<OutcomeShares, 2> shares{}; // the population counts for few rows, or for many
    bool is_after_break = false;
    double last = 0;
    double df = 1, sum = 1, constant = 0;                            // sizes: Student about zero
    double ln_mean = 0, ln_variance = 1, ln_df = 1, ln_constant = 0; // their logarithms: Student
    double ln_widening = 1; // of the variance, since the mean is not known exactly

    [[nodiscard]] Outcome outcome(double x) const noexcept;
    // By hurdle: linear sizes and few rows, linear and many, logarithmic and few, and many.
    void score(double x, double* scores) const;
    [[nodiscard]] double ln_p(std::size_t hurdle, double x) const;
    // Is p of x certainly above .05?
    [[nodiscard]] bool is_ordinary(std::size_t hurdle, double x) const noexcept;
    // What holds all but so many of the next differences: 0 where the key matches often enough.
    [[nodiscard]] double half_width(std::size_t hurdle, double ln_p) const;
    [[nodiscard]] double ln_size_upper(bool is_logarithmic, double size) const;
};

class Hurdle {
  public:
    [[nodiscard]] HurdleForecast forecast(const NoiseTable& table, double tick) const;
    void learn(const HurdleForecast& forecast, double x);

    [[nodiscard]] std::uint32_t matches() const noexcept;
    [[nodiscard]] std::uint32_t breaks() const noexcept { return sizes_; } // new ones
    // Typical size of its breaks; 0 without any.
    [[nodiscard]] double typical_size() const;

    void serialize(ByteWriter& writer) const;
    void deserialize(ByteReader& reader);

  private:
    // After a match, after a break, at first.
    std::array<std::array<std::uint32_t, 3>, 3> counts_{};
    std::uint8_t after_ = 2;
    double last_ = 0;
    std::uint32_t sizes_ = 0;
    double squares_ = 0, ln_sum_ = 0, ln_squares_ = 0;
};

} // namespace recon::forecast
