// recon_fisher_exact: is a table of two by two what chance makes of its margins?
#include "core/statistics/fisher_exact.hpp"
#include "core/base/error.hpp"
#include "postgres/boundary.hpp"
#include "postgres/datums.hpp"
#include "postgres/row_value.hpp"

namespace recon::functions {
namespace {

using namespace recon::postgres;

std::uint64_t count_of(const Arguments& arguments, int at) {
    const auto count = arguments.int8(at);
    if (count < 0) {
        throw Error(ErrorKind::invalid_parameter, "a count of a table is negative",
                    "Count " + std::to_string(at + 1) + " is " + std::to_string(count) + ".",
                    "Give the four counts of the table, line by line.");
    }
    return static_cast<std::uint64_t>(count);
}

// STRICT: recon_fisher_exact(a, b, c, d).
Datum fisher_exact(FunctionCallInfo fcinfo) {
    const Arguments arguments(fcinfo);
    const auto test = evidence::fisher_exact(count_of(arguments, 0), count_of(arguments, 1),
                                             count_of(arguments, 2), count_of(arguments, 3));
    Datum values[] = {Float8GetDatum(std::exp(test.ln_p_low)),
                      Float8GetDatum(std::exp(test.ln_p_high)),
                      Float8GetDatum(std::exp(test.ln_p_both))};
    bool nulls[] = {false, false, false};
    return make_row(fcinfo, values, nulls);
}

} // namespace
} // namespace recon::functions

RECON_FUNCTION(recon_fisher_exact, recon::functions::fisher_exact);
