#include "formats/table/table_shape.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace recon::formats {
namespace {

constexpr std::size_t rows_looked_at = 200;

bool is_typed(std::string_view cell) {
    cell = trimmed(cell);
    if (is_placeholder(cell)) return false;
    if (read_amount(cell, '.') || read_amount(cell, ',')) return true;
    return OrderEvidence().add(cell, 0);
}

// A time of day or an address of the net is a value, too, and never a name of a column.
bool is_value(std::string_view cell) {
    if (is_typed(cell)) return true;
    cell = trimmed(cell);
    constexpr std::size_t longest_name = 80;
    return cell.size() > longest_name || cell.substr(0, 4) == "http" ||
           (cell.size() >= 4 && cell[0] >= '0' && cell[0] <= '9' &&
            cell.find(':') != std::string_view::npos);
}

bool is_value_row(const SampleRow& row) {
    return std::any_of(row.cells.begin(), row.cells.end(),
                       [](const std::string& cell) { return is_value(cell); });
}

// The width that most rows have; the larger of equals.
std::size_t usual_width(const std::vector<SampleRow>& rows) {
    std::map<std::size_t, std::size_t> widths;
    for (const auto& row : rows) {
        if (row.filled() > 0) ++widths[row.cells.size()];
    }
    std::size_t best = 0;
    std::size_t most = 0;
    for (const auto& [width, count] : widths) {
        if (count >= most) {
            most = count;
            best = width;
        }
    }
    return best;
}

std::size_t usual_filled(const std::vector<SampleRow>& rows, std::size_t width) {
    std::vector<std::size_t> filled;
    for (const auto& row : rows) {
        if (row.cells.size() == width && row.filled() > 0) filled.push_back(row.filled());
    }
    if (filled.empty()) return 0;
    const auto middle = filled.begin() + static_cast<std::ptrdiff_t>(filled.size() / 2);
    std::nth_element(filled.begin(), middle, filled.end());
    return *middle;
}

std::size_t find_start(const std::vector<SampleRow>& rows, std::size_t width) {
    const std::size_t usual = usual_filled(rows, width);
    const std::size_t enough = width < 2 ? 1 : std::max<std::size_t>(2, (usual + 1) / 2);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto filled = rows[i].filled();
        if (filled >= std::min(enough, usual) && filled > 0) return i;
    }
    return 0;
}

// How many columns hold values only in the rows right below this one, which holds names only.
std::size_t columns_named(const std::vector<SampleRow>& rows, std::size_t at) {
    constexpr std::size_t rows_below = 5;
    std::size_t named = 0;
    for (std::size_t c = 0; c < rows[at].cells.size(); ++c) {
        const auto name = trimmed(rows[at].cells[c]);
        if (name.empty()) continue;
        if (is_value(name)) return 0;
        std::size_t values = 0;
        bool all = true;
        for (std::size_t i = at + 1; i < rows.size() && i <= at + rows_below; ++i) {
            if (c >= rows[i].cells.size() || is_placeholder(trimmed(rows[i].cells[c]))) continue;
            ++values;
            all = all && is_typed(rows[i].cells[c]);
        }
        named += all && values > 1 ? 1 : 0;
    }
    return named;
}

// Several lines of words may stand above the names: then values begin further below.
std::size_t skip_words(const std::vector<SampleRow>& rows, std::size_t start) {
    constexpr std::size_t most_words = 20;
    if (rows.empty() || columns_named(rows, start) > 0 || is_value_row(rows[start])) return start;
    for (std::size_t i = start + 1; i < rows.size() && i < start + most_words; ++i) {
        if (is_value_row(rows[i])) return start;
        if (columns_named(rows, i) > 0) return i;
    }
    return start;
}

struct Body {
    std::vector<bool> typed; // at least four of five filled cells are
    std::size_t rows = 0;
};

bool says_the_same(const SampleRow& one, const SampleRow& other) {
    for (std::size_t c = 0; c < one.cells.size(); ++c) {
        if (c >= other.cells.size() || trimmed(one.cells[c]) != trimmed(other.cells[c]))
            return false;
    }
    return true;
}

// The rows below `from` - 1, which may be a header that comes again.
Body look_at_body(const std::vector<SampleRow>& rows, std::size_t from, std::size_t width) {
    Body body;
    std::vector<std::size_t> filled(width);
    std::vector<std::size_t> typed(width);
    for (std::size_t i = from; i < rows.size() && i < from + rows_looked_at; ++i) {
        const std::vector<std::string_view> cells(rows[i].cells.begin(), rows[i].cells.end());
        if (rows[i].filled() == 0 || is_total(cells) || says_the_same(rows[from - 1], rows[i])) {
            continue;
        }
        ++body.rows;
        for (std::size_t c = 0; c < std::min(width, rows[i].cells.size()); ++c) {
            if (is_placeholder(trimmed(rows[i].cells[c]))) continue;
            ++filled[c];
            typed[c] += is_typed(rows[i].cells[c]) ? 1 : 0;
        }
    }
    for (std::size_t c = 0; c < width; ++c) {
        body.typed.push_back(filled[c] > 0 && typed[c] * 5 >= filled[c] * 4);
    }
    return body;
}

// How much speaks for a row being a header: columns that hold values below a name.
int header_score(const SampleRow& row, const Body& body) {
    int score = 0;
    for (std::size_t c = 0; c < row.cells.size(); ++c) {
        const auto cell = trimmed(row.cells[c]);
        if (cell.empty()) continue;
        if (is_value(cell)) {
            score -= 2;
        } else if (c < body.typed.size() && body.typed[c]) {
            ++score;
        }
    }
    return score;
}

// Among texts alone: names that are filled, differ, and do not come again below.
bool names_differ(const std::vector<SampleRow>& rows, std::size_t at) {
    std::set<std::string> names;
    for (const auto& cell : rows[at].cells) {
        const std::string name(trimmed(cell));
        if (name.empty() || !names.insert(lower_ascii(name)).second) return false;
    }
    for (std::size_t i = at + 1; i < rows.size() && i < at + rows_looked_at; ++i) {
        for (std::size_t c = 0; c < std::min(rows[i].cells.size(), rows[at].cells.size()); ++c) {
            if (trimmed(rows[i].cells[c]) == trimmed(rows[at].cells[c])) return false;
        }
    }
    return true;
}

void count_header_rows(const std::vector<SampleRow>& rows, TableShape& shape) {
    const std::size_t start = shape.preamble;
    const auto line = "line " + std::to_string(rows[start].line);
    const Body body = look_at_body(rows, start + 1, shape.width);
    const int score = header_score(rows[start], body);
    const bool has_typed =
        std::find(body.typed.begin(), body.typed.end(), true) != body.typed.end();
    if (score < 0 || (has_typed && score == 0)) {
        shape.header_confidence = 0.9;
        shape.header_evidence = "cells of " + line + " are values, not names";
        return;
    }
    if (!has_typed && body.rows > 0 && !names_differ(rows, start)) {
        shape.header_confidence = 0.5;
        shape.header_evidence =
            "no column holds numbers or dates, and " + line + " is no row of different names";
        return;
    }
    shape.header_rows = 1;
    shape.header_confidence = has_typed ? 0.95 : body.rows == 0 ? 0.8 : 0.6;
    shape.header_evidence =
        has_typed ? line + " has names above " + std::to_string(score) + " columns of values"
                  : line + " has different names that do not come again below";
    constexpr std::size_t most_header_rows = 3;
    while (shape.header_rows < most_header_rows && start + shape.header_rows + 1 < rows.size()) {
        const auto& next = rows[start + shape.header_rows];
        const Body below = look_at_body(rows, start + shape.header_rows + 1, shape.width);
        const bool again = says_the_same(rows[start], next);
        if (!again && (header_score(next, below) < 2 || next.filled() * 2 < shape.width)) break;
        if (header_score(next, below) <= 0) break;
        ++shape.header_rows;
    }
}

void name_columns(const std::vector<SampleRow>& rows, TableShape& shape) {
    shape.headers.assign(shape.width, {});
    for (std::size_t i = 0; i < shape.header_rows && shape.preamble + i < rows.size(); ++i) {
        const auto& cells = rows[shape.preamble + i].cells;
        for (std::size_t c = 0; c < std::min(shape.width, cells.size()); ++c) {
            const auto name = trimmed(cells[c]);
            if (name.empty()) continue;
            if (!shape.headers[c].empty()) shape.headers[c] += ' ';
            shape.headers[c] += name;
        }
    }
    for (std::size_t c = 0; c < shape.width; ++c) {
        if (shape.headers[c].empty()) shape.headers[c] = "column_" + std::to_string(c + 1);
    }
}

// Cells beyond the header that nothing ever fills belong to a delimiter at the end of each line.
void drop_empty_end(const std::vector<SampleRow>& rows, TableShape& shape) {
    if (shape.header_rows == 0) return;
    const std::size_t named = rows[shape.preamble].cells.size();
    if (named >= shape.width) return;
    for (std::size_t i = shape.preamble + shape.header_rows; i < rows.size(); ++i) {
        for (std::size_t c = named; c < std::min(shape.width, rows[i].cells.size()); ++c) {
            if (!trimmed(rows[i].cells[c]).empty()) return;
        }
    }
    shape.width = named;
}

} // namespace

std::size_t SampleRow::filled() const {
    return static_cast<std::size_t>(
        std::count_if(cells.begin(), cells.end(),
                      [](const std::string& cell) { return !trimmed(cell).empty(); }));
}

TableShape find_shape(const std::vector<SampleRow>& rows) {
    TableShape shape;
    shape.width = usual_width(rows);
    if (shape.width == 0) return shape;
    shape.preamble = skip_words(rows, find_start(rows, shape.width));
    count_header_rows(rows, shape);
    if (shape.header_rows > 0) {
        shape.width = std::max(shape.width, rows[shape.preamble].cells.size());
    }
    drop_empty_end(rows, shape);
    name_columns(rows, shape);
    return shape;
}

TableShape shape_with(const std::vector<SampleRow>& rows, std::size_t preamble,
                      std::size_t header_rows) {
    TableShape shape;
    shape.preamble = std::min(preamble, rows.size());
    shape.header_rows = std::min(header_rows, rows.size() - shape.preamble);
    shape.width = usual_width(rows);
    if (shape.header_rows > 0) {
        shape.width = std::max(shape.width, rows[shape.preamble].cells.size());
    }
    shape.header_confidence = 1;
    shape.header_evidence = "given";
    drop_empty_end(rows, shape);
    name_columns(rows, shape);
    return shape;
}

bool is_total(const std::vector<std::string_view>& cells) {
    constexpr std::array<std::string_view, 18> words = {"total",
                                                        "totals",
                                                        "grand total",
                                                        "sub total",
                                                        "subtotal",
                                                        "sum",
                                                        "summe",
                                                        "gesamt",
                                                        "gesamtsumme",
                                                        "summa",
                                                        "totalt",
                                                        "totale",
                                                        "total g\xC3\xA9n\xC3\xA9ral",
                                                        "suma",
                                                        "totaal",
                                                        "i alt",
                                                        "subtotaal",
                                                        "zwischensumme"};
    std::size_t seen = 0;
    std::size_t filled = 0;
    bool found = false;
    for (const auto cell : cells) {
        auto text = trimmed(cell);
        if (text.empty()) continue;
        ++filled;
        if (++seen > 2 || found) continue;
        while (!text.empty() && (text.back() == ':' || text.back() == ' ')) {
            text.remove_suffix(1);
        }
        found = std::find(words.begin(), words.end(), lower_ascii(text)) != words.end();
    }
    // A row of data may hold the word, too: the rest of such a row is filled.
    return found && (cells.size() <= 3 || filled * 2 <= cells.size() + 1);
}

} // namespace recon::formats
