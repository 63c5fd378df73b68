#include "formats/table/grid.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "core/base/interrupt.hpp"

namespace recon::formats {
namespace {

std::vector<std::string_view> views(const SampleRow& row) {
    return {row.cells.begin(), row.cells.end()};
}

// Columns before the first and behind the last that any row fills.
void cut_edges(Grid& grid) {
    std::size_t first = SIZE_MAX;
    std::size_t end = 0;
    for (const auto& row : grid.rows) {
        for (std::size_t c = 0; c < row.cells.size(); ++c) {
            if (trimmed(row.cells[c]).empty()) continue;
            first = std::min(first, c);
            end = std::max(end, c + 1);
        }
    }
    while (!grid.rows.empty() && grid.rows.back().filled() == 0) {
        grid.rows.pop_back();
    }
    if (first == SIZE_MAX) return;
    for (auto& row : grid.rows) {
        row.cells.resize(std::max(end, first));
        row.plain.resize(row.cells.size());
        row.cells.erase(row.cells.begin(), row.cells.begin() + static_cast<std::ptrdiff_t>(first));
        row.plain.erase(row.plain.begin(), row.plain.begin() + static_cast<std::ptrdiff_t>(first));
    }
}

// A run of rows between blank ones: [begin, end).
struct Part {
    std::size_t begin;
    std::size_t end;
};

std::vector<Part> parts_of(const Grid& sheet) {
    std::vector<Part> parts;
    for (std::size_t i = 0; i < sheet.rows.size(); ++i) {
        if (sheet.rows[i].filled() == 0) continue;
        if (!parts.empty() && parts.back().end == i) {
            ++parts.back().end;
        } else {
            parts.push_back({i, i + 1});
        }
    }
    return parts;
}

std::string title_of(const SampleRow& row) {
    for (const auto& cell : row.cells) {
        if (!trimmed(cell).empty()) return std::string(trimmed(cell));
    }
    return {};
}

// It begins a table of its own: perhaps a title, then names of columns, then values below them.
bool begins_table(const Grid& sheet, const Part& part) {
    const std::vector<SampleRow> rows(sheet.rows.begin() + static_cast<std::ptrdiff_t>(part.begin),
                                      sheet.rows.begin() + static_cast<std::ptrdiff_t>(part.end));
    const auto shape = find_shape(rows);
    return shape.header_rows > 0 && shape.header_confidence > 0.9 &&
           rows.size() > shape.header_rows && shape.width > 1;
}

} // namespace

std::vector<Grid> split_tables(Grid sheet) {
    const auto parts = parts_of(sheet);
    std::vector<std::size_t> starts; // of parts, that begin tables
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (begins_table(sheet, parts[i])) starts.push_back(i);
    }
    std::vector<Grid> grids;
    if (starts.size() < 2) {
        cut_edges(sheet);
        if (!sheet.rows.empty()) grids.push_back(std::move(sheet));
        return grids;
    }
    for (std::size_t i = 0; i < starts.size(); ++i) {
        Grid grid;
        std::size_t begin = parts[starts[i]].begin;
        // A title may stand apart, above the table.
        const bool apart = starts[i] > 0 && (i == 0 || starts[i - 1] < starts[i] - 1) &&
                           parts[starts[i] - 1].end - parts[starts[i] - 1].begin == 1 &&
                           sheet.rows[parts[starts[i] - 1].begin].filled() == 1;
        if (apart) begin = parts[starts[i] - 1].begin;
        std::size_t end = i + 1 < starts.size() ? parts[starts[i + 1]].begin : sheet.rows.size();
        const std::string title =
            sheet.rows[begin].filled() == 1 ? title_of(sheet.rows[begin]) : std::to_string(i + 1);
        grid.name = sheet.name.empty() ? title : sheet.name + ": " + title;
        for (std::size_t r = begin; r < end; ++r) {
            grid.rows.push_back(sheet.rows[r]);
        }
        cut_edges(grid);
        grids.push_back(std::move(grid));
    }
    return grids;
}

const Grid& choose_grid(const std::vector<Grid>& grids, const std::optional<std::string>& asked) {
    std::string names;
    for (std::size_t i = 0; i < grids.size(); ++i) {
        const bool wanted = asked && (*asked == grids[i].name || *asked == std::to_string(i + 1));
        if (wanted) return grids[i];
        names += (names.empty() ? "" : ", ") + std::to_string(i + 1) + " \"" + grids[i].name +
                 "\" (" + std::to_string(grids[i].rows.size()) + " rows)";
    }
    if (grids.empty()) {
        throw Error(ErrorKind::invalid_data, "the file holds no table", "No cell of it is filled.",
                    "Ask whether the export has finished, and send the file again.");
    }
    if (asked && !asked->empty()) {
        throw Error(ErrorKind::not_found, "the file holds no table \"" + *asked + "\"",
                    "Its tables are " + names + ".", "Name one of them in the option \"table\".");
    }
    if (grids.size() == 1) return grids.front();
    throw Error(ErrorKind::not_available, "the file holds several tables",
                "They are " + names + ".",
                "Name one of them in options, for example options => '{\"table\": \"1\"}'.");
}

Sniffed sniff_grid(const Grid& grid, const SniffOptions& options, const std::string& format) {
    Sniffed found;
    TableShape shape =
        grid.has_names || options.header_rows || options.preamble
            ? shape_with(grid.rows, options.preamble.value_or(0), options.header_rows.value_or(1))
            : find_shape(grid.rows);
    found.profile.format = format;
    found.profile.table = grid.name;
    found.profile.preamble = shape.preamble;
    found.profile.header_rows = shape.header_rows;
    // How a row is written where it is shown or corrected.
    found.profile.dialect.delimiter = '\t';
    found.profile.dialect.ends_at_return = false;
    found.profile.dialect.fields = shape.width;
    std::vector<ColumnScan> scans(shape.width);
    for (std::size_t i = shape.preamble + shape.header_rows; i < grid.rows.size(); ++i) {
        if ((i & 255U) == 0) poll_interrupt();
        const auto& row = grid.rows[i];
        if (is_total(views(row))) continue;
        for (std::size_t c = 0; c < std::min(shape.width, row.cells.size()); ++c) {
            scans[c].add(row.cells[c], row.line, c < row.plain.size() && row.plain[c]);
        }
    }
    found.profile.columns = decide_columns(scans, shape.headers, options);
    found.findings.push_back({"format", format, 1, "the first bytes of the file"});
    found.findings.push_back({"table", grid.name, 1, std::to_string(grid.rows.size()) + " rows"});
    found.findings.push_back({"preamble", std::to_string(shape.preamble), shape.header_confidence,
                              "rows above the table"});
    found.findings.push_back({"header", std::to_string(shape.header_rows), shape.header_confidence,
                              shape.header_evidence});
    describe_columns(found);
    return found;
}

bool GridRows::next(Row& row) {
    if (at_ >= grid_.rows.size()) return false;
    const auto& from = grid_.rows[at_++];
    row.line = from.line;
    row.cells = views(from);
    raw_ = record_text(row.cells, profile_.dialect);
    row.raw = raw_;
    bytes_ += raw_.size();
    if (at_ <= profile_.preamble) {
        row.kind = RowKind::preamble;
    } else if (at_ <= profile_.preamble + profile_.header_rows) {
        row.kind = RowKind::header;
    } else if (from.filled() == 0) {
        row.kind = RowKind::blank;
    } else {
        row.kind = profile_.skips_totals && is_total(row.cells) ? RowKind::total : RowKind::data;
    }
    const std::size_t width = profile_.columns.size();
    while (row.cells.size() > width && trimmed(row.cells.back()).empty()) {
        row.cells.pop_back();
    }
    // Files of these formats write no cells where nothing is.
    if (row.kind == RowKind::data) row.cells.resize(std::max(row.cells.size(), width));
    return true;
}

} // namespace recon::formats
