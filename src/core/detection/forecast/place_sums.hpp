// How far rows of a place of the calendar lie from the others of their key: in closed form from
// sums.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/base/bytes.hpp"
#include "core/base/firewall.hpp"
#include "core/detection/forecast/changes.hpp"
#include "core/detection/forecast/noise_table.hpp"
#include "core/detection/forecast/places.hpp"

namespace recon::forecast {

// What a place says of the next row: its forecast, and by how much better it has told the past
// than one level (or zero) for all rows did, as a logarithm. A visit is a date, or a month.
struct PlaceForecast {
    double ln_gain = 0;   // what came once is no season
    double ln_excuse = 0; // but it may be one
    StudentForecast next{};
};

class PlaceSums {
  public:
    // About the level, or about a level of exactly zero. `is_in`: the row lies in the place.
    [[nodiscard]] PlaceForecast about_level(const NoiseTable& table, double tick, std::size_t place,
                                            bool is_in) const;
    [[nodiscard]] PlaceForecast about_zero(const NoiseTable& table, double tick, std::size_t place,
                                           bool is_in) const;
    // How far the place lies from the other rows, in noises, squared; 0 where that is not sure.
    [[nodiscard]] double squared_effect(const NoiseTable& table, double tick,
                                        std::size_t place) const;
    // Each weekday has a level of its own.
    [[nodiscard]] PlaceForecast by_weekday(const NoiseTable& table, double tick,
                                           std::size_t weekday) const;

    struct Visit {
        bool is_new_date = true, is_new_month = true;
    };
    // What a place must gain, its share of the keys included, to have a say beside the others.
    struct Needed {
        double about_level = 0, about_zero = 0;
    };
    void learn(const NoiseTable& table, double tick, double x, const DatePlaces& places,
               Visit visit, Needed needed);

    [[nodiscard]] std::uint32_t rows(std::size_t place) const noexcept { return count_[place]; }
    // Visited so often that what it says is no chance.
    [[nodiscard]] bool is_confirmed(std::size_t place) const noexcept {
        return visits_[place] >= 3;
    }
    // Places that have told the past better, one bit each; and whether weekdays have.
    [[nodiscard]] std::uint64_t telling_level() const noexcept { return telling_level_; }
    [[nodiscard]] std::uint64_t telling_zero() const noexcept { return telling_zero_; }
    [[nodiscard]] bool weekdays_tell() const noexcept { return weekdays_tell_; }

    void serialize(ByteWriter& writer) const;
    void deserialize(ByteReader& reader);

  private:
    struct Split {
        double in = 0, out = 0;           // rows
        double in_mean = 0, out_mean = 0; // less the origin
        double contrast = 0;              // variance of their difference, in noises
    };
    void limit(PlaceForecast& f, std::size_t place) const noexcept;
    [[nodiscard]] Split split(std::size_t place) const noexcept;
    [[nodiscard]] double prior_sum(const ScalePrior& noise, double squares,
                                   double tick) const noexcept;
    [[nodiscard]] double most_gained(const ScalePrior& noise, double squares, double distance,
                                     double contrast, double tick,
                                     double effect_variance) const noexcept;

    double rows_ = 0, origin_ = 0, mean_ = 0, deviations_ = 0; // mean less the origin
    double squares_ = 0;                                       // about zero
    std::array<double, place_count> sum_{};                    // less the origin
    std::array<std::uint32_t, place_count> count_{};
    std::array<std::uint8_t, place_count> visits_{}; // up to 255
    std::uint64_t telling_level_ = 0, telling_zero_ = 0;
    bool weekdays_tell_ = false;
};

} // namespace recon::forecast
