// The items of a run, on their way into recon.item: when a key came to stand in break, until when,
// and why no longer.
#pragma once

#include <cstdint>
#include <vector>

#include "postgres/pending_rows.hpp"
#include "postgres/query.hpp"
#include "run/judge/detection.hpp"
#include "run/plan/run_plan.hpp"

namespace recon::run {

class ItemStore {
  public:
    // All must outlive the store.
    ItemStore(const RunPlan& plan, const KeySpool& spool, const Detection& detection)
        : plan_(plan), spool_(spool), detection_(detection), rows_("item"), late_rows_("item") {}

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
    void add(postgres::PendingRows& rows, std::uint32_t key, const breaks::ItemSpan& span,
             const std::vector<std::int32_t>& complete, std::int64_t run_id);
    [[nodiscard]] bool is_judged(const LateItems& late, const breaks::ItemSpan& span) const;

    const RunPlan& plan_;
    const KeySpool& spool_;
    const Detection& detection_;
    postgres::PendingRows rows_;
    postgres::PendingRows late_rows_;
};

} // namespace recon::run
