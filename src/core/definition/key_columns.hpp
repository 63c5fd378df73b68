// Which columns identify what is compared, so that the rows of one key are one history. A key is
// made of columns that repeat over the dates and, with the date, tell the rows apart. A record's
// own identifier (trade id) is a key by itself where it comes back on other dates, and no key
// where it never does (payment id): then every history would have one row.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/firewall.hpp"
#include "core/definition/column_profile.hpp"

namespace recon::definition {

// Rows told apart into groups; a missing value is a value.
class Partition {
  public:
    explicit Partition(std::size_t rows) : groups_(rows, 0), count_(rows > 0 ? 1 : 0) {}

    [[nodiscard]] std::size_t count() const noexcept { return count_; }
    [[nodiscard]] const std::vector<std::uint32_t>& groups() const noexcept { return groups_; }
    // The groups are numbered in order of their first rows.
    [[nodiscard]] Partition refined(const std::vector<std::int32_t>& codes) const;

  private:
    std::vector<std::uint32_t> groups_;
    std::size_t count_ = 0;
};

// What the rows of a sample are of their relation. Of a large one, the first rows as they lie
// (neighbours: here rows of one key and date are seen together) are followed by rows from all over
// it (strangers: how often two of them have the same key says how often a key comes back).
struct SampleOrigin {
    bool complete = true; // all rows of the relation
    std::size_t scattered_from =
        0;                 // where the strangers begin; at the end, or 0, if there are none
    double total_rows = 0; // of the relation, about
};

struct LeftOut {
    std::size_t column = 0;
    bool determined = false; // it has one value for each key
    std::string reason;
};

struct KeyChoice {
    std::vector<std::size_t> columns;    // in the order of the relation; may be empty
    std::optional<std::size_t> identity; // tells rows apart but does not repeat over dates
    std::vector<std::size_t> other_identities;
    std::vector<LeftOut> left_out; // considered and not taken
    std::size_t keys = 0;
    std::size_t dates = 0;
    std::size_t judged = 0;       // rows lying together, all of them in a complete sample
    std::size_t told_apart = 0;   // distinct (key, date) among these
    bool varies = false;          // a key has more than one date
    double rows_per_key = 0;      // in the relation, estimated where the sample is not complete
    bool identity_as_key = false; // nothing else could be a key
    double confidence = 0;
    std::string reason;
};

// `candidates` are the columns that may be in the key; `date` is the date column, if there is one.
[[nodiscard]] KeyChoice choose_key(const std::vector<ColumnProfile>& columns,
                                   const std::vector<std::size_t>& candidates,
                                   std::optional<std::size_t> date,
                                   const SampleOrigin& origin = {});

// Text, code or identifier by name and values; no amount, no date, no free text.
[[nodiscard]] bool may_be_key(const ColumnProfile& column);

} // namespace recon::definition
