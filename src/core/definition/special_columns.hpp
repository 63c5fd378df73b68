// The columns that are neither compared nor identify: what the comparison said (status), what
// people wrote (comment), the unit (currency), when the row arrived, and answers (labels).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/firewall.hpp"
#include "core/definition/column_profile.hpp"

namespace recon::definition {

enum class Verdict : std::int8_t { unknown, match, breaks };

struct StatusColumn {
    std::size_t column = 0;
    bool understood = false;              // most values are words for match or break
    std::vector<Verdict> verdicts;        // one for each row
    std::vector<std::string> match_texts; // the values that mean match, sorted
    std::vector<std::string> break_texts; // the values that mean break, sorted
    std::size_t matches = 0;
    std::size_t breaks = 0;
    double confidence = 0;
    std::string reason;
};

struct FoundColumn {
    std::size_t column = 0;
    double confidence = 0;
    std::string reason;
};

// What one value of a status column says: "Match", "Quantity_Break", "Impact_Only", "unmatched".
[[nodiscard]] Verdict read_verdict(const std::string& text);

// In all of these, taken columns are passed over, and of equals the first by name is chosen.
[[nodiscard]] std::optional<StatusColumn> find_status(const std::vector<ColumnProfile>& columns,
                                                      const std::vector<bool>& taken);
// All columns named as comments; the one to use comes first.
[[nodiscard]] std::vector<FoundColumn>
find_named_comments(const std::vector<ColumnProfile>& columns, const std::vector<bool>& taken);
// A column that looks like comments by its values: prose, in a part of the rows.
[[nodiscard]] std::optional<FoundColumn>
find_unnamed_comment(const std::vector<ColumnProfile>& columns, const std::vector<bool>& taken);
// All currency columns, named or by their values; the one to use comes first.
[[nodiscard]] std::vector<FoundColumn> find_currencies(const std::vector<ColumnProfile>& columns,
                                                       const std::vector<bool>& taken);
[[nodiscard]] std::optional<FoundColumn> find_loaded_at(const std::vector<ColumnProfile>& columns,
                                                        const std::vector<bool>& taken);

} // namespace recon::definition
