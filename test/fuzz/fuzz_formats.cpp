// libFuzzer over everything that reads a file: any bytes are a table, or a recon::Error.
#include <cstdint>
#include <string_view>

#include "core/base/error.hpp"
#include "formats/csv/sniff.hpp"
#include "formats/csv/table_rows.hpp"

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

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        read_csv({reinterpret_cast<const char*>(data), size});
    } catch (const recon::Error&) {
        // what a hostile file is to end in
    }
    return 0;
}
