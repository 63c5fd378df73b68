#include "formats/table/column_scan.hpp"

#include <algorithm>
#include <array>

namespace recon::formats {
namespace {

// The words of a header, in lower case.
bool has_word(std::string_view header, std::initializer_list<std::string_view> words) {
    std::string word;
    const std::string lower = lower_ascii(header);
    for (std::size_t i = 0; i <= lower.size(); ++i) {
        const char c = i < lower.size() ? lower[i] : ' ';
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
            static_cast<unsigned char>(c) >= 0x80) {
            word += c;
            continue;
        }
        if (std::find(words.begin(), words.end(), word) != words.end()) return true;
        word.clear();
    }
    return false;
}

// Kontonummer, Auftragskonto, accountnumber.
bool ends_like_identifier(std::string_view header) {
    const std::string lower = lower_ascii(trimmed(header));
    for (const std::string_view end :
         {"konto", "nummer", "number", "account", "nr", "no.", "kod", "cusip"}) {
        if (lower.size() >= end.size() && lower.substr(lower.size() - end.size()) == end)
            return true;
    }
    return false;
}

bool all_digits(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string place(const std::string& witness, std::uint64_t line) {
    return "\"" + witness + "\" in line " + std::to_string(line);
}

} // namespace

std::string_view kind_name(ColumnKind kind) {
    constexpr std::array<std::string_view, 4> names = {"text", "number", "date", "timestamp"};
    return names.at(static_cast<std::size_t>(kind));
}

std::optional<ColumnKind> kind_named(std::string_view name) {
    for (std::size_t i = 0; i < 4; ++i) {
        if (kind_name(static_cast<ColumnKind>(i)) == name) return static_cast<ColumnKind>(i);
    }
    return std::nullopt;
}

void ColumnScan::add(std::string_view cell, std::uint64_t line, bool plain) {
    cell = trimmed(cell);
    if (is_placeholder(cell)) return;
    ++filled_;
    constexpr std::size_t most_digits = 15; // what a spreadsheet keeps of a number
    if (all_digits(cell)) {
        if ((cell.size() > 1 && cell[0] == '0') || cell.size() > most_digits) {
            (cell[0] == '0' ? leading_zero_ : long_number_) = true;
            if (identifier_line_ == 0) identifier_line_ = line;
        }
        if (cell.size() == 5 && cell >= "29221" && cell < "73051") ++serials_;
    } else {
        decorated_ = true;
    }
    if (plain ? decimal_.add_plain(cell, line) : decimal_.add(cell, line)) ++numbers_;
    if (cell[0] >= '0' && cell[0] <= '9' ? cell.size() >= 6 : cell.size() >= 5) {
        OrderEvidence with = order_;
        if (with.add(cell, line)) {
            order_ = with;
            ++dates_;
        }
    }
}

bool ColumnScan::is_number() const noexcept {
    return filled_ > 0 && numbers_ * 100 >= filled_ * 95;
}
bool ColumnScan::is_date() const noexcept {
    return filled_ > 0 && dates_ * 100 >= filled_ * 95;
}

bool ColumnScan::is_identifier(std::string_view header) const {
    if (leading_zero_) return true;
    if (decorated_) return false;
    if (long_number_) return true;
    return (ends_like_identifier(header) ||
            has_word(header,
                     {"account",   "acct",    "id",          "iban",  "code",    "no",    "nr",
                      "number",    "company", "entity",      "au",    "cusip",   "isin",  "ref",
                      "reference", "konto",   "kontonummer", "blz",   "zip",     "phone", "voucher",
                      "invoice",   "bic",     "transaction", "trade", "tradeid", "key"})) &&
           !has_word(header, {"amount", "balance", "quantity", "price", "value"});
}

bool ColumnScan::is_serial(std::string_view header) const {
    return serials_ > 0 && serials_ == filled_ &&
           (has_word(header,
                     {"date", "datum", "day", "fecha", "data", "dato", "posted", "booked"}) ||
            lower_ascii(header).find("date") != std::string::npos);
}

void ColumnScan::decide_number(ColumnProfile& profile) const {
    profile.kind = ColumnKind::number;
    profile.confidence = static_cast<double>(numbers_) / static_cast<double>(filled_);
    profile.evidence = std::to_string(numbers_) + " of " + std::to_string(filled_) + " are numbers";
    if (const auto decimal = decimal_.decimal()) {
        profile.decimal = *decimal;
        profile.shows_decimal = decimal_.has_separator();
        if (decimal_.has_separator() && !decimal_.witness().empty()) {
            profile.evidence +=
                ", decimal sign by " + place(decimal_.witness(), decimal_.witness_line());
        }
        return;
    }
    profile.question = "whether " + place(decimal_.witness(), decimal_.witness_line()) +
                       " is in thousands or has decimals: option \"decimal\", '.' or ','";
    profile.confidence = 0;
}

void ColumnScan::decide_date(ColumnProfile& profile) const {
    profile.kind = order_.has_time() ? ColumnKind::timestamp : ColumnKind::date;
    profile.confidence = static_cast<double>(dates_) / static_cast<double>(filled_);
    profile.evidence = std::to_string(dates_) + " of " + std::to_string(filled_) + " are dates";
    if (const auto order = order_.order()) {
        profile.order = *order;
        profile.evidence += ", order by " + place(order_.witness(), order_.witness_line());
        return;
    }
    profile.question = "whether the day or the month comes first in " +
                       place(order_.witness(), order_.witness_line()) +
                       ": option \"date_order\", 'DMY' or 'MDY'";
    profile.confidence = 0;
}

ColumnProfile ColumnScan::decide(std::string_view header) const {
    ColumnProfile profile;
    profile.header = header;
    if (filled_ == 0) {
        profile.evidence = "no cell is filled";
        profile.confidence = 0.5;
    } else if (is_date()) {
        decide_date(profile);
    } else if (is_number() && is_serial(header)) {
        profile.kind = ColumnKind::date;
        profile.order = DateOrder::serial_1900;
        profile.confidence = 0.9;
        profile.evidence = "serial numbers of dates from 1980 to 2100, and the header says so";
    } else if (is_number() && is_identifier(header)) {
        profile.evidence =
            leading_zero_  ? "leading zero in line " + std::to_string(identifier_line_)
            : long_number_ ? "more than 15 digits in line " + std::to_string(identifier_line_)
                           : "whole numbers under a header that names an identifier";
        profile.confidence = leading_zero_ || long_number_ ? 1 : 0.8;
    } else if (is_number()) {
        decide_number(profile);
    } else {
        profile.evidence = std::to_string(filled_ - numbers_) + " of " + std::to_string(filled_) +
                           " are not numbers";
    }
    return profile;
}

} // namespace recon::formats
