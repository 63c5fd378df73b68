// Which of the dates is the one a row is about, chosen together with the key: the right date
// changes within a key and, with the key, tells the rows apart; a trade date does neither.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/base/firewall.hpp"
#include "core/definition/column_profile.hpp"
#include "core/definition/key_columns.hpp"

namespace recon::definition {

struct DateChoice {
    std::optional<std::size_t> column;
    double confidence = 0;
    std::string reason;
    KeyChoice key; // the key that goes with it, or without any date
};

// `dates` are the columns that may be the date, `key_candidates` those that may be in the key.
[[nodiscard]] DateChoice choose_date(const std::vector<ColumnProfile>& columns,
                                     const std::vector<std::size_t>& dates,
                                     const std::vector<std::size_t>& key_candidates,
                                     const SampleOrigin& origin = {});

// A date by its values, or, where it has none, by its type or name.
[[nodiscard]] bool may_be_date(const ColumnProfile& column);

} // namespace recon::definition
