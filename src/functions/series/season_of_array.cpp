// recon_season: whether a stream repeats itself, and after how many elements.
#include <cmath>

#include "core/base/error.hpp"
#include "core/series/season.hpp"
#include "core/series/significance_level.hpp"
#include "postgres/boundary.hpp"
#include "postgres/datums.hpp"
#include "postgres/row_value.hpp"

namespace recon::functions {
namespace {

using namespace recon::postgres;

// STRICT: recon_season(x, longest, alpha).
Datum season(FunctionCallInfo fcinfo) {
    const Arguments arguments(fcinfo);
    const auto longest = arguments.int4(1);
    if (longest < 2) {
        throw Error(ErrorKind::invalid_parameter, "the longest season is out of range",
                    "It is " + std::to_string(longest) + "; it must be at least 2.");
    }
    const double alpha = series::checked_level(arguments.float8(2));
    const auto found =
        series::find_season(float8_array(arguments.datum(0)), static_cast<std::size_t>(longest));
    Datum values[4] = {Int32GetDatum(static_cast<std::int32_t>(found.period))};
    bool nulls[4] = {found.period == 0};
    put_number(values[1], nulls[1], found.strength);
    put_number(values[2], nulls[2], std::exp(found.ln_p));
    values[3] = BoolGetDatum(found.period != 0 && found.ln_p <= std::log(alpha));
    return make_row(fcinfo, values, nulls);
}

} // namespace
} // namespace recon::functions

RECON_FUNCTION(recon_season_of_array, recon::functions::season);
