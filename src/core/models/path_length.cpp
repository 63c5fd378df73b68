#include "core/models/path_length.hpp"

#include <array>
#include <boost/math/special_functions/digamma.hpp>
#include <numbers>

namespace recon::models {

namespace {

double by_digamma(double n) {
    // H(x) = digamma(x + 1) + gamma, here at x = n - 1.
    const double harmonic = boost::math::digamma(n) + std::numbers::egamma;
    return 2 * harmonic - 2 * (n - 1) / n;
}

// Most leaves hold a whole number of rows, and few.
constexpr std::size_t known = 257;

std::array<double, known> make_known() {
    std::array<double, known> lengths{};
    for (std::size_t n = 2; n < known; ++n)
        lengths[n] = by_digamma(static_cast<double>(n));
    return lengths;
}

} // namespace

double average_path_length(double n) {
    if (!(n > 1)) return 0;
    static const std::array<double, known> lengths = make_known();
    if (n < static_cast<double>(known)) {
        const auto whole = static_cast<std::size_t>(n);
        if (static_cast<double>(whole) == n) return lengths[whole];
    }
    return by_digamma(n);
}

} // namespace recon::models
