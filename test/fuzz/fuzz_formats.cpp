// libFuzzer over everything that reads a file: any bytes are a table, or a recon::Error.
#include <cstdint>
#include <string_view>

#include "core/base/error.hpp"
#include "formats/csv/sniff.hpp"
#include "formats/csv/table_rows.hpp"
#include "formats/json/read_json.hpp"
#include "formats/sie/read_sie.hpp"
#include "formats/xlsx/read_xlsx.hpp"

namespace {

using namespace recon::formats;

void read_csv(std::string_view bytes) {
    MemorySource source(bytes);
    const auto found = sniff_csv(source);
    TableRows rows(source, found.profile);
    Row row;
    while (rows.next(row)) {
        for (std::size_t c = 0; c < std::min(row.cells.size(), found.profile.columns.size()); ++c) {
            const auto& column = found.profile.columns[c];
            if (const auto amount = read_amount(row.cells[c], column.decimal)) (void)amount->text();
            (void)read_moment(row.cells[c], column.order);
        }
    }
}

void read_grids(const std::vector<Grid>& grids) {
    for (const auto& grid : grids) {
        (void)sniff_grid(grid, {}, "");
    }
}

// By its first byte, so that one corpus serves all.
void read(std::string_view bytes) {
    if (bytes.substr(0, 2) == "PK") {
        read_grids(read_xlsx(bytes));
    } else if (bytes.substr(0, 1) == "#") {
        read_grids(read_sie(bytes));
    } else if (bytes.substr(0, 1) == "{" || bytes.substr(0, 1) == "[") {
        read_grids(read_json(bytes));
    } else {
        read_csv(bytes);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        read({reinterpret_cast<const char*>(data), size});
    } catch (const recon::Error&) {
        // what a hostile file is to end in
    }
    return 0;
}
