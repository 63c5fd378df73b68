// What the cells of one column say about its type.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/firewall.hpp"
#include "formats/values/amount.hpp"
#include "formats/values/moment.hpp"

namespace recon::formats {

enum class ColumnKind : std::uint8_t { text, number, date, timestamp };
[[nodiscard]] std::string_view kind_name(ColumnKind kind);
[[nodiscard]] std::optional<ColumnKind> kind_named(std::string_view name);

struct ColumnProfile {
    std::string header; // as the file spells it
    ColumnKind kind = ColumnKind::text;
    char decimal = '.';
    bool shows_decimal = false; // a number of the file has decimals or thousands
    DateOrder order = DateOrder::year_month_day;
    DebitSign debit = DebitSign::negative;
    double confidence = 1;
    std::string evidence;
    // What the column does not say, and what to answer: empty where all is decided.
    std::string question;
};

class ColumnScan {
  public:
    // `plain`: the file says that it is a number or a date, so no sign and no order is in doubt.
    void add(std::string_view cell, std::uint64_t line, bool plain = false);

    // `header` may say that numbers are identifiers, and that whole numbers are serial dates.
    [[nodiscard]] ColumnProfile decide(std::string_view header) const;

    [[nodiscard]] const DecimalEvidence& decimals() const noexcept { return decimal_; }
    [[nodiscard]] const OrderEvidence& order() const noexcept { return order_; }
    [[nodiscard]] std::size_t filled() const noexcept { return filled_; }
    // A share of the cells from which on a column has a type.
    [[nodiscard]] bool is_number() const noexcept;
    [[nodiscard]] bool is_date() const noexcept;

  private:
    [[nodiscard]] bool is_identifier(std::string_view header) const;
    [[nodiscard]] bool is_serial(std::string_view header) const;
    void decide_number(ColumnProfile& profile) const;
    void decide_date(ColumnProfile& profile) const;

    DecimalEvidence decimal_;
    OrderEvidence order_;
    std::size_t filled_ = 0;
    std::size_t numbers_ = 0;
    std::size_t dates_ = 0;
    std::size_t serials_ = 0; // whole numbers that would be dates from 1980 to 2100
    bool leading_zero_ = false;
    bool long_number_ = false;
    bool decorated_ = false; // a sign, currency or separator stood beside the digits
    std::uint64_t identifier_line_ = 0;
};

} // namespace recon::formats
