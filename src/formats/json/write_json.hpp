// A table as JSON: an array of objects, one a row.
#pragma once

#include "core/base/firewall.hpp"
#include "formats/table/table_writer.hpp"

namespace recon::formats {

class JsonRowsWriter final : public TableWriter {
  public:
    explicit JsonRowsWriter(const std::vector<OutColumn>& columns) : columns_(columns) {}

    void add(const OutRow& row, bool is_highlighted) override;
    std::string finish() override;

  private:
    std::vector<OutColumn> columns_;
    std::string text_;
};

} // namespace recon::formats
