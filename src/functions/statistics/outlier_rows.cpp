// recon_grubbs and recon_generalized_esd: tests for outliers in the numbers of an array.
#include "core/base/error.hpp"
#include "core/series/outlier_tests.hpp"
#include "postgres/boundary.hpp"
#include "postgres/datums.hpp"
#include "postgres/result_set.hpp"
#include "postgres/row_value.hpp"

namespace recon::functions {
namespace {

using namespace recon::postgres;

// The columns of both functions.
struct OutlierRow {
    Datum values[6] = {};
    bool nulls[6] = {true, true, true, true, true, true};

    OutlierRow() = default; // of too few numbers: all of it NULL
    OutlierRow(const series::OutlierTest& test, double value, bool is_outlier) {
        values[0] = Int32GetDatum(static_cast<std::int32_t>(test.index) + 1);
        nulls[0] = false;
        put_number(values[1], nulls[1], value);
        put_number(values[2], nulls[2], test.statistic);
        put_number(values[3], nulls[3], test.critical);
        put_number(values[4], nulls[4], std::exp(test.ln_p));
        values[5] = BoolGetDatum(is_outlier);
        nulls[5] = false;
    }
};

series::Side side_of(const std::string& name) {
    if (name == "low") return series::Side::low;
    if (name == "high") return series::Side::high;
    if (name == "both") return series::Side::both;
    throw Error(ErrorKind::invalid_parameter, "side \"" + name + "\" does not exist", {},
                "Use one of low, high, both.");
}

// STRICT: recon_grubbs(x, alpha, side).
Datum grubbs(FunctionCallInfo fcinfo) {
    const Arguments arguments(fcinfo);
    const auto side = side_of(arguments.text(2));
    const auto x = float8_array(arguments.datum(0));
    const auto test = series::grubbs_test(x, arguments.float8(1), side);
    auto row = std::isnan(test.statistic) ? OutlierRow()
                                          : OutlierRow(test, x[test.index], test.significant());
    return make_row(fcinfo, row.values, row.nulls);
}

// STRICT: recon_generalized_esd(x, most, alpha).
Datum generalized_esd(FunctionCallInfo fcinfo) {
    const Arguments arguments(fcinfo);
    ResultSet answer(fcinfo);
    const auto most = arguments.int4(1);
    if (most < 1) {
        throw Error(ErrorKind::invalid_parameter, "number of outliers out of range",
                    "The most that are looked for is " + std::to_string(most) +
                        "; it must be at least 1.");
    }
    const auto x = float8_array(arguments.datum(0));
    const auto found =
        series::generalized_esd(x, static_cast<std::size_t>(most), arguments.float8(2));
    for (std::size_t i = 0; i < found.tests.size(); ++i) {
        const auto& test = found.tests[i];
        OutlierRow row(test, x[test.index], i < found.outliers);
        answer.add(row.values, row.nulls);
    }
    return 0;
}

} // namespace
} // namespace recon::functions

RECON_FUNCTION(recon_grubbs_test, recon::functions::grubbs);
RECON_FUNCTION(recon_generalized_esd, recon::functions::generalized_esd);
