// Dates as files hold them: 2024-04-30, 30/4/2024, 04/30/24, 20240430, 30-Apr-2024, 2024-04, Q1
// 2024, a time of day behind them, serial numbers of spreadsheets. The order of day, month and year
// of a column is found once, from all that was seen of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/dates.hpp"
#include "core/base/firewall.hpp"

namespace recon::formats {

enum class DateOrder : std::uint8_t {
    year_month_day,
    day_month_year,
    month_day_year,
    year_day_month,
    serial_1900, // days since 1899-12-30, as spreadsheets count
    serial_1904, // days since 1904-01-01, as older ones of the Macintosh do
};
inline constexpr std::size_t date_orders = 6;

[[nodiscard]] std::string_view order_name(DateOrder order);
[[nodiscard]] std::optional<DateOrder> order_named(std::string_view name);

struct Moment {
    Day day = 0;
    std::int64_t microseconds = 0; // of the day; of UTC where the text has an offset
    bool has_time = false;
    bool has_offset = false;
};

// Nothing where the text is not a date in this order. A month or quarter is its first day.
[[nodiscard]] std::optional<Moment> read_moment(std::string_view text, DateOrder order);

// What the dates of a column say about their order.
class OrderEvidence {
  public:
    // False where the text is not a date in any order (serial numbers aside).
    bool add(std::string_view text, std::uint64_t line);

    // Nothing where several orders read every date, or none does.
    [[nodiscard]] std::optional<DateOrder> order() const;
    // Day and month could change places in every date, and do so in at least one.
    [[nodiscard]] bool is_ambiguous() const;
    [[nodiscard]] bool has_time() const noexcept { return has_time_; }
    [[nodiscard]] bool has_offset() const noexcept { return has_offset_; }
    // The text that decided it, or the first that reads both ways.
    [[nodiscard]] const std::string& witness() const noexcept { return witness_; }
    [[nodiscard]] std::uint64_t witness_line() const noexcept { return witness_line_; }
    // Whether no date contradicts this order.
    [[nodiscard]] bool allows(DateOrder order) const noexcept {
        return (possible_ & 1U << static_cast<unsigned>(order)) != 0;
    }

  private:
    unsigned possible_ = 0b1111;
    std::string witness_;
    std::uint64_t witness_line_ = 0;
    bool has_time_ = false;
    bool has_offset_ = false;
};

} // namespace recon::formats
