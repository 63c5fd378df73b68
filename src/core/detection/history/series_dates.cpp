#include "core/detection/history/series_dates.hpp"

#include <cstring>

#include "core/detection/history/row_order.hpp"
#include "core/detection/history/series_value.hpp"

namespace recon::breaks {

namespace {

void count_row(std::vector<RowsOfDate>& dates, std::int32_t date, bool is_target) {
    if (dates.empty() || dates.back().date != date) dates.push_back({date, 0, 0});
    ++dates.back().rows;
    dates.back().targets += is_target ? 1 : 0;
}

} // namespace

std::vector<RowsOfDate> dates_of_series(std::span<const std::byte> bytes) {
    std::vector<RowsOfDate> dates;
    ByteReader reader(bytes, "recon_series");
    if (reader.peek() != std::byte{PackedSeries::format_version}) {
        const auto series = SeriesValue::deserialize(bytes).series;
        for (std::size_t i = 0; i < series.size(); ++i)
            count_row(dates, series.date(i), series.is_target(i));
        return dates;
    }
    const auto head = PackedSeries::read_head(reader);
    const std::size_t stride = head.layout.stride();
    const auto rows = reader.get_span(head.rows * stride);
    std::vector<std::uint64_t> in_order(head.rows);
    for (std::size_t i = 0; i < in_order.size(); ++i) {
        PackedRow row{};
        std::memcpy(&row, rows.data() + i * stride, sizeof(row));
        const bool is_target = (row.flags & PackedRow::target_bit) != 0;
        in_order[i] = date_and_place(row.date, 2 * i + (is_target ? 1 : 0));
    }
    sort_stretches(in_order);
    for (const auto row : in_order)
        count_row(dates, date_of(row), (row & 1U) != 0);
    return dates;
}

} // namespace recon::breaks
