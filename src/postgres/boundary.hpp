// The one boundary between SQL and C++: every SQL-callable function is a plain C++ function
// `Datum f(FunctionCallInfo)` behind RECON_FUNCTION, which catches whatever it throws.
//
// An exception that escaped into the server would abort the backend and restart the cluster; an
// ereport inside a catch handler would leave the runtime's caught-exception stack dirty. So the
// handler copies the message to plain data, the handler is left, and only then is the error raised.
#pragma once

#include "core/base/error.hpp"
#include "postgres/server.hpp"

namespace recon::postgres {

using Entry = Datum (*)(FunctionCallInfo);

// The SQLSTATE of an error of the core.
[[nodiscard]] int sqlstate_of(ErrorKind kind) noexcept;

// Calls `entry` and turns every C++ exception into an error of the server:
//   recon::Error       22023, 22P03, 42704, 54000, 55000, 55P03 or XX000 by its kind, with detail
//                      and hint
//   ServerError        the server's own error, given back unchanged
//   std::bad_alloc     53200 out_of_memory
//   std::length_error  54000 program_limit_exceeded
//   anything else      XX000 internal_error
Datum call_entry(Entry entry, FunctionCallInfo fcinfo);

} // namespace recon::postgres

// Declares the C symbol `name` for SQL and sends its calls to `entry`. A macro because the server's
// own PG_FUNCTION_INFO_V1 is one: symbol names cannot be made by a template.
#define RECON_FUNCTION(name, entry)                                                                \
    extern "C" {                                                                                   \
    PG_FUNCTION_INFO_V1(name);                                                                     \
    PGDLLEXPORT Datum name(PG_FUNCTION_ARGS);                                                      \
    Datum name(PG_FUNCTION_ARGS) {                                                                 \
        return recon::postgres::call_entry(entry, fcinfo);                                         \
    }                                                                                              \
    }                                                                                              \
    static_assert(true)
