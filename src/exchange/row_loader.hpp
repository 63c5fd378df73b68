// Rows of a file into their table, the others into a list, every one counted.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "exchange/occurrence.hpp"
#include "exchange/row_reading.hpp"
#include "exchange/target_table.hpp"
#include "formats/table/row.hpp"
#include "postgres/bulk_insert.hpp"
#include "postgres/pending_rows.hpp"

namespace recon::exchange {

struct RowCounts {
    std::uint64_t lines = 0;
    std::uint64_t loaded = 0;
    std::uint64_t rejected = 0;
    std::array<std::uint64_t, formats::row_kinds.size()> skipped{};

    [[nodiscard]] std::uint64_t all_skipped() const;
    [[nodiscard]] std::string skipped_json() const;
};

class RowLoader {
  public:
    // `most_rejects`: one more is an error (54000).
    RowLoader(const TargetTable& table, const formats::FileProfile& profile, std::int64_t upload,
              std::uint64_t most_rejects);

    void load(formats::RowSource& rows);
    void finish() { insert_.finish(); }

    [[nodiscard]] const RowCounts& counts() const noexcept { return counts_; }
    // Columns upload_id, line_number, raw, reason, proposed_fix.
    [[nodiscard]] postgres::PendingRows& rejects() noexcept { return rejects_; }
    [[nodiscard]] const std::string& first_reason() const noexcept { return first_reason_; }

  private:
    void add(const formats::Row& row);
    void reject(const formats::Row& row, const Rejection& rejection);

    formats::FileProfile profile_;
    std::int64_t upload_;
    std::uint64_t most_rejects_;
    TupleDesc shape_;
    postgres::BulkInsert insert_;
    postgres::PendingRows rejects_;
    MemoryContext per_row_;
    RowReading reading_;
    OccurrenceCounter occurrences_;
    RowCounts counts_;
    std::string first_reason_;
    std::vector<Datum> values_;
    std::unique_ptr<bool[]> nulls_;
};

} // namespace recon::exchange
