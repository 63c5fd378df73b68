#include "core/series/ewma.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/series/admitted.hpp"
#include "core/series/option_range.hpp"

namespace recon::series {

namespace {

constexpr double undefined = std::numeric_limits<double>::quiet_NaN();
constexpr std::uint8_t format = 1;

bool is_lambda(double lambda) noexcept {
    return lambda > 0 && lambda <= 1; // false for NaN
}

// Counted from the nearer end, so that nothing is left of a level that keeps no weight.
double part_of_the_way(double from, double to, double share) noexcept {
    const double way = to - from;
    return share <= 0.5 ? from + way * share : to - way * (1 - share);
}

double checked_lambda(double lambda) {
    require_option(is_lambda(lambda), "alpha of an EWMA", lambda, "above 0 and at most 1");
    return lambda;
}

} // namespace

Ewma::Ewma(double lambda) : lambda_(checked_lambda(lambda)) {}

// The weighted form of Welford's update (West 1979), all earlier weights times 1 - lambda.
bool Ewma::add(double x) noexcept {
    if (!admitted(x)) return false;
    const double keep = 1 - lambda_;
    const double earlier = keep * weights_;
    ++count_;
    weights_ = earlier + 1;
    squared_weights_ = keep * keep * squared_weights_ + 1;
    const double delta = x - level_;
    const double share = 1 / weights_;
    level_ = part_of_the_way(level_, x, share);
    squares_ = std::min(keep * squares_ + delta * (delta * (earlier * share)),
                        std::numeric_limits<double>::max());
    return true;
}

double Ewma::level() const noexcept {
    return count_ > 0 ? level_ : undefined;
}

double Ewma::variance() const noexcept {
    if (count_ < 2) return undefined;
    const double freedom = weights_ - squared_weights_ / weights_;
    // With lambda 1 only the newest value has any weight, and one value has no variance.
    if (!(freedom > 0)) return undefined;
    return std::min(squares_ / freedom, std::numeric_limits<double>::max());
}

double Ewma::stddev() const noexcept {
    return std::sqrt(variance());
}

double Ewma::predictive_stddev() const noexcept {
    return stddev() * std::sqrt(1 + squared_weights_ / (weights_ * weights_));
}

void Ewma::serialize(ByteWriter& writer) const {
    writer.put(format);
    writer.put(count_);
    for (const double value : {lambda_, level_, squares_, weights_, squared_weights_}) {
        writer.put(value);
    }
}

Ewma Ewma::deserialize(ByteReader& reader) {
    if (reader.get<std::uint8_t>() != format) reader.refuse("its format is not known");
    const auto count = reader.get<std::int64_t>();
    const auto lambda = reader.get<double>();
    if (!is_lambda(lambda)) reader.refuse("the weight of an EWMA is out of range");
    Ewma ewma(lambda);
    ewma.count_ = count;
    for (auto* value : {&ewma.level_, &ewma.squares_, &ewma.weights_, &ewma.squared_weights_}) {
        *value = reader.get<double>();
    }
    if (count < 0 || count > largest_count) reader.refuse("a count is out of range");
    if (!admitted(ewma.level_)) reader.refuse("a level is not a finite number");
    if (!(ewma.squares_ >= 0 && std::isfinite(ewma.squares_))) {
        reader.refuse("a sum of squares is out of range");
    }
    // Sums of powers of numbers in 0 .. 1, the first of them 1.
    const bool empty = count == 0;
    const bool possible = empty ? ewma.weights_ == 0 && ewma.squared_weights_ == 0
                                : ewma.weights_ >= 1 && ewma.squared_weights_ >= 1 &&
                                      ewma.squared_weights_ <= ewma.weights_ &&
                                      ewma.weights_ <= static_cast<double>(count);
    if (!possible) reader.refuse("the weights of an EWMA are out of range");
    return ewma;
}

ControlLimits ewma_limits(double target, double sigma, double lambda, double multiple,
                          double observations) noexcept {
    const double left = std::isinf(observations) ? 0 : std::pow(1 - lambda, 2 * observations);
    const double half = multiple * sigma * std::sqrt(lambda / (2 - lambda) * (1 - left));
    return {target - half, target + half};
}

EwmaChart::EwmaChart(const Options& options) : options_(options), level_(options.target) {
    require_option(admitted(options.target), "target of an EWMA", options.target,
                   "a finite number");
    require_option(options.sigma >= 0 && admitted(options.sigma), "deviation of an EWMA",
                   options.sigma, "a finite number, and not negative");
    static_cast<void>(checked_lambda(options.lambda));
    require_option(options.multiple > 0 && admitted(options.multiple), "width of an EWMA",
                   options.multiple, "a positive number");
}

int EwmaChart::add(double x) noexcept {
    if (!admitted(x)) return 0;
    ++count_;
    level_ = part_of_the_way(level_, x, options_.lambda);
    const auto [lower, upper] = limits();
    return level_ < lower ? -1 : level_ > upper ? 1 : 0;
}

ControlLimits EwmaChart::limits() const noexcept {
    return ewma_limits(options_.target, options_.sigma, options_.lambda, options_.multiple,
                       static_cast<double>(count_));
}

void EwmaChart::serialize(ByteWriter& writer) const {
    writer.put(format);
    writer.put(count_);
    for (const double value :
         {options_.target, options_.sigma, options_.lambda, options_.multiple, level_}) {
        writer.put(value);
    }
}

EwmaChart EwmaChart::deserialize(ByteReader& reader) {
    if (reader.get<std::uint8_t>() != format) reader.refuse("its format is not known");
    const auto count = reader.get<std::int64_t>();
    if (count < 0 || count > largest_count) reader.refuse("a count is out of range");
    Options options;
    for (auto* value : {&options.target, &options.sigma, &options.lambda, &options.multiple}) {
        *value = reader.get<double>();
    }
    const auto level = reader.get<double>();
    if (!admitted(level)) reader.refuse("a level is not a finite number");
    const bool possible = admitted(options.target) && options.sigma >= 0 &&
                          admitted(options.sigma) && is_lambda(options.lambda) &&
                          options.multiple > 0 && admitted(options.multiple);
    if (!possible) reader.refuse("an option of an EWMA is out of range");
    EwmaChart chart(options);
    chart.count_ = count;
    chart.level_ = level;
    return chart;
}

} // namespace recon::series
