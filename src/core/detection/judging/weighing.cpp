#include "core/detection/judging/weighing.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/detection/judging/judge_options.hpp"

namespace recon::breaks {

Weighing::Weighing(const JudgeOptions& options, std::span<const double> own_weights)
    : combination_(options.combination) {
    for (std::size_t d = 0; d < detector_count; ++d) {
        is_asked_[d] = options.detectors[d].enabled;
        weight_.push_back(options.detectors[d].weight);
    }
    weight_.insert(weight_.end(), own_weights.begin(), own_weights.end());
    ln_p_.resize(weight_.size());
    share_.resize(weight_.size());
}

void Weighing::begin(std::span<const float, detector_count> said) noexcept {
    std::fill(std::copy(said.begin(), said.end(), ln_p_.begin()), ln_p_.end(),
              std::numeric_limits<double>::quiet_NaN());
}

bool Weighing::hear(std::size_t detector, double ln_p) noexcept {
    if (std::isnan(ln_p) || (detector < detector_count && !is_asked_[detector])) return false;
    ln_p_[detector] = ln_p;
    return true;
}

double Weighing::together() {
    return evidence::combined_ln_p(combination_, ln_p_, weight_, share_);
}

void Weighing::settle(Finding& finding) {
    finding.ln_p = together();
    for (std::size_t d = 0; d < detector_count; ++d) {
        finding.detector_ln_p[d] = static_cast<float>(ln_p_[d]);
        finding.share[d] = static_cast<float>(share_[d]);
    }
}

void Weighing::name(Finding& finding, std::span<const std::size_t> detectors, double ln_striking,
                    Pattern pattern) const noexcept {
    double carried = 0;
    double smallest = 0;
    for (const auto d : detectors) {
        carried += share_[d];
        if (ln_p_[d] < smallest) smallest = ln_p_[d];
    }
    if (carried > 0.5 && smallest < ln_striking && is_quiet(finding.pattern)) {
        finding.runner_up = finding.pattern;
        finding.pattern = pattern;
    }
}

} // namespace recon::breaks
