// How far a run of the queue is, committed into recon.run while the run's own transaction goes on.
//
// A transaction cannot commit a part of itself, so somebody else must: a background worker that is
// started when a run has taken a second, reads what the run leaves in shared memory, and ends with
// it. It also passes on that somebody wants the run to end. Where no worker can be had the run goes
// on without.
#pragma once

#include <cstdint>
#include <string>

#include "postgres/server.hpp"

extern "C" {
#include "storage/dsm.h"
}

namespace recon::run {

class RunProgress {
  public:
    explicit RunProgress(std::int64_t run);
    // The background worker sees the segment go, however the run ends, and ends too.
    ~RunProgress();
    RunProgress(const RunProgress&) = delete;
    RunProgress& operator=(const RunProgress&) = delete;

    // Makes recon::progress known; the first call starts the background worker.
    void publish();

  private:
    std::int64_t run_;
    dsm_segment* segment_ = nullptr; // null: progress is shown to nobody
    bool is_started_ = false;
};

} // namespace recon::run
