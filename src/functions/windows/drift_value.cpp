#include "functions/windows/drift_value.hpp"

#include "postgres/datums.hpp"
#include "postgres/row_value.hpp"

namespace recon::functions {

Datum make_drift(FunctionCallInfo fcinfo, const series::Cusum& sums, int direction,
                 bool is_judged) {
    Datum values[5] = {Float8GetDatum(sums.high()), Float8GetDatum(sums.low()),
                       Int64GetDatum(sums.high_run()), Int64GetDatum(sums.low_run()),
                       Int16GetDatum(static_cast<std::int16_t>(direction))};
    bool nulls[5] = {false, false, false, false, !is_judged};
    return postgres::make_row(fcinfo, values, nulls);
}

} // namespace recon::functions
