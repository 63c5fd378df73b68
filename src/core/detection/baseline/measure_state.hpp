// What is remembered of one measure of one key, row after row: its level or trend, the run of rows
// that lie off it, past episodes, the calendar. Everything here is the key's own past; the
// population comes in when a p-value is made of it (judge.cpp). Bounded in size.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/base/bytes.hpp"
#include "core/base/firewall.hpp"
#include "core/detection/baseline/baseline_table.hpp"
#include "core/detection/baseline/baseline_window.hpp"
#include "core/detection/baseline/calendar_slots.hpp"
#include "core/detection/baseline/slow_change.hpp"
#include "core/detection/baseline/trend_line.hpp"

namespace recon::breaks {

// What the rows so far say about the next one.
struct Baseline {
    std::uint32_t n = 0;   // rows of the level or trend
    bool trend = false;    // a trend explains them better than a level
    bool quiet = false;    // most move less than the tolerance, which is then the unit
    bool constant = false; // they are all equal
    double level = 0;      // NaN without rows
    double slope = 0;      // per row; 0 for a level
    double expected = 0;   // of the next row
    double variance = 0;   // own noise; 0 where unknown (n < 2) or constant
    double df = 0;         // what the variance is worth in degrees of freedom
    double tail_df = 0;    // of the next row's standardized residual
    double spread = 1;     // variance of prediction over variance of noise: 1 + c/n
    double unit = 0;       // standard deviation of the next residual by own evidence:
                           // root of max(variance, tolerance^2) * spread
    double off_limit = 0;  // |residual| beyond which a row lies off the baseline; infinite
                           // where nothing can be said (n < 3)
};

// Rows in succession that lie off the baseline.
struct OffRun {
    // Of so many rows it is a level, whether or not they agree.
    static constexpr std::uint32_t longest = 12;

    std::uint32_t length = 0;
    std::uint32_t same_side = 0; // the last of them on one side
    bool above = false;
    std::int32_t since = 0; // date of the first
    double deviation = 0;   // standard deviation when the run began: at least the tolerance
};

// The baseline that a run left, as it was before: what lies off it must not pull at it. It is
// remembered for a while after a new level has begun.
struct LeftBaseline {
    // As many rows make a baseline one to come back to: it is not forgotten for a level on the way.
    static constexpr std::uint32_t of_some_standing = 16;

    Baseline baseline;      // expected for the first row of the run
    std::uint32_t rows = 0; // since then; 0: none is remembered

    [[nodiscard]] bool known() const noexcept { return rows > 0; }
    // For the next row.
    [[nodiscard]] double expected() const noexcept {
        return baseline.expected + baseline.slope * static_cast<double>(rows);
    }
};

class MeasureState {
  public:
    void start(std::size_t window, double tolerance);

    [[nodiscard]] const Baseline& baseline() const noexcept {
        if (spread_is_due_) measure_spread();
        return baseline_;
    }
    [[nodiscard]] const BaselineWindow& window() const noexcept { return window_; }
    [[nodiscard]] const OffRun& run() const noexcept { return run_; }
    [[nodiscard]] const LeftBaseline& left() const noexcept { return left_; }
    // The last baseline of some standing that was left: a drift that rests for three rows begins a
    // level, and goes on from there.
    [[nodiscard]] const LeftBaseline& origin() const noexcept {
        return origin_.known() ? origin_ : left_;
    }
    // Are the last rows, this value among them, on their way from the origin, in several steps,
    // rather than in one to where they stand now? By which of the two lines leaves the smaller
    // squares, `noise` being the standard deviation of a row.
    [[nodiscard]] bool moving_away(double value, double noise) const noexcept;
    [[nodiscard]] const CalendarSlots& slots() const noexcept { return slots_; }
    [[nodiscard]] double tolerance() const noexcept { return tolerance_; }

    [[nodiscard]] std::uint64_t admitted() const noexcept { return admitted_; }
    [[nodiscard]] double previous() const noexcept { return previous_; } // NaN before the first
    [[nodiscard]] std::int32_t level_since() const noexcept { return level_since_; }
    [[nodiscard]] bool level_is_new() const noexcept { return level_is_new_; }

    // The last movement from one row to the next that was striking, and its date; 0 for none.
    [[nodiscard]] double last_move() const noexcept { return last_move_; }
    [[nodiscard]] double last_move_from() const noexcept { return last_move_from_; }
    [[nodiscard]] std::int32_t last_move_date() const noexcept { return last_move_date_; }
    [[nodiscard]] bool last_move_left_level() const noexcept { return last_move_left_level_; }
    // The noise of a row, at least the tolerance, and the deviation beyond which a row is off the
    // level, the level taken as known.
    [[nodiscard]] double noise() const noexcept {
        if (spread_is_due_) measure_spread();
        return noise_;
    }
    [[nodiscard]] double off_limit_plain() const noexcept {
        if (spread_is_due_) measure_spread();
        return off_limit_plain_;
    }
    // |difference of two rows| beyond which a movement is striking.
    [[nodiscard]] double move_limit() const noexcept {
        return 1.4142135623730951 * off_limit_plain();
    }

    // The item that the current run (length > 0) has come to: its last rows, as many as lie within
    // the range that so many rows of noise of this deviation keep but once in 1000 times.
    struct Item {
        std::size_t rows;
        double center;   // their median
        double farthest; // largest distance of one of them from the baseline that was left
    };
    [[nodiscard]] Item item(double deviation) const;

    // What the rows of late are compared with, and whether a slow change of them is reported with
    // this break: by the key's own noise, on the row on which it becomes improbable enough.
    [[nodiscard]] const SlowChange& slow() const noexcept { return slow_; }
    struct Told {
        bool drift = false;
        bool volatility = false;
    };
    [[nodiscard]] Told told(double value) const { return tell(value, slow_.with(value)); }

    // Within so many standard deviations of what is expected, so that there is nothing to be found.
    // Told without the spread where that is not known yet.
    [[nodiscard]] bool well_within(double value, double deviations) const noexcept;

    // Does the value lie off the baseline, and off the row before it?
    [[nodiscard]] bool moves(double value) const noexcept;

    // How often a row beyond the tolerance follows one within it (openings of quiet_rows), and one
    // beyond it (stays of break_rows).
    struct EpisodeCounts {
        std::uint32_t quiet_rows = 0;
        std::uint32_t openings = 0;
        std::uint32_t break_rows = 0;
        std::uint32_t stays = 0;
    };
    [[nodiscard]] const EpisodeCounts& episode_counts() const noexcept { return counts_; }
    // Normally within the tolerance: what lies beyond is an episode.
    [[nodiscard]] bool quiet_at_match() const noexcept;

    // Closed episodes of breaks: the largest |value| of each, newest last.
    static constexpr std::size_t kept_episodes = 16;
    // More than any key has: what is read back must leave room to count on.
    static constexpr std::uint64_t most_rows = std::uint64_t{1} << 62;
    [[nodiscard]] std::size_t episodes() const noexcept { return episodes_; }
    [[nodiscard]] double episode_size(std::size_t i) const noexcept { return episode_size_[i]; }
    [[nodiscard]] bool in_episode() const noexcept { return in_episode_; }

    // Does the calendar explain the row? True where rows at one of its positions have lain off the
    // baseline as far as this one, and nothing else. Fills in the expectation that fits best.
    struct Season {
        bool known = false; // past rows of a position lay off the baseline together
        double expected = 0;
        double variance = 0; // of noise, to be widened by spread
        double df = 0;       // of the variance, where it is that of the position; else 0
        double spread = 1;
        std::uint32_t n = 0;
        bool from_position = false; // the variance is that of the position's own rows
    };
    [[nodiscard]] Season season(const CalendarPosition& position, double value) const;

    // Takes a finite value in. `is_break` is the row's break rule.
    void admit(std::int32_t date, const CalendarPosition& position, double value, bool is_break);

    void serialize(ByteWriter& writer) const;
    void deserialize(ByteReader& reader, std::size_t window, double tolerance);

  private:
    void read_episodes(ByteReader& reader);
    void refresh(); // the baseline after the window has changed
    // The rest of it, put off until somebody asks: most rows lie so near that they need no spread.
    void measure_spread() const noexcept;
    // So near to the level, and to the row before, that however the spread turns out the row
    // neither lies off nor moves.
    [[nodiscard]] bool surely_near(double value) const noexcept;
    // Is the row, from the third on, off the baseline, and does it move?
    void follow_level(std::int32_t date, const CalendarPosition& position, double value);
    void begin_level(std::size_t rows, bool keep_noise);
    [[nodiscard]] bool run_agrees() const;
    void follow_episode(double value, bool is_break);
    [[nodiscard]] Told tell(double value, const SlowChange::Sums& sums) const {
        return sums.shifted() || sums.wide() ? look_closely(value, sums) : Told{};
    }
    [[nodiscard]] Told look_closely(double value, const SlowChange::Sums& sums) const;
    void remember_baseline(std::int32_t date);

    double tolerance_ = 0;
    BaselineWindow window_;
    TrendLine trend_;
    // What is put off is computed behind const: a state belongs to one thread.
    mutable bool spread_is_due_ = false;
    mutable Baseline baseline_;
    mutable double noise_ = 0;           // root of max(variance, tolerance^2)
    mutable double off_limit_plain_ = 0; // as off_limit, without the spread of prediction
    std::uint64_t index_ = 0;            // rows pushed since the level began
    std::uint64_t admitted_ = 0;
    double kept_variance_ = 0; // noise of the level before, while the new one is short
    double kept_df_ = 0;
    double previous_ = 0;
    double last_move_ = 0;
    double last_move_from_ = 0; // value before it
    std::int32_t last_move_date_ = 0;
    std::int32_t level_since_ = 0;
    bool level_is_new_ = false;
    bool last_move_left_level_ = false;
    bool previous_off_ = false; // the row before lay off the plain baseline
    OffRun run_;
    LeftBaseline left_;
    LeftBaseline origin_; // where it is not left_
    static constexpr std::size_t kept_recent = 12;
    std::array<double, kept_recent> recent_{}; // the last values, a ring over admitted_
    bool in_episode_ = false;
    double episode_peak_ = 0;
    EpisodeCounts counts_;
    std::size_t episodes_ = 0;
    std::array<double, kept_episodes> episode_size_{};
    CalendarSlots slots_;
    SlowChange slow_;
};

// The value at which Student's t with `df` has the tail that the normal has at `score`, nearly
// (Wallace 1959, Annals of Mathematical Statistics 30).
[[nodiscard]] double student_value(double score, double df) noexcept;

} // namespace recon::breaks
