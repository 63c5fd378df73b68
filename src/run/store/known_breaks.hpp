// Which breaks of a run are known already: they keep their number, and what has not changed is not
// written again.
#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "run/result/detection.hpp"

namespace recon::run {

enum class ChangeKind : std::uint8_t { fresh, unchanged, changed };

struct KnownBreaks {
    // Of each break of the detection, in its order.
    std::vector<std::int64_t> ids;
    std::vector<ChangeKind> kinds;
    // Breaks that are stored as open, and were not found any more.
    std::vector<std::int64_t> missing;
    std::set<std::int32_t> missing_dates;
};

// Those of the window, and of late rows. Must be called as the extension's owner.
[[nodiscard]] KnownBreaks match_known_breaks(const RunPlan& plan, const KeySpool& spool,
                                             const Detection& detection);

} // namespace recon::run
