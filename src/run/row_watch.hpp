// Rows that one statement has inserted into a watched source, judged by the stored baselines. What
// is found waits in recon.watched_break for a run that reads the rows.
#pragma once

#include <cstdint>

#include "postgres/attempt.hpp"
#include "postgres/guard.hpp"

extern "C" {
#include "commands/trigger.h"
}

namespace recon::run {

// For the reconciliation of this number. Nothing is judged where it is not active.
void watch_inserted_rows(TriggerData* trigger, std::int32_t reconciliation);

// Keeps the error of such a watch, over so many rows, as a failed run.
void record_failed_watch(std::int32_t reconciliation, std::int64_t rows,
                         const postgres::Failure& failure);

} // namespace recon::run
