// Everything remembered of one key between its rows. Stored, it scores the next row in time
// independent of the history's length; a whole history is judged by the same steps, so both ways
// give the same findings.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/firewall.hpp"
#include "core/detection/baseline/baseline_options.hpp"
#include "core/detection/baseline/calendar_slots.hpp"
#include "core/detection/baseline/measure_state.hpp"
#include "core/detection/baseline/rhythm.hpp"
#include "core/detection/history/standing.hpp"

namespace recon::breaks {

// Breaks that open, counted by row.
struct BreakRate {
    std::uint64_t rows = 0;
    std::uint64_t events = 0;        // breaks that opened, or moved
    std::uint64_t recent_breaks = 0; // one bit per row, the newest lowest
    std::uint64_t recent_events = 0;
    bool previous_break = false;
    bool previous_missing = false;
};

class KeyState {
  public:
    KeyState(std::size_t measures, const BaselineOptions& options);

    // Forgets everything; keeps the memory for the next key.
    void start();
    // Was it made for so many measures, and for these tolerances, this window and this calendar?
    [[nodiscard]] bool fits(std::size_t measures, const BaselineOptions& options) const noexcept;

    // Rows come in the order of KeySeries::sort(). First the date is opened: rows of earlier dates
    // enter the state, those of the same date stay outside of it. A date before the newest is an
    // invalid_parameter error: late rows need the whole history. Then the row may be judged by the
    // state, and is held. Gives the row's number among those of its date, from 1.
    void open_date(std::int32_t date);
    std::uint32_t hold(std::span<const double> values, bool is_break);
    // Lets the held rows enter the state, as the next date would.
    void close_date();

    [[nodiscard]] std::size_t measures() const noexcept { return measure_.size(); }
    [[nodiscard]] const MeasureState& measure(std::size_t j) const noexcept { return measure_[j]; }
    [[nodiscard]] const BreakRate& rate() const noexcept { return rate_; }
    // Of the dates before the open one.
    [[nodiscard]] const Rhythm& rhythm() const noexcept { return rhythm_; }
    // Rows taken in, those of the open date among them.
    [[nodiscard]] std::uint64_t rows() const noexcept { return rate_.rows + held_breaks_.size(); }
    // Calendar position of the open date.
    [[nodiscard]] const CalendarPosition& position() const noexcept { return position_; }
    [[nodiscard]] std::int32_t date() const noexcept { return date_; }
    // Rows of the open date held so far.
    [[nodiscard]] std::size_t held() const noexcept { return held_breaks_.size(); }
    // Dates of the last rows before it, the newest last: as many, up to twelve, as are complete in
    // all their measures, so that they line up with the newest values of each window.
    [[nodiscard]] std::span<const std::int32_t> recent_dates() const noexcept {
        return std::span(recent_dates_).last(recent_);
    }
    // The item the key stands in, by the dates before the open one, and with the rows held so far.
    [[nodiscard]] const Standing& standing() const noexcept { return standing_; }
    [[nodiscard]] Standing standing_with_held() const noexcept {
        return held_breaks_.empty() ? standing_ : standing_.after(date_, holds_break_);
    }

    // Does this row open a break, or move one? A break after a match, a side that goes missing, or
    // a value that moves strikingly (not within an episode of a key that normally matches).
    [[nodiscard]] bool is_event(std::span<const double> values, bool is_break) const noexcept;

    void serialize(ByteWriter& writer) const;
    // Reads what serialize() wrote; the options must be the same.
    [[nodiscard]] static KeyState deserialize(ByteReader& reader, const BaselineOptions& options);

  private:
    void admit(std::span<const double> values, bool is_break);

    std::size_t window_;
    std::vector<double> tolerance_;
    std::vector<MeasureState> measure_;
    BreakRate rate_;
    Rhythm rhythm_;
    CalendarReader calendar_;
    CalendarPosition position_;
    static constexpr std::size_t kept_dates = 12;
    std::array<std::int32_t, kept_dates> recent_dates_{};
    std::size_t recent_ = 0;
    bool dated_ = false; // a date has been opened
    std::int32_t date_ = 0;
    Standing standing_;
    std::vector<double> held_values_;
    std::vector<bool> held_breaks_;
    bool holds_break_ = false; // one of them at least
};

} // namespace recon::breaks
