// How large noises and breaks are, how often keys match and lack a side: moments over keys.
#include "core/detection/forecast/population_fit.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <boost/math/special_functions/digamma.hpp>
#include <boost/math/special_functions/trigamma.hpp>

#include "core/statistics/normal_inverse_gamma.hpp"

namespace recon::forecast {

namespace {

constexpr double least_rows = 4;
constexpr double least_variance = 1e-8;
constexpr std::size_t enough_keys = 20;
constexpr double least_df = 0.3, most_df = 20;
constexpr double robust_limit = 6; // of a key's noise: past anomalies do not make the prior larger
constexpr double normal_of_median = 1.4826;

double median(std::vector<double>& values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

// Variances over keys: typical one, and the degrees of freedom that it is worth (Smyth 2004).
class Variances {
  public:
    void add(double variance, double df) {
        if (!(df >= least_rows - 1) || !(variance > least_variance)) return;
        const double ln = std::log(variance);
        n_ += 1;
        const double step = ln - mean_;
        mean_ += step / n_;
        squares_ += step * (ln - mean_);
        sampling_ += boost::math::trigamma(df / 2);
        bias_ += boost::math::digamma(df / 2) - std::log(df / 2);
    }
    [[nodiscard]] double keys() const noexcept { return n_; }
    [[nodiscard]] ScalePrior prior() const {
        const double between = squares_ / n_ - sampling_ / n_;
        const double df = std::clamp(
            between > 1e-3 ? 2 * evidence::trigamma_inverse(between) : most_df, least_df, most_df);
        const double typical = std::exp(mean_ - bias_ / n_);
        return {df, typical * std::exp(boost::math::digamma(df / 2) - std::log(df / 2))};
    }

  private:
    double n_ = 0, mean_ = 0, squares_ = 0, sampling_ = 0, bias_ = 0;
};

// Mean square of deviations, none counting for more than the limit.
double mean_square(const std::vector<double>& deviations) {
    std::vector<double> sizes(deviations.size());
    for (std::size_t i = 0; i < sizes.size(); ++i)
        sizes[i] = std::fabs(deviations[i]);
    double limit = INFINITY;
    if (sizes.size() >= 8) {
        const double typical = normal_of_median * median(sizes);
        if (typical > 0) limit = robust_limit * typical;
    }
    double sum = 0;
    for (const double d : deviations)
        sum += std::min(d * d, limit * limit);
    return deviations.empty() ? 0 : sum / static_cast<double>(deviations.size());
}

// Means and spreads of logarithms, within keys and between them.
class Sizes {
  public:
    void add(const std::vector<double>& ln) {
        if (ln.empty()) return;
        double mean = 0, squares = 0;
        for (const double x : ln)
            mean += x / static_cast<double>(ln.size());
        for (const double x : ln)
            squares += (x - mean) * (x - mean);
        within_ += squares;
        within_df_ += static_cast<double>(ln.size() - 1);
        inverse_ += 1 / static_cast<double>(ln.size());
        keys_ += 1;
        const double step = mean - mean_;
        mean_ += step / keys_;
        between_ += step * (mean - mean_);
    }
    [[nodiscard]] SizePrior prior() const {
        SizePrior prior;
        prior.keys = keys_;
        if (within_df_ > 10) prior.within = std::max(within_ / within_df_, 0.05);
        if (keys_ > 5) {
            prior.mean = mean_;
            prior.between = std::max(between_ / keys_ - prior.within * inverse_ / keys_, 0.2);
        }
        return prior;
    }

  private:
    double keys_ = 0, mean_ = 0, between_ = 0, within_ = 0, within_df_ = 0, inverse_ = 0;
};

// First differences: their middle, and how far the upper half reaches.
SizePrior first_sizes(std::vector<double>& ln) {
    constexpr double least_spread = 0.25;
    constexpr double ninth_decile = 1.2816; // of a normal
    SizePrior prior;
    prior.keys = static_cast<double>(ln.size());
    if (ln.empty()) return prior;
    std::sort(ln.begin(), ln.end());
    prior.mean = ln[ln.size() / 2];
    const double upper = ln[std::min(ln.size() - 1, ln.size() * 9 / 10)];
    const double spread = (upper - prior.mean) / ninth_decile;
    prior.within = std::max(spread * spread, least_spread);
    return prior;
}

struct Tally {
    std::array<Variances, 3> noise, noise_of_all;
    Variances break_size;
    Sizes breaks, amounts;
    std::vector<double> first;
    std::array<OutcomeShares, 3> outcomes = {{{0.5, 0, 0.5}, {0.5, 0.1, 0.5}, {0.5, 0, 0.5}}};
    double keys = 0, first_breaks = 0, rows = 0, lacking = 0;

    void add(KeyRows rows_of_key);
    void add_values(const std::vector<double>& x);
    void add_breaks(const std::vector<double>& x);
};

void Tally::add(KeyRows rows_of_key) {
    std::vector<double> x, amounts_of_key;
    for (const Row& row : rows_of_key) {
        if (!row.is_known()) continue;
        rows += 1;
        lacking += row.lacks_side ? 1 : 0;
        const double size = row.lacks_side && !(row.amount > 0) ? std::fabs(row.value) : row.amount;
        if (size > 0 && std::isfinite(size)) amounts_of_key.push_back(std::log(size));
        if (!row.lacks_side) x.push_back(row.value);
    }
    amounts.add(amounts_of_key);
    if (x.empty()) return;
    keys += 1;
    if (x.front() != 0) {
        first_breaks += 1;
        first.push_back(std::log(std::fabs(x.front())));
    }
    add_values(x);
    add_breaks(x);
}

void Tally::add_values(const std::vector<double>& x) {
    const auto n = static_cast<double>(x.size());
    double mean = 0;
    for (const double value : x)
        mean += value / n;
    std::vector<double> deviations(x.size()), changes;
    for (std::size_t i = 0; i < x.size(); ++i) {
        deviations[i] = x[i] - mean;
        if (i > 0) changes.push_back(x[i] - x[i - 1]);
    }
    const auto matches = static_cast<double>(std::count(x.begin(), x.end(), 0.0));
    const std::array<double, 3> variance = {
        mean_square(x), n > 1 ? mean_square(deviations) * n / (n - 1) : 0, mean_square(changes)};
    const std::array<double, 3> df = {n, n - 1, n - 1};
    for (std::size_t i = 0; i < 3; ++i) {
        noise_of_all[i].add(variance[i], df[i]);
        if (matches < std::max(1.0, 0.2 * n) + 1) noise[i].add(variance[i], df[i]);
    }
}

void Tally::add_breaks(const std::vector<double>& x) {
    const auto n = static_cast<double>(x.size());
    const auto matches = static_cast<double>(std::count(x.begin(), x.end(), 0.0));
    if (matches < std::max(1.0, 0.1 * n)) return;
    std::vector<double> ln, fresh;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const std::size_t after = i == 0 ? 2 : (x[i - 1] == 0 ? 0 : 1);
        const std::size_t outcome = x[i] == 0 ? 0 : (i > 0 && x[i] == x[i - 1] ? 1 : 2);
        outcomes[after][outcome] += 1;
        if (outcome != 2) continue;
        ln.push_back(std::log(std::fabs(x[i])));
        fresh.push_back(x[i]);
    }
    breaks.add(ln);
    if (!fresh.empty()) break_size.add(mean_square(fresh), static_cast<double>(fresh.size()) + 2);
}

} // namespace

Prior fit_moments(std::span<const KeyRows> keys, double tick) {
    Tally tally;
    for (const KeyRows& rows : keys)
        tally.add(rows);
    Prior prior;
    prior.tick = tick;
    prior.keys = static_cast<std::uint64_t>(tally.keys);
    for (std::size_t i = 0; i < 3; ++i) {
        const auto& own = tally.noise[i];
        const auto& all = tally.noise_of_all[i];
        if (own.keys() >= enough_keys) {
            prior.noise[i] = own.prior();
        } else if (all.keys() >= enough_keys) {
            prior.noise[i] = all.prior();
        }
    }
    prior.ln_break = tally.breaks.prior();
    if (tally.break_size.keys() > enough_keys) {
        prior.break_size = tally.break_size.prior();
    } else {
        prior.break_size = {0.7, std::exp(2 * prior.ln_break.mean)};
    }
    prior.ln_amount = tally.amounts.prior();
    prior.ln_first = first_sizes(tally.first);
    prior.first_break = (tally.first_breaks + 0.5) / (tally.keys + 1);
    prior.lacking = tally.rows > 0 ? tally.lacking / tally.rows : 0;
    for (std::size_t after = 0; after < 3; ++after) {
        const auto& counts = tally.outcomes[after];
        const double sum = counts[0] + counts[1] + counts[2];
        for (std::size_t i = 0; i < 3; ++i)
            prior.outcomes[after][i] = counts[i] / sum;
    }
    return prior;
}

} // namespace recon::forecast
