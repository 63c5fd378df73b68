#include "core/detection/judging/movement.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <utility>

#include "core/base/interrupt.hpp"
#include "core/base/random.hpp"
#include "core/statistics/log_tails.hpp"

namespace recon::breaks {

namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();

// A first look is allowed to miss by sampling what the second, at the residuals, would keep.
constexpr double smallest_of_changes = 0.7;

} // namespace

std::vector<std::int32_t>
movement_dates(std::span<const std::pair<std::int32_t, std::uint32_t>> keys_on,
               std::int32_t through) {
    constexpr std::size_t looked_at = 4 * Movement::most_changes; // among so many dates
    constexpr std::uint32_t few = 4; // a quarter of the most keys on one of them
    const auto end = std::upper_bound(
        keys_on.begin(), keys_on.end(), through,
        [](std::int32_t date, const auto& on_date) { return date < on_date.first; });
    const auto begin =
        end - std::min<std::ptrdiff_t>(end - keys_on.begin(), std::ptrdiff_t{looked_at});
    std::uint32_t most = 0;
    for (auto on = begin; on != end; ++on)
        most = std::max(most, on->second);
    std::vector<std::int32_t> dates;
    for (auto on = end; on != begin && dates.size() <= Movement::most_changes;) {
        --on;
        if (on->second >= 2 && std::uint64_t{few} * on->second >= most) dates.push_back(on->first);
    }
    std::reverse(dates.begin(), dates.end());
    return dates;
}

Movement movement(const KeySeries& series, std::size_t measure, std::span<const std::int32_t> dates,
                  double tolerance, bool without_targets) {
    Movement movement;
    if (dates.size() < Movement::fewest_changes + 1) return movement;
    std::array<double, Movement::most_changes + 1> value{};
    value.fill(missing);
    const auto all = series.dates();
    auto i = static_cast<std::size_t>(std::lower_bound(all.begin(), all.end(), dates.front()) -
                                      all.begin());
    for (std::size_t d = 0; d < dates.size(); ++d) {
        while (i < all.size() && all[i] < dates[d])
            ++i;
        std::size_t rows = 0;
        for (; i < all.size() && all[i] == dates[d]; ++i) {
            if (without_targets && series.is_target(i)) continue;
            value[d] = ++rows == 1 ? series.value(i, measure) : missing;
        }
    }
    std::array<double, Movement::most_changes> change{};
    std::array<double, Movement::most_changes> sorted{};
    std::size_t count = 0;
    for (std::size_t d = 0; d + 1 < dates.size(); ++d) {
        change[d] = value[d + 1] - value[d];
        if (std::isfinite(change[d])) sorted[count++] = change[d];
    }
    if (count < Movement::fewest_changes) return movement;
    const auto used = std::span(sorted).first(count);
    const auto middle = used.begin() + static_cast<std::ptrdiff_t>(count / 2);
    // What a key changes by all the time is its trend, and no movement.
    std::nth_element(used.begin(), middle, used.end());
    const double usual = *middle;
    for (double& each : used)
        each = std::fabs(each - usual);
    std::nth_element(used.begin(), middle, used.end());
    if (!(*middle > tolerance)) return movement;
    constexpr double unit = 40;
    const double factor = unit / (1.4826 * *middle);
    for (std::size_t d = 0; d + 1 < dates.size(); ++d) {
        const double beyond = change[d] - usual;
        if (!std::isfinite(beyond) || beyond == 0) continue;
        const double scaled = std::clamp(beyond * factor, -3 * unit, 3 * unit);
        const double sign = beyond > 0 ? 1 : -1;
        movement.change[d] =
            static_cast<std::int8_t>(sign * std::max(1.0, std::round(std::fabs(scaled))));
        movement.known |= std::uint64_t{1} << d;
        if (beyond > 0) movement.up |= std::uint64_t{1} << d;
    }
    if (std::popcount(movement.known) < static_cast<int>(Movement::fewest_changes)) return {};
    return movement;
}

std::size_t keys_that_move(std::span<const Movement> keys) noexcept {
    return static_cast<std::size_t>(
        std::count_if(keys.begin(), keys.end(), [](const Movement& key) { return key.exists(); }));
}

CorrelationLimit::CorrelationLimit(std::size_t keys, double smallest) {
    const double pairs =
        std::max(1.0, 0.5 * static_cast<double>(keys) * (static_cast<double>(keys) - 1));
    const double ln_p = std::log(0.01 / pairs);
    for (std::size_t n = Movement::fewest_changes; n <= Movement::most_changes; ++n) {
        // Successive changes of a level share a row: their own correlation of -.5 makes n of them
        // worth n / 1.5 independent ones (Bartlett 1946).
        const double df = static_cast<double>(n) / 1.5 - 2;
        const double t = [&] {
            const evidence::StudentTail tail(df);
            return tail.two_sided_quantile(ln_p);
        }();
        limit_[n] = std::max(smallest, t / std::sqrt(df + t * t));
    }
}

double CorrelationLimit::operator()(std::size_t n) const noexcept {
    if (n < Movement::fewest_changes) return 2; // no correlation is as large
    return limit_[std::min(n, Movement::most_changes)];
}

namespace {

// Do the signs agree, or disagree, far more often than not? Independent keys do so in one case of
// a hundred, and a correlation of .85 is missed in one case of a hundred.
bool signs_agree(const Movement& a, const Movement& b) noexcept {
    const std::uint64_t both = a.known & b.known;
    const int n = std::popcount(both);
    if (n < static_cast<int>(Movement::fewest_changes)) return false;
    const int difference = n - 2 * std::popcount((a.up ^ b.up) & both);
    return difference * difference >= 9 * n;
}

double correlation(const Movement& a, const Movement& b) noexcept {
    std::int32_t products = 0;
    std::int32_t squares_a = 0;
    std::int32_t squares_b = 0;
    for (std::size_t d = 0; d < Movement::most_changes; ++d) {
        const int x{a.change[d]};
        const int y{b.change[d]};
        products += x * y;
        squares_a += y != 0 ? x * x : 0;
        squares_b += x != 0 ? y * y : 0;
    }
    return products / std::sqrt(static_cast<double>(squares_a) * squares_b);
}

// The best few of every key.
class BestPairs {
  public:
    BestPairs(std::span<const Movement> keys, std::size_t active, std::size_t most)
        : keys_(keys), limit_(active, smallest_of_changes), most_(most), best_(keys.size()) {}

    void compare(std::uint32_t a, std::uint32_t b) {
        const Movement& of_a = keys_[a];
        const Movement& of_b = keys_[b];
        if (!signs_agree(of_a, of_b)) return;
        const double r = correlation(of_a, of_b);
        const auto n = static_cast<std::size_t>(std::popcount(of_a.known & of_b.known));
        if (!(std::fabs(r) >= limit_(n))) return;
        keep(a, b, r);
        keep(b, a, r);
    }

    [[nodiscard]] std::vector<MovingPair> pairs() const {
        std::vector<MovingPair> pairs;
        for (std::uint32_t key = 0; key < best_.size(); ++key) {
            for (const Other& other : best_[key]) {
                pairs.push_back(
                    {std::min(key, other.key), std::max(key, other.key), other.correlation});
            }
        }
        const auto places = [](const MovingPair& pair) {
            return std::pair(pair.first, pair.second);
        };
        std::sort(pairs.begin(), pairs.end(),
                  [&](const auto& x, const auto& y) { return places(x) < places(y); });
        pairs.erase(
            std::unique(pairs.begin(), pairs.end(),
                        [&](const auto& x, const auto& y) { return places(x) == places(y); }),
            pairs.end());
        return pairs;
    }

  private:
    struct Other {
        std::uint32_t key;
        double correlation;
        [[nodiscard]] bool before(const Other& other) const noexcept {
            const double size = std::fabs(correlation);
            const double its = std::fabs(other.correlation);
            return size > its || (size == its && key < other.key);
        }
    };

    void keep(std::uint32_t key, std::uint32_t with, double r) {
        auto& best = best_[key];
        const Other other{with, r};
        for (const Other& known : best) {
            if (known.key == with) return;
        }
        const auto at = std::find_if(best.begin(), best.end(),
                                     [&](const Other& known) { return other.before(known); });
        if (best.size() == most_ && at == best.end()) return;
        best.insert(at, other);
        if (best.size() > most_) best.pop_back();
    }

    std::span<const Movement> keys_;
    CorrelationLimit limit_;
    std::size_t most_;
    std::vector<std::vector<Other>> best_;
};

// Keys whose signs agree on some dates chosen at random, or are all opposite.
class SignBuckets {
  public:
    SignBuckets(std::span<const Movement> keys, std::span<const std::uint32_t> active)
        : keys_(keys), active_(active),
          // About two keys in each bucket, were all independent.
          bits_(std::min<std::size_t>(std::bit_width(active.size()) - 2, 20)) {
        for (std::size_t d = 0; d < Movement::most_changes; ++d) {
            const auto known = std::count_if(active.begin(), active.end(), [&](std::uint32_t key) {
                return (keys[key].known >> d & 1U) != 0;
            });
            if (2 * static_cast<std::size_t>(known) >= active.size()) dates_.push_back(d);
        }
    }

    void compare(BestPairs& best) {
        constexpr std::uint64_t choices = 24;
        constexpr std::size_t neighbours = 32; // in a bucket, that a key is compared with
        if (dates_.size() < bits_) return;
        std::vector<std::pair<std::uint32_t, std::uint32_t>> in_order; // bucket, key
        for (std::uint64_t choice = 0; choice < choices; ++choice) {
            poll_interrupt();
            choose(choice);
            in_order.clear();
            for (const auto key : active_)
                in_order.emplace_back(bucket_of(keys_[key]), key);
            std::sort(in_order.begin(), in_order.end());
            for (std::size_t i = 0; i < in_order.size(); ++i) {
                const auto end = std::min(in_order.size(), i + 1 + neighbours);
                for (std::size_t k = i + 1; k < end && in_order[k].first == in_order[i].first; ++k)
                    best.compare(in_order[i].second, in_order[k].second);
            }
        }
    }

  private:
    void choose(std::uint64_t choice) {
        Random random(mix64(choice + 0x9a37));
        for (std::size_t i = 0; i < bits_; ++i)
            std::swap(dates_[i], dates_[i + random.below(dates_.size() - i)]);
    }

    [[nodiscard]] std::uint32_t bucket_of(const Movement& key) const noexcept {
        std::uint32_t bucket = 0;
        for (std::size_t i = 0; i < bits_; ++i)
            bucket = bucket << 1U | static_cast<std::uint32_t>(key.up >> dates_[i] & 1U);
        const bool opposite = (bucket & 1U) != 0;
        return opposite ? ~bucket & ((std::uint32_t{1} << bits_) - 1) : bucket;
    }

    std::span<const Movement> keys_;
    std::span<const std::uint32_t> active_;
    std::size_t bits_;
    std::vector<std::size_t> dates_; // known of half of the keys or more; those in use come first
};

} // namespace

std::vector<MovingPair> moving_together(std::span<const Movement> keys, std::size_t most) {
    constexpr std::size_t all_pairs = 512;
    std::vector<std::uint32_t> active;
    for (std::uint32_t key = 0; key < keys.size(); ++key) {
        if (keys[key].exists()) active.push_back(key);
    }
    BestPairs best(keys, active.size(), most);
    if (active.size() > all_pairs) {
        SignBuckets(keys, active).compare(best);
        return best.pairs();
    }
    for (std::size_t i = 0; i < active.size(); ++i) {
        if ((i & 63U) == 0) poll_interrupt();
        for (std::size_t k = i + 1; k < active.size(); ++k)
            best.compare(active[i], active[k]);
    }
    return best.pairs();
}

} // namespace recon::breaks
