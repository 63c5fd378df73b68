// The row of a run in recon.run.
#pragma once

#include <cstdint>
#include <string>

#include "postgres/query.hpp"
#include "run/result/detection.hpp"

namespace recon::run {

// The number of the run: that under which it stands in the queue, or the next one.
[[nodiscard]] std::int64_t number_of_run(const RunPlan& plan);

// A run out of the queue is there already; refused (55000) where its end was asked for meanwhile.
void begin_run(postgres::Query& query, const RunPlan& plan, std::int64_t run_id);

// What a run says of itself when it is through.
struct RunSummary {
    std::uint64_t verdicts_changed = 0;
    std::string message;
};
void end_run(postgres::Query& query, const RunPlan& plan, const Detection& detection,
             std::int64_t run_id, const RunSummary& summary);

} // namespace recon::run
