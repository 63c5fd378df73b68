#include "core/detection/judging/planting.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "core/base/error.hpp"

namespace recon::breaks {

namespace {

// What is added to the rows up to and including the last one of `moves`.
std::vector<double> moves_of(Plant plant, double value, std::size_t rows_before, double size,
                             Random& random) {
    const double side = random.uniform() < 0.5 ? -1 : 1;
    switch (plant) {
    case Plant::spike:
        return {side * size};
    case Plant::drop:
        return {value > 0 ? -size : size};
    case Plant::drift: {
        // Half of the history at most, or there would be nothing to move away from.
        const auto steps =
            std::min<std::size_t>(4 + random.below(6), std::max<std::size_t>(rows_before / 2, 1));
        std::vector<double> moves;
        for (std::size_t i = 1; i <= steps; ++i)
            moves.push_back(side * size * static_cast<double>(i) / static_cast<double>(steps));
        return moves;
    }
    case Plant::burst: {
        std::vector<double> moves;
        for (std::size_t i = 0; i <= std::min<std::size_t>(rows_before, 2); ++i)
            moves.push_back((i % 2 == 0 ? -side : side) * size * (0.5 + random.uniform()));
        moves.back() = (moves.size() % 2 == 0 ? side : -side) * size;
        return moves;
    }
    }
    return {};
}

} // namespace

std::string_view name(Plant plant) noexcept {
    constexpr std::array<std::string_view, plant_count> names = {"spike", "drop", "drift", "burst"};
    return names[static_cast<std::size_t>(plant)];
}

KeySeries with_plant(const KeySeries& series, std::size_t measure, std::size_t at, Plant plant,
                     double size, Random& random) {
    if (at >= series.size() || measure >= series.measures()) {
        throw Error(ErrorKind::invalid_parameter, "there is no such row to plant an anomaly in",
                    "The series has " + std::to_string(series.size()) + " rows.");
    }
    const auto moves = moves_of(plant, series.value(at, measure), at, size, random);
    const std::size_t first = at + 1 - moves.size();
    KeySeries planted(series.measures());
    planted.reserve(series.size());
    std::array<double, max_measures> values{};
    for (std::size_t i = 0; i < series.size(); ++i) {
        for (std::size_t j = 0; j < series.measures(); ++j)
            values[j] = series.value(i, j);
        const bool is_moved = i >= first && i <= at;
        if (is_moved) values[measure] += moves[i - first];
        planted.append(series.date(i), std::span<const double>(values).first(series.measures()),
                       is_moved || series.is_break(i), series.is_target(i), series.content(i),
                       series.row(i));
    }
    planted.sort();
    return planted;
}

} // namespace recon::breaks
