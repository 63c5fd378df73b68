// Tables of files that are no lines of text: cells in rows, in memory.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/firewall.hpp"
#include "formats/table/decide_columns.hpp"
#include "formats/table/row.hpp"
#include "formats/table/table_shape.hpp"

namespace recon::formats {

struct Grid {
    std::string name; // its sheet or path; of several in a sheet, its title too
    std::vector<SampleRow> rows;
    bool has_names = false; // its first row holds the names of the columns
};

// The limits of what is held in memory.
inline constexpr std::size_t most_grid_bytes = std::size_t{1} << 30;

// Several tables below each other, each with a header of its own, become grids of their own. Rows
// and columns at the edges that nothing fills are dropped.
[[nodiscard]] std::vector<Grid> split_tables(Grid sheet);

// The one that is asked for, by its name or its number from 1 on. Raises not_found where there is
// none, and not_available where there are several and none is asked for.
[[nodiscard]] const Grid& choose_grid(const std::vector<Grid>& grids,
                                      const std::optional<std::string>& asked);

[[nodiscard]] Sniffed sniff_grid(const Grid& grid, const SniffOptions& options,
                                 const std::string& format);

class GridRows final : public RowSource {
  public:
    // Both must last as long.
    GridRows(const Grid& grid, const FileProfile& profile) : grid_(grid), profile_(profile) {}

    bool next(Row& row) override;
    [[nodiscard]] std::uint64_t bytes_read() const override { return bytes_; }

  private:
    const Grid& grid_;
    const FileProfile& profile_;
    std::size_t at_ = 0;
    std::uint64_t bytes_ = 0;
    std::string raw_;
};

} // namespace recon::formats
