// What is to be expected of a value, and where the value lies in it.
#pragma once

#include <cmath>
#include <limits>

#include "core/base/firewall.hpp"
#include "core/series/admitted.hpp"

namespace recon::series {

// NaN stands for what is not known: all of it where there is nothing to compare with, the limits
// where there is no spread yet.
struct Band {
    double expected = std::numeric_limits<double>::quiet_NaN();
    double lower = std::numeric_limits<double>::quiet_NaN();
    double upper = std::numeric_limits<double>::quiet_NaN();
    double z = std::numeric_limits<double>::quiet_NaN(); // how many deviations x lies off
    int direction = 0;                                   // -1 below the band, 0 within, 1 above

    // Whether z and direction say something: x is a number and the spread is known.
    [[nodiscard]] bool is_judged() const noexcept { return !std::isnan(z); }
};

// Of a spread of 0, z is 0 for the expected value itself and infinite for everything else.
[[nodiscard]] inline double standardized(double x, double expected, double deviation) noexcept {
    if (!admitted(x)) return std::numeric_limits<double>::quiet_NaN();
    const double distance = x - expected;
    if (distance == 0 && !std::isnan(deviation)) return 0;
    return distance / deviation;
}

// The band expected -+ width * deviation around x.
[[nodiscard]] inline Band band_around(double expected, double deviation, double width,
                                      double x) noexcept {
    Band band{expected, expected - width * deviation, expected + width * deviation,
              standardized(x, expected, deviation), 0};
    if (band.is_judged()) band.direction = x < band.lower ? -1 : x > band.upper ? 1 : 0;
    return band;
}

} // namespace recon::series
