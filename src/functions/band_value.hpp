// Values of the SQL type recon_band.
#pragma once

#include "core/series/band.hpp"
#include "postgres/server.hpp"

namespace recon::functions {

// What is not known is NULL: of a row that is not judged, z and direction.
[[nodiscard]] Datum make_band(FunctionCallInfo fcinfo, const series::Band& band);

// How many deviations wide a band is to each side. Raises invalid_parameter unless it is a positive
// number.
[[nodiscard]] double checked_band_width(double width);

} // namespace recon::functions
