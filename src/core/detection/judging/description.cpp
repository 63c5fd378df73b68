#include "core/detection/judging/description.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <limits>

namespace recon::breaks {

namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();

// Is its size in line, however often the key breaks?
bool is_in_line(const Candidate& c) {
    return !((std::isnan(c.in_line_ln_p) ? c.ln_p : c.in_line_ln_p) < ln_in_line);
}

// Does the verdict lean on how often the key breaks?
bool is_by_frequency(const Candidate& c, const Finding& f) {
    const auto frequency_at = static_cast<std::size_t>(Detector::frequency);
    return f.detector_ln_p[frequency_at] < ln_in_line &&
           (is_in_line(c) || f.share[frequency_at] > f.share[0]);
}

void describe_numbers(const KeyState& state, const Candidate& c, double value, Finding& f) {
    const MeasureState& past = state.measure(c.measure);
    const Baseline& b = past.baseline();
    f.observed = value;
    f.expected = c.expected;
    const Band band = c.band.worked_out();
    f.lower = band.lower;
    f.upper = band.upper;
    f.level = b.level;
    f.scale = c.noise;
    f.slope = b.slope;
    f.previous = past.previous();
    f.low = b.n > 0 ? past.window().sorted().front() : missing;
    f.high = b.n > 0 ? past.window().sorted().back() : missing;
    f.since = past.level_since();
    f.history_n = c.n;
    f.basis = c.basis;
    f.direction = static_cast<std::int8_t>(value > c.expected ? 1 : (value < c.expected ? -1 : 0));
    if (is_by_frequency(c, f)) {
        const auto recent =
            static_cast<std::uint32_t>(std::min<std::uint64_t>(state.rate().rows, rate_rows - 1));
        const std::uint64_t mask = (std::uint64_t{1} << recent) - 1;
        f.episodes =
            1 + static_cast<std::uint32_t>(std::popcount(state.rate().recent_events & mask));
    } else {
        f.episodes = static_cast<std::uint32_t>(past.episodes());
    }
}

// The patterns that fit, in order of precedence: the first is the pattern, the second the
// runner-up.
class FittingPatterns {
  public:
    void add(Pattern pattern) { fitting_[count_++] = pattern; }
    [[nodiscard]] std::size_t count() const noexcept { return count_; }
    [[nodiscard]] Pattern operator[](std::size_t i) const noexcept { return fitting_[i]; }

  private:
    std::array<Pattern, pattern_count> fitting_{};
    std::size_t count_ = 0;
};

Pattern pattern_in_line(const Candidate& c, const Baseline& b, double deviation) {
    if (c.how == Explanation::trend) return Pattern::consistent_change;
    if (c.how == Explanation::season) return Pattern::seasonal;
    const bool is_near = (b.n >= 3 && c.noise > 0) || std::fabs(deviation) <= c.noise;
    return c.how != Explanation::peers_season && is_near ? Pattern::in_line : Pattern::no_pattern;
}

// In several steps in one direction, none of them most of the way?
bool is_gradual(const MeasureState& past, double value, double deviation) {
    const std::size_t n = past.baseline().n;
    std::size_t steps = 0;
    double largest = std::fabs(value - past.previous());
    double later = value;
    for (std::size_t i = 0; i < std::min<std::size_t>(n, 8); ++i) {
        const double earlier = past.window().at(n - 1 - i);
        const double step = later - earlier;
        if (!(step * deviation > 0)) break;
        largest = std::max(largest, std::fabs(step));
        ++steps;
        later = earlier;
    }
    return steps >= 3 && largest <= 0.6 * std::fabs(deviation);
}

void add_patterns_of_size(const MeasureState& past, const Candidate& c, double value,
                          FittingPatterns& fitting) {
    const Baseline& b = past.baseline();
    const bool gradual = c.moving || is_gradual(past, value, value - b.expected);
    const bool quiet_before = past.run().length == 0;
    const bool standing = std::fabs(b.level) > std::max(past.tolerance(), 3 * c.noise);
    const bool falls = standing && std::fabs(value) < std::fabs(b.expected);
    if (quiet_before && !gradual && !falls) fitting.add(Pattern::spike);
    if (quiet_before && !gradual && falls && b.n >= 3) fitting.add(Pattern::sudden_drop);
    if (gradual) fitting.add(Pattern::gradual_deviation);
    fitting.add(Pattern::inconsistent_variation);
}

} // namespace

void describe(const KeyState& state, const Candidate& c, double value, Finding& f) {
    describe_numbers(state, c, value, f);
    const MeasureState& past = state.measure(c.measure);
    const bool by_frequency = is_by_frequency(c, f);
    switch (c.how) {
    case Explanation::nothing:
        f.pattern = by_frequency ? Pattern::frequency : Pattern::no_pattern;
        return;
    case Explanation::peers:
        f.pattern = Pattern::new_key;
        return;
    case Explanation::reversal:
        f.pattern = Pattern::reversal;
        f.since = past.last_move_date();
        f.runner_up = Pattern::in_line;
        return;
    case Explanation::ongoing:
        f.since = past.run().since;
        break;
    default:
        break;
    }

    const Baseline& b = past.baseline();
    const double deviation = value - b.expected;
    const bool in_line = is_in_line(c);
    FittingPatterns fitting;
    if (by_frequency) fitting.add(Pattern::frequency);
    if (in_line) {
        fitting.add(pattern_in_line(c, b, deviation));
    } else {
        add_patterns_of_size(past, c, value, fitting);
    }
    f.pattern = fitting[0];
    if (fitting.count() > 1) f.runner_up = fitting[1];
    if (in_line && fitting.count() == 1 && std::fabs(deviation) > b.off_limit) {
        f.runner_up = Pattern::inconsistent_variation; // but for the explanation
    } else if (in_line && fitting.count() == 1 && f.pattern == Pattern::consistent_change) {
        f.runner_up = Pattern::in_line;
    }
}

void describe_drift(const MeasureState& past, const MeasurePopulation& usual, double value,
                    Finding& f) {
    const EarlierBaseline& before = past.slow().before();
    const auto drift = past.slow().drift(past.window().values(), value, usual.slow);
    f.runner_up = f.pattern;
    f.pattern = Pattern::gradual_deviation;
    f.expected = before.level;
    f.level = before.level;
    f.scale = before.noise;
    f.slope = 0;
    f.lower = before.level - normal_band * before.noise;
    f.upper = before.level + normal_band * before.noise;
    f.direction = static_cast<std::int8_t>(drift.direction);
    f.history_n = static_cast<std::uint32_t>(drift.rows - 1);
    f.since = before.date;
}

void describe_volatility(const MeasureState& past, const MeasurePopulation& usual, double value,
                         Finding& f) {
    const EarlierBaseline& before = past.slow().before();
    const auto wider = past.slow().volatility(past.window().values(), value, usual.slow);
    f.runner_up = f.pattern;
    f.pattern = Pattern::high_volatility;
    f.scale = wider.spread;
    f.lower = before.level - normal_band * before.noise;
    f.upper = before.level + normal_band * before.noise;
    f.history_n = static_cast<std::uint32_t>(wider.rows - 1);
    f.since = before.date;
}

} // namespace recon::breaks
