// What a watch has said of rows waits in recon.watched_break until a run has read them.
#pragma once

#include "postgres/query.hpp"
#include "run/result/detection.hpp"

namespace recon::run {

// Removes what was said of the window's rows and of late ones. Rows that were inserted since this
// run began wait for the next one.
void forget_watched(postgres::Query& query, const RunPlan& plan, const KeySpool& spool,
                    const Detection& detection);

} // namespace recon::run
