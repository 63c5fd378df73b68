#include "core/detection/forecast/places.hpp"

#include <algorithm>
#include <bit>

namespace recon::forecast {

namespace {

constexpr std::size_t remembered_dates = 4096;

std::uint64_t bit(std::size_t place) {
    return std::uint64_t{1} << place;
}

} // namespace

PlaceReader::PlaceReader(std::shared_ptr<const series::Calendar> calendar)
    : calendar_(calendar ? std::move(calendar) : std::make_shared<const series::Calendar>()),
      remembered_(remembered_dates) {}

const DatePlaces& PlaceReader::of(series::Day date) {
    Remembered& at = remembered_[static_cast<std::uint32_t>(date) % remembered_dates];
    if (!at.is_known || at.date != date) at = {date, true, find(date)};
    return at.places;
}

DatePlaces PlaceReader::find(series::Day date) const {
    DatePlaces places;
    const auto civil = series::civil_of(date);
    places.month = civil.year * 12 + civil.month - 1;
    places.weekday = static_cast<std::uint8_t>(std::min(series::weekday(date), 5) - 1);
    places.bits = bit(place_weekday + places.weekday) | bit(place_month + civil.month - 1);
    const auto days = calendar_->month_days(date);
    const auto in_month = static_cast<unsigned>(date - days.first);
    const std::uint64_t business = days.business;
    const auto before =
        static_cast<std::size_t>(std::popcount(business & ((std::uint64_t{1} << in_month) - 1)));
    const auto after = static_cast<std::size_t>(std::popcount(business >> in_month >> 1));
    if (before < 3) places.bits |= bit(place_from_start + before);
    if (after < 3) places.bits |= bit(place_from_end + after);
    if (after == 0 && civil.month % 3 == 0) places.bits |= bit(place_quarter_end);
    // The days off just before a business day count as this one. A week is long enough.
    series::Day day = date;
    for (int i = 0; i < 7; ++i) {
        places.bits |= bit(place_day_of_month + series::civil_of(day).day - 1U);
        if (!calendar_->is_business_day(date) || day == INT32_MIN) break;
        if (calendar_->is_business_day(--day)) break;
    }
    return places;
}

} // namespace recon::forecast
