// Values of the SQL type recon_band.
#pragma once

#include "core/series/band.hpp"
#include "postgres/server.hpp"

namespace recon::functions {

// What is not known is NULL: of a row that is not judged, z and direction.
[[nodiscard]] Datum make_band(FunctionCallInfo fcinfo, const series::Band& band);

// The columns of the type, as part of a wider row.
inline constexpr int band_columns = 5;
void put_band(Datum* values, bool* nulls, const series::Band& band) noexcept;

// How many deviations wide a band is to each side. Raises invalid_parameter unless it is a positive
// number.
[[nodiscard]] double checked_band_width(double width);

} // namespace recon::functions
