// The labelled sets of ADBench (data of others: absent on most machines), and how good a ranking
// is.
#pragma once

#include <algorithm>
#include <fstream>
#include <numeric>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include "core/models/reservoir.hpp"
#include "detection/shared_data.hpp"

namespace recon::models::test {

// Where the sets are; empty if absent.
inline std::filesystem::path adbench_folder() {
    const auto data = breaks::test::shared_data();
    const auto folder = data / "adbench";
    return !data.empty() && std::filesystem::exists(folder) ? folder : std::filesystem::path();
}

struct LabelledSet {
    std::vector<double> values; // row-major
    std::vector<int> labels;    // 1: an outlier
    [[nodiscard]] Rows rows() const {
        return {values.data(), labels.size(), values.size() / labels.size()};
    }
};

// Numbers without quotes, the label last.
inline LabelledSet read_labelled(const std::filesystem::path& path) {
    std::ifstream file(path);
    LabelledSet set;
    std::string line;
    std::getline(file, line);
    while (std::getline(file, line)) {
        std::stringstream fields(line);
        std::string field;
        while (std::getline(fields, field, ','))
            set.values.push_back(std::stod(field));
        set.labels.push_back(static_cast<int>(set.values.back()));
        set.values.pop_back();
    }
    return set;
}

// The probability that an outlier scores higher than another row; ties count half.
inline double area_under_curve(std::span<const double> scores, std::span<const int> labels) {
    std::vector<std::size_t> order(scores.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return scores[a] < scores[b]; });
    double rank_sum = 0;
    double outliers = 0;
    for (std::size_t i = 0; i < order.size();) {
        std::size_t end = i;
        while (end < order.size() && scores[order[end]] == scores[order[i]])
            ++end;
        for (std::size_t k = i; k < end; ++k) {
            if (labels[order[k]] == 0) continue;
            rank_sum += (static_cast<double>(i + end) + 1) / 2;
            outliers += 1;
        }
        i = end;
    }
    const double others = static_cast<double>(scores.size()) - outliers;
    return (rank_sum - outliers * (outliers + 1) / 2) / (outliers * others);
}

} // namespace recon::models::test
