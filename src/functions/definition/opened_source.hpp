// A relation that is looked at: its name, its columns, and whether its rows have a place.
#pragma once

#include "postgres/server.hpp"

namespace recon::functions {

struct SourceColumn {
    NameData name;
    Oid type;
};

struct Source {
    const char* qualified; // schema.name, quoted; in the current memory context
    const char* name;
    const SourceColumn* columns;
    int count;
    char kind;
    bool has_blocks; // its rows lie in blocks of its own that can be named: a plain heap
};

// Server calls and plain data only: runs inside guarded(). Columns that the caller may not read are
// passed over, as if they were not there.
[[nodiscard]] Source open_source(Oid oid);

} // namespace recon::functions
