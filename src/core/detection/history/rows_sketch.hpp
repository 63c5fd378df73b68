// Which rows have changed since an earlier reading, from a few kilobytes that were kept of it: an
// invertible Bloom lookup table (Goodrich and Mitzenmacher 2011, "Invertible Bloom Lookup Tables"),
// of which two are subtracted and the difference is peeled (Eppstein, Goodrich, Uyeda and Varghese
// 2011, "What's the Difference?"). Its size depends on how many changes it can count, not on the
// rows. Like the digest of rows it depends on no order, and what threads or later readings add is
// summed.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/firewall.hpp"

namespace recon::breaks {

// A key's row of a date that has other contents counts as one change, not as one gone and one new.
struct RowChanges {
    std::uint64_t added = 0;
    std::uint64_t gone = 0;
    std::uint64_t altered = 0;
    [[nodiscard]] std::uint64_t all() const noexcept { return added + gone + altered; }
    [[nodiscard]] bool operator==(const RowChanges&) const = default;
};

class RowsSketch {
  public:
    // Up to so many rows that are new or gone (an altered one is both) are counted. With two cells
    // a row (four parts need 1.3) what fails is a pair of rows that share all their cells: about
    // one time in 30,000 where there are 500.
    static constexpr std::size_t most_differences = 500;

    RowsSketch() : cells_(cell_count) {}

    // `key` and `row` as for RowsDigest; of equal rows of a key the first has occurrence 0.
    void add(std::uint64_t key, std::int32_t date, std::uint64_t row, std::uint64_t occurrence);
    void add(const RowsSketch& others);

    // Nothing where there are more than can be counted.
    [[nodiscard]] std::optional<RowChanges> changes_since(const RowsSketch& earlier) const;

    // The places (of a key, on a date) of rows that are new or have other contents; nothing
    // likewise.
    using Places = std::unordered_set<std::uint64_t>;
    [[nodiscard]] std::optional<Places> new_places_since(const RowsSketch& earlier) const;
    [[nodiscard]] static std::uint64_t place_of(std::uint64_t key, std::int32_t date) noexcept;

    void serialize(ByteWriter& writer) const;
    [[nodiscard]] static RowsSketch deserialize(ByteReader& reader);

  private:
    // Sums over the rows of a cell, modulo powers of two.
    struct Cell {
        std::uint32_t rows = 0;
        std::uint32_t check = 0;
        std::uint64_t row = 0;
        std::uint64_t place = 0; // key and date
        [[nodiscard]] bool operator==(const Cell&) const = default;
    };
    static constexpr std::size_t parts = 4; // a row is in one cell of each
    static constexpr std::size_t cells_of_part = 256;
    static constexpr std::size_t cell_count = parts * cells_of_part;

    struct AtPlace {
        std::uint64_t added = 0;
        std::uint64_t gone = 0;
    };
    using Differences = std::unordered_map<std::uint64_t, AtPlace>; // by place
    [[nodiscard]] std::optional<Differences> differences_since(const RowsSketch& earlier) const;

    // `times` is 1 or, to take a row out, -1.
    void put(std::uint64_t row, std::uint64_t place, std::uint32_t times);

    std::vector<Cell> cells_;
};

} // namespace recon::breaks
