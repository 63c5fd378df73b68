#include "postgres/cursor.hpp"

namespace recon::postgres {

Cursor::Cursor(Query& /*connection*/, const std::string& query)
    : portal_(nullptr), shape_(nullptr) {
    const char* const text = query.c_str();
    portal_ = guarded([=] {
        return SPI_cursor_open_with_args(nullptr, text, 0, nullptr, nullptr, nullptr, true, 0);
    });
    shape_ = portal_->tupDesc;
}

std::uint64_t Cursor::fetch(long most) {
    Portal const portal = portal_;
    SPITupleTable* const before = rows_;
    guarded([=] {
        SPI_freetuptable(before);
        SPI_cursor_fetch(portal, true, most);
    });
    rows_ = SPI_tuptable;
    return SPI_processed;
}

void Cursor::read(std::uint64_t row, Datum* values, bool* nulls) const {
    heap_deform_tuple(rows_->vals[row], rows_->tupdesc, values, nulls);
}

} // namespace recon::postgres
