#include "core/series/moving_moments.hpp"

#include <cmath>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/random.hpp"
#include "series/adversarial_series.hpp"

namespace recon::series {
namespace {

std::vector<std::byte> bytes_of(const Moments& moments) {
    ByteWriter writer;
    moments.serialize(writer);
    return writer.bytes();
}

TEST(MovingMoments, EqualThoseOfTheFrameBitForBit) {
    Random random(11);
    for (const auto& [name, values] : testing::adversarial_series(300)) {
        std::vector<std::optional<double>> rows;
        for (const double value : values) {
            if (random.below(8) == 0) rows.emplace_back(std::nullopt);
            rows.emplace_back(value);
        }
        MovingMoments moving;
        std::size_t head = 0;
        std::size_t tail = 0;
        for (int step = 0; step < 600; ++step) {
            if (tail < rows.size() && random.below(5) < 3) {
                const auto& row = rows[tail++];
                row ? moving.push(*row) : moving.push_null();
            } else if (head < tail) {
                const auto& row = rows[head++];
                row ? moving.pop(*row) : moving.pop_null();
            }
            Moments fresh;
            for (std::size_t i = head; i < tail; ++i) {
                rows[i] ? fresh.add(*rows[i]) : fresh.add_null();
            }
            ASSERT_EQ(bytes_of(moving.frame()), bytes_of(fresh))
                << name << ", rows " << head << " to " << tail;
        }
    }
}

// Golden value: N(100, .01), one 1e9 passes through a window of 20.
TEST(MovingMoments, NothingIsLeftOfASpikeThatHasLeft) {
    Random random(5);
    std::vector<double> values(100);
    for (auto& value : values) {
        value = 100 + 0.01 * random.normal();
    }
    values[57] = 1e9;
    MovingMoments moving;
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (i >= 20) moving.pop(values[i - 20]);
        moving.push(values[i]);
        Moments fresh;
        for (std::size_t j = i < 20 ? 0 : i - 19; j <= i; ++j) {
            fresh.add(values[j]);
        }
        if (i > 0) {
            EXPECT_EQ(moving.frame().variance(), fresh.variance()) << i;
        }
    }
}

} // namespace
} // namespace recon::series
