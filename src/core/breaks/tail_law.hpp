// How far ordinary rows lie from their baseline, learned from all keys' past rows.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/bytes.hpp"
#include "core/evidence/log_tails.hpp"
#include "core/firewall.hpp"

namespace recon::breaks {

// Standardized residuals, already carried to normal scores for their length of history, follow a
// scaled Student t: exactly normal (scale 1, df infinite) if noise is normal and everything about
// the baseline is as assumed; heavier or wider if the population says so.
class TailLaw {
  public:
    static constexpr double usual_df = 40; // before anything has been learned

    TailLaw() : TailLaw(1, usual_df) {}
    TailLaw(double scale, double df);

    [[nodiscard]] double scale() const noexcept { return scale_; }
    [[nodiscard]] double df() const noexcept { return df_; }

    // ln P(a score at least so far from 0). Scores below 2 are looked up, with an error below
    // 1e-3; beyond, the tail is computed.
    [[nodiscard]] double ln_p(double score) const;

    // The score beyond which 5% lie.
    [[nodiscard]] double band() const noexcept { return band_; }

  private:
    static constexpr std::size_t steps = 64;
    static constexpr double looked_up = 2; // in units of scale

    double scale_;
    double df_;
    double band_;
    evidence::StudentTail tail_;
    std::array<float, steps + 2> table_;
};

// Fits a law to |scores|, in any order (they are sorted). The largest 2% take no part beyond being
// there, so that the anomalies of the past do not make the tail heavier than it is. `expected` is
// the law before these scores, and counts for as much as `weight` of them.
[[nodiscard]] TailLaw fit_tail_law(std::vector<double> scores, const TailLaw& expected,
                                   double weight);

// Laws are kept by length of history.
enum class History : std::uint8_t {
    none = 0, // new keys, against their peers
    one_or_two,
    up_to_4,
    up_to_7,
    up_to_12,
    up_to_20,
    up_to_40,
    longer,
    short_trend, // up to 12 rows
    long_trend,
    quiet, // keys that move less than their tolerance
};
inline constexpr std::size_t tail_law_count = 11;
[[nodiscard]] History history_of(std::uint32_t n, bool trend, bool quiet) noexcept;

} // namespace recon::breaks
