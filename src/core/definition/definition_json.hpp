// A suggested definition as JSON, for SQL.
#pragma once

#include <string>

#include "core/base/firewall.hpp"
#include "core/definition/column_roles.hpp"

namespace recon::definition {

// One object: rows, columns [{name, role, partner, confidence, reason}], key_columns, key_reason …,
// named as the members of SuggestedDefinition; what is not known is null. Bytes of the texts are
// passed on as they are, control characters excepted.
[[nodiscard]] std::string definition_json(const SuggestedDefinition& definition);

} // namespace recon::definition
