// recon.difference(a, b) and recon.share(share, amount): the arithmetic of measures and tolerances.
// The server's operators end the statement where a result is out of range; here the result is
// infinite, or zero where it is too small, and the row is flagged: one row does not end a run.
#include <cmath>
#include <limits>

#include "postgres/boundary.hpp"
#include "postgres/datums.hpp"

extern "C" {
#include "utils/numeric.h"
}

namespace recon::functions {
namespace {

using namespace recon::postgres;

Datum difference_of_floats(FunctionCallInfo fcinfo) {
    const Arguments arguments(fcinfo);
    return Float8GetDatum(arguments.float8(0) - arguments.float8(1));
}

// Plain data and server calls only.
Datum infinity(bool is_negative) {
    return DirectFunctionCall3(numeric_in, CStringGetDatum(is_negative ? "-Infinity" : "Infinity"),
                               ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
}

Datum difference_of_numerics(FunctionCallInfo fcinfo) {
    return guarded([=] {
        bool is_out_of_range = false;
        Numeric const a = DatumGetNumeric(fcinfo->args[0].value);
        Numeric const b = DatumGetNumeric(fcinfo->args[1].value);
        Numeric const difference = numeric_sub_opt_error(a, b, &is_out_of_range);
        if (!is_out_of_range) return NumericGetDatum(difference);
        return infinity(
            DatumGetBool(DirectFunctionCall2(numeric_lt, NumericGetDatum(a), NumericGetDatum(b))));
    });
}

Numeric share_of(Numeric share, Numeric amount) {
    bool is_out_of_range = false;
    Numeric const part = numeric_mul_opt_error(share, amount, &is_out_of_range);
    return is_out_of_range ? DatumGetNumeric(infinity(false)) : part;
}

// NULL for an amount that is not finite: every difference would be within a share of it.
Datum share_of_numeric(FunctionCallInfo fcinfo) {
    return guarded([=] {
        Numeric const amount = DatumGetNumeric(fcinfo->args[1].value);
        fcinfo->isnull = numeric_is_nan(amount) || numeric_is_inf(amount);
        if (fcinfo->isnull) return Datum{0};
        return NumericGetDatum(share_of(DatumGetNumeric(fcinfo->args[0].value), amount));
    });
}

// A decimal product, so that a share of a whole amount is what one computes by hand.
Datum share_of_float(FunctionCallInfo fcinfo) {
    return guarded([=] {
        const double amount = DatumGetFloat8(fcinfo->args[1].value);
        fcinfo->isnull = !std::isfinite(amount);
        if (fcinfo->isnull) return Datum{0};
        const Datum decimal = DirectFunctionCall1(float8_numeric, Float8GetDatum(amount));
        Numeric const part =
            share_of(DatumGetNumeric(fcinfo->args[0].value), DatumGetNumeric(decimal));
        return DirectFunctionCall1(numeric_float8_no_overflow, NumericGetDatum(part));
    });
}

} // namespace
} // namespace recon::functions

RECON_FUNCTION(recon_difference_of_floats, recon::functions::difference_of_floats);
RECON_FUNCTION(recon_difference_of_numerics, recon::functions::difference_of_numerics);
RECON_FUNCTION(recon_share_of_float, recon::functions::share_of_float);
RECON_FUNCTION(recon_share_of_numeric, recon::functions::share_of_numeric);
