#include "core/detection/judging/measure_judge.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "core/detection/baseline/robust_baseline.hpp"
#include "core/detection/judging/yardstick.hpp"

namespace recon::breaks {

namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();

// A row so improbable was news when it came.
constexpr double ln_striking = -6.907755278982137; // ln .001

// Alternatives to the plain baseline are looked for below this ln p (p about .37): above it nothing
// needs explaining.
constexpr double ln_unremarkable = -1;

// A run is judged by the baseline it left where that had so many rows.
constexpr std::uint32_t enough_to_judge_by = 5;

// Is the key on its way from a baseline of some standing, in steps too many for one movement? Then
// neither an item that is known nor a level that has just begun explains the row.
bool is_moving_away(const MeasureState& past, const MeasurePopulation& usual, double value) {
    constexpr double away = 3; // standard deviations
    const LeftBaseline& origin = past.origin();
    if (!origin.known() || origin.baseline.n < LeftBaseline::of_some_standing) return false;
    const double noise = Yardstick(origin.baseline, usual, past.tolerance()).noise();
    return std::fabs(value - origin.expected()) > away * noise && past.moving_away(value, noise);
}

// A known value, and the verdict so far. Each explanation takes the verdict over where it makes the
// value likelier than those before it do.
class MeasureJudge {
  public:
    MeasureJudge(const KeyState& state, const MeasurePopulation& usual, std::size_t measure,
                 double value, bool is_break)
        : state_(state), past_(state.measure(measure)), usual_(usual), value_(value),
          tolerance_(past_.tolerance()), is_break_(is_break) {
        c_.measure = measure;
        c_.moving = is_moving_away(past_, usual, value);
        // What lies off a baseline is judged by the one it left, and so is what is still moving
        // away.
        const LeftBaseline& left = c_.moving ? past_.origin() : past_.left();
        by_left_ = c_.moving || (past_.run().length > 0 && left.baseline.n >= enough_to_judge_by);
        b_ = by_left_ ? left.baseline : past_.baseline();
        if (by_left_) b_.expected = left.expected();
        c_.n = b_.n;
    }

    [[nodiscard]] Candidate by_few_rows() {
        if (usual_.first_rows) {
            by_first_rows_of_all_keys();
        } else if (b_.n == 2) {
            by_two_rows();
        }
        if (b_.n == 0) return c_;
        if (is_break_of_matching_key()) by_episodes();
        if (std::fabs(value_ - b_.expected) <= tolerance_) {
            // Within the tolerance of what was there: nothing has happened.
            c_.ln_p = 0;
            c_.how = Explanation::first_rows;
            c_.expected = b_.expected;
            if (c_.basis == Basis::none) c_.basis = Basis::own_history;
        }
        if (b_.constant) c_.flags |= constant_history;
        return c_;
    }

    [[nodiscard]] Candidate by_history() {
        const Yardstick yardstick(b_, usual_, tolerance_);
        by_baseline(yardstick);
        if (c_.ln_p > ln_unremarkable) return c_;
        by_season(yardstick);
        by_peers_season(yardstick);
        if (past_.run().length > 0 && !c_.moving) by_item(yardstick);
        if (is_break_of_matching_key()) by_episodes();
        by_reversal();
        by_resolution();
        return c_;
    }

    [[nodiscard]] bool has_history() const noexcept { return b_.n > 2; }

  private:
    [[nodiscard]] bool is_break_of_matching_key() const noexcept {
        return is_break_ && past_.quiet_at_match() && std::fabs(value_) > tolerance_;
    }
    [[nodiscard]] double residual() const noexcept { return value_ - b_.expected; }

    // Does this explanation make the value likelier than what explains it so far?
    template <typename HalfBand>
    bool explains(double ln_p, double expected, const HalfBand& half_band, Explanation how,
                  std::uint32_t n) {
        if (!(ln_p > c_.ln_p)) return false;
        c_.ln_p = ln_p;
        c_.expected = expected;
        c_.band = Band::around(expected, half_band);
        c_.how = how;
        c_.n = n;
        return true;
    }

    void by_first_rows_of_all_keys();
    void by_two_rows();
    void by_baseline(const Yardstick& yardstick);
    void by_season(const Yardstick& yardstick);
    void by_peers_season(const Yardstick& yardstick);
    void by_item(const Yardstick& yardstick);
    void by_episodes();
    void by_reversal();
    void by_resolution();

    const KeyState& state_;
    const MeasureState& past_;
    const MeasurePopulation& usual_;
    double value_;
    double tolerance_;
    bool is_break_;
    bool by_left_ = false;
    Baseline b_; // that it is judged by
    Candidate c_;
};

// By the first rows of all keys, on a scale on which large amounts vary in proportion.
void MeasureJudge::by_first_rows_of_all_keys() {
    evidence::SampleSummary rows;
    for (std::size_t i = 0; i < b_.n; ++i)
        rows.add(std::asinh(past_.window().at(i) / usual_.unit));
    const auto next = evidence::predict(*usual_.first_rows, rows);
    if (!next.defined || !(next.scale > 0)) return;
    const TailLaw& law =
        usual_.laws[static_cast<std::size_t>(history_of(b_.n, b_.trend, b_.quiet))];
    const double residual = std::asinh(value_ / usual_.unit) - next.location;
    const auto verdict = against(residual, next.scale * next.scale, next.df, law);
    c_.ln_p = verdict.ln_p;
    c_.expected = b_.n > 0 ? b_.expected : usual_.unit * std::sinh(next.location);
    const auto bound = [&](double at) {
        const double amount = usual_.unit * std::sinh(at);
        // So little is known that nothing would be out of line.
        return std::fabs(amount) <= 1000 * usual_.largest ? amount : missing;
    };
    const double half = verdict.half_band();
    c_.band = {bound(next.location - half), bound(next.location + half)};
    const double slope = std::cosh(next.location) * usual_.unit;
    c_.noise = std::max(tolerance_, next.scale * slope);
    c_.how = b_.n == 0 ? Explanation::peers : Explanation::first_rows;
    c_.basis = b_.n == 0 ? Basis::peers : Basis::own_history_and_population;
}

// Without other keys.
void MeasureJudge::by_two_rows() {
    const TailLaw& law =
        usual_.laws[static_cast<std::size_t>(history_of(b_.n, b_.trend, b_.quiet))];
    const double variance = std::max(b_.variance, tolerance_ * tolerance_);
    const auto verdict = against(residual(), variance * b_.spread, b_.tail_df, law);
    c_.ln_p = std::isnan(verdict.ln_p) ? -std::log(3.0) : verdict.ln_p;
    if (std::isnan(verdict.ln_p)) c_.flags |= constant_history;
    c_.expected = b_.expected;
    c_.band = Band::around(b_.expected, verdict);
    c_.noise = std::sqrt(variance);
    c_.how = Explanation::first_rows;
    c_.basis = Basis::own_history;
}

// By its level or trend.
void MeasureJudge::by_baseline(const Yardstick& yardstick) {
    if (b_.quiet && tolerance_ > 0) c_.flags |= scale_is_tolerance;
    c_.basis = yardstick.prior_df() > 0.25 * b_.df ? Basis::own_history_and_population
                                                   : Basis::own_history;
    if (b_.constant) c_.flags |= constant_history;
    if (past_.level_is_new() && !by_left_) c_.flags |= new_level;
    auto verdict = yardstick.against(residual(), b_.spread);
    if (std::isnan(verdict.ln_p)) {
        // Constant, and nothing says how much it could vary: one in n + 1.
        verdict.ln_p = -std::log(static_cast<double>(b_.n) + 1);
    }
    c_.ln_p = verdict.ln_p;
    c_.expected = b_.expected;
    c_.band = Band::around(b_.expected, verdict);
    c_.noise = yardstick.noise();
    c_.how = b_.trend ? Explanation::trend : Explanation::level;
}

void MeasureJudge::by_season(const Yardstick& yardstick) {
    const MeasureState::Season season = past_.season(state_.position(), value_);
    if (!season.known) return;
    const double off = value_ - season.expected;
    const auto fit =
        season.from_position
            ? against(off, std::max(season.variance, yardstick.variance()) * season.spread,
                      season.df + yardstick.prior_df(), yardstick.law())
            : yardstick.against(off, season.spread);
    if (explains(fit.ln_p, season.expected, fit, Explanation::season, season.n)) {
        c_.flags |= season_predicted;
    }
}

// Its own seasons are known to a key after two of them; before that it may still have one, as some
// of its peers do.
void MeasureJudge::by_peers_season(const Yardstick& yardstick) {
    const SeasonPrior& prior = usual_.season;
    const CalendarSlots& slots = past_.slots();
    const CalendarPosition& position = state_.position();
    for (const std::size_t slot : {position.quarter_end, position.in_month, position.weekday}) {
        if (slot == no_slot || !prior.acts(slot)) continue;
        const auto deviations = slots.deviations(slot);
        // By what is known of the noise now: with few rows a season may have looked like noise.
        const auto off = static_cast<std::uint32_t>(
            std::count_if(deviations.begin(), deviations.end(), [&](double deviation) {
                return std::fabs(deviation) > past_.off_limit_plain();
            }));
        const auto rows = static_cast<std::uint32_t>(deviations.size());
        double ln_p = std::log(prior.probability(slot, rows, off));
        double effect = 0;
        if (off > 0) {
            std::array<double, CalendarSlots::kept> sorted{};
            std::copy(deviations.begin(), deviations.end(), sorted.begin());
            const auto used = std::span(sorted).first(deviations.size());
            sort_few(used);
            effect = median_of_sorted(used);
            const double spread = past_.baseline().spread + 1 / static_cast<double>(used.size());
            ln_p += yardstick.against(residual() - effect, spread).ln_p;
        } else {
            ln_p += prior.ln_size_p(slot, std::fabs(residual()) / yardstick.noise());
        }
        if (!(ln_p > c_.ln_p)) continue;
        c_.ln_p = ln_p;
        c_.how = effect != 0 ? Explanation::season : Explanation::peers_season;
        c_.expected = past_.baseline().expected + effect;
        c_.basis = Basis::own_history_and_population;
    }
}

// Off its baseline, as the row before it was: the same item, if that row was news when it came, by
// what is known now, or was as unusual as this one is.
void MeasureJudge::by_item(const Yardstick& yardstick) {
    // What was there before the run may have been noisier.
    const double deviation = std::max(past_.run().deviation, yardstick.noise());
    const double noisier = deviation / yardstick.noise();
    const auto item = past_.item(deviation * yardstick.law().band(yardstick.df()) / normal_band);
    const Baseline& left = past_.left().baseline;
    const double news =
        Yardstick(left, usual_, tolerance_).against(item.farthest, left.spread).ln_p;
    if (news > std::max(ln_striking, c_.ln_p + 1)) return;
    const double spread =
        1 + level_exactness(item.rows).spread_factor / static_cast<double>(item.rows);
    const auto fit = yardstick.against(value_ - item.center, spread * noisier * noisier);
    if (!(fit.ln_p > c_.ln_p)) return;
    c_.ln_p = fit.ln_p;
    if (fit.ln_p < ln_in_line) return; // off its item, and no farther off than that
    c_.expected = item.center;
    c_.band = Band::around(item.center, fit);
    c_.how = Explanation::ongoing;
    c_.n = static_cast<std::uint32_t>(item.rows);
    c_.flags |= ongoing;
}

// A key that normally matches: how often does it break, and how large are its breaks then?
void MeasureJudge::by_episodes() {
    const EpisodePrior& prior = usual_.episodes;
    double mean_square = 0;
    const auto k = static_cast<double>(past_.episodes());
    for (std::size_t i = 0; i < past_.episodes(); ++i)
        mean_square += past_.episode_size(i) * past_.episode_size(i) / k;
    const JointVariance joint = join_variance(prior.mean_square, prior.df, mean_square, k);
    if (!(joint.variance > 0)) return;
    const MeasureState::EpisodeCounts& counts = past_.episode_counts();
    const double chance =
        past_.in_episode()
            ? (prior.stay_a + counts.stays) / (prior.stay_a + prior.stay_b + counts.break_rows)
            : (prior.open_a + counts.openings) / (prior.open_a + prior.open_b + counts.quiet_rows);
    const double deviation = std::sqrt(joint.variance);
    const double ln_size_p = prior.law.ln_p(std::fabs(value_) / deviation, k + joint.df);
    const double ln_p = std::log(chance) + ln_size_p;
    if (!(ln_p > c_.ln_p)) return;
    c_.ln_p = ln_p;
    c_.in_line_ln_p = ln_size_p;
    c_.how = Explanation::episodes;
    c_.n = static_cast<std::uint32_t>(past_.episodes());
    c_.basis = joint.df > 0.25 * k ? Basis::own_history_and_population : Basis::own_history;
    const double band = deviation * prior.law.band(k + joint.df);
    c_.expected = value_ < 0 ? -deviation : deviation;
    c_.band = value_ < 0 ? Band{-band, 0} : Band{0, band};
    c_.flags |= sized_by_episodes;
}

// Reverses the last striking movement, which had left the level, to within the tolerance; or is as
// far off on the other side (the two sides of a rebooking).
void MeasureJudge::by_reversal() {
    const double move = value_ - past_.previous();
    if (past_.last_move() == 0 || !(std::fabs(move) > past_.move_limit())) return;
    const double exact = std::max({tolerance_, 1e-9 * std::fabs(value_)});
    const double before = past_.previous() - b_.expected;
    const double near = std::max(exact, 2 * c_.noise);
    const bool reverses = past_.last_move_left_level() &&
                          std::fabs(move + past_.last_move()) <= near &&
                          std::fabs(value_ - past_.last_move_from()) <= near;
    const bool mirrors = past_.run().length > 0 && std::fabs(residual() + before) <= exact;
    if (reverses || mirrors) {
        explains(0, past_.previous() - past_.last_move(), near, Explanation::reversal, c_.n);
    }
}

// Back to zero.
void MeasureJudge::by_resolution() {
    if (std::fabs(value_) <= tolerance_ &&
        explains(0, 0, tolerance_, Explanation::resolved, c_.n)) {
        c_.flags |= resolved;
    }
}

} // namespace

Candidate judge_measure(const KeyState& state, const MeasurePopulation& usual, std::size_t measure,
                        double value, bool is_break) {
    if (!std::isfinite(value)) {
        Candidate c;
        c.measure = measure;
        c.flags = std::isnan(value) ? missing_side : non_finite;
        return c;
    }
    MeasureJudge judge(state, usual, measure, value, is_break);
    return judge.has_history() ? judge.by_history() : judge.by_few_rows();
}

} // namespace recon::breaks
