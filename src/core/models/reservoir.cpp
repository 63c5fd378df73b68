#include "core/models/reservoir.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "core/base/interrupt.hpp"

namespace recon::models {

namespace {

// A sample holds at most this many values, whatever its capacity in rows: 32 MB.
constexpr std::size_t max_values = std::size_t{1} << 22;

constexpr std::uint8_t format_version = 1;
constexpr const char* same_features =
    "Give the same features for every row, NULL where one is missing.";

} // namespace

std::uint64_t Sample::total() const noexcept {
    return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

std::vector<std::size_t> Sample::places(std::uint64_t most) const {
    const auto all = static_cast<double>(total());
    const auto wanted = std::min(all, static_cast<double>(most));
    std::vector<std::size_t> places;
    double before = 0; // rows
    for (std::size_t i = 0; i < counts.size(); ++i) {
        before += static_cast<double>(counts[i]);
        const auto until = static_cast<std::size_t>(std::round(before / all * wanted));
        places.resize(std::max(until, places.size()), i);
    }
    return places;
}

Reservoir::Reservoir(ReservoirOptions options)
    : options_(options), seed_hash_(mix64(options.seed)) {
    if (options_.capacity < 2 || options_.capacity > 1'000'000) {
        throw Error(ErrorKind::invalid_parameter, "sample capacity is out of range",
                    "The capacity is " + std::to_string(options_.capacity) +
                        "; it must be between 2 and 1000000.");
    }
}

void Reservoir::start_columns(std::size_t columns) {
    if (columns == 0 || columns > max_columns) {
        throw Error(ErrorKind::invalid_parameter, "the number of features is out of range",
                    "A row has " + std::to_string(columns) +
                        " features; there must be between 1 and " + std::to_string(max_columns) +
                        ".");
    }
    columns_ = columns;
    capacity_ = std::min<std::size_t>(options_.capacity, max_values / columns);
    scratch_.resize(columns);
}

void Reservoir::add_hashed(std::span<const double> row, std::uint64_t identity_hash) {
    if (row.size() != columns_ || columns_ == 0) {
        if (columns_ != 0) {
            throw Error(ErrorKind::invalid_parameter, "rows have different numbers of features",
                        "A row has " + std::to_string(row.size()) +
                            " features where earlier ones have " + std::to_string(columns_) + ".",
                        same_features);
        }
        start_columns(row.size());
    }
    ++rows_seen_;
    const auto canonical = canonicalize(row.data(), scratch_.data(), columns_);
    non_finite_values_ += canonical.infinite;
    if (canonical.missing == columns_) {
        ++rows_without_values_;
        return;
    }
    const std::uint64_t key = mix64(canonical.hash ^ seed_hash_ ^ identity_hash);
    if (heavy_) heavy_->add(key, scratch_.data(), 1);
    insert(key, scratch_.data(), 1);
}

void Reservoir::insert(std::uint64_t key, const double* row, std::uint64_t count) {
    if (key > threshold_) return;
    if (2 * (keys_.size() + 1) > index_.size()) grow_index();
    const std::size_t mask = index_.size() - 1;
    // What is kept are the small keys: only their low bits are spread evenly.
    std::size_t at = key & mask;
    for (; index_[at] != 0; at = (at + 1) & mask) {
        const std::size_t entry = index_[at] - 1U;
        if (keys_[entry] != key) continue;
        counts_[entry] += count;
        double* kept = values_.data() + entry * columns_;
        if (content_less(row, kept, columns_)) std::copy_n(row, columns_, kept);
        return;
    }
    keys_.push_back(key);
    counts_.push_back(count);
    values_.insert(values_.end(), row, row + columns_);
    index_[at] = static_cast<std::uint32_t>(keys_.size());
    if (keys_.size() >= 2 * capacity_) shrink();
}

// The entries with the smallest keys, at most as many as there is capacity for, in order of key.
std::vector<std::uint32_t> Reservoir::smallest() const {
    std::vector<std::uint32_t> order(keys_.size());
    std::iota(order.begin(), order.end(), 0U);
    const auto by_key = [&](std::uint32_t a, std::uint32_t b) { return keys_[a] < keys_[b]; };
    if (order.size() > capacity_) {
        std::nth_element(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(capacity_),
                         order.end(), by_key);
        order.resize(capacity_);
    }
    std::sort(order.begin(), order.end(), by_key);
    return order;
}

HeavyRows Reservoir::all_as_heavy() const {
    HeavyRows heavy(columns_);
    for (std::size_t i = 0; i < keys_.size(); ++i)
        heavy.add(keys_[i], values_.data() + i * columns_, counts_[i]);
    return heavy;
}

// Drops all but the smallest keys. Up to here every count was exact, so the search for heavy rows
// can begin now as if it had run from the start.
void Reservoir::shrink() {
    poll_interrupt();
    if (!heavy_) heavy_ = all_as_heavy();
    const auto order = smallest();
    std::vector<std::uint64_t> keys;
    std::vector<std::uint64_t> counts;
    std::vector<double> values;
    keys.reserve(2 * capacity_);
    counts.reserve(2 * capacity_);
    values.reserve(2 * capacity_ * columns_);
    for (const auto entry : order) {
        keys.push_back(keys_[entry]);
        counts.push_back(counts_[entry]);
        const double* row = values_.data() + entry * columns_;
        values.insert(values.end(), row, row + columns_);
    }
    keys_.swap(keys);
    counts_.swap(counts);
    values_.swap(values);
    threshold_ = keys_.back();
    rebuild_index();
}

void Reservoir::grow_index() {
    index_.resize(std::max<std::size_t>(16, 2 * index_.size()));
    rebuild_index();
}

void Reservoir::rebuild_index() {
    std::fill(index_.begin(), index_.end(), 0U);
    const std::size_t mask = index_.size() - 1;
    for (std::size_t i = 0; i < keys_.size(); ++i) {
        std::size_t at = keys_[i] & mask;
        while (index_[at] != 0)
            at = (at + 1) & mask;
        index_[at] = static_cast<std::uint32_t>(i + 1);
    }
}

void Reservoir::merge(const Reservoir& other) {
    if (other.options_.capacity != options_.capacity || other.options_.seed != options_.seed) {
        throw Error(ErrorKind::invalid_parameter,
                    "samples of different capacity or seed cannot be merged");
    }
    if (other.columns_ == 0) return;
    if (columns_ == 0) start_columns(other.columns_);
    if (columns_ != other.columns_) {
        throw Error(ErrorKind::invalid_parameter, "rows have different numbers of features",
                    "A sample of " + std::to_string(other.columns_) + " features meets one of " +
                        std::to_string(columns_) + ".",
                    same_features);
    }
    const bool dropped = heavy_ || other.heavy_;
    if (dropped) {
        if (!heavy_) heavy_ = all_as_heavy();
        heavy_->merge(other.heavy_ ? *other.heavy_ : other.all_as_heavy());
    }
    rows_seen_ += other.rows_seen_;
    rows_without_values_ += other.rows_without_values_;
    non_finite_values_ += other.non_finite_values_;
    threshold_ = std::min(threshold_, other.threshold_);
    for (std::size_t i = 0; i < other.keys_.size(); ++i) {
        const double* row = other.values_.data() + i * columns_;
        // The first rows to be dropped may be dropped here, half way.
        if (!dropped && heavy_) heavy_->add(other.keys_[i], row, other.counts_[i]);
        insert(other.keys_[i], row, other.counts_[i]);
    }
}

Sample Reservoir::sample() const {
    if (keys_.empty()) {
        throw Error(ErrorKind::invalid_parameter, "there are no rows to fit a model on",
                    rows_seen_ == 0
                        ? "No row came."
                        : "None of the " + std::to_string(rows_seen_) + " rows holds a value.");
    }
    Sample sample;
    sample.columns = columns_;
    sample.seed = options_.seed;
    sample.rows_seen = rows_seen_;
    sample.rows_without_values = rows_without_values_;
    sample.non_finite_values = non_finite_values_;
    const auto order = smallest();
    sample.complete = keys_.size() <= capacity_ && !heavy_;

    if (sample.complete) {
        sample.distinct_rows_seen = static_cast<double>(order.size());
        for (const auto entry : order) {
            const double* const row = values_.data() + entry * columns_;
            sample.values.insert(sample.values.end(), row, row + columns_);
            sample.counts.push_back(counts_[entry]);
        }
        return sample;
    }

    // The k-th smallest of D uniform hashes lies at about k / D of their range.
    const auto capacity = static_cast<double>(capacity_);
    sample.distinct_rows_seen =
        std::round((capacity - 1) / (static_cast<double>(keys_[order.back()]) * 0x1.0p-64));

    share_places(order, sample);
    return sample;
}

// Heavy rows get their share of the places; rows drawn by hash share what is left, each by its
// count, by systematic sampling in the order of the hashes (which is a random order).
void Reservoir::share_places(const std::vector<std::uint32_t>& order, Sample& sample) const {
    const auto append = [&](const double* row, double count) {
        sample.values.insert(sample.values.end(), row, row + columns_);
        sample.counts.push_back(static_cast<std::uint64_t>(count));
    };
    const auto capacity = static_cast<double>(capacity_);
    const HeavyRows heavy_rows = heavy_ ? *heavy_ : all_as_heavy();
    auto heavy = heavy_rows.heavy();
    std::sort(heavy.begin(), heavy.end(),
              [](const HeavyRow& a, const HeavyRow& b) { return a.key < b.key; });
    const auto usable = static_cast<double>(heavy_rows.total());
    double places = capacity;
    for (auto& row : heavy) {
        row.count = std::max(1.0, std::round(capacity * row.count / usable));
        places -= row.count;
    }
    places = std::max(places, 0.0);
    const auto is_heavy = [&](std::uint64_t key) {
        const auto found =
            std::lower_bound(heavy.begin(), heavy.end(), key,
                             [](const HeavyRow& row, std::uint64_t k) { return row.key < k; });
        return found != heavy.end() && found->key == key;
    };
    double light = 0;
    for (const auto entry : order)
        if (!is_heavy(keys_[entry])) light += static_cast<double>(counts_[entry]);
    const double share = light > 0 ? places / light : 0;
    auto next_heavy = heavy.begin();
    double before = 0.5;
    for (const auto entry : order) {
        for (; next_heavy != heavy.end() && next_heavy->key <= keys_[entry]; ++next_heavy)
            append(next_heavy->values, next_heavy->count);
        if (is_heavy(keys_[entry])) continue;
        const double after = before + static_cast<double>(counts_[entry]) * share;
        const double count = std::floor(after) - std::floor(before);
        if (count >= 1) append(values_.data() + entry * columns_, count);
        before = after;
    }
    for (; next_heavy != heavy.end(); ++next_heavy)
        append(next_heavy->values, next_heavy->count);
}

std::size_t Reservoir::memory_bytes() const noexcept {
    return sizeof(*this) +
           (keys_.capacity() + counts_.capacity() + values_.capacity() + scratch_.capacity()) * 8 +
           index_.capacity() * 4 + (heavy_ ? heavy_->memory_bytes() : 0);
}

void Reservoir::serialize(ByteWriter& writer) const {
    writer.put(format_version);
    writer.put(options_.capacity);
    writer.put(options_.seed);
    writer.put(static_cast<std::uint32_t>(columns_));
    if (columns_ == 0) return;
    for (const auto counter : {rows_seen_, rows_without_values_, non_finite_values_})
        writer.put(counter);
    const bool dropped = heavy_ || keys_.size() > capacity_;
    const auto order = smallest();
    writer.reserve(64 + order.size() * (16 + columns_ * 8));
    writer.put(static_cast<std::uint32_t>(order.size()));
    for (const auto entry : order) {
        writer.put(keys_[entry]);
        writer.put(counts_[entry]);
        writer.put_raw(values_.data() + entry * columns_, columns_ * sizeof(double));
    }
    writer.put(dropped);
    if (dropped) (heavy_ ? *heavy_ : all_as_heavy()).serialize(writer);
}

Reservoir Reservoir::deserialize(ByteReader& reader) {
    if (reader.get<std::uint8_t>() != format_version) reader.refuse("its version is unknown");
    ReservoirOptions options;
    options.capacity = reader.get<std::uint32_t>();
    options.seed = reader.get<std::uint64_t>();
    if (options.capacity < 2 || options.capacity > 1'000'000) {
        reader.refuse("a capacity is out of range");
    }
    Reservoir reservoir(options);
    const auto columns = reader.get<std::uint32_t>();
    if (columns == 0) return reservoir;
    if (columns > max_columns) reader.refuse("a number of columns is out of range");
    reservoir.start_columns(columns);
    for (auto* counter :
         {&reservoir.rows_seen_, &reservoir.rows_without_values_, &reservoir.non_finite_values_}) {
        *counter = reader.get<std::uint64_t>();
        if (*counter > largest_total) reader.refuse("a number of rows is out of range");
    }
    if (reservoir.rows_without_values_ > reservoir.rows_seen_ ||
        reservoir.non_finite_values_ / columns > reservoir.rows_seen_) {
        reader.refuse("there are more unusable rows than rows");
    }
    const auto count = reader.get_count(16 + columns * sizeof(double));
    if (count > reservoir.capacity_) reader.refuse("there are more rows than its capacity");
    std::vector<double> row(columns);
    std::uint64_t last = 0;
    std::uint64_t left = reservoir.rows_seen_;
    for (std::uint32_t i = 0; i < count; ++i) {
        const auto key = reader.get<std::uint64_t>();
        const auto times = reader.get<std::uint64_t>();
        reader.get_raw(row.data(), columns * sizeof(double));
        if (i > 0 && key <= last) reader.refuse("rows are not in the order of their keys");
        if (times == 0 || times > left) reader.refuse("a count is out of range");
        left -= times;
        std::size_t missing = 0;
        for (auto& value : row) {
            value = canonical_value(value);
            if (std::isnan(value)) ++missing;
        }
        if (missing == columns) reader.refuse("a row holds no value");
        last = key;
        reservoir.insert(key, row.data(), times);
    }
    if (reader.get<bool>()) {
        if (count < reservoir.capacity_) reader.refuse("rows were dropped below its capacity");
        reservoir.heavy_ = HeavyRows::deserialize(reader, columns);
        reservoir.threshold_ = last;
    }
    return reservoir;
}

Sample sample_rows(Rows rows, ReservoirOptions options) {
    Reservoir reservoir(options);
    for (std::size_t i = 0; i < rows.count; ++i) {
        if (i % 4096 == 0) poll_interrupt();
        reservoir.add(rows[i]);
    }
    return reservoir.sample();
}

} // namespace recon::models
