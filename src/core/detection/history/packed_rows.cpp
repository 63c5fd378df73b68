#include "core/detection/history/packed_rows.hpp"

#include <cstring>
#include <vector>

#include "core/detection/history/row_order.hpp"

namespace recon::breaks {

namespace {

template <typename T>
T read(const std::byte* at) noexcept {
    T value{};
    std::memcpy(&value, at, sizeof(T));
    return value;
}

// As KeySeries compares rows of one date.
int compare(PackedLayout layout, const std::byte* a, const std::byte* b) noexcept {
    for (std::size_t at = layout.values_at(); at < layout.stride(); at += sizeof(double)) {
        const int order = compare_values(read<double>(a + at), read<double>(b + at));
        if (order != 0) return order;
    }
    const auto flags_of_a = read<PackedRow>(a).flags;
    const auto flags_of_b = read<PackedRow>(b).flags;
    const auto by_flag = [&](std::uint32_t bit) {
        return three_way(flags_of_a & bit, flags_of_b & bit);
    };
    if (const int order = by_flag(PackedRow::break_bit); order != 0) return order;
    if (layout.has_content) {
        const int order = three_way(read<std::uint64_t>(a + sizeof(PackedRow)),
                                    read<std::uint64_t>(b + sizeof(PackedRow)));
        if (order != 0) return order;
    }
    for (const auto bit : {PackedRow::target_bit, PackedRow::mismatch_bit,
                           PackedRow::other_period_bit, PackedRow::time_of_day_bit}) {
        if (const int order = by_flag(bit); order != 0) return order;
    }
    return 0;
}

} // namespace

void sort_rows(PackedLayout layout, std::span<std::byte> rows) {
    const std::size_t stride = layout.stride();
    for (std::size_t row = 0; row < rows.size(); row += stride) {
        for (std::size_t at = layout.values_at(); at < stride; at += sizeof(double)) {
            const double value = canonical(read<double>(&rows[row + at]));
            std::memcpy(&rows[row + at], &value, sizeof(value));
        }
    }
    const auto order = places_in_order(
        rows.size() / stride,
        [&](std::size_t i) { return read<std::int32_t>(rows.data() + i * stride); },
        [&](std::size_t a, std::size_t b) {
            return compare(layout, rows.data() + a * stride, rows.data() + b * stride);
        });
    if (order.empty()) return;
    const std::vector<std::byte> unsorted(rows.begin(), rows.end());
    std::byte* to = rows.data();
    for (const auto from : order) {
        std::memcpy(to, unsorted.data() + from * stride, stride);
        to += stride;
    }
}

} // namespace recon::breaks
