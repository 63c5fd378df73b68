#include "functions/windows/band_value.hpp"

#include "core/base/error.hpp"
#include "core/base/said_number.hpp"
#include "postgres/datums.hpp"
#include "postgres/row_value.hpp"

namespace recon::functions {

void put_band(Datum* values, bool* nulls, const series::Band& band) noexcept {
    postgres::put_number(values[0], nulls[0], band.expected);
    postgres::put_number(values[1], nulls[1], band.lower);
    postgres::put_number(values[2], nulls[2], band.upper);
    postgres::put_number(values[3], nulls[3], band.z);
    values[4] = Int16GetDatum(static_cast<std::int16_t>(band.direction));
    nulls[4] = !band.is_judged();
}

Datum make_band(FunctionCallInfo fcinfo, const series::Band& band) {
    Datum values[band_columns] = {};
    bool nulls[band_columns] = {};
    put_band(values, nulls, band);
    return postgres::make_row(fcinfo, values, nulls);
}

double checked_band_width(double width) {
    if (!(width > 0 && series::admitted(width))) {
        throw Error(ErrorKind::invalid_parameter, "the width of a band is out of range",
                    "The width is " + said_number(width) + "; it must be a positive number.",
                    "A width of 2 means two standard deviations to each side.");
    }
    return width;
}

} // namespace recon::functions
