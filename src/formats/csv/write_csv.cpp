#include "formats/csv/write_csv.hpp"

#include "formats/csv/formula_guard.hpp"
#include "formats/text/dialect.hpp"

namespace recon::formats {

CsvWriter::CsvWriter(const std::vector<OutColumn>& columns) : columns_(columns) {
    std::vector<std::string> guarded;
    for (const auto& column : columns_) {
        guarded.push_back(with_guard(column.header));
    }
    text_ = record_text({guarded.begin(), guarded.end()}, Dialect()) + "\r\n";
}

void CsvWriter::add(const OutRow& row, bool) {
    std::vector<std::string> guarded;
    for (std::size_t i = 0; i < row.size(); ++i) {
        const std::string_view value = row[i].value_or(std::string_view());
        // A number is never a formula: -5 stays a number.
        guarded.push_back(columns_[i].kind == ColumnKind::text ? with_guard(value)
                                                               : std::string(value));
    }
    text_ += record_text({guarded.begin(), guarded.end()}, Dialect()) + "\r\n";
}

} // namespace recon::formats
