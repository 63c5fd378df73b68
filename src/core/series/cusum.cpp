#include "core/series/cusum.hpp"

#include <algorithm>
#include <cmath>

#include "core/series/admitted.hpp"
#include "core/series/option_range.hpp"

namespace recon::series {

namespace {

constexpr std::uint8_t format = 1;

bool is_target(double target) noexcept {
    return admitted(target);
}
bool is_allowance(double allowance) noexcept {
    return allowance >= 0 && admitted(allowance);
}
bool is_threshold(double threshold) noexcept {
    return threshold > 0 && admitted(threshold);
}

} // namespace

Cusum::Cusum(const Options& options) : options_(options) {
    require_option(is_target(options.target), "target of a CUSUM", options.target,
                   "a finite number");
    require_option(is_allowance(options.allowance), "allowance of a CUSUM", options.allowance,
                   "a finite number, and not negative");
    require_option(is_threshold(options.threshold), "threshold of a CUSUM", options.threshold,
                   "a positive number");
}

int Cusum::add(double x) noexcept {
    if (!admitted(x)) return 0;
    ++count_;
    if (restart_high_) high_ = 0;
    if (restart_low_) low_ = 0;
    const double difference = x - options_.target;
    high_ = std::max(0.0, high_ + (difference - options_.allowance));
    low_ = std::max(0.0, low_ + (-difference - options_.allowance));
    high_run_ = high_ > 0 ? (restart_high_ ? 0 : high_run_) + 1 : 0;
    low_run_ = low_ > 0 ? (restart_low_ ? 0 : low_run_) + 1 : 0;
    const bool above = high_ > options_.threshold;
    const bool below = low_ > options_.threshold;
    restart_high_ = options_.restarts && above;
    restart_low_ = options_.restarts && below;
    if (above && below) return high_ >= low_ ? 1 : -1;
    return above ? 1 : below ? -1 : 0;
}

void Cusum::serialize(ByteWriter& writer) const {
    writer.put(format);
    for (const double value :
         {options_.target, options_.allowance, options_.threshold, high_, low_}) {
        writer.put(value);
    }
    for (const auto counter : {count_, high_run_, low_run_}) {
        writer.put(counter);
    }
    for (const bool flag : {options_.restarts, restart_high_, restart_low_}) {
        writer.put(flag);
    }
}

Cusum Cusum::deserialize(ByteReader& reader) {
    if (reader.get<std::uint8_t>() != format) reader.refuse("its format is not known");
    Options options;
    for (auto* value : {&options.target, &options.allowance, &options.threshold}) {
        *value = reader.get<double>();
    }
    if (!is_target(options.target) || !is_allowance(options.allowance) ||
        !is_threshold(options.threshold)) {
        reader.refuse("an option of a CUSUM is out of range");
    }
    const auto high = reader.get<double>();
    const auto low = reader.get<double>();
    if (!(high >= 0 && low >= 0)) reader.refuse("a sum of a CUSUM is negative or not a number");
    const auto count = reader.get<std::int64_t>();
    const auto high_run = reader.get<std::int64_t>();
    const auto low_run = reader.get<std::int64_t>();
    if (high_run < 0 || low_run < 0 || high_run > count || low_run > count ||
        count > largest_count) {
        reader.refuse("a count is out of range");
    }
    options.restarts = reader.get<bool>();
    Cusum cusum(options);
    cusum.high_ = high;
    cusum.low_ = low;
    cusum.count_ = count;
    cusum.high_run_ = high_run;
    cusum.low_run_ = low_run;
    cusum.restart_high_ = reader.get<bool>();
    cusum.restart_low_ = reader.get<bool>();
    if (!options.restarts && (cusum.restart_high_ || cusum.restart_low_)) {
        reader.refuse("a CUSUM that does not restart is about to");
    }
    return cusum;
}

} // namespace recon::series
