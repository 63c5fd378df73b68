#include "core/definition/column_profile.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <string_view>
#include <unordered_map>

#include "core/base/interrupt.hpp"
#include "core/definition/column_dates.hpp"

namespace recon::definition {
namespace {

using Type = ColumnSample::Type;

void code_values(const ColumnSample& sample, std::size_t rows, ColumnProfile& profile) {
    profile.rows = rows;
    profile.codes.assign(rows, no_value);
    std::unordered_map<std::string_view, std::int32_t> known;
    const std::size_t given = std::min(rows, sample.values.size());
    for (std::size_t row = 0; row < given; ++row) {
        if (!sample.values[row]) continue;
        const auto text = trimmed(*sample.values[row]);
        if (text.empty()) continue;
        const auto [at, added] =
            known.try_emplace(text, static_cast<std::int32_t>(profile.texts.size()));
        if (added) {
            profile.texts.emplace_back(text);
            profile.counts.push_back(0);
        }
        profile.codes[row] = at->second;
        ++profile.counts[static_cast<std::size_t>(at->second)];
        ++profile.filled;
    }
    profile.distinct = profile.texts.size();
    std::size_t length = 0;
    for (const auto& text : profile.texts) {
        length += text.size();
        const auto blank = text.find(' ');
        const auto letter = [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                   static_cast<unsigned char>(c) >= 128;
        };
        if (blank != std::string::npos && std::any_of(text.begin(), text.end(), letter)) {
            ++profile.words_values;
        }
    }
    if (profile.distinct > 0) {
        profile.mean_length = static_cast<double>(length) / static_cast<double>(profile.distinct);
    }
}

void read_numbers(ColumnProfile& profile) {
    if (profile.type != Type::numeric && !profile.is_text()) return;
    std::vector<std::string_view> candidates;
    for (const auto& text : profile.texts) {
        if (!is_placeholder(text)) candidates.emplace_back(text);
    }
    auto style = std::optional(NumberStyle{});
    if (profile.type != Type::numeric) {
        constexpr std::size_t half = 50;
        style = find_number_style(candidates, half);
        if (style) profile.decimal_sign = style->decimal;
        style = find_number_style(candidates);
    }
    if (!style) return;
    std::vector<std::optional<Number>> read(profile.texts.size());
    std::size_t numbers = 0;
    std::size_t others = 0;
    std::map<int, std::size_t> places;
    for (std::size_t i = 0; i < profile.texts.size(); ++i) {
        read[i] = read_number(profile.texts[i], style->group, style->decimal);
        if (read[i]) {
            numbers += profile.counts[i];
            places[read[i]->decimals] += profile.counts[i];
            profile.leading_zeros |= read[i]->leading_zero;
        } else if (!is_placeholder(profile.texts[i])) {
            others += profile.counts[i];
        }
    }
    if (profile.type != Type::numeric && !at_least_95_of_100(numbers, numbers + others)) return;
    profile.is_number = true;
    profile.integers = places.empty() || places.rbegin()->first == 0;
    std::size_t seen = 0;
    for (const auto& [decimals, count] : places) {
        profile.decimals = decimals;
        seen += count;
        if (at_least_95_of_100(seen, numbers)) break;
    }
    profile.numbers.assign(profile.rows, std::nan(""));
    std::vector<double> sizes;
    for (std::size_t row = 0; row < profile.rows; ++row) {
        if (profile.codes[row] == no_value) continue;
        const auto& number = read[static_cast<std::size_t>(profile.codes[row])];
        if (!number) continue;
        profile.numbers[row] = number->value;
        if (number->value != 0) sizes.push_back(std::fabs(number->value));
    }
    if (!sizes.empty()) {
        const auto middle = sizes.begin() + static_cast<std::ptrdiff_t>(sizes.size() / 2);
        std::nth_element(sizes.begin(), middle, sizes.end());
        profile.typical_size = *middle;
    }
}

} // namespace

std::vector<ColumnProfile> profile_columns(const std::vector<ColumnSample>& columns) {
    std::size_t rows = 0;
    for (const auto& column : columns) {
        rows = std::max(rows, column.values.size());
    }
    std::vector<ColumnProfile> profiles(columns.size());
    for (std::size_t i = 0; i < columns.size(); ++i) {
        poll_interrupt();
        auto& profile = profiles[i];
        profile.index = i;
        profile.name = columns[i].name;
        profile.type = columns[i].type;
        profile.words = read_column_name(columns[i].name);
        code_values(columns[i], rows, profile);
        read_numbers(profile);
        read_dates(profile);
    }
    settle_date_orders(profiles);
    return profiles;
}

std::string text_sql(const ColumnProfile& column) {
    const std::string name = quote_identifier(column.name);
    return column.type == Type::text ? name : name + "::text";
}

std::string number_sql(const ColumnProfile& column) {
    if (column.type == Type::numeric) return quote_identifier(column.name);
    return "recon.parse_number(" + text_sql(column) + ", " +
           quote_literal(std::string_view(&column.decimal_sign, 1)) + ")";
}

std::string date_sql(const ColumnProfile& column) {
    if (column.type == Type::date) return quote_identifier(column.name);
    if (column.type == Type::timestamp) return quote_identifier(column.name) + "::date";
    return "recon.parse_date(" + text_sql(column) + ", " +
           quote_literal(date_format(column.date.form, column.date.order)) + ")";
}

} // namespace recon::definition
