// Columns of the statements that recon.grouped_scan makes.
#pragma once

namespace recon::run {

enum ScanColumn {
    key_column = 1,
    pool_column,
    currency_column,
    series_column,
    rows_column,
    undated_column,
    unreadable_column,
    mark_column,
    missing_column, // of recon.row_statement alone
};

} // namespace recon::run
