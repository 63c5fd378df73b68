#include "core/detection/history/rows_sketch.hpp"

#include <algorithm>

#include "core/base/random.hpp"

namespace recon::breaks {

namespace {

constexpr std::uint8_t format_version = 1;
constexpr std::uint64_t odd = 0x9e3779b97f4a7c15ULL;

// Tells the cells of a row, and whether a sum is one row alone.
std::uint64_t mark_of(std::uint64_t row) {
    return mix64(row ^ 0x6a09e667f3bcc909ULL);
}

std::uint32_t check_of(std::uint64_t mark) {
    return static_cast<std::uint32_t>(mark >> 32U);
}

// As many times a sum of 64 bits as `times` says, which is 1 or -1 of 32.
std::uint64_t signed_times(std::uint32_t times) {
    return times == 1 ? 1 : ~std::uint64_t{0};
}

} // namespace

void RowsSketch::put(std::uint64_t row, std::uint64_t place, std::uint32_t times) {
    const auto mark = mark_of(row);
    const auto wide = signed_times(times);
    for (std::size_t part = 0; part < parts; ++part) {
        auto& cell = cells_[part * cells_of_part + ((mark >> (8 * part)) & (cells_of_part - 1))];
        cell.rows += times;
        cell.check += check_of(mark) * times;
        cell.row += row * wide;
        cell.place += place * wide;
    }
}

void RowsSketch::add(std::uint64_t key, std::int32_t date, std::uint64_t row,
                     std::uint64_t occurrence) {
    put(mix64(row + key * odd) + occurrence * odd, place_of(key, date), 1);
}

std::uint64_t RowsSketch::place_of(std::uint64_t key, std::int32_t date) noexcept {
    const auto day = static_cast<std::uint64_t>(static_cast<std::uint32_t>(date));
    return mix64(key + mix64(day + odd));
}

void RowsSketch::add(const RowsSketch& others) {
    for (std::size_t i = 0; i < cells_.size(); ++i) {
        cells_[i].rows += others.cells_[i].rows;
        cells_[i].check += others.cells_[i].check;
        cells_[i].row += others.cells_[i].row;
        cells_[i].place += others.cells_[i].place;
    }
}

std::optional<RowsSketch::Differences>
RowsSketch::differences_since(const RowsSketch& earlier) const {
    RowsSketch difference = *this;
    for (std::size_t i = 0; i < cells_.size(); ++i) {
        auto& cell = difference.cells_[i];
        const auto& before = earlier.cells_[i];
        cell.rows -= before.rows;
        cell.check -= before.check;
        cell.row -= before.row;
        cell.place -= before.place;
    }
    Differences places;
    // Every row that is taken out empties the cell it was alone in, for good.
    std::size_t left = cell_count;
    for (bool any = true; any && left > 0;) {
        any = false;
        for (std::size_t i = 0; i < cell_count && left > 0; ++i) {
            const Cell cell = difference.cells_[i];
            const bool is_added = cell.rows == 1;
            if (!is_added && cell.rows != ~std::uint32_t{0}) continue;
            const auto wide = signed_times(cell.rows);
            const auto row = cell.row * wide;
            const auto place = cell.place * wide;
            if (check_of(mark_of(row)) != cell.check * cell.rows) continue;
            difference.put(row, place, 0U - cell.rows);
            auto& at = places[place];
            ++(is_added ? at.added : at.gone);
            any = true;
            --left;
        }
    }
    if (std::any_of(difference.cells_.begin(), difference.cells_.end(),
                    [](const Cell& cell) { return cell != Cell{}; })) {
        return std::nullopt;
    }
    return places;
}

std::optional<RowsSketch::Places> RowsSketch::new_places_since(const RowsSketch& earlier) const {
    const auto differences = differences_since(earlier);
    if (!differences) return std::nullopt;
    Places places;
    for (const auto& [place, at] : *differences) {
        if (at.added > 0) places.insert(place);
    }
    return places;
}

std::optional<RowChanges> RowsSketch::changes_since(const RowsSketch& earlier) const {
    const auto differences = differences_since(earlier);
    if (!differences) return std::nullopt;
    RowChanges changes;
    for (const auto& [place, at] : *differences) {
        const auto altered = std::min(at.added, at.gone);
        changes.altered += altered;
        changes.added += at.added - altered;
        changes.gone += at.gone - altered;
    }
    return changes;
}

void RowsSketch::serialize(ByteWriter& writer) const {
    writer.put(format_version);
    writer.put(static_cast<std::uint32_t>(cells_.size()));
    for (const auto& cell : cells_) {
        writer.put(cell.rows);
        writer.put(cell.check);
        writer.put(cell.row);
        writer.put(cell.place);
    }
}

RowsSketch RowsSketch::deserialize(ByteReader& reader) {
    if (reader.get<std::uint8_t>() != format_version) reader.refuse("unknown format version");
    if (reader.get_count(2 * sizeof(std::uint32_t) + 2 * sizeof(std::uint64_t)) != cell_count) {
        reader.refuse("the number of cells is not " + std::to_string(cell_count));
    }
    RowsSketch sketch;
    for (auto& cell : sketch.cells_) {
        cell.rows = reader.get<std::uint32_t>();
        cell.check = reader.get<std::uint32_t>();
        cell.row = reader.get<std::uint64_t>();
        cell.place = reader.get<std::uint64_t>();
    }
    return sketch;
}

} // namespace recon::breaks
