// Speed of the multivariate models on 1,000,000 rows of 6 features: nanoseconds of processor
// time a row, the best of five rounds.
// Usage: models_speed [rows [columns]]
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include "core/models/isolation_forest.hpp"
#include "core/models/model_bytes.hpp"
#include "core/models/reservoir.hpp"

namespace {

using namespace recon;
using namespace recon::models;

std::vector<double> table(std::size_t rows, std::size_t columns) {
    Random random(1);
    std::vector<double> values(rows * columns);
    for (auto& value : values)
        value = random.normal();
    return values;
}

template <typename Work>
void measure(const char* name, std::size_t rows, const Work& work) {
    double best = 1e300;
    for (int round = 0; round < 5; ++round) {
        const std::clock_t start = std::clock();
        work();
        best = std::min(best, 1e9 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC);
    }
    std::printf("%-44s %9.1f ns a row %10.3f ms\n", name, best / static_cast<double>(rows),
                best / 1e6);
}

} // namespace

int main(int argc, char** argv) {
    const std::size_t rows = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 1'000'000;
    const std::size_t columns = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 6;
    const auto values = table(rows, columns);
    const Rows all{values.data(), rows, columns};

    measure("reservoir: add, all rows different", rows, [&] {
        Reservoir reservoir;
        for (std::size_t i = 0; i < rows; ++i)
            reservoir.add(all[i]);
    });
    measure("reservoir: add with identity", rows, [&] {
        Reservoir reservoir;
        for (std::size_t i = 0; i < rows; ++i)
            reservoir.add(all[i], static_cast<std::int64_t>(i));
    });
    measure("reservoir: add, nine of ten rows equal", rows, [&] {
        Reservoir reservoir;
        for (std::size_t i = 0; i < rows; ++i)
            reservoir.add(all[i % 10 == 0 ? i : 0]);
    });

    const auto sample = sample_rows(all);
    measure("isolation forest: fit on a sample", 1, [&] { IsolationForest(sample, {}); });
    const IsolationForest forest(sample, {});
    const auto bytes = model_bytes(forest);
    std::printf("isolation forest: %zu bytes\n", bytes.size());
    measure("isolation forest: read from bytes", 1, [&] { (void)read_model(bytes); });
    std::vector<double> scores(rows);
    measure("isolation forest: score in blocks", rows, [&] { forest.score(all, scores); });
    measure("isolation forest: score one by one", rows / 10, [&] {
        for (std::size_t i = 0; i < rows / 10; ++i)
            scores[i] = forest.score(all[i]);
    });
    const IsolationForest extended(sample, {.columns_per_split = 2});
    measure("extended forest: score in blocks", rows / 100,
            [&] { extended.score(all.slice(0, rows / 100), scores); });
    return 0;
}
