#include "core/detection/history/dated_values.hpp"

#include <cstring>

#include "core/detection/history/row_order.hpp"
#include "core/detection/history/series_value.hpp"

namespace recon::breaks {

void DatedValues::read(std::span<const std::byte> bytes) {
    if (read_sorted(bytes)) return;
    const auto value = SeriesValue::deserialize(bytes);
    if (value.series.measures() != 1) {
        throw Error(ErrorKind::invalid_parameter, "the series has more than one measure",
                    "It has " + std::to_string(value.series.measures()) + ".",
                    "Make it by recon_series(at, x).");
    }
    dates_.assign(value.series.dates().begin(), value.series.dates().end());
    values_.assign(value.series.values().begin(), value.series.values().end());
}

// Without the columns of a SeriesValue, where the bytes are what recon_series(at, x) makes.
bool DatedValues::read_sorted(std::span<const std::byte> bytes) {
    ByteReader reader(bytes, "recon_series");
    if (reader.peek() != std::byte{PackedSeries::format_version}) return false;
    const auto head = PackedSeries::read_head(reader);
    if (head.layout.measures != 1 || head.layout.has_content) return false;
    const std::size_t n = head.rows;
    const auto rows = reader.get_span(n * head.layout.stride());
    if (reader.get<std::uint32_t>() != 0 || reader.remaining() != 0) return false;

    struct Row {
        PackedRow head;
        double value;
    };
    dates_.resize(n);
    values_.resize(n);
    std::uint32_t flags = 0;
    for (std::size_t i = 0; i < n; ++i) {
        Row row{};
        std::memcpy(&row, rows.data() + i * sizeof(Row), sizeof(Row));
        flags |= row.head.flags;
        dates_[i] = row.head.date;
        values_[i] = canonical(row.value);
    }
    if ((flags & ~PackedRow::all_bits) != 0) return false;
    for (std::size_t i = 1; i < n; ++i) {
        if (dates_[i - 1] < dates_[i]) continue;
        if (dates_[i - 1] > dates_[i] || compare_values(values_[i - 1], values_[i]) > 0)
            return false;
    }
    return true;
}

} // namespace recon::breaks
