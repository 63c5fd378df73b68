// The dates of what was read: which of them are judged, which are partial, whose rows are missing,
// and up to which one the run learns.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "core/detection/history/key_series.hpp"
#include "core/detection/history/series_dates.hpp"
#include "run/plan/run_plan.hpp"

namespace recon::run {

// The dates judged: from .. to as asked for, and the first and last of them that have rows.
struct Window {
    std::int32_t from;
    std::int32_t to;
    std::int32_t first;
    std::int32_t last;
};

struct RowsOnDate {
    std::int32_t date = 0;
    std::uint32_t keys = 0; // that have rows
    std::uint64_t rows = 0;
    bool is_target = false; // some of them may be judged
};

// What is learned from: the rows up to a date.
struct FitRange {
    std::int32_t through = std::numeric_limits<std::int32_t>::max();
    std::uint64_t rows = 0;
};

// Target dates with fewer than half as many keys as the dates before: how many, and the newest.
struct PartialDates {
    std::vector<std::int32_t> complete; // the other ones, in order
    std::uint64_t dates = 0;
    std::optional<std::int32_t> newest;
    std::uint64_t keys = 0;
    std::uint64_t usual_keys = 0;
};

// Rows dated after the reconciliation's today.
struct FutureRows {
    std::uint64_t rows = 0;
    std::optional<std::int32_t> newest; // date among them

    void add(const FutureRows& others);
    // Those of one key, whose dates are in order.
    [[nodiscard]] static FutureRows of_key(std::span<const breaks::RowsOfDate> on,
                                           const RunPlan& plan);
};

// Of the dates of one key, in order, those that belong to a run.
[[nodiscard]] std::span<const breaks::RowsOfDate>
dates_of_run(std::span<const breaks::RowsOfDate> on, const RunPlan& plan);

class DatesRead {
  public:
    // The dates of one key, in order.
    void add(std::span<const breaks::RowsOfDate> of_key);
    // A date of which only the count of keys is still known.
    void add(std::int32_t date, std::uint32_t keys);
    // Those of other keys.
    void add(const DatesRead& others);

    [[nodiscard]] bool empty() const noexcept { return on_.empty(); }
    // In order of date.
    [[nodiscard]] const std::vector<RowsOnDate>& on() const noexcept { return on_; }
    // 0 where there is none.
    [[nodiscard]] std::uint64_t rows_on(std::int32_t date) const;
    [[nodiscard]] std::int32_t newest() const noexcept { return on_.back().date; }
    [[nodiscard]] std::uint64_t rows_before(std::int32_t date) const;
    // Nothing where no row may be judged.
    [[nodiscard]] std::optional<Window> window(const RunPlan& plan) const;
    // The newest date judged that is not in the future.
    [[nodiscard]] std::optional<std::int32_t> judged_through(const Window& window,
                                                             const RunPlan& plan) const;
    [[nodiscard]] PartialDates partial_dates(const Window& window) const;
    // The dates that hold the oldest rows_to_fit(rows) of all rows.
    [[nodiscard]] FitRange fit_range(std::uint64_t rows) const;

    // Of so many dates before a window depends what is said of partial dates.
    static constexpr std::size_t usual_dates = 10;

  private:
    using Dates = std::vector<RowsOnDate>;
    void add(const Dates& others);
    // The first date that is not before `date`.
    [[nodiscard]] Dates::const_iterator from(std::int32_t date) const;

    Dates on_;
    Dates of_key_; // to write the dates of a key into
    Dates fresh_;  // of those that are being added, the ones not known yet
};

// The newest date of a window and the date before it, on which a key may have a row that is missing
// on the newest.
class AbsentKeys {
  public:
    AbsentKeys(const DatesRead& dates, const Window& window);

    [[nodiscard]] std::optional<std::int32_t> previous() const noexcept { return previous_; }
    // Has the key a row on the newest date?
    [[nodiscard]] bool present(const breaks::KeySeries& series) const;
    // Has it a row on the date before, and none on the newest?
    [[nodiscard]] bool absent(const breaks::KeySeries& series) const;

  private:
    std::optional<std::int32_t> newest_;
    std::optional<std::int32_t> previous_;
};

} // namespace recon::run
