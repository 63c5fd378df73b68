// A statement that is planned once for the session.
#pragma once

#include <span>
#include <string>

#include "postgres/guard.hpp"

namespace recon::postgres {

class Prepared {
  public:
    // Plans for any values of the parameters, as the current role; there must be a Query. The plan
    // outlives it, and the server makes it again where a table that it reads has changed.
    Prepared(const std::string& statement, std::span<const Oid> types);

    [[nodiscard]] SPIPlanPtr plan() const noexcept { return plan_; }

    // Gives the plan back.
    void release();

  private:
    SPIPlanPtr plan_ = nullptr;
};

} // namespace recon::postgres
