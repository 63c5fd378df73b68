// What it takes to judge single rows of a reconciliation, kept for the session for as long as
// nothing of it changes.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>

#include "postgres/moment.hpp"
#include "postgres/query.hpp"
#include "run/result/detection.hpp"
#include "run/result/verdict_values.hpp"

namespace recon::run {

// Writer and place of a row: no two versions of a row have both in common.
struct RowVersion {
    std::uint32_t writer = 0;
    std::uint32_t block = 0;
    std::uint16_t offset = 0;
    bool operator==(const RowVersion&) const = default;
};

struct RowPlan {
    // Of the rows that say how to judge.
    struct Version {
        RowVersion definition;
        RowVersion strategy;
        RowVersion fit;
        bool operator==(const Version&) const = default;
    };

    RowPlan(RunPlan run_plan, StoredFit stored);
    RowPlan(const RowPlan&) = delete;
    RowPlan& operator=(const RowPlan&) = delete;

    RunPlan run;
    StoredFit fit;
    Detection detection; // of no rows: family and thresholds of the stored run
    VerdictValues values;
    std::map<Oid, postgres::Prepared> statements; // that read a row, by its type
    std::string new_rows_scan;                    // reads relation recon_new_rows
    Version version{};
    postgres::Moment seen; // when the version was looked at last
    Oid source = InvalidOid;
    bool is_outdated = false; // perhaps the columns of the source have changed
};

// Stored SQL that is evaluated for a row could ask for another plan, and put an end to the one in
// use: that is refused (55000). To be held while a plan is in use.
class RowPlanUse {
  public:
    RowPlanUse();
    ~RowPlanUse();
    RowPlanUse(const RowPlanUse&) = delete;
    RowPlanUse& operator=(const RowPlanUse&) = delete;
};

// The plan for a reconciliation; the errors are those of recon_detect where the caller may not see
// it, and 55000 where there is nothing to judge by. Must be called as the extension's owner. Good
// until the next call.
[[nodiscard]] RowPlan& row_plan(postgres::Query& query, const std::string& name);

// What a statement about the reconciliation of a plan found: nothing any more (42704).
[[noreturn]] void refuse_dropped(const RunPlan& run);

// The statement for rows of this type; must be called as the extension's owner.
[[nodiscard]] const postgres::Prepared& row_statement(postgres::Query& query, RowPlan& plan,
                                                      Oid row_type);

// The stored state of a key; nothing where there is none. Throws invalid_data for bytes that are
// not those which were stored.
[[nodiscard]] std::optional<std::span<const std::byte>>
stored_state(postgres::Query& query, const RowPlan& plan, std::uint64_t key_hash);

} // namespace recon::run
