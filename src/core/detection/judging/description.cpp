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

} // namespace

void describe(const KeyState& state, const Candidate& c, double value, Finding& f) {
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

    const auto frequency_at = static_cast<std::size_t>(Detector::frequency);
    const bool in_line = !((std::isnan(c.in_line_ln_p) ? c.ln_p : c.in_line_ln_p) < ln_in_line);
    const bool by_frequency = f.detector_ln_p[frequency_at] < ln_in_line &&
                              (in_line || f.share[frequency_at] > f.share[0]);
    if (by_frequency) {
        const auto recent =
            static_cast<std::uint32_t>(std::min<std::uint64_t>(state.rate().rows, rate_rows - 1));
        const std::uint64_t mask = (std::uint64_t{1} << recent) - 1;
        f.episodes =
            1 + static_cast<std::uint32_t>(std::popcount(state.rate().recent_events & mask));
    } else {
        f.episodes = static_cast<std::uint32_t>(past.episodes());
    }

    if (c.how == Explanation::nothing) {
        f.pattern = by_frequency ? Pattern::frequency : Pattern::no_pattern;
        return;
    }
    if (c.how == Explanation::peers) {
        f.pattern = Pattern::new_key;
        return;
    }
    if (c.how == Explanation::reversal) {
        f.pattern = Pattern::reversal;
        f.since = past.last_move_date();
        f.runner_up = Pattern::in_line;
        return;
    }
    if (c.how == Explanation::ongoing) f.since = past.run().since;

    // What fits, in order of precedence: the first is the pattern, the second the runner-up.
    std::array<Pattern, pattern_count> fitting{};
    std::size_t count = 0;
    const auto fits = [&](Pattern pattern) { fitting[count++] = pattern; };

    const double deviation = value - b.expected;
    const double limit = b.off_limit;
    if (in_line) {
        if (by_frequency) fits(Pattern::frequency);
        if (c.how == Explanation::trend) {
            fits(Pattern::consistent_change);
        } else if (c.how == Explanation::season) {
            fits(Pattern::seasonal);
        } else if (c.how != Explanation::peers_season &&
                   ((b.n >= 3 && c.noise > 0) || std::fabs(deviation) <= c.noise)) {
            fits(Pattern::in_line);
        } else {
            fits(Pattern::no_pattern);
        }
    } else {
        const std::size_t n = b.n;
        const double previous = past.previous();
        const double move = value - previous;
        // Steps in one direction, none of them most of the way.
        std::size_t steps = 0;
        double largest = std::fabs(move);
        double later = value;
        for (std::size_t i = 0; i < std::min<std::size_t>(n, 8); ++i) {
            const double earlier = past.window().at(n - 1 - i);
            const double step = later - earlier;
            if (!(step * deviation > 0)) break;
            largest = std::max(largest, std::fabs(step));
            ++steps;
            later = earlier;
        }
        const bool gradual = c.moving || (steps >= 3 && largest <= 0.6 * std::fabs(deviation));
        const bool quiet_before = past.run().length == 0;
        const bool standing = std::fabs(b.level) > std::max(past.tolerance(), 3 * c.noise);
        const bool falls = standing && std::fabs(value) < std::fabs(b.expected);
        if (quiet_before && !gradual && !falls) fits(Pattern::spike);
        if (quiet_before && !gradual && falls && n >= 3) fits(Pattern::sudden_drop);
        if (gradual) fits(Pattern::gradual_deviation);
        fits(Pattern::inconsistent_variation);
        if (by_frequency) {
            // It carries more of the verdict than the size does.
            std::copy_backward(fitting.begin(),
                               fitting.begin() + static_cast<std::ptrdiff_t>(count),
                               fitting.begin() + static_cast<std::ptrdiff_t>(count) + 1);
            fitting[0] = Pattern::frequency;
            ++count;
        }
    }
    f.pattern = fitting[0];
    if (count > 1) f.runner_up = fitting[1];
    if (in_line && count == 1 && std::fabs(deviation) > limit) {
        f.runner_up = Pattern::inconsistent_variation; // but for the explanation
    } else if (in_line && count == 1 && f.pattern == Pattern::consistent_change) {
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
