// The arguments of fit aggregates as the core takes them.
#pragma once

#include <string_view>

#include "core/models/fit_options.hpp"
#include "postgres/guard.hpp"

namespace recon::functions {

// How messages call the object, and what one looks like.
struct OptionsWording {
    std::string_view what = "options";
    std::string_view example = R"({"trees": 200, "seed": 1})";
};

// The members of a JSON object of scalars; a null member counts as not given. Throws
// invalid_parameter for anything else.
[[nodiscard]] models::FitOptions read_fit_options(Datum jsonb, const OptionsWording& wording = {});

} // namespace recon::functions
