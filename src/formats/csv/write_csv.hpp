// A table as comma-separated text: UTF-8, quoted where it must be, texts guarded against being
// formulas.
#pragma once

#include "core/base/firewall.hpp"
#include "formats/table/table_writer.hpp"

namespace recon::formats {

class CsvWriter final : public TableWriter {
  public:
    explicit CsvWriter(const std::vector<OutColumn>& columns);

    void add(const OutRow& row, bool is_highlighted) override;
    std::string finish() override { return std::move(text_); }

  private:
    std::vector<OutColumn> columns_;
    std::string text_;
};

} // namespace recon::formats
