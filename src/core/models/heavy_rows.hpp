// Rows that are repeated so often that a uniform sample of distinct rows must not leave them to
// chance (in a reconciliation: the row in which nothing differs). Two mergeable summaries together
// give an answer that does not depend on the order of arrival or on how the rows were cut up:
//
// - candidates: a bounded table of counters (Misra and Gries 1982; merged as Agarwal et al. 2012,
//   purged by the median as Anderson et al. 2017). What it holds depends on the order, but a row
//   with more than a fraction 2/size of all rows is in it in every order.
// - totals: a count-min sketch (Cormode and Muthukrishnan 2005). Its cells are sums, so they are
//   the same in every order, and they are never below a row's true count.
//
// A row is heavy when the totals, after what other heavy rows explain is taken away, give it at
// least 8/size of all rows: four times what guarantees that it is a candidate, so whatever is
// called heavy is called heavy in every plan.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/models/rows.hpp"

namespace recon::models {

struct HeavyRow {
    std::uint64_t key = 0;
    const double* values = nullptr; // lives as long as the HeavyRows it came from
    double count = 0;               // estimated
};

// No count that is read may exceed it: counts are exact as float8, and sums of two do not wrap.
inline constexpr std::uint64_t largest_total = std::uint64_t{1} << 53;

class HeavyRows {
  public:
    explicit HeavyRows(std::size_t columns);

    // `key` must be the row's own hash: rows with equal keys are one row. Of rows that collide the
    // smaller content stays, so that not even then the order matters.
    void add(std::uint64_t key, const double* row, std::uint64_t count);

    void merge(const HeavyRows& other);

    // The heavy rows, the most frequent first (equal ones by key).
    [[nodiscard]] std::vector<HeavyRow> heavy() const;

    [[nodiscard]] std::uint64_t total() const noexcept { return total_; }
    [[nodiscard]] std::size_t memory_bytes() const noexcept;

    void serialize(ByteWriter& writer) const;
    [[nodiscard]] static HeavyRows deserialize(ByteReader& reader, std::size_t columns);

  private:
    static constexpr std::size_t depth = 4;
    static constexpr std::size_t width = 512;
    static constexpr unsigned width_bits = 9;

    void count_candidate(std::uint64_t key, const double* row, std::uint64_t count);
    void purge();
    void rebuild_index();
    [[nodiscard]] static std::size_t cell(std::uint64_t key, std::size_t level) noexcept {
        return level * width + ((key >> (level * width_bits)) & (width - 1));
    }

    std::size_t columns_;
    std::size_t size_; // candidates at most
    std::uint64_t total_ = 0;
    std::vector<std::uint64_t> totals_; // depth x width
    std::vector<std::uint64_t> keys_;   // the candidates
    std::vector<std::uint64_t> counts_; // never above a candidate's true count
    std::vector<double> values_;        // candidates x columns
    std::vector<std::uint16_t> index_;  // open addressing: candidate + 1, 0 is free
};

// Whether a comes before b by the bits of its values.
[[nodiscard]] bool content_less(const double* a, const double* b, std::size_t columns) noexcept;

} // namespace recon::models
