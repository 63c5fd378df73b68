// The items of a run, on their way into recon.item: when a key came to stand in break, until when,
// and why no longer.
#pragma once

#include <cstdint>

#include "functions/detection.hpp"
#include "functions/pending_rows.hpp"
#include "functions/run_plan.hpp"
#include "postgres/query.hpp"

namespace recon::functions {

class ItemStore {
  public:
    // All must outlive the store.
    ItemStore(const RunPlan& plan, const KeySpool& spool, const Detection& detection)
        : plan_(plan), spool_(spool), detection_(detection), rows_("item") {}

    // To the statements of the current query, of which write() makes some.
    void show(std::int64_t run_id);
    // Only where a window was judged.
    void write(postgres::Query& query, std::int64_t run_id) const;
    void end() { rows_.end(); }

  private:
    const RunPlan& plan_;
    const KeySpool& spool_;
    const Detection& detection_;
    PendingRows rows_;
};

} // namespace recon::functions
