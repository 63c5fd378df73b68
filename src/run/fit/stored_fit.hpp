// What a run leaves for the next one besides the states of the keys: of which rows they are made,
// and the populations.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/detection/history/rows_digest.hpp"
#include "core/detection/history/rows_sketch.hpp"
#include "core/detection/verdict/large_amounts.hpp"
#include "core/evidence/false_discovery.hpp"
#include "run/fit/partner_fit.hpp"
#include "run/fit/populations.hpp"

namespace recon::run {

struct StoredFit {
    std::int64_t run_id = 0;       // that wrote the states last; not part of the bytes
    std::int32_t through = 0;      // the states know every row dated up to it
    std::uint64_t rows = 0;        // so many
    std::uint64_t keys = 0;        // of so many keys
    breaks::RowsDigest digest;     // of these rows
    breaks::RowsSketch sketch;     // likewise
    std::uint64_t fitted_rows = 0; // rows_to_fit() of the rows that `populations` serve
    std::vector<std::pair<std::int32_t, std::uint32_t>> recent_dates; // and keys on each
    Populations populations;
    PartnerFit partners;
    // Of the run that wrote the states: by these a single row is judged that comes after it.
    evidence::FalseDiscoveryCurve family{std::vector<double>()};
    breaks::LargeAmounts large_amounts;

    void serialize(ByteWriter& writer) const;
    // Throws invalid_data for bytes that are none.
    [[nodiscard]] static StoredFit deserialize(std::span<const std::byte> bytes);
};

} // namespace recon::run
