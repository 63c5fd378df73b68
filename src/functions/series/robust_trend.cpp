// recon_theil_sen: the robust line through an array, through points, through one key's history.
#include <numeric>

#include "core/detection/history/dated_values.hpp"
#include "core/series/theil_sen.hpp"
#include "postgres/boundary.hpp"
#include "postgres/datums.hpp"
#include "postgres/row_value.hpp"

namespace recon::functions {
namespace {

using namespace recon::postgres;

Datum row_of(FunctionCallInfo fcinfo, const series::RobustLine& line) {
    Datum values[2] = {};
    bool nulls[2] = {};
    put_number(values[0], nulls[0], line.slope);
    put_number(values[1], nulls[1], line.intercept);
    return make_row(fcinfo, values, nulls);
}

Datum of_array(FunctionCallInfo fcinfo) {
    const auto y = float8_array(Arguments(fcinfo).datum(0));
    std::vector<double> places(y.size());
    std::iota(places.begin(), places.end(), 1.0);
    return row_of(fcinfo, series::theil_sen(places, y));
}

Datum of_points(FunctionCallInfo fcinfo) {
    const Arguments arguments(fcinfo);
    return row_of(fcinfo, series::theil_sen(float8_array(arguments.datum(0)),
                                            float8_array(arguments.datum(1))));
}

// In a series NaN is what is missing, infinity what is no finite number: neither is a point.
Datum of_series(FunctionCallInfo fcinfo) {
    breaks::DatedValues history;
    history.read(bytes_of(Arguments(fcinfo).datum(0)));
    const auto dates = history.dates();
    std::vector<double> days(dates.size());
    for (std::size_t i = 0; i < dates.size(); ++i) {
        days[i] = static_cast<double>(dates[i]) - static_cast<double>(dates[0]);
    }
    return row_of(fcinfo, series::theil_sen(days, history.values()));
}

} // namespace
} // namespace recon::functions

RECON_FUNCTION(recon_theil_sen_of_array, recon::functions::of_array);
RECON_FUNCTION(recon_theil_sen_of_points, recon::functions::of_points);
RECON_FUNCTION(recon_theil_sen_of_series, recon::functions::of_series);
