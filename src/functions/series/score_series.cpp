// recon_score_series(series, ...): one key judged by its own past alone, row by row.
#include <cmath>
#include <limits>
#include <numbers>

#include "core/detection/history/series_value.hpp"
#include "core/detection/judging/judge.hpp"
#include "core/detection/verdict/reason.hpp"
#include "postgres/boundary.hpp"
#include "postgres/datums.hpp"
#include "postgres/result_set.hpp"

namespace recon::functions {
namespace {

using namespace recon::postgres;

Datum score_series(FunctionCallInfo fcinfo) {
    const Arguments arguments(fcinfo);
    ResultSet answer(fcinfo);
    if (arguments.is_null(0)) return 0;
    auto value = breaks::SeriesValue::deserialize(bytes_of(arguments.datum(0)));
    const auto from = arguments.is_null(1) ? std::numeric_limits<std::int32_t>::min()
                                           : DatumGetDateADT(arguments.datum(1));
    const auto to = arguments.is_null(2) ? std::numeric_limits<std::int32_t>::max()
                                         : DatumGetDateADT(arguments.datum(2));
    breaks::JudgeOptions options;
    options.tolerance.assign(value.series.measures(),
                             arguments.is_null(3) ? 0.0 : arguments.float8(3));
    options.check();
    value.series.make_targets(from, to);

    std::vector<breaks::Finding> findings;
    breaks::judge(value.series, breaks::Population{}, options, findings);
    for (const auto& finding : findings) {
        Datum values[12] = {};
        bool nulls[12] = {};
        values[0] = DateADTGetDatum(finding.date);
        values[1] = Int32GetDatum(static_cast<std::int32_t>(finding.occurrence));
        put_number(values[2], nulls[2], finding.observed);
        put_number(values[3], nulls[3], finding.expected);
        put_number(values[4], nulls[4], finding.lower);
        put_number(values[5], nulls[5], finding.upper);
        values[6] = Int16GetDatum(finding.direction);
        put_number(values[7], nulls[7], 0.0 + -finding.ln_p / std::numbers::ln10);
        put_number(values[8], nulls[8], std::exp(finding.ln_p));
        values[9] = make_text(breaks::name(finding.pattern));
        values[10] = Int32GetDatum(static_cast<std::int32_t>(finding.history_n));
        values[11] = make_text(breaks::reason(finding, {}));
        answer.add(values, nulls);
    }
    return 0;
}

} // namespace
} // namespace recon::functions

RECON_FUNCTION(recon_score_series, recon::functions::score_series);
