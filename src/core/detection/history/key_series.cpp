#include "core/detection/history/key_series.hpp"

#include <cmath>
#include <cstring>
#include <limits>
#include <string>

#include "core/detection/history/row_order.hpp"

namespace recon::breaks {

namespace {

constexpr std::uint8_t format_version = 1;

std::uint64_t tag_of_found(std::uint32_t flags) noexcept {
    return ((flags & PackedRow::mismatch_bit) != 0 ? KeySeries::mismatch_tag : 0) |
           ((flags & PackedRow::other_period_bit) != 0 ? KeySeries::other_period_tag : 0) |
           ((flags & PackedRow::time_of_day_bit) != 0 ? KeySeries::time_of_day_tag : 0);
}

template <typename T>
void permute(std::vector<T>& column, const std::vector<std::uint32_t>& order, std::size_t width) {
    std::vector<T> sorted;
    sorted.reserve(column.size());
    for (const auto from : order) {
        for (std::size_t j = 0; j < width; ++j)
            sorted.push_back(column[from * width + j]);
    }
    column.swap(sorted);
}

} // namespace

KeySeries::KeySeries(std::size_t measures) : measures_(measures) {
    if (measures == 0 || measures > max_measures) {
        throw Error(ErrorKind::invalid_parameter, "a series has between 1 and 16 measures",
                    std::to_string(measures) + " were given.");
    }
}

void KeySeries::append(std::int32_t date, std::span<const double> values, bool is_break,
                       bool is_target, std::uint64_t content, std::uint64_t row) {
    if (values.size() != measures_) {
        throw Error(ErrorKind::invalid_parameter, "every row of a series has the same measures",
                    std::to_string(values.size()) + " values were given to a series of " +
                        std::to_string(measures_) + ".");
    }
    if (size() == std::numeric_limits<std::uint32_t>::max()) {
        throw Error(ErrorKind::limit_exceeded, "a series holds at most 4294967295 rows");
    }
    date_.push_back(date);
    flags_.push_back(
        static_cast<std::uint8_t>((is_break ? break_bit : 0) | (is_target ? target_bit : 0)));
    content_.push_back(content);
    row_.push_back(row);
    for (const double value : values)
        value_.push_back(canonical(value));
    targets_ += is_target ? 1 : 0;
}

KeySeries KeySeries::unpack(PackedLayout layout, std::span<const std::byte> rows,
                            std::span<const std::uint64_t> tags) {
    KeySeries series(layout.measures);
    const std::size_t stride = layout.stride();
    const std::size_t n = rows.size() / stride;
    const auto row_at = [&](std::size_t i) {
        PackedRow row{};
        std::memcpy(&row, rows.data() + i * stride, sizeof(row));
        return row;
    };
    // In the order of their dates from the start: little is left to sort() then.
    std::vector<std::uint64_t> order(n);
    for (std::size_t i = 0; i < n; ++i)
        order[i] = date_and_place(row_at(i).date, i);
    sort_stretches(order);
    series.date_.resize(n);
    series.flags_.resize(n);
    series.content_.resize(n);
    series.row_.resize(n);
    series.value_.resize(n * layout.measures);
    for (std::size_t i = 0; i < n; ++i) {
        const auto from = static_cast<std::uint32_t>(order[i]);
        const PackedRow row = row_at(from);
        if ((row.flags & ~PackedRow::all_bits) != 0) {
            throw Error(ErrorKind::invalid_data, "unknown row flags",
                        std::to_string(row.flags) + " of row " + std::to_string(from) + ".");
        }
        static_assert(PackedRow::break_bit == break_bit && PackedRow::target_bit == target_bit);
        series.date_[i] = row.date;
        series.flags_[i] = static_cast<std::uint8_t>(row.flags & (break_bit | target_bit));
        series.targets_ += (row.flags & target_bit) != 0 ? 1 : 0;
        series.row_[i] = (tags.empty() ? 0 : tags[from]) | tag_of_found(row.flags);
        const std::byte* const at = rows.data() + from * stride;
        if (layout.has_content) {
            std::memcpy(&series.content_[i], at + sizeof(row), sizeof(std::uint64_t));
        }
        double* const values = &series.value_[i * layout.measures];
        std::memcpy(values, at + layout.values_at(), layout.measures * sizeof(double));
        for (std::size_t j = 0; j < layout.measures; ++j)
            values[j] = canonical(values[j]);
    }
    return series;
}

int KeySeries::compare(std::size_t a, std::size_t b) const noexcept {
    for (std::size_t j = 0; j < measures_; ++j) {
        const int order = compare_values(value(a, j), value(b, j));
        if (order != 0) return order;
    }
    if (const int order = three_way(is_break(a), is_break(b)); order != 0) return order;
    if (const int order = three_way(content_[a], content_[b]); order != 0) return order;
    if (const int order = three_way(flags_[a], flags_[b]); order != 0) return order;
    return three_way(row_[a], row_[b]);
}

void KeySeries::sort() {
    const auto order = places_in_order(
        size(), [this](std::size_t i) { return date_[i]; },
        [this](std::size_t a, std::size_t b) { return compare(a, b); });
    if (order.empty()) return;
    permute(date_, order, 1);
    permute(flags_, order, 1);
    permute(content_, order, 1);
    permute(row_, order, 1);
    permute(value_, order, measures_);
}

void KeySeries::make_targets(std::int32_t from, std::int32_t to) noexcept {
    for (auto& flags : flags_)
        flags |= target_bit;
    targets_ = size();
    restrict_targets(from, to);
}

void KeySeries::restrict_targets(std::int32_t from, std::int32_t to) noexcept {
    for (std::size_t i = 0; i < size(); ++i) {
        if (is_target(i) && (date_[i] < from || date_[i] > to)) {
            flags_[i] &= static_cast<std::uint8_t>(~target_bit);
            --targets_;
        }
    }
}

void KeySeries::leave_out_after(std::int32_t last) noexcept {
    while (!empty() && date_.back() > last) {
        targets_ -= is_target(size() - 1) ? 1 : 0;
        date_.pop_back();
        flags_.pop_back();
        content_.pop_back();
        row_.pop_back();
        value_.resize(value_.size() - measures_);
    }
}

KeySeries KeySeries::up_to(std::int32_t through, std::span<const std::int32_t> target_dates) const {
    const auto rows = static_cast<std::size_t>(
        std::upper_bound(date_.begin(), date_.end(), through) - date_.begin());
    KeySeries early(measures_);
    early.reserve(rows);
    for (std::size_t i = 0; i < rows; ++i) {
        const auto values = std::span(value_).subspan(i * measures_, measures_);
        early.append(date_[i], values, is_break(i),
                     std::binary_search(target_dates.begin(), target_dates.end(), date_[i]),
                     content_[i], row_[i]);
    }
    return early;
}

void KeySeries::reserve(std::size_t rows) {
    date_.reserve(rows);
    flags_.reserve(rows);
    content_.reserve(rows);
    row_.reserve(rows);
    value_.reserve(rows * measures_);
}

void KeySeries::serialize(ByteWriter& writer) const {
    writer.put(format_version);
    writer.put(static_cast<std::uint8_t>(measures_));
    writer.put(static_cast<std::uint32_t>(size()));
    writer.put_raw(date_.data(), date_.size() * sizeof(std::int32_t));
    writer.put_raw(flags_.data(), flags_.size());
    writer.put_raw(content_.data(), content_.size() * sizeof(std::uint64_t));
    writer.put_raw(row_.data(), row_.size() * sizeof(std::uint64_t));
    writer.put_raw(value_.data(), value_.size() * sizeof(double));
}

KeySeries KeySeries::deserialize(ByteReader& reader) {
    if (reader.get<std::uint8_t>() != format_version) reader.refuse("unknown format version");
    const std::size_t measures = reader.get<std::uint8_t>();
    if (measures == 0 || measures > max_measures) {
        reader.refuse("the number of measures is out of range");
    }
    KeySeries series(measures);
    const std::size_t n = reader.get_count(series.bytes_per_row());
    series.date_.resize(n);
    series.flags_.resize(n);
    series.content_.resize(n);
    series.row_.resize(n);
    series.value_.resize(n * measures);
    reader.get_raw(series.date_.data(), n * sizeof(std::int32_t));
    reader.get_raw(series.flags_.data(), n);
    reader.get_raw(series.content_.data(), n * sizeof(std::uint64_t));
    reader.get_raw(series.row_.data(), n * sizeof(std::uint64_t));
    reader.get_raw(series.value_.data(), series.value_.size() * sizeof(double));
    for (const auto flags : series.flags_) {
        if ((flags & ~(break_bit | target_bit)) != 0) reader.refuse("unknown row flags");
        series.targets_ += (flags & target_bit) != 0 ? 1 : 0;
    }
    for (double& value : series.value_)
        value = canonical(value);
    return series;
}

} // namespace recon::breaks
