#include "core/detection/baseline/measure_state.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/detection/baseline/robust_baseline.hpp"

namespace recon::breaks {

namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();
constexpr double infinite = std::numeric_limits<double>::infinity();

// A row lies off its baseline beyond the two-sided .005 point of what noise does.
constexpr double off_score = 2.807;

// With few rows the spread is known so badly that the point lies far out; a row so many standard
// deviations off is looked at as the possible beginning of another level all the same.
constexpr double farthest_off_limit = 6;

// Three rows agree on a new level where their range is one that three rows of pure noise exceed in
// one case in 75. The rows of an item lie together within the range that as many rows of noise
// exceed in one case in 1000 (Harter 1960, Annals of Mathematical Statistics 31).
constexpr double agreeing_range = 4;
constexpr std::array<double, 13> one_item_range = {0,    0,    4.65, 5.06, 5.31, 5.48, 5.62,
                                                   5.73, 5.82, 5.90, 5.97, 6.04, 6.09};
constexpr std::uint32_t rows_of_new_level = 3;

// A line is a better account of the last rows than a step where it leaves so many noise variances
// less of their squares.
constexpr double moving_evidence = 2;

// The baseline that was left is remembered for so many rows.
constexpr std::uint32_t left_remembered = 16;

// From so many rows on a key is quiet although some of them lie beyond the tolerance.
constexpr std::size_t enough_to_be_quiet = 8;

// The noise of the level before is remembered with at most this many degrees of freedom, and until
// the new level has this many rows.
constexpr double largest_kept_df = 20;
constexpr std::uint32_t noise_kept_until = 16;

// The off limit in standard deviations, for the lengths of history that occur all the time.
struct OffLimits {
    static constexpr std::size_t largest = 64;
    std::array<double, largest + 1> level{};
    std::array<double, largest + 1> trend{};
    OffLimits() {
        for (std::size_t n = 1; n <= largest; ++n) {
            level[n] = student_value(off_score, level_exactness(n).tail_df);
            if (n >= smallest_trend) {
                trend[n] = student_value(off_score, trend_exactness(n).tail_df);
            }
        }
    }
};

double off_limit_of(bool trend, std::size_t n, double tail_df, bool kept) {
    static const OffLimits limits;
    if (kept || n > OffLimits::largest) {
        return std::min(farthest_off_limit, student_value(off_score, tail_df));
    }
    return std::min(farthest_off_limit, trend ? limits.trend[n] : limits.level[n]);
}

} // namespace

double student_value(double score, double df) noexcept {
    if (!(df > 0)) return infinite;
    if (df == infinite) return score;
    const double factor = (8 * df + 1) / (8 * df + 3);
    const double root = score / factor;
    return std::sqrt(df * std::expm1(root * root / df));
}

void MeasureState::start(std::size_t window, double tolerance) {
    tolerance_ = tolerance;
    window_.start(window);
    trend_.start(window);
    index_ = 0;
    admitted_ = 0;
    kept_variance_ = 0;
    kept_df_ = 0;
    previous_ = missing;
    last_move_ = 0;
    last_move_from_ = 0;
    last_move_date_ = 0;
    last_move_left_level_ = false;
    previous_off_ = false;
    level_since_ = 0;
    level_is_new_ = false;
    run_ = OffRun{};
    left_ = LeftBaseline{};
    origin_ = LeftBaseline{};
    recent_.fill(0);
    in_episode_ = false;
    episode_peak_ = 0;
    counts_ = EpisodeCounts{};
    episodes_ = 0;
    slots_.clear();
    slow_.forget();
    refresh();
}

void MeasureState::refresh() {
    Baseline& b = baseline_;
    const auto sorted = window_.sorted();
    const std::size_t n = sorted.size();
    b.n = static_cast<std::uint32_t>(n);
    b.trend = false;
    b.slope = 0;
    if (n == 0) {
        spread_is_due_ = false;
        b = Baseline{};
        b.level = missing;
        b.expected = missing;
        b.off_limit = infinite;
        off_limit_plain_ = infinite;
        noise_ = tolerance_;
        return;
    }
    b.level = median_of_sorted(sorted);
    b.expected = b.level;
    spread_is_due_ = true;
    if (trend_.active()) measure_spread(); // decides between level and trend
}

void MeasureState::measure_spread() const noexcept {
    spread_is_due_ = false;
    Baseline& b = baseline_;
    const auto sorted = window_.sorted();
    const std::size_t n = sorted.size();
    double deviation = median_deviation_of_sorted(sorted, b.level);
    auto numbers = sorted;
    double center = b.level;
    if (trend_.active()) {
        const auto residuals = trend_.residuals();
        const double middle = median_of_sorted(residuals);
        const double left = median_deviation_of_sorted(residuals, middle);
        // Short histories must show a line clearly: noise can rise four times in a row.
        if (left < (n < 6 ? 0.5 : 1.0) * deviation) {
            b.trend = true;
            b.slope = trend_.slope();
            deviation = left;
            numbers = residuals;
            center = middle;
            b.expected = middle + trend_.rise_at(index_);
        }
    }
    const BaselineExactness exactness = b.trend ? trend_exactness(n) : level_exactness(n);
    double spread = winsorized_spread(numbers, center, deviation, tolerance_);
    spread *= exactness.correction;
    b.constant = !b.trend && sorted.front() == sorted.back();
    b.df = exactness.df;
    b.tail_df = exactness.tail_df;
    b.variance = spread * spread;
    const bool kept = kept_df_ > 0;
    if (kept) {
        b.variance = (kept_df_ * kept_variance_ + b.df * b.variance) / (kept_df_ + b.df);
        b.df += kept_df_;
        b.tail_df += kept_df_;
    }
    b.spread = 1 + exactness.spread_factor / static_cast<double>(n);
    const double floor = tolerance_ * tolerance_;
    b.quiet = n >= 3 && (b.variance <= floor ||
                         (n >= enough_to_be_quiet && 1.4826 * deviation <= tolerance_));
    const double noise = std::sqrt(std::max(b.variance, floor));
    noise_ = noise;
    const double widening = std::sqrt(b.spread);
    b.unit = noise * widening;
    if (n < 3) {
        b.off_limit = infinite;
        off_limit_plain_ = infinite;
        return;
    }
    const double limit = off_limit_of(b.trend, n, b.tail_df, kept);
    off_limit_plain_ = limit * noise;
    b.off_limit = off_limit_plain_ * widening;
}

bool MeasureState::surely_near(double value) const noexcept {
    if (!spread_is_due_ || kept_df_ > 0) return false;
    const auto sorted = window_.sorted();
    const std::size_t n = sorted.size();
    if (n < enough_to_be_quiet) return false;
    // More than half of the rows lie at least as far from the level as the nearer of the quartiles,
    // hence so does the median deviation; and half of the squares are at least its square, hence
    // the winsorized spread is at least .707 of it.
    const double quartile =
        std::min(baseline_.level - sorted[n / 4], sorted[n - 1 - n / 4] - baseline_.level);
    const BaselineExactness exactness = level_exactness(n);
    const double least = std::max(0.7 * exactness.correction * quartile, tolerance_);
    const double limit = 0.999 * off_limit_of(false, n, exactness.tail_df, false) * least;
    // Where squares neither overflow nor vanish.
    return limit > 1e-150 && limit < 1e150 && std::fabs(value - baseline_.level) <= limit &&
           std::fabs(value - previous_) <= 1.414 * limit;
}

bool MeasureState::well_within(double value, double deviations) const noexcept {
    const auto sorted = window_.sorted();
    const std::size_t n = sorted.size();
    // With few rows, or a baseline lately left, the whole judgement is needed.
    if (n < enough_to_be_quiet || origin().known()) return false;
    // With a line the spread is measured after every row.
    if (trend_.active()) return std::fabs(value - baseline_.expected) <= deviations * noise_;
    constexpr double quartile_of_noise = 0.6745;
    const double quartile =
        std::min(baseline_.level - sorted[n / 4], sorted[n - 1 - n / 4] - baseline_.level);
    return std::fabs(value - baseline_.level) <=
           deviations * std::max(quartile / quartile_of_noise, tolerance_);
}

MeasureState::Item MeasureState::item(double deviation) const {
    const std::size_t length = std::min<std::size_t>(run_.length, OffRun::longest);
    const std::size_t n = window_.size();
    std::array<double, OffRun::longest> values{}; // the newest first
    Item item{0, 0, 0};
    double low = infinite;
    double high = -infinite;
    double expected = left_.expected();
    for (; item.rows < length; ++item.rows) {
        const double value = window_.at(n - 1 - item.rows);
        low = std::min(low, value);
        high = std::max(high, value);
        if (high - low > one_item_range[item.rows + 1] * deviation) break;
        values[item.rows] = value;
        expected -= left_.baseline.slope;
        item.farthest = std::max(item.farthest, std::fabs(value - expected));
    }
    const auto used = std::span(values).first(item.rows);
    sort_few(used);
    item.center = median_of_sorted(used);
    return item;
}

bool MeasureState::moving_away(double value, double noise) const noexcept {
    constexpr std::size_t longest = kept_recent + 1;
    std::array<double, longest> off{}; // from the baseline that was left, the newest last
    const std::size_t earlier =
        static_cast<std::size_t>(std::min<std::uint64_t>(kept_recent, admitted_));
    const std::size_t rows = earlier + 1;
    const Baseline& from = origin().baseline;
    const double expected = origin().expected();
    off[earlier] = value - expected;
    for (std::size_t age = 1; age <= earlier; ++age) {
        off[earlier - age] = recent_[(admitted_ - age) % kept_recent] -
                             (expected - from.slope * static_cast<double>(age));
    }
    // What a step before row s takes off the sum of squares, and a line that begins to rise there.
    double step = 0;
    double line = 0;
    double sum = 0;       // of the rows from s on
    double sum_lines = 0; // of (i - s + 1) off_i
    double squares = 0;   // of 1 .. number of rows
    for (std::size_t s = rows; s-- > 0;) {
        sum += off[s];
        sum_lines += sum;
        const auto n = static_cast<double>(rows - s);
        squares += n * n;
        step = std::max(step, sum * sum / n);
        // A rise of three rows at least: two rows cannot tell a line from a step.
        if (rows - s >= 3) line = std::max(line, sum_lines * sum_lines / squares);
    }
    return line - step > moving_evidence * noise * noise;
}

bool MeasureState::moves(double value) const noexcept {
    if (surely_near(value)) return false;
    return std::fabs(value - baseline().expected) > baseline_.off_limit &&
           std::fabs(value - previous_) > move_limit();
}

bool MeasureState::run_agrees() const {
    if (run_.length < rows_of_new_level || run_.same_side < rows_of_new_level) return false;
    const std::size_t n = window_.size();
    if (n < rows_of_new_level) return false;
    const double a = window_.at(n - 3);
    const double b = window_.at(n - 2);
    const double c = window_.at(n - 1);
    const double range = std::max({a, b, c}) - std::min({a, b, c});
    if (range > agreeing_range * run_.deviation) return false;
    // Rows that keep moving away are on the move still: a drift has not arrived at a level.
    const bool moving_away = run_.above ? (a < b && b < c) : (a > b && b > c);
    return !(moving_away && range > 1.5 * run_.deviation);
}

void MeasureState::begin_level(std::size_t rows, bool keep_noise) {
    if (keep_noise) {
        kept_variance_ = left_.baseline.variance;
        kept_df_ = std::min(left_.baseline.df, largest_kept_df);
    } else {
        kept_variance_ = 0;
        kept_df_ = 0;
    }
    window_.keep_newest(rows);
    index_ = window_.size();
    trend_.forget();
    trend_.after_push(window_, index_);
    level_since_ = run_.since;
    level_is_new_ = true;
    previous_off_ = false;
    run_ = OffRun{};
    slow_.forget();
}

bool MeasureState::quiet_at_match() const noexcept {
    if (baseline_.n == 0 || std::fabs(baseline_.level) > tolerance_) return false;
    // One or two rows: as long as nothing says otherwise.
    return baseline_.n < 3 ? std::fabs(previous_) <= tolerance_ : baseline().quiet;
}

void MeasureState::follow_episode(double value, bool is_break) {
    const bool beyond = is_break && std::fabs(value) > tolerance_;
    // Four billion rows are as good as more: none of these counts is ever more than its whole.
    const auto count = [](std::uint32_t& rows) {
        if (rows < std::numeric_limits<std::uint32_t>::max()) ++rows;
    };
    count(in_episode_ ? counts_.break_rows : counts_.quiet_rows);
    if (beyond) count(in_episode_ ? counts_.stays : counts_.openings);
    if (beyond) {
        episode_peak_ = in_episode_ ? std::max(episode_peak_, std::fabs(value)) : std::fabs(value);
        in_episode_ = true;
        return;
    }
    if (!in_episode_) return;
    in_episode_ = false;
    if (episodes_ == kept_episodes) {
        std::copy(episode_size_.begin() + 1, episode_size_.end(), episode_size_.begin());
        --episodes_;
    }
    episode_size_[episodes_++] = episode_peak_;
}

void MeasureState::follow_level(std::int32_t date, const CalendarPosition& position, double value) {
    const bool in_run = run_.length > 0;
    if (!in_run && surely_near(value)) {
        slots_.record(position, value - baseline_.expected, false);
        previous_off_ = false;
        return;
    }
    const Baseline before = baseline();
    const double residual = value - before.expected;
    // What lies off pulls at a short baseline: a run is measured by the one it left.
    const double off_by = in_run ? value - left_.expected() : residual;
    bool off = std::fabs(off_by) > (in_run ? left_.baseline.off_limit : before.off_limit);
    const bool off_level = off;
    if (off) {
        const Season fit = season(position, value);
        off = !(fit.known &&
                std::fabs(value - fit.expected) <= off_limit_plain_ * std::sqrt(fit.spread));
    }
    if (std::fabs(value - previous_) > move_limit()) {
        last_move_ = value - previous_;
        last_move_from_ = previous_;
        last_move_date_ = date;
        last_move_left_level_ = !previous_off_;
    }
    if (!off) {
        if (in_run) left_ = LeftBaseline{};
        run_ = OffRun{};
    } else {
        const bool above = off_by > 0;
        if (!in_run) {
            run_.since = date;
            run_.deviation = std::sqrt(std::max(before.variance, tolerance_ * tolerance_));
            if (left_.known() && left_.baseline.n >= LeftBaseline::of_some_standing) {
                origin_ = left_;
            }
            left_ = {before, 0};
        }
        run_.same_side = in_run && run_.above == above ? run_.same_side + 1 : 1;
        run_.above = above;
        ++run_.length;
    }
    slots_.record(position, residual, off_level);
    previous_off_ = off_level;
}

void MeasureState::admit(std::int32_t date, const CalendarPosition& position, double value,
                         bool is_break) {
    if (admitted_ == 0) level_since_ = date;
    const SlowChange::Sums sums = slow_.with(value);
    const Told told = is_break ? tell(value, sums) : Told{};
    if (baseline_.n >= 3) follow_level(date, position, value);
    if (run_.length > 0 || left_.known()) ++left_.rows;
    if (left_.rows > left_remembered && run_.length == 0) left_ = LeftBaseline{};
    if (origin_.known() && ++origin_.rows > left_remembered) origin_ = LeftBaseline{};
    follow_episode(value, is_break);

    recent_[admitted_ % kept_recent] = value;
    trend_.before_push(window_, index_, value);
    window_.push(value);
    ++index_;
    ++admitted_;
    trend_.after_push(window_, index_);
    previous_ = value;
    slow_.take(sums);
    // It is not told again as long as rows from before it make up the baseline.
    if (told.drift || told.volatility) slow_.rest(window_.capacity());
    if (run_agrees()) {
        begin_level(rows_of_new_level, true);
    } else if (run_.length >= OffRun::longest) {
        begin_level(OffRun::longest, false);
    } else if (kept_df_ > 0 && window_.size() >= noise_kept_until) {
        kept_df_ = 0;
        kept_variance_ = 0;
    }
    refresh();
    if (slow_.due() && run_.length == 0) remember_baseline(date);
}

void MeasureState::remember_baseline(std::int32_t date) {
    if (window_.size() < SlowChange::smallest) return;
    // Where a key may be rising or falling, Kendall's S being beyond 1.5 of its standard
    // deviations, the level before that is what it is held against.
    const auto n = static_cast<double>(window_.size());
    const auto rising = static_cast<double>(window_.rising_pairs());
    if (rising * rising > 1.5 * 1.5 * n * (n - 1) * (2 * n + 5) / 18) return;
    const Baseline& b = baseline();
    if (!(noise_ > 0) || !std::isfinite(noise_) || !std::isfinite(1 / noise_)) {
        slow_.forget();
        return;
    }
    slow_.remember({b.level, noise_, static_cast<double>(b.n), b.df, date});
}

MeasureState::Told MeasureState::look_closely(double value, const SlowChange::Sums& sums) const {
    const Baseline& b = baseline();
    const SlowPrior own{1, infinite, 1, infinite};
    Told told;
    if (sums.shifted()) {
        told.drift = slow_.drift(window_.values(), value, own).ln_p <= SlowChange::ln_told_drift;
    }
    // Breaks of a key that normally matches are counted, not measured (by_episodes, frequency); and
    // a step on its way to a new level is no spread, nor is a trend.
    const bool measured = slow_.before().noise > tolerance_ && !b.quiet && !b.trend;
    if (sums.wide() && measured && run_.same_side + 1 < rows_of_new_level) {
        told.volatility =
            slow_.volatility(window_.values(), value, own).ln_p <= SlowChange::ln_told_volatility;
    }
    return told;
}

MeasureState::Season MeasureState::season(const CalendarPosition& position, double value) const {
    if (spread_is_due_) measure_spread();
    Season best;
    double nearest = infinite;
    const auto consider = [&](std::size_t slot) {
        const auto deviations = slots_.deviations(slot);
        const std::size_t k = deviations.size();
        if (k < 2 || !slots_.rare_elsewhere(slot)) return;
        std::array<double, CalendarSlots::kept> sorted{};
        std::copy(deviations.begin(), deviations.end(), sorted.begin());
        const auto used = std::span(sorted).first(k);
        sort_few(used);
        // Rows of this position lie off the level together, one exception allowed from four on.
        const std::size_t exceptions = k >= 4 ? 1 : 0;
        const bool above = sorted[exceptions] > off_limit_plain_;
        const bool below = sorted[k - 1 - exceptions] < -off_limit_plain_;
        if (!above && !below) return;
        const double effect = median_of_sorted(used);
        double own = 0;
        for (const double deviation : used)
            own += (deviation - effect) * (deviation - effect);
        own /= static_cast<double>(k - 1);
        const double expected = baseline_.expected + effect;
        if (best.known && std::fabs(value - expected) >= nearest) return;
        nearest = std::fabs(value - expected);
        best.known = true;
        best.expected = expected;
        const double noise = std::max(baseline_.variance, tolerance_ * tolerance_);
        best.from_position = own > noise;
        best.variance = std::max(own, noise);
        best.df = static_cast<double>(k - 1);
        best.spread = baseline_.spread + 1.0 / static_cast<double>(k);
        best.n = static_cast<std::uint32_t>(k);
    };
    if (position.quarter_end != no_slot) consider(position.quarter_end);
    if (position.in_month != no_slot) consider(position.in_month);
    consider(position.weekday);
    return best;
}

} // namespace recon::breaks
