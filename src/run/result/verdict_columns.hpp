// The columns of a verdict: one row of a table for each, with its name, its type and how it is made
// of a judged break. The answer of recon_detect and recon_score_row, recon.break,
// recon.watched_break and what rules are asked about are all written from this table, column by
// column and by name.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "postgres/result_set.hpp"
#include "postgres/table_rows.hpp"
#include "run/result/verdict_values.hpp"

namespace recon::run {

// A break of this key, as the columns see it.
struct VerdictSource {
    VerdictValues& values;
    const JudgedBreak& judged;
    const KeyEntry& entry;
    std::optional<std::int64_t> break_id; // of a break that is stored
};

// Where a column is written.
enum class VerdictPlace : std::uint8_t {
    answer = 1 << 0,  // type recon.verdict
    stored = 1 << 1,  // recon.break
    watched = 1 << 2, // recon.watched_break
    rules = 1 << 3,   // what custom rules are asked about
};

struct VerdictColumn {
    const char* name;
    Oid type;
    postgres::Value (*make)(const VerdictSource& row);
    std::uint8_t places;    // of VerdictPlace
    std::size_t number = 0; // its place in the table

    [[nodiscard]] bool is_in(VerdictPlace place) const noexcept {
        return (places & static_cast<std::uint8_t>(place)) != 0;
    }
};

[[nodiscard]] std::vector<VerdictColumn> verdict_columns(VerdictPlace place);

// The values of one break, each made once, however many places it is written to. They live as long
// as the memory context that is current meanwhile.
class VerdictRow {
  public:
    explicit VerdictRow(const VerdictSource& source) : source_(source) {}

    [[nodiscard]] const JudgedBreak& judged() const noexcept { return source_.judged; }
    [[nodiscard]] postgres::Value value(const VerdictColumn& column) {
        auto& known = values_[column.number];
        if (!known) known = column.make(source_);
        return *known;
    }

    static constexpr std::size_t most_columns = 32;

  private:
    VerdictSource source_;
    std::array<std::optional<postgres::Value>, most_columns> values_;
};

// A shape of these columns, in the current memory context.
[[nodiscard]] TupleDesc shape_of(std::span<const VerdictColumn> columns);

// The answer of a function that returns rows of recon.verdict.
class VerdictAnswer {
  public:
    // A column of the type that is not in the table, or the other way round, is an error (55000).
    explicit VerdictAnswer(postgres::ResultSet& answer);

    void add(VerdictRow& row);

  private:
    postgres::ResultSet& answer_;
    std::vector<VerdictColumn> columns_; // in the order of the type
    postgres::RowBuffer row_;
};

// Rows of a table that holds verdicts, and in other columns whose they are.
template <typename Context>
class VerdictTable {
  public:
    // The list must last as long.
    VerdictTable(VerdictPlace place, std::span<const postgres::TableColumn<Context>> others)
        : columns_(verdict_columns(place)), others_(others),
          row_(columns_.size() + others_.size()) {}

    [[nodiscard]] std::vector<const char*> names() const {
        std::vector<const char*> names;
        for (const auto& column : columns_)
            names.push_back(column.name);
        for (const auto& column : others_)
            names.push_back(column.name);
        return names;
    }

    // Values in the order of the names, until the next call.
    [[nodiscard]] const postgres::RowBuffer& make(VerdictRow& row, const Context& context) {
        std::size_t at = 0;
        for (const auto& column : columns_)
            row_.set(at++, row.value(column));
        for (const auto& column : others_)
            row_.set(at++, column.make(context));
        return row_;
    }

  private:
    std::vector<VerdictColumn> columns_;
    std::span<const postgres::TableColumn<Context>> others_;
    postgres::RowBuffer row_;
};

} // namespace recon::run
