// The measures of a reconciliation and the rule that makes a row a break, as SQL over the source's
// columns: abs("Balance Difference") > 1. A missing side makes it NULL, which is a break too.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/base/firewall.hpp"
#include "core/definition/column_pairs.hpp"
#include "core/definition/column_profile.hpp"
#include "core/definition/special_columns.hpp"

namespace recon::definition {

struct Measure {
    std::string name; // of its derived column, or the pair's subject and "difference"
    std::optional<std::size_t> a, b;
    std::optional<std::size_t> derived;
    std::string expression;                // SQL of type numeric: the difference
    std::string tolerance;                 // SQL: a number, or a tolerance column
    std::optional<double> tolerance_value; // where it is a number
    std::optional<std::size_t> tolerance_column;
    std::string tolerance_reason;
    std::string break_when; // SQL of type boolean
    double confidence = 0;
};

struct BreakRule {
    std::vector<Measure> measures;
    std::string break_when; // empty: nothing in the relation says what a break is
    std::string reason;
    double confidence = 0;
    // Tolerance columns that no measure uses, and why.
    std::vector<FoundColumn> unused_tolerances;
};

struct BreakRuleInput {
    const std::vector<ColumnProfile>& columns;
    const PairSearch& pairs;
    const std::vector<std::size_t>& lone_differences; // those to be used as measures
    const std::vector<std::size_t>& tolerances;       // columns named as tolerances
    const std::optional<StatusColumn>& status;
};

[[nodiscard]] BreakRule suggest_break_rule(const BreakRuleInput& input);

} // namespace recon::definition
