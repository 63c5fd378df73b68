// One key's history: dated rows of one or several measures, compact, in the order in which they are
// judged. This is what the SQL aggregate recon_series collects, ships between parallel workers and
// hands to judge().
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/firewall.hpp"
#include "core/detection/history/packed_rows.hpp"

namespace recon::breaks {

inline constexpr std::size_t max_measures = 16;

class KeySeries {
  public:
    // `measures` is 1 .. max_measures; anything else is an invalid_parameter error.
    explicit KeySeries(std::size_t measures = 1);

    // Dates are days since 2000-01-01. `values` holds one number per measure: NaN means missing
    // (a NULL), the infinities are kept and judged as non-finite. `content` orders rows that are
    // equal in date and values; `row` is the caller's tag and comes back in findings.
    void append(std::int32_t date, std::span<const double> values, bool is_break, bool is_target,
                std::uint64_t content, std::uint64_t row);

    // A series of packed rows (a whole number of them), sorted by date but not by more. The tag of
    // a row is the one listed for it (none is where the list is empty), with the bits of what was
    // found of it. Throws invalid_data for flags that no packed row has.
    static constexpr std::uint64_t mismatch_tag = std::uint64_t{1} << 63;
    static constexpr std::uint64_t other_period_tag = std::uint64_t{1} << 62;
    static constexpr std::uint64_t time_of_day_tag = std::uint64_t{1} << 61;
    [[nodiscard]] static KeySeries unpack(PackedLayout layout, std::span<const std::byte> rows,
                                          std::span<const std::uint64_t> tags = {});

    // Orders rows by date, then values (missing last), then matches before breaks, then content; a
    // target comes after history where all of these agree, the tag decides last. Any order of
    // arrival gives the same sequence. Cheap when the rows are already in order.
    void sort();

    // All rows from .. to (both included) are targets, and no others.
    void make_targets(std::int32_t from, std::int32_t to) noexcept;

    // Rows outside from .. to (both included) are no targets any more.
    void restrict_targets(std::int32_t from, std::int32_t to) noexcept;

    // Removes the rows dated after `last`. The series must be sorted.
    void leave_out_after(std::int32_t last) noexcept;

    // The rows dated up to `through`; targets are those of these dates, which are in order, and no
    // others. The series must be sorted.
    [[nodiscard]] KeySeries up_to(std::int32_t through,
                                  std::span<const std::int32_t> target_dates) const;

    void reserve(std::size_t rows);

    [[nodiscard]] std::size_t measures() const noexcept { return measures_; }
    [[nodiscard]] std::size_t size() const noexcept { return date_.size(); }
    [[nodiscard]] bool empty() const noexcept { return date_.empty(); }
    [[nodiscard]] std::size_t targets() const noexcept { return targets_; }

    [[nodiscard]] std::int32_t date(std::size_t i) const noexcept { return date_[i]; }
    [[nodiscard]] double value(std::size_t i, std::size_t measure) const noexcept {
        return value_[i * measures_ + measure];
    }
    // All rows', row by row, measures() numbers each.
    [[nodiscard]] std::span<const std::int32_t> dates() const noexcept { return date_; }
    [[nodiscard]] std::span<const double> values() const noexcept { return value_; }
    [[nodiscard]] bool is_break(std::size_t i) const noexcept {
        return (flags_[i] & break_bit) != 0;
    }
    [[nodiscard]] bool is_target(std::size_t i) const noexcept {
        return (flags_[i] & target_bit) != 0;
    }
    [[nodiscard]] std::uint64_t content(std::size_t i) const noexcept { return content_[i]; }
    [[nodiscard]] std::uint64_t row(std::size_t i) const noexcept { return row_[i]; }

    // Bytes of one row, for the caller's memory accounting.
    [[nodiscard]] std::size_t bytes_per_row() const noexcept {
        return sizeof(std::int32_t) + 1 + 2 * sizeof(std::uint64_t) + measures_ * sizeof(double);
    }

    void serialize(ByteWriter& writer) const;
    [[nodiscard]] static KeySeries deserialize(ByteReader& reader);

  private:
    static constexpr std::uint8_t break_bit = 1;
    static constexpr std::uint8_t target_bit = 2;

    [[nodiscard]] int compare(std::size_t a, std::size_t b) const noexcept;

    std::size_t measures_;
    std::size_t targets_ = 0;
    std::vector<std::int32_t> date_;
    std::vector<std::uint8_t> flags_;
    std::vector<std::uint64_t> content_;
    std::vector<std::uint64_t> row_;
    std::vector<double> value_; // row by row, measures_ numbers each
};

} // namespace recon::breaks
