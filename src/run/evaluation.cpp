#include "run/evaluation.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/base/error.hpp"
#include "core/base/random.hpp"
#include "core/detection/judging/planting.hpp"
#include "postgres/memory.hpp"
#include "postgres/threads.hpp"
#include "run/judge/detect_breaks.hpp"
#include "run/source/key_batches.hpp"
#include "run/source/run_source.hpp"

namespace recon::run {

using namespace recon::postgres;
using breaks::Finding;
using breaks::Plant;

namespace {

// One key as it is: its target rows judged, and the unit of what is planted in it.
struct KeyAsIs {
    std::vector<Finding> findings;
    std::vector<double> unit; // of each measure: the key's noise; 0 where it is unknown
    std::size_t past = 0;     // rows before those judged
    double minimum_amount = 0;
};

// A plant and what became of it.
struct Planted {
    Plant plant = Plant::spike;
    double size = 0;      // in units
    std::size_t past = 0; // rows of the key before those judged
    double minimum_amount = 0;
    Finding finding;
};

// Deviation of the key's own noise, or of its population's; never below the tolerance.
std::vector<double> units_of(const breaks::KeySummary& summary,
                             const breaks::Population& population,
                             const breaks::JudgeOptions& judging) {
    std::vector<double> units;
    for (std::size_t j = 0; j < summary.measures.size(); ++j) {
        const auto& own = summary.measures[j];
        const auto& usual = population.measure(j);
        const double variance = own.df > 0 ? own.variance : usual.df > 0 ? usual.variance : 0;
        const double tolerance = j < judging.tolerance.size() ? judging.tolerance[j] : 0;
        units.push_back(std::max(std::sqrt(variance), tolerance));
    }
    return units;
}

std::vector<KeyAsIs> judge_as_is(KeySpool& spool, const RunPlan& plan, const Detection& detection,
                                 ThreadTeam& team) {
    std::vector<KeyAsIs> keys(spool.size());
    const Window window = *detection.window;
    for_each_in_threads<KeyAsIs>(
        spool, team, [](std::size_t) { return true; },
        [&](std::size_t at, breaks::SeriesValue value) {
            KeyAsIs key;
            const auto& population = detection.populations.of(at);
            value.series.restrict_targets(window.from, window.to);
            if (value.series.targets() == 0) return key;
            key.past = value.series.size() - value.series.targets();
            key.minimum_amount = plan.minimum_amounts.of(spool.key(at).currency);
            key.unit =
                units_of(breaks::summarize(value.series, plan.judging), population, plan.judging);
            breaks::judge(value.series, population, plan.judging, key.findings);
            return key;
        },
        [&](std::size_t at, KeyAsIs key) { keys[at] = std::move(key); });
    return keys;
}

// Which keys carry a plant in a round.
struct Round {
    std::vector<bool> is_chosen;
    std::uint64_t seed = 0;
};

// Those with the smallest hashes.
Round draw_round(const KeySpool& spool, const std::vector<KeyAsIs>& keys,
                 const EvaluationOptions& options, std::size_t number) {
    std::vector<std::pair<std::uint64_t, std::uint32_t>> drawn;
    for (std::uint32_t at = 0; at < keys.size(); ++at) {
        const auto& unit = keys[at].unit;
        const bool has_unit = std::any_of(unit.begin(), unit.end(), [](double u) { return u > 0; });
        if (keys[at].findings.empty() || !has_unit) continue;
        drawn.emplace_back(mix64(spool.key(at).hash ^ mix64(options.seed) ^ mix64(~number)), at);
    }
    const auto wanted = std::clamp<std::size_t>(
        static_cast<std::size_t>(std::lround(options.share * static_cast<double>(drawn.size()))), 1,
        std::max<std::size_t>(drawn.size(), 1));
    std::sort(drawn.begin(), drawn.end());
    drawn.resize(std::min(wanted, drawn.size()));
    Round round{std::vector<bool>(keys.size()), mix64(options.seed + 1) ^ mix64(number)};
    for (const auto& [hash, at] : drawn)
        round.is_chosen[at] = true;
    return round;
}

// The key with something planted in its last target row, judged.
std::pair<Planted, std::vector<Finding>>
plant_and_judge(const KeyAsIs& key, breaks::SeriesValue& value, std::uint64_t seed,
                const RunPlan& plan, const Window& window, const breaks::Population& population) {
    Random random(seed);
    auto& series = value.series;
    series.restrict_targets(window.from, window.to);
    std::size_t row = series.size() - 1;
    while (!series.is_target(row))
        --row;
    std::size_t measure = random.below(key.unit.size());
    while (!(key.unit[measure] > 0))
        measure = (measure + 1) % key.unit.size();
    Planted planted;
    planted.plant = static_cast<Plant>(random.below(breaks::plant_count));
    planted.size = 8 + 12 * random.uniform();
    planted.past = key.past;
    planted.minimum_amount = key.minimum_amount;
    const auto date = series.date(row);
    const auto tag = series.row(row);
    const auto changed = breaks::with_plant(series, measure, row, planted.plant,
                                            planted.size * key.unit[measure], random);
    std::vector<Finding> findings;
    breaks::judge(changed, population, plan.judging, findings);
    for (const auto& finding : findings) {
        if (finding.date == date && finding.row == tag) planted.finding = finding;
    }
    return {planted, std::move(findings)};
}

constexpr std::array<std::pair<std::size_t, const char*>, 4> history_groups = {
    {{0, "none"}, {1, "1 or 2 rows"}, {3, "3 to 19 rows"}, {20, "20 rows or more"}}};
constexpr std::array<std::pair<double, const char*>, 4> size_groups = {
    {{8, "8 to 11 units"}, {11, "11 to 14 units"}, {14, "14 to 17 units"}, {17, "17 to 20 units"}}};

template <typename Groups, typename Value>
std::size_t group_of(const Groups& groups, Value value) {
    std::size_t at = groups.size() - 1;
    while (at > 0 && value < groups[at].first)
        --at;
    return at;
}

class Tally {
  public:
    Tally() {
        lines_.push_back({"all", "every row"});
        for (const auto& [from, text] : history_groups)
            lines_.push_back({"history", text});
        for (std::size_t i = 0; i < breaks::plant_count; ++i)
            lines_.push_back({"plant", std::string(breaks::name(static_cast<Plant>(i)))});
        for (const auto& [from, text] : size_groups)
            lines_.push_back({"size", text});
    }
    void add(const Planted& planted, bool is_found) {
        for (EvaluationLine* line : {&lines_[0], &history(planted.past),
                                     &lines_[first_plant + static_cast<std::size_t>(planted.plant)],
                                     &lines_[first_size + group_of(size_groups, planted.size)]}) {
            ++line->planted;
            line->found += is_found ? 1 : 0;
        }
    }
    void add_other_alarm(std::size_t past) {
        ++lines_[0].other_alarms;
        ++history(past).other_alarms;
    }
    [[nodiscard]] const std::vector<EvaluationLine>& lines() const noexcept { return lines_; }

  private:
    static constexpr std::size_t first_history = 1;
    static constexpr std::size_t first_plant = first_history + history_groups.size();
    static constexpr std::size_t first_size = first_plant + breaks::plant_count;

    EvaluationLine& history(std::size_t past) {
        return lines_[first_history + group_of(history_groups, past)];
    }

    std::vector<EvaluationLine> lines_;
};

using JudgedPlant = std::pair<Planted, std::vector<Finding>>;

// The keys that carry a plant in a round, judged.
std::vector<JudgedPlant> judge_plants(KeySpool& spool, const RunPlan& plan,
                                      const Detection& detection, const std::vector<KeyAsIs>& keys,
                                      const Round& round, ThreadTeam& team) {
    std::vector<JudgedPlant> planted;
    for_each_in_threads<JudgedPlant>(
        spool, team, [&](std::size_t at) { return round.is_chosen[at]; },
        [&](std::size_t at, breaks::SeriesValue value) {
            return plant_and_judge(keys[at], value, mix64(round.seed ^ spool.key(at).hash), plan,
                                   *detection.window, detection.populations.of(at));
        },
        [&](std::size_t, auto result) { planted.push_back(std::move(result)); });
    return planted;
}

// Counts what was found in a round, by the family of the round: every target row, as it is or as it
// was changed.
void count_round(Tally& tally, const std::vector<JudgedPlant>& planted,
                 const std::vector<KeyAsIs>& keys, const Round& chosen, double alpha) {
    std::vector<double> ln_p;
    for (std::size_t at = 0; at < keys.size(); ++at) {
        if (chosen.is_chosen[at]) continue;
        for (const auto& finding : keys[at].findings)
            ln_p.push_back(finding.ln_p);
    }
    for (const auto& [plant, findings] : planted) {
        for (const auto& finding : findings)
            ln_p.push_back(finding.ln_p);
    }
    Detection round;
    round.alpha = alpha;
    round.family.emplace(std::move(ln_p));
    for (const auto& [plant, findings] : planted)
        tally.add(plant, round.is_anomaly(plant.finding, plant.minimum_amount));
    for (std::size_t at = 0; at < keys.size(); ++at) {
        if (chosen.is_chosen[at]) continue;
        for (const auto& finding : keys[at].findings) {
            if (finding.is_break && round.is_anomaly(finding, keys[at].minimum_amount))
                tally.add_other_alarm(keys[at].past);
        }
    }
}

} // namespace

std::vector<EvaluationLine> evaluate(const RunPlan& plan, const EvaluationOptions& options) {
    const MemoryContext work = guarded([] {
        return AllocSetContextCreate(CurrentMemoryContext, "recon evaluation",
                                     ALLOCSET_DEFAULT_SIZES);
    });
    const ContextScope in_work(work);
    auto spool = read_source(plan, plan.scan, work);
    const auto detection = detect_breaks(spool, plan);
    if (!detection.window) {
        throw Error(ErrorKind::not_available, "there is nothing to evaluate on",
                    "The source has no row dated up to today.");
    }
    BackendThreads threads;
    const auto keys = judge_as_is(spool, plan, detection, threads.team());
    Tally tally;
    for (std::size_t number = 0; number < options.rounds; ++number) {
        const auto round = draw_round(spool, keys, options, number);
        const auto planted = judge_plants(spool, plan, detection, keys, round, threads.team());
        count_round(tally, planted, keys, round, detection.alpha);
    }
    spool.finish();
    return tally.lines();
}

} // namespace recon::run
