// Rows on their way into a table of schema recon: collected one by one, on disk beyond work_mem,
// and written by a statement that sees them as a relation.
#pragma once

#include <cstdint>

#include "postgres/guard.hpp"

namespace recon::postgres {

class PendingRows {
  public:
    // Of the shape of this table, without columns that updates of the extension have dropped.
    // Memory is taken from the current context.
    explicit PendingRows(const char* table);
    // Of another shape, which must last as long.
    explicit PendingRows(TupleDesc shape);

    [[nodiscard]] TupleDesc shape() const noexcept { return shape_; }
    [[nodiscard]] int columns() const noexcept { return shape_->natts; }
    [[nodiscard]] std::uint64_t count() const noexcept { return count_; }

    // `values` and `nulls` hold one entry per column; what they point to is copied.
    void add(Datum* values, bool* nulls);
    void clear();

    // Makes the rows visible to the statements of the current Query under this name.
    void show_as(const char* name) const;

    // Gives the memory back; on an error the transaction does.
    void end();

  private:
    TupleDesc shape_;
    Tuplestorestate* rows_;
    std::uint64_t count_ = 0;
};

} // namespace recon::postgres
