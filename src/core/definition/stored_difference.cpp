#include "core/definition/stored_difference.hpp"

#include <algorithm>
#include <cmath>

namespace recon::definition {

std::optional<DifferenceFit> fit_difference(const ColumnProfile& x, const ColumnProfile& y,
                                            const ColumnProfile& c, double needed) {
    DifferenceFit plus;
    DifferenceFit minus;
    DifferenceFit absolute;
    std::size_t compared = 0;
    const double rounding = 0.5 * std::pow(10.0, -c.decimals) * (1 + binary_error);
    const bool rounded = c.decimals < std::max(x.decimals, y.decimals);
    // More misses than this, and the share needed cannot be reached any more.
    const auto allowed = static_cast<std::size_t>((1 - needed) * static_cast<double>(c.filled)) + 1;
    for (std::size_t row = 0; row < x.rows; ++row) {
        const double a = x.numbers[row];
        const double b = y.numbers[row];
        const double d = c.numbers[row];
        if (std::isnan(a) || std::isnan(b) || std::isnan(d)) continue;
        ++compared;
        const double slack = (rounded ? rounding : 0) +
                             binary_error * std::max({std::fabs(a), std::fabs(b), std::fabs(d)});
        const double difference = a - b;
        const bool is_plus = std::fabs(difference - d) <= slack;
        const bool is_minus = std::fabs(difference + d) <= slack;
        const bool is_absolute = std::fabs(std::fabs(difference) - d) <= slack;
        const std::size_t telling = a != 0 && b != 0 && d != 0 ? 1 : 0;
        if (is_plus) ++plus.agreeing, plus.telling += telling;
        if (is_minus) ++minus.agreeing, minus.telling += telling;
        if (is_absolute) ++absolute.agreeing, absolute.telling += telling;
        if (is_plus != is_minus) plus.sign_shown = minus.sign_shown = true;
        const std::size_t most = std::max({plus.agreeing, minus.agreeing, absolute.agreeing});
        if (compared - most > allowed) return std::nullopt;
    }
    minus.form = DifferenceForm::b_minus_a;
    absolute.form = DifferenceForm::absolute;
    absolute.sign_shown = true;
    DifferenceFit best = plus;
    if (minus.agreeing > best.agreeing) best = minus;
    if (absolute.agreeing > best.agreeing) best = absolute;
    best.compared = compared;
    if (static_cast<double>(best.agreeing) < needed * static_cast<double>(compared)) {
        return std::nullopt;
    }
    return best;
}

std::optional<DifferenceFit> fit_relative(const ColumnProfile& x, const ColumnProfile& y,
                                          const ColumnProfile& c) {
    const double rounding = 0.5 * std::pow(10.0, -c.decimals) * (1 + binary_error);
    for (const double factor : {1.0, 100.0}) {
        for (const auto* base : {&y, &x}) {
            DifferenceFit fit;
            fit.form = DifferenceForm::relative;
            for (std::size_t row = 0; row < x.rows; ++row) {
                const double a = x.numbers[row];
                const double b = y.numbers[row];
                const double d = c.numbers[row];
                if (std::isnan(a) || std::isnan(b) || std::isnan(d)) continue;
                if (base->numbers[row] == 0) continue;
                ++fit.compared;
                const double share = factor * (a - b) / base->numbers[row];
                const bool agrees = std::fabs(std::fabs(share) - std::fabs(d)) <= rounding;
                fit.agreeing += agrees ? 1 : 0;
                fit.telling += agrees && d != 0 ? 1 : 0;
            }
            fit.sign_shown = true;
            fit.over_x = base == &x;
            if (fit.telling >= 2 && fit.agreeing * 10 >= fit.compared * 9) return fit;
        }
    }
    return std::nullopt;
}

} // namespace recon::definition
