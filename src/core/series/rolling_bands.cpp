#include "core/series/rolling_bands.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <Eigen/Core>

#include "core/base/interrupt.hpp"
#include "core/series/admitted.hpp"

namespace recon::series {

namespace {

constexpr double undefined = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t interrupt_distance = 1U << 16U;

// Mean and sum of squares of a growing run of values. Like Welford's update, but the mean comes
// from a sum (after Youngs and Cramer 1971), here of differences to the run's first value: the only
// step that waits for the one before is one addition. The first value belongs to every window that
// uses the run, so the differences are no larger than the spread of that window asks for.
class Run {
  public:
    Run(double first, const double* inverse) : first_(first), inverse_(inverse) {}

    // x is the run's value number k + 1.
    void add(double x, std::size_t k, double& mean, double& squares) {
        const double difference = x - first_;
        const double deviation = difference - sum_ * inverse_[k];
        sum_ += difference;
        squares_ += deviation * (deviation * (static_cast<double>(k) * inverse_[k + 1]));
        mean = first_ + sum_ * inverse_[k + 1];
        squares = squares_;
    }

  private:
    double first_;
    double sum_ = 0;
    double squares_ = 0;
    const double* inverse_;
};

Eigen::Map<Eigen::ArrayXd> array(double* data, std::size_t size) {
    return {data, static_cast<Eigen::Index>(size)};
}

} // namespace

void RollingBands::prepare(std::size_t n) {
    const std::size_t heads = std::min(n, width_);
    if (inverse_.size() < heads + 1) {
        inverse_.resize(heads + 1);
        inverse_[0] = 0;
        for (std::size_t k = 1; k <= heads; ++k) {
            inverse_[k] = 1 / static_cast<double>(k);
        }
        head_mean_.resize(heads + 1);
        head_squares_.resize(heads + 1);
    }
    if (n > width_ && share_.empty()) {
        const auto width = static_cast<double>(width_);
        share_.resize(width_ + 1);
        cross_.resize(width_ + 1);
        for (std::size_t k = 0; k <= width_; ++k) {
            share_[k] = static_cast<double>(k) / width;
            cross_[k] = static_cast<double>(width_ - k) * share_[k];
        }
        tail_mean_.resize(width_ + 1);
        tail_squares_.resize(width_ + 1);
    }
}

void RollingBands::after_each(std::span<const double> values, double* mean, double* stddev) {
    const std::size_t n = values.size();
    if (n == 0) return;
    prepare(n);
    const double* x = values.data();
    const double* inverse = inverse_.data();

    // The first block has no tail before it.
    const std::size_t first = std::min(n, width_);
    Run growing(x[0], inverse);
    for (std::size_t k = 0; k < first; ++k) {
        double squares = 0;
        growing.add(x[k], k, mean[k], squares);
        stddev[k] = k == 0 ? undefined : std::sqrt(squares * inverse[k]);
    }

    const double divisor = width_ > 1 ? 1 / static_cast<double>(width_ - 1) : undefined;
    std::size_t since_interrupt = 0;
    for (std::size_t start = width_; start < n; start += width_) {
        since_interrupt += width_;
        if (since_interrupt >= interrupt_distance) {
            poll_interrupt();
            since_interrupt = 0;
        }
        const std::size_t heads = std::min(width_, n - start);
        const double* block = x + start;
        Run head(block[0], inverse);
        Run tail(block[-1], inverse);
        // Two runs side by side: the processor works on one while the other waits.
        const std::size_t both = std::min(heads, width_ - 1);
        double* tail_mean = tail_mean_.data() + width_ - 1;
        double* tail_squares = tail_squares_.data() + width_ - 1;
        std::size_t k = 0;
        for (; k < both; ++k) {
            head.add(block[k], k, head_mean_[k + 1], head_squares_[k + 1]);
            tail.add(*(block - 1 - k), k, *(tail_mean - k), *(tail_squares - k));
        }
        for (std::size_t j = k; j < heads; ++j) {
            head.add(block[j], j, head_mean_[j + 1], head_squares_[j + 1]);
        }
        for (std::size_t j = k; j < width_ - 1; ++j) {
            tail.add(*(block - 1 - j), j, *(tail_mean - j), *(tail_squares - j));
        }

        // Chan's merge; a head of `width` values has no tail, which share 1 and cross 0 say.
        const auto head_mean = array(head_mean_.data() + 1, heads);
        const auto head_squares = array(head_squares_.data() + 1, heads);
        const auto tails_mean = array(tail_mean_.data() + 1, heads);
        const auto tails_squares = array(tail_squares_.data() + 1, heads);
        const auto share = array(share_.data() + 1, heads);
        const auto cross = array(cross_.data() + 1, heads);
        const auto difference = head_mean - tails_mean;
        array(mean + start, heads) = tails_mean + difference * share;
        array(stddev + start, heads) =
            ((head_squares + tails_squares + difference * (difference * cross)) * divisor).sqrt();
    }
}

void RollingBands::compute(std::span<const double> values, OwnRow own_row, std::span<double> mean,
                           std::span<double> stddev) {
    const std::size_t n = values.size();
    if (n == 0) return;
    std::size_t dense = 0;
    while (dense < n && admitted(values[dense])) {
        ++dense;
    }
    if (dense == n) {
        if (own_row == OwnRow::included) {
            after_each(values, mean.data(), stddev.data());
        } else {
            mean[0] = stddev[0] = undefined;
            after_each(values.first(n - 1), mean.data() + 1, stddev.data() + 1);
        }
        return;
    }

    dense_.clear();
    for (const double value : values) {
        if (admitted(value)) dense_.push_back(value);
    }
    dense_mean_.resize(dense_.size() + 1);
    dense_stddev_.resize(dense_.size() + 1);
    dense_mean_[0] = dense_stddev_[0] = undefined;
    after_each(dense_, dense_mean_.data() + 1, dense_stddev_.data() + 1);
    std::size_t before = 0;
    for (std::size_t i = 0; i < n; ++i) {
        const std::size_t upto = before + (admitted(values[i]) ? 1 : 0);
        const std::size_t at = own_row == OwnRow::included ? upto : before;
        mean[i] = dense_mean_[at];
        stddev[i] = dense_stddev_[at];
        before = upto;
    }
}

} // namespace recon::series
