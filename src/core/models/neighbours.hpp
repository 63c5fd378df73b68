// The nearest of many points, exactly: a k-d tree (Bentley 1975) whose leaves are blocks of 16
// points, stored column by column so that a block's distances are computed together. In many
// dimensions a tree excludes little; then a block is left as soon as all of its points are too far.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/models/rows.hpp"

namespace recon::models {

struct Neighbour {
    double squared = 0; // distance
    std::uint32_t point = 0;
};

class Neighbours {
  public:
    Neighbours() = default;
    // Of points that are there several times, one stays. All coordinates are at most
    // PointSpace::farthest.
    explicit Neighbours(Rows points);

    // Points have numbers from 0 to size() - 1, the same for the same set of points.
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] std::size_t columns() const noexcept { return columns_; }
    [[nodiscard]] double coordinate(std::uint32_t point, std::size_t column) const noexcept {
        return blocks_[(point / block_size * columns_ + column) * block_size + point % block_size];
    }
    [[nodiscard]] std::vector<double> point(std::uint32_t number) const;

    // The nearest points that are not where `place` is, at most k, the nearest first and of equally
    // near ones the one with the smaller number first. So a point is no neighbour of its own.
    void nearest(const double* place, std::size_t k, std::vector<Neighbour>& found) const;

    void serialize(ByteWriter& writer) const;
    [[nodiscard]] static Neighbours deserialize(ByteReader& reader, std::size_t columns);

  private:
    static constexpr std::size_t block_size = 16;

    struct Split {
        std::size_t column = 0;
        double threshold = 0; // at most on the left, at least on the right
    };
    struct Search;

    // Lays out points in their order.
    Neighbours(std::span<const double> points, std::size_t columns);
    void find_splits(std::size_t first_block, std::size_t last_block);
    void search(Search& search, std::size_t first_block, std::size_t last_block,
                double bound) const;
    void look_at(Search& search, std::size_t block) const;

    std::size_t columns_ = 0;
    std::size_t size_ = 0;
    std::vector<double> blocks_; // block, column, point
    std::vector<Split> splits_;  // by the first block on the right
};

} // namespace recon::models
