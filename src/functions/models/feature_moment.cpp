#include "functions/models/feature_moment.hpp"

#include <cmath>
#include <limits>

#include "core/models/date_parts.hpp"

namespace recon::functions {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

Moment moment_of_time(TimeADT time) {
    return {models::missing_value, static_cast<double>(time) / static_cast<double>(USECS_PER_HOUR)};
}

} // namespace

Moment moment_of(Datum value, Oid type) {
    if (type == TIMEOID) return moment_of_time(DatumGetTimeADT(value));
    if (type == DATEOID) {
        const DateADT day = DatumGetDateADT(value);
        if (DATE_IS_NOBEGIN(day)) return {-infinity, models::missing_value};
        if (DATE_IS_NOEND(day)) return {infinity, models::missing_value};
        return {static_cast<double>(day), models::missing_value};
    }
    const Timestamp at = DatumGetTimestamp(value);
    if (TIMESTAMP_IS_NOBEGIN(at)) return {-infinity, -infinity};
    if (TIMESTAMP_IS_NOEND(at)) return {infinity, infinity};
    const Timestamp day = at / USECS_PER_DAY - (at % USECS_PER_DAY < 0 ? 1 : 0);
    auto moment = moment_of_time(at - day * USECS_PER_DAY);
    moment.day = static_cast<double>(day);
    return moment;
}

bool is_moment(Oid type) noexcept {
    return type == DATEOID || type == TIMESTAMPOID || type == TIMESTAMPTZOID || type == TIMEOID;
}

void add_moment(std::vector<double>& line, Oid type, const Moment& moment) {
    if (type != TIMEOID && std::isfinite(moment.day)) {
        const auto parts = models::date_parts(static_cast<series::Day>(moment.day));
        line.insert(line.end(), parts.begin(), parts.end());
    } else if (type != TIMEOID) {
        line.insert(line.end(), models::date_part_names.size(), moment.day);
    }
    if (type != DATEOID) line.push_back(moment.hour);
}

} // namespace recon::functions
