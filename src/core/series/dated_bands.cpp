#include "core/series/dated_bands.hpp"

#include <algorithm>

#include "core/base/interrupt.hpp"
#include "core/series/peers.hpp"

namespace recon::series {

void DatedBands::compute(std::span<const Day> dates, std::span<const double> values,
                         std::span<double> mean, std::span<double> stddev) {
    const bool shared = std::adjacent_find(dates.begin(), dates.end()) != dates.end();
    if (shared && own_row_ == OwnRow::included) {
        compute_by_row(dates, values, mean, stddev);
        return;
    }
    bands_.compute(values, own_row_, mean, stddev);
    if (!shared) return;
    for (std::size_t i = 1; i < dates.size(); ++i) {
        if (dates[i] != dates[i - 1]) continue;
        mean[i] = mean[i - 1];
        stddev[i] = stddev[i - 1];
    }
}

void DatedBands::compute_by_row(std::span<const Day> dates, std::span<const double> values,
                                std::span<double> mean, std::span<double> stddev) const {
    SlidingMoments moments(width());
    Peers peers(bands_.width());
    for (std::size_t i = 0; i < dates.size(); ++i) {
        if (i % 65536 == 65535) poll_interrupt();
        if (i > 0 && dates[i] != dates[i - 1]) {
            peers.leave([&](double x) { moments.push(x); });
        }
        const auto window = moments.window_with(values[i]);
        mean[i] = window.mean();
        stddev[i] = window.stddev();
        peers.wait(values[i]);
    }
}

} // namespace recon::series
