// recon_rolling and recon_bands: every row of a key against the rows of earlier dates, all at once.
#include "core/breaks/series_value.hpp"
#include "core/series/dated_bands.hpp"
#include "functions/band_value.hpp"
#include "functions/window_period.hpp"
#include "postgres/boundary.hpp"
#include "postgres/datums.hpp"
#include "postgres/result_set.hpp"
#include "postgres/row_value.hpp"

namespace recon::functions {
namespace {

using namespace recon::postgres;

struct Rolling {
    breaks::SeriesValue value;
    std::vector<double> mean;
    std::vector<double> stddev;

    [[nodiscard]] std::span<const std::int32_t> dates() const { return value.series.dates(); }
    [[nodiscard]] std::span<const double> values() const { return value.series.values(); }
};

// In a series NaN is what is missing, infinity what is no finite number; neither enters a window.
Rolling roll(Datum series, std::int32_t period, bool include_current) {
    Rolling rolling{breaks::one_measure(bytes_of(series)), {}, {}};
    const std::size_t rows = rolling.value.series.size();
    rolling.mean.resize(rows);
    rolling.stddev.resize(rows);
    series::DatedBands bands(checked_period(period),
                             include_current ? series::OwnRow::included : series::OwnRow::excluded);
    bands.compute(rolling.dates(), rolling.values(), rolling.mean, rolling.stddev);
    return rolling;
}

// STRICT: recon_rolling(series, period, include_current).
Datum rolling(FunctionCallInfo fcinfo) {
    const Arguments arguments(fcinfo);
    const auto rolled = roll(arguments.datum(0), arguments.int4(1), arguments.boolean(2));
    Datum values[4] = {make_date_array(rolled.dates()), make_float8_array(rolled.values()),
                       make_float8_array(rolled.mean), make_float8_array(rolled.stddev)};
    bool nulls[4] = {};
    return make_row(fcinfo, values, nulls);
}

// STRICT: recon_bands(series, period, width, include_current).
Datum bands(FunctionCallInfo fcinfo) {
    const Arguments arguments(fcinfo);
    ResultSet answer(fcinfo);
    const double width = checked_band_width(arguments.float8(2));
    const auto rolled = roll(arguments.datum(0), arguments.int4(1), arguments.boolean(3));
    for (std::size_t i = 0; i < rolled.mean.size(); ++i) {
        const double x = rolled.values()[i];
        const auto band = series::band_around(rolled.mean[i], rolled.stddev[i], width, x);
        Datum values[2 + band_columns] = {DateADTGetDatum(rolled.dates()[i])};
        bool nulls[2 + band_columns] = {};
        put_number(values[1], nulls[1], x);
        put_band(&values[2], &nulls[2], band);
        answer.add(values, nulls);
    }
    return 0;
}

} // namespace
} // namespace recon::functions

RECON_FUNCTION(recon_series_rolling, recon::functions::rolling);
RECON_FUNCTION(recon_series_bands, recon::functions::bands);
