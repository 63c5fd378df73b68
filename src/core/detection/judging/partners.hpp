// Keys that normally move together: how one follows the other, and whether it still does.
//
// What is compared are departures from each key's own baseline. Where key A and its partner B are
// related, B's departure today says what A's should be: a line through their common dates, fitted
// before the window. A row that lies off that line is evidence, however ordinary it is by its own
// history; rows that move together lie on it, however far they move.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/firewall.hpp"
#include "core/detection/history/key_series.hpp"
#include "core/detection/judging/movement.hpp"
#include "core/detection/population/tail_law.hpp"

namespace recon::breaks {

class KeyState;
struct Finding;
struct JudgeOptions;
class Weighing;

// Departures of some measures of one key from their baselines on some dates, measure by measure;
// NaN where there is none to speak of (no row, or several; the key is off its level; a baseline of
// few rows).
[[nodiscard]] std::vector<std::vector<double>>
departures(const KeySeries& series, std::span<const std::size_t> measures,
           std::span<const std::int32_t> dates, const JudgeOptions& options, bool without_targets);

// own = intercept + slope * partner, by least squares.
struct Relation {
    double slope = 0;
    double intercept = 0;
    double deviation = 0;   // standard deviation of a row from the line
    double correlation = 0; // without the dates left out
    double mean = 0;        // of the partner's departures,
    double squares = 0;     // and the sum of their squares around it
    std::uint16_t n = 0;    // dates

    [[nodiscard]] double expected(double partner) const noexcept {
        return intercept + slope * partner;
    }
    // Standard deviation of a new row from the line (the usual formula of prediction).
    [[nodiscard]] double deviation_at(double partner) const noexcept;

    void serialize(ByteWriter& writer) const;
    [[nodiscard]] static Relation deserialize(ByteReader& reader); // refuses what none has
};

// Dates on which either is far out are left out, and so are those far off the line: past anomalies.
// Nothing where less than 20 dates, or four fifths of them, are left, or the correlation is below
// the limit for them. The deviation is never less than the tolerance, nor than a twentieth of the
// key's own.
[[nodiscard]] std::optional<Relation> relate(std::span<const double> own,
                                             std::span<const double> partner, double tolerance,
                                             const CorrelationLimit& limit);
inline constexpr double smallest_correlation = 0.8;

// What is noted of one measure of a key while its target rows are judged, so that they can be
// compared with its partner's afterwards: 56 bytes a row, of keys that have partners only.
class PartnerTrack {
  public:
    static constexpr std::size_t compared_before = 12; // rows before a row that are looked at

    explicit PartnerTrack(std::size_t measure = 0) : measure_(measure) {}
    [[nodiscard]] std::size_t measure() const noexcept { return measure_; }

    // A target row, with the state as it is before the row is held.
    void note(const KeyState& state, std::span<const double> values, bool is_break);

    struct Row {
        double value = 0;
        double expected = 0; // by the key's own baseline
        double slope = 0;    // per row
        double unit = 0;     // standard deviation of the departure
        std::int32_t date = 0;
        std::uint32_t rows = 0; // of the baseline; 0: too few, or the row before lay off it
        bool is_break = false;
        bool is_target = false;

        [[nodiscard]] double departure() const noexcept { return value - expected; }
    };
    // In order of date; the first few may be rows before the targets.
    [[nodiscard]] const std::vector<Row>& rows() const noexcept { return rows_; }

  private:
    std::size_t measure_;
    std::vector<Row> rows_;
};

// Key `own` has the partner `partner`: positions in a list of keys with the measure spoken of.
struct Partnership {
    std::uint32_t own = 0;
    std::uint32_t partner = 0;
    Relation relation;
};

// What the partners say of one row.
struct Decoupling {
    double ln_p = 0;
    std::uint32_t partner = 0; // position of the one that is reported
    double departure = 0;      // of the row from its own baseline
    double its_departure = 0;  // of the partner's
    double expected = 0;       // of the row's departure, by the partner's
    double deviation = 0;      // standard deviation of the row from that
    double correlation = 0;    // of the two
    std::uint16_t dates = 0;   // that it was learned from
};

// What the partners say joins the finding's other evidence, out of `measures` measures. Where they
// make the verdict on a row that is in line otherwise, the finding is of their measure, and about
// them.
struct TrackedMeasure {
    std::size_t measure = 0;
    double value = 0;
    double expected = 0;
};
void add_evidence(Finding& finding, const Decoupling& decoupling, const TrackedMeasure& row,
                  const TailLaw& law, std::size_t measures, Weighing& weighing);

// Compares the rows of keys with those of their partners. All must outlive it.
class PartnerJudge {
  public:
    // `law` of each key: how heavy the tails of its residuals are.
    PartnerJudge(std::span<const Partnership> partnerships, std::span<const PartnerTrack> tracks,
                 std::span<const TailLaw* const> laws, std::span<const double> tolerances);

    // Nothing where no partner can say anything of row `at` of the track of `key`, or the row that
    // does not fit is the partner's.
    [[nodiscard]] std::optional<Decoupling> judge(std::uint32_t key, std::size_t at) const;

  private:
    struct Compared {
        Decoupling decoupling;
        bool is_ordinary = true; // the partner: what it says may be held against the row
        std::size_t at = 0;      // row of the partner
    };
    [[nodiscard]] std::optional<Compared> compare(const Partnership& with, std::size_t at) const;
    // Is it the partner's row that fits neither?
    [[nodiscard]] bool is_partners(std::uint32_t key, std::size_t at, const Compared& told) const;
    [[nodiscard]] bool stands_still(std::uint32_t key, std::size_t at) const;
    [[nodiscard]] std::span<const Partnership> of(std::uint32_t key) const;

    std::span<const Partnership> partnerships_; // sorted by own
    std::vector<std::uint32_t> first_;          // of each key
    std::span<const PartnerTrack> tracks_;
    std::span<const TailLaw* const> laws_;
    std::span<const double> tolerances_;
};

// The relations among keys of which departures are known: of each pair both, and of each key those
// of one or two partners, the second where it tells nearly as much. In order of the key.
[[nodiscard]] std::vector<Partnership>
partnerships(std::span<const MovingPair> pairs, const std::vector<std::vector<double>>& departures,
             std::size_t keys, double tolerance);

} // namespace recon::breaks
