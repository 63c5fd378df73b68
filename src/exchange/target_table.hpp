// The table that the rows of a file go to: made as the caller where there is none of that name.
#pragma once

#include <string>

#include "formats/table/profile.hpp"
#include "postgres/query.hpp"

namespace recon::exchange {

struct TargetTable {
    Oid id = InvalidOid;
    std::string name; // schema and name, quoted
    bool is_new = false;
};

// Refuses a table that the caller does not own (42501), one of another kind (42809), and one that
// lacks a column of the file or has another type for it (55000, with the differences).
[[nodiscard]] TargetTable open_target(postgres::Query& query, const std::string& name,
                                      const formats::FileProfile& profile);

// The SQL type of a column.
[[nodiscard]] const char* sql_type(const formats::ColumnProfile& column);

} // namespace recon::exchange
