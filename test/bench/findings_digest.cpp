// Prints a digest of every finding, and of everything remembered, over generated keys of many
// kinds: a change that is meant to make judging faster and nothing else leaves all lines as they
// are. Digests hold for one machine and compiler: logarithms differ in their last bits elsewhere.
//
//   findings_digest
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <string_view>
#include <vector>

#include "../core/detection/panel.hpp"
#include "core/base/bytes.hpp"
#include "core/base/random.hpp"
#include "core/detection/baseline/key_state.hpp"
#include "core/detection/judging/judge.hpp"

namespace {

using namespace recon::breaks;

// FNV-1a by 64-bit words (Fowler, Noll and Vo).
class Digest {
  public:
    void add(std::uint64_t word) noexcept { hash_ = (hash_ ^ word) * 0x100000001b3ULL; }
    void add(double value) noexcept {
        add(std::isnan(value) ? ~std::uint64_t{0} : std::bit_cast<std::uint64_t>(value));
    }
    void add(const std::vector<double>& values) noexcept {
        add(std::uint64_t{values.size()});
        for (const double value : values)
            add(value);
    }
    [[nodiscard]] std::uint64_t value() const noexcept { return hash_ ^ (hash_ >> 29); }

  private:
    std::uint64_t hash_ = 0xcbf29ce484222325ULL;
};

void add(Digest& digest, const Finding& f) {
    for (const double figure : {f.observed, f.expected, f.lower, f.upper, f.ln_p, f.level, f.scale,
                                f.slope, f.previous, f.low, f.high}) {
        digest.add(figure);
    }
    for (std::size_t d = 0; d < detector_count; ++d) {
        digest.add(static_cast<double>(f.detector_ln_p[d]));
        digest.add(static_cast<double>(f.share[d]));
    }
    for (const std::uint64_t count :
         {f.row, static_cast<std::uint64_t>(static_cast<std::uint32_t>(f.date)),
          std::uint64_t{f.occurrence},
          static_cast<std::uint64_t>(static_cast<std::uint32_t>(f.since)),
          std::uint64_t{f.history_n}, std::uint64_t{f.episodes}, std::uint64_t{f.peers},
          std::uint64_t{f.flags}, std::uint64_t{f.measure},
          static_cast<std::uint64_t>(f.direction + 1), static_cast<std::uint64_t>(f.pattern),
          static_cast<std::uint64_t>(f.runner_up), static_cast<std::uint64_t>(f.basis),
          std::uint64_t{f.is_break}}) {
        digest.add(count);
    }
}

void add(Digest& digest, const KeySummary& summary) {
    digest.add(summary.rows);
    digest.add(summary.events);
    for (const MeasureSummary& m : summary.measures) {
        digest.add(m.first);
        digest.add(m.last);
        digest.add(m.variance);
        digest.add(m.df);
        digest.add(m.episode_sizes);
        for (const PastResidual& r : m.residuals) {
            for (const float figure : {r.residual, r.noise, r.df, r.tail_df, r.spread})
                digest.add(static_cast<double>(figure));
            digest.add(std::uint64_t{r.n} * 8 + (r.trend ? 4U : 0U) + (r.quiet ? 2U : 0U) +
                       (r.off ? 1U : 0U));
        }
        for (const std::uint32_t count :
             {m.counts.quiet_rows, m.counts.openings, m.counts.break_rows, m.counts.stays,
              m.season.rows, m.season.off})
            digest.add(std::uint64_t{count});
        for (const SlotFacts& slot : m.season.slot) {
            digest.add(std::uint64_t{slot.rows} << 32 | std::uint64_t{slot.off} << 16 | slot.sized);
            digest.add(static_cast<double>(slot.ln_sum));
            digest.add(static_cast<double>(slot.ln_squares));
        }
        for (const SlowResidual& r : m.slow) {
            for (const float figure : {r.shift, r.df, r.ln_spread})
                digest.add(static_cast<double>(figure));
        }
        digest.add((m.quiet ? std::uint64_t{2} : 0) + (m.quiet_at_match ? 1 : 0));
    }
}

void print(std::string_view name, const std::vector<KeySeries>& keys, const JudgeOptions& options) {
    Digest summaries_digest;
    Digest findings_digest;
    Digest states_digest;
    std::vector<KeySummary> summaries;
    for (const auto& key : keys) {
        summaries.push_back(summarize(key, options, true));
        add(summaries_digest, summaries.back());
        add(summaries_digest, summarize(key, options, false));
    }
    const Population population = fit_population(summaries, options);
    std::vector<Finding> findings;
    std::vector<unsigned char> bytes;
    for (const auto& key : keys) {
        findings.clear();
        KeyState state(key.measures(), options);
        judge_next(state, key, population, options, findings);
        for (const Finding& finding : findings)
            add(findings_digest, finding);
        recon::ByteWriter writer;
        state.serialize(writer);
        for (const auto byte : writer.bytes())
            states_digest.add(std::uint64_t{static_cast<unsigned char>(byte)});
    }
    std::printf("%-24.*s findings %016llx states %016llx summaries %016llx\n",
                static_cast<int>(name.size()), name.data(),
                static_cast<unsigned long long>(findings_digest.value()),
                static_cast<unsigned long long>(states_digest.value()),
                static_cast<unsigned long long>(summaries_digest.value()));
}

// Keys that drift, step, recur, lie still, tie, miss sides and overflow, several rows on some
// dates.
std::vector<KeySeries> wild_keys(std::size_t keys, std::size_t rows, std::size_t measures,
                                 double unit) {
    recon::Random random(7);
    std::vector<KeySeries> result;
    for (std::size_t k = 0; k < keys; ++k) {
        KeySeries series(measures);
        std::array<double, max_measures> values{};
        double level = 100 * random.normal();
        std::int32_t date = static_cast<std::int32_t>(8000 + k);
        for (std::size_t i = 0; i < rows; ++i) {
            if (random.uniform() < 0.95) date += random.uniform() < 0.9 ? 1 : 40;
            if (random.uniform() < 0.01) level = 100 * random.normal();
            for (std::size_t j = 0; j < measures; ++j) {
                double value = level + random.normal();
                switch ((k + j) % 9) {
                case 0:
                    value += 0.5 * static_cast<double>(i);
                    break;
                case 1:
                    value = std::round(value);
                    break;
                case 2:
                    value = random.uniform() < 0.8 ? 0 : value;
                    break;
                case 3:
                    value = date % 7 == 3 ? 50 + value : value;
                    break;
                case 4:
                    value *= std::exp(4 * random.normal());
                    break;
                case 5:
                    value = 42;
                    break;
                case 6:
                    value -= 0.02 * static_cast<double>(i);
                    break;
                case 7:
                    value = i % 50 < 3 ? 1e300 * random.normal() : value * 1e-310;
                    break;
                default:
                    value = static_cast<double>(i % 4);
                }
                value *= unit;
                const double chance = random.uniform();
                if (chance < 0.01) value = std::numeric_limits<double>::quiet_NaN();
                if (chance > 0.998) value = std::numeric_limits<double>::infinity();
                values[j] = value;
            }
            const bool is_break = !(std::fabs(values[0]) <= unit);
            series.append(date, std::span(values).first(measures), is_break, random.uniform() < 0.7,
                          i % 3, i);
        }
        series.sort();
        result.push_back(std::move(series));
    }
    return result;
}

} // namespace

int main() {
    for (const bool heavy : {false, true}) {
        test::PanelOptions choice;
        choice.heavy = heavy;
        choice.target_dates = heavy ? 5 : 1;
        auto panel = test::make_panel(choice);
        print(heavy ? "heavy panel" : "panel", panel.keys, panel.judging);
        for (auto& key : panel.keys)
            key.make_targets(std::numeric_limits<std::int32_t>::min(),
                             std::numeric_limits<std::int32_t>::max());
        print(heavy ? "heavy panel, all" : "panel, all", panel.keys, panel.judging);
    }
    for (const std::uint32_t window : {12U, 13U, 64U, 100U, 1024U}) {
        for (const double tolerance : {0.0, 1.0, 30.0}) {
            JudgeOptions options;
            options.window = window;
            options.tolerance = {tolerance, 0.5};
            char name[64];
            std::snprintf(name, sizeof name, "window %u, tolerance %g", window, tolerance);
            print(name, wild_keys(window == 1024 ? 18 : 180, window == 1024 ? 1500 : 300, 2, 1),
                  options);
        }
    }
    JudgeOptions options;
    options.tolerance = {1e-6};
    print("small unit", wild_keys(90, 200, 1, 1e-6), options);
    print("short", wild_keys(5000, 12, 1, 1e-6), options);
    return 0;
}
