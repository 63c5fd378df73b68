#include "core/detection/judging/judge.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "core/base/interrupt.hpp"
#include "core/detection/baseline/key_state.hpp"
#include "core/detection/judging/key_judge.hpp"
#include "core/detection/judging/partners.hpp"
#include "core/detection/judging/shape_evidence.hpp"
#include "core/detection/judging/weighing.hpp"

namespace recon::breaks {

namespace {

// Rows whose residuals are kept in a summary: the first ones closely, since every length of history
// must be represented, later ones evenly spread over the rest.
class ResidualChoice {
  public:
    explicit ResidualChoice(std::size_t rows) : step_(rows > 64 ? (rows - 64 + 11) / 12 : 1) {}

    [[nodiscard]] bool operator()(std::uint64_t row) const noexcept {
        if (row < 64) {
            static constexpr std::array<std::uint64_t, 20> early = {
                3, 4, 5, 6, 7, 8, 9, 11, 13, 15, 17, 20, 24, 28, 32, 37, 42, 48, 55, 62};
            return std::binary_search(early.begin(), early.end(), row);
        }
        return (row - 64) % step_ == 0;
    }

  private:
    std::uint64_t step_;
};

SeasonFacts season_facts(const MeasureState& past) {
    const CalendarSlots& slots = past.slots();
    SeasonFacts facts;
    facts.rows = slots.rows();
    facts.off = slots.off();
    for (std::size_t s = 0; s < slot_count; ++s) {
        SlotFacts& slot = facts.slot[s];
        slot.rows = static_cast<std::uint16_t>(slots.rows(s));
        slot.off = static_cast<std::uint16_t>(slots.off(s));
        if (slot.rows == 0 || !(past.noise() > 0)) continue;
        for (const double deviation : slots.deviations(s)) {
            if (!(std::fabs(deviation) > past.off_limit_plain())) continue;
            const double ln = std::log(std::fabs(deviation) / past.noise());
            ++slot.sized;
            slot.ln_sum += static_cast<float>(ln);
            slot.ln_squares += static_cast<float>(ln * ln);
        }
    }
    return facts;
}

// A value of a row, which `past` does not know yet.
void add_row(const MeasureState& past, double value, const ResidualChoice& chosen,
             MeasureSummary& m) {
    if (m.first.size() < MeasureSummary::kept_first) m.first.push_back(value);
    m.last = value;
    if (past.slow().at_end() && m.slow.size() < MeasureSummary::kept_slow) {
        const SlowResidual slow = past.slow().residual(past.window().values(), value);
        if (std::isfinite(slow.ln_spread) && std::isfinite(slow.shift)) m.slow.push_back(slow);
    }
    if (past.window().size() < 3 || !chosen(past.admitted()) ||
        m.residuals.size() == MeasureSummary::kept_residuals) {
        return;
    }
    const Baseline& b = past.baseline();
    const double residual = value - b.expected;
    if (!(std::fabs(residual) < 1e37) || !(b.variance < 1e74)) return;
    m.residuals.push_back({static_cast<float>(residual), static_cast<float>(std::sqrt(b.variance)),
                           static_cast<float>(b.df), static_cast<float>(b.tail_df),
                           static_cast<float>(b.spread), static_cast<std::uint16_t>(b.n), b.trend,
                           b.quiet, past.run().length > 0});
}

// What is known of it after its last row.
void add_end(const MeasureState& past, MeasureSummary& m) {
    const Baseline& b = past.baseline();
    if (b.n >= 3 && std::isfinite(b.variance)) {
        m.variance = b.variance;
        m.df = b.df;
        m.quiet = b.quiet;
    }
    m.season = season_facts(past);
    m.quiet_at_match = past.quiet_at_match();
    m.counts = past.episode_counts();
    for (std::size_t i = 0; i < past.episodes(); ++i)
        m.episode_sizes.push_back(past.episode_size(i));
}

// One number alone comes together with nothing.
bool is_shape(std::span<const double> numbers) {
    return std::count_if(numbers.begin(), numbers.end(),
                         [](double number) { return !std::isnan(number); }) >= 2;
}

// A state that has seen nothing. Keys are judged one after another, and short ones cost less than
// taking the memory of a state: it is kept, one of each thread.
KeyState& fresh_state(std::size_t measures, const JudgeOptions& options) {
    static thread_local std::optional<KeyState> state;
    options.check();
    if (state && state->fits(measures, options)) {
        state->start();
    } else {
        state.emplace(measures, options);
    }
    return *state;
}

} // namespace

KeySummary summarize(const KeySeries& series, const JudgeOptions& options, bool include_targets) {
    const std::size_t measures = series.measures();
    KeyState& state = fresh_state(measures, options);
    KeySummary summary;
    summary.measures.resize(measures);
    std::size_t rows = 0;
    for (std::size_t i = 0; i < series.size(); ++i) {
        rows += include_targets || !series.is_target(i) ? 1 : 0;
    }
    const ResidualChoice chosen(rows);
    std::array<double, max_measures> values{};
    for (std::size_t i = 0; i < series.size(); ++i) {
        if ((i & 1023U) == 0) poll_interrupt();
        if (!include_targets && series.is_target(i)) continue;
        state.open_date(series.date(i));
        const bool is_break = series.is_break(i);
        for (std::size_t j = 0; j < measures; ++j) {
            const double value = series.value(i, j);
            values[j] = value;
            MeasureSummary& m = summary.measures[j];
            if (!std::isfinite(value)) continue;
            add_row(state.measure(j), value, chosen, m);
        }
        state.hold(std::span<const double>(values).first(measures), is_break);
    }
    state.close_date();
    summary.rows = state.rate().rows;
    summary.events = state.rate().events;
    for (std::size_t j = 0; j < measures; ++j) {
        add_end(state.measure(j), summary.measures[j]);
    }
    return summary;
}

Population fit_population(std::span<const KeySummary> summaries, const JudgeOptions& options,
                          ThreadTeam* team) {
    options.check();
    const std::size_t measures = summaries.empty() ? 1 : summaries.front().measures.size();
    std::vector<double> tolerance(measures, 0.0);
    std::copy_n(options.tolerance.begin(), std::min(measures, options.tolerance.size()),
                tolerance.begin());
    return Population::fit(summaries, tolerance, team);
}

std::vector<double> shapes_of_past(const KeySeries& series, const Population& population,
                                   const JudgeOptions& options, std::size_t most) {
    const std::size_t measures = series.measures();
    KeyState& state = fresh_state(measures, options);
    const KeyJudge verdict(population, options, measures);
    const std::size_t past = series.size() - series.targets();
    const std::size_t wanted = std::min(most, past);
    std::vector<double> shapes;
    shapes.reserve(wanted * measures);
    std::array<double, max_measures> values{};
    std::size_t seen = 0;
    for (std::size_t i = 0; i < series.size() && seen < past; ++i) {
        if ((i & 1023U) == 0) poll_interrupt();
        if (series.is_target(i)) continue;
        for (std::size_t j = 0; j < measures; ++j)
            values[j] = series.value(i, j);
        const auto row = std::span<const double>(values).first(measures);
        state.open_date(series.date(i));
        ++seen;
        if (seen * wanted / past != (seen - 1) * wanted / past) {
            const auto at = shapes.size();
            shapes.resize(at + measures);
            double* const shape = shapes.data() + at;
            verdict.shape(state, row, series.is_break(i), shape);
            if (!is_shape({shape, measures})) shapes.resize(at);
        }
        static_cast<void>(state.hold(row, series.is_break(i)));
    }
    return shapes;
}

void judge(const KeySeries& series, const Population& population, const JudgeOptions& options,
           std::vector<Finding>& out) {
    judge_next(fresh_state(series.measures(), options), series, population, options, out);
}

namespace {

// What the open date, whose rows are all held now, says of the items of its key.
void note_item(const KeyState& state, std::vector<ItemSpan>& items) {
    const Standing& before = state.standing();
    const Standing now = state.standing_with_held();
    if (!now.is_standing && !before.is_standing) return;
    const std::int32_t since = now.is_standing ? now.since : before.since;
    if (items.empty() || items.back().opened_on != since) {
        items.push_back({since, before.last, std::nullopt});
    }
    if (now.is_standing) {
        items.back().last_on = now.last;
    } else {
        items.back().closed_on = state.date();
    }
}

// Lets every row enter the state, and every target row pass judge_row(values, is_break) before it
// does; that gives the finding to be completed, or none.
template <typename JudgeRow>
void walk(KeyState& state, const KeySeries& rows, const JudgeNotes& notes, JudgeRow&& judge_row) {
    const std::size_t measures = rows.measures();
    if (state.measures() != measures) {
        throw Error(ErrorKind::invalid_parameter,
                    "the remembered state has another number of measures");
    }
    std::array<double, max_measures> values{};
    bool is_judged = false; // a row of the open date
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if ((i & 1023U) == 0) poll_interrupt();
        for (std::size_t j = 0; j < measures; ++j)
            values[j] = rows.value(i, j);
        const auto row = std::span<const double>(values).first(measures);
        const bool is_break = rows.is_break(i);
        state.open_date(rows.date(i));
        Finding* const finding = rows.is_target(i) ? judge_row(row, is_break) : nullptr;
        if (finding != nullptr) {
            finding->row = rows.row(i);
            if (notes.look) notes.look(*finding, state);
        }
        if (rows.is_target(i)) {
            for (PartnerTrack& track : notes.tracks)
                track.note(state, row, is_break);
        }
        const auto occurrence = state.hold(row, is_break);
        if (finding != nullptr) finding->occurrence = occurrence;
        is_judged = is_judged || rows.is_target(i);
        if (i + 1 == rows.size() || rows.date(i + 1) != rows.date(i)) {
            if (is_judged && notes.items != nullptr) note_item(state, *notes.items);
            is_judged = false;
        }
    }
    if (notes.items == nullptr || !notes.items->empty()) return;
    const Standing left = state.standing_with_held();
    if (left.is_standing) notes.items->push_back({left.since, left.last, std::nullopt});
}

} // namespace

namespace {

// The shapes of the breaks of a walk, about which the models are asked together.
class ShapesOfBreaks {
  public:
    ShapesOfBreaks(const Population& population, const JudgeOptions& options, std::size_t measures)
        : columns_(measures), models_(is_asked(options) ? population.shapes() : nullptr) {
        if (models_ != nullptr && models_->columns() != columns_) {
            throw Error(ErrorKind::invalid_parameter,
                        "the models of shapes were fitted to another number of measures");
        }
    }

    [[nodiscard]] bool are_wanted() const noexcept { return models_ != nullptr; }

    // Where the shape of the next break goes; null where nobody asks for it.
    [[nodiscard]] double* next() {
        if (models_ == nullptr) return nullptr;
        shapes_.resize(shapes_.size() + columns_);
        return shapes_.data() + shapes_.size() - columns_;
    }

    // It has been written: that of the break with this position among the findings of the walk.
    void keep(std::size_t finding) {
        if (models_ == nullptr) return;
        if (is_shape(std::span(shapes_).last(columns_))) {
            of_.push_back(finding);
        } else {
            shapes_.resize(shapes_.size() - columns_);
        }
    }

    void add_to(std::span<Finding> findings, const JudgeOptions& options) const {
        if (of_.empty()) return;
        const auto evidence = models_->ln_p(shapes_);
        Weighing weighing(options);
        for (std::size_t i = 0; i < of_.size(); ++i)
            add_evidence(findings[of_[i]], evidence[i], weighing);
    }

  private:
    static bool is_asked(const JudgeOptions& options) {
        return std::any_of(shape_detectors.begin(), shape_detectors.end(), [&](const auto& shape) {
            return options.detectors[static_cast<std::size_t>(shape.detector)].enabled;
        });
    }

    std::size_t columns_;
    const ShapeModels* models_;
    std::vector<double> shapes_;
    std::vector<std::size_t> of_; // positions of the findings they belong to
};

} // namespace

void judge_next(KeyState& state, const KeySeries& rows, const Population& population,
                const JudgeOptions& options, std::vector<Finding>& out, const JudgeNotes& notes) {
    const KeyJudge verdict(population, options, rows.measures());
    ShapesOfBreaks shapes(population, options, rows.measures());
    const auto first = out.size();
    walk(state, rows, notes, [&](std::span<const double> row, bool is_break) {
        out.push_back(verdict.judge(state, row, is_break, is_break ? shapes.next() : nullptr));
        if (is_break) shapes.keep(out.size() - 1 - first);
        return &out.back();
    });
    shapes.add_to(std::span(out).subspan(first), options);
    if (notes.ln_p == nullptr) return;
    for (const Finding& finding : std::span(out).subspan(first))
        notes.ln_p->push_back(finding.ln_p);
}

void judge_breaks(KeyState& state, const KeySeries& rows, const Population& population,
                  const JudgeOptions& options, std::vector<Finding>& breaks,
                  const JudgeNotes& notes) {
    const KeyJudge verdict(population, options, rows.measures());
    ShapesOfBreaks shapes(population, options, rows.measures());
    std::vector<double> unwanted;
    std::vector<double>& ln_p = notes.ln_p != nullptr ? *notes.ln_p : unwanted;
    const auto first = breaks.size();
    std::vector<std::size_t> place; // of each break's ln p
    walk(state, rows, notes, [&](std::span<const double> row, bool is_break) -> Finding* {
        if (!is_break) {
            ln_p.push_back(verdict.ln_p_of_match(state, row));
            return nullptr;
        }
        breaks.push_back(verdict.judge(state, row, true, shapes.next()));
        shapes.keep(breaks.size() - 1 - first);
        if (shapes.are_wanted()) place.push_back(ln_p.size());
        ln_p.push_back(breaks.back().ln_p);
        return &breaks.back();
    });
    shapes.add_to(std::span(breaks).subspan(first), options);
    for (std::size_t i = 0; i < place.size(); ++i)
        ln_p[place[i]] = breaks[first + i].ln_p;
}

} // namespace recon::breaks
