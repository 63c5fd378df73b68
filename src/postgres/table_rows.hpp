// Rows of one table, each made of one C++ value by a list of columns: what a column is called and
// how it is made of the value stand side by side.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "postgres/pending_rows.hpp"

namespace recon::postgres {

// A column's value in a row that is being made.
struct Value {
    Datum datum = 0;
    bool is_null = true;
};
[[nodiscard]] inline Value given(Datum datum) noexcept {
    return {datum, false};
}

// The values of one row.
class RowBuffer {
  public:
    explicit RowBuffer(std::size_t columns)
        : values_(columns), nulls_(std::make_unique<bool[]>(columns)) {}

    void set(std::size_t at, Value value) {
        values_[at] = value.datum;
        nulls_[at] = value.is_null;
    }
    [[nodiscard]] const Datum* values() const noexcept { return values_.data(); }
    [[nodiscard]] const bool* nulls() const noexcept { return nulls_.get(); }

  private:
    std::vector<Datum> values_;
    std::unique_ptr<bool[]> nulls_; // a vector of bool holds no bools
};

template <typename Source>
struct TableColumn {
    const char* name;
    Value (*make)(const Source& source);
};

template <typename Source>
class TableRows {
  public:
    // The list must last as long.
    TableRows(const char* table, std::span<const TableColumn<Source>> columns)
        : columns_(columns), rows_(table, names(columns)), row_(columns.size()) {}

    void add(const Source& source) {
        for (std::size_t i = 0; i < columns_.size(); ++i)
            row_.set(i, columns_[i].make(source));
        rows_.add(row_.values(), row_.nulls());
    }

    [[nodiscard]] const PendingRows& pending() const noexcept { return rows_; }
    [[nodiscard]] std::uint64_t count() const noexcept { return rows_.count(); }
    void clear() { rows_.clear(); }
    void end() { rows_.end(); }

  private:
    static std::vector<const char*> names(std::span<const TableColumn<Source>> columns) {
        std::vector<const char*> names;
        for (const auto& column : columns)
            names.push_back(column.name);
        return names;
    }

    std::span<const TableColumn<Source>> columns_;
    PendingRows rows_;
    RowBuffer row_;
};

} // namespace recon::postgres
