#include "run/fit/populations.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>

#include "core/base/progress.hpp"
#include "run/source/key_batches.hpp"

namespace recon::run {

namespace {

constexpr std::uint8_t format_version = 2;

constexpr std::uint32_t not_among = std::numeric_limits<std::uint32_t>::max();

using Positions = std::vector<std::uint32_t>;

// Keys with a row up to `date`, by hash: an order that has nothing to do with what they are, and
// is the same in every plan.
Positions known_keys(const KeySpool& spool, const std::vector<std::int32_t>& first_dates,
                     std::int32_t date) {
    Positions known;
    for (std::uint32_t at = 0; at < first_dates.size(); ++at) {
        if (first_dates[at] != Populations::never && first_dates[at] <= date) known.push_back(at);
    }
    std::sort(known.begin(), known.end(), [&](std::uint32_t a, std::uint32_t b) {
        return std::tie(spool.key(a).hash, spool.key(a).order) <
               std::tie(spool.key(b).hash, spool.key(b).order);
    });
    return known;
}

// How many keys are enough to learn from: some hundreds with long histories teach as much as
// all would, and many more where each has little to say.
std::size_t enough_keys(std::size_t known, std::uint64_t rows) {
    constexpr std::size_t least_keys = 512;
    constexpr std::uint64_t least_rows = 131072;
    if (rows <= least_rows) return known;
    return std::max(least_keys, static_cast<std::size_t>(known * least_rows / rows) + 1);
}

// Keys whose past rows the models of shapes are made of: a few hundred say how measures come
// together, and walking them again costs little.
Positions keys_with_shapes(const Positions& known, std::uint64_t rows) {
    constexpr std::size_t least_keys = 128;
    constexpr std::uint64_t least_rows = 65536;
    const auto enough = rows <= least_rows
                            ? known.size()
                            : std::max<std::size_t>(least_keys, known.size() * least_rows / rows);
    return {known.begin(),
            known.begin() + static_cast<std::ptrdiff_t>(std::min(enough, known.size()))};
}

Positions first_of(const Positions& keys, std::size_t count) {
    return {keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(std::min(count, keys.size()))};
}

// Facts about the keys that are in some sample.
std::vector<std::optional<breaks::KeySummary>> summarize_keys(KeySpool& spool, const RunPlan& plan,
                                                              const FitRange& range,
                                                              const std::vector<Positions>& samples,
                                                              ThreadTeam& team) {
    std::vector<bool> is_sampled(spool.size());
    for (const auto& sample : samples) {
        for (const auto at : sample)
            is_sampled[at] = true;
    }

    std::vector<std::optional<breaks::KeySummary>> summaries(spool.size());
    progress.begin(
        "learning typical values", "keys",
        static_cast<std::uint64_t>(std::count(is_sampled.begin(), is_sampled.end(), true)));
    for_each_in_threads<std::optional<breaks::KeySummary>>(
        spool, team, [&](std::size_t at) { return is_sampled[at]; },
        [&](std::size_t, breaks::SeriesValue value) {
            // Targets are not learned from.
            if (!plan.separate_target)
                value.series.make_targets(range.through + 1, Populations::never);
            return breaks::summarize(value.series, plan.judging);
        },
        [&](std::size_t at, std::optional<breaks::KeySummary> summary) {
            summaries[at] = std::move(summary);
            ++progress.done;
        });
    return summaries;
}

} // namespace

Populations Populations::learn(KeySpool& spool, const RunPlan& plan, const FitRange& range,
                               const std::vector<std::int32_t>& first_dates, ThreadTeam& team) {
    // A pool with fewer known keys than this says less of a new one than all keys do.
    constexpr std::size_t smallest_pool = 20;
    const auto known = known_keys(spool, first_dates, range.through);
    std::map<std::string_view, Positions> pools;
    for (const auto at : known)
        pools[spool.key(at).pool].push_back(at);

    Populations populations;
    const auto enough = enough_keys(known.size(), range.rows);
    std::vector<Positions> samples = {first_of(known, enough)};
    for (const auto& [pool, keys] : pools) {
        // The only pool is all keys.
        if (keys.size() < smallest_pool || pools.size() == 1) continue;
        populations.fit_of_pool_.emplace(pool, static_cast<std::uint32_t>(samples.size()));
        samples.push_back(first_of(keys, enough));
    }
    auto summaries = summarize_keys(spool, plan, range, samples, team);
    const auto rank = spool.ranks();
    for (auto& sample : samples) {
        // In key order, which decides the last bits of sums.
        std::sort(sample.begin(), sample.end(),
                  [&](std::uint32_t a, std::uint32_t b) { return rank[a] < rank[b]; });
        std::vector<breaks::KeySummary> ordered;
        ordered.reserve(sample.size());
        for (const auto at : sample) {
            if (!summaries[at]) continue;
            if (samples.size() == 1) {
                ordered.push_back(std::move(*summaries[at]));
            } else {
                ordered.push_back(*summaries[at]);
            }
        }
        populations.fits_.push_back(breaks::fit_population(ordered, plan.judging, &team));
    }
    populations.assign(spool);
    populations.learn_shapes(spool, plan, keys_with_shapes(known, range.rows), range, team);
    return populations;
}

void Populations::learn_shapes(KeySpool& spool, const RunPlan& plan,
                               const std::vector<std::uint32_t>& keys, const FitRange& range,
                               ThreadTeam& team) {
    if (plan.measures.size() < 2) return;
    // In both halves together.
    constexpr std::size_t most_rows = 16384;
    const std::size_t rows_of_key =
        std::clamp<std::size_t>(keys.empty() ? 0 : most_rows / keys.size(), 1, 64);
    std::vector<std::uint32_t> place(spool.size(), not_among);
    for (std::uint32_t i = 0; i < keys.size(); ++i)
        place[keys[i]] = i;
    // In the order of their hashes: which half a key is in has nothing to do with what it is.
    std::vector<std::vector<double>> shapes(keys.size());
    progress.begin("learning how measures come together", "keys", keys.size());
    for_each_in_threads<std::vector<double>>(
        spool, team, [&](std::size_t at) { return place[at] != not_among; },
        [&](std::size_t at, breaks::SeriesValue value) {
            if (!plan.separate_target) value.series.make_targets(range.through + 1, never);
            return breaks::shapes_of_past(value.series, of(at), plan.judging, rows_of_key);
        },
        [&](std::size_t at, std::vector<double> of_key) {
            shapes[place[at]] = std::move(of_key);
            ++progress.done;
        });
    set_shapes(breaks::ShapeModels::fit(shapes, plan.measures.size(), plan.judging.forest));
}

void Populations::set_shapes(const std::shared_ptr<const breaks::ShapeModels>& shapes) {
    for (auto& fit : fits_)
        fit.set_shapes(shapes);
}

void Populations::assign(const KeySpool& spool) {
    fit_of_key_.clear();
    for (std::size_t at = 0; at < spool.size(); ++at)
        fit_of_key_.push_back(fit_of(spool.key(at).pool));
}

std::uint32_t Populations::fit_of(const std::string& pool) const {
    const auto fit = fit_of_pool_.find(pool);
    return fit == fit_of_pool_.end() ? 0 : fit->second;
}

void Populations::serialize(ByteWriter& writer) const {
    writer.put(format_version);
    writer.put(static_cast<std::uint32_t>(fits_.size()));
    for (const auto& fit : fits_)
        fit.serialize(writer);
    writer.put(static_cast<std::uint32_t>(fit_of_pool_.size()));
    for (const auto& [pool, fit] : fit_of_pool_) {
        writer.put_string(pool);
        writer.put(fit);
    }
    const auto* const shapes = fits_.front().shapes();
    writer.put(shapes != nullptr);
    if (shapes != nullptr) shapes->serialize(writer);
}

Populations Populations::deserialize(ByteReader& reader) {
    if (reader.get<std::uint8_t>() != format_version) reader.refuse("unknown format version");
    Populations populations;
    const auto fits = reader.get_count(1);
    if (fits == 0) reader.refuse("there is no population");
    for (std::uint32_t i = 0; i < fits; ++i)
        populations.fits_.push_back(breaks::Population::deserialize(reader));
    const auto pools = reader.get_count(sizeof(std::uint32_t));
    for (std::uint32_t i = 0; i < pools; ++i) {
        auto pool = reader.get_string();
        const auto fit = reader.get<std::uint32_t>();
        if (fit >= fits) reader.refuse("a pool has no fit");
        populations.fit_of_pool_.emplace(std::move(pool), fit);
    }
    if (reader.get<bool>()) populations.set_shapes(breaks::ShapeModels::deserialize(reader));
    return populations;
}

} // namespace recon::run
