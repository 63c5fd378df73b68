#include "core/models/autoencoder.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "core/base/interrupt.hpp"
#include "core/models/model_bytes.hpp"
#include "models/tables.hpp"

namespace recon::models {
namespace {

// Two columns that go together, one alone: each by itself usual, the pair is not.
TEST(Autoencoder, KnowsWhatGoesTogether) {
    Random random(3);
    std::vector<double> table;
    for (int i = 0; i < 2000; ++i) {
        const double x = random.normal();
        table.insert(table.end(), {x, 1000 * x + 30 * random.normal(), random.normal()});
    }
    const Autoencoder model(test::sample_of(table, 3), {.bottleneck = 2});
    const std::vector<double> usual{1, 1000, 0.5};
    const std::vector<double> unusual{1, -1000, 0.5};
    EXPECT_GT(model.score(unusual), 4 * model.score(usual));
    const auto parts = model.contributions(unusual);
    EXPECT_GT(std::abs(parts[0]) + std::abs(parts[1]), 3 * std::abs(parts[2]));
}

// The same rows in another order are the same sample, and give the same bits.
TEST(Autoencoder, GivesTheSameBits) {
    auto table = test::normal_table(600, 4, 8);
    const auto bytes = model_bytes(Autoencoder(test::sample_of(table, 4), {}));
    EXPECT_EQ(model_bytes(Autoencoder(test::sample_of(table, 4), {})), bytes);
    std::rotate(table.begin(), table.begin() + 400, table.end());
    EXPECT_EQ(model_bytes(Autoencoder(test::sample_of(table, 4), {})), bytes);
}

TEST(Autoencoder, CanBeInterrupted) {
    const auto table = test::normal_table(4000, 20, 8);
    const auto sample = test::sample_of(table, 20);
    interrupt_hook = [] { throw Error(ErrorKind::invalid_parameter, "stop"); };
    EXPECT_THROW(Autoencoder(sample, {}), Error);
    interrupt_hook = nullptr;
}

// Wide rows are trained on for a bounded time.
TEST(Autoencoder, BoundsItsWork) {
    const auto table = test::normal_table(1000, 2000, 8);
    const Autoencoder model(test::sample_of(table, 2000), {});
    EXPECT_TRUE(std::isfinite(model.score(std::span(table).first(2000))));
}

} // namespace
} // namespace recon::models
