#include "core/statistics/fisher_exact.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "core/base/error.hpp"
#include "core/base/interrupt.hpp"
#include "core/statistics/log_beta.hpp"

namespace recon::evidence {
namespace {

constexpr double impossible = -std::numeric_limits<double>::infinity();

double ln_choose(double n, double k) {
    return -std::log(n + 1) - ln_beta(n - k + 1, k + 1);
}

// How many of the `drawn` are of the first kind, of which there are `first` beside `others`.
struct Hypergeometric {
    double first;
    double others;
    double drawn;

    [[nodiscard]] double lowest() const { return std::max(0.0, drawn - others); }
    [[nodiscard]] double highest() const { return std::min(first, drawn); }
    [[nodiscard]] double mode() const {
        return std::floor((first + 1) * ((drawn + 1) / (first + others + 2)));
    }
    // The same drawing with the kinds exchanged: there are drawn - x of the others.
    [[nodiscard]] Hypergeometric exchanged() const { return {others, first, drawn}; }

    [[nodiscard]] double ln_probability(double x) const {
        return ln_choose(first, x) + ln_choose(others, drawn - x) -
               ln_choose(first + others, drawn);
    }

    // Of x or more. Terms fall from the mode on: what lies before it is added from the other end.
    [[nodiscard]] double ln_at_least(double x) const {
        if (x <= lowest()) return 0;
        if (x > highest()) return impossible;
        if (x < mode()) return ln_one_minus_exp(exchanged().ln_at_least(drawn - x + 1));
        double term = 1;
        double sum = 1;
        std::uint32_t terms = 0;
        for (double at = x; at < highest() && term > 1e-17 * sum; at += 1) {
            if ((++terms & 0xffffU) == 0) poll_interrupt();
            term *= (first - at) / (at + 1) * ((drawn - at) / (others - drawn + at + 1));
            sum += term;
        }
        return std::min(0.0, ln_probability(x) + std::log(sum));
    }

    // Of all that are no more probable than x, which is not below the mode.
    [[nodiscard]] double ln_as_improbable(double x) const {
        constexpr double rounding = 1e-7;
        const double limit = ln_probability(x) + rounding;
        if (ln_probability(mode()) <= limit) return 0;
        // Up to the mode probabilities rise: up to which count are they within the limit?
        if (ln_probability(lowest()) > limit) return ln_at_least(x);
        double within = lowest();
        double beyond = mode();
        while (beyond - within > 1) {
            const double middle = std::floor(within + (beyond - within) / 2);
            (ln_probability(middle) <= limit ? within : beyond) = middle;
        }
        return std::min(0.0, ln_sum_exp(ln_at_least(x), exchanged().ln_at_least(drawn - within)));
    }
};

} // namespace

FisherTest fisher_exact(std::uint64_t a, std::uint64_t b, std::uint64_t c, std::uint64_t d) {
    for (const auto count : {a, b, c, d}) {
        if (count > most_fisher_counts || a + b + c + d > most_fisher_counts) {
            throw Error(ErrorKind::invalid_parameter, "counts of a table out of range",
                        "They are " + std::to_string(a) + ", " + std::to_string(b) + ", " +
                            std::to_string(c) + " and " + std::to_string(d) + ".",
                        "Together they may be " + std::to_string(most_fisher_counts) + ".");
        }
    }
    const auto x = static_cast<double>(a);
    const Hypergeometric counts{static_cast<double>(a + b), static_cast<double>(c + d),
                                static_cast<double>(a + c)};
    const auto exchanged = counts.exchanged();
    const double other = counts.drawn - x;
    return {exchanged.ln_at_least(other), counts.ln_at_least(x),
            x >= counts.mode() ? counts.ln_as_improbable(x) : exchanged.ln_as_improbable(other)};
}

} // namespace recon::evidence
