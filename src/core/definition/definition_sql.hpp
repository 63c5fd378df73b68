// A suggested definition as SQL that a person can read, change and run.
#pragma once

#include <string>
#include <string_view>

#include "core/base/firewall.hpp"
#include "core/definition/column_roles.hpp"

namespace recon::definition {

// SELECT recon_create('cash', source => 'cash_rows', key_columns => ARRAY['account'], …);
// What is not known is left out.
[[nodiscard]] std::string create_call(const SuggestedDefinition& definition, std::string_view name,
                                      std::string_view source);

} // namespace recon::definition
