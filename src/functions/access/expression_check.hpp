// Stored SQL is code that one person writes and another's job runs: what may be stored.
#pragma once

#include "postgres/server.hpp"

extern "C" {
#include "utils/array.h"
}

namespace recon::functions {

enum class Refusal {
    none,
    not_one_expression,
    not_boolean,
    subquery,
    volatile_function,
    not_a_column,
};

struct Checked {
    Refusal refusal = Refusal::none;
    const char* qualified = nullptr; // in the current memory context
    bool immutable = false;          // the same for the same row, whenever and wherever it is asked
    ArrayType* columns = nullptr;    // text[], names of the columns it names, in their order
};

// Columns that are kept as text and stand for numbers: name, decimal sign, name, decimal sign ...
struct TextAmounts {
    const char** texts;
    int count;
};

// Server calls and plain data only: runs inside guarded(). Aggregates, window functions and
// set-returning functions are refused by the parser itself, because the expression is analyzed as
// one of a WHERE clause.
[[nodiscard]] Checked check_expression(const char* expression, Oid relation_oid,
                                       TextAmounts* amounts);

} // namespace recon::functions
