#include "core/series/moments.hpp"

#include <algorithm>
#include <cmath>

#include "core/series/admitted.hpp"

namespace recon::series {

namespace {
constexpr double undefined = std::numeric_limits<double>::quiet_NaN();
} // namespace

void Moments::add(double x) noexcept {
    if (!admitted(x)) {
        ++non_finite_;
        return;
    }
    minimum_ = std::min(minimum_, x);
    maximum_ = std::max(maximum_, x);
    if (count_ == 0) { // its distance to a mean of nothing must not enter the higher moments
        count_ = 1;
        mean_ = x;
        return;
    }
    const auto before = static_cast<double>(count_);
    ++count_;
    const auto n = static_cast<double>(count_);
    const double delta = x - mean_;
    const double step = delta / n;
    const double step2 = step * step;
    const double term = delta * (step * before);
    mean_ += step;
    m4_ += term * step2 * (n * n - 3 * n + 3) + 6 * step2 * m2_ - 4 * step * m3_;
    m3_ += term * step * (n - 2) - 3 * step * m2_;
    m2_ += term;
}

void Moments::merge(const Moments& other) noexcept {
    nulls_ += other.nulls_;
    non_finite_ += other.non_finite_;
    if (other.count_ == 0) return;
    if (count_ == 0) { // not by the formula: a copy is exact
        const auto nulls = nulls_;
        const auto non_finite = non_finite_;
        *this = other;
        nulls_ = nulls;
        non_finite_ = non_finite;
        return;
    }
    const auto na = static_cast<double>(count_);
    const auto nb = static_cast<double>(other.count_);
    const double n = na + nb;
    const double delta = other.mean_ - mean_;
    const double delta_n = delta / n;
    const double delta_n2 = delta_n * delta_n;
    m4_ += other.m4_ + delta * delta_n * delta_n2 * na * nb * (na * na - na * nb + nb * nb) +
           6 * delta_n2 * (na * na * other.m2_ + nb * nb * m2_) +
           4 * delta_n * (na * other.m3_ - nb * m3_);
    m3_ += other.m3_ + delta * delta_n2 * na * nb * (na - nb) +
           3 * delta_n * (na * other.m2_ - nb * m2_);
    m2_ += other.m2_ + delta * delta_n * na * nb;
    mean_ += delta_n * nb;
    count_ += other.count_;
    minimum_ = std::min(minimum_, other.minimum_);
    maximum_ = std::max(maximum_, other.maximum_);
}

double Moments::mean() const noexcept {
    return count_ > 0 ? mean_ : undefined;
}

double Moments::variance() const noexcept {
    return count_ > 1 ? m2_ / static_cast<double>(count_ - 1) : undefined;
}

double Moments::stddev() const noexcept {
    return std::sqrt(variance());
}

double Moments::skewness() const noexcept {
    if (count_ < 2 || m2_ <= 0 || std::isinf(m2_)) return undefined;
    return std::sqrt(static_cast<double>(count_)) * m3_ / std::pow(m2_, 1.5);
}

double Moments::kurtosis() const noexcept {
    if (count_ < 2 || m2_ <= 0 || std::isinf(m2_)) return undefined;
    return static_cast<double>(count_) * m4_ / (m2_ * m2_) - 3.0;
}

double Moments::minimum() const noexcept {
    return count_ > 0 ? minimum_ : undefined;
}
double Moments::maximum() const noexcept {
    return count_ > 0 ? maximum_ : undefined;
}

void Moments::serialize(ByteWriter& writer) const {
    for (const auto counter : {count_, nulls_, non_finite_}) {
        writer.put(counter);
    }
    for (const double value : {mean_, m2_, m3_, m4_, minimum_, maximum_}) {
        writer.put(value);
    }
}

Moments Moments::deserialize(ByteReader& reader) {
    Moments moments;
    for (auto* counter : {&moments.count_, &moments.nulls_, &moments.non_finite_}) {
        *counter = reader.get<std::int64_t>();
        if (*counter < 0 || *counter > largest_count) reader.refuse("a count is out of range");
    }
    for (auto* value : {&moments.mean_, &moments.m2_, &moments.m3_, &moments.m4_, &moments.minimum_,
                        &moments.maximum_}) {
        *value = reader.get<double>();
    }
    // The third and fourth sums may have left the range of double, and then be anything.
    if (!(moments.m2_ >= 0)) reader.refuse("a sum of squares is negative or not a number");
    if (moments.count_ == 0) {
        if (moments.mean_ != 0 || moments.m2_ != 0 || moments.m3_ != 0 || moments.m4_ != 0 ||
            moments.minimum_ != Moments{}.minimum_ || moments.maximum_ != Moments{}.maximum_) {
            reader.refuse("moments of no values are not empty");
        }
    } else if (!admitted(moments.minimum_) || !admitted(moments.maximum_) ||
               !std::isfinite(moments.mean_) || moments.minimum_ > moments.maximum_) {
        reader.refuse("a mean or an extreme is out of range");
    }
    return moments;
}

} // namespace recon::series
