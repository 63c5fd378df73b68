#include "core/models/neighbours.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/random.hpp"
#include "models/tables.hpp"

namespace recon::models {
namespace {

using test::normal_table;

TEST(Neighbours, AreThoseThatLookingAtAllFinds) {
    Random random(4);
    for (const std::size_t columns : {1UL, 2UL, 5UL, 40UL}) {
        for (const std::size_t count : {1UL, 15UL, 17UL, 700UL}) {
            auto table = normal_table(count, columns, columns + count);
            for (auto& value : table)
                if (random.below(2) == 0) value = std::round(value); // equal distances, equal rows
            const Neighbours set(Rows{table.data(), count, columns});
            ASSERT_LE(set.size(), count);
            std::vector<Neighbour> found;
            for (int query = 0; query < 20; ++query) {
                std::vector<double> place(columns);
                for (auto& value : place)
                    value = query % 2 == 0 ? random.normal() : std::round(random.normal());
                const std::size_t k = 1 + random.below(25);
                set.nearest(place.data(), k, found);
                std::vector<std::pair<double, std::uint32_t>> all;
                for (std::uint32_t i = 0; i < set.size(); ++i) {
                    double squared = 0;
                    for (std::size_t j = 0; j < columns; ++j) {
                        const double apart = set.coordinate(i, j) - place[j];
                        squared += apart * apart; // std::pow may round otherwise
                    }
                    if (squared > 0) all.emplace_back(squared, i);
                }
                std::sort(all.begin(), all.end());
                ASSERT_EQ(found.size(), std::min(k, all.size()));
                for (std::size_t i = 0; i < found.size(); ++i) {
                    EXPECT_EQ(found[i].squared, all[i].first);
                    EXPECT_EQ(found[i].point, all[i].second);
                }
            }
        }
    }
}

} // namespace
} // namespace recon::models
