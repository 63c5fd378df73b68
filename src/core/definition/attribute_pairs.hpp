// Pairs of columns that are no measures: two CUSIPs, two dates, two names of one thing.
#pragma once

#include <vector>

#include "core/base/firewall.hpp"
#include "core/definition/column_pairs.hpp"
#include "core/definition/column_profile.hpp"

namespace recon::definition {

// Adds to `found.attributes`. The sides of the measures that were found are the best evidence for
// the sides of attributes; else known sides, and names that go together with equal values.
void find_attribute_pairs(const std::vector<ColumnProfile>& columns, const std::vector<bool>& taken,
                          PairSearch& found);

} // namespace recon::definition
