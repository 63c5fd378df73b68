// The typed values of a row of a file, or why it has none.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/table/profile.hpp"
#include "formats/table/row.hpp"

namespace recon::exchange {

// One value on its way to the server: plain data that points into the row.
struct PlainValue {
    enum class Kind : std::uint8_t { null, text, number, long_number, date, timestamp };
    Kind kind = Kind::null;
    std::int64_t number = 0; // mantissa, day or microseconds
    int scale = 0;
    std::string_view text;
};

struct Rejection {
    std::string reason;
    std::optional<std::string> proposed_fix;
};

class RowReading {
  public:
    explicit RowReading(const formats::FileProfile& profile) : profile_(profile) {}

    // Fills values(); a rejection where a cell is not of its column's type or the number of cells
    // is wrong.
    [[nodiscard]] std::optional<Rejection> read(const formats::Row& row);
    [[nodiscard]] const std::vector<PlainValue>& values() const noexcept { return values_; }

  private:
    [[nodiscard]] bool read_cell(std::string_view cell, const formats::ColumnProfile& column,
                                 PlainValue& value);
    [[nodiscard]] bool fits(const std::vector<std::string_view>& cells);
    // The only way in which the row without a cell, or with an empty one more, fits its columns.
    [[nodiscard]] std::optional<std::string> realigned(const formats::Row& row);

    const formats::FileProfile& profile_;
    std::vector<PlainValue> values_;
    std::vector<std::string> long_numbers_;
};

} // namespace recon::exchange
