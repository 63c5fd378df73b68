#include "core/base/dates.hpp"

#include <algorithm>
#include <chrono>
#include <limits>

#include "core/base/error.hpp"

namespace recon {

namespace {

namespace chrono = std::chrono;

constexpr chrono::sys_days epoch = chrono::year{2000} / chrono::January / 1;
constexpr std::int64_t days_per_era = 146097;
constexpr std::int64_t years_per_era = 400;

// A year, month and day of 2000 .. 2399, and how many times four centuries it lies after that.
struct InEra {
    chrono::year_month_day date;
    std::int64_t era;
};

std::int64_t floor_divide(std::int64_t a, std::int64_t b) noexcept {
    return a / b - (a % b < 0 ? 1 : 0);
}

InEra in_era(Day day) noexcept {
    const std::int64_t era = floor_divide(day, days_per_era);
    return {epoch + chrono::days{day - era * days_per_era}, era};
}

unsigned last_day_of(const chrono::year_month_day& date) noexcept {
    return static_cast<unsigned>((date.year() / date.month() / chrono::last).day());
}

Day clamped(std::int64_t day) noexcept {
    return static_cast<Day>(std::clamp<std::int64_t>(day, std::numeric_limits<Day>::min(),
                                                     std::numeric_limits<Day>::max()));
}

std::string padded(std::int64_t number, std::size_t width) {
    std::string text = std::to_string(number);
    if (text.size() < width) text.insert(0, width - text.size(), '0');
    return text;
}

} // namespace

CivilDate civil_of(Day day) noexcept {
    const auto [date, era] = in_era(day);
    const auto year = static_cast<int>(date.year()) + years_per_era * era;
    return {static_cast<std::int32_t>(year),
            static_cast<std::uint8_t>(static_cast<unsigned>(date.month())),
            static_cast<std::uint8_t>(static_cast<unsigned>(date.day()))};
}

std::optional<Day> find_day(std::int64_t year, std::int64_t month, std::int64_t day) noexcept {
    if (month < 1 || month > 12 || day < 1 || day > 31) return std::nullopt;
    const std::int64_t era = floor_divide(year - 2000, years_per_era);
    const auto date = chrono::year{static_cast<int>(year - era * years_per_era)} /
                      static_cast<int>(month) / static_cast<int>(day);
    if (!date.ok()) return std::nullopt;
    const std::int64_t found = (chrono::sys_days{date} - epoch).count() + era * days_per_era;
    if (found != clamped(found)) return std::nullopt;
    return static_cast<Day>(found);
}

Day day_of(const CivilDate& date) {
    const auto day = find_day(date.year, date.month, date.day);
    if (!day) {
        throw Error(ErrorKind::invalid_parameter, "date out of range",
                    "Year " + std::to_string(date.year) + ", month " + std::to_string(date.month) +
                        ", day " + std::to_string(date.day) + ".");
    }
    return *day;
}

int weekday(Day day) noexcept {
    return static_cast<int>(chrono::weekday{epoch + chrono::days{day}}.iso_encoding());
}

Day month_start(Day day) noexcept {
    return clamped(std::int64_t{day} + 1 - static_cast<unsigned>(in_era(day).date.day()));
}

Day month_end(Day day) noexcept {
    const auto date = in_era(day).date;
    return clamped(std::int64_t{day} + last_day_of(date) - static_cast<unsigned>(date.day()));
}

std::string iso_date(Day day) {
    const CivilDate date = civil_of(day);
    const bool is_before_christ = date.year < 1;
    const std::int64_t year = is_before_christ ? 1 - std::int64_t{date.year} : date.year;
    return padded(year, 4) + '-' + padded(date.month, 2) + '-' + padded(date.day, 2) +
           (is_before_christ ? " BC" : "");
}

} // namespace recon
