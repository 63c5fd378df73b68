// The rows of a key as they are remembered of a reading: one digest of all, and a sketch by which
// later readings tell the rows that have changed.
#pragma once

#include <cstdint>
#include <limits>

#include "core/detection/history/rows_digest.hpp"
#include "core/detection/history/rows_sketch.hpp"
#include "core/detection/history/series_value.hpp"

namespace recon::run {

// Of the rows dated up to `through`; they must be sorted. The sketch is added to.
[[nodiscard]] breaks::RowsDigest
digest_of(const breaks::SeriesValue& value, std::uint64_t key_mark, breaks::RowsSketch& sketch,
          std::int32_t through = std::numeric_limits<std::int32_t>::max());

} // namespace recon::run
