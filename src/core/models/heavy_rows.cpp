#include "core/models/heavy_rows.hpp"

#include <algorithm>
#include <cstring>

namespace recon::models {

bool content_less(const double* a, const double* b, std::size_t columns) noexcept {
    return std::memcmp(a, b, columns * sizeof(double)) < 0;
}

HeavyRows::HeavyRows(std::size_t columns)
    : columns_(columns),
      size_(std::clamp<std::size_t>(65536 / std::max<std::size_t>(columns, 1), 64, 512)),
      totals_(depth * width), index_(std::bit_ceil(2 * size_)) {
    keys_.reserve(size_);
    counts_.reserve(size_);
    values_.reserve(size_ * columns_);
}

std::size_t HeavyRows::memory_bytes() const noexcept {
    return (totals_.capacity() + keys_.capacity() + counts_.capacity() + values_.capacity()) * 8 +
           index_.capacity() * 2;
}

void HeavyRows::add(std::uint64_t key, const double* row, std::uint64_t count) {
    total_ += count;
    for (std::size_t level = 0; level < depth; ++level)
        totals_[cell(key, level)] += count;
    count_candidate(key, row, count);
}

void HeavyRows::count_candidate(std::uint64_t key, const double* row, std::uint64_t count) {
    const std::size_t mask = index_.size() - 1;
    std::size_t at = (key >> 40) & mask;
    for (; index_[at] != 0; at = (at + 1) & mask) {
        const std::size_t candidate = index_[at] - 1U;
        if (keys_[candidate] != key) continue;
        counts_[candidate] += count;
        double* kept = values_.data() + candidate * columns_;
        if (content_less(row, kept, columns_)) std::copy_n(row, columns_, kept);
        return;
    }
    keys_.push_back(key);
    counts_.push_back(count);
    values_.insert(values_.end(), row, row + columns_);
    index_[at] = static_cast<std::uint16_t>(keys_.size());
    if (keys_.size() == size_) purge();
}

// Takes the median count off every candidate and drops those that have nothing left. At least half
// of the candidates lose the whole median, which bounds what any row can lose to 2/size of the
// total.
void HeavyRows::purge() {
    std::vector<std::uint64_t> sorted = counts_;
    const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
    std::nth_element(sorted.begin(), middle, sorted.end());
    const std::uint64_t median = *middle;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < keys_.size(); ++i) {
        if (counts_[i] <= median) continue;
        keys_[kept] = keys_[i];
        counts_[kept] = counts_[i] - median;
        std::copy_n(values_.data() + i * columns_, columns_, values_.data() + kept * columns_);
        ++kept;
    }
    keys_.resize(kept);
    counts_.resize(kept);
    values_.resize(kept * columns_);
    rebuild_index();
}

void HeavyRows::rebuild_index() {
    std::fill(index_.begin(), index_.end(), std::uint16_t{0});
    const std::size_t mask = index_.size() - 1;
    for (std::size_t i = 0; i < keys_.size(); ++i) {
        std::size_t at = (keys_[i] >> 40) & mask;
        while (index_[at] != 0)
            at = (at + 1) & mask;
        index_[at] = static_cast<std::uint16_t>(i + 1);
    }
}

void HeavyRows::merge(const HeavyRows& other) {
    total_ += other.total_;
    for (std::size_t i = 0; i < totals_.size(); ++i)
        totals_[i] += other.totals_[i];
    for (std::size_t i = 0; i < other.keys_.size(); ++i) {
        count_candidate(other.keys_[i], other.values_.data() + i * columns_, other.counts_[i]);
    }
}

std::vector<HeavyRow> HeavyRows::heavy() const {
    std::vector<double> residual(totals_.begin(), totals_.end());
    double unexplained = static_cast<double>(total_);
    const double least = 8.0 / static_cast<double>(size_) * unexplained;
    // The smallest of a row's cells, less what its fellows put there on average.
    const auto estimate = [&](std::uint64_t key) {
        double smallest = unexplained;
        for (std::size_t level = 0; level < depth; ++level)
            smallest = std::min(smallest, residual[cell(key, level)]);
        return smallest - (unexplained - smallest) / static_cast<double>(width - 1);
    };
    std::vector<std::size_t> open(keys_.size());
    for (std::size_t i = 0; i < open.size(); ++i)
        open[i] = i;
    std::vector<HeavyRow> found;
    while (!open.empty()) {
        std::size_t best = 0;
        double best_count = -1;
        for (std::size_t i = 0; i < open.size(); ++i) {
            const double count = estimate(keys_[open[i]]);
            if (count > best_count || (count == best_count && keys_[open[i]] < keys_[open[best]])) {
                best = i;
                best_count = count;
            }
        }
        if (best_count < least || best_count <= 0) break;
        const std::size_t candidate = open[best];
        open.erase(open.begin() + static_cast<std::ptrdiff_t>(best));
        found.push_back({keys_[candidate], values_.data() + candidate * columns_, best_count});
        for (std::size_t level = 0; level < depth; ++level) {
            double& left = residual[cell(keys_[candidate], level)];
            left = std::max(0.0, left - best_count);
        }
        unexplained = std::max(0.0, unexplained - best_count);
    }
    return found;
}

void HeavyRows::serialize(ByteWriter& writer) const {
    writer.put(total_);
    writer.put_raw(totals_.data(), totals_.size() * sizeof(std::uint64_t));
    writer.put(static_cast<std::uint32_t>(keys_.size()));
    writer.put_raw(keys_.data(), keys_.size() * sizeof(std::uint64_t));
    writer.put_raw(counts_.data(), counts_.size() * sizeof(std::uint64_t));
    writer.put_raw(values_.data(), values_.size() * sizeof(double));
}

HeavyRows HeavyRows::deserialize(ByteReader& reader, std::size_t columns) {
    HeavyRows rows(columns);
    rows.total_ = reader.get<std::uint64_t>();
    if (rows.total_ > largest_total) reader.refuse("a number of rows is out of range");
    reader.get_raw(rows.totals_.data(), rows.totals_.size() * sizeof(std::uint64_t));
    for (std::size_t level = 0; level < depth; ++level) {
        std::uint64_t sum = 0;
        for (std::size_t i = 0; i < width; ++i) {
            const auto each = rows.totals_[level * width + i];
            if (each > rows.total_) reader.refuse("a sketch's cell exceeds its total");
            sum += each;
        }
        if (sum != rows.total_) reader.refuse("a sketch does not add up to its total");
    }
    const auto count = reader.get_count(2 * sizeof(std::uint64_t) + columns * sizeof(double));
    if (count >= rows.size_) reader.refuse("there are too many candidates for a heavy row");
    rows.keys_.resize(count);
    rows.counts_.resize(count);
    rows.values_.resize(count * columns);
    reader.get_raw(rows.keys_.data(), count * sizeof(std::uint64_t));
    reader.get_raw(rows.counts_.data(), count * sizeof(std::uint64_t));
    reader.get_raw(rows.values_.data(), rows.values_.size() * sizeof(double));
    for (const auto each : rows.counts_)
        if (each == 0 || each > rows.total_) reader.refuse("a candidate's count is out of range");
    for (auto& value : rows.values_)
        value = canonical_value(value);
    auto sorted = rows.keys_;
    std::sort(sorted.begin(), sorted.end());
    if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) {
        reader.refuse("a candidate is there twice");
    }
    rows.rebuild_index();
    return rows;
}

} // namespace recon::models
