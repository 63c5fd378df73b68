// Natural logarithms of tail probabilities. A tail is never obtained as 1 - p where p is near one,
// so ln p stays exact to about 1e-12 however far out the value lies: z = 50 is -1254.8..., not
// -infinity. NaN in gives NaN out; an infinite value has ln p = -infinity.
#pragma once

#include <cstdint>

#include "core/base/firewall.hpp"

namespace recon::evidence {

[[nodiscard]] double ln_normal_upper(double z);     // ln P(Z >= z)
[[nodiscard]] double ln_normal_two_sided(double z); // ln P(|Z| >= |z|)

// The z >= 0 with ln P(|Z| >= z) = ln_p; the z with ln P(Z >= z) = ln_p. ln_p <= 0.
[[nodiscard]] double normal_two_sided_quantile(double ln_p);
[[nodiscard]] double normal_upper_quantile(double ln_p);

// Student's t with `df` > 0 degrees of freedom, not necessarily whole; infinite means normal.
// Constructing costs a gamma function, a tail some 70 ns: keep one for each df that is used often.
class StudentTail {
  public:
    explicit StudentTail(double df);

    [[nodiscard]] double df() const noexcept { return df_; }
    [[nodiscard]] double ln_two_sided(double t) const; // ln P(|T| >= |t|)
    [[nodiscard]] double ln_upper(double t) const;     // ln P(T >= t)

    // The t >= 0 with ln P(|T| >= t) = ln_p <= 0: half the width of a band with that error.
    [[nodiscard]] double two_sided_quantile(double ln_p) const;

  private:
    double df_;
    double ln_beta_;        // ln B(df/2, 1/2)
    double switch_squared_; // below this t^2 the body is integrated, above it the tail
};

[[nodiscard]] double ln_student_two_sided(double t, double df);
[[nodiscard]] double ln_student_upper(double t, double df);

// ln P(F >= f) for Fisher's F with degrees of freedom `above` of the numerator and `below` of the
// denominator, which may be infinite; 0 for f <= 0.
[[nodiscard]] double ln_f_upper(double f, double above, double below);

// ln P(Y >= count), 0 for count <= 0, of the number of successes among `trials` whose probability
// is itself Beta(a, b); a, b > 0.
[[nodiscard]] double ln_beta_binomial_upper(std::int64_t count, std::int64_t trials, double a,
                                            double b);

} // namespace recon::evidence
