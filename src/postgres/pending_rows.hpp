// Rows on their way into a table of schema recon: collected one by one, on disk beyond work_mem,
// and written by a statement that sees them as a relation.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "postgres/guard.hpp"

namespace recon::postgres {

class PendingRows {
  public:
    // With these columns of the table, wherever they stand in it; one that it does not have is an
    // error (55000). Memory is taken from the current context.
    PendingRows(const char* table, std::span<const char* const> columns);
    // Of another shape, which must last as long.
    explicit PendingRows(TupleDesc shape);

    [[nodiscard]] TupleDesc shape() const noexcept { return shape_; }
    [[nodiscard]] std::uint64_t count() const noexcept { return count_; }

    // `values` and `nulls` hold one entry per column; what they point to is copied.
    void add(const Datum* values, const bool* nulls);
    void clear();

    // Makes the rows visible to the statements of the current Query under this name.
    void show_as(const char* name) const;

    // The names of the columns in a list, each behind this prefix: "a, b", "c.a, c.b".
    [[nodiscard]] std::string column_list(const std::string& prefix = {}) const;
    // INSERT INTO recon.table (columns) SELECT columns FROM shown. Other columns of the table get
    // their defaults.
    [[nodiscard]] std::string insert_into(const char* table, const std::string& shown) const;

    // Gives the memory back; on an error the transaction does.
    void end();

  private:
    TupleDesc shape_;
    Tuplestorestate* rows_;
    std::uint64_t count_ = 0;
};

} // namespace recon::postgres
