#include "core/models/neighbours.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/base/interrupt.hpp"
#include "core/models/point_space.hpp"

namespace recon::models {

namespace {

// Where a range of blocks is cut: the first block of the right half.
std::size_t middle(std::size_t first, std::size_t last) noexcept {
    return (first + last + 1) / 2;
}

// The column in which some points are furthest apart, the first of equals.
template <typename Coordinate>
std::size_t widest_column(std::size_t columns, std::size_t first, std::size_t last,
                          const Coordinate& coordinate) {
    std::size_t widest = 0;
    double most = -1;
    for (std::size_t j = 0; j < columns; ++j) {
        double low = coordinate(first, j);
        double high = low;
        for (std::size_t i = first + 1; i < last; ++i) {
            const double value = coordinate(i, j);
            low = std::min(low, value);
            high = std::max(high, value);
        }
        if (high - low > most) {
            most = high - low;
            widest = j;
        }
    }
    return widest;
}

// Brings the numbers of points into the order of the tree's leaves.
class Arrangement {
  public:
    Arrangement(Rows points, std::size_t block_size) : points_(points), block_size_(block_size) {}

    std::vector<std::uint32_t> arrange() {
        order_.resize(points_.count);
        std::iota(order_.begin(), order_.end(), 0U);
        const auto row = [&](std::uint32_t i) { return points_[i]; };
        std::sort(order_.begin(), order_.end(), [&](std::uint32_t a, std::uint32_t b) {
            return std::lexicographical_compare(row(a).begin(), row(a).end(), row(b).begin(),
                                                row(b).end());
        });
        const auto same = [&](std::uint32_t a, std::uint32_t b) {
            return std::equal(row(a).begin(), row(a).end(), row(b).begin());
        };
        order_.erase(std::unique(order_.begin(), order_.end(), same), order_.end());
        // A point's rank is what ties are broken by from here on.
        rank_.resize(points_.count);
        for (std::uint32_t i = 0; i < order_.size(); ++i)
            rank_[order_[i]] = i;
        halve(0, (order_.size() + block_size_ - 1) / block_size_);
        return std::move(order_);
    }

  private:
    void halve(std::size_t first_block, std::size_t last_block) {
        poll_interrupt();
        const std::size_t first = first_block * block_size_;
        const std::size_t last = std::min(last_block * block_size_, order_.size());
        const auto at = [&](std::size_t i) {
            return order_.begin() + static_cast<std::ptrdiff_t>(i);
        };
        if (last_block - first_block < 2) {
            std::sort(at(first), at(last),
                      [&](std::uint32_t a, std::uint32_t b) { return rank_[a] < rank_[b]; });
            return;
        }
        const std::size_t column =
            widest_column(points_.columns, first, last,
                          [&](std::size_t i, std::size_t j) { return points_.row(order_[i])[j]; });
        const std::size_t cut = middle(first_block, last_block);
        std::nth_element(at(first), at(cut * block_size_), at(last),
                         [&](std::uint32_t a, std::uint32_t b) {
                             const double x = points_.row(a)[column];
                             const double y = points_.row(b)[column];
                             return x != y ? x < y : rank_[a] < rank_[b];
                         });
        halve(first_block, cut);
        halve(cut, last_block);
    }

    Rows points_;
    std::size_t block_size_;
    std::vector<std::uint32_t> order_;
    std::vector<std::uint32_t> rank_;
};

} // namespace

struct Neighbours::Search {
    const double* place;
    std::size_t k;
    std::vector<Neighbour>& found;
    std::vector<double> aside; // by column, how far the place lies outside of the blocks at hand

    [[nodiscard]] double farthest() const noexcept {
        return found.size() < k ? std::numeric_limits<double>::infinity() : found.back().squared;
    }
};

Neighbours::Neighbours(Rows points) {
    const auto order = Arrangement(points, block_size).arrange();
    std::vector<double> arranged;
    arranged.reserve(order.size() * points.columns);
    for (const auto i : order)
        arranged.insert(arranged.end(), points.row(i), points.row(i) + points.columns);
    *this = Neighbours(arranged, points.columns);
}

Neighbours::Neighbours(std::span<const double> points, std::size_t columns)
    : columns_(columns), size_(points.size() / columns) {
    const std::size_t blocks = (size_ + block_size - 1) / block_size;
    blocks_.resize(blocks * columns * block_size, std::numeric_limits<double>::infinity());
    for (std::size_t i = 0; i < size_; ++i) {
        for (std::size_t j = 0; j < columns; ++j) {
            blocks_[(i / block_size * columns + j) * block_size + i % block_size] =
                points[i * columns + j];
        }
    }
    splits_.resize(blocks);
    find_splits(0, blocks);
}

// The cuts that made the order, found again in it.
void Neighbours::find_splits(std::size_t first_block, std::size_t last_block) {
    if (last_block - first_block < 2) return;
    poll_interrupt();
    const std::size_t cut = middle(first_block, last_block);
    const auto at = [this](std::size_t i, std::size_t j) {
        return coordinate(static_cast<std::uint32_t>(i), j);
    };
    auto& [column, threshold] = splits_[cut];
    column = widest_column(columns_, first_block * block_size,
                           std::min(last_block * block_size, size_), at);
    threshold = at(first_block * block_size, column);
    for (std::size_t i = first_block * block_size; i < cut * block_size; ++i)
        threshold = std::max(threshold, at(i, column));
    find_splits(first_block, cut);
    find_splits(cut, last_block);
}

std::vector<double> Neighbours::point(std::uint32_t number) const {
    std::vector<double> coordinates(columns_);
    for (std::size_t j = 0; j < columns_; ++j)
        coordinates[j] = coordinate(number, j);
    return coordinates;
}

void Neighbours::nearest(const double* place, std::size_t k, std::vector<Neighbour>& found) const {
    found.clear();
    if (k == 0 || size_ == 0) return;
    Search all{place, k, found, std::vector<double>(columns_, 0.0)};
    search(all, 0, splits_.size(), 0);
}

void Neighbours::search(Search& search, std::size_t first_block, std::size_t last_block,
                        double bound) const {
    if (last_block - first_block == 1) return look_at(search, first_block);
    const std::size_t cut = middle(first_block, last_block);
    const auto [column, threshold] = splits_[cut];
    const double offset = search.place[column] - threshold;
    const bool left_first = offset <= 0;
    if (left_first) {
        this->search(search, first_block, cut, bound);
    } else {
        this->search(search, cut, last_block, bound);
    }
    double& aside = search.aside[column];
    const double before = aside;
    const double beyond = bound - before * before + offset * offset;
    // Less what rounding may have added.
    if (beyond * (1 - 1e-12) > search.farthest()) return;
    aside = offset;
    if (left_first) {
        this->search(search, cut, last_block, beyond);
    } else {
        this->search(search, first_block, cut, beyond);
    }
    search.aside[column] = before;
}

void Neighbours::look_at(Search& search, std::size_t block) const {
    constexpr std::size_t columns_at_once = 32;
    double squared[block_size] = {};
    const double* column = blocks_.data() + block * columns_ * block_size;
    for (std::size_t j = 0; j < columns_; ++j, column += block_size) {
        const double place = search.place[j];
        for (std::size_t i = 0; i < block_size; ++i) {
            const double difference = column[i] - place;
            squared[i] += difference * difference;
        }
        if ((j + 1) % columns_at_once == 0 &&
            *std::min_element(squared, squared + block_size) > search.farthest()) {
            return;
        }
    }
    const std::size_t first = block * block_size;
    const std::size_t count = std::min(block_size, size_ - first);
    for (std::size_t i = 0; i < count; ++i) {
        if (squared[i] > search.farthest() || squared[i] == 0) continue;
        const Neighbour neighbour{squared[i], static_cast<std::uint32_t>(first + i)};
        const auto nearer = [](const Neighbour& a, const Neighbour& b) {
            return a.squared != b.squared ? a.squared < b.squared : a.point < b.point;
        };
        auto& found = search.found;
        if (found.size() == search.k) {
            if (!nearer(neighbour, found.back())) continue;
            found.pop_back();
        }
        found.insert(std::upper_bound(found.begin(), found.end(), neighbour, nearer), neighbour);
    }
}

void Neighbours::serialize(ByteWriter& writer) const {
    writer.put(static_cast<std::uint32_t>(size_));
    for (std::uint32_t i = 0; i < size_; ++i) {
        for (std::size_t j = 0; j < columns_; ++j)
            writer.put(coordinate(i, j));
    }
}

Neighbours Neighbours::deserialize(ByteReader& reader, std::size_t columns) {
    const auto size = reader.get_count(columns * sizeof(double));
    if (size == 0) reader.refuse("it has no points");
    std::vector<double> points(size * columns);
    reader.get_raw(points.data(), points.size() * sizeof(double));
    for (const double coordinate : points) {
        if (!(std::abs(coordinate) <= PointSpace::farthest))
            reader.refuse("a coordinate is out of range");
    }
    return {points, columns};
}

} // namespace recon::models
