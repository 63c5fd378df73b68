// A file of any format, and how it is read.
#pragma once

#include <memory>
#include <string>

#include "formats/table/decide_columns.hpp"
#include "formats/table/grid.hpp"
#include "formats/text/source.hpp"

namespace recon::exchange {

class OpenFile {
  public:
    // Looks at the file, and reads all of it where its format is not text. The source must last as
    // long.
    OpenFile(formats::ByteSource& source, const formats::SniffOptions& options);

    [[nodiscard]] const formats::Sniffed& found() const noexcept { return found_; }
    // Its rows, read by this profile, which must last as long.
    [[nodiscard]] std::unique_ptr<formats::RowSource> rows(const formats::FileProfile& profile);

  private:
    formats::ByteSource& source_;
    std::vector<formats::Grid> grids_; // of a format that is not text
    const formats::Grid* chosen_ = nullptr;
    formats::Sniffed found_;
};

} // namespace recon::exchange
