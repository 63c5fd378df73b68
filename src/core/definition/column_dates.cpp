#include "core/definition/column_dates.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string_view>

#include "core/base/interrupt.hpp"
#include "core/definition/wording.hpp"

namespace recon::definition {
namespace {

using Type = ColumnSample::Type;

// Whether digits in one piece are to be taken for a date: the name says so, or, for eight of them,
// every one is a day of the last or the next decades.
bool compact_is_date(const ColumnProfile& profile, const DateForm& form,
                     const std::vector<std::optional<DateFields>>& read) {
    if (form.kind != DateForm::Kind::compact && form.kind != DateForm::Kind::compact_month) {
        return true;
    }
    const bool plausible = std::all_of(read.begin(), read.end(), [](const auto& fields) {
        return !fields || (fields->first >= 1900 && fields->first <= 2100) || fields->first == 9999;
    });
    if (!plausible) return false;
    return profile.words.has(sense_date) ||
           (form.kind == DateForm::Kind::compact && profile.distinct >= 3 && !profile.words.all);
}

std::vector<std::optional<DateFields>> read_all_fields(const ColumnProfile& profile) {
    std::vector<std::optional<DateFields>> read(profile.texts.size());
    for (std::size_t i = 0; i < profile.texts.size(); ++i) {
        read[i] = read_date_fields(profile.texts[i]);
    }
    return read;
}

// May is both its own long and short name: it follows the others.
bool same_form(const DateForm& form, const DateFields& fields) {
    if (!fields.may) return form == fields.form;
    DateForm other = fields.form;
    other.long_month = form.long_month;
    return form == other;
}

struct OrderCount {
    std::size_t day_first = 0;   // rows that can only be read day first
    std::size_t month_first = 0; // rows that can only be read month first
    std::size_t year_first = 0;
    std::string day_example;
    std::string month_example;
    std::string year_example;
};

OrderCount count_orders(const ColumnProfile& profile,
                        const std::vector<std::optional<DateFields>>& read) {
    OrderCount count;
    for (std::size_t i = 0; i < read.size(); ++i) {
        if (!read[i] || !same_form(profile.date.form, *read[i])) continue;
        const bool day = date_days(*read[i], DateOrder::day_first).has_value();
        const bool month = date_days(*read[i], DateOrder::month_first).has_value();
        const bool year = date_days(*read[i], DateOrder::year_first).has_value();
        if (day && !month) {
            count.day_first += profile.counts[i];
            if (count.day_example.empty() || profile.texts[i] < count.day_example) {
                count.day_example = profile.texts[i];
            }
        } else if (month && !day) {
            count.month_first += profile.counts[i];
            if (count.month_example.empty() || profile.texts[i] < count.month_example) {
                count.month_example = profile.texts[i];
            }
        } else if (year && !day && !month) {
            count.year_first += profile.counts[i];
            if (count.year_example.empty() || profile.texts[i] < count.year_example) {
                count.year_example = profile.texts[i];
            }
        }
    }
    return count;
}

void fill_days(ColumnProfile& profile, const std::vector<std::optional<DateFields>>& read) {
    profile.days.assign(profile.rows, no_day);
    std::vector<std::int32_t> of_code(read.size(), no_day);
    for (std::size_t i = 0; i < read.size(); ++i) {
        if (!read[i] || !same_form(profile.date.form, *read[i])) continue;
        const auto days = date_days(*read[i], profile.date.order);
        if (days) of_code[i] = *days;
    }
    for (std::size_t row = 0; row < profile.rows; ++row) {
        if (profile.codes[row] != no_value) {
            profile.days[row] = of_code[static_cast<std::size_t>(profile.codes[row])];
        }
    }
    std::sort(of_code.begin(), of_code.end());
    of_code.erase(std::unique(of_code.begin(), of_code.end()), of_code.end());
    profile.distinct_days = of_code.size() - (!of_code.empty() && of_code[0] == no_day ? 1 : 0);
}

// Real dates: the first ten characters; infinity and dates BC stay out.
void read_real_dates(ColumnProfile& profile) {
    profile.is_date = true;
    profile.date.order = DateOrder::year_first;
    std::vector<std::optional<DateFields>> read(profile.texts.size());
    constexpr std::size_t iso_length = 10;
    for (std::size_t i = 0; i < read.size(); ++i) {
        if (profile.texts[i].find("BC") != std::string::npos) continue;
        const auto fields =
            read_date_fields(std::string_view(profile.texts[i]).substr(0, iso_length));
        if (fields && fields->form.kind == DateForm::Kind::year_month_day) read[i] = fields;
        if (read[i]) profile.date.form = read[i]->form;
    }
    fill_days(profile, read);
}

// How many rows are written in a form.
struct FormCount {
    const DateForm* form = nullptr; // null: there is none
    std::size_t rows = 0;
};

// The most frequent form; that of the earliest text in byte order among equals. None where a column
// is written in more ways than a date column is.
FormCount most_frequent_form(const ColumnProfile& profile,
                             const std::vector<std::optional<DateFields>>& read) {
    constexpr std::size_t most_forms = 16;
    FormCount best;
    const std::string* best_text = nullptr;
    std::vector<const DateForm*> tried;
    for (std::size_t i = 0; i < read.size(); ++i) {
        if (!read[i]) continue;
        const auto known = std::any_of(tried.begin(), tried.end(), [&](const DateForm* form) {
            return *form == read[i]->form;
        });
        if (known) continue;
        if (tried.size() == most_forms) return {};
        tried.push_back(&read[i]->form);
        std::size_t rows = 0;
        for (std::size_t j = 0; j < read.size(); ++j) {
            if (read[j] && same_form(read[i]->form, *read[j])) rows += profile.counts[j];
        }
        const bool is_earlier = best_text != nullptr && profile.texts[i] < *best_text;
        if (rows > best.rows || (rows == best.rows && is_earlier)) {
            best = {&read[i]->form, rows};
            best_text = &profile.texts[i];
        }
    }
    return best;
}

// The order of day, month and year, where the numbers prove one.
void prove_order(ColumnProfile& profile, const std::vector<std::optional<DateFields>>& read) {
    const auto count = count_orders(profile, read);
    auto& date = profile.date;
    const auto proof = [&](std::size_t rows, const char* how, const std::string& example) {
        date.proof = rows;
        date.evidence = number_of(rows, "row") + " of " + std::to_string(profile.filled) +
                        " can only be read " + how + ", for example " + example;
    };
    const std::size_t most = std::max({count.day_first, count.month_first, count.year_first});
    const std::size_t all = count.day_first + count.month_first + count.year_first;
    date.order = DateOrder::undecided;
    if (most == 0) return;
    if (all * 100 > most * 105) {
        date.order =
            count.day_first >= count.month_first ? DateOrder::day_first : DateOrder::month_first;
        date.ambiguous = date.contradictory = true;
        date.evidence = number_of(count.day_first, "row") + " can only be read day first and " +
                        std::to_string(count.month_first) +
                        " only month first, so no one format reads them all";
    } else if (most == count.day_first) {
        date.order = DateOrder::day_first;
        proof(count.day_first, "day first", count.day_example);
    } else if (most == count.month_first) {
        date.order = DateOrder::month_first;
        proof(count.month_first, "month first", count.month_example);
    } else {
        proof(count.year_first, "year first", count.year_example);
    }
}

// Finds the form in which most values are written and, where the numbers prove it, the order.
void read_text_dates(ColumnProfile& profile) {
    const bool digits_only = profile.type == Type::numeric;
    if (!profile.is_text() && !digits_only) return;
    const auto read = read_all_fields(profile);
    const auto [form, rows] = most_frequent_form(profile, read);
    if (form == nullptr) return;
    std::size_t dates = 0; // and what stands where one should
    for (std::size_t i = 0; i < read.size(); ++i) {
        if (read[i] || !is_placeholder(profile.texts[i])) dates += profile.counts[i];
    }
    if (!at_least_95_of_100(rows, dates)) return;
    if (!compact_is_date(profile, *form, read)) return;
    if (digits_only && form->kind != DateForm::Kind::compact &&
        form->kind != DateForm::Kind::compact_month) {
        return;
    }
    profile.is_date = true;
    profile.is_number = false;
    profile.decimal_sign = '\0';
    profile.date.form = *form;
    profile.date.order = DateOrder::year_first;
    profile.date.evidence = (digits_only ? "numbers written as " : "text written as ") +
                            date_format(*form, DateOrder::year_first);
    if (form->needs_order()) prove_order(profile, read);
    if (profile.date.order != DateOrder::undecided) fill_days(profile, read);
}

struct Distance {
    std::size_t rows = 0;
    double mean = 0; // of |days between|, far ones counted as 400
};

Distance distance(const std::vector<std::int32_t>& days, const std::vector<std::int32_t>& other) {
    Distance result;
    constexpr int far = 400;
    double sum = 0;
    for (std::size_t row = 0; row < days.size(); ++row) {
        if (days[row] == no_day || other[row] == no_day) continue;
        ++result.rows;
        sum += std::min(far, std::abs(days[row] - other[row]));
    }
    if (result.rows > 0) result.mean = sum / static_cast<double>(result.rows);
    return result;
}

std::size_t weekend_days(const std::vector<std::int32_t>& days) {
    std::vector<std::int32_t> distinct(days);
    std::sort(distinct.begin(), distinct.end());
    distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
    return static_cast<std::size_t>(
        std::count_if(distinct.begin(), distinct.end(),
                      [](std::int32_t day) { return day != no_day && weekday(day) > 5; }));
}

const char* order_words(DateOrder order) {
    return order == DateOrder::day_first ? "day first" : "month first";
}

// By columns that are written alike and can be read in one way only, where all of them agree.
bool settle_by_columns_alike(ColumnProfile& profile,
                             const std::vector<const ColumnProfile*>& decided) {
    auto& date = profile.date;
    std::size_t day = 0;
    std::size_t month = 0;
    const ColumnProfile* witness = nullptr;
    for (const auto* other : decided) {
        if (other->date.form.kind != date.form.kind ||
            other->date.form.separator != date.form.separator || other->date.contradictory ||
            !other->date.form.needs_order() || other->date.order == DateOrder::year_first) {
            continue;
        }
        (other->date.order == DateOrder::day_first ? day : month) += 1;
        if (witness == nullptr || other->date.proof > witness->date.proof) witness = other;
    }
    if ((day == 0) == (month == 0)) return false;
    date.order = day > 0 ? DateOrder::day_first : DateOrder::month_first;
    date.evidence = "its values could be read both ways, but " + quote_identifier(witness->name) +
                    " is written alike and " + witness->date.evidence;
    return true;
}

// The column, read each way.
struct BothWays {
    ColumnProfile day_first;
    ColumnProfile month_first;
};

// By an unambiguous date of the same row, which one of the two ways is near.
bool settle_by_distance(DateReading& date, const BothWays& ways,
                        const std::vector<const ColumnProfile*>& decided) {
    for (const auto* other : decided) {
        const auto as_day = distance(ways.day_first.days, other->days);
        const auto as_month = distance(ways.month_first.days, other->days);
        if (as_day.rows < 3 || std::fabs(as_day.mean - as_month.mean) < 15) continue;
        const bool nearer_day = as_day.mean < as_month.mean;
        const double nearer = std::min(as_day.mean, as_month.mean);
        // Near means near: two weeks from an unambiguous date of its own row, on average.
        if (nearer > 14) continue;
        date.order = nearer_day ? DateOrder::day_first : DateOrder::month_first;
        date.evidence = std::string("read ") + order_words(date.order) + " it is on average " +
                        rounded_text(nearer, 1) + " days from " + quote_identifier(other->name) +
                        ", read the other way " +
                        rounded_text(std::max(as_day.mean, as_month.mean), 1);
        return true;
    }
    return false;
}

// By weekdays, else by custom.
void settle_by_custom(DateReading& date, const BothWays& ways) {
    const std::string ambiguous =
        "ambiguous: no value shows whether the day or the month comes first; ";
    date.ambiguous = true;
    const std::size_t day_weekends = weekend_days(ways.day_first.days);
    const std::size_t month_weekends = weekend_days(ways.month_first.days);
    const std::size_t days = ways.day_first.distinct_days;
    if (days >= 3 && (day_weekends == 0) != (month_weekends == 0)) {
        date.order = day_weekends == 0 ? DateOrder::day_first : DateOrder::month_first;
        date.evidence = ambiguous + order_words(date.order) + " is taken because all " +
                        number_of(days, "date") + " are then weekdays, and " +
                        std::to_string(std::max(day_weekends, month_weekends)) +
                        " are not when read the other way";
    } else {
        date.order = date.form.separator == "/" ? DateOrder::month_first : DateOrder::day_first;
        date.evidence = ambiguous + order_words(date.order) +
                        " is taken by custom for dates written with " + date.form.separator;
    }
}

// A column whose numbers prove no order. `decided` are the columns whose order is proven.
void settle_order(ColumnProfile& profile, const std::vector<const ColumnProfile*>& decided) {
    const auto read = read_all_fields(profile);
    if (!settle_by_columns_alike(profile, decided)) {
        BothWays ways{profile, profile};
        ways.day_first.date.order = DateOrder::day_first;
        fill_days(ways.day_first, read);
        ways.month_first.date.order = DateOrder::month_first;
        fill_days(ways.month_first, read);
        if (!settle_by_distance(profile.date, ways, decided)) settle_by_custom(profile.date, ways);
    }
    fill_days(profile, read);
}

} // namespace

void read_dates(ColumnProfile& profile) {
    if (profile.type == Type::date || profile.type == Type::timestamp) {
        read_real_dates(profile);
    } else {
        read_text_dates(profile);
    }
}

void settle_date_orders(std::vector<ColumnProfile>& profiles) {
    std::vector<const ColumnProfile*> decided;
    for (const auto& profile : profiles) {
        if (profile.is_date && profile.date.order != DateOrder::undecided &&
            !profile.date.contradictory) {
            decided.push_back(&profile);
        }
    }
    // Which witness speaks must not depend on the order of the columns.
    std::stable_sort(decided.begin(), decided.end(),
                     [](const auto* x, const auto* y) { return x->name < y->name; });
    for (auto& profile : profiles) {
        poll_interrupt();
        if (profile.is_date && profile.date.order == DateOrder::undecided) {
            settle_order(profile, decided);
        }
    }
}

bool is_no_date(std::int32_t day) {
    static const std::int32_t first = day_of({1902, 1, 1});
    static const std::int32_t last = day_of({9000, 1, 1});
    return day < first || day > last;
}

} // namespace recon::definition
