// One row's verdict: the state of its key and the population, turned into p-values, combined, and
// named.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "core/base/firewall.hpp"
#include "core/detection/baseline/key_state.hpp"
#include "core/detection/judging/candidate.hpp"
#include "core/detection/judging/finding.hpp"
#include "core/detection/judging/judge_options.hpp"
#include "core/detection/population/population.hpp"

namespace recon::breaks {

class KeyJudge {
  public:
    // Both must outlive the judge.
    KeyJudge(const Population& population, const JudgeOptions& options, std::size_t measures);

    // The finding for a row of the state's open date, before it is held. Row tag and occurrence
    // are the caller's to fill in. The row's shape is written to `shape`, unless that is null; the
    // models of shapes are asked about many rows at once, and what they say is added later
    // (shape_models.hpp).
    [[nodiscard]] Finding judge(const KeyState& state, std::span<const double> values,
                                bool is_break, double* shape = nullptr) const;
    // A number for each measure; NaN where nothing is known.
    void shape(const KeyState& state, std::span<const double> values, bool is_break,
               double* shape) const;
    // ln p of a row that is no break: it counts among those judged, and is not told of. Where every
    // measure is so near to what is usual that the row's p is about .2 or more, it is 1 here: q of
    // a break is the same wherever it is below that.
    [[nodiscard]] double ln_p_of_match(const KeyState& state, std::span<const double> values) const;

  private:
    struct Evidence {
        std::array<double, detector_count> ln_p{};
        std::array<double, detector_count> share{};
        double together = 0;
        std::array<std::size_t, detector_count> measure{}; // that drifts, or whose spread has grown
    };
    // The baseline's verdict on the strongest measure.
    [[nodiscard]] Candidate judge_measures(const KeyState& state, std::span<const double> values,
                                           bool is_break, double* shape = nullptr) const;
    static double shape_of(const MeasureState& past, const Candidate& c, double value);
    [[nodiscard]] Evidence combine(const KeyState& state, const Candidate& strongest,
                                   std::span<const double> values, bool is_break) const;
    [[nodiscard]] double frequency(const KeyState& state, std::span<const double> values,
                                   bool is_break) const;
    // Slow changes that are told with this break (slow_change.hpp), on their strongest measure.
    void slow_changes(const KeyState& state, std::span<const double> values,
                      Evidence& evidence) const;

    const Population& population_;
    const JudgeOptions& options_;
    std::size_t measures_;
    double ln_measures_;
    double deviations_of_nothing_; // of the noise of each measure
    std::array<double, detector_count> weights_{};
};

} // namespace recon::breaks
