#include "core/evidence/volatility.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "core/statistics/log_tails.hpp"

namespace recon::evidence {
namespace {

constexpr std::size_t fewest = 6;
constexpr std::size_t most = 12;

// For the median absolute deviation of m normal values: (factor * MAD)^2 has the upper tail of
// sigma^2 chi-squared(df)/df. Made by `robust_null_table spread`.
struct SpreadOfFew {
    std::size_t rows;
    double factor;
    double df;
};
constexpr std::array<SpreadOfFew, most - fewest + 1> spread_of_few = {{
    {6, 1.639, 1.91},
    {7, 1.559, 1.94},
    {8, 1.581, 2.58},
    {9, 1.545, 2.55},
    {10, 1.557, 3.18},
    {11, 1.533, 3.22},
    {12, 1.542, volatility_df},
}};

// Ascending order of at most `most` values.
void sort_few(std::span<double> values) {
    for (std::size_t i = 1; i < values.size(); ++i) {
        const double value = values[i];
        std::size_t at = i;
        for (; at > 0 && values[at - 1] > value; --at)
            values[at] = values[at - 1];
        values[at] = value;
    }
}

double median(std::span<const double> sorted) {
    return 0.5 * (sorted[(sorted.size() - 1) / 2] + sorted[sorted.size() / 2]);
}

} // namespace

Volatility volatility(double sigma, double df, std::span<const double> recent) {
    Volatility result;
    result.ln_p = std::numeric_limits<double>::quiet_NaN();
    if (!(sigma > 0) || !std::isfinite(sigma) || !(df > 0) || recent.size() < fewest) return result;
    result.rows = std::min(recent.size(), most);
    std::array<double, most> buffer{};
    const auto values = std::span(buffer).first(result.rows);
    std::copy(recent.end() - static_cast<std::ptrdiff_t>(result.rows), recent.end(),
              values.begin());
    sort_few(values);
    const double center = median(values);
    for (auto& value : values)
        value = std::fabs(value - center);
    sort_few(values);
    const auto& known = spread_of_few[result.rows - fewest];
    result.spread = known.factor * median(values);
    const double ratio = result.spread / sigma;
    result.ln_p = ln_f_upper(ratio * ratio, known.df, df);
    return result;
}

} // namespace recon::evidence
