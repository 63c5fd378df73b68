// The rows of a set-returning function, collected and handed over at its end.
#pragma once

#include "postgres/guard.hpp"

namespace recon::postgres {

class ResultSet {
  public:
    // Prepares the result of this call in the shape the query expects; rows beyond work_mem spill.
    explicit ResultSet(FunctionCallInfo fcinfo);

    [[nodiscard]] TupleDesc shape() const noexcept { return shape_; }

    // `values` and `nulls` hold one entry per column; what they point to is copied.
    void add(const Datum* values, const bool* nulls);

  private:
    Tuplestorestate* store_;
    TupleDesc shape_;
};

} // namespace recon::postgres
