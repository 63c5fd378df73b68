// What recurs with the calendar: how far rows of the same calendar position (last business day of
// the month, Monday, holiday, quarter end ...) lay off the level before.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "core/base/bytes.hpp"
#include "core/base/firewall.hpp"
#include "core/series/calendar.hpp"

namespace recon::breaks {

// Calendar positions. A date has a weekday, or is a holiday, and perhaps a place counted in
// business days from the end or the start of its month; the last business day of a quarter has one
// more.
inline constexpr std::size_t slot_weekday = 0;     // + 0 (Monday) .. 6
inline constexpr std::size_t slot_from_end = 7;    // + 0 (last business day) .. 2
inline constexpr std::size_t slot_from_start = 10; // + 0 (first business day) .. 2
inline constexpr std::size_t slot_quarter_end = 13;
inline constexpr std::size_t slot_holiday = 14;
inline constexpr std::size_t slot_count = 15;
inline constexpr std::size_t no_slot = slot_count;

struct CalendarPosition {
    std::uint8_t weekday = 0;           // slot_weekday + ..., or slot_holiday
    std::uint8_t in_month = no_slot;    // slot_from_end.. or slot_from_start.., or no_slot
    std::uint8_t quarter_end = no_slot; // slot_quarter_end or no_slot
};

// Dates are days since 2000-01-01, any int32. Weekends and holidays count as the business day
// before them; in a month without business days no day has a place. Remembers the month of the last
// date asked for, so that rows in order of date cost a few operations each, whatever the calendar.
class CalendarReader {
  public:
    // Without a calendar there are no holidays.
    explicit CalendarReader(std::shared_ptr<const series::Calendar> calendar = {}) noexcept
        : calendar_(std::move(calendar)) {}

    [[nodiscard]] CalendarPosition position(std::int32_t date) noexcept;
    [[nodiscard]] const std::shared_ptr<const series::Calendar>& calendar() const noexcept {
        return calendar_;
    }

  private:
    std::shared_ptr<const series::Calendar> calendar_;
    series::MonthDays month_{1, 0, 0, 0}; // the remembered month: none yet
    bool quarter_ = false;                // it ends a quarter
};

// The last deviations from the level at one calendar position.
class CalendarSlots {
  public:
    static constexpr std::size_t kept = 6;

    void clear() noexcept { *this = CalendarSlots{}; }
    // A row at this position: its deviation from the baseline, and whether it lay off it.
    void record(const CalendarPosition& position, double deviation, bool off) noexcept;
    // Rows off the baseline are rare outside this position: at most a quarter of eight or more.
    [[nodiscard]] bool rare_elsewhere(std::size_t slot) const noexcept;
    // Rows so far, and how many of them lay off the baseline; in all, and at a position.
    [[nodiscard]] std::uint32_t rows() const noexcept { return rows_; }
    [[nodiscard]] std::uint32_t off() const noexcept { return off_; }
    [[nodiscard]] std::uint32_t rows(std::size_t slot) const noexcept { return slot_rows_[slot]; }
    [[nodiscard]] std::uint32_t off(std::size_t slot) const noexcept { return slot_off_[slot]; }
    [[nodiscard]] std::size_t count(std::size_t slot) const noexcept { return count_[slot]; }
    [[nodiscard]] std::span<const double> deviations(std::size_t slot) const noexcept {
        return {deviation_[slot].data(), count_[slot]};
    }

    void serialize(ByteWriter& writer) const;
    void deserialize(ByteReader& reader);

  private:
    void record_slot(std::size_t slot, double deviation, bool off) noexcept;

    std::uint32_t rows_ = 0;
    std::uint32_t off_ = 0;
    std::array<std::uint32_t, slot_count> slot_rows_{};
    std::array<std::uint32_t, slot_count> slot_off_{};
    std::array<std::uint8_t, slot_count> count_{};
    std::array<std::uint8_t, slot_count> next_{};
    std::array<std::array<double, kept>, slot_count> deviation_{};
};

} // namespace recon::breaks
