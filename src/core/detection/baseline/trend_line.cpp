#include "core/detection/baseline/trend_line.hpp"

#include <algorithm>
#include <cmath>

#include "core/detection/baseline/baseline_table.hpp"

namespace recon::breaks {

namespace {

constexpr std::size_t exact_up_to = 16; // rows: all pairs, fitted at every row

bool consistent(const BaselineWindow& window) noexcept {
    const auto n = static_cast<double>(window.size());
    if (window.size() < smallest_trend) return false;
    const auto rising = static_cast<double>(std::llabs(window.rising_pairs()));
    if (rising == n * (n - 1) / 2) return true;
    // Variance of S without ties (Kendall 1975); ties only make it smaller.
    const double variance = n * (n - 1) * (2 * n + 5) / 18;
    return rising * rising > 2.6 * 2.6 * variance;
}

} // namespace

void TrendLine::start(std::size_t capacity) {
    forget();
    residuals_.start(capacity);
}

void TrendLine::forget() noexcept {
    active_ = false;
    slope_ = 0;
    origin_ = 0;
    next_fit_ = 0;
    residuals_.clear();
    median_slope_.forget();
}

void TrendLine::before_push(const BaselineWindow& window, std::uint64_t index, double value) {
    if (!active_) return;
    const double residual = value - rise_at(index);
    const std::size_t n = window.size();
    if (n < window.capacity()) {
        residuals_.insert(residuals_.place(residual), residual);
    } else {
        const double leaving = window.at(0) - rise_at(index - n);
        residuals_.replace(residuals_.places(leaving, residual), residual);
    }
}

void TrendLine::after_push(const BaselineWindow& window, std::uint64_t index) {
    if (!consistent(window)) {
        active_ = false;
        return;
    }
    if (active_ && index < next_fit_) return;
    fit(window, index);
}

void TrendLine::fit(const BaselineWindow& window, std::uint64_t index) {
    const std::size_t n = window.size();
    const std::size_t nearest = n <= exact_up_to ? 1 : n / 2;
    slope_ = median_slope_.of(window.values(), nearest);
    origin_ = index;
    next_fit_ = index + (n <= exact_up_to ? 1 : n / 4);
    active_ = true;
    measure(window, index);
}

void TrendLine::measure(const BaselineWindow& window, std::uint64_t index) {
    const auto values = window.values();
    const std::size_t n = values.size();
    residuals_.assign(n, [&](std::size_t i) { return values[i] - rise_at(index - n + i); });
}

void TrendLine::serialize(ByteWriter& writer) const {
    writer.put(active_);
    if (!active_) return;
    writer.put(slope_);
    writer.put(origin_);
    writer.put(next_fit_);
}

void TrendLine::deserialize(ByteReader& reader, const BaselineWindow& window, std::uint64_t index) {
    forget();
    active_ = reader.get<bool>();
    if (!active_) return;
    slope_ = reader.get<double>();
    origin_ = reader.get<std::uint64_t>();
    next_fit_ = reader.get<std::uint64_t>();
    if (!std::isfinite(slope_) || origin_ > index) reader.refuse("a trend line is out of range");
    measure(window, index);
}

} // namespace recon::breaks
