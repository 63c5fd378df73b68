// What the source of a run holds; a run that continues stored baselines has not read all of it.
#pragma once

#include <cstdint>

#include "core/detection/history/rows_digest.hpp"
#include "core/detection/history/rows_sketch.hpp"
#include "run/source/dates_read.hpp"

namespace recon::run {

struct SourceCounts {
    std::uint64_t rows = 0;
    std::uint64_t rows_without_date = 0;
    std::uint64_t rows_unreadable = 0; // an amount is kept as text that is no number
    FutureRows future;
    std::uint64_t keys = 0;    // with dated rows
    breaks::RowsDigest digest; // of the dated rows
    breaks::RowsSketch sketch; // of the same rows
};

} // namespace recon::run
