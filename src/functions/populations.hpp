// What is usual, for every key of a run: over its pool of peers where that is large enough to tell,
// over all keys otherwise.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "core/thread_team.hpp"
#include "functions/key_spool.hpp"
#include "functions/run_plan.hpp"

namespace recon::functions {

// The dates judged: from .. to as asked for, and the first and last of them that have rows.
struct Window {
    std::int32_t from;
    std::int32_t to;
    std::int32_t first;
    std::int32_t last;
};

// When a key began, and how many rows it has.
struct KeyExtent {
    std::int32_t first_date = std::numeric_limits<std::int32_t>::max();
    std::size_t rows = 0; // without those that are never history
};

class Populations {
  public:
    // Learned from what precedes the window, or from all rows where `nothing_precedes`. `extents`
    // has an entry for every key of the spool.
    [[nodiscard]] static Populations learn(KeySpool& spool, const RunPlan& plan,
                                           const Window& window,
                                           const std::vector<KeyExtent>& extents,
                                           bool nothing_precedes, ThreadTeam& team);

    // Of the key at this position of the spool.
    [[nodiscard]] const breaks::Population& of(std::size_t at) const {
        return fits_[fit_of_key_[at]];
    }

  private:
    std::vector<breaks::Population> fits_; // the first one is of all keys
    std::vector<std::uint32_t> fit_of_key_;
};

} // namespace recon::functions
