// The rows of one query, some at a time: for more rows than memory should hold.
#pragma once

#include <functional>
#include <string>

#include "postgres/query.hpp"

namespace recon::postgres {

class Cursor {
  public:
    // What is done with a row: its columns, one entry for each of shape(). What they point to lives
    // as long as the call.
    using Take = std::function<void(const Datum* values, const bool* nulls)>;

    // Within the connection, whose end closes it. Refuses what is no query, and what would write.
    Cursor(Query& connection, const std::string& query);

    // Hands over the next rows as the query makes them, without a copy, in the memory context that
    // is current; their number, 0 at the end. An error of take() ends the fetch.
    std::uint64_t fetch(long most, const Take& take);

    [[nodiscard]] TupleDesc shape() const noexcept { return shape_; }
    // Where a column stands in what take() gets; one that the query does not give is an error
    // (XX000).
    [[nodiscard]] std::size_t column(const char* name) const;

  private:
    Portal portal_;
    TupleDesc shape_;
};

} // namespace recon::postgres
