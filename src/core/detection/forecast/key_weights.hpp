// Within KeyForecast: the models that have a say on a row.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "core/base/firewall.hpp"
#include "core/detection/forecast/key_forecast.hpp"

namespace recon::forecast {

// The models that have a say, and the forecasts of those of the calendar.
// NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): a row that is ordinary asks no place
struct KeyForecast::Weights {
    struct Place {
        std::uint16_t model;
        StudentForecast next;
    };
    std::array<double, streamed_count> ln{}; // ln (share x evidence)
    static constexpr std::size_t most_places = 48;
    std::array<Place, most_places> place;
    std::array<double, most_places> place_ln;
    std::size_t places = 0;
    double best = -INFINITY;

    void add(std::size_t model, double ln_weight, const StudentForecast& next) {
        if (places == most_places) return;
        place[places] = {static_cast<std::uint16_t>(model), next};
        place_ln[places++] = ln_weight;
        best = std::max(best, ln_weight);
    }
    [[nodiscard]] std::size_t size() const noexcept { return streamed_count + places; }
    [[nodiscard]] std::size_t top() const noexcept {
        std::size_t i = 0;
        while (i + 1 < size() && at(i) != best)
            ++i;
        return i;
    }
    [[nodiscard]] double at(std::size_t i) const noexcept {
        return i < streamed_count ? ln[i] : place_ln[i - streamed_count];
    }
    [[nodiscard]] std::size_t model(std::size_t i) const noexcept {
        return i < streamed_count ? i : place[i - streamed_count].model;
    }
};

} // namespace recon::forecast
