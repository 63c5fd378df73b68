#include "formats/csv/sniff.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "core/base/interrupt.hpp"
#include "formats/csv/sniff_dialect.hpp"

namespace recon::formats {
namespace {

constexpr std::size_t sample_bytes = std::size_t{1} << 20U;
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
    describe_columns(found);
}

} // namespace

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
