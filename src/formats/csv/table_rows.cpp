#include "formats/csv/table_rows.hpp"

#include "formats/table/table_shape.hpp"

namespace recon::formats {

TableRows::TableRows(ByteSource& source, const FileProfile& profile)
    : profile_(profile), reader_(source, profile.encoding, profile.dialect) {}

RowKind TableRows::kind_of(const Record& record) const {
    if (count_ <= profile_.preamble) return RowKind::preamble;
    if (count_ <= profile_.preamble + profile_.header_rows) return RowKind::header;
    if (record.is_blank()) return RowKind::blank;
    const auto& columns = profile_.columns;
    // Files that were put behind each other bring their headers along.
    if (profile_.header_rows == 1 && record.fields.size() >= columns.size()) {
        bool same = !columns.empty();
        for (std::size_t c = 0; same && c < columns.size(); ++c) {
            same = trimmed(record.fields[c]) == columns[c].header;
        }
        if (same) return RowKind::repeated_header;
    }
    if (profile_.skips_totals && is_total(record.fields)) return RowKind::total;
    return RowKind::data;
}

bool TableRows::next(Row& row) {
    if (!reader_.next(record_)) return false;
    ++count_;
    row.line = record_.line;
    row.raw = record_.raw;
    row.kind = kind_of(record_);
    row.cells.assign(record_.fields.begin(), record_.fields.end());
    if (row.kind == RowKind::data) {
        // Delimiters at the end of a line make no cells of their own.
        while (row.cells.size() > profile_.columns.size() && trimmed(row.cells.back()).empty()) {
            row.cells.pop_back();
        }
    }
    return true;
}

} // namespace recon::formats
