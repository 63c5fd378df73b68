// How a row of the source goes into the rows of its key: the state and the transition of the
// aggregate recon.key_series.
#pragma once

#include "postgres/datums.hpp"
#include "postgres/series_columns.hpp"
#include "run/source/row_block.hpp"

namespace recon::run {

// Null where the argument is NULL: nothing has been seen yet.
[[nodiscard]] RowBlock* state_of(const postgres::Arguments& arguments, int at);

// A row without a date, or with an infinite one, has no place in a history.
[[nodiscard]] bool has_date(const postgres::Arguments& arguments);

// Arguments: state, at, is_break, is_target, what was found, measures, then the measures and what
// tells duplicates of one date apart. Rows without a date are left out, and counted.
[[nodiscard]] Datum add_row(FunctionCallInfo fcinfo);

} // namespace recon::run
