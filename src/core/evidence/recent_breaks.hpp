// Has a key begun to break more often? The breaks among its newest rows against the rate of all its
// rows before those, which differs from key to key: beta-binomial. Plugging in the rate that was
// counted would raise false alarms (.052 at a nominal .001).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/base/firewall.hpp"

namespace recon::evidence {

// The probability of a break of a key drawn at random is Beta(a, b).
struct BetaPrior {
    double a = 0;
    double b = 0;
};

class RecentBreaks {
  public:
    static constexpr std::int64_t most_recent = 100'000;

    // The newest `recent` rows, the judged one among them, are what is judged; `prior` is what is
    // thought of the key before its first row. Raises invalid_parameter unless 1 <= recent <=
    // most_recent and both parameters of the prior are positive numbers.
    RecentBreaks(std::int64_t recent, const BetaPrior& prior);

    // ln P(at least as many breaks among the newest rows), were the next row to be this.
    [[nodiscard]] double ln_p_of(bool is_break) const;

    void add(bool is_break);

  private:
    std::size_t recent_;
    BetaPrior prior_;
    std::int64_t past_breaks_ = 0; // among the rows before the newest
    std::int64_t past_rows_ = 0;
    std::int64_t newest_breaks_ = 0; // among the newest recent - 1 rows
    std::size_t oldest_ = 0;         // in newest_, once that is full
    std::vector<bool> newest_;       // a ring once it holds recent - 1 rows
};

} // namespace recon::evidence
