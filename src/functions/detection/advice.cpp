// What follows from a verdict, for verdicts that are drawn again from stored scores.
#include "core/detection/verdict/advice.hpp"

#include <numbers>

#include "postgres/boundary.hpp"
#include "postgres/datums.hpp"

namespace recon::functions {
namespace {

using namespace recon::postgres;

// recon.is_quiet(pattern)
Datum is_quiet(FunctionCallInfo fcinfo) {
    const auto pattern = breaks::pattern_named(Arguments(fcinfo).text(0));
    return BoolGetDatum(pattern && breaks::is_quiet(*pattern));
}

// recon.severity(score, observed, is_anomaly, large_amount)
Datum severity(FunctionCallInfo fcinfo) {
    const Arguments arguments(fcinfo);
    const double score = arguments.is_null(0) ? 0 : arguments.float8(0);
    const double observed = arguments.is_null(1) ? 0 : arguments.float8(1);
    const double large = arguments.is_null(3) ? HUGE_VAL : arguments.float8(3);
    return make_text(
        breaks::name(breaks::severity_of(-score * std::numbers::ln10, observed,
                                         !arguments.is_null(2) && arguments.boolean(2), large)));
}

// recon.recommended_action(pattern, category, is_anomaly)
Datum recommended_action(FunctionCallInfo fcinfo) {
    const Arguments arguments(fcinfo);
    const auto pattern = breaks::pattern_named(arguments.text(0)).value_or(breaks::Pattern::none);
    const auto category =
        breaks::category_named(arguments.text(1)).value_or(breaks::Category::amount_mismatch);
    return make_text(breaks::recommended_action(pattern, category, arguments.boolean(2)));
}

} // namespace
} // namespace recon::functions

RECON_FUNCTION(recon_is_quiet, recon::functions::is_quiet);
RECON_FUNCTION(recon_severity, recon::functions::severity);
RECON_FUNCTION(recon_recommended_action, recon::functions::recommended_action);
