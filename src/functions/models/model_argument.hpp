// A recon_model that comes with every row of a query: detoasted and read once.
#pragma once

#include <span>

#include "core/models/model.hpp"
#include "postgres/guard.hpp"

namespace recon::functions {

struct ModelUse {
    const models::Model* model;
    std::span<const double> features;
};

// The model that is argument 0 of the call, and the features that are argument 1. Both live until
// the next call through the same fcinfo->flinfo.
[[nodiscard]] ModelUse model_use(FunctionCallInfo fcinfo);

} // namespace recon::functions
