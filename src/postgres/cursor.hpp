// The rows of one query, some at a time: for more rows than memory should hold.
#pragma once

#include <string>

#include "postgres/query.hpp"

namespace recon::postgres {

class Cursor {
  public:
    // Within the connection, whose end closes it. Refuses what is no query, and what would write.
    Cursor(Query& connection, const std::string& query);

    // The next rows, in place of the last ones; their number, 0 at the end.
    std::uint64_t fetch(long most);

    [[nodiscard]] TupleDesc shape() const noexcept { return shape_; }
    // Columns of one of the rows, one entry for each column of shape().
    void read(std::uint64_t row, Datum* values, bool* nulls) const;

  private:
    Portal portal_;
    TupleDesc shape_;
    SPITupleTable* rows_ = nullptr;
};

} // namespace recon::postgres
