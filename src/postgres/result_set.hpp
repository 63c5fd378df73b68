// The rows of a set-returning function, collected and handed over at its end.
#pragma once

#include "postgres/guard.hpp"

namespace recon::postgres {

class ResultSet {
  public:
    // Prepares the result of this call in the shape the query expects; rows beyond work_mem spill.
    explicit ResultSet(FunctionCallInfo fcinfo);

    // `values` and `nulls` hold one entry per column; what they point to is copied.
    void add(Datum* values, bool* nulls);

  private:
    Tuplestorestate* store_;
    TupleDesc shape_;
};

} // namespace recon::postgres
