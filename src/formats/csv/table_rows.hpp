// The rows of a table in a text file, each with what becomes of it: data, or skipped and why.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/base/firewall.hpp"
#include "formats/csv/record_reader.hpp"
#include "formats/table/profile.hpp"
#include "formats/table/row.hpp"

namespace recon::formats {

class TableRows final : public RowSource {
  public:
    TableRows(ByteSource& source, const FileProfile& profile);

    bool next(Row& row) override;
    [[nodiscard]] std::uint64_t bytes_read() const override { return reader_.bytes_read(); }

  private:
    [[nodiscard]] RowKind kind_of(const Record& record) const;

    const FileProfile& profile_;
    RecordReader reader_;
    Record record_;
    std::uint64_t count_ = 0;
};

} // namespace recon::formats
