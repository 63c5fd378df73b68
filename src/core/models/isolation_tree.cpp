#include "core/models/isolation_tree.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "core/base/interrupt.hpp"
#include "core/models/path_length.hpp"

namespace recon::models {

namespace {

struct Member {
    std::uint32_t row;
    double weight;
};

struct Range {
    double low = std::numeric_limits<double>::infinity();
    double high = -std::numeric_limits<double>::infinity();

    void add(double x) noexcept {
        low = x < low ? x : low;
        high = x > high ? x : high;
    }
    [[nodiscard]] bool is_split() const noexcept { return low < high; }
    // Uniform in [low, high): what lies at `high` is to go right.
    [[nodiscard]] double draw(Random& random) const noexcept {
        const double share = random.uniform();
        const double x = low * (1 - share) + high * share;
        return x < high && x >= low ? x : low;
    }
};

// Columns that vary less are constant to a hyperplane: its weights would not be finite.
constexpr double smallest_unit = 1e-290;

class Grower {
  public:
    Grower(Rows rows, const TreeOptions& options, Random random)
        : rows_(rows), options_(options), random_(random), columns_(rows.columns),
          values_(rows.count * rows.columns), projected_(rows.count) {
        std::iota(columns_.begin(), columns_.end(), std::uint16_t{0});
        for (std::size_t i = 0; i < rows.count; ++i) {
            for (std::size_t j = 0; j < rows.columns; ++j)
                values_[j * rows.count + i] = rows.row(i)[j];
        }
    }

    void grow(const std::vector<Member>& members, std::size_t active, std::uint32_t depth) {
        const std::size_t at = tree_.nodes.size();
        auto& node = tree_.nodes.emplace_back();
        for (const auto& member : members)
            node.size += member.weight;
        node.terms = static_cast<std::uint32_t>(tree_.terms.size());
        if (depth >= options_.max_depth || members.size() < 2 || node.size <= 1) return;
        if (!draw_split(members, active, node.threshold)) return;
        node.term_count = static_cast<std::uint16_t>(tree_.terms.size() - node.terms);

        std::vector<Member> left;
        std::vector<Member> right;
        divide(members, node.threshold, left, right);
        grow(left, active, depth + 1);
        tree_.nodes[at].right = static_cast<std::uint32_t>(tree_.nodes.size());
        grow(right, active, depth + 1);
    }

    [[nodiscard]] IsolationTree take() {
        complete_tree(tree_);
        return std::move(tree_);
    }

  private:
    [[nodiscard]] const double* column(std::uint16_t j) const noexcept {
        return values_.data() + j * rows_.count;
    }

    // Finds terms and threshold; false where all columns are constant. The first `active` columns
    // are those that were not found constant here or above; children inherit the bound.
    bool draw_split(const std::vector<Member>& members, std::size_t& active, double& threshold) {
        const std::size_t wanted = options_.columns_per_split;
        std::size_t found = 0;
        Range range;
        while (found < wanted && found < active) {
            const std::size_t pick = found + random_.below(active - found);
            range = Range{};
            const double* const values = column(columns_[pick]);
            for (const auto& member : members)
                range.add(values[member.row]); // comparisons with NaN leave it as it is
            const double unit = wanted == 1 ? 1 : range.high / 2 - range.low / 2;
            if (!range.is_split() || unit < smallest_unit) {
                std::swap(columns_[pick], columns_[--active]);
                continue;
            }
            std::swap(columns_[pick], columns_[found]);
            tree_.terms.push_back({columns_[found], wanted == 1 ? 1 : random_.normal() / unit});
            ++found;
        }
        if (found == 0) return false;
        const auto terms = std::span(tree_.terms).last(found);
        if (wanted > 1) range = project(members, terms);
        if (!range.is_split()) {
            tree_.terms.resize(tree_.terms.size() - found);
            return false;
        }
        threshold = range.draw(random_);
        return true;
    }

    Range project(const std::vector<Member>& members, std::span<const SplitTerm> terms) {
        Range range;
        for (const auto& member : members) {
            double sum = 0;
            for (const auto& term : terms)
                sum += term.weight * column(term.column)[member.row];
            projected_[member.row] = sum;
            range.add(sum);
        }
        return range;
    }

    void divide(const std::vector<Member>& members, double threshold, std::vector<Member>& left,
                std::vector<Member>& right) const {
        const double* const values =
            options_.columns_per_split == 1 ? column(tree_.terms.back().column) : projected_.data();
        double left_weight = 0;
        double right_weight = 0;
        bool missing = false;
        for (const auto& member : members) {
            const double x = values[member.row];
            if (x > threshold) {
                right.push_back(member);
                right_weight += member.weight;
            } else if (x <= threshold) {
                left.push_back(member);
                left_weight += member.weight;
            } else {
                missing = true;
            }
        }
        if (!missing) return;
        const double share = left_weight / (left_weight + right_weight);
        for (const auto& member : members) {
            if (!std::isnan(values[member.row])) continue;
            left.push_back({member.row, member.weight * share});
            right.push_back({member.row, member.weight * (1 - share)});
        }
    }

    Rows rows_;
    TreeOptions options_;
    Random random_;
    std::vector<std::uint16_t> columns_;
    std::vector<double> values_; // by column
    std::vector<double> projected_;
    IsolationTree tree_;
};

void complete_below(IsolationTree& tree, std::uint32_t at, std::uint32_t level) {
    auto& node = tree.nodes[at];
    if (node.is_leaf()) {
        const double depth = level + average_path_length(node.size);
        node.depth_units = static_cast<std::int16_t>(std::lround(depth / depth_unit));
        return;
    }
    complete_below(tree, at + 1, level + 1);
    complete_below(tree, node.right, level + 1);
    node.size = tree.nodes[at + 1].size + tree.nodes[node.right].size;
}

} // namespace

void complete_tree(IsolationTree& tree) {
    complete_below(tree, 0, 0);
}

void add_depths(const IsolationTree& tree, Rows rows, std::int32_t* sums) {
    // Rows that go down side by side do not wait for each other.
    constexpr std::size_t side_by_side = 8;
    const TreeNode* const nodes = tree.nodes.data();
    for (std::size_t first = 0; first < rows.count; first += side_by_side) {
        const std::size_t count = std::min(side_by_side, rows.count - first);
        std::array<std::uint32_t, side_by_side> at{};
        for (bool going = true; going;) {
            going = false;
            for (std::size_t i = 0; i < count; ++i) {
                const TreeNode& node = nodes[at[i]];
                if (node.is_leaf()) continue;
                going = true;
                const double* const row = rows.row(first + i);
                const SplitTerm* const terms = tree.terms.data() + node.terms;
                double sum = 0;
                for (std::size_t k = 0; k < node.term_count; ++k)
                    sum += terms[k].weight * row[terms[k].column];
                at[i] = sum > node.threshold ? node.right : at[i] + 1;
            }
        }
        for (std::size_t i = 0; i < count; ++i)
            sums[first + i] += nodes[at[i]].depth_units;
    }
}

IsolationTree grow_tree(Rows rows, std::span<const double> weights, const TreeOptions& options,
                        Random random) {
    poll_interrupt();
    std::vector<Member> members(rows.count);
    for (std::size_t i = 0; i < rows.count; ++i)
        members[i] = {static_cast<std::uint32_t>(i), weights[i]};
    Grower grower(rows, options, random);
    grower.grow(members, rows.columns, 0);
    return grower.take();
}

} // namespace recon::models
