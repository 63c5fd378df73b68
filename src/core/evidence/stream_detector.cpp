#include "core/evidence/stream_detector.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/evidence/combination.hpp"
#include "core/series/admitted.hpp"

namespace recon::evidence {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double drift_lambda = 0.03;
constexpr double drift_limit = 4;
constexpr double least_news = 0.5; // in score: a factor of three in p
constexpr double news_share = 0.25;
constexpr double alarm_kept = 1 - 1 / 200.0;

} // namespace

double StreamEvidence::drift_with(double x) const noexcept {
    const double z = std::clamp(origin_.z(x), -drift_limit, drift_limit);
    return drift_ + drift_lambda * (z - drift_);
}

std::array<double, StreamEvidence::statistics>
StreamEvidence::statistics_of(double x) const noexcept {
    return {std::abs(levels_[0].z(x)), std::abs(levels_[1].z(x)), std::abs(levels_[2].z(x)),
            std::abs(drift_with(x))};
}

double StreamEvidence::ln_p(double x) const {
    static constexpr std::array<double, statistics> equal_weights{1, 1, 1, 1};
    auto ln_p = statistics_of(x);
    for (std::size_t i = 0; i < statistics; ++i) {
        ln_p[i] = references_[i].ln_p(ln_p[i]);
    }
    return harmonic_ln_p(ln_p, equal_weights);
}

void StreamEvidence::add(double x) {
    const auto values = statistics_of(x);
    if (!std::isnan(values[0])) { // all levels know equally many values
        for (std::size_t i = 0; i < statistics; ++i) {
            references_[i].add(values[i]);
        }
        drift_ = drift_with(x);
    }
    for (auto& level : levels_) {
        level.add(x);
    }
    origin_.add(x);
}

double StreamDetector::residual(double x, double at) const noexcept {
    return std::isfinite(at) ? day_.residual(x, at) : nan;
}

StreamDetector::Judgement StreamDetector::judge(double x, double at) const {
    Judgement judgement;
    if (!series::admitted(x)) return judgement;
    const double from_day = residual(x, at);
    if (day_.explains() && !std::isnan(from_day)) judgement.ln_p = residuals_.ln_p(from_day);
    if (std::isnan(judgement.ln_p)) judgement.ln_p = values_.ln_p(x);
    if (std::isnan(judgement.ln_p)) return judgement;
    const double score = -judgement.ln_p / std::numbers::ln10;
    judgement.score = score > alarm_ + std::max(least_news, news_share * alarm_) ? score : 0;
    return judgement;
}

bool StreamDetector::add(double x, double at) {
    if (!series::admitted(x)) return false;
    const double score = judge(x, at).score;
    alarm_ = (score > 0 ? score : alarm_) * alarm_kept;
    const double from_day = residual(x, at);
    if (!std::isnan(from_day)) residuals_.add(from_day);
    if (std::isfinite(at)) day_.add(x, at);
    values_.add(x);
    return true;
}

} // namespace recon::evidence
