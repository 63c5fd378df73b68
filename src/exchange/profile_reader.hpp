// Options and pinned profiles, as SQL hands them over.
#pragma once

#include <string>

#include "formats/csv/sniff.hpp"
#include "postgres/json_value.hpp"

namespace recon::exchange {

// Refuses (22023) options that do not exist and values that they cannot have.
[[nodiscard]] formats::SniffOptions read_options(const postgres::JsonValue& options);

[[nodiscard]] formats::FileProfile read_profile(const postgres::JsonValue& profile);

// What sniffing is not to guess, for a file that a profile is pinned for.
[[nodiscard]] formats::SniffOptions options_of(const formats::FileProfile& profile);

// In what a file differs from its profile: one sentence each; empty where it does not.
[[nodiscard]] std::vector<std::string> drift(const formats::FileProfile& pinned,
                                             const formats::FileProfile& found);

} // namespace recon::exchange
