#include "core/series/peers.hpp"

#include <limits>
#include <vector>

#include <gtest/gtest.h>

namespace recon::series {
namespace {

std::vector<double> leaving(Peers& peers) {
    std::vector<double> values;
    peers.leave([&](double x) { values.push_back(x); });
    return values;
}

TEST(Peers, LeaveInAscendingOrderOnce) {
    Peers peers;
    EXPECT_TRUE(leaving(peers).empty());
    for (const double x : {3.0, -1.0, 2.0, -1.0}) {
        peers.wait(x);
    }
    EXPECT_EQ(leaving(peers), (std::vector<double>{-1, -1, 2, 3}));
    EXPECT_TRUE(leaving(peers).empty());
    peers.wait(5);
    EXPECT_EQ(leaving(peers), std::vector<double>{5});
}

TEST(Peers, WhatIsNotAdmittedDoesNotWait) {
    Peers peers;
    for (const double x : {std::nan(""), std::numeric_limits<double>::infinity(), 1e305, 1.0}) {
        peers.wait(x);
    }
    EXPECT_EQ(leaving(peers), std::vector<double>{1});
}

TEST(Peers, KeepTheNewestThatAStateWouldRemember) {
    for (const std::size_t remembered : {1U, 2U, 5U}) {
        Peers peers(remembered);
        for (int i = 0; i < 1000; ++i) {
            peers.wait((i * 379) % 1000);
        }
        const auto values = leaving(peers);
        ASSERT_GE(values.size(), remembered);
        EXPECT_LE(values.size(), 2 * remembered);
        for (std::size_t i = 0; i < remembered; ++i) {
            EXPECT_EQ(values[values.size() - 1 - i], 999 - static_cast<double>(i));
        }
    }
}

TEST(Peers, TooManyAreRefused) {
    Peers peers;
    EXPECT_THROW(
        {
            for (std::size_t i = 0; i <= Peers::most_waiting; ++i) {
                peers.wait(1);
            }
        },
        Error);
}

} // namespace
} // namespace recon::series
