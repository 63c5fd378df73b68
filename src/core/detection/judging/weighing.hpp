// The evidence on a row, weighed again: more of it arrives after judge() has made its finding. What
// the models of shapes, its partners and custom detectors say joins what was said before.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "core/base/firewall.hpp"
#include "core/detection/judging/finding.hpp"
#include "core/evidence/combination.hpp"

namespace recon::breaks {

struct JudgeOptions;

class Weighing {
  public:
    // Detectors are identified by number: that of Detector, and from detector_count on the custom
    // ones, which have these weights.
    explicit Weighing(const JudgeOptions& options, std::span<const double> own_weights = {});

    // What the built-in ones have said of the next row; the custom ones have said nothing yet.
    void begin(std::span<const float, detector_count> said) noexcept;
    // What this one says now. False where it has nothing to say (NaN), or the strategy does not ask
    // it.
    bool hear(std::size_t detector, double ln_p) noexcept;
    // ln p of all together, times the number of measures as each of theirs.
    double together();
    // The same, and the finding says what was heard, and its shares.
    void settle(Finding& finding);

    // Of the row that was weighed last.
    [[nodiscard]] double ln_p(std::size_t detector) const noexcept { return ln_p_[detector]; }
    [[nodiscard]] double share(std::size_t detector) const noexcept { return share_[detector]; }

    // Do these detectors carry most of the verdict, and does one of them find the row striking?
    // Then a finding in which nothing stands out otherwise is of this pattern.
    void name(Finding& finding, std::span<const std::size_t> detectors, double ln_striking,
              Pattern pattern) const noexcept;

  private:
    evidence::Combination combination_;
    std::array<bool, detector_count> is_asked_{};
    std::vector<double> weight_; // of each detector, and so on
    std::vector<double> ln_p_;
    std::vector<double> share_;
};

} // namespace recon::breaks
