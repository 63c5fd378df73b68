// The methods there are. A new one is a line in methods.cpp.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "core/models/fit_options.hpp"
#include "core/models/model.hpp"

namespace recon::models {

using Fitter = std::function<std::unique_ptr<const Model>(const Sample&)>;

struct Method {
    std::string_view name;
    std::uint32_t usual_rows; // of the sample, unless max_rows says otherwise
    // Reads the method's own options and gives what fits with them.
    Fitter (*prepare)(FitOptions& options);
    // Reads what the model's serialize_method wrote.
    std::unique_ptr<const Model> (*read)(ByteReader& reader, FitSummary fit);
};

// Null where no method has the name.
[[nodiscard]] const Method* find_method(std::string_view name) noexcept;

} // namespace recon::models
