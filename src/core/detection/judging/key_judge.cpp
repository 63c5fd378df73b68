#include "core/detection/judging/key_judge.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "core/detection/baseline/robust_baseline.hpp"
#include "core/detection/judging/description.hpp"
#include "core/detection/judging/yardstick.hpp"
#include "core/evidence/combination.hpp"
#include "core/statistics/log_tails.hpp"

namespace recon::breaks {

namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();

// A row so improbable was news when it came.
constexpr double ln_striking = -6.907755278982137; // ln .001

// Alternatives to the plain baseline are looked for below this ln p (p about .37): above it nothing
// needs explaining.
constexpr double ln_unremarkable = -1;

// The largest false-discovery rate of a preset. q is p at least: whatever p is said of a match from
// here on, no smaller q depends on it.
constexpr double ln_nothing = -1.6094379124341003; // ln .2

// A run is judged by the baseline it left where that had so many rows.
constexpr std::uint32_t enough_to_judge_by = 5;

// A row has a shape where the baselines of its measures have so many rows.
constexpr std::uint32_t enough_for_a_shape = 8;

// Is the key on its way from a baseline of some standing, in steps too many for one movement? Then
// neither an item that is known nor a level that has just begun explains the row.
bool is_moving_away(const MeasureState& past, const MeasurePopulation& usual, double value) {
    constexpr double away = 3; // standard deviations
    const LeftBaseline& origin = past.origin();
    if (!origin.known() || origin.baseline.n < LeftBaseline::of_some_standing) return false;
    const double noise = Yardstick(origin.baseline, usual, past.tolerance()).noise();
    return std::fabs(value - origin.expected()) > away * noise && past.moving_away(value, noise);
}

} // namespace

KeyJudge::KeyJudge(const Population& population, const JudgeOptions& options, std::size_t measures)
    : population_(population), options_(options), measures_(measures),
      ln_measures_(std::log(static_cast<double>(measures))),
      deviations_of_nothing_(evidence::normal_two_sided_quantile(ln_nothing - ln_measures_)) {
    for (std::size_t d = 0; d < detector_count; ++d)
        weights_[d] = options.detectors[d].weight;
    if (population.measures() != 0 && population.measures() != measures) {
        throw Error(ErrorKind::invalid_parameter,
                    "the population was fitted to another number of measures");
    }
}

Candidate KeyJudge::judge_measure(const KeyState& state, std::size_t j, double value,
                                  bool is_break) const {
    Candidate c;
    c.measure = j;
    if (std::isnan(value)) {
        c.flags |= missing_side;
        return c;
    }
    if (!std::isfinite(value)) {
        c.flags |= non_finite;
        return c;
    }
    const MeasureState& past = state.measure(j);
    const MeasurePopulation& usual = population_.measure(j);
    const double tolerance = past.tolerance();
    const double tolerance_variance = tolerance * tolerance;
    // What lies off a baseline is judged by the one it left, and so is what is still moving away.
    const bool moving = is_moving_away(past, usual, value);
    const LeftBaseline& left = moving ? past.origin() : past.left();
    const bool by_left = moving || (past.run().length > 0 && left.baseline.n >= enough_to_judge_by);
    Baseline b = by_left ? left.baseline : past.baseline();
    if (by_left) b.expected = left.expected();
    c.n = b.n;
    const TailLaw& law = usual.laws[static_cast<std::size_t>(history_of(b.n, b.trend, b.quiet))];

    if (b.n <= 2) {
        // By the first rows of all keys, on a scale on which large amounts vary in proportion.
        if (usual.first_rows) {
            evidence::SampleSummary rows;
            for (std::size_t i = 0; i < b.n; ++i) {
                rows.add(std::asinh(past.window().at(i) / usual.unit));
            }
            const auto next = evidence::predict(*usual.first_rows, rows);
            if (next.defined && next.scale > 0) {
                const double residual = std::asinh(value / usual.unit) - next.location;
                const auto verdict = against(residual, next.scale * next.scale, next.df, law);
                c.ln_p = verdict.ln_p;
                c.expected = b.n > 0 ? b.expected : usual.unit * std::sinh(next.location);
                const auto bound = [&](double at) {
                    const double amount = usual.unit * std::sinh(at);
                    // So little is known that nothing would be out of line.
                    return std::fabs(amount) <= 1000 * usual.largest ? amount : missing;
                };
                const double half = verdict.half_band();
                c.band = {bound(next.location - half), bound(next.location + half)};
                const double slope = std::cosh(next.location) * usual.unit;
                c.noise = std::max(tolerance, next.scale * slope);
                c.how = b.n == 0 ? Explanation::peers : Explanation::first_rows;
                c.basis = b.n == 0 ? Basis::peers : Basis::own_history_and_population;
            }
        } else if (b.n == 2) {
            const auto verdict =
                against(value - b.expected, std::max(b.variance, tolerance_variance) * b.spread,
                        b.tail_df, law);
            c.ln_p = std::isnan(verdict.ln_p) ? -std::log(3.0) : verdict.ln_p;
            if (std::isnan(verdict.ln_p)) c.flags |= constant_history;
            c.expected = b.expected;
            c.band = Band::around(b.expected, verdict);
            c.noise = std::sqrt(std::max(b.variance, tolerance_variance));
            c.how = Explanation::first_rows;
            c.basis = Basis::own_history;
        }
        if (b.n > 0 && past.quiet_at_match() && is_break && std::fabs(value) > tolerance) {
            by_episodes(past, usual.episodes, value, c);
        }
        if (b.n > 0 && std::fabs(value - b.expected) <= tolerance) {
            // Within the tolerance of what was there: nothing has happened.
            c.ln_p = 0;
            c.how = Explanation::first_rows;
            c.expected = b.expected;
            if (c.basis == Basis::none) c.basis = Basis::own_history;
        }
        if (b.n > 0 && b.constant) c.flags |= constant_history;
        return c;
    }

    const Yardstick yardstick(b, usual, tolerance);
    if (b.quiet && tolerance > 0) c.flags |= scale_is_tolerance;
    c.basis =
        yardstick.prior_df() > 0.25 * b.df ? Basis::own_history_and_population : Basis::own_history;
    if (b.constant) c.flags |= constant_history;
    if (past.level_is_new() && !by_left) c.flags |= new_level;
    c.moving = moving;
    const double residual = value - b.expected;
    auto verdict = yardstick.against(residual, b.spread);
    if (std::isnan(verdict.ln_p)) {
        // Constant, and nothing says how much it could vary: one in n + 1.
        verdict.ln_p = -std::log(static_cast<double>(b.n) + 1);
    }
    c.ln_p = verdict.ln_p;
    c.expected = b.expected;
    c.band = Band::around(b.expected, verdict);
    c.noise = yardstick.noise();
    c.how = b.trend ? Explanation::trend : Explanation::level;

    if (c.ln_p > ln_unremarkable) return c;

    const auto better = [&](double ln_p, double expected, const auto& half_band, Explanation how,
                            std::uint32_t n) {
        if (!(ln_p > c.ln_p)) return false;
        c.ln_p = ln_p;
        c.expected = expected;
        c.band = Band::around(expected, half_band);
        c.how = how;
        c.n = n;
        return true;
    };

    const MeasureState::Season season = past.season(state.position(), value);
    if (season.known) {
        const double off = value - season.expected;
        const auto fit =
            season.from_position
                ? against(off, std::max(season.variance, yardstick.variance()) * season.spread,
                          season.df + yardstick.prior_df(), yardstick.law())
                : yardstick.against(off, season.spread);
        if (better(fit.ln_p, season.expected, fit, Explanation::season, season.n)) {
            c.flags |= season_predicted;
        }
    }
    by_peers_season(state, j, value - b.expected, yardstick, c);
    if (past.run().length > 0 && !moving) by_item(past, usual, value, yardstick, c);
    if (is_break && past.quiet_at_match() && std::fabs(value) > tolerance) {
        by_episodes(past, usual.episodes, value, c);
    }
    // Takes back the last striking movement, which had left the level, to within the tolerance; or
    // is as far off on the other side (the two sides of a rebooking).
    const double move = value - past.previous();
    const double exact = std::max({tolerance, 1e-9 * std::fabs(value)});
    if (past.last_move() != 0 && std::fabs(move) > past.move_limit()) {
        const double before = past.previous() - b.expected;
        const double near = std::max(exact, 2 * c.noise);
        const bool takes_back = past.last_move_left_level() &&
                                std::fabs(move + past.last_move()) <= near &&
                                std::fabs(value - past.last_move_from()) <= near;
        const bool mirrors = past.run().length > 0 && std::fabs(residual + before) <= exact;
        if (takes_back || mirrors) {
            better(0, past.previous() - past.last_move(), std::max(exact, 2 * c.noise),
                   Explanation::reversal, c.n);
        }
    }
    if (std::fabs(value) <= tolerance) {
        if (better(0, 0, tolerance, Explanation::resolved, c.n)) c.flags |= resolved;
    }
    return c;
}

// Its own seasons are known to a key after two of them; before that it may still have one, as some
// of its peers do.
void KeyJudge::by_peers_season(const KeyState& state, std::size_t j, double residual,
                               const Yardstick& yardstick, Candidate& c) const {
    const SeasonPrior& prior = population_.measure(j).season;
    const CalendarSlots& slots = state.measure(j).slots();
    const CalendarPosition& position = state.position();
    for (const std::size_t slot : {position.quarter_end, position.in_month, position.weekday}) {
        if (slot == no_slot || !prior.acts(slot)) continue;
        const auto deviations = slots.deviations(slot);
        // By what is known of the noise now: with few rows a season may have looked like noise.
        const auto off = static_cast<std::uint32_t>(
            std::count_if(deviations.begin(), deviations.end(), [&](double deviation) {
                return std::fabs(deviation) > state.measure(j).off_limit_plain();
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
            const double spread =
                state.measure(j).baseline().spread + 1 / static_cast<double>(used.size());
            ln_p += yardstick.against(residual - effect, spread).ln_p;
        } else {
            ln_p += prior.ln_size_p(slot, std::fabs(residual) / yardstick.noise());
        }
        if (!(ln_p > c.ln_p)) continue;
        c.ln_p = ln_p;
        c.how = effect != 0 ? Explanation::season : Explanation::peers_season;
        c.expected = state.measure(j).baseline().expected + effect;
        c.basis = Basis::own_history_and_population;
    }
}

// Off its baseline, as the row before it was: the same item, if that row was news when it came, by
// what is known now, or was as unusual as this one is.
void KeyJudge::by_item(const MeasureState& past, const MeasurePopulation& usual, double value,
                       const Yardstick& yardstick, Candidate& c) {
    // What was there before the run may have been noisier.
    const double deviation = std::max(past.run().deviation, yardstick.noise());
    const double noisier = deviation / yardstick.noise();
    const auto item = past.item(deviation * yardstick.law().band(yardstick.df()) / normal_band);
    const Baseline& left = past.left().baseline;
    const double news =
        Yardstick(left, usual, past.tolerance()).against(item.farthest, left.spread).ln_p;
    if (news > std::max(ln_striking, c.ln_p + 1)) return;
    const double spread =
        1 + level_exactness(item.rows).spread_factor / static_cast<double>(item.rows);
    const auto fit = yardstick.against(value - item.center, spread * noisier * noisier);
    if (!(fit.ln_p > c.ln_p)) return;
    c.ln_p = fit.ln_p;
    if (fit.ln_p < ln_in_line) return; // off its item, and no farther off than that
    c.expected = item.center;
    c.band = Band::around(item.center, fit);
    c.how = Explanation::ongoing;
    c.n = static_cast<std::uint32_t>(item.rows);
    c.flags |= ongoing;
}

// A key that normally matches: how often does it break, and how large are its breaks then?
void KeyJudge::by_episodes(const MeasureState& past, const EpisodePrior& prior, double value,
                           Candidate& c) {
    double mean_square = 0;
    const auto k = static_cast<double>(past.episodes());
    for (std::size_t i = 0; i < past.episodes(); ++i)
        mean_square += past.episode_size(i) * past.episode_size(i) / k;
    const JointVariance joint = join_variance(prior.mean_square, prior.df, mean_square, k);
    if (!(joint.variance > 0)) return;
    const MeasureState::EpisodeCounts& counts = past.episode_counts();
    const double chance =
        past.in_episode()
            ? (prior.stay_a + counts.stays) / (prior.stay_a + prior.stay_b + counts.break_rows)
            : (prior.open_a + counts.openings) / (prior.open_a + prior.open_b + counts.quiet_rows);
    const double deviation = std::sqrt(joint.variance);
    const double ln_size_p = prior.law.ln_p(std::fabs(value) / deviation, k + joint.df);
    const double ln_p = std::log(chance) + ln_size_p;
    if (!(ln_p > c.ln_p)) return;
    c.ln_p = ln_p;
    c.in_line_ln_p = ln_size_p;
    c.how = Explanation::episodes;
    c.n = static_cast<std::uint32_t>(past.episodes());
    c.basis = joint.df > 0.25 * k ? Basis::own_history_and_population : Basis::own_history;
    const double band = deviation * prior.law.band(k + joint.df);
    c.expected = value < 0 ? -deviation : deviation;
    c.band = value < 0 ? Band{-band, 0} : Band{0, band};
    c.flags |= sized_by_episodes;
}

double KeyJudge::frequency(const KeyState& state, std::span<const double> values,
                           bool is_break) const {
    const BreakRate& rate = state.rate();
    // The rows just before this one, and this one, against all earlier ones.
    const auto recent =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(rate.rows, rate_rows - 1));
    const std::uint64_t mask = (std::uint64_t{1} << recent) - 1;
    const auto recent_events = static_cast<std::uint32_t>(std::popcount(rate.recent_events & mask));
    // A key that has not broken lately breaks for the first time at most, which is the baseline's
    // to judge. That is known before the row comes: it costs the evidence of the baseline nothing.
    if (recent_events == 0) return missing;
    if (!is_break || !state.is_event(values, is_break)) return 0;
    const double a = population_.rate_a() + static_cast<double>(rate.events - recent_events);
    const double b = population_.rate_b() +
                     static_cast<double>((rate.rows - recent) - (rate.events - recent_events));
    return evidence::ln_beta_binomial_upper(recent_events + 1, recent + 1, a, b);
}

namespace {

// Size of a measure in units of its tolerance; infinite where that is 0.
double in_tolerances(const KeyState& state, std::span<const double> values, std::size_t j) {
    const double size = std::fabs(values[j]);
    return size > 0 ? size / state.measure(j).tolerance() : 0;
}

} // namespace

Candidate KeyJudge::judge_measures(const KeyState& state, std::span<const double> values,
                                   bool is_break, double* shape) const {
    Candidate strongest;
    bool any = false;
    std::uint16_t troubles = 0;
    for (std::size_t j = 0; j < measures_; ++j) {
        const Candidate c = judge_measure(state, j, values[j], is_break);
        troubles |= c.flags & (missing_side | non_finite);
        if (shape != nullptr) shape[j] = shape_of(state.measure(j), c, values[j]);
        const bool scored = !std::isnan(c.ln_p);
        // Of measures that are equally ordinary, the one farthest beyond its tolerance is told of.
        const bool stronger =
            scored &&
            (std::isnan(strongest.ln_p) || c.ln_p < strongest.ln_p ||
             (c.ln_p == strongest.ln_p &&
              in_tolerances(state, values, j) > in_tolerances(state, values, strongest.measure)));
        if (!any || stronger) {
            strongest = c;
            any = true;
        }
    }
    strongest.flags |= troubles;
    return strongest;
}

// The residual as a normal score. Where something else than level or trend explains the row, or the
// rows before it lay off, the residual is of another kind and tells nothing of how measures go
// together.
double KeyJudge::shape_of(const MeasureState& past, const Candidate& c, double value) {
    const bool is_plain = c.how == Explanation::level || c.how == Explanation::trend;
    if (!is_plain || past.run().length > 0 || past.level_is_new() ||
        past.baseline().n < enough_for_a_shape) {
        return missing;
    }
    const double score = evidence::normal_two_sided_quantile(c.ln_p);
    return value < c.expected ? -score : score;
}

void KeyJudge::shape(const KeyState& state, std::span<const double> values, bool is_break,
                     double* shape) const {
    static_cast<void>(judge_measures(state, values, is_break, shape));
}

KeyJudge::Evidence KeyJudge::combine(const KeyState& state, const Candidate& strongest,
                                     std::span<const double> values, bool is_break) const {
    Evidence evidence;
    evidence.ln_p.fill(missing);
    if (options_.detectors[0].enabled && !std::isnan(strongest.ln_p)) {
        evidence.ln_p[0] = std::min(0.0, strongest.ln_p + ln_measures_);
    }
    const auto frequency_at = static_cast<std::size_t>(Detector::frequency);
    if (options_.detectors[frequency_at].enabled && state.rate().rows > 0) {
        evidence.ln_p[frequency_at] = frequency(state, values, is_break);
        // Where nothing else speaks, that the key has not broken lately is what is known.
        if (std::isnan(evidence.ln_p[0]) && std::isnan(evidence.ln_p[frequency_at])) {
            evidence.ln_p[frequency_at] = 0;
        }
    }
    if (is_break) slow_changes(state, values, evidence);
    evidence.together =
        evidence::combined_ln_p(options_.combination, evidence.ln_p, weights_, evidence.share);
    return evidence;
}

void KeyJudge::slow_changes(const KeyState& state, std::span<const double> values,
                            Evidence& evidence) const {
    for (std::size_t j = 0; j < measures_; ++j) {
        if (!std::isfinite(values[j])) continue;
        const MeasureState& past = state.measure(j);
        const MeasureState::Told told = past.told(values[j]);
        if (!told.drift && !told.volatility) continue;
        const SlowPrior& usual = population_.measure(j).slow;
        const auto recent = past.window().values();
        const auto says = [&](Detector detector, double own_ln_p) {
            const auto at = static_cast<std::size_t>(detector);
            const double ln_p = std::min(0.0, own_ln_p + ln_measures_);
            if (!options_.detectors[at].enabled || ln_p >= evidence.ln_p[at]) return;
            evidence.ln_p[at] = ln_p;
            evidence.measure[at] = j;
        };
        if (told.drift) says(Detector::drift, past.slow().drift(recent, values[j], usual).ln_p);
        if (told.volatility) {
            says(Detector::volatility, past.slow().volatility(recent, values[j], usual).ln_p);
        }
    }
}

Finding KeyJudge::judge(const KeyState& state, std::span<const double> values, bool is_break,
                        double* shape) const {
    Finding finding;
    finding.date = state.date();
    finding.is_break = is_break;
    finding.peers = population_.keys();
    const Candidate strongest = judge_measures(state, values, is_break, shape);
    const Evidence evidence = combine(state, strongest, values, is_break);
    finding.ln_p = evidence.together;
    for (std::size_t d = 0; d < detector_count; ++d) {
        finding.detector_ln_p[d] = static_cast<float>(evidence.ln_p[d]);
        finding.share[d] = static_cast<float>(evidence.share[d]);
    }
    // A slow change that carries most of the verdict is what is told of.
    const auto leading = static_cast<std::size_t>(
        std::max_element(evidence.share.begin(), evidence.share.end()) - evidence.share.begin());
    const bool drifts = leading == static_cast<std::size_t>(Detector::drift);
    const bool widens = leading == static_cast<std::size_t>(Detector::volatility);
    const std::size_t j = drifts || widens ? evidence.measure[leading] : strongest.measure;
    const Candidate told =
        j == strongest.measure ? strongest : judge_measure(state, j, values[j], is_break);
    finding.flags = static_cast<std::uint16_t>(strongest.flags | told.flags);
    finding.measure = static_cast<std::uint8_t>(j);
    describe(state, told, values[j], finding);
    const bool out_of_line = finding.detector_ln_p[leading] < ln_in_line;
    if (drifts && out_of_line) {
        describe_drift(state.measure(j), population_.measure(j), values[j], finding);
    } else if (widens && out_of_line) {
        describe_volatility(state.measure(j), population_.measure(j), values[j], finding);
    }
    return finding;
}

double KeyJudge::ln_p_of_match(const KeyState& state, std::span<const double> values) const {
    Candidate strongest;
    bool ordinary = true;
    for (std::size_t j = 0; j < measures_; ++j) {
        double ln_p = 0;
        if (!state.measure(j).well_within(values[j], deviations_of_nothing_)) {
            ordinary = false;
            ln_p = judge_measure(state, j, values[j], false).ln_p;
        }
        if (!(strongest.ln_p <= ln_p) && !std::isnan(ln_p)) strongest.ln_p = ln_p;
    }
    if (ordinary) return 0;
    return combine(state, strongest, values, false).together;
}

} // namespace recon::breaks
