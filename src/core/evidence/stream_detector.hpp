// Judges the rows of one stream one by one, each by those before it, in constant memory (about half
// a megabyte) and, averaged, constant time. Meant for streams of hundreds of rows and more
// (sensors, hourly totals); the few rows of a reconciliation key are judged by breaks/judge.hpp.
//
// How far a row lies from three levels, a quick one, a middle one and a slow one, and how far the
// rows of late have been from a very slow one, all on one side, are four statistics. Each has its p
// from its own last 2,000 values (RollingReference), and the four are combined by the harmonic mean
// (combination.hpp). Where the time is known and the time of day explains more than half of the
// deviations, what is judged so is not the value but its residual from the day's profile: level and
// season compete inside one detector, so that no step of every morning alarms as a change of level.
//
// An alarm is news once. A score that is not higher by a quarter, and by .5, than what is
// remembered of the last alarm (a third of it 220 rows later) is its echo, and becomes 0.
#pragma once

#include <array>
#include <cstddef>
#include <limits>

#include "core/base/firewall.hpp"
#include "core/evidence/rolling_reference.hpp"
#include "core/series/day_profile.hpp"
#include "core/series/robust_level.hpp"

namespace recon::evidence {

// The statistics of one stream and their p-values.
class StreamEvidence {
  public:
    // ln p; NaN while too few values are known.
    [[nodiscard]] double ln_p(double x) const;
    void add(double x);

  private:
    static constexpr std::size_t statistics = 4;

    // NaN where there are too few values for it.
    [[nodiscard]] std::array<double, statistics> statistics_of(double x) const noexcept;
    // The drift with x in, and bounded so that one value is no drift.
    [[nodiscard]] double drift_with(double x) const noexcept;

    std::array<series::RobustLevel, 3> levels_{series::RobustLevel(0.3), series::RobustLevel(0.05),
                                               series::RobustLevel(0.01)};
    series::RobustLevel origin_{0.005}; // what a drift drifts from
    double drift_ = 0;                  // mean of late z, exponentially weighted
    std::array<RollingReference, statistics> references_;
};

class StreamDetector {
  public:
    struct Judgement {
        double ln_p = std::numeric_limits<double>::quiet_NaN();
        double score = std::numeric_limits<double>::quiet_NaN(); // -log10 p; 0 for an echo
    };

    // `at`: seconds since a midnight, NaN where unknown. All NaN for the first rows (60), and for
    // an x that is not admitted.
    [[nodiscard]] Judgement judge(double x, double at) const;

    // Returns whether x entered: NaN, the infinities and magnitudes above 2^1000 do not.
    bool add(double x, double at);

  private:
    [[nodiscard]] double residual(double x, double at) const noexcept;

    StreamEvidence values_;
    series::DayProfile day_;
    StreamEvidence residuals_; // from the day
    double alarm_ = 0;         // the score of the last alarm, as far as it is remembered
};

} // namespace recon::evidence
