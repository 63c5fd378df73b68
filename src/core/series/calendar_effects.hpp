// How much the calendar moves a series: effects of the business day of the month, counted from both
// ends, of the weekday and of holidays, each shrunk towards 0 the more the fewer rows speak of it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/base/bytes.hpp"
#include "core/base/firewall.hpp"
#include "core/series/calendar.hpp"

namespace recon::series {

// The effects that apply to one day.
class DayClass {
  public:
    // Business days further than this from both ends of the month are ordinary ones.
    static constexpr int counted_from_ends = 8;
    static constexpr std::size_t effects = 2 * counted_from_ends + 7 + 1;
    static constexpr std::size_t most_at_once = 3;

    DayClass(const Calendar& calendar, Day day) noexcept;

    // Indexes below `effects`, ascending.
    [[nodiscard]] const std::uint8_t* begin() const noexcept { return indexes_.data(); }
    [[nodiscard]] const std::uint8_t* end() const noexcept { return indexes_.data() + count_; }

  private:
    void apply(std::size_t effect) noexcept {
        indexes_[count_++] = static_cast<std::uint8_t>(effect);
    }

    std::array<std::uint8_t, most_at_once> indexes_{};
    std::size_t count_ = 0;
};

// What is to be expected of a day beyond the level of the series.
struct CalendarEffects {
    std::array<double, DayClass::effects> effect{};
    // The share of the variance that the effects are estimated to explain in days not yet seen:
    // above 0, or 0 where they explain nothing, and then all of them are 0.
    double explained = 0;

    [[nodiscard]] double of(const DayClass& day) const noexcept {
        double sum = 0;
        for (const auto index : day) {
            sum += effect[index];
        }
        return sum;
    }
};

// The sums from which effects are estimated. Profiles of parts of a history, or of several keys of
// one scale, can be merged.
class CalendarProfile {
  public:
    // `deviation` is what is left of the value without its level, bounded by the caller where one
    // outlier must not become an effect. Returns whether it entered: not where it is not admitted.
    bool add(const DayClass& day, double deviation) noexcept;

    void merge(const CalendarProfile& other) noexcept;

    [[nodiscard]] std::int64_t count() const noexcept { return count_; }

    // Ridge regression on all effects at once, so that an effect is a mean deviation times
    // n / (n + k); k, the rows that an effect must have to be believed half, is the one of a few
    // that predicts best by generalized cross-validation (Golub, Heath, Wahba 1979).
    [[nodiscard]] CalendarEffects effects() const;

    void serialize(ByteWriter& writer) const;
    [[nodiscard]] static CalendarProfile deserialize(ByteReader& reader);

  private:
    static constexpr std::size_t effects_ = DayClass::effects;

    std::int64_t count_ = 0;
    double sum_ = 0;
    double squares_ = 0; // of the deviations
    // Rows that effect i and effect j <= i apply to, at i (i + 1) / 2 + j; and their sums.
    std::array<std::int64_t, effects_*(effects_ + 1) / 2> together_{};
    std::array<double, effects_> effect_sum_{};
};

} // namespace recon::series
