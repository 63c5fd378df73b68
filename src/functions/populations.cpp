#include "functions/populations.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <tuple>

#include "core/progress.hpp"
#include "functions/key_batches.hpp"

namespace recon::functions {

namespace {

using Positions = std::vector<std::uint32_t>;

// The first of `known` that are enough to learn from: some hundreds with long histories say what is
// usual as well as all would, and many more where each has little to say.
Positions enough_of(const Positions& known, const std::vector<KeyExtent>& extents) {
    constexpr std::size_t enough_keys = 512;
    constexpr std::size_t enough_rows = 131072;
    Positions sample;
    std::size_t rows = 0;
    for (const auto at : known) {
        if (sample.size() >= enough_keys && rows >= enough_rows) break;
        sample.push_back(at);
        rows += extents[at].rows;
    }
    return sample;
}

// Keys with a row before `date`, by hash: an order that has nothing to do with what they are, and
// is the same in every plan.
Positions known_keys(const KeySpool& spool, const std::vector<KeyExtent>& extents,
                     std::int32_t date) {
    Positions known;
    for (std::uint32_t at = 0; at < extents.size(); ++at) {
        if (extents[at].rows > 0 && extents[at].first_date < date) known.push_back(at);
    }
    std::sort(known.begin(), known.end(), [&](std::uint32_t a, std::uint32_t b) {
        return std::tie(spool.key(a).hash, spool.key(a).order) <
               std::tie(spool.key(b).hash, spool.key(b).order);
    });
    return known;
}

} // namespace

Populations Populations::learn(KeySpool& spool, const RunPlan& plan, const Window& window,
                               const std::vector<KeyExtent>& extents, bool nothing_precedes,
                               ThreadTeam& team) {
    // A pool with fewer known keys than this says less of a new one than all keys do.
    constexpr std::size_t smallest_pool = 20;
    const auto known = known_keys(spool, extents,
                                  nothing_precedes || plan.separate_target
                                      ? std::numeric_limits<std::int32_t>::max()
                                      : window.from);
    std::map<std::string_view, Positions> pools;
    for (const auto at : known)
        pools[spool.key(at).pool].push_back(at);

    std::vector<Positions> samples = {enough_of(known, extents)};
    std::map<std::string_view, std::uint32_t> fit_of_pool;
    for (const auto& [pool, keys] : pools) {
        // The only pool is all keys.
        if (keys.size() < smallest_pool || pools.size() == 1) continue;
        fit_of_pool[pool] = static_cast<std::uint32_t>(samples.size());
        samples.push_back(enough_of(keys, extents));
    }
    std::vector<bool> is_sampled(spool.size());
    for (const auto& sample : samples) {
        for (const auto at : sample)
            is_sampled[at] = true;
    }

    std::vector<std::optional<breaks::KeySummary>> summaries(spool.size());
    progress.begin(
        "learning what is usual", "keys",
        static_cast<std::uint64_t>(std::count(is_sampled.begin(), is_sampled.end(), true)));
    for_each_in_threads<std::optional<breaks::KeySummary>>(
        spool, team, [&](std::size_t at) { return is_sampled[at]; },
        [&](std::size_t, SeriesValue value) {
            value.series.restrict_targets(window.from, window.to);
            return breaks::summarize(value.series, plan.judging, nothing_precedes);
        },
        [&](std::size_t at, std::optional<breaks::KeySummary> summary) {
            summaries[at] = std::move(summary);
            ++progress.done;
        });

    Populations populations;
    std::vector<std::uint32_t> rank(spool.size());
    for (std::uint32_t i = 0; i < rank.size(); ++i)
        rank[spool.key_order()[i]] = i;
    for (auto& sample : samples) {
        // In key order, which decides the last bits of sums.
        std::sort(sample.begin(), sample.end(),
                  [&](std::uint32_t a, std::uint32_t b) { return rank[a] < rank[b]; });
        std::vector<breaks::KeySummary> ordered;
        ordered.reserve(sample.size());
        for (const auto at : sample) {
            if (summaries[at]) ordered.push_back(*summaries[at]);
        }
        populations.fits_.push_back(breaks::fit_population(ordered, plan.judging));
    }
    for (std::size_t at = 0; at < spool.size(); ++at) {
        const auto fit = fit_of_pool.find(spool.key(at).pool);
        populations.fit_of_key_.push_back(fit == fit_of_pool.end() ? 0 : fit->second);
    }
    return populations;
}

} // namespace recon::functions
