// A forest of single-column splits laid out for speed, for rows without missing values.
//
// A column's values are replaced by their rank among all thresholds of that column in a group of
// trees: 15 bits. Then a block of rows passes a tree without branches: for every node, from the
// leaves up, the depths of its right or left branch are chosen by comparing a column of ranks with
// a constant, which processors do for 16 rows at once. A tree of 256 rows has some 64 nodes, so
// that is four instructions for a row and node level less than walking down would take. A single
// row walks, through several trees side by side. Depths are whole multiples of 1/1024, and their
// sums exact: both ways give the same bits, on every processor.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/models/isolation_tree.hpp"
#include "core/models/rows.hpp"

namespace recon::models {

class ForestBlocks {
  public:
    ForestBlocks() = default;
    ForestBlocks(std::span<const IsolationTree> trees, std::size_t columns);

    [[nodiscard]] bool empty() const noexcept { return groups_.empty(); }

    // For each row the sum of its depths in all trees, in units; anything for a row with a missing
    // value.
    void sum_depths(Rows rows, std::int32_t* sums) const;

    // One node's work on a block: where a column's rank exceeds the threshold, the right branch's
    // depth, else the left one's. A branch that is a leaf is a constant; one that is not was
    // computed before, and lies on a stack.
    struct Step {
        std::uint16_t column; // where its ranks begin in a block
        std::int16_t threshold;
        std::int16_t left;
        std::int16_t right;
        bool left_is_leaf;
        bool right_is_leaf;
    };

    // A node to walk: the right child follows the left one; a leaf is its own left child.
    struct Node {
        std::uint16_t column; // its number
        std::int16_t threshold;
        std::uint16_t left;
        std::int16_t depth;
    };

  private:
    // Trees whose thresholds, of any one column, have at most 32,767 different values.
    struct Group {
        std::size_t first_tree = 0;
        std::size_t last_tree = 0;      // beyond
        std::vector<std::size_t> begin; // of each column's thresholds, and the end
        std::vector<double> thresholds; // of all columns, each column's ascending
    };

    struct Tree {
        std::size_t first_step = 0;
        std::size_t last_step = 0; // beyond; none: a single leaf
        std::size_t first_node = 0;
        std::uint32_t levels = 0;
    };

    void make_group(std::span<const IsolationTree> trees, std::size_t first, std::size_t last);
    void lay_out(const IsolationTree& tree, const Group& group);
    void rank_rows(const Group& group, Rows rows, std::int16_t* ranks) const;
    void rank_row(const Group& group, const double* row, std::int16_t* ranks) const;
    [[nodiscard]] std::int32_t sum_by_walking(const Group& group, const std::int16_t* ranks) const;
    [[nodiscard]] std::int32_t sum_of_row(const double* row) const;

    std::size_t columns_ = 0;
    std::size_t stride_ = 0;   // rows in a block
    std::uint32_t levels_ = 0; // of the highest tree
    std::vector<Tree> trees_;
    std::vector<Step> steps_;
    std::vector<Node> nodes_;
    std::vector<Group> groups_;
};

} // namespace recon::models
