// How well the models rank labelled outliers, against the figures of other implementations.
#include <cmath>
#include <map>

#include <gtest/gtest.h>

#include "core/models/fit.hpp"
#include "core/models/isolation_forest.hpp"
#include "models/adbench.hpp"
#include "models/adbench_reference.hpp"

namespace recon::models {
namespace {

class Adbench : public testing::Test {
  protected:
    void SetUp() override {
        if (test::adbench_folder().empty()) {
            GTEST_SKIP() << "data/adbench is absent: set RECON_DATA";
        }
    }

    static const test::LabelledSet& set(const char* name) {
        static std::map<std::string, test::LabelledSet> read;
        auto& set = read[name];
        if (set.labels.empty()) {
            set = test::read_labelled(test::adbench_folder() / (std::string(name) + ".csv"));
        }
        return set;
    }

    // Of a method with its usual options, fitted on all rows of a set.
    static double area(const char* method, const test::LabelledSet& set, double seed = 0) {
        FitOptions options;
        options.set("seed", seed);
        Fit fit(method, options);
        for (std::size_t i = 0; i < set.labels.size(); ++i)
            fit.rows().add(set.rows()[i]);
        std::vector<double> scores(set.labels.size());
        fit.fit()->score(set.rows(), scores);
        return test::area_under_curve(scores, set.labels);
    }

    static double mean_area(const char* method, int seeds = 1) {
        double mean = 0;
        for (const auto& reference : test::adbench_reference) {
            for (int seed = 0; seed < seeds; ++seed)
                mean += area(method, set(reference.set), seed) / seeds;
        }
        mean /= std::size(test::adbench_reference);
        RecordProperty(method, std::to_string(mean));
        return mean;
    }
};

TEST_F(Adbench, IsolationForestRanksAsWellAsTheReference) {
    double mean = 0;
    double reference_mean = 0;
    for (const auto& reference : test::adbench_reference) {
        const auto& rows = set(reference.set);
        std::vector<double> scores(rows.labels.size());
        double area = 0;
        for (std::uint64_t seed = 0; seed < 20; ++seed) {
            const auto sample = sample_rows(rows.rows(), {.seed = seed});
            IsolationForest(sample, {}).score(rows.rows(), scores);
            area += test::area_under_curve(scores, rows.labels) / 20;
        }
        RecordProperty(reference.set, std::to_string(area));
        EXPECT_NEAR(area, reference.isolation_forest, 0.015) << reference.set;
        mean += area / std::size(test::adbench_reference);
        reference_mean += reference.isolation_forest / std::size(test::adbench_reference);
    }
    EXPECT_NEAR(mean, reference_mean, 0.005);
}

// One set has more rows than a sample holds: hence the tolerance.
TEST_F(Adbench, OtherMethodsRankAsTheReference) {
    for (const auto& reference : test::adbench_reference) {
        const auto& rows = set(reference.set);
        EXPECT_NEAR(area("neighbour_distance", rows), reference.neighbour_distance, 0.002)
            << reference.set;
        EXPECT_NEAR(area("local_outlier_factor", rows), reference.local_outlier_factor, 0.002)
            << reference.set;
        EXPECT_NEAR(area("mahalanobis", rows), reference.mahalanobis, 0.002) << reference.set;
        EXPECT_NEAR(area("ecod", rows), reference.ecod, 0.002) << reference.set;
    }
}

// Yeast's labels are no outliers to any method, the reference included.
TEST_F(Adbench, HistogramIsAboveChance) {
    for (const auto& reference : test::adbench_reference) {
        if (reference.isolation_forest < 0.5) continue;
        EXPECT_GT(area("histogram", set(reference.set)), 0.5) << reference.set;
    }
    EXPECT_GT(mean_area("histogram"), 0.79);
}

TEST_F(Adbench, EnsembleRanksBetterThanEachMethod) {
    const double ensemble = mean_area("ensemble", 3);
    EXPECT_GT(ensemble, mean_area("isolation_forest", 3) + 0.02);
    for (const auto* method : {"neighbour_distance", "ecod", "histogram", "mahalanobis"})
        EXPECT_GT(ensemble, mean_area(method)) << method;
}

} // namespace
} // namespace recon::models
