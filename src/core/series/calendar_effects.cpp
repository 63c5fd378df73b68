#include "core/series/calendar_effects.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <Eigen/Cholesky>
#include <Eigen/Core>

#include "core/series/admitted.hpp"

namespace recon::series {

namespace {

constexpr std::uint8_t format = 1;
// How many rows make an effect half believed: from a strong calendar to a weak one.
constexpr std::array<double, 3> prior_counts{2, 8, 32};
constexpr double square_limit = std::numeric_limits<double>::max();

std::size_t pair_index(std::size_t i, std::size_t j) noexcept {
    return i * (i + 1) / 2 + j;
}

} // namespace

DayClass::DayClass(const Calendar& calendar, Day day) noexcept {
    constexpr auto ends = static_cast<std::size_t>(counted_from_ends);
    const auto position = calendar.month_position(day);
    if (position.business_day) {
        if (position.from_start <= counted_from_ends) {
            apply(static_cast<std::size_t>(position.from_start - 1));
        }
        if (position.from_end <= counted_from_ends) {
            apply(ends + static_cast<std::size_t>(position.from_end - 1));
        }
    }
    apply(2 * ends + static_cast<std::size_t>(weekday(day) - 1));
    if (calendar.is_holiday(day)) apply(2 * ends + 7);
}

bool CalendarProfile::add(const DayClass& day, double deviation) noexcept {
    if (!admitted(deviation)) return false;
    ++count_;
    sum_ += deviation;
    squares_ = std::min(squares_ + deviation * deviation, square_limit);
    for (const auto* i = day.begin(); i != day.end(); ++i) {
        effect_sum_[*i] += deviation;
        for (const auto* j = day.begin(); j <= i; ++j) {
            ++together_[pair_index(*i, *j)];
        }
    }
    return true;
}

void CalendarProfile::merge(const CalendarProfile& other) noexcept {
    count_ += other.count_;
    sum_ += other.sum_;
    squares_ = std::min(squares_ + other.squares_, square_limit);
    for (std::size_t i = 0; i < together_.size(); ++i) {
        together_[i] += other.together_[i];
    }
    for (std::size_t i = 0; i < effects_; ++i) {
        effect_sum_[i] += other.effect_sum_[i];
    }
}

CalendarEffects CalendarProfile::effects() const {
    constexpr auto size = static_cast<Eigen::Index>(effects_);
    using Matrix = Eigen::Matrix<double, size, size>;
    using Vector = Eigen::Matrix<double, size, 1>;

    CalendarEffects result;
    if (count_ < 2) return result;
    // Everything around the mean: the level is not an effect, and is not shrunk.
    const auto n = static_cast<double>(count_);
    const double mean = sum_ / n;
    const double variation = squares_ - sum_ * mean;
    if (!(variation > 0)) return result;
    Vector rows;
    Vector sums;
    for (std::size_t i = 0; i < effects_; ++i) {
        const auto at = static_cast<Eigen::Index>(i);
        rows[at] = static_cast<double>(together_[pair_index(i, i)]);
        sums[at] = effect_sum_[i] - mean * rows[at];
    }
    Matrix products;
    for (std::size_t i = 0; i < effects_; ++i) {
        for (std::size_t j = 0; j <= i; ++j) {
            const auto a = static_cast<Eigen::Index>(i);
            const auto b = static_cast<Eigen::Index>(j);
            const double product =
                static_cast<double>(together_[pair_index(i, j)]) - rows[a] * rows[b] / n;
            products(a, b) = products(b, a) = product;
        }
    }

    // The error of predicting by the mean alone is the one to beat.
    const double of_the_mean = variation / n / ((1 - 1 / n) * (1 - 1 / n));
    double least = of_the_mean;
    for (const double prior : prior_counts) {
        const Matrix ridge = products + prior * Matrix::Identity();
        const Eigen::LLT<Matrix> factor(ridge);
        if (factor.info() != Eigen::Success) continue;
        const Vector effect = factor.solve(sums);
        const double left = variation - 2 * effect.dot(sums) + effect.dot(products * effect);
        // Parameters spent: the trace of the smoother, and the mean.
        const double spent = 1 + factor.solve(products).trace();
        const double error = left / n / ((1 - spent / n) * (1 - spent / n));
        if (spent < n && error < least && left >= 0 && effect.allFinite()) {
            least = error;
            std::copy(effect.begin(), effect.end(), result.effect.begin());
        }
    }
    result.explained = 1 - least / of_the_mean;
    return result;
}

void CalendarProfile::serialize(ByteWriter& writer) const {
    writer.put(format);
    writer.put(count_);
    writer.put(sum_);
    writer.put(squares_);
    for (const auto count : together_) {
        writer.put(count);
    }
    for (const auto sum : effect_sum_) {
        writer.put(sum);
    }
}

CalendarProfile CalendarProfile::deserialize(ByteReader& reader) {
    if (reader.get<std::uint8_t>() != format) reader.refuse("its format is not known");
    CalendarProfile profile;
    profile.count_ = reader.get<std::int64_t>();
    if (profile.count_ < 0 || profile.count_ > largest_count) {
        reader.refuse("a count is out of range");
    }
    profile.sum_ = reader.get<double>();
    profile.squares_ = reader.get<double>();
    if (!std::isfinite(profile.sum_) || !(profile.squares_ >= 0)) {
        reader.refuse("a sum is out of range");
    }
    for (auto& count : profile.together_) {
        count = reader.get<std::int64_t>();
        if (count < 0 || count > profile.count_) reader.refuse("a count is out of range");
    }
    for (auto& sum : profile.effect_sum_) {
        sum = reader.get<double>();
        if (!std::isfinite(sum)) reader.refuse("a sum is out of range");
    }
    return profile;
}

} // namespace recon::series
