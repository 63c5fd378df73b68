// The value of a function that returns one row of a composite type.
#pragma once

#include "postgres/guard.hpp"

namespace recon::postgres {

// The columns of the declared result type, looked up once for a query. Plain data.
struct RowShape {
    TupleDesc columns;
    // A row in which nothing is NULL, where every column has a fixed size and fits into a Datum;
    // null where some have not. Rows like it are copied and filled in, at a fifth of the cost of
    // forming one.
    HeapTuple model;
    std::size_t* places; // of the columns in the model, in bytes
};

// In the memory of fcinfo's function.
[[nodiscard]] const RowShape* shape_of_row(FunctionCallInfo fcinfo);

// `values` and `nulls` hold one entry for each column; what they point to is copied.
[[nodiscard]] Datum make_row(const RowShape& shape, Datum* values, bool* nulls);

// The same where fn_extra is not the caller's: the shape is kept there.
[[nodiscard]] Datum make_row(FunctionCallInfo fcinfo, Datum* values, bool* nulls);

} // namespace recon::postgres
