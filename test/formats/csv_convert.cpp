// Reads a text file as recon_import does and writes its table as plain CSV: what is scored by
// scripts/pollock. Arguments are options: delimiter=; quote=' escape=\ preamble=2 header_rows=1
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "core/base/error.hpp"
#include "formats/csv/sniff.hpp"
#include "formats/csv/table_rows.hpp"

namespace {

using namespace recon::formats;

void write_cell(std::string& line, std::string_view cell) {
    line += line.empty() ? "\"" : ",\"";
    for (const char c : cell) {
        if (c == '"') line += '"';
        line += c;
    }
    line += '"';
}

SniffOptions options_of(int count, char** arguments) {
    SniffOptions options;
    for (int i = 2; i < count; ++i) {
        const std::string argument = arguments[i];
        const auto sign = argument.find('=');
        const auto name = argument.substr(0, sign);
        const auto value = argument.substr(sign + 1);
        const char character = value.empty() ? '\0' : value[0];
        if (name == "delimiter") options.delimiter = character;
        if (name == "quote") options.quote = character;
        if (name == "escape") options.escape = character;
        if (name == "preamble") options.preamble = std::stoul(value);
        if (name == "header_rows") options.header_rows = std::stoul(value);
    }
    return options;
}

} // namespace

int main(int count, char** arguments) {
    if (count < 2) return 2;
    try {
        std::ifstream file(arguments[1], std::ios::binary);
        const std::string bytes{std::istreambuf_iterator<char>(file), {}};
        MemorySource source(bytes);
        const auto found = sniff_csv(source, options_of(count, arguments));
        std::string line;
        for (const auto& column : found.profile.columns) {
            write_cell(line, column.header);
        }
        std::cout << line << '\n';
        TableRows rows(source, found.profile);
        Row row;
        while (rows.next(row)) {
            if (row.kind != RowKind::data) continue;
            line.clear();
            for (const auto cell : row.cells) {
                write_cell(line, cell);
            }
            std::cout << line << '\n';
        }
    } catch (const recon::Error& error) {
        std::cerr << error.what() << ": " << error.detail() << '\n';
        return 1;
    }
    return 0;
}
