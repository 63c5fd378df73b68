#include "core/detection/population/population.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <boost/math/special_functions/digamma.hpp>
#include <boost/math/special_functions/trigamma.hpp>

#include "core/base/error.hpp"
#include "core/detection/baseline/measure_state.hpp"
#include "core/detection/history/key_series.hpp"

namespace recon::breaks {

namespace {

constexpr std::uint8_t format_version = 5;
constexpr double infinite = std::numeric_limits<double>::infinity();

// The population never counts for more rows than this against a key's own.
constexpr double largest_prior_df = 60;

// How many scores the usual law counts for.
constexpr double weight_of_usual_law = 100;

// Episodes of other keys count once so many have been seen, in so many keys.
constexpr double enough_episodes = 20;
constexpr double enough_episode_keys = 10;

constexpr double most_slow_df = 500; // of shifts and spreads: more makes no difference

double median(std::vector<double>& values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

// ln of a chi-squared variance with d degrees of freedom is off by this in the mean.
double ln_bias(double df) {
    return boost::math::digamma(df / 2) - std::log(df / 2);
}

// Variances of keys as a typical one and the degrees of freedom it is worth, by the mean and
// variance of their logarithms (Smyth 2004, section 6.2).
class TypicalVariance {
  public:
    void add(double variance, double df) {
        const double ln = std::log(variance) - ln_bias(df);
        sum_ += ln;
        sum_squares_ += ln * ln;
        sampling_ += boost::math::trigamma(df / 2);
        n_ += 1;
    }
    [[nodiscard]] double keys() const noexcept { return n_; }
    [[nodiscard]] double variance() const { return std::exp(sum_ / n_); }
    [[nodiscard]] double df() const {
        const double mean = sum_ / n_;
        const double spread = (sum_squares_ - n_ * mean * mean) / (n_ - 1) - sampling_ / n_;
        const double df = spread > 0 ? 2 * evidence::trigamma_inverse(spread) : infinite;
        return std::min(df, largest_prior_df);
    }

  private:
    double sum_ = 0, sum_squares_ = 0, sampling_ = 0, n_ = 0;
};

void fit_variance(std::span<const KeySummary> keys, std::size_t j, MeasurePopulation& population) {
    TypicalVariance typical;
    for (const KeySummary& key : keys) {
        const MeasureSummary& m = key.measures[j];
        if (m.quiet || !(m.df >= 1) || !(m.variance > 0)) continue;
        typical.add(m.variance, m.df);
    }
    if (typical.keys() < 3) return;
    population.df = typical.df();
    population.variance = typical.variance();
}

// The unit of asinh(value / unit), on which first rows are spread about evenly: where keys usually
// begin, and no less than the tolerance. A much smaller unit would part the keys in two, those
// above zero and those below, and no value would be far from both.
double choose_unit(std::span<const KeySummary> keys, std::size_t j, double tolerance) {
    std::vector<double> noise, size;
    for (const KeySummary& key : keys) {
        const MeasureSummary& m = key.measures[j];
        if (m.df > 0 && m.variance > 0) noise.push_back(std::sqrt(m.variance));
        if (!m.first.empty()) size.push_back(std::fabs(m.first.front()));
    }
    double unit = tolerance;
    if (!size.empty()) unit = std::max(unit, median(size));
    if (!(unit > 0) && !noise.empty()) unit = median(noise);
    return unit > 0 ? unit : 1;
}

void fit_first_rows(std::span<const KeySummary> keys, std::size_t j,
                    MeasurePopulation& population) {
    std::vector<evidence::SampleSummary> starts;
    starts.reserve(keys.size());
    for (const KeySummary& key : keys) {
        evidence::SampleSummary start;
        for (const double value : key.measures[j].first) {
            population.largest = std::max(population.largest, std::fabs(value));
            start.add(std::asinh(value / population.unit));
        }
        if (start.count == 0) continue;
        population.largest = std::max(population.largest, std::fabs(key.measures[j].last));
        starts.push_back(start);
    }
    if (starts.size() < 2) return;
    // Constant keys have no variance to take the logarithm of; a twentieth on this scale is 5%.
    constexpr double smallest_variance = 0.05 * 0.05;
    population.first_rows = evidence::fit_prior(starts, smallest_variance);
}

void fit_laws(std::span<const KeySummary> keys, std::size_t j, MeasurePopulation& population) {
    std::array<std::vector<StandardResidual>, tail_law_count> scores;
    for (const KeySummary& key : keys) {
        const MeasureSummary& m = key.measures[j];
        if (population.first_rows) {
            evidence::SampleSummary before;
            for (const double value : m.first) {
                const double x = std::asinh(value / population.unit);
                const auto next = evidence::predict(*population.first_rows, before);
                if (next.defined && next.scale > 0) {
                    const auto history =
                        history_of(static_cast<std::uint32_t>(before.count), false, false);
                    if (before.count <= 2) {
                        scores[static_cast<std::size_t>(history)].push_back(
                            {static_cast<float>(std::fabs(x - next.location) / next.scale),
                             static_cast<float>(next.df)});
                    }
                }
                before.add(x);
            }
        }
        for (const PastResidual& past : m.residuals) {
            if (past.quiet || past.off || past.n < 3) continue;
            const JointVariance joint =
                join_variance(population.variance, population.df,
                              static_cast<double>(past.noise) * past.noise, past.df);
            if (!(joint.variance > 0)) continue;
            const double size = std::fabs(past.residual) / std::sqrt(joint.variance * past.spread);
            scores[static_cast<std::size_t>(history_of(past.n, past.trend, false))].push_back(
                {static_cast<float>(size), static_cast<float>(past.tail_df + joint.df)});
        }
    }
    // How heavy the noise is belongs to the data, not to the length of history: the shape that all
    // lengths show together is expected of each. Its scale is its own: in short histories a
    // trend, not seen yet, looks like noise.
    const auto at = [](History history) { return static_cast<std::size_t>(history); };
    std::vector<StandardResidual> levels;
    for (std::size_t h = at(History::up_to_4); h <= at(History::longer); ++h) {
        levels.insert(levels.end(), scores[h].begin(), scores[h].end());
    }
    const TailLaw usual;
    std::vector<StandardResidual> exact;
    for (const History h : {History::up_to_40, History::longer, History::long_trend})
        exact.insert(exact.end(), scores[at(h)].begin(), scores[at(h)].end());
    const TailLaw together(1, fit_tail_law(std::move(levels), usual, weight_of_usual_law).df());
    for (std::size_t h = 0; h < tail_law_count; ++h) {
        if (h == at(History::quiet)) continue;
        const bool level = h >= at(History::up_to_4) && h <= at(History::longer);
        const bool trend = h == at(History::short_trend) || h == at(History::long_trend);
        population.laws[h] = fit_tail_law(std::move(scores[h]), level || trend ? together : usual,
                                          weight_of_usual_law);
    }
    // Where the spread is known well, the residuals' tail is that of the noise.
    const double tail_df = fit_tail_law(std::move(exact), together, weight_of_usual_law).df();
    for (const KeySummary& key : keys) {
        const MeasureSummary& m = key.measures[j];
        if (m.df >= 1 && m.variance > 0) population.noise.add(m.variance, m.df);
    }
    population.noise.fit(tail_df);
}

// A probability that differs from key to key as a Beta(a, b), by its mean (worth a usual one of so
// many rows) and the method of moments on keys with ten chances or more.
class KeyRates {
  public:
    KeyRates(double usual, double worth) : events_(usual * worth), chances_(worth) {}
    void add(double events, double chances) {
        events_ += events;
        chances_ += chances;
        if (chances < 10) return;
        const double rate = events / chances;
        n_ += 1;
        sum_ += rate;
        sum_squares_ += rate * rate;
        inverse_ += 1 / chances;
    }
    // Beta parameters; `usual_size` is a + b where too few keys tell.
    void fit(double usual_size, double& a, double& b) const {
        const double mean = events_ / chances_;
        double size = usual_size;
        if (n_ >= 10) {
            const double excess =
                (sum_squares_ - 2 * mean * sum_ + n_ * mean * mean - mean * (1 - mean) * inverse_) /
                n_;
            size = std::clamp(mean * (1 - mean) / std::max(excess, 1e-12) - 1, 2.0, 50.0);
        }
        a = mean * size;
        b = (1 - mean) * size;
    }

  private:
    double events_, chances_;
    double n_ = 0, sum_ = 0, sum_squares_ = 0, inverse_ = 0;
};

void fit_episodes(std::span<const KeySummary> keys, std::size_t j, EpisodePrior& prior) {
    KeyRates openings(0.05, 20);
    KeyRates stays(0.5, 4);
    TypicalVariance sizes;
    double episodes = 0;
    for (const KeySummary& key : keys) {
        const MeasureSummary& m = key.measures[j];
        if (!m.quiet_at_match) continue;
        openings.add(m.counts.openings, m.counts.quiet_rows);
        stays.add(m.counts.stays, m.counts.break_rows);
        if (m.episode_sizes.empty()) continue;
        double squares = 0;
        for (const double size : m.episode_sizes)
            squares += size * size;
        const auto k = static_cast<double>(m.episode_sizes.size());
        if (!(squares > 0)) continue;
        sizes.add(squares / k, k);
        episodes += k;
    }
    openings.fit(10, prior.open_a, prior.open_b);
    stays.fit(2, prior.stay_a, prior.stay_b);
    if (episodes < enough_episodes || sizes.keys() < enough_episode_keys) return;
    prior.mean_square = sizes.variance();
    prior.df = sizes.df();
    std::vector<StandardResidual> standard;
    for (const KeySummary& key : keys) {
        const MeasureSummary& m = key.measures[j];
        if (!m.quiet_at_match) continue;
        double squares = 0;
        double k = 0;
        for (const double size : m.episode_sizes) {
            const JointVariance joint =
                join_variance(prior.mean_square, prior.df, k > 0 ? squares / k : 0, k);
            standard.push_back({static_cast<float>(size / std::sqrt(joint.variance)),
                                static_cast<float>(k + joint.df)});
            squares += size * size;
            k += 1;
        }
    }
    prior.law = fit_tail_law(std::move(standard), TailLaw{}, weight_of_usual_law);
}

// Levels wander and spreads breathe, in some populations: what moves no more than usual is no news.
// Robustly, since the slow changes of the past are among the rows that it is learned from.
void fit_slow(std::span<const KeySummary> keys, std::size_t j, SlowPrior& slow) {
    std::vector<StandardResidual> shifts;
    std::vector<double> spreads;
    for (const KeySummary& key : keys) {
        for (const SlowResidual& past : key.measures[j].slow) {
            shifts.push_back({past.shift, past.df});
            spreads.push_back(2 * static_cast<double>(past.ln_spread)); // of the variance
        }
    }
    const TailLaw law = fit_tail_law(std::move(shifts), TailLaw{}, weight_of_usual_law);
    slow.drift_widening = std::max(1.0, law.scale());
    slow.drift_df = std::min(law.df(), most_slow_df);
    if (static_cast<double>(spreads.size()) < weight_of_usual_law) return;
    const double middle = median(spreads);
    slow.volatility_widening = std::exp(0.5 * std::max(0.0, middle));
    for (double& spread : spreads)
        spread = std::fabs(spread - middle);
    const double deviation = 1.4826 * median(spreads);
    const double excess =
        deviation * deviation - boost::math::trigamma(0.5 * evidence::volatility_df);
    slow.volatility_df =
        excess > 0 ? std::min(2 * evidence::trigamma_inverse(excess), most_slow_df) : most_slow_df;
}

void write(ByteWriter& writer, const MeasurePopulation& m) {
    writer.put(m.variance);
    writer.put(m.df);
    m.noise.serialize(writer);
    writer.put(m.unit);
    writer.put(m.largest);
    writer.put(m.first_rows.has_value());
    if (m.first_rows) m.first_rows->serialize(writer);
    for (const TailLaw& law : m.laws) {
        writer.put(law.scale());
        writer.put(law.df());
    }
    const EpisodePrior& e = m.episodes;
    for (const double figure :
         {e.open_a, e.open_b, e.stay_a, e.stay_b, e.mean_square, e.df, e.law.scale(), e.law.df()}) {
        writer.put(figure);
    }
    m.season.serialize(writer);
    for (const double figure : {m.slow.drift_widening, m.slow.drift_df, m.slow.volatility_widening,
                                m.slow.volatility_df}) {
        writer.put(figure);
    }
}

MeasurePopulation read(ByteReader& reader) {
    const auto within = [&](double low, double high) {
        const double value = reader.get<double>();
        if (!(value >= low && value <= high)) reader.refuse("a population figure is out of range");
        return value;
    };
    constexpr double largest = std::numeric_limits<double>::max();
    MeasurePopulation m;
    m.variance = within(0, largest);
    m.df = within(0, largest_prior_df);
    m.noise.deserialize(reader);
    m.unit = within(std::numeric_limits<double>::denorm_min(), largest);
    m.largest = within(0, largest);
    if (reader.get<bool>()) m.first_rows = evidence::NormalInverseGamma::deserialize(reader);
    for (TailLaw& law : m.laws) {
        const double scale = within(1e-9, 1e9);
        law = TailLaw(scale, within(0.5, infinite));
    }
    EpisodePrior& e = m.episodes;
    for (double* beta : {&e.open_a, &e.open_b, &e.stay_a, &e.stay_b})
        *beta = within(1e-9, 1e6);
    e.mean_square = within(0, largest);
    e.df = within(0, largest_prior_df);
    const double scale = within(1e-9, 1e9);
    e.law = TailLaw(scale, within(0.5, infinite));
    m.season.deserialize(reader);
    m.slow.drift_widening = within(1, largest);
    m.slow.drift_df = within(0.5, most_slow_df);
    m.slow.volatility_widening = within(1, largest);
    m.slow.volatility_df = within(1e-6, most_slow_df);
    return m;
}

} // namespace

JointVariance join_variance(double usual_variance, double usual_df, double variance, double df) {
    if (!(usual_df > 0)) return {variance, 0};
    double prior_df = usual_df;
    if (!(df > 0)) return {usual_variance, prior_df};
    if (!(variance > 0)) {
        // A constant key: the population gives nothing but a scale to start from.
        prior_df = std::min(prior_df, 1.0);
        return {prior_df * usual_variance / (prior_df + df), prior_df};
    }
    // Logarithms are averaged, not variances: where keys differ much, those that are quieter than
    // usual must not be drowned by a prior worth half a row. ln of a variance on d degrees of
    // freedom has variance 2/d in large samples; that serves as the weight here.
    const double ln_ratio = std::log(variance / usual_variance);
    const double distance = std::fabs(ln_ratio) / std::sqrt(2 / df + 2 / prior_df);
    if (distance > 3) prior_df = distance < 5 ? prior_df * (5 - distance) / 2 : 0;
    const double part = df / (df + prior_df);
    return {usual_variance * std::exp(part * ln_ratio), prior_df};
}

const MeasurePopulation& Population::measure(std::size_t j) const {
    static const MeasurePopulation nothing;
    if (measures_.empty()) return nothing;
    return measures_[j];
}

Population Population::fit(std::span<const KeySummary> summaries, std::span<const double> tolerance,
                           ThreadTeam* team) {
    Population population;
    population.keys_ = static_cast<std::uint32_t>(
        std::min<std::size_t>(summaries.size(), std::numeric_limits<std::uint32_t>::max()));
    for (const KeySummary& summary : summaries) {
        if (summary.measures.size() != tolerance.size()) {
            throw Error(ErrorKind::invalid_parameter,
                        "the keys of a population have the same number of measures");
        }
    }
    KeyRates rates(0.05, 20);
    for (const KeySummary& key : summaries)
        rates.add(static_cast<double>(key.events), static_cast<double>(key.rows));
    rates.fit(10, population.rate_a_, population.rate_b_);

    population.measures_.resize(tolerance.size());
    const auto fit_measure = [&](std::size_t j) {
        MeasurePopulation& m = population.measures_[j];
        fit_variance(summaries, j, m);
        m.unit = choose_unit(summaries, j, tolerance[j]);
        fit_first_rows(summaries, j, m);
        fit_laws(summaries, j, m);
        fit_episodes(summaries, j, m.episodes);
        for (const KeySummary& key : summaries)
            m.season.add(key.measures[j].season);
        m.season.fit();
        fit_slow(summaries, j, m.slow);
    };
    if (team != nullptr) {
        team->run(tolerance.size(), fit_measure);
    } else {
        for (std::size_t j = 0; j < tolerance.size(); ++j)
            fit_measure(j);
    }
    return population;
}

void Population::serialize(ByteWriter& writer) const {
    writer.put(format_version);
    writer.put(keys_);
    writer.put(rate_a_);
    writer.put(rate_b_);
    writer.put(static_cast<std::uint8_t>(measures_.size()));
    for (const MeasurePopulation& m : measures_)
        write(writer, m);
}

Population Population::deserialize(ByteReader& reader) {
    if (reader.get<std::uint8_t>() != format_version) reader.refuse("unknown format version");
    Population population;
    population.keys_ = reader.get<std::uint32_t>();
    population.rate_a_ = reader.get<double>();
    population.rate_b_ = reader.get<double>();
    if (!(population.rate_a_ > 0 && population.rate_a_ < 1e6 && population.rate_b_ > 0 &&
          population.rate_b_ < 1e6)) {
        reader.refuse("a population figure is out of range");
    }
    const std::size_t measures = reader.get<std::uint8_t>();
    if (measures > max_measures) reader.refuse("the number of measures is out of range");
    for (std::size_t j = 0; j < measures; ++j)
        population.measures_.push_back(read(reader));
    return population;
}

} // namespace recon::breaks
