#include "core/models/forest_blocks.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "core/base/interrupt.hpp"
#include "core/base/vectors.hpp"

namespace recon::models {

namespace {

constexpr std::size_t most_thresholds = 32767;
constexpr std::int16_t never_right = 32767;

constexpr std::size_t largest_block = 512;
constexpr std::size_t smallest_block = 16; // and what every block is a multiple of

// Trees that one row walks side by side, so that they do not wait for each other.
constexpr std::size_t side_by_side = 8;

using Step = ForestBlocks::Step;

// x > threshold ? right : left, for numbers that a processor compares many at a time.
[[gnu::always_inline]] inline std::int16_t choose(std::int16_t x, std::int16_t threshold,
                                                  std::int16_t left, std::int16_t right) {
    const auto mask = static_cast<std::int16_t>(-(x > threshold ? 1 : 0));
    return static_cast<std::int16_t>((right & mask) | (left & ~mask));
}

// Runs the steps of one tree; `stack` has room for its levels, of `stride` rows each. The result is
// added to the sums.
[[gnu::always_inline]] inline void run(std::span<const Step> steps, const std::int16_t* ranks,
                                       std::size_t rows, std::size_t stride, std::int16_t* stack,
                                       std::int32_t* __restrict sums) {
    std::int16_t* top = stack - stride;
    for (const Step step : steps) { // a copy: the stack is of the same type as its members
        const std::int16_t* __restrict values = ranks + step.column;
        if (step.left_is_leaf && step.right_is_leaf) {
            top += stride;
            std::int16_t* __restrict into = top;
            for (std::size_t i = 0; i < rows; ++i)
                into[i] = choose(values[i], step.threshold, step.left, step.right);
        } else if (step.left_is_leaf) {
            std::int16_t* __restrict into = top;
            for (std::size_t i = 0; i < rows; ++i)
                into[i] = choose(values[i], step.threshold, step.left, into[i]);
        } else if (step.right_is_leaf) {
            std::int16_t* __restrict into = top;
            for (std::size_t i = 0; i < rows; ++i)
                into[i] = choose(values[i], step.threshold, into[i], step.right);
        } else {
            const std::int16_t* __restrict right = top;
            top -= stride;
            std::int16_t* __restrict into = top;
            for (std::size_t i = 0; i < rows; ++i)
                into[i] = choose(values[i], step.threshold, into[i], right[i]);
        }
    }
    for (std::size_t i = 0; i < rows; ++i)
        sums[i] += stack[i];
}

using Run = void (*)(std::span<const Step>, const std::int16_t*, std::size_t, std::size_t,
                     std::int16_t*, std::int32_t*);

void run_anywhere(std::span<const Step> steps, const std::int16_t* ranks, std::size_t rows,
                  std::size_t stride, std::int16_t* stack, std::int32_t* sums) {
    run(steps, ranks, rows, stride, stack, sums);
}

#if defined(__x86_64__)
[[gnu::target("avx2")]] void run_avx2(std::span<const Step> steps, const std::int16_t* ranks,
                                      std::size_t rows, std::size_t stride, std::int16_t* stack,
                                      std::int32_t* sums) {
    run(steps, ranks, rows, stride, stack, sums);
}

[[gnu::target("avx512bw")]] void run_avx512(std::span<const Step> steps, const std::int16_t* ranks,
                                            std::size_t rows, std::size_t stride,
                                            std::int16_t* stack, std::int32_t* sums) {
    run(steps, ranks, rows, stride, stack, sums);
}
#endif

// Vectors of 32, 16 or 8 numbers: in integers, so that each gives the same.
Run widest_run() {
#if defined(__x86_64__)
    if (vectors() >= Vectors::avx512) return run_avx512;
    if (vectors() >= Vectors::avx2) return run_avx2;
#endif
    return run_anywhere;
}

} // namespace

ForestBlocks::ForestBlocks(std::span<const IsolationTree> trees, std::size_t columns)
    : columns_(columns), stride_(std::clamp(std::bit_floor(std::size_t{8192} / columns),
                                            smallest_block, largest_block)) {
    // Splits bound the number of thresholds.
    std::size_t first = 0;
    std::size_t splits = 0;
    for (std::size_t i = 0; i < trees.size(); ++i) {
        const std::size_t more = trees[i].terms.size();
        if (splits + more > most_thresholds) {
            make_group(trees, first, i);
            first = i;
            splits = 0;
        }
        splits += more;
    }
    make_group(trees, first, trees.size());
}

void ForestBlocks::make_group(std::span<const IsolationTree> trees, std::size_t first,
                              std::size_t last) {
    auto& group = groups_.emplace_back();
    group.first_tree = first;
    group.last_tree = last;
    std::vector<std::vector<double>> by_column(columns_);
    for (const auto& tree : trees.subspan(first, last - first)) {
        for (const auto& node : tree.nodes) {
            if (node.is_leaf()) continue;
            by_column[tree.terms[node.terms].column].push_back(node.threshold + 0.0);
        }
    }
    for (auto& thresholds : by_column) {
        group.begin.push_back(group.thresholds.size());
        std::sort(thresholds.begin(), thresholds.end());
        thresholds.erase(std::unique(thresholds.begin(), thresholds.end()), thresholds.end());
        group.thresholds.insert(group.thresholds.end(), thresholds.begin(), thresholds.end());
    }
    group.begin.push_back(group.thresholds.size());
    for (std::size_t i = first; i < last; ++i)
        lay_out(trees[i], group);
}

void ForestBlocks::lay_out(const IsolationTree& tree, const Group& group) {
    auto& made = trees_.emplace_back();
    made.first_step = steps_.size();
    made.first_node = nodes_.size();
    nodes_.emplace_back();

    // Returns the number of levels below a node whose place among the nodes to walk is `at`.
    const auto visit = [&](const auto& self, std::uint32_t index, std::size_t at) -> std::uint32_t {
        const TreeNode& node = tree.nodes[index];
        const auto place = static_cast<std::uint16_t>(at - made.first_node);
        if (node.is_leaf()) {
            nodes_[at] = {0, never_right, place, node.depth_units};
            return 0;
        }
        const std::size_t column = tree.terms[node.terms].column;
        const auto begin = group.thresholds.begin() + std::ptrdiff_t(group.begin[column]);
        const auto end = group.thresholds.begin() + std::ptrdiff_t(group.begin[column + 1]);
        const auto rank =
            static_cast<std::int16_t>(std::lower_bound(begin, end, node.threshold) - begin);
        const auto offset = static_cast<std::uint16_t>(column * stride_);
        const std::size_t left = nodes_.size();
        nodes_[at] = {static_cast<std::uint16_t>(column), rank,
                      static_cast<std::uint16_t>(left - made.first_node), 0};
        nodes_.resize(left + 2);
        const std::uint32_t below_left = self(self, index + 1, left);
        const std::uint32_t below_right = self(self, node.right, left + 1);
        const TreeNode& left_node = tree.nodes[index + 1];
        const TreeNode& right_node = tree.nodes[node.right];
        steps_.push_back({offset, rank, left_node.depth_units, right_node.depth_units,
                          left_node.is_leaf(), right_node.is_leaf()});
        return 1 + std::max(below_left, below_right);
    };
    made.levels = visit(visit, 0, made.first_node);
    made.last_step = steps_.size();
    levels_ = std::max(levels_, made.levels);
}

// A value's rank is the number of thresholds below it, found by halving: without branches, which
// the processor could not guess, and for several rows side by side.
void ForestBlocks::rank_rows(const Group& group, Rows rows, std::int16_t* ranks) const {
    for (std::size_t j = 0; j < columns_; ++j) {
        const double* const thresholds = group.thresholds.data() + group.begin[j];
        const std::size_t count = group.begin[j + 1] - group.begin[j];
        if (count == 0) continue;
        for (std::size_t first = 0; first < rows.count; first += side_by_side) {
            std::array<double, side_by_side> x{};
            std::array<std::size_t, side_by_side> below{};
            for (std::size_t i = 0; i < side_by_side; ++i)
                x[i] = rows.row(std::min(first + i, rows.count - 1))[j];
            for (std::size_t left = count; left > 1; left -= left / 2) {
                const double* const middle = thresholds + left / 2 - 1;
                for (std::size_t i = 0; i < side_by_side; ++i)
                    below[i] += -static_cast<std::size_t>(middle[below[i]] < x[i]) & (left / 2);
            }
            for (std::size_t i = 0; i < side_by_side; ++i) {
                below[i] += thresholds[below[i]] < x[i] ? 1 : 0;
                ranks[j * stride_ + first + i] = static_cast<std::int16_t>(below[i]);
            }
        }
    }
}

void ForestBlocks::rank_row(const Group& group, const double* row, std::int16_t* ranks) const {
    for (std::size_t j = 0; j < columns_; ++j) {
        const double* const thresholds = group.thresholds.data() + group.begin[j];
        const std::size_t count = group.begin[j + 1] - group.begin[j];
        if (count == 0) continue;
        std::size_t below = 0;
        for (std::size_t left = count; left > 1; left -= left / 2) {
            below +=
                -static_cast<std::size_t>(thresholds[below + left / 2 - 1] < row[j]) & (left / 2);
        }
        ranks[j] = static_cast<std::int16_t>(below + (thresholds[below] < row[j] ? 1 : 0));
    }
}

std::int32_t ForestBlocks::sum_by_walking(const Group& group, const std::int16_t* ranks) const {
    std::int32_t sum = 0;
    for (std::size_t first = group.first_tree; first < group.last_tree; first += side_by_side) {
        const std::size_t count = std::min(side_by_side, group.last_tree - first);
        std::array<const Node*, side_by_side> trees{};
        std::array<std::size_t, side_by_side> at{};
        std::uint32_t levels = 0;
        for (std::size_t i = 0; i < side_by_side; ++i) {
            const auto& tree = trees_[first + std::min(i, count - 1)];
            trees[i] = nodes_.data() + tree.first_node;
            levels = std::max(levels, tree.levels);
        }
        for (std::uint32_t level = 0; level < levels; ++level) {
            for (std::size_t i = 0; i < side_by_side; ++i) {
                const Node& node = trees[i][at[i]];
                at[i] = node.left + (ranks[node.column] > node.threshold ? 1U : 0U);
            }
        }
        for (std::size_t i = 0; i < count; ++i)
            sum += trees[i][at[i]].depth;
    }
    return sum;
}

std::int32_t ForestBlocks::sum_of_row(const double* row) const {
    std::array<std::int16_t, 64> few{}; // nothing to allocate for a row of usual width
    std::vector<std::int16_t> many(columns_ > few.size() ? columns_ : 0);
    std::int16_t* const ranks = many.empty() ? few.data() : many.data();
    std::int32_t sum = 0;
    for (const auto& group : groups_) {
        rank_row(group, row, ranks);
        sum += sum_by_walking(group, ranks);
    }
    return sum;
}

void ForestBlocks::sum_depths(Rows rows, std::int32_t* sums) const {
    if (rows.count < smallest_block / 2) {
        for (std::size_t i = 0; i < rows.count; ++i)
            sums[i] = sum_of_row(rows.row(i));
        return;
    }
    std::vector<std::int16_t> ranks(columns_ * stride_);
    const Run run_steps = widest_run();
    std::vector<std::int16_t> stack((levels_ + 1) * stride_);
    std::array<std::int32_t, largest_block> block{};
    for (std::size_t first = 0; first < rows.count; first += stride_) {
        poll_interrupt();
        const Rows part = rows.slice(first, std::min(stride_, rows.count - first));
        // The rows that fill up the last vector are what the block before left there.
        const std::size_t filled =
            (part.count + smallest_block - 1) / smallest_block * smallest_block;
        block.fill(0);
        for (const auto& group : groups_) {
            rank_rows(group, part, ranks.data());
            for (std::size_t i = group.first_tree; i < group.last_tree; ++i) {
                const auto& tree = trees_[i];
                if (tree.levels == 0) {
                    std::fill_n(stack.begin(), filled, nodes_[tree.first_node].depth);
                }
                run_steps({steps_.data() + tree.first_step, tree.last_step - tree.first_step},
                          ranks.data(), filled, stride_, stack.data(), block.data());
            }
        }
        std::copy_n(block.begin(), part.count, sums + first);
    }
}

} // namespace recon::models
