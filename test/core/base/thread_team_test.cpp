#include "core/base/thread_team.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <numeric>
#include <set>
#include <stdexcept>
#include <string>

#include "core/base/interrupt.hpp"

namespace {

using recon::ThreadTeam;

TEST(ThreadTeam, DoesEveryPieceOnce) {
    for (const std::size_t threads : {0U, 1U, 2U, 5U}) {
        ThreadTeam team(threads);
        EXPECT_EQ(team.size(), std::max<std::size_t>(threads, 1));
        for (const std::size_t count : {0U, 1U, 3U, 1000U}) {
            std::vector<int> times(count, 0);
            team.run(count, [&](std::size_t i) { ++times[i]; });
            EXPECT_EQ(times, std::vector<int>(count, 1));
        }
    }
}

TEST(ThreadTeam, UsesItsThreads) {
    ThreadTeam team(3);
    std::atomic<int> met = 0;
    std::mutex mutex;
    std::set<std::thread::id> seen;
    // Each piece waits for the two others: they come only if three threads work at once.
    team.run(3, [&](std::size_t) {
        {
            const std::lock_guard lock(mutex);
            seen.insert(std::this_thread::get_id());
        }
        ++met;
        while (met < 3)
            std::this_thread::yield();
    });
    EXPECT_EQ(seen.size(), 3U);
    EXPECT_TRUE(seen.contains(std::this_thread::get_id()));
}

TEST(ThreadTeam, ThrowsTheErrorOfTheFirstPiece) {
    ThreadTeam team(4);
    for (int attempt = 0; attempt < 50; ++attempt) {
        std::atomic<int> met = 0;
        try {
            team.run(4, [&](std::size_t i) {
                ++met;
                while (met < 4)
                    std::this_thread::yield();
                throw std::runtime_error(std::to_string(i));
            });
            FAIL();
        } catch (const std::runtime_error& error) {
            EXPECT_STREQ(error.what(), "0");
        }
    }
    // And is none the worse for it.
    std::vector<int> times(100, 0);
    team.run(100, [&](std::size_t i) { ++times[i]; });
    EXPECT_EQ(std::accumulate(times.begin(), times.end(), 0), 100);
}

TEST(ThreadTeam, AnErrorStopsTheOthersAtTheirNextPoll) {
    ThreadTeam team(2);
    const auto other_than_caller = [caller = std::this_thread::get_id()] {
        return std::this_thread::get_id() != caller;
    };
    std::atomic<bool> is_other_at_work = false;
    EXPECT_THROW(team.run(1000,
                          [&](std::size_t) {
                              if (other_than_caller()) {
                                  is_other_at_work = true;
                                  for (;;)
                                      recon::poll_interrupt();
                              }
                              while (!is_other_at_work)
                                  std::this_thread::yield();
                              throw std::length_error("enough");
                          }),
                 std::length_error);
}

// What the server's hook does on a cancel: it throws, in the caller's thread only.
struct Cancelled {};
std::thread::id cancelled_thread;
int polls_until_cancel = 0;
void cancel() {
    EXPECT_EQ(std::this_thread::get_id(), cancelled_thread);
    if (--polls_until_cancel < 0) throw Cancelled{};
}

TEST(ThreadTeam, ACancelEndsWorkOnAllThreads) {
    cancelled_thread = std::this_thread::get_id();
    for (int attempt = 0; attempt < 20; ++attempt) {
        ThreadTeam team(3);
        polls_until_cancel = 3;
        recon::interrupt_hook = cancel;
        EXPECT_THROW(team.run(3,
                              [&](std::size_t) {
                                  for (;;)
                                      recon::poll_interrupt();
                              }),
                     Cancelled);
        recon::interrupt_hook = nullptr;
    }
}

TEST(ThreadTeam, ACancelIsSeenWhileTheCallerWaits) {
    ThreadTeam team(2);
    cancelled_thread = std::this_thread::get_id();
    polls_until_cancel = 0;
    recon::interrupt_hook = cancel;
    std::atomic<bool> is_other_at_work = false;
    EXPECT_THROW(team.run(2,
                          [&](std::size_t) {
                              if (std::this_thread::get_id() == cancelled_thread) {
                                  while (!is_other_at_work)
                                      std::this_thread::yield();
                                  return;
                              }
                              is_other_at_work = true;
                              for (;;)
                                  recon::poll_interrupt();
                          }),
                 Cancelled);
    recon::interrupt_hook = nullptr;
}

TEST(ThreadTeam, TheCallerDoesWhatOnlyItMayWhileTheOthersWork) {
    for (const std::size_t threads : {1U, 2U, 5U}) {
        ThreadTeam team(threads);
        std::vector<int> times(100, 0);
        std::thread::id meanwhile;
        team.run(
            times.size(), [&](std::size_t i) { ++times[i]; },
            [&] { meanwhile = std::this_thread::get_id(); });
        EXPECT_EQ(times, std::vector<int>(100, 1));
        EXPECT_EQ(meanwhile, std::this_thread::get_id());
    }
    ThreadTeam team(2);
    std::atomic<bool> is_piece_done = false;
    team.run(
        1, [&](std::size_t) { is_piece_done = true; },
        [&] { // comes back only if another thread works meanwhile
            while (!is_piece_done)
                std::this_thread::yield();
        });
    team.run(
        0, [](std::size_t) {}, [&] { is_piece_done = false; });
    EXPECT_FALSE(is_piece_done);
}

TEST(ThreadTeam, AnErrorOfTheCallerEndsThePieces) {
    for (const std::size_t threads : {1U, 3U}) {
        ThreadTeam team(threads);
        EXPECT_THROW(team.run(
                         100,
                         [&](std::size_t) {
                             for (;;)
                                 recon::poll_interrupt();
                         },
                         [] { throw std::length_error("enough"); }),
                     std::length_error);
        std::vector<int> times(100, 0);
        team.run(times.size(), [&](std::size_t i) { ++times[i]; });
        EXPECT_EQ(times, std::vector<int>(100, 1));
    }
}

} // namespace
