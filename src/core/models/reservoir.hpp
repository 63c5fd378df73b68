// A sample of rows of bounded size, the state of every fit aggregate. It is a function of the
// multiset of rows, the capacity and the seed alone: neither the order of arrival nor the way the
// rows were cut into partial states changes a bit of it.
//
// It is a bottom-k sample: each distinct row has a hash, and the k rows with the smallest hashes
// stay, each with its exact count (a row that is among the k smallest in the end was so from its
// first arrival on, in every part). A row is its content, and its identity where the caller gives
// one; rows of one content and different identities are different rows. So:
//
// - up to k distinct rows, the sample is all rows, with their counts;
// - beyond, it is k rows drawn from all, duplicates with their share: rows that are repeated very
//   often are found by HeavyRows, as a sample of distinct rows would hold them or not by chance.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/models/heavy_rows.hpp"
#include "core/models/rows.hpp"

namespace recon::models {

class FeatureEncoding;

// What a model is fitted on: distinct rows, in the order of their hashes, and how often each is
// there.
struct Sample {
    std::size_t columns = 0;
    std::vector<double> values;        // distinct rows, row-major
    std::vector<std::uint64_t> counts; // one for each distinct row, at least 1
    std::uint64_t seed = 0;
    std::uint64_t rows_seen = 0;           // all rows that came, unusable ones included
    std::uint64_t rows_without_values = 0; // rows in which nothing was known: not in the sample
    std::uint64_t non_finite_values = 0;   // infinities, stored as missing
    double distinct_rows_seen = 0;         // exact if complete, else estimated from the hashes
    bool complete = true;                  // every usable row is in the sample
    // How the values were made of those that came; none: they are what came.
    std::shared_ptr<const FeatureEncoding> encoding;

    [[nodiscard]] Rows rows() const noexcept { return {values.data(), counts.size(), columns}; }
    // The sum of counts: the number of rows the sample stands for.
    [[nodiscard]] std::uint64_t total() const noexcept;
    // Distinct rows by their numbers, each as often as its share of at most so many places says:
    // all rows where there are no more.
    [[nodiscard]] std::vector<std::size_t> places(std::uint64_t most) const;
};

struct ReservoirOptions {
    std::uint32_t capacity = 16384; // distinct rows; 2 to 1,000,000
    std::uint64_t seed = 0;
};

class Reservoir {
  public:
    explicit Reservoir(ReservoirOptions options = {});

    // Adds a row; NaN is a missing value, an infinity is counted and stored as missing. The first
    // row fixes the number of columns. Throws invalid_parameter for a row of another width or of
    // none or more than max_columns.
    void add(std::span<const double> row) { add_hashed(row, 0); }

    // The same for a row that the caller can tell from all others (its primary key, its ctid).
    void add(std::span<const double> row, std::int64_t identity) {
        add_hashed(row, mix64(static_cast<std::uint64_t>(identity) ^ 0xd1b54a32d192ed03ULL) | 1);
    }

    // Throws invalid_parameter where capacity, seed or width differ.
    void merge(const Reservoir& other);

    // The sample; throws invalid_parameter where no row held a value.
    [[nodiscard]] Sample sample() const;

    [[nodiscard]] const ReservoirOptions& options() const noexcept { return options_; }
    [[nodiscard]] std::size_t columns() const noexcept { return columns_; }
    // Whether no row held a value.
    [[nodiscard]] bool empty() const noexcept { return keys_.empty(); }
    [[nodiscard]] std::uint64_t rows_seen() const noexcept { return rows_seen_; }
    [[nodiscard]] std::size_t memory_bytes() const noexcept;

    void serialize(ByteWriter& writer) const;
    [[nodiscard]] static Reservoir deserialize(ByteReader& reader);

  private:
    void add_hashed(std::span<const double> row, std::uint64_t identity_hash);
    void start_columns(std::size_t columns);
    void insert(std::uint64_t key, const double* row, std::uint64_t count);
    void shrink();
    void grow_index();
    void rebuild_index();
    [[nodiscard]] std::vector<std::uint32_t> smallest() const;
    [[nodiscard]] HeavyRows all_as_heavy() const;
    void share_places(const std::vector<std::uint32_t>& order, Sample& sample) const;

    ReservoirOptions options_;
    std::uint64_t seed_hash_;
    std::size_t columns_ = 0;
    std::size_t capacity_ = 0; // of distinct rows: options_.capacity, less for very wide rows
    std::uint64_t rows_seen_ = 0;
    std::uint64_t rows_without_values_ = 0;
    std::uint64_t non_finite_values_ = 0;
    std::uint64_t threshold_ = UINT64_MAX; // rows with a larger key are no longer kept
    std::vector<std::uint64_t> keys_;
    std::vector<std::uint64_t> counts_;
    std::vector<double> values_;
    std::vector<std::uint32_t> index_; // open addressing: entry + 1, 0 is free
    std::vector<double> scratch_;      // the row being added, canonical
    std::optional<HeavyRows> heavy_;   // from the moment that rows were dropped
};

// The sample of rows that are already in memory, by the same rules.
[[nodiscard]] Sample sample_rows(Rows rows, ReservoirOptions options = {});

} // namespace recon::models
