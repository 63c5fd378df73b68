// One tree of random splits, and how it is grown.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/base/random.hpp"
#include "core/models/rows.hpp"

namespace recon::models {

// A column's part in a split. A split of one column has the weight 1; one of several is a
// hyperplane.
struct SplitTerm {
    std::uint16_t column;
    double weight;
};

struct TreeNode {
    // A row goes right where the weighted sum of its columns exceeds the threshold.
    double threshold = 0;
    double size = 0;         // rows of the sample that came here, parts of rows included
    std::uint32_t right = 0; // the right child; the left one is the next node. 0: a leaf
    std::uint32_t terms = 0; // the first of the split's terms, and how many they are
    std::uint16_t term_count = 0;
    std::int16_t depth_units = 0; // of a leaf: see depth_unit

    [[nodiscard]] bool is_leaf() const noexcept { return right == 0; }
};

// Nodes in preorder: a node, its left subtree, its right subtree.
struct IsolationTree {
    std::vector<TreeNode> nodes;
    std::vector<SplitTerm> terms;
};

// The depth of a leaf is its level and, where it holds more than one row, what would be needed on
// average to tell these apart. It is rounded to multiples of this unit (an error of .00003 in the
// mean over 100 trees), so that sums of depths are exact and blocks of rows can be summed in 16
// bits.
inline constexpr double depth_unit = 1.0 / 1024;

// Derives what follows from the splits and the sizes of the leaves: the leaves' depths and the
// sizes of the other nodes.
void complete_tree(IsolationTree& tree);

// Adds to each row's sum its depth in the tree, in units; anything for a row with a missing value.
// Tree by tree over many rows, so that a tree's nodes stay at hand.
void add_depths(const IsolationTree& tree, Rows rows, std::int32_t* sums);

struct TreeOptions {
    std::uint32_t columns_per_split = 1;
    std::uint32_t max_depth = 8;
};

// Grows a tree on rows with their weights. At each node a column is drawn among those that are not
// constant there, and a threshold uniformly between its smallest and largest value (Liu, Ting and
// Zhou 2008). With several columns a split, the weights of a random direction are drawn, each in
// units of its column's range, and the threshold between the smallest and largest projection
// (extended isolation forest: Hariri, Carrasco Kind and Brunner 2019; units and threshold as here
// make it independent of the columns' units and free of empty branches). A row in which a column of
// the split is missing goes both ways, with the weights of the two branches.
[[nodiscard]] IsolationTree grow_tree(Rows rows, std::span<const double> weights,
                                      const TreeOptions& options, Random random);

} // namespace recon::models
