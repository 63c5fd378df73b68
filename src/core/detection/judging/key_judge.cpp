#include "core/detection/judging/key_judge.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "core/detection/judging/description.hpp"
#include "core/detection/judging/measure_judge.hpp"
#include "core/evidence/combination.hpp"
#include "core/statistics/log_tails.hpp"

namespace recon::breaks {

namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();

// The largest false-discovery rate of a preset. q is p at least: whatever p is said of a match from
// here on, no smaller q depends on it.
constexpr double ln_nothing = -1.6094379124341003; // ln .2

// A row has a shape where the baselines of its measures have so many rows.
constexpr std::uint32_t enough_for_a_shape = 8;

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
        const Candidate c = judge_measure(state, population_.measure(j), j, values[j], is_break);
        troubles |= c.flags & (missing_side | non_finite);
        if (shape != nullptr) shape[j] = shape_of(state.measure(j), c, values[j]);
        const bool scored = !std::isnan(c.ln_p);
        // Of measures that are equally ordinary, the one farthest beyond its tolerance is reported.
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
    // What is not a number is a fault of the data, which no detector knows to be usual or not.
    const bool is_judged = !std::isnan(strongest.ln_p) || (strongest.flags & non_finite) == 0;
    const auto frequency_at = static_cast<std::size_t>(Detector::frequency);
    if (is_judged && options_.detectors[frequency_at].enabled && state.rate().rows > 0) {
        evidence.ln_p[frequency_at] = frequency(state, values, is_break);
        // Where nothing else speaks, that the key has not broken lately is what is known.
        if (std::isnan(evidence.ln_p[0]) && std::isnan(evidence.ln_p[frequency_at])) {
            evidence.ln_p[frequency_at] = 0;
        }
    }
    if (is_judged && is_break) slow_changes(state, values, evidence);
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
    // A slow change that carries most of the verdict is what is reported.
    const auto leading = static_cast<std::size_t>(
        std::max_element(evidence.share.begin(), evidence.share.end()) - evidence.share.begin());
    const bool drifts = leading == static_cast<std::size_t>(Detector::drift);
    const bool widens = leading == static_cast<std::size_t>(Detector::volatility);
    const std::size_t j = drifts || widens ? evidence.measure[leading] : strongest.measure;
    const Candidate told = j == strongest.measure ? strongest
                                                  : judge_measure(state, population_.measure(j), j,
                                                                  values[j], is_break);
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
            ln_p = judge_measure(state, population_.measure(j), j, values[j], false).ln_p;
        }
        if (!(strongest.ln_p <= ln_p) && !std::isnan(ln_p)) strongest.ln_p = ln_p;
    }
    if (ordinary) return 0;
    return combine(state, strongest, values, false).together;
}

} // namespace recon::breaks
