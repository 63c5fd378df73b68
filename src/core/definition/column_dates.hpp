// The dates of columns: their form, and the order of day and month by evidence.
#pragma once

#include <vector>

#include "core/base/firewall.hpp"
#include "core/definition/column_profile.hpp"

namespace recon::definition {

// Fills what a profile says of dates from its codes and texts. The order stays undecided where the
// column itself does not prove it.
void read_dates(ColumnProfile& profile);

// Decides the orders that are left, by the other columns of the relation (see profile_columns).
void settle_date_orders(std::vector<ColumnProfile>& profiles);

} // namespace recon::definition
