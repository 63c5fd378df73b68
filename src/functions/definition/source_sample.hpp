// A bounded sample of a relation's rows, read with the caller's own rights.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/definition/column_roles.hpp"
#include "functions/definition/opened_source.hpp"
#include "postgres/query.hpp"

namespace recon::functions {

// Reads the sample. The first rows as they lie come first; of a table that has more, they are
// followed by rows from all over it, picked by their place and the same at every call.
class SourceSample {
  public:
    explicit SourceSample(const Source& source);

    void read();
    void finish() { query_.finish(); }
    [[nodiscard]] const std::vector<definition::ColumnSample>& columns() const { return samples_; }
    [[nodiscard]] const definition::SampleOrigin& origin() const { return origin_; }

  private:
    void take(std::size_t rows);
    // Blocks of the table, or of all partitions and of the largest. None where rows of some
    // partition have no place that could be named.
    void measure_blocks();
    // Of the first rows, which lie one after the other.
    [[nodiscard]] double rows_per_block(std::size_t rows) const;
    // Places all over the table; every partition is asked for the same ones, so that a larger one
    // gives more rows.
    [[nodiscard]] std::string places(double density) const;

    const Source& source_;
    postgres::Query query_;
    std::string select_;
    std::vector<definition::ColumnSample> samples_;
    definition::SampleOrigin origin_;
    std::size_t limit_;
    std::uint64_t blocks_ = 0;
    std::uint64_t most_blocks_ = 0;
};

} // namespace recon::functions
