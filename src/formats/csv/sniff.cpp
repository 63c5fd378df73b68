#include "formats/csv/sniff.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "core/base/interrupt.hpp"
#include "formats/csv/sniff_dialect.hpp"

namespace recon::formats {
namespace {

constexpr std::size_t sample_bytes = 1024 * 1024;
constexpr std::size_t most_rows = 20000;

struct Sample {
    std::string bytes;
    bool is_whole = false;
};

Sample read_sample(ByteSource& source) {
    Sample sample;
    sample.bytes.resize(sample_bytes);
    std::size_t size = 0;
    while (size < sample_bytes) {
        const auto read = source.read(sample.bytes.data() + size, sample_bytes - size);
        if (read == 0) {
            sample.is_whole = true;
            break;
        }
        size += read;
    }
    sample.bytes.resize(size);
    if (sample.bytes.empty()) {
        throw Error(ErrorKind::invalid_data, "the file is empty", "It has 0 bytes.",
                    "Ask whether the export has finished, and send the file again.");
    }
    return sample;
}

std::string decoded(const Sample& sample, Encoding encoding) {
    // What is cut within a character is left to the file itself.
    std::string_view bytes = sample.bytes;
    if (!sample.is_whole && encoding == Encoding::utf8) {
        bytes = bytes.substr(0, valid_utf8_prefix(bytes));
    } else if (!sample.is_whole) {
        bytes = bytes.substr(0, bytes.size() / 4 * 4);
    }
    MemorySource source(bytes);
    TextReader reader(source, encoding);
    std::string text;
    while (reader.append(text)) {
    }
    return text;
}

void apply(const SniffOptions& options, Dialect& dialect, bool& given) {
    if (options.delimiter) {
        given = true;
        dialect.delimiter = *options.delimiter;
    }
    if (options.quote) {
        if (dialect.escape == dialect.quote) dialect.escape = *options.quote;
        dialect.quote = *options.quote;
    }
    if (options.escape) dialect.escape = *options.escape;
}

std::string shown(char c) {
    return c == '\t' ? "tab" : c == ' ' ? "blank" : c == '\0' ? "none" : std::string(1, c);
}

void scan_rows(const std::vector<SampleRow>& rows, const TableShape& shape,
               std::vector<ColumnScan>& scans) {
    for (std::size_t i = shape.preamble + shape.header_rows; i < rows.size(); ++i) {
        if ((i & 255U) == 0) poll_interrupt();
        const std::vector<std::string_view> cells(rows[i].cells.begin(), rows[i].cells.end());
        if (is_total(cells)) continue;
        for (std::size_t c = 0; c < std::min(shape.width, cells.size()); ++c) {
            scans[c].add(cells[c], rows[i].line);
        }
    }
}

bool has_question(const std::vector<ColumnProfile>& columns) {
    return std::any_of(columns.begin(), columns.end(),
                       [](const ColumnProfile& column) { return !column.question.empty(); });
}

// The whole file, for what its beginning does not decide.
void scan_file(ByteSource& source, const Sniffed& found, std::vector<ColumnScan>& scans) {
    source.rewind();
    RecordReader reader(source, found.profile.encoding, found.profile.dialect);
    Record record;
    std::size_t row = 0;
    while (reader.next(record)) {
        if ((row & 255U) == 0) poll_interrupt();
        if (row++ < found.profile.preamble + found.profile.header_rows) continue;
        if (is_total(record.fields)) continue;
        for (std::size_t c = 0; c < std::min(scans.size(), record.fields.size()); ++c) {
            scans[c].add(record.fields[c], record.line);
        }
    }
}

void take_decimal(ColumnProfile& column, char decimal, const std::string& why) {
    column.decimal = decimal;
    column.question.clear();
    column.confidence = 0.9;
    column.evidence += "; decimal sign " + why;
}

void take_order(ColumnProfile& column, DateOrder order, const std::string& why) {
    column.order = order;
    column.question.clear();
    column.confidence = 0.9;
    column.evidence += "; order " + why;
}

// The answer that the columns which have one agree on.
std::optional<char> agreed_decimal(const std::vector<ColumnScan>& scans,
                                   const std::vector<ColumnProfile>& columns) {
    std::optional<char> agreed;
    for (std::size_t c = 0; c < columns.size(); ++c) {
        const bool says = columns[c].kind == ColumnKind::number && columns[c].question.empty() &&
                          scans[c].decimals().has_separator() &&
                          !scans[c].decimals().is_ambiguous();
        if (!says || scans[c].decimals().witness().empty()) continue;
        if (agreed && *agreed != columns[c].decimal) return std::nullopt;
        agreed = columns[c].decimal;
    }
    return agreed;
}

std::optional<DateOrder> agreed_order(const std::vector<ColumnProfile>& columns) {
    std::optional<DateOrder> agreed;
    for (const auto& column : columns) {
        const bool is_date =
            column.kind == ColumnKind::date || column.kind == ColumnKind::timestamp;
        const bool says =
            column.order == DateOrder::day_month_year || column.order == DateOrder::month_day_year;
        if (!is_date || !column.question.empty() || !says) continue;
        if (agreed && *agreed != column.order) return std::nullopt;
        agreed = column.order;
    }
    return agreed;
}

void describe(Sniffed& found, const EncodingGuess& encoding, const DialectGuess& dialect,
              const TableShape& shape) {
    auto& findings = found.findings;
    const auto& d = found.profile.dialect;
    findings.push_back({"format", "csv", 1, "text"});
    findings.push_back({"encoding", std::string(encoding_name(encoding.encoding)),
                        encoding.confidence, encoding.evidence});
    findings.push_back({"delimiter", shown(d.delimiter), dialect.confidence, dialect.evidence});
    findings.push_back(
        {"quote", shown(d.quote), dialect.confidence,
         "escaped by " + std::string(d.escape == d.quote ? "doubling" : "backslash")});
    findings.push_back({"preamble", std::to_string(shape.preamble), shape.header_confidence,
                        "rows above the table"});
    findings.push_back({"header", std::to_string(shape.header_rows), shape.header_confidence,
                        shape.header_evidence});
    for (const auto& column : found.profile.columns) {
        std::string value(kind_name(column.kind));
        if (column.kind == ColumnKind::number) {
            value += std::string(", decimal sign ") + column.decimal;
        } else if (column.kind != ColumnKind::text) {
            value += ", " + std::string(order_name(column.order));
        }
        if (!column.question.empty()) value = "not decided";
        findings.push_back({"column " + column.header, value, column.confidence,
                            column.question.empty() ? column.evidence : column.question});
    }
}

} // namespace

std::vector<ColumnProfile> decide_columns(const std::vector<ColumnScan>& scans,
                                          const std::vector<std::string>& headers,
                                          const SniffOptions& options) {
    std::vector<ColumnProfile> columns;
    for (std::size_t c = 0; c < scans.size(); ++c) {
        columns.push_back(scans[c].decide(headers[c]));
    }
    const auto decimal = agreed_decimal(scans, columns);
    const auto order = agreed_order(columns);
    for (std::size_t c = 0; c < columns.size(); ++c) {
        auto& column = columns[c];
        for (const auto& [header, kind] : options.types) {
            if (header != column.header) continue;
            column.kind = kind;
            column.question.clear();
            column.confidence = 1;
            column.evidence = "given";
            if (const auto sign = scans[c].decimals().decimal()) column.decimal = *sign;
            if (const auto dated = scans[c].order().order()) column.order = *dated;
        }
        const bool is_date =
            column.kind == ColumnKind::date || column.kind == ColumnKind::timestamp;
        if (column.kind == ColumnKind::number) {
            if (options.decimal) {
                take_decimal(column, *options.decimal, "given");
            } else if (!column.question.empty() && decimal) {
                take_decimal(column, *decimal, "as in the other columns");
            }
            if (options.debit) column.debit = *options.debit;
        } else if (is_date && column.order < DateOrder::serial_1900) {
            if (options.date_order && *options.date_order < DateOrder::serial_1900) {
                take_order(column, *options.date_order, "given");
            } else if (!column.question.empty() && order && scans[c].order().allows(*order)) {
                take_order(column, *order, "as in the other columns");
            }
        } else if (is_date && options.date_order && *options.date_order >= DateOrder::serial_1900) {
            take_order(column, *options.date_order, "given");
        }
    }
    return columns;
}

Sniffed sniff_csv(ByteSource& source, const SniffOptions& options) {
    Sniffed found;
    const Sample sample = read_sample(source);
    EncodingGuess encoding = options.encoding ? EncodingGuess{*options.encoding, 1, "given"}
                                              : guess_encoding(sample.bytes, sample.is_whole);
    found.profile.encoding = encoding.encoding;
    const std::string text = decoded(sample, encoding.encoding);
    DialectGuess dialect = guess_dialect(text, sample.is_whole);
    bool given = false;
    apply(options, dialect.dialect, given);
    if (given) dialect = {dialect.dialect, 1, "given"};
    dialect.dialect.fields = 0;
    auto rows = sample_rows(text, sample.is_whole, dialect.dialect, most_rows);
    TableShape shape =
        options.header_rows || options.preamble
            ? shape_with(rows, options.preamble.value_or(0), options.header_rows.value_or(1))
            : find_shape(rows);
    // Now that the width is known, rows with stray quotation marks are cut by it.
    dialect.dialect.fields = shape.width;
    rows = sample_rows(text, sample.is_whole, dialect.dialect, most_rows);
    found.profile.dialect = dialect.dialect;
    found.profile.preamble = shape.preamble;
    found.profile.header_rows = shape.header_rows;
    std::vector<ColumnScan> scans(shape.width);
    scan_rows(rows, shape, scans);
    found.profile.columns = decide_columns(scans, shape.headers, options);
    if (!sample.is_whole && has_question(found.profile.columns)) {
        std::vector<ColumnScan> all(shape.width);
        scan_file(source, found, all);
        found.profile.columns = decide_columns(all, shape.headers, options);
    }
    source.rewind();
    describe(found, encoding, dialect, shape);
    return found;
}

} // namespace recon::formats
