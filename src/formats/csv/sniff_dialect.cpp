#include "formats/csv/sniff_dialect.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>

#include "formats/values/amount.hpp"

namespace recon::formats {
namespace {

constexpr std::size_t tried_rows = 300;
constexpr std::size_t tried_bytes = std::size_t{128} << 10U;
constexpr std::string_view delimiters = ",;\t|^~: ";

// How much a cell looks like one value: a number, a date, a word; a text with delimiters in it
// less.
double cell_score(std::string_view cell, bool quoted, char delimiter) {
    cell = trimmed(cell);
    if (cell.empty()) return 0.9;
    if (quoted) return 1;
    if (read_amount(cell, '.') || read_amount(cell, ',')) return 1;
    if (OrderEvidence().add(cell, 0)) return 1;
    if (cell.find('"') != std::string_view::npos) return 0.1;
    for (const char other : std::string_view(",;\t|")) {
        if (other != delimiter && cell.find(other) != std::string_view::npos) return 0.5;
    }
    return 0.85;
}

struct Trial {
    double score = 0;
    std::size_t fields = 0;
    std::size_t rows = 0;
    std::size_t agreeing = 0;
};

Trial try_dialect(std::string_view sample, bool is_whole, const Dialect& dialect) {
    Trial trial;
    RecordSplitter splitter(dialect);
    Record record;
    std::map<std::size_t, std::size_t> widths;
    double cells = 0;
    double quality = 0;
    std::size_t repaired = 0;
    while (trial.rows < tried_rows) {
        const auto length = splitter.split(sample, is_whole, record);
        if (length == 0) break;
        sample.remove_prefix(length);
        if (record.is_blank()) continue;
        ++trial.rows;
        ++widths[record.fields.size()];
        repaired += record.repaired ? 1 : 0;
        double of_row = 0;
        for (std::size_t i = 0; i < record.fields.size(); ++i) {
            of_row += cell_score(record.fields[i], record.quoted[i], dialect.delimiter);
        }
        quality += of_row / static_cast<double>(record.fields.size());
        cells += 1;
    }
    for (const auto& [width, count] : widths) {
        if (count >= trial.agreeing) {
            trial.agreeing = count;
            trial.fields = width;
        }
    }
    if (trial.rows == 0 || trial.fields < 2) return trial;
    const auto rows = static_cast<double>(trial.rows);
    const double agreement = static_cast<double>(trial.agreeing) / rows;
    const double unbroken = 1 - static_cast<double>(repaired) / rows / 2;
    const auto width = static_cast<double>(trial.fields);
    trial.score = agreement * agreement * unbroken * (quality / cells) * (1 - 0.6 / width);
    // Words of a sentence, times of day and addresses are not columns.
    if (dialect.delimiter == ' ') trial.score *= 0.55;
    if (dialect.delimiter == ':') trial.score *= 0.4;
    return trial;
}

// Whether fields stand in these marks: at the beginning of a line or behind a delimiter, closed
// before one.
std::size_t quoted_fields(std::string_view sample, char quote, char delimiter) {
    std::size_t count = 0;
    const auto is_edge = [&](char c) { return c == delimiter || c == '\n' || c == '\r'; };
    bool open = false;
    for (std::size_t i = 0; i < sample.size(); ++i) {
        if (sample[i] != quote) continue;
        std::size_t before = i;
        while (before > 0 && sample[before - 1] == ' ' && delimiter != ' ') {
            --before;
        }
        if (!open && (before == 0 || is_edge(sample[before - 1]))) {
            open = true;
        } else if (open && (i + 1 == sample.size() || is_edge(sample[i + 1]))) {
            open = false;
            ++count;
        }
    }
    return count;
}

bool escapes_by_backslash(std::string_view sample, char quote, char delimiter) {
    const std::string escaped{'\\', quote};
    std::size_t backslashes = 0;
    std::size_t doubled = 0;
    for (std::size_t i = 0; i + 2 < sample.size(); ++i) {
        const bool inside =
            sample[i + 2] != delimiter && sample[i + 2] != '\n' && sample[i + 2] != '\r';
        if (sample.substr(i, 2) == escaped && inside) ++backslashes;
        if (sample[i] == quote && sample[i + 1] == quote && i > 0 && sample[i - 1] != delimiter &&
            sample[i - 1] != '\\') {
            ++doubled;
        }
    }
    return backslashes > 0 && backslashes > doubled / 2;
}

// A blank stands behind nearly every delimiter that a quotation mark or a value follows.
bool has_blanks(std::string_view sample, char delimiter) {
    if (delimiter == ' ' || delimiter == '\t') return false;
    std::size_t blanks = 0;
    std::size_t others = 0;
    for (std::size_t i = 0; i + 1 < sample.size(); ++i) {
        if (sample[i] != delimiter || sample[i + 1] == '\n' || sample[i + 1] == '\r') continue;
        ++(sample[i + 1] == ' ' ? blanks : others);
    }
    return blanks > others;
}

std::string name_of(char c) {
    switch (c) {
    case '\t':
        return "tab";
    case ' ':
        return "blank";
    case '\0':
        return "none";
    default:
        return {'\'', c, '\''};
    }
}

std::string sentence(const Dialect& dialect, const Trial& trial) {
    return std::to_string(trial.agreeing) + " of " + std::to_string(trial.rows) +
           " rows looked at have " + std::to_string(trial.fields) + " fields between " +
           name_of(dialect.delimiter);
}

// One column: what is quoted stays quoted.
DialectGuess single_column(std::string_view sample, Dialect dialect) {
    dialect.delimiter = ',';
    dialect.fields = 0;
    if (sample.find(',') != std::string_view::npos) dialect.delimiter = '\t';
    return {dialect, 0.3, "no delimiter cuts the rows alike: one column"};
}

} // namespace

std::vector<SampleRow> sample_rows(std::string_view sample, bool is_whole, const Dialect& dialect,
                                   std::size_t most) {
    std::vector<SampleRow> rows;
    MemorySource source(sample);
    RecordSplitter splitter(dialect);
    Record record;
    std::uint64_t line = 1;
    while (rows.size() < most) {
        const auto length = splitter.split(sample, is_whole, record);
        if (length == 0) break;
        SampleRow row;
        row.line = line;
        for (const auto field : record.fields) {
            row.cells.emplace_back(field);
        }
        rows.push_back(std::move(row));
        const auto whole = sample.substr(0, length);
        const auto feeds = std::count(whole.begin(), whole.end(), '\n');
        line += static_cast<std::uint64_t>(
            feeds > 0 ? feeds : std::count(whole.begin(), whole.end(), '\r'));
        sample.remove_prefix(length);
    }
    return rows;
}

DialectGuess guess_dialect(std::string_view sample, bool is_whole) {
    if (sample.size() > tried_bytes) {
        sample = sample.substr(0, tried_bytes);
        is_whole = false;
    }
    Dialect base;
    base.ends_at_return = sample.find('\n') == std::string_view::npos;
    Trial best;
    Trial second;
    Dialect chosen = base;
    for (const char delimiter : delimiters) {
        if (sample.find(delimiter) == std::string_view::npos) continue;
        for (const char quote : {'"', '\''}) {
            if (quote == '\'' && quoted_fields(sample, '\'', delimiter) <=
                                     2 * quoted_fields(sample, '"', delimiter)) {
                continue;
            }
            Dialect dialect = base;
            dialect.delimiter = delimiter;
            dialect.quote = quote;
            dialect.skips_blanks = has_blanks(sample, delimiter);
            dialect.escape = escapes_by_backslash(sample, quote, delimiter) ? '\\' : quote;
            const Trial trial = try_dialect(sample, is_whole, dialect);
            if (trial.score > best.score) {
                if (delimiter != chosen.delimiter) second = best;
                best = trial;
                chosen = dialect;
            } else if (trial.score > second.score && delimiter != chosen.delimiter) {
                second = trial;
            }
        }
    }
    if (best.score < 0.1) return single_column(sample, base);
    chosen.fields = best.fields;
    const double lead = best.score / (best.score + second.score);
    const double agreement = static_cast<double>(best.agreeing) / static_cast<double>(best.rows);
    return {chosen, std::min(1.0, lead * 1.2) * agreement, sentence(chosen, best)};
}

} // namespace recon::formats
