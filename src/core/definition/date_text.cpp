#include "core/definition/date_text.hpp"

#include <array>
#include <cstddef>

#include "core/definition/number_text.hpp"

namespace recon::definition {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
bool is_letter(char c) {
    return lower(c) >= 'a' && lower(c) <= 'z';
}

constexpr std::array<std::string_view, 12> months = {
    "january", "february", "march",     "april",   "may",      "june",
    "july",    "august",   "september", "october", "november", "december"};

struct Piece {
    int value = 0;
    std::size_t digits = 0; // 0: a month's name
    bool long_month = false;
};

// Reads from the left; all members stay where they are when nothing fits.
class Reader {
  public:
    explicit Reader(std::string_view text) : rest_(text) {}

    [[nodiscard]] bool done() const { return rest_.empty(); }
    [[nodiscard]] char next() const { return rest_.empty() ? '\0' : rest_.front(); }

    std::optional<Piece> digits() {
        Piece piece;
        constexpr std::size_t longest = 8;
        while (piece.digits < rest_.size() && is_digit(rest_[piece.digits])) {
            if (piece.digits == longest) return std::nullopt;
            piece.value = piece.value * 10 + (rest_[piece.digits++] - '0');
        }
        if (piece.digits == 0) return std::nullopt;
        rest_.remove_prefix(piece.digits);
        return piece;
    }

    std::optional<Piece> month() {
        std::string word;
        while (word.size() < rest_.size() && is_letter(rest_[word.size()])) {
            word += lower(rest_[word.size()]);
        }
        for (std::size_t i = 0; i < months.size(); ++i) {
            if (word != months[i] && word != months[i].substr(0, 3)) continue;
            rest_.remove_prefix(word.size());
            Piece piece;
            piece.value = static_cast<int>(i) + 1;
            piece.long_month = word.size() > 3;
            return piece;
        }
        return std::nullopt;
    }

    std::optional<Piece> piece() { return is_letter(next()) ? month() : digits(); }

    // One of - / . or blank, or a comma and a blank; empty where letters and digits meet (30Apr24).
    std::string separator() {
        std::size_t length = 0;
        if (next() == '-' || next() == '/' || next() == '.' || next() == ' ') length = 1;
        if (next() == ',') length = rest_.size() > 1 && rest_[1] == ' ' ? 2 : 1;
        std::string found(rest_.substr(0, length));
        rest_.remove_prefix(length);
        return found;
    }

    bool take(char c) {
        if (next() != c) return false;
        rest_.remove_prefix(1);
        return true;
    }

    // The rest of the text is a time of day; its zone and fraction are not looked into, since
    // to_date stops before them.
    bool time(DateForm& form) {
        form.time_separator = rest_.front();
        if (!take(' ') && !take('T')) return false;
        const auto hour = digits();
        if (!hour || hour->digits > 2 || hour->value > 24 || !take(':')) return false;
        const auto minute = digits();
        if (!minute || minute->digits != 2 || minute->value > 59) return false;
        bool seconds = false;
        if (take(':')) {
            const auto second = digits();
            if (!second || second->digits != 2 || second->value > 60) return false;
            seconds = true;
        }
        form.time = seconds ? DateForm::Time::seconds : DateForm::Time::minutes;
        std::string tail;
        for (const char c : rest_) {
            tail += lower(c);
        }
        if (tail == " am" || tail == " pm" || tail == "am" || tail == "pm") {
            form.time = seconds ? DateForm::Time::seconds_pm : DateForm::Time::minutes_pm;
            return hour->value <= 12;
        }
        return tail.find_first_not_of("0123456789.:+-z ") == std::string::npos;
    }

  private:
    std::string_view rest_;
};

bool is_year(int value) {
    return value >= 1000 && value <= 9999;
}

int full_year(int value, bool two_digits) {
    if (!two_digits) return value;
    return value >= 70 ? 1900 + value : 2000 + value;
}

std::optional<Day> checked_days(int year, int month, int day) {
    return is_year(year) ? find_day(year, month, day) : std::nullopt;
}

// Two numbers only: a month and a year, or eight or six digits in one piece.
bool finish_short(DateFields& fields, const Piece& first, const std::optional<Piece>& second) {
    auto& form = fields.form;
    if (!second) {
        if (first.digits == 8) {
            form.kind = DateForm::Kind::compact;
            fields.first = first.value / 10000;
            fields.second = first.value / 100 % 100;
            fields.third = first.value % 100;
        } else if (first.digits == 6) {
            form.kind = DateForm::Kind::compact_month;
            fields.first = first.value / 100;
            fields.second = first.value % 100;
        } else {
            return false;
        }
        return true;
    }
    if (first.digits == 4 && second->digits != 0 && second->digits <= 2) {
        form.kind = DateForm::Kind::year_month;
    } else if (first.digits == 0 && (second->digits == 4 || second->digits == 2)) {
        form.kind = DateForm::Kind::month_name_year;
        form.short_year = second->digits == 2;
        form.long_month = first.long_month;
        fields.may = first.value == 5;
    } else if (first.digits != 0 && first.digits <= 2 && second->digits == 4) {
        form.kind = DateForm::Kind::month_year;
    } else {
        return false;
    }
    // Other signs between two numbers would make a month of many a price (1.2034).
    return first.digits == 0 || form.separator == "-" || form.separator == "/";
}

bool finish_long(DateFields& fields, const Piece& first, const Piece& second, const Piece& third) {
    auto& form = fields.form;
    const bool year_ends = third.digits == 4 || third.digits == 2;
    if (first.digits == 4 && second.digits != 0 && second.digits <= 2 && third.digits != 0 &&
        third.digits <= 2) {
        form.kind = DateForm::Kind::year_month_day;
    } else if (first.digits != 0 && first.digits <= 2 && second.digits == 0 && year_ends) {
        form.kind = DateForm::Kind::day_month_name;
        form.long_month = second.long_month;
        fields.may = second.value == 5;
        form.short_year = third.digits == 2;
    } else if (first.digits == 0 && second.digits != 0 && second.digits <= 2 && year_ends) {
        form.kind = DateForm::Kind::month_name_day;
        form.long_month = first.long_month;
        fields.may = first.value == 5;
        form.short_year = third.digits == 2;
    } else if (first.digits != 0 && first.digits <= 2 && second.digits != 0 && second.digits <= 2 &&
               third.digits == 4) {
        form.kind = DateForm::Kind::two_and_year;
    } else if (first.digits != 0 && first.digits <= 2 && second.digits != 0 && second.digits <= 2 &&
               third.digits == 2) {
        form.kind = DateForm::Kind::three_short;
    } else {
        return false;
    }
    const bool numbers_only = first.digits != 0 && second.digits != 0;
    return !numbers_only || (form.separator == form.second && form.separator != " " &&
                             !form.separator.empty() && form.separator.front() != ',');
}

} // namespace

std::optional<DateFields> read_date_fields(std::string_view text) {
    constexpr std::size_t longest = 40;
    text = trimmed(text);
    if (text.size() < 5 || text.size() > longest) return std::nullopt;
    DateFields fields;
    auto& form = fields.form;
    form.separator.clear();
    Reader reader(text);
    const auto first = reader.piece();
    if (!first) return std::nullopt;
    fields.first = first->value;
    std::optional<Piece> second;
    std::optional<Piece> third;
    if (!reader.done()) {
        form.separator = reader.separator();
        second = reader.piece();
        if (!second) return std::nullopt;
        fields.second = second->value;
    }
    // A colon next would make a time of what looks like the third number.
    if (!reader.done() && reader.next() != 'T') {
        form.second = reader.separator();
        third = reader.piece();
        if (!third || reader.next() == ':') return std::nullopt;
        fields.third = third->value;
    }
    if (!(third ? finish_long(fields, *first, *second, *third)
                : finish_short(fields, *first, second))) {
        return std::nullopt;
    }
    if (!reader.done() && !reader.time(form)) return std::nullopt;
    const bool exists = date_days(fields, DateOrder::day_first).has_value() ||
                        date_days(fields, DateOrder::month_first).has_value() ||
                        date_days(fields, DateOrder::year_first).has_value();
    if (!exists) return std::nullopt;
    return fields;
}

std::optional<Day> date_days(const DateFields& fields, DateOrder order) {
    const auto& form = fields.form;
    switch (form.kind) {
    case DateForm::Kind::year_month_day:
    case DateForm::Kind::compact:
        return checked_days(fields.first, fields.second, fields.third);
    case DateForm::Kind::compact_month:
    case DateForm::Kind::year_month:
        return checked_days(fields.first, fields.second, 1);
    case DateForm::Kind::month_year:
        return checked_days(fields.second, fields.first, 1);
    case DateForm::Kind::month_name_year:
        return checked_days(full_year(fields.second, form.short_year), fields.first, 1);
    case DateForm::Kind::day_month_name:
        return checked_days(full_year(fields.third, form.short_year), fields.second, fields.first);
    case DateForm::Kind::month_name_day:
        return checked_days(full_year(fields.third, form.short_year), fields.first, fields.second);
    case DateForm::Kind::two_and_year:
    case DateForm::Kind::three_short:
        break;
    }
    const bool two_digits = form.kind == DateForm::Kind::three_short;
    if (order == DateOrder::day_first) {
        return checked_days(full_year(fields.third, two_digits), fields.second, fields.first);
    }
    if (order == DateOrder::month_first) {
        return checked_days(full_year(fields.third, two_digits), fields.first, fields.second);
    }
    if (order == DateOrder::year_first && two_digits) {
        return checked_days(full_year(fields.first, true), fields.second, fields.third);
    }
    return std::nullopt;
}

std::string date_format(const DateForm& form, DateOrder order) {
    const std::string month_name = form.long_month ? "Month" : "Mon";
    const std::string year = form.short_year ? "YY" : "YYYY";
    // to_date takes letters of a separator for patterns, none of ours has any; T must be quoted.
    const auto three = [&form](const std::string& x, const std::string& y, const std::string& z) {
        return x + form.separator + y + form.second + z;
    };
    std::string text;
    switch (form.kind) {
    case DateForm::Kind::year_month_day:
        text = three("YYYY", "MM", "DD");
        break;
    case DateForm::Kind::compact:
        text = "YYYYMMDD";
        break;
    case DateForm::Kind::compact_month:
        text = "YYYYMM";
        break;
    case DateForm::Kind::year_month:
        text = "YYYY" + form.separator + "MM";
        break;
    case DateForm::Kind::month_year:
        text = "MM" + form.separator + "YYYY";
        break;
    case DateForm::Kind::month_name_year:
        text = month_name + form.separator + year;
        break;
    case DateForm::Kind::day_month_name:
        text = three("DD", month_name, year);
        break;
    case DateForm::Kind::month_name_day:
        text = three(month_name, "DD", year);
        break;
    case DateForm::Kind::two_and_year:
        text =
            order == DateOrder::month_first ? three("MM", "DD", "YYYY") : three("DD", "MM", "YYYY");
        break;
    case DateForm::Kind::three_short:
        text = order == DateOrder::year_first    ? three("YY", "MM", "DD")
               : order == DateOrder::month_first ? three("MM", "DD", "YY")
                                                 : three("DD", "MM", "YY");
        break;
    }
    if (form.time == DateForm::Time::none) return text;
    text += form.time_separator == 'T' ? std::string("\"T\"") : std::string(" ");
    switch (form.time) {
    case DateForm::Time::minutes:
        return text + "HH24:MI";
    case DateForm::Time::seconds:
        return text + "HH24:MI:SS";
    case DateForm::Time::minutes_pm:
        return text + "HH12:MI AM";
    default:
        return text + "HH12:MI:SS AM";
    }
}

} // namespace recon::definition
