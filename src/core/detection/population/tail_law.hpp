// How far ordinary rows lie from their baseline, learned from all keys' past rows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/base/firewall.hpp"

namespace recon::breaks {

// A residual in units of the standard deviation it was expected to have, and what that is worth in
// degrees of freedom.
struct StandardResidual {
    float size; // |residual| / deviation
    float df;
};

// Standardized residuals follow a scaled Student t. Its degrees of freedom are m with 1/m = 1/df +
// 1/d: `df` is how heavy the noise of the population is (infinite if it is normal), d what the
// deviation in question is worth. Scale 1 and df infinite if everything about the baseline is as
// assumed; wider or heavier if the population says so.
class TailLaw {
  public:
    static constexpr double usual_df = 40; // before anything has been learned

    TailLaw() = default;
    TailLaw(double scale, double df) : scale_(scale), df_(df) {}

    [[nodiscard]] double scale() const noexcept { return scale_; }
    [[nodiscard]] double df() const noexcept { return df_; }

    // ln P(a residual at least so large), where its deviation is worth d degrees of freedom. Below
    // two standard deviations Wallace's approximation is used, whose error in ln p stays below .02
    // (.003 from 5 degrees of freedom on); beyond, the tail is computed.
    [[nodiscard]] double ln_p(double size, double d) const;

    // The size beyond which 5% lie, by the same approximation.
    [[nodiscard]] double band(double d) const;

  private:
    double scale_ = 1;
    double df_ = usual_df;
};

// Fits a law to residuals in any order. Only those within five robust standard deviations take
// part, by their likelihood given that they lie there: the anomalies, steps and seasons of the past
// do not make the tail heavier than noise is. `expected` is the law before these residuals, and
// counts for as much as `weight` of them.
[[nodiscard]] TailLaw fit_tail_law(std::vector<StandardResidual> residuals, const TailLaw& expected,
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
