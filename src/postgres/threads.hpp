// Threads inside a backend. The server knows one thread, so theirs is the core's arithmetic only:
// no memory context, no ereport, no catalog. Signals stay with the server's thread, whose handlers
// must not run on another.
#pragma once

#include <csignal>
#include <cstddef>

#include "core/base/thread_team.hpp"

namespace recon::postgres {

// How many threads a computation may use: what one query may use of the machine, by the setting
// max_parallel_workers_per_gather (and the caller itself), and no more than there are processors.
[[nodiscard]] std::size_t threads_allowed();

// Threads started in this scope get no signal.
class SignalsBlocked {
  public:
    SignalsBlocked() noexcept;
    ~SignalsBlocked();
    SignalsBlocked(const SignalsBlocked&) = delete;
    SignalsBlocked& operator=(const SignalsBlocked&) = delete;

  private:
    sigset_t before_{};
};

// A ThreadTeam as a backend may have it.
class BackendThreads {
  public:
    [[nodiscard]] ThreadTeam& team() noexcept { return team_; }

  private:
    ThreadTeam team_ = [] {
        const SignalsBlocked while_starting;
        return ThreadTeam(threads_allowed());
    }();
};

} // namespace recon::postgres
