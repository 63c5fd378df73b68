#include "exchange/row_reading.hpp"

#include "formats/csv/formula_guard.hpp"
#include "formats/values/amount.hpp"
#include "formats/values/moment.hpp"

namespace recon::exchange {

using formats::ColumnKind;
using formats::ColumnProfile;

namespace {

constexpr std::int64_t microseconds_a_day = std::int64_t{86400} * 1000000;

std::string_view first_of(std::string_view text) {
    constexpr std::size_t shown = 60;
    if (text.size() <= shown) return text;
    std::size_t end = shown;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80) {
        --end;
    }
    return text.substr(0, end);
}

} // namespace

bool RowReading::read_cell(std::string_view cell, const ColumnProfile& column, PlainValue& value) {
    value = {};
    if (column.kind == ColumnKind::text) {
        if (!cell.empty()) {
            value.kind = PlainValue::Kind::text;
            value.text = profile_.format == "csv" ? formats::without_guard(cell) : cell;
        }
        return true;
    }
    const auto filled = formats::trimmed(cell);
    if (formats::is_placeholder(filled)) return true;
    if (column.kind == ColumnKind::number) {
        const auto amount = formats::read_amount(filled, column.decimal, column.debit);
        if (!amount) return false;
        value.kind = PlainValue::Kind::number;
        value.number = amount->mantissa;
        value.scale = amount->scale;
        if (!amount->fits) {
            value.kind = PlainValue::Kind::long_number;
            long_numbers_.push_back(amount->digits);
            value.text = long_numbers_.back();
        }
        return true;
    }
    const auto moment = formats::read_moment(filled, column.order);
    if (!moment) return false;
    value.kind =
        column.kind == ColumnKind::date ? PlainValue::Kind::date : PlainValue::Kind::timestamp;
    // A date column takes no time along: it would be lost.
    if (column.kind == ColumnKind::date && moment->has_time && moment->microseconds != 0)
        return false;
    value.number = column.kind == ColumnKind::date
                       ? moment->day
                       : moment->day * microseconds_a_day + moment->microseconds;
    return true;
}

bool RowReading::fits(const std::vector<std::string_view>& cells) {
    PlainValue value;
    for (std::size_t c = 0; c < cells.size(); ++c) {
        if (!read_cell(cells[c], profile_.columns[c], value)) return false;
        // A text that belongs elsewhere fits a text column, so columns with a type decide.
        const bool typed = profile_.columns[c].kind != ColumnKind::text;
        if (typed && value.kind == PlainValue::Kind::null && !formats::trimmed(cells[c]).empty()) {
            return false;
        }
    }
    return true;
}

std::optional<std::string> RowReading::realigned(const formats::Row& row) {
    const std::size_t width = profile_.columns.size();
    std::optional<std::string> fix;
    const bool too_many = row.cells.size() == width + 1;
    if (!too_many && row.cells.size() + 1 != width) return std::nullopt;
    for (std::size_t at = 0; at < (too_many ? row.cells.size() : width); ++at) {
        auto cells = row.cells;
        if (too_many) {
            if (!formats::trimmed(cells[at]).empty()) continue;
            cells.erase(cells.begin() + static_cast<std::ptrdiff_t>(at));
        } else {
            cells.insert(cells.begin() + static_cast<std::ptrdiff_t>(at), std::string_view());
        }
        if (!fits(cells)) continue;
        auto record = formats::record_text(cells, profile_.dialect);
        if (fix && *fix != record) return std::nullopt; // several ways are none
        fix = std::move(record);
    }
    return fix;
}

std::optional<Rejection> RowReading::read(const formats::Row& row) {
    const std::size_t width = profile_.columns.size();
    values_.resize(width);
    long_numbers_.clear();
    long_numbers_.reserve(width);
    if (row.cells.size() != width) {
        Rejection rejection;
        rejection.reason = "the row has " + std::to_string(row.cells.size()) +
                           " fields instead of " + std::to_string(width);
        rejection.proposed_fix = realigned(row);
        return rejection;
    }
    for (std::size_t c = 0; c < width; ++c) {
        if (read_cell(row.cells[c], profile_.columns[c], values_[c])) continue;
        const auto& column = profile_.columns[c];
        std::string kind(formats::kind_name(column.kind));
        if (column.kind == ColumnKind::number) {
            kind += std::string(" with the decimal sign ") + column.decimal;
        } else {
            kind += " in the order " + std::string(formats::order_name(column.order));
        }
        Rejection rejection{"column \"" + column.header + "\": \"" +
                                std::string(first_of(row.cells[c])) + "\" is not a " + kind,
                            std::nullopt};
        // Without the value the row may be of use; whether it may be missing is for a person.
        auto cells = row.cells;
        cells[c] = {};
        if (fits(cells)) rejection.proposed_fix = formats::record_text(cells, profile_.dialect);
        return rejection;
    }
    return std::nullopt;
}

} // namespace recon::exchange
