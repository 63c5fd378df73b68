// A suggested definition as SQL that a person can read, change and run.
#pragma once

#include <string>
#include <string_view>

#include "core/definition/column_roles.hpp"
#include "core/firewall.hpp"

namespace recon::definition {

// SELECT recon_create('cash', source => 'cash_rows', key_columns => ARRAY['account'], …);
// What is not known is left out.
[[nodiscard]] std::string create_call(const SuggestedDefinition& definition, std::string_view name,
                                      std::string_view source);

// CREATE VIEW "name" AS SELECT … FROM source; with every column in its real type. Empty where the
// types are right already. `source` is SQL, quoted where it must be.
[[nodiscard]] std::string typed_view(const SuggestedDefinition& definition, std::string_view name,
                                     std::string_view source);

} // namespace recon::definition
