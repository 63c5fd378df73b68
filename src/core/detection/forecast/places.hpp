// Places of the calendar: what a date has in common with earlier dates.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/firewall.hpp"
#include "core/series/calendar.hpp"

namespace recon::forecast {

// Weekdays (a weekend counts as its Friday), the first and the last three business days of a month,
// the last one of a quarter, days of the month (what falls on days off moves to the next business
// day), months.
inline constexpr std::size_t place_weekday = 0;
inline constexpr std::size_t place_from_start = 5;
inline constexpr std::size_t place_from_end = 8;
inline constexpr std::size_t place_quarter_end = 11;
inline constexpr std::size_t place_day_of_month = 12;
inline constexpr std::size_t place_month = 43;
inline constexpr std::size_t place_count = 55;

struct DatePlaces {
    std::uint64_t bits = 0; // one for each place
    std::uint8_t weekday = 0;
    std::int32_t month = 0; // counted through the years

    [[nodiscard]] bool has(std::size_t place) const noexcept { return (bits >> place & 1U) != 0; }
};

// Remembers the dates it was asked for lately: keys have rows on the same dates.
class PlaceReader {
  public:
    explicit PlaceReader(std::shared_ptr<const series::Calendar> calendar = {});
    [[nodiscard]] const DatePlaces& of(series::Day date);

  private:
    struct Remembered {
        series::Day date = 0;
        bool is_known = false;
        DatePlaces places;
    };
    [[nodiscard]] DatePlaces find(series::Day date) const;

    std::shared_ptr<const series::Calendar> calendar_;
    std::vector<Remembered> remembered_;
};

} // namespace recon::forecast
