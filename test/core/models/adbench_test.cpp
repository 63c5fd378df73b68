// How well the models rank labelled outliers, against the figures of other implementations.
#include <cmath>

#include <gtest/gtest.h>

#include "core/models/isolation_forest.hpp"
#include "models/adbench.hpp"
#include "models/adbench_reference.hpp"

namespace recon::models {
namespace {

TEST(Adbench, IsolationForestRanksAsWellAsTheReference) {
    const auto folder = test::adbench_folder();
    if (folder.empty()) GTEST_SKIP() << "data/adbench is absent: set RECON_DATA";
    double mean = 0;
    double reference_mean = 0;
    for (const auto& reference : test::adbench_reference) {
        const auto set = test::read_labelled(folder / (std::string(reference.set) + ".csv"));
        std::vector<double> scores(set.labels.size());
        double area = 0;
        for (std::uint64_t seed = 0; seed < 20; ++seed) {
            const auto sample = sample_rows(set.rows(), {.seed = seed});
            IsolationForest(sample, {}).score(set.rows(), scores);
            area += test::area_under_curve(scores, set.labels) / 20;
        }
        RecordProperty(reference.set, std::to_string(area));
        EXPECT_NEAR(area, reference.isolation_forest, 0.015) << reference.set;
        mean += area / std::size(test::adbench_reference);
        reference_mean += reference.isolation_forest / std::size(test::adbench_reference);
    }
    EXPECT_NEAR(mean, reference_mean, 0.005);
}

} // namespace
} // namespace recon::models
