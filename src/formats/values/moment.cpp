#include "formats/values/moment.hpp"

#include <array>
#include <cmath>

#include "formats/values/amount.hpp"

namespace recon::formats {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           static_cast<unsigned char>(c) >= 0x80;
}

// Names of months in English, German, Swedish, Danish, Norwegian, Dutch, French, Spanish, Italian:
// what their first letters say. Those that share a beginning with another month stand first.
struct MonthName {
    std::string_view begin;
    int month;
};
constexpr std::array<MonthName, 34> month_names = {{
    {"juin", 6}, {"juil", 7}, {"jan", 1},  {"jän", 1},  {"feb", 2},  {"fév", 2}, {"fev", 2},
    {"mar", 3},  {"mär", 3},  {"maa", 3},  {"mrz", 3},  {"apr", 4},  {"avr", 4}, {"abr", 4},
    {"may", 5},  {"mai", 5},  {"maj", 5},  {"mei", 5},  {"mag", 5},  {"jun", 6}, {"giu", 6},
    {"jul", 7},  {"lug", 7},  {"aug", 8},  {"aou", 8},  {"aoû", 8},  {"ago", 8}, {"sep", 9},
    {"set", 9},  {"okt", 10}, {"oct", 10}, {"ott", 10}, {"nov", 11}, {"de", 12},
}};

int month_named(std::string_view word) {
    const std::string lower = lower_ascii(word);
    if (lower == "ene" || lower == "enero" || lower == "gen" || lower == "gennaio") return 1;
    if (lower == "dic" || lower == "diciembre" || lower == "dicembre") return 12;
    for (const auto& name : month_names) {
        if (lower.size() >= 3 && lower.substr(0, name.begin.size()) == name.begin)
            return name.month;
    }
    return 0;
}

// The parts of a date as they stand: up to three numbers or a month's name, and what is between.
struct Part {
    int value = 0;
    int digits = 0; // 0: a name of a month
};
struct Parts {
    std::array<Part, 3> part{};
    int count = 0;
    char separator = '\0';
    int quarter = 0;
    std::size_t end = 0; // where the date ends and a time may begin
};

// A run of digits; more than eight are no part of a date.
std::optional<Part> number_at(std::string_view text, std::size_t& at) {
    Part part;
    for (; at < text.size() && is_digit(text[at]); ++at) {
        if (++part.digits > 8) return std::nullopt;
        part.value = part.value * 10 + (text[at] - '0');
    }
    return part;
}

// A name of a month, or a quarter: Q1, 1Q, K2, T3.
bool word_at(std::string_view text, std::size_t& at, Parts& parts) {
    const std::size_t begin = at;
    while (at < text.size() && is_letter(text[at])) {
        ++at;
    }
    const auto word = text.substr(begin, at - begin);
    if (word.size() == 1 && (word == "Q" || word == "q" || word == "K" || word == "k")) {
        if (at < text.size() && text[at] >= '1' && text[at] <= '4' &&
            (at + 1 >= text.size() || !is_digit(text[at + 1])) && parts.quarter == 0) {
            parts.quarter = text[at++] - '0';
            return true;
        }
        auto& last = parts.part[static_cast<std::size_t>(parts.count > 0 ? parts.count - 1 : 0)];
        if (parts.count > 0 && last.digits == 1 && last.value >= 1 && last.value <= 4) {
            parts.quarter = last.value;
            --parts.count;
            return true;
        }
        return false;
    }
    const int month = month_named(word);
    if (month == 0 || parts.count >= 3) return false;
    parts.part[static_cast<std::size_t>(parts.count++)] = {month, 0};
    if (at < text.size() && text[at] == '.') ++at; // an abbreviation's
    return true;
}

bool is_separator(char c) {
    return c == '-' || c == '/' || c == '.' || c == ' ' || c == ',' || c == '_';
}

std::optional<Parts> parts_of(std::string_view text) {
    Parts parts;
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t begin = at;
        if (is_digit(text[at])) {
            if (parts.count + (parts.quarter > 0 ? 1 : 0) >= 3) break;
            const auto part = number_at(text, at);
            if (!part) return std::nullopt;
            // 17:30 begins a time, 30th and 30. a day.
            if (at < text.size() && text[at] == ':') {
                at = begin;
                break;
            }
            parts.part[static_cast<std::size_t>(parts.count++)] = *part;
        } else if (text[at] == 'T' && at + 1 < text.size() && is_digit(text[at + 1])) {
            break;
        } else if (is_letter(text[at])) {
            if (!word_at(text, at, parts)) return std::nullopt;
        } else if (is_separator(text[at]) && parts.count + parts.quarter > 0) {
            if (parts.separator == '\0') parts.separator = text[at];
            while (at < text.size() && is_separator(text[at]) && at - begin < 2) {
                ++at;
            }
        } else {
            return std::nullopt;
        }
    }
    parts.end = at;
    if (parts.count == 0) return std::nullopt;
    return parts;
}

int two_digits(std::string_view text, std::size_t at) {
    if (at + 1 >= text.size() || !is_digit(text[at]) || !is_digit(text[at + 1])) return -1;
    return (text[at] - '0') * 10 + (text[at + 1] - '0');
}

// "12:34", "12:34:56.789 PM", "12:34:56Z", "12.34" is none; the offset is taken off.
bool read_time(std::string_view text, Moment& moment) {
    text = trimmed(text);
    if (!text.empty() && text.front() == 'T') text.remove_prefix(1);
    if (text.empty()) return true;
    std::size_t at = 0;
    int hour = two_digits(text, 0);
    if (hour >= 0) {
        at = 2;
    } else {
        hour = is_digit(text[0]) ? text[0] - '0' : -1;
        at = 1;
    }
    if (hour < 0 || hour > 24 || at >= text.size() || text[at] != ':') return false;
    const int minute = two_digits(text, at + 1);
    at += 3;
    if (minute < 0 || minute > 59) return false;
    int second = 0;
    std::int64_t fraction = 0;
    if (at < text.size() && text[at] == ':') {
        second = two_digits(text, at + 1);
        at += 3;
        if (second < 0 || second > 60) return false;
        if (at < text.size() && (text[at] == '.' || text[at] == ',')) {
            std::int64_t unit = 100000;
            for (++at; at < text.size() && is_digit(text[at]); ++at, unit /= 10) {
                fraction += unit * (text[at] - '0');
            }
        }
    }
    auto rest = trimmed(text.substr(at));
    const std::string half = lower_ascii(rest.substr(0, 2));
    if (half == "am" || half == "pm") {
        if (hour < 1 || hour > 12) return false;
        hour = hour % 12 + (half == "pm" ? 12 : 0);
        rest = trimmed(rest.substr(2));
    }
    int offset = 0;
    if (rest == "Z" || rest == "UTC" || rest == "GMT") {
        moment.has_offset = true;
    } else if (!rest.empty()) {
        if (rest[0] != '+' && rest[0] != '-') return false;
        const int hours = two_digits(rest, 1);
        const std::size_t colon = rest.size() > 3 && rest[3] == ':' ? 1 : 0;
        const int minutes = rest.size() > 3 ? two_digits(rest, 3 + colon) : 0;
        if (hours < 0 || hours > 15 || minutes < 0 || rest.size() > 5 + colon) return false;
        offset = (rest[0] == '-' ? -1 : 1) * (hours * 60 + minutes);
        moment.has_offset = true;
    }
    moment.has_time = true;
    moment.microseconds =
        ((hour * 60 + minute - offset) * 60 + second) * std::int64_t{1000000} + fraction;
    constexpr std::int64_t whole_day = std::int64_t{86400} * 1000000;
    while (moment.microseconds < 0) {
        moment.microseconds += whole_day;
        --moment.day;
    }
    while (moment.microseconds >= whole_day) {
        moment.microseconds -= whole_day;
        ++moment.day;
    }
    return true;
}

std::optional<int> year_of(const Part& part) {
    if (part.digits == 4 && part.value >= 1000) return part.value;
    if (part.digits == 2) return part.value + (part.value < 70 ? 2000 : 1900);
    return std::nullopt;
}

std::optional<Day> day_of_parts(const Part& year, const Part& month, const Part& day) {
    const auto full = year_of(year);
    if (!full || month.digits > 2 || day.digits > 2 || day.digits == 0) return std::nullopt;
    return find_day(*full, month.value, day.value);
}

// Eight digits, or six, in one run.
std::optional<Parts> cut_compact(const Part& run, DateOrder order) {
    Parts cut;
    cut.count = 3;
    const bool year_first =
        order == DateOrder::year_month_day || order == DateOrder::year_day_month;
    if (run.digits == 8) {
        cut.part = year_first ? std::array<Part, 3>{{{run.value / 10000, 4},
                                                     {run.value / 100 % 100, 2},
                                                     {run.value % 100, 2}}}
                              : std::array<Part, 3>{{{run.value / 1000000, 2},
                                                     {run.value / 10000 % 100, 2},
                                                     {run.value % 10000, 4}}};
        return cut;
    }
    if (run.digits == 6) {
        cut.part = {{{run.value / 10000, 2}, {run.value / 100 % 100, 2}, {run.value % 100, 2}}};
        return cut;
    }
    return std::nullopt;
}

std::optional<Day> month_of(const Parts& parts) {
    const auto& [first, second, third] = parts.part;
    if (first.digits == 4 && second.digits <= 2) return find_day(first.value, second.value, 1);
    if (second.digits == 4 && first.digits <= 2) return find_day(second.value, first.value, 1);
    // Apr-24, where a name says which is which.
    if (first.digits == 0 && second.digits == 2) return find_day(*year_of(second), first.value, 1);
    return std::nullopt;
}

std::optional<Day> ordered_day(Parts parts, DateOrder order) {
    if (parts.quarter > 0) {
        const auto year = parts.count == 1 ? year_of(parts.part[0]) : std::nullopt;
        return year ? find_day(*year, parts.quarter * 3 - 2, 1) : std::nullopt;
    }
    if (parts.count == 1) {
        const auto cut = cut_compact(parts.part[0], order);
        if (!cut) return std::nullopt;
        parts = *cut;
    }
    if (parts.count == 2) return month_of(parts);
    const auto& [first, second, third] = parts.part;
    // A name says which is the month; a year of four digits, which is the year.
    if (second.digits == 0) {
        return first.digits == 4 ? day_of_parts(first, second, third)
                                 : day_of_parts(third, second, first);
    }
    if (first.digits == 0) return day_of_parts(third, first, second);
    switch (order) {
    case DateOrder::year_month_day:
        return day_of_parts(first, second, third);
    case DateOrder::year_day_month:
        return day_of_parts(first, third, second);
    case DateOrder::day_month_year:
        return day_of_parts(third, second, first);
    case DateOrder::month_day_year:
        return day_of_parts(third, first, second);
    case DateOrder::serial_1900:
    case DateOrder::serial_1904:
        break;
    }
    return std::nullopt;
}

std::optional<Moment> read_serial(std::string_view text, Day epoch) {
    const auto amount = read_amount(text, '.');
    if (!amount || !amount->fits || amount->mantissa < 0 || amount->scale > 12) return std::nullopt;
    std::int64_t unit = 1;
    for (int i = 0; i < amount->scale; ++i) {
        unit *= 10;
    }
    const std::int64_t days = amount->mantissa / unit;
    if (days > 2958465) return std::nullopt; // 9999-12-31
    Moment moment;
    moment.day = epoch + static_cast<Day>(days);
    const double part = static_cast<double>(amount->mantissa % unit) / static_cast<double>(unit);
    // Spreadsheets keep seconds, not more.
    moment.microseconds = static_cast<std::int64_t>(std::llround(part * 86400)) * 1000000;
    moment.has_time = moment.microseconds != 0;
    return moment;
}

std::optional<Moment> dated(const Parts& parts, std::string_view text, DateOrder order) {
    const auto day = ordered_day(parts, order);
    if (!day) return std::nullopt;
    Moment moment;
    moment.day = *day;
    if (!read_time(text.substr(parts.end), moment)) return std::nullopt;
    return moment;
}

} // namespace

std::string_view order_name(DateOrder order) {
    constexpr std::array<std::string_view, date_orders> names = {
        "YMD", "DMY", "MDY", "YDM", "serial 1900", "serial 1904"};
    return names.at(static_cast<std::size_t>(order));
}

std::optional<DateOrder> order_named(std::string_view name) {
    for (std::size_t i = 0; i < date_orders; ++i) {
        if (order_name(static_cast<DateOrder>(i)) == name) return static_cast<DateOrder>(i);
    }
    return std::nullopt;
}

std::optional<Moment> read_moment(std::string_view text, DateOrder order) {
    text = trimmed(text);
    if (order == DateOrder::serial_1900) return read_serial(text, *find_day(1899, 12, 30));
    if (order == DateOrder::serial_1904) return read_serial(text, *find_day(1904, 1, 1));
    if (text.size() > 64 || text.empty()) return std::nullopt;
    const auto parts = parts_of(text);
    return parts ? dated(*parts, text, order) : std::nullopt;
}

bool OrderEvidence::add(std::string_view text, std::uint64_t line) {
    text = trimmed(text);
    if (text.size() > 64 || text.empty()) return false;
    const auto parts = parts_of(text);
    if (!parts) return false;
    // A number by itself is a date only in eight digits: 240131 is more often a number.
    if (parts->count == 1 && parts->quarter == 0 && parts->part[0].digits != 8) return false;
    unsigned readable = 0;
    std::optional<Moment> first;
    for (unsigned i = 0; i < 4; ++i) {
        const auto moment = dated(*parts, text, static_cast<DateOrder>(i));
        if (!moment) continue;
        readable |= 1U << i;
        if (!first) first = moment;
    }
    if (readable == 0) return false;
    has_time_ = has_time_ || first->has_time;
    has_offset_ = has_offset_ || first->has_offset;
    constexpr unsigned year_first = 0b0001;
    constexpr unsigned day_first = 0b0010;
    // 2024-04-05 is written year, month, day; 05.04.2024 day, month, year: nobody swaps these.
    const bool is_named = parts->quarter > 0 || parts->count == 2 || parts->part[0].digits == 0 ||
                          (parts->count == 3 && parts->part[1].digits == 0);
    const bool short_year = !is_named && parts->count == 3 && parts->part[0].digits <= 2;
    if (!short_year && !is_named && (readable & year_first) != 0)
        readable = year_first | (readable & 0b0110);
    if (short_year && parts->separator == '.' && (readable & day_first) != 0) readable = day_first;
    // Two digits in front are a year only where they can be nothing else.
    if (short_year && (readable & 0b0110) != 0) readable &= 0b0110;
    const unsigned before = possible_;
    possible_ &= readable;
    if (possible_ == 0) return false;
    if (witness_.empty() || before != possible_) {
        witness_ = text;
        witness_line_ = line;
    }
    return true;
}

std::optional<DateOrder> OrderEvidence::order() const {
    if (is_ambiguous() || possible_ == 0) return std::nullopt;
    for (unsigned i = 0; i < 4; ++i) {
        if ((possible_ & 1U << i) != 0) return static_cast<DateOrder>(i);
    }
    return std::nullopt;
}

bool OrderEvidence::is_ambiguous() const {
    return (possible_ & 0b0001) == 0 && (possible_ & 0b0110) == 0b0110;
}

} // namespace recon::formats
