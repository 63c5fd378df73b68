#include "core/detection/baseline/median_slope.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/detection/baseline/slopes_within.hpp"

namespace recon::breaks {

namespace {

// So many slopes, as a share and a number, are best computed around the expected median: fewer miss
// it more often.
constexpr std::size_t nearby_part = 12;
constexpr std::size_t nearby_least = 8;
constexpr int attempts = 3;

struct Middle {
    double median;
    double lower; // of the two values in the middle of an even number
    double upper;
};

// The median of `all` values, of which `slopes` are those in the middle and `below` lie below them.
Middle middle_of(std::span<double> slopes, std::size_t below, std::size_t all) {
    const auto place = slopes.begin() + static_cast<std::ptrdiff_t>(all / 2 - below);
    std::nth_element(slopes.begin(), place, slopes.end());
    if (all % 2 == 1) return {*place, *place, *place};
    const double lower = *std::max_element(slopes.begin(), place);
    return {0.5 * *place + 0.5 * lower, lower, *place};
}

} // namespace

double MedianSlope::of(std::span<const double> values, std::size_t nearest) {
    const std::size_t farthest = values.size() - nearest;
    const std::size_t pairs = farthest * (farthest + 1) / 2;
    if (slopes_.size() < pairs + slopes_overrun) slopes_.resize(pairs + slopes_overrun);
    for (int attempt = 0; attempt < attempts && reach_ > 0; ++attempt) {
        if (found_nearby(values, nearest, pairs)) return slope_;
    }
    look_everywhere(values, nearest, pairs);
    return slope_;
}

bool MedianSlope::found_nearby(std::span<const double> values, std::size_t nearest,
                               std::size_t pairs) {
    const double low = slope_ - reach_;
    const double high = slope_ + reach_;
    std::size_t below = 0;
    std::size_t count = 0;
    double* const slopes = slopes_.data();
    for (std::size_t apart = nearest; apart < values.size(); ++apart) {
        // Rounding may put a pair on the wrong side of a limit, of which more below.
        const auto found = slopes_within(values, apart, low, high, slopes + count);
        below += found.below;
        count += found.within;
    }
    if (below > (pairs - 1) / 2 || pairs / 2 >= below + count) {
        // The median has moved farther: by so many slopes, which lie as close there as they do
        // here.
        const double away = static_cast<double>(pairs) / 2 - static_cast<double>(below) -
                            static_cast<double>(count) / 2;
        slope_ += away * 2 * reach_ / static_cast<double>(std::max<std::size_t>(count, 1));
        return false;
    }
    const Middle middle = middle_of(std::span(slopes, count), below, pairs);
    // What was put on the wrong side lies within rounding of a limit; so must not the median.
    constexpr double rounding = 8 * std::numeric_limits<double>::epsilon();
    constexpr double smallest = 8 * std::numeric_limits<double>::min();
    if (!(middle.lower - low > rounding * std::fabs(low) + smallest) ||
        !(high - middle.upper > rounding * std::fabs(high) + smallest)) {
        return false;
    }
    slope_ = middle.median;
    const std::size_t wanted = pairs / nearby_part + nearby_least;
    reach_ *= std::clamp(static_cast<double>(wanted) / static_cast<double>(count), 0.5, 2.0);
    return true;
}

void MedianSlope::look_everywhere(std::span<const double> values, std::size_t nearest,
                                  std::size_t pairs) {
    double* slope = slopes_.data();
    for (std::size_t apart = nearest; apart < values.size(); ++apart) {
        const auto rows = static_cast<double>(apart);
        const double* const earlier = values.data();
        const double* const later = values.data() + apart;
        const std::size_t n = values.size() - apart;
        for (std::size_t i = 0; i < n; ++i)
            slope[i] = (later[i] - earlier[i]) / rows;
        slope += n;
    }
    const auto slopes = std::span(slopes_).first(pairs);
    slope_ = middle_of(slopes, 0, pairs).median;
    // What lies below the median is in front of it: as far as half of the wanted slopes reach.
    const std::size_t half = (pairs / nearby_part + nearby_least) / 2;
    if (half >= pairs / 2) {
        reach_ = 0;
        return;
    }
    const auto place = slopes.begin() + static_cast<std::ptrdiff_t>(pairs / 2 - half);
    std::nth_element(slopes.begin(), place,
                     slopes.begin() + static_cast<std::ptrdiff_t>(pairs / 2));
    reach_ = slope_ - *place;
}

} // namespace recon::breaks
