// How the noises of keys are distributed, learned over all keys, without a form being assumed: most
// keys may share one noise while some are ten times as noisy. A key's own noise, known from few
// rows, is judged with this in mind.
//
// The prior is a histogram over the logarithm of the noise, fitted by expectation maximization
// (Laird 1978, Journal of the American Statistical Association 73) to the keys' own spreads, each
// of which says no more than its degrees of freedom are worth.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/firewall.hpp"

namespace recon::breaks {

// Two-sided tail of Student's t with one number of degrees of freedom, on a grid of ln t.
class TailCurve {
  public:
    static constexpr double step = 1.0 / 16;

    explicit TailCurve(double df);
    [[nodiscard]] double df() const noexcept { return df_; }
    // ln P(|T| >= e^ln_t), within .002 and a thousandth of it.
    [[nodiscard]] double at(double ln_t) const noexcept;

  private:
    static constexpr double first = -2;
    static constexpr std::size_t points = 128; // up to t = 330
    double df_;
    std::array<double, points> ln_p_{};
};

class NoisePrior {
  public:
    NoisePrior() = default;

    // A key whose variance is worth so many degrees of freedom by normal noise; keys come in an
    // order that is always the same. Both above zero.
    void add(double variance, double df);
    // The noise of rows is Student's t with `tail_df` degrees of freedom (infinite: normal).
    void fit(double tail_df);

    // Were there enough keys?
    [[nodiscard]] bool known() const noexcept { return !ln_weight_.empty(); }

    // ln P(a residual at least so large) in a key whose own rows give this variance, worth so many
    // degrees of freedom: averaged over what its noise may be. Noise counts as at least `floor`;
    // a residual has `spread` times the variance of the noise, and is `scale` times as large as the
    // noise makes it. NaN where keys with such a variance are unheard of: then its own is all that
    // is known.
    [[nodiscard]] double ln_p(double residual, double variance, double df, double spread,
                              double scale, double floor) const;

    void serialize(ByteWriter& writer) const;
    void deserialize(ByteReader& reader);

  private:
    struct Key {
        double ln_noise;
        double df;
    };
    std::vector<Key> keys_; // until they are fitted to
    double first_ = 0;      // ln noise of the first bin
    std::vector<double> ln_weight_;
    TailCurve tail_{40};
};

} // namespace recon::breaks
