#include "core/models/isolation_forest.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <set>

#include "core/base/interrupt.hpp"
#include "core/models/path_length.hpp"

namespace recon::models {

namespace {

// Makes the forest's random numbers others than those the sample was drawn by.
constexpr std::uint64_t stream = std::uint64_t{4} << 32;

std::uint32_t depth_limit(double rows) noexcept {
    return rows < 2 ? 0 : std::bit_width(static_cast<std::uint64_t>(rows) - 1);
}

// Draws `wanted` of the sample's rows without replacement, a row that is there n times n-fold, and
// gives the distinct ones with their numbers (Floyd's algorithm: Bentley and Floyd 1987).
std::vector<std::pair<std::size_t, double>> draw_rows(const std::vector<std::uint64_t>& last,
                                                      std::uint64_t wanted, Random& random) {
    const std::uint64_t total = last.back();
    std::set<std::uint64_t> places;
    for (std::uint64_t top = total - wanted; top < total; ++top)
        if (!places.insert(random.below(top + 1)).second) places.insert(top);
    std::vector<std::pair<std::size_t, double>> drawn;
    for (const auto place : places) {
        const auto row = static_cast<std::size_t>(
            std::upper_bound(last.begin(), last.end(), place) - last.begin());
        if (drawn.empty() || drawn.back().first != row) drawn.emplace_back(row, 0);
        drawn.back().second += 1;
    }
    return drawn;
}

// Calls visit(node, depth, share) for every node that a row reaches, the share being what part of
// it does: the whole one, unless a value that a split asks for is missing.
template <typename Visit>
void descend(const IsolationTree& tree, const double* row, Visit visit) {
    struct Open {
        std::uint32_t node;
        std::uint32_t depth;
        double share;
    };
    std::vector<Open> open{{0, 0, 1}};
    while (!open.empty()) {
        const Open at = open.back();
        open.pop_back();
        const TreeNode& node = tree.nodes[at.node];
        visit(at.node, at.depth, at.share);
        if (node.is_leaf()) continue;
        double sum = 0;
        for (std::uint32_t i = node.terms; i < node.terms + node.term_count; ++i)
            sum += tree.terms[i].weight * row[tree.terms[i].column];
        if (sum > node.threshold) {
            open.push_back({node.right, at.depth + 1, at.share});
        } else if (sum <= node.threshold) {
            open.push_back({at.node + 1, at.depth + 1, at.share});
        } else {
            const double left = tree.nodes[at.node + 1].size;
            const double right = tree.nodes[node.right].size;
            const double share = left + right > 0 ? left / (left + right) : 0.5;
            open.push_back({node.right, at.depth + 1, at.share * (1 - share)});
            open.push_back({at.node + 1, at.depth + 1, at.share * share});
        }
    }
}

double depth_in(const IsolationTree& tree, const double* row) {
    double depth = 0;
    descend(tree, row, [&](std::uint32_t node, std::uint32_t, double share) {
        if (tree.nodes[node].is_leaf()) depth += share * tree.nodes[node].depth_units * depth_unit;
    });
    return depth;
}

} // namespace

IsolationForestOptions IsolationForestOptions::read(FitOptions& options) {
    IsolationForestOptions read;
    read.trees = static_cast<std::uint32_t>(
        options.integer("trees", read.trees, 1, IsolationForest::most_trees));
    read.sample_size = static_cast<std::uint32_t>(
        options.integer("sample_size", read.sample_size, 2, IsolationForest::largest_sample));
    read.columns_per_split = static_cast<std::uint32_t>(
        options.integer("columns_per_split", read.columns_per_split, 1, max_columns));
    return read;
}

IsolationForest::IsolationForest(const Sample& sample, const IsolationForestOptions& options)
    : Model(FitSummary(sample)), options_(options) {
    std::vector<std::uint64_t> last(sample.counts.size()); // cumulated counts
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < last.size(); ++i)
        last[i] = total += sample.counts[i];
    const auto wanted = std::min<std::uint64_t>(options.sample_size, total);
    rows_per_tree_ = static_cast<double>(wanted);
    const TreeOptions tree_options{options.columns_per_split, depth_limit(rows_per_tree_)};
    std::vector<double> values;
    std::vector<double> weights;
    for (std::uint32_t tree = 0; tree < options.trees; ++tree) {
        Random random(mix64(sample.seed ^ stream) + tree);
        values.clear();
        weights.clear();
        for (const auto& [row, weight] : draw_rows(last, wanted, random)) {
            values.insert(values.end(), sample.rows().row(row),
                          sample.rows().row(row) + sample.columns);
            weights.push_back(weight);
        }
        trees_.push_back(grow_tree({values.data(), weights.size(), sample.columns}, weights,
                                   tree_options, random));
    }
    prepare();
}

void IsolationForest::prepare() {
    // Rounded as depths are, so that a forest without a split gives exactly .5.
    usual_depth_ = std::round(average_path_length(rows_per_tree_) / depth_unit) * depth_unit;
    if (options_.columns_per_split == 1) blocks_ = ForestBlocks(trees_, columns());
}

double IsolationForest::score_of_depth(double depth) const noexcept {
    return usual_depth_ > 0 ? std::exp2(-depth / usual_depth_) : 0.5;
}

double IsolationForest::mean_depth(const double* row) const {
    double sum = 0;
    for (const auto& tree : trees_)
        sum += depth_in(tree, row);
    return sum / static_cast<double>(trees_.size());
}

void IsolationForest::score_rows(Rows rows, double* scores) const {
    constexpr std::size_t at_once = 1024;
    std::array<std::int32_t, at_once> sums; // NOLINT(cppcoreguidelines-pro-type-member-init)
    const double unit = depth_unit / static_cast<double>(trees_.size());
    for (std::size_t first = 0; first < rows.count; first += at_once) {
        const Rows part = rows.slice(first, std::min(at_once, rows.count - first));
        if (!blocks_.empty()) {
            blocks_.sum_depths(part, sums.data());
        } else {
            poll_interrupt();
            std::fill_n(sums.begin(), part.count, 0);
            for (const auto& tree : trees_)
                add_depths(tree, part, sums.data());
        }
        for (std::size_t i = 0; i < part.count; ++i) {
            const auto row = part[i];
            const bool complete = std::none_of(row.begin(), row.end(),
                                               [](double value) { return std::isnan(value); });
            scores[first + i] = score_of_depth(complete ? sums[i] * unit : mean_depth(row.data()));
        }
    }
}

// For each column the mean, over the nodes of the row's paths that split it, of 1/h - 1/h_max, h
// being the depth of the leaf where the path ends: what stands in short paths isolates the row
// (Carletti, Terzi and Susto 2023, the local form).
void IsolationForest::add_contributions(const double* row, double* magnitudes) const {
    const double deepest = depth_limit(rows_per_tree_);
    std::vector<double> visits(columns(), 0.0);
    struct Step {
        std::uint32_t node;
        std::uint32_t depth;
        double share;
    };
    std::vector<Step> path;
    for (const auto& tree : trees_) {
        path.clear();
        descend(tree, row, [&](std::uint32_t at, std::uint32_t depth, double share) {
            path.resize(std::min<std::size_t>(path.size(), depth));
            path.push_back({at, depth, share});
            if (!tree.nodes[at].is_leaf() || depth == 0) return;
            const double gain = 1 / static_cast<double>(depth) - 1 / deepest;
            for (std::size_t i = 0; i + 1 < path.size(); ++i) {
                const auto& node = tree.nodes[path[i].node];
                for (std::uint32_t k = node.terms; k < node.terms + node.term_count; ++k) {
                    visits[tree.terms[k].column] += share;
                    magnitudes[tree.terms[k].column] += share * gain;
                }
            }
        });
    }
    for (std::size_t j = 0; j < columns(); ++j)
        if (visits[j] > 0) magnitudes[j] /= visits[j];
}

std::string_view IsolationForest::score_meaning() const noexcept {
    return "between 0 and 1: 2 to the power of minus the row's mean depth over the usual one; near "
           "1 "
           "is strange, .5 where nothing distinguishes the rows";
}

void IsolationForest::describe_method(JsonWriter& json) const {
    std::size_t nodes = 0;
    for (const auto& tree : trees_)
        nodes += tree.nodes.size();
    json.member("trees", trees_.size());
    json.member("sample_size", static_cast<std::size_t>(options_.sample_size));
    json.member("columns_per_split", static_cast<std::size_t>(options_.columns_per_split));
    json.member("rows_per_tree", rows_per_tree_);
    json.member("nodes", nodes);
}

// Of a tree: its nodes in preorder, a leaf as 0 and its size, a split as its number of terms,
// these, and the threshold. All else follows.
void IsolationForest::serialize_method(ByteWriter& writer) const {
    writer.put(static_cast<std::uint32_t>(trees_.size()));
    writer.put(options_.sample_size);
    writer.put(options_.columns_per_split);
    writer.put(static_cast<std::uint32_t>(rows_per_tree_));
    for (const auto& tree : trees_) {
        for (const auto& node : tree.nodes) {
            writer.put(static_cast<std::uint16_t>(node.term_count));
            for (std::uint32_t i = node.terms; i < node.terms + node.term_count; ++i) {
                writer.put(tree.terms[i].column);
                if (options_.columns_per_split > 1) writer.put(tree.terms[i].weight);
            }
            writer.put(node.is_leaf() ? node.size : node.threshold);
        }
    }
}

namespace {

class TreeReader {
  public:
    TreeReader(ByteReader& reader, std::size_t columns, std::uint32_t columns_per_split,
               double rows)
        : reader_(reader), columns_(columns), columns_per_split_(columns_per_split), rows_(rows),
          max_depth_(depth_limit(rows)) {}

    IsolationTree read() {
        IsolationTree tree;
        read_node(tree, 0);
        complete_tree(tree);
        if (tree.nodes.front().size > rows_ * (1 + 1e-9)) {
            reader_.refuse("a tree has more rows than were drawn for it");
        }
        return tree;
    }

  private:
    void read_node(IsolationTree& tree, std::uint32_t depth) {
        const std::size_t at = tree.nodes.size();
        tree.nodes.emplace_back();
        TreeNode node;
        node.terms = static_cast<std::uint32_t>(tree.terms.size());
        node.term_count = reader_.get<std::uint16_t>();
        if (node.term_count > columns_per_split_) reader_.refuse("a split has too many columns");
        for (std::uint32_t i = 0; i < node.term_count; ++i) {
            SplitTerm term{reader_.get<std::uint16_t>(), 1};
            if (term.column >= columns_) reader_.refuse("a split's column is out of range");
            if (columns_per_split_ > 1) term.weight = reader_.get<double>();
            if (!std::isfinite(term.weight)) reader_.refuse("a split's weight is not finite");
            tree.terms.push_back(term);
        }
        const auto value = reader_.get<double>();
        if (!std::isfinite(value)) reader_.refuse("a number of a node is not finite");
        if (node.term_count == 0) {
            node.size = value;
            if (!(value >= 0 && value <= rows_)) reader_.refuse("a leaf's size is out of range");
        } else {
            if (depth == max_depth_) reader_.refuse("a tree is too deep");
            node.threshold = value;
            read_node(tree, depth + 1);
            node.right = static_cast<std::uint32_t>(tree.nodes.size());
            read_node(tree, depth + 1);
        }
        tree.nodes[at] = node;
    }

    ByteReader& reader_;
    std::size_t columns_;
    std::uint32_t columns_per_split_;
    double rows_;
    std::uint32_t max_depth_;
};

} // namespace

std::unique_ptr<const Model> IsolationForest::deserialize(ByteReader& reader, FitSummary fit) {
    std::unique_ptr<IsolationForest> forest(new IsolationForest(std::move(fit)));
    auto& options = forest->options_;
    options.trees = reader.get<std::uint32_t>();
    options.sample_size = reader.get<std::uint32_t>();
    options.columns_per_split = reader.get<std::uint32_t>();
    const auto rows = reader.get<std::uint32_t>();
    if (options.trees == 0 || options.trees > most_trees) {
        reader.refuse("a number of trees is out of range");
    }
    if (options.sample_size < 2 || options.sample_size > largest_sample || rows == 0 ||
        rows > options.sample_size) {
        reader.refuse("a number of rows is out of range");
    }
    if (options.columns_per_split == 0 || options.columns_per_split > max_columns) {
        reader.refuse("a split's number of columns is out of range");
    }
    forest->rows_per_tree_ = rows;
    TreeReader trees(reader, forest->columns(), options.columns_per_split, rows);
    for (std::uint32_t i = 0; i < options.trees; ++i)
        forest->trees_.push_back(trees.read());
    forest->prepare();
    return forest;
}

} // namespace recon::models
