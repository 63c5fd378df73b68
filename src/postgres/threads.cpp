#include "postgres/threads.hpp"

#include <algorithm>
#include <thread>

#include "postgres/server.hpp"

extern "C" {
#include "optimizer/cost.h"
}

namespace recon::postgres {

std::size_t threads_allowed() {
    const auto processors = std::max(1U, std::thread::hardware_concurrency());
    const auto workers = std::max(0, max_parallel_workers_per_gather);
    return std::min<std::size_t>(processors, static_cast<std::size_t>(workers) + 1);
}

SignalsBlocked::SignalsBlocked() noexcept {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
}

SignalsBlocked::~SignalsBlocked() {
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

} // namespace recon::postgres
