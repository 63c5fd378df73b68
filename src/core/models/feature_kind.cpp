#include "core/models/feature_kind.hpp"

#include <algorithm>
#include <string>

#include "core/base/error.hpp"

namespace recon::models {

std::string_view name_of(FeatureKind kind) noexcept {
    constexpr std::string_view names[feature_kinds] = {"number", "amount", "category"};
    return names[static_cast<std::size_t>(kind)];
}

std::vector<FeatureKind> kinds_of(std::span<const double> line) {
    std::vector<FeatureKind> kinds;
    for (const double number : line) {
        for (std::size_t kind = 0; kind < feature_kinds; ++kind)
            if (number == static_cast<double>(kind)) kinds.push_back(FeatureKind(kind));
    }
    if (kinds.size() == line.size()) return kinds;
    throw Error(ErrorKind::invalid_parameter,
                "the second line of the features is not a list of kinds",
                "Features of two dimensions are a line of values and a line of what these are.",
                "Make them with recon_features, or give them in one dimension.");
}

void expect_kinds(std::span<const FeatureKind> expected, std::span<const double> line) {
    const auto same = [](FeatureKind kind, double number) {
        return static_cast<double>(kind) == number;
    };
    if (std::equal(expected.begin(), expected.end(), line.begin(), line.end(), same)) return;
    if (expected.empty()) {
        throw Error(ErrorKind::invalid_parameter, "features of two dimensions meet plain ones",
                    "The first rows, or those that the model was fitted on, are plain numbers.",
                    "Make all features with recon_features, or none.");
    }
    const auto text = [](const auto& kinds, auto name) {
        std::string list;
        for (const auto kind : kinds)
            list += (list.empty() ? "" : ", ") + std::string(name(kind));
        return list.empty() ? "plain numbers" : list;
    };
    throw Error(ErrorKind::invalid_parameter, "the features of a row are of other kinds",
                "They are: " + text(kinds_of(line), name_of) +
                    "; expected: " + text(expected, name_of) + ".",
                "Give recon_features rows of the same columns and the same roles.");
}

} // namespace recon::models
