// recon_rolling and recon_bands: every row of a key against the rows of earlier dates, all at once.
#include <optional>

#include "core/detection/history/dated_values.hpp"
#include "core/series/dated_bands.hpp"
#include "functions/windows/band_value.hpp"
#include "functions/windows/window_period.hpp"
#include "postgres/boundary.hpp"
#include "postgres/datums.hpp"
#include "postgres/memory.hpp"
#include "postgres/result_set.hpp"
#include "postgres/row_value.hpp"

namespace recon::functions {
namespace {

using namespace recon::postgres;

// Bands of one key after the other; keeps its memory between them.
class Rolling {
  public:
    // The bytes of a recon_series. In one NaN is what is missing, infinity what is no finite
    // number; neither enters a window.
    void roll(std::span<const std::byte> series, std::int32_t period, bool include_current) {
        const auto own_row = include_current ? series::OwnRow::included : series::OwnRow::excluded;
        const auto width = checked_period(period, series::widest_window);
        if (!bands_ || bands_->width() != width || bands_->own_row() != own_row) {
            bands_.emplace(width, own_row);
        }
        history_.read(series);
        mean_.resize(history_.values().size());
        stddev_.resize(history_.values().size());
        bands_->compute(history_.dates(), history_.values(), mean_, stddev_);
    }

    [[nodiscard]] std::span<const std::int32_t> dates() const noexcept { return history_.dates(); }
    [[nodiscard]] std::span<const double> values() const noexcept { return history_.values(); }
    [[nodiscard]] std::span<const double> mean() const noexcept { return mean_; }
    [[nodiscard]] std::span<const double> stddev() const noexcept { return stddev_; }

  private:
    std::optional<series::DatedBands> bands_;
    breaks::DatedValues history_;
    std::vector<double> mean_;
    std::vector<double> stddev_;
};

// Of one query.
struct RollingCalls {
    explicit RollingCalls(const RowShape* of_row) : shape(of_row) {}

    const RowShape* shape;
    Rolling rolling;
};

// STRICT: recon_rolling(series, period, include_current).
Datum rolling(FunctionCallInfo fcinfo) {
    const Arguments arguments(fcinfo);
    auto* calls = static_cast<RollingCalls*>(fcinfo->flinfo->fn_extra);
    if (calls == nullptr) {
        calls = make_in_context<RollingCalls>(fcinfo->flinfo->fn_mcxt, shape_of_row(fcinfo));
        fcinfo->flinfo->fn_extra = calls;
    }
    auto& rolled = calls->rolling;
    rolled.roll(bytes_of(arguments.datum(0)), arguments.int4(1), arguments.boolean(2));
    Datum values[4] = {make_date_array(rolled.dates()), make_float8_array(rolled.values()),
                       make_float8_array(rolled.mean()), make_float8_array(rolled.stddev())};
    bool nulls[4] = {};
    return make_row(*calls->shape, values, nulls);
}

// STRICT: recon_bands(series, period, width, include_current).
Datum bands(FunctionCallInfo fcinfo) {
    const Arguments arguments(fcinfo);
    ResultSet answer(fcinfo);
    const double width = checked_band_width(arguments.float8(2));
    Rolling rolled;
    rolled.roll(bytes_of(arguments.datum(0)), arguments.int4(1), arguments.boolean(3));
    for (std::size_t i = 0; i < rolled.values().size(); ++i) {
        const double x = rolled.values()[i];
        const auto band = series::band_around(rolled.mean()[i], rolled.stddev()[i], width, x);
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
