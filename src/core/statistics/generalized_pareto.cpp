#include "core/statistics/generalized_pareto.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace recon::evidence {

double GeneralizedPareto::ln_survival(double value) const {
    if (!(value > 0)) return value <= 0 ? 0 : value;
    const double y = value / scale;
    if (shape * y < 1e-12) return -y;
    return -std::log1p(shape * y) / shape;
}

double GeneralizedPareto::excess_at(double ln_survival) const {
    if (-ln_survival * shape < 1e-12) return -scale * ln_survival;
    return scale * std::expm1(-shape * ln_survival) / shape;
}

GeneralizedPareto fit_generalized_pareto(std::span<const double> excesses) {
    const std::size_t n = excesses.size();
    const auto count = static_cast<double>(n);
    const double largest = excesses.back();
    const double quarter = excesses[(n + 2) / 4 - (n >= 2 ? 1 : 0)]; // n/4, rounded
    double mean = 0;
    for (const double value : excesses)
        mean += value / count;
    // theta = shape/-scale on a grid of its quasi-prior, weighted by the profile likelihood.
    const auto points = static_cast<std::size_t>(20 + std::floor(std::sqrt(count)));
    std::vector<double> theta(points);
    std::vector<double> likelihood(points);
    const auto mean_log = [&](double t) {
        double sum = 0;
        for (const double value : excesses)
            sum += std::log1p(-t * value);
        return sum / count;
    };
    for (std::size_t j = 0; j < points; ++j) {
        const double root = std::sqrt(static_cast<double>(points) / (static_cast<double>(j) + 0.5));
        theta[j] = 1 / largest + (1 - root) / (3 * quarter);
        const double shape = mean_log(theta[j]);
        likelihood[j] = count * (std::log(-theta[j] / shape) - shape - 1);
    }
    double estimate = 0;
    for (std::size_t j = 0; j < points; ++j) {
        double others = 0;
        for (std::size_t i = 0; i < points; ++i)
            others += std::exp(likelihood[i] - likelihood[j]);
        estimate += theta[j] / others;
    }
    double shape = mean_log(estimate);
    double scale = -shape / estimate;
    if (!(shape > 0) || !(scale > 0)) {
        shape = 0;
        scale = mean;
    }
    return {shape + 1 / count, scale};
}

} // namespace recon::evidence
