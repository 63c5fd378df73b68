#include "core/detection/population/noise_prior.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

#include "core/statistics/log_tails.hpp"

namespace recon::breaks {

namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();
constexpr double infinite = std::numeric_limits<double>::infinity();

// Bins are an eighth of ln noise wide: less than the standard deviation of ln noise by 32 degrees
// of freedom, beyond which more exactness is of no use.
constexpr double width = 1.0 / 8;
constexpr double largest_df = 40;
constexpr std::size_t most_bins = 640; // e^80
constexpr std::size_t margin = 24;     // bins beyond the keys seen

// Fewer keys than this say nothing of each other; the usual law, as wide as the keys are and with
// heavier tails than the normal has, counts for as many.
constexpr std::size_t enough_keys = 10;
constexpr double weight_of_usual_law = 10;
constexpr int iterations = 40;

// The normal's tail serves for a Student t with more degrees of freedom than this.
constexpr double normal_from = 500;

// The likelihood of a key whose ln noise is `above` its own spread's.
double ln_likelihood(double above, double df) noexcept {
    return df * (-above - 0.5 * std::exp(-2 * above) + 0.5);
}

// Heavier tails make a spread less exact than its table, made by normal noise, says: simulated for
// 3, 5 and 10 degrees of freedom, within a tenth.
double effective_df(double df, double tail_df) noexcept {
    return std::min(largest_df, df / (1 + 2.6 / tail_df * df / (df + 4)));
}

// Keys are counted by bin and class of degrees of freedom.
constexpr std::array<double, 12> classes = {1, 2, 3, 4, 5.5, 7.5, 10, 14, 19, 26, 34, 40};
using KeyCounts = std::vector<std::array<double, classes.size()>>;

std::size_t class_of(double df) noexcept {
    std::size_t c = 0;
    while (c + 1 < classes.size() && classes[c] * classes[c + 1] < df * df)
        ++c;
    return c;
}

// Of each class, by bins above, from -bins.
std::array<std::vector<double>, classes.size()> likelihood_of(std::size_t bins) {
    std::array<std::vector<double>, classes.size()> likelihood;
    for (std::size_t c = 0; c < classes.size(); ++c) {
        likelihood[c].resize(2 * bins);
        for (std::size_t i = 0; i < 2 * bins; ++i) {
            const double above = width * (static_cast<double>(i) - static_cast<double>(bins));
            likelihood[c][i] = std::exp(ln_likelihood(above, classes[c]));
        }
    }
    return likelihood;
}

// Student's t with 3 degrees of freedom, as wide as the keys are.
std::vector<double> usual_law(std::size_t bins, double first, double mean, double deviation) {
    std::vector<double> usual(bins);
    for (std::size_t k = 0; k < bins; ++k) {
        const double z = (first + width * static_cast<double>(k) - mean) / deviation;
        usual[k] = std::pow(1 + z * z / 3, -2);
    }
    const double total = std::accumulate(usual.begin(), usual.end(), 0.0);
    for (double& share : usual)
        share /= total;
    return usual;
}

// The weight of each bin, by expectation and maximization from the usual law on, which counts
// along.
std::vector<double> deconvolved(const KeyCounts& count, const std::vector<double>& usual) {
    const std::size_t bins = count.size();
    const auto likelihood = likelihood_of(bins);
    std::vector<double> weight = usual;
    std::vector<double> next(bins);
    for (int step = 0; step < iterations; ++step) {
        for (std::size_t k = 0; k < bins; ++k)
            next[k] = weight_of_usual_law * usual[k];
        for (std::size_t i = 0; i < bins; ++i) {
            for (std::size_t c = 0; c < classes.size(); ++c) {
                if (count[i][c] == 0) continue;
                const double* const of = &likelihood[c][bins - i];
                double all = 0;
                for (std::size_t k = 0; k < bins; ++k)
                    all += weight[k] * of[k];
                const double part = count[i][c] / all;
                for (std::size_t k = 0; k < bins; ++k)
                    next[k] += part * weight[k] * of[k];
            }
        }
        const double all = std::accumulate(next.begin(), next.end(), 0.0);
        for (std::size_t k = 0; k < bins; ++k)
            weight[k] = next[k] / all;
    }
    return weight;
}

} // namespace

TailCurve::TailCurve(double df) : df_(std::min(df, normal_from)) {
    const evidence::StudentTail tail(df_);
    for (std::size_t i = 0; i < points; ++i) {
        ln_p_[i] = tail.ln_two_sided(std::exp(first + step * static_cast<double>(i)));
    }
}

double TailCurve::at(double ln_t) const noexcept {
    const double place = (ln_t - first) / step;
    if (!(place > 1)) return ln_p_[1] * std::exp(ln_t - first - step); // towards ln 1
    if (!(place < points - 2)) {
        // Far out the tail is a power.
        return ln_p_[points - 1] - df_ * (ln_t - first - step * (points - 1));
    }
    const auto i = static_cast<std::size_t>(place);
    const double part = place - static_cast<double>(i);
    // Cubic through four points (Catmull and Rom).
    const double a = ln_p_[i - 1], b = ln_p_[i], c = ln_p_[i + 1], d = ln_p_[i + 2];
    return b +
           0.5 * part * (c - a + part * (2 * a - 5 * b + 4 * c - d + part * (3 * (b - c) + d - a)));
}

void NoisePrior::add(double variance, double df) {
    keys_.push_back({0.5 * std::log(variance), df});
}

void NoisePrior::fit(double tail_df) {
    tail_ = TailCurve(tail_df);
    ln_weight_.clear();
    if (keys_.size() < enough_keys) {
        keys_.clear();
        return;
    }
    double low = infinite;
    double high = -infinite;
    double sum = 0, squares = 0;
    for (const Key& key : keys_) {
        low = std::min(low, key.ln_noise);
        high = std::max(high, key.ln_noise);
        sum += key.ln_noise;
        squares += key.ln_noise * key.ln_noise;
    }
    const auto n = static_cast<double>(keys_.size());
    const double mean = sum / n;
    const double deviation = std::sqrt(std::max(width * width, squares / n - mean * mean));
    // Keys of unheard of noise are left out: the bins must not run to millions.
    constexpr double widest = width * static_cast<double>(most_bins - 2 * margin) / 2;
    low = std::max(low, mean - widest);
    high = std::min(high, mean + widest);
    const std::size_t bins = static_cast<std::size_t>((high - low) / width) + 1 + 2 * margin;
    first_ = low - width * static_cast<double>(margin);

    KeyCounts count(bins);
    for (const Key& key : keys_) {
        if (key.ln_noise < low || key.ln_noise > high) continue;
        const auto bin = static_cast<std::size_t>(std::lround((key.ln_noise - first_) / width));
        count[bin][class_of(effective_df(key.df, tail_df))] += 1;
    }
    keys_.clear();
    const auto weight = deconvolved(count, usual_law(bins, first_, mean, deviation));
    ln_weight_.resize(bins);
    for (std::size_t k = 0; k < bins; ++k) {
        const double before = weight[k > 0 ? k - 1 : k];
        const double after = weight[k + 1 < bins ? k + 1 : k];
        ln_weight_[k] = std::log(0.25 * before + 0.5 * weight[k] + 0.25 * after);
    }
}

double NoisePrior::ln_p(double residual, double variance, double df, double spread, double scale,
                        double floor) const {
    const double own = 0.5 * std::log(variance);
    const double bins = static_cast<double>(ln_weight_.size());
    const double place = (own - first_) / width;
    if (!(place >= 0 && place < bins)) return missing;
    const double worth = effective_df(df, tail_.df());
    const double ln_size = std::log(std::fabs(residual) / (scale * std::sqrt(spread)));
    const double ln_floor = floor > 0 ? std::log(floor) : -infinite;
    constexpr double negligible = -40;
    double all = 0;
    double beyond = 0;
    const auto add = [&](std::size_t k) {
        const double ln_noise = first_ + width * static_cast<double>(k);
        const double ln_likely = ln_likelihood(ln_noise - own, worth);
        if (ln_likely < negligible) return false;
        const double ln_posterior = ln_weight_[k] + ln_likely;
        all += std::exp(ln_posterior);
        beyond += std::exp(ln_posterior + tail_.at(ln_size - std::max(ln_noise, ln_floor)));
        return true;
    };
    const auto middle = static_cast<std::size_t>(place);
    for (std::size_t k = middle; k < ln_weight_.size() && add(k); ++k) {
    }
    for (std::size_t k = middle; k-- > 0 && add(k);) {
    }
    if (!(all > 0) || !(beyond > 0)) return missing;
    return std::min(0.0, std::log(beyond / all));
}

void NoisePrior::serialize(ByteWriter& writer) const {
    writer.put(tail_.df());
    writer.put(first_);
    writer.put_array(std::span<const double>(ln_weight_));
}

void NoisePrior::deserialize(ByteReader& reader) {
    const double df = reader.get<double>();
    if (!(df >= 0.5 && df <= normal_from)) reader.refuse("a tail is out of range");
    tail_ = TailCurve(df);
    first_ = reader.get<double>();
    ln_weight_ = reader.get_array<double>();
    if (!std::isfinite(first_) || ln_weight_.size() > most_bins) {
        reader.refuse("a distribution of noise is out of range");
    }
    for (const double ln : ln_weight_) {
        if (!(ln <= 0 && ln > -1e4)) reader.refuse("a distribution of noise is out of range");
    }
}

} // namespace recon::breaks
