// Values of the SQL type recon_drift.
#pragma once

#include "core/series/cusum.hpp"
#include "postgres/server.hpp"

namespace recon::functions {

// The direction is NULL where the row was not judged.
[[nodiscard]] Datum make_drift(FunctionCallInfo fcinfo, const series::Cusum& sums, int direction,
                               bool is_judged);

} // namespace recon::functions
