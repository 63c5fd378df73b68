#include "core/evidence/recent_breaks.hpp"

#include <cmath>
#include <string>

#include "core/base/error.hpp"
#include "core/base/said_number.hpp"
#include "core/statistics/log_tails.hpp"

namespace recon::evidence {

RecentBreaks::RecentBreaks(std::int64_t recent, const BetaPrior& prior)
    : recent_(static_cast<std::size_t>(recent)), prior_(prior) {
    if (recent < 1 || recent > most_recent) {
        throw Error(ErrorKind::invalid_parameter, "the number of recent rows is out of range",
                    "It is " + std::to_string(recent) + "; it can be 1 to " +
                        std::to_string(most_recent) + ".");
    }
    const bool possible = prior.a > 0 && prior.b > 0 && std::isfinite(prior.a + prior.b);
    if (!possible) {
        throw Error(ErrorKind::invalid_parameter, "the prior of a rate is out of range",
                    "It stands for " + said_number(prior.a) + " breaks and " +
                        said_number(prior.b) + " matches; both must be positive numbers.");
    }
}

double RecentBreaks::ln_p_of(bool is_break) const {
    const double a = prior_.a + static_cast<double>(past_breaks_);
    const double b = prior_.b + static_cast<double>(past_rows_ - past_breaks_);
    return ln_beta_binomial_upper(newest_breaks_ + (is_break ? 1 : 0),
                                  static_cast<std::int64_t>(newest_.size()) + 1, a, b);
}

void RecentBreaks::add(bool is_break) {
    const std::size_t kept = recent_ - 1;
    if (newest_.size() < kept) {
        newest_.push_back(is_break);
        newest_breaks_ += is_break ? 1 : 0;
        return;
    }
    bool leaving = is_break;
    if (kept > 0) {
        leaving = newest_[oldest_];
        newest_[oldest_] = is_break;
        newest_breaks_ += (is_break ? 1 : 0) - (leaving ? 1 : 0);
        oldest_ = oldest_ + 1 == kept ? 0 : oldest_ + 1;
    }
    past_breaks_ += leaving ? 1 : 0;
    past_rows_ += 1;
}

} // namespace recon::evidence
