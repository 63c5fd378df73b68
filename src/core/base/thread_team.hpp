// Independent pieces of one computation on several processors.
//
//   ThreadTeam team(3);                                  // the caller and two threads
//   team.run(keys.size(), [&](std::size_t i) { verdicts[i] = judge(keys[i]); });
//
// work(i) is called once for every i, in any order and on any thread; it may touch what belongs to
// i and nothing else that changes. So the answer is the same with every number of threads.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "core/base/firewall.hpp"

namespace recon {

class ThreadTeam {
  public:
    // `threads` counts the caller's own. Where the system gives fewer, the team is smaller.
    explicit ThreadTeam(std::size_t threads);
    ~ThreadTeam(); // ends the threads
    ThreadTeam(const ThreadTeam&) = delete;
    ThreadTeam& operator=(const ThreadTeam&) = delete;

    [[nodiscard]] std::size_t size() const noexcept { return threads_.size() + 1; }

    // Comes back when every piece is done. When a piece throws, the others are told to stop at
    // their next poll_interrupt(), and its exception is thrown here; of several, that of the
    // smallest i. The caller's own interrupt hook is polled while it waits for the others, too.
    void run(std::size_t count, const std::function<void(std::size_t)>& work);

    // The same; first the caller's thread does something that only it may do, while the others
    // begin with the pieces. Its exception comes before those of the pieces.
    void run(std::size_t count, const std::function<void(std::size_t)>& work,
             const std::function<void()>& meanwhile);

  private:
    void serve();
    void take_pieces();
    void fail(std::size_t piece);
    void end() noexcept;

    std::vector<std::thread> threads_;

    std::mutex mutex_;
    std::condition_variable begin_;
    std::condition_variable done_;
    std::size_t round_ = 0;   // of run(); a thread serves each once
    std::size_t serving_ = 0; // threads that have not finished this round
    bool ending_ = false;

    // Of this round.
    const std::function<void(std::size_t)>* work_ = nullptr;
    std::size_t count_ = 0;
    std::atomic<std::size_t> next_ = 0;
    std::atomic<bool> stopping_ = false;
    std::exception_ptr error_; // guarded by mutex_, as is:
    std::size_t error_piece_ = 0;
};

} // namespace recon
