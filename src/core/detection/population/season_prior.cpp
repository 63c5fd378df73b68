#include "core/detection/population/season_prior.hpp"

#include <algorithm>
#include <cmath>

#include "core/statistics/log_tails.hpp"

namespace recon::breaks {

namespace {

// A position acts where its excess of rows off the level is this many standard deviations, and
// this share of its rows.
constexpr double sure = 4;
constexpr double smallest_excess = 0.005;

constexpr double size_df = 20;

} // namespace

void SeasonPrior::add(const SeasonFacts& key) noexcept {
    rows_ += key.rows;
    off_ += key.off;
    for (std::size_t s = 0; s < slot_count; ++s) {
        const SlotFacts& facts = key.slot[s];
        Sums& sums = sums_[s];
        sums.rows += facts.rows;
        sums.off += facts.off;
        sums.sized += facts.sized;
        sums.ln_sum += static_cast<double>(facts.ln_sum);
        sums.ln_squares += static_cast<double>(facts.ln_squares);
        if (facts.sized >= 2 && 2 * facts.sized > facts.kept()) {
            sums.seasonal_rows += facts.kept();
            sums.seasonal_in_line += facts.kept() - facts.sized;
        }
    }
}

void SeasonPrior::fit() noexcept {
    for (std::size_t s = 0; s < slot_count; ++s) {
        const Sums& sums = sums_[s];
        Prior& prior = prior_[s];
        prior = Prior{};
        if (sums.rows < 20 || sums.sized < 5) continue;
        // A quarter end is a month end; it acts of itself where it does more than those do.
        const Sums& ends = sums_[slot_from_end];
        const double ordinary = s == slot_quarter_end
                                    ? (ends.off - sums.off + 1) / (ends.rows - sums.rows + 20)
                                    : (off_ - sums.off + 1) / (rows_ - sums.rows + 20);
        const double excess = sums.off / sums.rows - ordinary;
        const double chance = std::sqrt(ordinary * (1 - ordinary) / sums.rows);
        if (excess < smallest_excess || excess < sure * chance) continue;
        prior.in_line = (sums.seasonal_in_line + 0.5) / (sums.seasonal_rows + 5);
        prior.keys = std::min(0.99, excess / (1 - prior.in_line));
        prior.ordinary = std::min(ordinary, 0.5);
        prior.ln_size = sums.ln_sum / sums.sized;
        const double squares = sums.ln_squares - sums.sized * prior.ln_size * prior.ln_size;
        prior.ln_spread = std::sqrt((std::max(0.0, squares) + 1) / sums.sized);
    }
}

double SeasonPrior::probability(std::size_t slot, std::uint32_t rows,
                                std::uint32_t off) const noexcept {
    const Prior& prior = prior_[slot];
    if (!(prior.keys > 0)) return 0;
    const auto away = static_cast<double>(off);
    const auto in_line = static_cast<double>(rows - off);
    const double ln_odds = std::log(prior.keys / (1 - prior.keys)) +
                           in_line * std::log(prior.in_line / (1 - prior.ordinary)) +
                           away * std::log((1 - prior.in_line) / prior.ordinary);
    return 1 / (1 + std::exp(-ln_odds));
}

double SeasonPrior::ln_size_p(std::size_t slot, double size) const {
    const Prior& prior = prior_[slot];
    return evidence::ln_student_upper((std::log(size) - prior.ln_size) / prior.ln_spread, size_df);
}

void SeasonPrior::serialize(ByteWriter& writer) const {
    for (const Prior& prior : prior_) {
        writer.put(prior.keys);
        writer.put(prior.in_line);
        writer.put(prior.ordinary);
        writer.put(prior.ln_size);
        writer.put(prior.ln_spread);
    }
}

void SeasonPrior::deserialize(ByteReader& reader) {
    const auto within = [&](double low, double high) {
        const double value = reader.get<double>();
        if (!(value >= low && value <= high)) reader.refuse("a season's figure is out of range");
        return value;
    };
    for (Prior& prior : prior_) {
        prior.keys = within(0, 0.99);
        prior.in_line = within(0, 1);
        prior.ordinary = within(0, 0.5);
        prior.ln_size = within(-1000, 1000);
        prior.ln_spread = within(0, 1000);
        if (prior.keys > 0 && !(prior.in_line > 0 && prior.in_line < 1 && prior.ordinary > 0 &&
                                prior.ln_spread > 0)) {
            reader.refuse("a season's figure is out of range");
        }
    }
}

} // namespace recon::breaks
