// The arguments of fit aggregates as the core takes them.
#pragma once

#include "core/models/fit_options.hpp"
#include "postgres/guard.hpp"

namespace recon::functions {

// The members of a JSON object of scalars; a null member counts as not given. Throws
// invalid_parameter for anything else.
[[nodiscard]] models::FitOptions read_fit_options(Datum jsonb);

} // namespace recon::functions
