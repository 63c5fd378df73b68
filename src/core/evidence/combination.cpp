#include "core/evidence/combination.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "core/base/error.hpp"
#include "core/statistics/log_tails.hpp"

namespace recon::evidence {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

void check_lengths(std::size_t values, std::size_t weights) {
    if (values != weights) {
        throw Error(ErrorKind::internal, "p-values and weights differ in number");
    }
}

} // namespace

double harmonic_ln_p(std::span<const double> ln_p, std::span<const double> weights) {
    std::array<double, 16> few{};
    if (ln_p.size() <= few.size()) {
        return harmonic_ln_p(ln_p, weights, std::span(few).first(ln_p.size()));
    }
    std::vector<double> many(ln_p.size());
    return harmonic_ln_p(ln_p, weights, many);
}

double harmonic_ln_p(std::span<const double> ln_p, std::span<const double> weights,
                     std::span<double> shares) {
    check_lengths(ln_p.size(), weights.size());
    check_lengths(ln_p.size(), shares.size());
    double smallest = infinity;
    double total_weight = 0;
    for (std::size_t i = 0; i < ln_p.size(); ++i) {
        if (std::isnan(ln_p[i])) continue;
        smallest = std::min(smallest, std::min(ln_p[i], 0.0));
        total_weight += weights[i];
    }
    double sum = 0; // of w/p, relative to 1/p of the smallest
    for (std::size_t i = 0; i < ln_p.size(); ++i) {
        const double value = std::min(ln_p[i], 0.0);
        if (std::isnan(ln_p[i])) {
            shares[i] = 0;
        } else if (value == smallest) {
            shares[i] = weights[i];
        } else {
            shares[i] = weights[i] * std::exp(smallest - value);
        }
        sum += shares[i];
    }
    if (sum > 0) {
        for (auto& share : shares)
            share /= sum;
    }
    if (total_weight == 0) return not_a_number;
    if (smallest == -infinity) return -infinity;
    return sum == total_weight ? smallest : std::min(0.0, smallest + std::log(total_weight / sum));
}

double fisher_ln_p(std::span<const double> ln_p) {
    double statistic = 0; // half of the chi-squared value
    std::size_t count = 0;
    for (const double value : ln_p) {
        if (std::isnan(value)) continue;
        statistic -= std::min(value, 0.0);
        ++count;
    }
    if (count == 0) return not_a_number;
    if (statistic == infinity) return -infinity;
    // With 2k degrees of freedom the tail is a Poisson sum: e^-s (1 + s + ... + s^(k-1)/(k-1)!).
    // Horner from the highest power, scaled by it when s > 1 so that nothing overflows.
    double sum = 1;
    if (statistic <= 1) {
        for (std::size_t j = count - 1; j >= 1; --j)
            sum = 1 + sum * statistic / static_cast<double>(j);
        return std::min(0.0, -statistic + std::log(sum));
    }
    double ln_highest = 0;
    for (std::size_t j = 1; j < count; ++j) {
        const auto step = static_cast<double>(j) / statistic;
        sum = 1 + sum * step;
        ln_highest -= std::log(step);
    }
    return std::min(0.0, -statistic + ln_highest + std::log(sum));
}

double stouffer_ln_p(std::span<const double> ln_p, std::span<const double> weights) {
    check_lengths(ln_p.size(), weights.size());
    double sum = 0;
    double squares = 0;
    for (std::size_t i = 0; i < ln_p.size(); ++i) {
        if (std::isnan(ln_p[i])) continue;
        // p = 1 is taken as the largest double below it, z = -8.2: an infinite z would let one
        // detector veto all the others.
        const double value = std::min(ln_p[i], -std::numeric_limits<double>::epsilon() / 2);
        sum += weights[i] * normal_upper_quantile(value);
        squares += weights[i] * weights[i];
    }
    if (squares == 0) return not_a_number;
    return ln_normal_upper(sum / std::sqrt(squares));
}

std::string_view name(Combination combination) noexcept {
    switch (combination) {
    case Combination::harmonic:
        return "harmonic";
    case Combination::fisher:
        return "fisher";
    case Combination::stouffer:
        return "stouffer";
    }
    return "";
}

std::optional<Combination> combination_named(std::string_view text) noexcept {
    for (const auto combination :
         {Combination::harmonic, Combination::fisher, Combination::stouffer}) {
        if (name(combination) == text) return combination;
    }
    return std::nullopt;
}

namespace {

// Of a sum of parts that are not below 0; equal shares of nothing.
void divide_shares(std::span<const double> ln_p, std::span<double> parts) {
    double sum = 0;
    std::size_t spoke = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        spoke += std::isnan(ln_p[i]) ? 0 : 1;
        sum += parts[i];
    }
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (std::isnan(ln_p[i])) continue;
        if (sum == infinity) {
            parts[i] = parts[i] == infinity ? 1 : 0;
        } else {
            parts[i] = sum > 0 ? parts[i] / sum : 1.0 / static_cast<double>(spoke);
        }
    }
    if (sum == infinity) divide_shares(ln_p, parts);
}

} // namespace

double combined_ln_p(Combination combination, std::span<const double> ln_p,
                     std::span<const double> weights, std::span<double> shares) {
    if (combination == Combination::harmonic) return harmonic_ln_p(ln_p, weights, shares);
    check_lengths(ln_p.size(), weights.size());
    check_lengths(ln_p.size(), shares.size());
    if (combination == Combination::fisher) {
        for (std::size_t i = 0; i < ln_p.size(); ++i)
            shares[i] = std::isnan(ln_p[i]) ? 0 : -std::min(ln_p[i], 0.0);
        divide_shares(ln_p, shares);
        return fisher_ln_p(ln_p);
    }
    std::vector<double> said(ln_p.begin(), ln_p.end());
    for (std::size_t i = 0; i < said.size(); ++i) {
        if (said[i] >= 0) said[i] = -std::numbers::ln2;
        shares[i] =
            std::isnan(said[i]) ? 0 : std::max(0.0, weights[i] * normal_upper_quantile(said[i]));
    }
    divide_shares(ln_p, shares);
    return stouffer_ln_p(said, weights);
}

} // namespace recon::evidence
