// What no single row shows: a level that moves away in small steps, a spread that grows. The rows
// of late are held against the baseline as it was before them; two baselines are remembered, one
// to compare with, and one to take its place, so that the one compared with is always so old that
// the rows looked at came after it.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/base/bytes.hpp"
#include "core/base/firewall.hpp"
#include "core/evidence/drift.hpp"
#include "core/evidence/volatility.hpp"

namespace recon::breaks {

// A level as it stood on a date.
struct EarlierBaseline {
    double level = 0;
    double noise = 0; // standard deviation of a row, at least the tolerance; 0: none is known
    double rows = 0;  // that the level is the median of
    double df = 0;    // of the noise
    std::int32_t date = 0;

    [[nodiscard]] bool known() const noexcept { return noise > 0; }
};

// How far the last twelve rows of a key lay from a baseline before them, and how widely: what is
// usual is learned from a few of these.
struct SlowResidual {
    float shift;     // |mean departure| over the standard deviation that independent rows give it
    float df;        // of that deviation
    float ln_spread; // ln (spread of the rows / noise before)
};

// How much more than independent rows the levels and spreads of all keys move (population.hpp).
struct SlowPrior {
    double drift_widening = 1;      // multiplies the noise that a shift is measured by; at least 1
    double drift_df = 40;           // how heavy the tails are that remain
    double volatility_widening = 1; // multiplies the noise that a spread is measured by; at least 1
    double volatility_df = 40;
};

class SlowChange {
  public:
    // The longest stretch of rows that is looked at (evidence/drift.hpp), and how often another
    // baseline is remembered.
    static constexpr std::uint32_t stretch = 24;
    // A baseline of fewer rows is not compared with.
    static constexpr std::size_t smallest = 16;
    // A change is reported where it is as improbable as this by the key's own noise, so that it
    // is reported on one row, that on which it becomes so, whatever the thresholds of a run. Three
    // rows off their level, which may be a step, never are.
    static constexpr double ln_told_drift = -18.420680743952367;      // ln 1e-8
    static constexpr double ln_told_volatility = -13.815510557964274; // ln 1e-6

    void forget() noexcept { *this = SlowChange{}; }
    [[nodiscard]] const EarlierBaseline& before() const noexcept { return before_; }

    // CUSUM of the rows in units of the noise, and which of the last twelve lie far off: they say
    // at little cost that most rows are nothing to look at closely. Where the mean of 3, 6, 12 or
    // 24 rows is improbable enough, a sum with this allowance has come to the limit: 3 (4.89 /
    // sqrt(3)
    // - .5) is the smallest of the four. A spread has grown where half of twelve rows lie far off
    // the level as it was.
    struct Sums {
        double up = 0;
        double down = 0;
        std::uint32_t far = 0;       // a bit for each row, the newest lowest
        std::uint32_t far_count = 0; // of its bits

        [[nodiscard]] bool shifted() const noexcept { return std::max(up, down) >= 11; }
        [[nodiscard]] bool wide() const noexcept { return far_count >= 6; }
        [[nodiscard]] Sums with(double z) const noexcept {
            constexpr double allowance = 0.5;
            constexpr double far_off = 1.5;
            const double limited = std::clamp(z, -largest, largest);
            const std::uint32_t is_far = std::fabs(z) > far_off ? 1 : 0;
            // Without a branch, which would be a toss of a coin.
            const auto positive = [](double x) { return 0.5 * (x + std::fabs(x)); };
            return {positive(up + (limited - allowance)), positive(down - (limited + allowance)),
                    ((far << 1U) | is_far) & all_far, far_count + is_far - (far >> 11U)};
        }
        static constexpr std::uint32_t all_far = 0xfff;
    };
    [[nodiscard]] Sums with(double value) const noexcept {
        return before_.known() ? sums_.with(standard(value)) : Sums{};
    }
    // A row enters, with which the sums are these.
    void take(const Sums& sums) noexcept {
        ++rows_;
        sums_ = sums;
    }
    // Is it time to remember another baseline?
    [[nodiscard]] bool due() const noexcept {
        return rows_ >= (next_.known() ? stretch : std::max<std::uint32_t>(smallest, resting_));
    }
    void remember(const EarlierBaseline& baseline) noexcept;
    // A change has been told: nothing is compared before so many rows have come.
    void rest(std::size_t rows) noexcept;

    // The rows with this value, against the baseline before them, widened by what is usual. ln p is
    // NaN where nothing can be said.
    [[nodiscard]] evidence::Drift drift(std::span<const double> recent, double value,
                                        const SlowPrior& usual) const;
    [[nodiscard]] evidence::Volatility volatility(std::span<const double> recent, double value,
                                                  const SlowPrior& usual) const;

    // Is this row the last that is held against the present baseline?
    [[nodiscard]] bool at_end() const noexcept { return before_.known() && rows_ + 1 == stretch; }
    [[nodiscard]] SlowResidual residual(std::span<const double> recent, double value) const;

    void serialize(ByteWriter& writer) const;
    void deserialize(ByteReader& reader);

  private:
    static constexpr double largest = 3; // no row counts for more

    [[nodiscard]] double standard(double value) const noexcept {
        return (value - before_.level) * inverse_noise_;
    }
    [[nodiscard]] evidence::EarlierLevel level(const SlowPrior& usual) const noexcept;

    void compare_with(const EarlierBaseline& before) noexcept {
        before_ = before;
        inverse_noise_ = before.known() ? 1 / before.noise : 0;
    }

    EarlierBaseline before_;
    double inverse_noise_ = 0;
    EarlierBaseline next_;      // becomes before_ once a stretch of rows has come
    std::uint32_t rows_ = 0;    // since the last was remembered, or all were forgotten
    std::uint32_t resting_ = 0; // rows before the first is
    Sums sums_;
};

} // namespace recon::breaks
