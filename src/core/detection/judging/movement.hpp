// Which keys move together: the changes of every key over the last dates of what is learned from,
// compared with those of others. Changes, not levels: two balances that grow or wander on their own
// look alike in their levels, and do not in their changes (Granger and Newbold 1974, Spurious
// regressions in econometrics).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "core/base/firewall.hpp"
#include "core/detection/history/key_series.hpp"

namespace recon::breaks {

// What is kept of one measure of one key: 80 bytes. Keys whose usual change is not beyond the
// tolerance, or that have less than fewest_changes, have no movement.
struct Movement {
    static constexpr std::size_t most_changes = 64;
    static constexpr std::size_t fewest_changes = 20;

    std::uint64_t known = 0; // a bit for each date on which, and on the one before, there is a row
    std::uint64_t up = 0;    // of these: the value has risen by more than it usually does
    // Off the usual one, in fortieths of the key's robust standard deviation, none beyond three of
    // them: an anomaly or a month end counts as one date among others. 0 where unknown, and nowhere
    // else.
    std::array<std::int8_t, most_changes> change{};

    [[nodiscard]] bool exists() const noexcept { return known != 0; }
};

// The dates to look at: the newest up to `through`, but for those on which few keys have rows, such
// as weekends of some of them. `keys_on` ascends by date: date, keys that have rows.
[[nodiscard]] std::vector<std::int32_t>
movement_dates(std::span<const std::pair<std::int32_t, std::uint32_t>> keys_on,
               std::int32_t through);

// `dates` ascend, at most most_changes + 1 of them; the series is sorted. Of several rows on a date
// none counts; targets do not, where `without_targets`.
[[nodiscard]] Movement movement(const KeySeries& series, std::size_t measure,
                                std::span<const std::int32_t> dates, double tolerance,
                                bool without_targets);

// How large a correlation over n dates must be, so that among so many keys that have nothing to do
// with each other a pair reaches it in one case of a hundred; at least `smallest`.
class CorrelationLimit {
  public:
    CorrelationLimit(std::size_t keys, double smallest);
    [[nodiscard]] double operator()(std::size_t n) const noexcept;

  private:
    std::array<double, Movement::most_changes + 1> limit_{};
};

[[nodiscard]] std::size_t keys_that_move(std::span<const Movement> keys) noexcept;

struct MovingPair {
    std::uint32_t first = 0; // positions, first < second
    std::uint32_t second = 0;
    double correlation = 0;
};

// For each key the `most` keys whose changes are correlated best with its own, beyond the limit, as
// pairs in order of position. Up to 512 keys all pairs are compared, beyond that those whose signs
// agree on the dates of one of some random choices of dates (Indyk and Motwani 1998, of signs): a
// pair of correlation .95 is seen in 98 of 100 cases among 100,000 keys. Positions must be those in
// key order, so that no plan changes the answer.
[[nodiscard]] std::vector<MovingPair> moving_together(std::span<const Movement> keys,
                                                      std::size_t most);

} // namespace recon::breaks
