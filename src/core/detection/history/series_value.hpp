// The value of type recon_series: one key's rows, and the amounts of those rows that a double
// cannot hold. Mathematics needs doubles only; what is reported is what the column said, to the
// last digit.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/firewall.hpp"
#include "core/detection/history/key_series.hpp"

namespace recon::breaks {

struct SeriesValue {
    KeySeries series;
    // The tag of a row: its highest bit says that its derived value disagrees with its criteria,
    // the next two that it was booked in another period than it is dated in, and outside of working
    // hours; the rest, where it is t > 0, that its amounts are in exact[t - 1]: numeric texts, one
    // per measure, separated by spaces; "-" where the double is exact.
    static constexpr std::uint64_t mismatch_bit = KeySeries::mismatch_tag;
    static constexpr std::uint64_t other_period_bit = KeySeries::other_period_tag;
    static constexpr std::uint64_t time_of_day_bit = KeySeries::time_of_day_tag;
    std::vector<std::string> exact;

    // The numeric text of one measure of a row with this tag; empty where the double is exact.
    [[nodiscard]] std::string exact_amount(std::uint64_t tag, std::size_t measure) const;

    void serialize(ByteWriter& writer) const;
    // Throws invalid_data for bytes that are no recon_series. The rows come sorted.
    [[nodiscard]] static SeriesValue deserialize(std::span<const std::byte> bytes);
    [[nodiscard]] static SeriesValue deserialize(ByteReader& reader);
};

// The same rows packed, as recon_series(at, x) makes them, sorted, and as a scan hands them on: in
// the order they were read, to be sorted by who deserializes them (one of several threads). Written
// piece by piece, for the rows are large: head, then `rows` packed rows, then the number of rows
// with exact amounts, and these.
struct PackedSeries {
    static constexpr std::uint8_t format_version = 2;

    PackedLayout layout{1, false};
    std::uint64_t undated = 0; // rows that were left out: they have no finite date
    std::uint32_t rows = 0;

    void write_head(ByteWriter& writer) const;
    // Reads the head, whose first byte is the version. Throws invalid_data.
    [[nodiscard]] static PackedSeries read_head(ByteReader& reader);

    // The amounts of one row, as in SeriesValue::exact.
    struct ExactAmounts {
        std::uint32_t row = 0;
        std::string texts;
        void write(ByteWriter& writer) const;
        [[nodiscard]] static ExactAmounts read(ByteReader& reader, std::uint32_t rows);
    };
};

} // namespace recon::breaks
