// A table as a workbook: typed cells, the header frozen, filters, highlighted rows, lists to choose
// from. Rows go to a temporary file as they come.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/firewall.hpp"
#include "formats/table/table_writer.hpp"

struct lxw_workbook;
struct lxw_worksheet;
struct lxw_format;

namespace recon::formats {

class XlsxWriter final : public TableWriter {
  public:
    // Raises limit_exceeded beyond what a sheet can hold: 1,048,575 rows.
    XlsxWriter(const std::vector<OutColumn>& columns, const std::string& sheet);
    ~XlsxWriter() override;

    void add(const OutRow& row, bool is_highlighted) override;
    std::string finish() override;

  private:
    struct Formats {
        lxw_format* number;
        lxw_format* date;
        lxw_format* timestamp;
        lxw_format* text;
    };
    Formats make_formats(bool is_highlighted);
    void write(std::uint32_t row, std::size_t column, std::string_view value,
               const Formats& formats);
    void set_up_columns();

    std::vector<OutColumn> columns_;
    std::string path_;
    lxw_workbook* workbook_ = nullptr;
    lxw_worksheet* sheet_ = nullptr;
    Formats plain_{};
    Formats highlighted_{};
    std::uint32_t rows_ = 0; // the header included
};

} // namespace recon::formats
