#include "exchange/open_file.hpp"

#include "core/base/error.hpp"
#include "core/base/interrupt.hpp"
#include "formats/csv/sniff.hpp"
#include "formats/csv/table_rows.hpp"
#include "formats/json/read_json.hpp"
#include "formats/sie/read_sie.hpp"
#include "formats/xlsx/read_xlsx.hpp"

namespace recon::exchange {

using namespace formats;

namespace {

// By the first bytes; what begins like nothing else is text in lines.
std::string format_of(ByteSource& source) {
    std::string begin(512, '\0');
    std::size_t size = 0;
    while (size < begin.size()) {
        const auto read = source.read(begin.data() + size, begin.size() - size);
        if (read == 0) break;
        size += read;
    }
    begin.resize(size);
    if (size == 0) return "csv";
    source.rewind();
    if (begin.substr(0, 4) == "PK\x03\x04") return "xlsx";
    if (begin[0] == '#' && (begin.find("#SIETYP") != std::string::npos ||
                            begin.find("#FLAGGA") != std::string::npos)) {
        return "sie";
    }
    const auto text = trimmed(begin);
    const bool is_object = text.size() > 1 && text[0] == '{' &&
                           text.find_first_not_of(" \t\r\n", 1) != std::string_view::npos &&
                           text[text.find_first_not_of(" \t\r\n", 1)] == '"';
    const bool is_array = text.size() > 1 && text[0] == '[' &&
                          text.find_first_not_of(" \t\r\n", 1) != std::string_view::npos &&
                          text[text.find_first_not_of(" \t\r\n", 1)] == '{';
    return is_object || is_array ? "json" : "csv";
}

std::string whole(ByteSource& source) {
    constexpr std::size_t most = std::size_t{256} << 20U;
    std::string bytes;
    std::string piece(1 << 20, '\0');
    while (const auto size = source.read(piece.data(), piece.size())) {
        poll_interrupt();
        bytes.append(piece, 0, size);
        if (bytes.size() > most) {
            throw Error(ErrorKind::limit_exceeded, "the file is larger than 256 MB",
                        "Files of this format are held in memory.", "Send it as CSV.");
        }
    }
    return bytes;
}

} // namespace

OpenFile::OpenFile(ByteSource& source, const SniffOptions& options) : source_(source) {
    const std::string format = options.format ? *options.format : format_of(source);
    if (format == "csv") {
        found_ = sniff_csv(source, options);
        return;
    }
    const std::string bytes = whole(source);
    grids_ = format == "xlsx"  ? read_xlsx(bytes)
             : format == "sie" ? read_sie(bytes)
                               : read_json(bytes);
    chosen_ = &choose_grid(grids_, options.table);
    found_ = sniff_grid(*chosen_, options, format);
}

std::unique_ptr<RowSource> OpenFile::rows(const FileProfile& profile) {
    if (chosen_ == nullptr) return std::make_unique<TableRows>(source_, profile);
    return std::make_unique<GridRows>(*chosen_, profile);
}

} // namespace recon::exchange
