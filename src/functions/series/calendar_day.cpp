// recon.calendar_day: where a day stands in the business calendar.
#include "core/series/calendar.hpp"
#include "postgres/boundary.hpp"
#include "postgres/datums.hpp"
#include "postgres/row_value.hpp"

namespace recon::functions {
namespace {

using namespace recon::postgres;

// STRICT: recon.calendar_day(day, holidays).
Datum calendar_day(FunctionCallInfo fcinfo) {
    const Arguments arguments(fcinfo);
    const series::Day day = DatumGetDateADT(arguments.datum(0));
    if (DATE_NOT_FINITE(day)) {
        fcinfo->isnull = true;
        return 0;
    }
    const series::Calendar calendar(date_array(arguments.datum(1)));
    const auto position = calendar.month_position(day);
    Datum values[6] = {Int16GetDatum(static_cast<std::int16_t>(series::weekday(day))),
                       BoolGetDatum(calendar.is_weekend(day)),
                       BoolGetDatum(calendar.is_holiday(day)),
                       BoolGetDatum(position.business_day),
                       Int32GetDatum(position.from_start),
                       Int32GetDatum(position.from_end)};
    bool nulls[6] = {};
    return make_row(fcinfo, values, nulls);
}

} // namespace
} // namespace recon::functions

RECON_FUNCTION(recon_calendar_day, recon::functions::calendar_day);
