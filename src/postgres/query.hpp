// SQL run from C++ through the server programming interface.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "postgres/guard.hpp"
#include "postgres/prepared.hpp"

namespace recon::postgres {

struct Parameter {
    Oid type = InvalidOid;
    Datum value = 0;
    bool null = false;
};

// A column of a result, found by its name (Query::column).
class Column {
  private:
    friend class Query;
    explicit Column(int number) noexcept : number_(number) {}
    int number_;
};

// One connection to the server programming interface; its memory goes with it. There is no clean-up
// in a destructor: on an error the transaction's abort disconnects, which is why finish() is called
// on the way that succeeds.
class Query {
  public:
    Query();
    void finish();

    // Runs one statement; its rows, if any, are read below until the next run.
    std::uint64_t run(const std::string& statement, std::span<const Parameter> parameters = {},
                      bool read_only = false);

    // The same of a statement that was planned before; it only reads.
    std::uint64_t run(const Prepared& statement, std::span<const Datum> values);

    // Runs one statement and sends its rows to `receiver`. The statement runs to its end in one go,
    // so the plan may use parallel workers.
    std::uint64_t run_into(const std::string& statement, std::span<const Parameter> parameters,
                           DestReceiver* receiver, bool read_only = true);

    [[nodiscard]] std::uint64_t rows() const noexcept { return SPI_processed; }
    // Of the last result; one that it does not have is an error (XX000).
    [[nodiscard]] Column column(const char* name) const;
    // Of a statement that gives one value, whatever it is called.
    [[nodiscard]] Column first_column() const { return Column(1); }

    // A row or a column that the result does not have is refused (XX000). A caller whose result can
    // be empty asks for rows() first, and says what is missing.
    [[nodiscard]] bool is_null(std::uint64_t row, Column column) const;
    // A NULL is refused likewise: many values are pointers.
    [[nodiscard]] Datum value(std::uint64_t row, Column column) const;
    [[nodiscard]] std::string text(std::uint64_t row, Column column) const;
    [[nodiscard]] std::optional<std::string> optional_text(std::uint64_t row, Column column) const;

    // Of the first row, for results of which no more is read.
    [[nodiscard]] bool is_null(const char* name) const { return is_null(0, column(name)); }
    [[nodiscard]] Datum value(const char* name) const { return value(0, column(name)); }
    [[nodiscard]] std::string text(const char* name) const { return text(0, column(name)); }
    [[nodiscard]] std::optional<std::string> optional_text(const char* name) const {
        return optional_text(0, column(name));
    }
    // The type of a column.
    [[nodiscard]] Oid type(const char* name) const;
};

// Nothing is NULL.
[[nodiscard]] Parameter text_parameter(const std::optional<std::string>& text);
[[nodiscard]] Parameter date_parameter(const std::optional<std::int32_t>& days);
[[nodiscard]] Parameter int4_parameter(std::int32_t value);
[[nodiscard]] Parameter int8_parameter(std::int64_t value);

} // namespace recon::postgres
