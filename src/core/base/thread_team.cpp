#include "core/base/thread_team.hpp"

#include <chrono>
#include <system_error>
#include <utility>

#include "core/base/interrupt.hpp"

namespace recon {

namespace {

// Thrown by a poll in a thread whose work nobody waits for any more.
struct Stopped {};

thread_local const std::atomic<bool>* stop_flag = nullptr;

void poll_stop_flag() {
    if (stop_flag->load(std::memory_order_relaxed)) throw Stopped{};
}

} // namespace

ThreadTeam::ThreadTeam(std::size_t threads) {
    try {
        threads_.reserve(threads);
        while (threads_.size() + 1 < threads)
            threads_.emplace_back([this] { serve(); });
    } catch (const std::system_error&) {
        // As many as there are: the caller at least.
    } catch (...) {
        end();
        throw;
    }
}

ThreadTeam::~ThreadTeam() {
    end();
}

void ThreadTeam::end() noexcept {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    begin_.notify_all();
    for (auto& thread : threads_)
        thread.join();
}

void ThreadTeam::serve() {
    stop_flag = &stopping_;
    interrupt_hook = poll_stop_flag;
    std::size_t served = 0;
    for (;;) {
        {
            std::unique_lock lock(mutex_);
            begin_.wait(lock, [&] { return ending_ || round_ != served; });
            if (ending_) return;
            served = round_;
        }
        take_pieces();
        {
            const std::lock_guard lock(mutex_);
            --serving_;
        }
        done_.notify_one();
    }
}

void ThreadTeam::take_pieces() {
    while (!stopping_.load(std::memory_order_relaxed)) {
        const auto piece = next_.fetch_add(1, std::memory_order_relaxed);
        if (piece >= count_) return;
        try {
            (*work_)(piece);
        } catch (const Stopped&) {
            return;
        } catch (...) {
            fail(piece);
        }
    }
}

void ThreadTeam::fail(std::size_t piece) {
    const std::lock_guard lock(mutex_);
    if (!error_ || piece < error_piece_) {
        error_ = std::current_exception();
        error_piece_ = piece;
    }
    stopping_.store(true, std::memory_order_relaxed);
}

void ThreadTeam::run(std::size_t count, const std::function<void(std::size_t)>& work) {
    run(count, work, [] {});
}

void ThreadTeam::run(std::size_t count, const std::function<void(std::size_t)>& work,
                     const std::function<void()>& meanwhile) {
    {
        const std::lock_guard lock(mutex_);
        work_ = &work;
        count_ = count;
        next_.store(0, std::memory_order_relaxed);
        stopping_.store(false, std::memory_order_relaxed);
        error_ = nullptr;
        serving_ = threads_.size();
        ++round_;
    }
    begin_.notify_all();

    std::exception_ptr interrupt; // of the caller itself
    const auto unless_interrupted = [&](const auto& call) {
        try {
            call();
        } catch (...) {
            interrupt = std::current_exception();
            stopping_.store(true, std::memory_order_relaxed);
        }
    };
    unless_interrupted(meanwhile);
    take_pieces();

    std::unique_lock lock(mutex_);
    while (serving_ > 0) {
        using namespace std::chrono_literals;
        if (done_.wait_for(lock, 5ms, [&] { return serving_ == 0; })) break;
        if (interrupt) continue;
        lock.unlock();
        unless_interrupted(poll_interrupt);
        lock.lock();
    }
    work_ = nullptr;
    if (interrupt) std::rethrow_exception(interrupt);
    if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
}

} // namespace recon
