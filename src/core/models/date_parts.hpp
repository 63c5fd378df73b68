// What of a date says whether a row comes at its usual time: weekday, place in the month counted
// from both ends, month. The date itself says only that time goes on.
#pragma once

#include <array>
#include <string_view>

#include "core/series/calendar.hpp"

namespace recon::models {

inline constexpr std::array<std::string_view, 4> date_part_names{"weekday", "day of month",
                                                                 "days left in month", "month"};

[[nodiscard]] inline std::array<double, 4> date_parts(series::Day day) noexcept {
    const auto civil = series::civil_of(day);
    return {static_cast<double>(series::weekday(day)), static_cast<double>(civil.day),
            static_cast<double>(series::month_end(day)) - day, static_cast<double>(civil.month)};
}

} // namespace recon::models
