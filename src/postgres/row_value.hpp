// The value of a function that returns one row of a composite type.
#pragma once

#include "postgres/guard.hpp"

namespace recon::postgres {

// `values` and `nulls` hold one entry for each column of the declared result type; what they point
// to is copied. The shape of the row is looked up once per query and kept in fn_extra, which is
// therefore not the caller's.
[[nodiscard]] Datum make_row(FunctionCallInfo fcinfo, Datum* values, bool* nulls);

// The same where fn_extra is the caller's, who keeps the shape for the query.
[[nodiscard]] TupleDesc shape_of_row(FunctionCallInfo fcinfo);
[[nodiscard]] Datum make_row(TupleDesc shape, Datum* values, bool* nulls);

} // namespace recon::postgres
