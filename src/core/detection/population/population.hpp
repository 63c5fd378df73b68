// What is usual over all keys of a reconciliation: learned once per fit, used where one key's own
// history is short, and to know how heavy the tails of ordinary rows are.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/firewall.hpp"
#include "core/base/thread_team.hpp"
#include "core/detection/baseline/measure_state.hpp"
#include "core/detection/baseline/slow_change.hpp"
#include "core/detection/population/noise_prior.hpp"
#include "core/detection/population/season_prior.hpp"
#include "core/detection/population/shape_models.hpp"
#include "core/detection/population/tail_law.hpp"
#include "core/statistics/normal_inverse_gamma.hpp"

namespace recon::breaks {

// How one past row lay to the rows before it.
struct PastResidual {
    float residual;
    float noise; // standard deviation of the key by its own rows, 0 where there are less than two
    float df;
    float tail_df;
    float spread;
    std::uint16_t n;
    bool trend;
    bool quiet;
    bool off; // the row before it lay off the baseline
};

// Bounded facts about one measure of one key.
struct MeasureSummary {
    static constexpr std::size_t kept_first = 3;
    static constexpr std::size_t kept_residuals = 32;
    static constexpr std::size_t kept_slow = 4;

    std::vector<double> first; // the first values, oldest first
    double last = 0;           // the last value; only where `first` is not empty
    double variance = 0;       // own noise at the end, with its degrees of freedom; df 0: unknown
    double df = 0;
    bool quiet = false;
    std::vector<PastResidual> residuals;
    bool quiet_at_match = false; // normally within the tolerance; then what follows counts
    MeasureState::EpisodeCounts counts;
    std::vector<double> episode_sizes; // largest |value| of closed episodes, newest last
    SeasonFacts season;
    std::vector<SlowResidual> slow; // the first few
};

// Episodes of keys that normally match. The probability that a quiet row is followed by a break,
// and a break by another, are Beta distributed over keys; the mean square of the sizes is scaled
// inverse chi-squared over keys, and a size over its root follows `law`.
struct EpisodePrior {
    double open_a = 0.5;
    double open_b = 9.5;
    double stay_a = 1;
    double stay_b = 1;
    double mean_square = 0;
    double df = 0; // what it is worth; 0: nothing known
    TailLaw law;
};

// Bounded facts about one key (a few hundred bytes), made by summarize().
struct KeySummary {
    std::uint64_t rows = 0;
    std::uint64_t events = 0; // breaks that opened, or moved
    std::vector<MeasureSummary> measures;
};

// What is usual for one measure.
struct MeasurePopulation {
    // Typical noise variance of keys that move more than the tolerance, and what it is worth.
    double variance = 0;
    double df = 0; // 0: nothing known
    NoisePrior noise;

    // The first rows of a key, on the scale asinh(value / unit); absent where nothing is known.
    double unit = 1;
    double largest = 0; // |value| seen
    std::optional<evidence::NormalInverseGamma> first_rows;

    // How standardized residuals are distributed, by length of history.
    std::array<TailLaw, tail_law_count> laws;

    // Keys that are normally within the tolerance: how often they leave it, and how far.
    EpisodePrior episodes;

    SeasonPrior season;

    // How levels and spreads move without being news.
    SlowPrior slow;
};

class Population {
  public:
    // Nothing known.
    Population() = default;

    [[nodiscard]] std::uint32_t keys() const noexcept { return keys_; }
    [[nodiscard]] std::size_t measures() const noexcept { return measures_.size(); }

    // What is known of a measure; for a population without measures, that nothing is.
    [[nodiscard]] const MeasurePopulation& measure(std::size_t j) const;

    // Rate at which breaks open, per row: a Beta(a, b) over keys.
    [[nodiscard]] double rate_a() const noexcept { return rate_a_; }
    [[nodiscard]] double rate_b() const noexcept { return rate_b_; }

    // The models of the shapes of rows, which several populations may share; null where none are
    // known. They are no part of the bytes.
    [[nodiscard]] const ShapeModels* shapes() const noexcept { return shapes_.get(); }
    void set_shapes(std::shared_ptr<const ShapeModels> shapes) noexcept {
        shapes_ = std::move(shapes);
    }

    void serialize(ByteWriter& writer) const;
    [[nodiscard]] static Population deserialize(ByteReader& reader);

    // See fit_population() in judge.hpp. `tolerance` has an entry for each measure; the measures
    // are fitted in the threads of the team, where there is one.
    [[nodiscard]] static Population fit(std::span<const KeySummary> summaries,
                                        std::span<const double> tolerance, ThreadTeam* team);

  private:
    std::uint32_t keys_ = 0;
    double rate_a_ = 0.5;
    double rate_b_ = 9.5;
    std::vector<MeasurePopulation> measures_;
    std::shared_ptr<const ShapeModels> shapes_;
};

// Own noise and what is usual, together: a key whose noise contradicts the population by far keeps
// its own.
struct JointVariance {
    double variance; // 0 where nothing is known
    double df;       // what the population added
};
[[nodiscard]] JointVariance join_variance(double usual_variance, double usual_df, double variance,
                                          double df);

} // namespace recon::breaks
