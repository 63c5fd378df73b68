// The items of a run, on their way into recon.item: when a key came to stand in break, until when,
// and why no longer.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "postgres/query.hpp"
#include "postgres/table_rows.hpp"
#include "run/plan/run_plan.hpp"
#include "run/result/detection.hpp"

namespace recon::run {

class ItemStore {
  public:
    // All must outlive the store.
    ItemStore(const RunPlan& plan, const KeySpool& spool, const Detection& detection);

    // To the statements of the current query, of which write() makes some.
    void show(std::int64_t run_id);
    // Only where a window was judged.
    void write(postgres::Query& query, std::int64_t run_id) const;
    // What late rows have changed.
    void write_late(postgres::Query& query, std::int64_t run_id) const;
    void end() {
        rows_.end();
        late_rows_.end();
    }

  private:
    // A row of recon.item.
    struct Item {
        std::int32_t reconciliation_id;
        const KeyEntry& entry;
        const breaks::ItemSpan& span;
        std::optional<std::int32_t> closed_on;
        const char* closed_by; // where it is closed
        std::int64_t run_id;
    };
    static const std::array<postgres::TableColumn<Item>, 8> columns;

    void add(postgres::TableRows<Item>& rows, std::uint32_t key, const breaks::ItemSpan& span,
             const std::vector<std::int32_t>& complete, std::int64_t run_id);
    [[nodiscard]] bool is_judged(const LateItems& late, const breaks::ItemSpan& span) const;

    const RunPlan& plan_;
    const KeySpool& spool_;
    const Detection& detection_;
    postgres::TableRows<Item> rows_;
    postgres::TableRows<Item> late_rows_;
};

} // namespace recon::run
