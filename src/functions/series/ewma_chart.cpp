// recon_ewma_chart: the control chart of a stream whose target and spread are known.
#include "core/series/admitted.hpp"
#include "core/series/ewma.hpp"
#include "postgres/boundary.hpp"
#include "postgres/datums.hpp"
#include "postgres/result_set.hpp"

namespace recon::functions {
namespace {

using namespace recon::postgres;

// STRICT: recon_ewma_chart(x, target, deviation, alpha, width).
Datum ewma_chart(FunctionCallInfo fcinfo) {
    const Arguments arguments(fcinfo);
    ResultSet answer(fcinfo);
    series::EwmaChart chart({.target = arguments.float8(1),
                             .sigma = arguments.float8(2),
                             .lambda = arguments.float8(3),
                             .multiple = arguments.float8(4)});
    const auto x = float8_array(arguments.datum(0));
    for (std::size_t i = 0; i < x.size(); ++i) {
        const int direction = chart.add(x[i]);
        const auto limits = chart.limits();
        Datum values[6] = {Int32GetDatum(static_cast<std::int32_t>(i) + 1)};
        bool nulls[6] = {};
        put_number(values[1], nulls[1], x[i]);
        put_number(values[2], nulls[2], chart.level());
        put_number(values[3], nulls[3], limits.lower);
        put_number(values[4], nulls[4], limits.upper);
        values[5] = Int16GetDatum(static_cast<std::int16_t>(direction));
        nulls[5] = !series::admitted(x[i]);
        answer.add(values, nulls);
    }
    return 0;
}

} // namespace
} // namespace recon::functions

RECON_FUNCTION(recon_ewma_chart, recon::functions::ewma_chart);
