#include "core/detection/baseline/slow_change.hpp"

#include <algorithm>
#include <bit>
#include <limits>

namespace recon::breaks {

namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr std::size_t spread_rows = 12; // that a spread is measured over

// The rows of late and the judged one, in one piece.
class Recent {
  public:
    Recent(std::span<const double> rows, double value, std::size_t most) {
        const auto used = rows.last(std::min(rows.size(), most - 1));
        std::copy(used.begin(), used.end(), values_.begin());
        values_[used.size()] = value;
        size_ = used.size() + 1;
    }
    [[nodiscard]] std::span<const double> values() const noexcept {
        return std::span(values_).first(size_);
    }

  private:
    std::array<double, SlowChange::stretch> values_{};
    std::size_t size_ = 0;
};

void write(ByteWriter& writer, const EarlierBaseline& baseline) {
    writer.put(baseline.known());
    if (!baseline.known()) return;
    for (const double figure : {baseline.level, baseline.noise, baseline.rows, baseline.df})
        writer.put(figure);
    writer.put(baseline.date);
}

EarlierBaseline read(ByteReader& reader) {
    EarlierBaseline baseline;
    if (!reader.get<bool>()) return baseline;
    for (double* figure : {&baseline.level, &baseline.noise, &baseline.rows, &baseline.df}) {
        *figure = reader.get<double>();
        if (!std::isfinite(*figure)) reader.refuse("a remembered figure is not finite");
    }
    baseline.date = reader.get<std::int32_t>();
    if (!(baseline.noise > 0) || !(baseline.rows >= 1) || !(baseline.df > 0)) {
        reader.refuse("a remembered figure is out of range");
    }
    return baseline;
}

} // namespace

void SlowChange::remember(const EarlierBaseline& baseline) noexcept {
    compare_with(next_);
    next_ = baseline;
    rows_ = 0;
}

void SlowChange::rest(std::size_t rows) noexcept {
    forget();
    resting_ = static_cast<std::uint32_t>(rows);
}

evidence::EarlierLevel SlowChange::level(const SlowPrior& usual) const noexcept {
    // The median of n normal values is worth the mean of 2n / pi.
    return {before_.level, before_.noise * usual.drift_widening, before_.rows * 0.6366197723675814,
            1 / (1 / before_.df + 1 / usual.drift_df)};
}

evidence::Drift SlowChange::drift(std::span<const double> recent, double value,
                                  const SlowPrior& usual) const {
    return evidence::drift(level(usual), Recent(recent, value, stretch).values());
}

evidence::Volatility SlowChange::volatility(std::span<const double> recent, double value,
                                            const SlowPrior& usual) const {
    return evidence::volatility(before_.noise * usual.volatility_widening,
                                std::min(before_.df, usual.volatility_df),
                                Recent(recent, value, stretch).values());
}

SlowResidual SlowChange::residual(std::span<const double> recent, double value) const {
    const Recent rows(recent, value, spread_rows);
    const auto known = level({1, infinite, 1, infinite});
    double sum = 0;
    for (const double row : rows.values())
        sum += std::clamp(standard(row), -largest, largest);
    const auto n = static_cast<double>(rows.values().size());
    const double deviation = std::sqrt(1 / n + 1 / known.kappa);
    const double spread = evidence::volatility(known.sigma, known.df, rows.values()).spread;
    return {static_cast<float>(std::fabs(sum) / n / deviation), static_cast<float>(known.df),
            static_cast<float>(std::log(spread / known.sigma))};
}

void SlowChange::serialize(ByteWriter& writer) const {
    write(writer, before_);
    write(writer, next_);
    writer.put(rows_);
    writer.put(resting_);
    if (!before_.known()) return;
    writer.put(sums_.up);
    writer.put(sums_.down);
    writer.put(sums_.far);
}

void SlowChange::deserialize(ByteReader& reader) {
    forget();
    compare_with(read(reader));
    next_ = read(reader);
    if (before_.known() && !next_.known()) reader.refuse("a remembered figure is missing");
    rows_ = reader.get<std::uint32_t>();
    resting_ = reader.get<std::uint32_t>();
    if (!before_.known()) return;
    sums_.up = reader.get<double>();
    sums_.down = reader.get<double>();
    sums_.far = reader.get<std::uint32_t>();
    if (!(sums_.up >= 0) || !(sums_.down >= 0) || !std::isfinite(sums_.up + sums_.down) ||
        sums_.far > Sums::all_far) {
        reader.refuse("a remembered sum is out of range");
    }
    sums_.far_count = static_cast<std::uint32_t>(std::popcount(sums_.far));
}

} // namespace recon::breaks
