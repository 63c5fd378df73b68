// What the extension itself knows: asked as its owner, who alone may read and write its tables.
#pragma once

#include <span>
#include <string>

#include "postgres/json_value.hpp"
#include "postgres/query.hpp"

namespace recon::exchange {

// The statement gives one jsonb, called answer.
[[nodiscard]] postgres::JsonValue ask_as_owner(const std::string& statement,
                                               std::span<const postgres::Parameter> parameters,
                                               const char* what);

} // namespace recon::exchange
