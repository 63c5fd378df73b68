// Many rows into one table, the way COPY writes them: a block of rows at a time, then their index
// entries. INSERT ... SELECT from a tuplestore writes and reads each row once more and logs each by
// itself.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "postgres/server.hpp"

extern "C" {
#include "access/heapam.h"
#include "access/tupdesc.h"
#include "executor/tuptable.h"
#include "nodes/execnodes.h"
}

namespace recon::postgres {

class BulkInsert {
  public:
    // `table` is a plain table or a partition; `shape` names the columns that rows have, in their
    // order. The current role must own the table: rights, row-level security and CHECK constraints
    // are not looked at. Columns beyond the shape get their defaults; row triggers fire. Memory is
    // taken from the current context.
    BulkInsert(Oid table, TupleDesc shape);
    BulkInsert(const BulkInsert&) = delete;
    BulkInsert& operator=(const BulkInsert&) = delete;

    [[nodiscard]] Oid table() const noexcept { return table_; }

    // Copies what the row points to. A row that violates a constraint of the table is an error:
    // 23514 for a CHECK and for the bounds of a partition, 23502 for NOT NULL.
    void add(const Datum* values, const bool* nulls);

    // Writes what is left and closes the table; until then rows may be missing from it.
    void finish();

  private:
    static constexpr std::size_t block_rows = 500;

    // Default values of the columns beyond the shape. Plain data, in the context.
    struct Defaults {
        ExprState** expressions = nullptr;
        int* positions = nullptr;
        int count = 0;
    };
    static Defaults find_defaults(Relation relation, const int* given, int columns);

    void flush();

    Oid table_;
    MemoryContext context_;
    Relation relation_ = nullptr;
    EState* state_ = nullptr;
    ResultRelInfo* target_ = nullptr;
    BulkInsertStateData* bulk_ = nullptr;
    std::vector<int> position_; // in the table, of each column of the shape
    Defaults defaults_;
    std::array<TupleTableSlot*, block_rows> slots_{};
    std::size_t rows_ = 0;
    std::size_t bytes_ = 0;
};

} // namespace recon::postgres
