#include "run/fit/partner_fit.hpp"

#include <algorithm>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "core/base/progress.hpp"
#include "run/source/key_batches.hpp"

namespace recon::run {

namespace {

constexpr std::uint8_t format_version = 1;
// A third one is for where the two best are each other's copies.
constexpr std::size_t compared_partners = 3;

// What moves together, and what of it is looked at closely.
struct Candidates {
    std::vector<std::vector<breaks::MovingPair>> pairs; // of each measure; positions by rank
    std::vector<std::size_t> moving;                    // keys, of each measure
    std::vector<std::vector<std::size_t>> measures_of;  // of each position of the spool
};

double tolerance_of(const RunPlan& plan, std::size_t measure) {
    const auto& tolerance = plan.judging.tolerance;
    return measure < tolerance.size() ? tolerance[measure] : 0;
}

Candidates find_candidates(KeySpool& spool, const RunPlan& plan,
                           const std::vector<std::int32_t>& dates,
                           const std::vector<std::uint32_t>& rank, ThreadTeam& team) {
    const std::size_t measures = plan.measures.size();
    std::vector<std::vector<breaks::Movement>> movements(
        measures, std::vector<breaks::Movement>(spool.size()));
    using OfKey = std::vector<breaks::Movement>;
    for_each_in_threads<OfKey>(
        spool, team, [](std::size_t) { return true; },
        [&](std::size_t, const breaks::SeriesValue& value) {
            OfKey of_key;
            for (std::size_t j = 0; j < measures; ++j) {
                of_key.push_back(breaks::movement(value.series, j, dates, tolerance_of(plan, j),
                                                  plan.separate_target));
            }
            return of_key;
        },
        [&](std::size_t at, const OfKey& of_key) {
            for (std::size_t j = 0; j < measures; ++j)
                movements[j][rank[at]] = of_key[j];
        });
    Candidates found;
    found.pairs.resize(measures);
    found.moving.resize(measures);
    found.measures_of.resize(spool.size());
    team.run(measures, [&](std::size_t j) {
        found.pairs[j] = breaks::moving_together(movements[j], compared_partners);
        found.moving[j] = breaks::keys_that_move(movements[j]);
    });
    for (std::size_t j = 0; j < measures; ++j) {
        for (const auto& pair : found.pairs[j]) {
            for (const auto key : {pair.first, pair.second}) {
                auto& known = found.measures_of[spool.key_order()[key]];
                if (known.empty() || known.back() != j) known.push_back(j);
            }
        }
    }
    return found;
}

// How the values of the keys that are looked at depart from what is expected: of each measure, by
// the rank of the key.
using Departures = std::vector<std::vector<std::vector<double>>>;
Departures read_departures(KeySpool& spool, const RunPlan& plan, const Candidates& candidates,
                           const std::vector<std::int32_t>& looked_at, ThreadTeam& team) {
    Departures departing(plan.measures.size(), std::vector<std::vector<double>>(spool.size()));
    const auto rank = spool.ranks();
    using OfKey = std::vector<std::vector<double>>; // of each measure looked at
    for_each_in_threads<OfKey>(
        spool, team, [&](std::size_t at) { return !candidates.measures_of[at].empty(); },
        [&](std::size_t at, const breaks::SeriesValue& value) {
            return breaks::departures(value.series, candidates.measures_of[at], looked_at,
                                      plan.judging, plan.separate_target);
        },
        [&](std::size_t at, OfKey of_key) {
            ++progress.done;
            for (std::size_t m = 0; m < of_key.size(); ++m)
                departing[candidates.measures_of[at][m]][rank[at]] = std::move(of_key[m]);
        });
    return departing;
}

} // namespace

bool PartnerFit::is_wanted(const RunPlan& plan) noexcept {
    return plan.judging.detectors[static_cast<std::size_t>(breaks::Detector::partners)].enabled;
}

PartnerFit PartnerFit::learn(KeySpool& spool, const RunPlan& plan, const FitRange& range,
                             const DatesRead& dates, ThreadTeam& team) {
    PartnerFit fit;
    fit.is_learned_ = true;
    std::vector<std::pair<std::int32_t, std::uint32_t>> keys_on;
    for (const auto& on_date : dates.on())
        keys_on.emplace_back(on_date.date, on_date.keys);
    const auto looked_at = breaks::movement_dates(keys_on, range.through);
    if (looked_at.size() <= breaks::Movement::fewest_changes) return fit;
    progress.begin("looking for keys that move together", "keys", spool.size());
    const auto candidates = find_candidates(spool, plan, looked_at, spool.ranks(), team);
    const auto departing = read_departures(spool, plan, candidates, looked_at, team);
    std::vector<std::vector<breaks::Partnership>> found(plan.measures.size());
    team.run(found.size(), [&](std::size_t j) {
        found[j] = breaks::partnerships(candidates.pairs[j], departing[j], candidates.moving[j],
                                        tolerance_of(plan, j));
    });
    fit.take(std::move(found), spool);
    fit.assign(spool);
    return fit;
}

// Members are identified by what they are in every plan.
void PartnerFit::take(std::vector<std::vector<breaks::Partnership>> found, const KeySpool& spool) {
    const auto member = [&](std::uint32_t key, std::size_t measure) {
        return Member{
            spool.key(spool.key_order()[key]).hash, static_cast<std::uint8_t>(measure), {}};
    };
    const auto before = [](const Member& a, const Member& b) {
        return std::tie(a.key, a.measure) < std::tie(b.key, b.measure);
    };
    for (std::size_t j = 0; j < found.size(); ++j) {
        for (const auto& each : found[j]) {
            members_.push_back(member(each.own, j));
            members_.push_back(member(each.partner, j));
        }
    }
    std::sort(members_.begin(), members_.end(), before);
    members_.erase(std::unique(members_.begin(), members_.end(),
                               [&](const Member& a, const Member& b) { return !before(a, b); }),
                   members_.end());
    const auto place = [&](std::uint32_t key, std::size_t measure) {
        const auto at =
            std::lower_bound(members_.begin(), members_.end(), member(key, measure), before);
        return static_cast<std::uint32_t>(at - members_.begin());
    };
    for (std::size_t j = 0; j < found.size(); ++j) {
        for (auto& each : found[j]) {
            each.own = place(each.own, j);
            each.partner = place(each.partner, j);
            partnerships_.push_back(each);
        }
    }
    std::stable_sort(partnerships_.begin(), partnerships_.end(),
                     [](const auto& a, const auto& b) { return a.own < b.own; });
}

void PartnerFit::assign(const KeySpool& spool) {
    first_.assign(spool.size() + 1, 0);
    by_place_.clear();
    if (members_.empty()) return;
    std::unordered_map<std::uint64_t, std::size_t> position;
    for (std::size_t at = 0; at < spool.size(); ++at)
        position.emplace(spool.key(at).hash, at);
    std::vector<std::pair<std::size_t, std::uint32_t>> places;
    for (std::uint32_t i = 0; i < members_.size(); ++i) {
        const auto known = position.find(members_[i].key);
        members_[i].at = {};
        if (known == position.end()) continue;
        members_[i].at = OptionalIndex(known->second);
        places.emplace_back(known->second, i);
    }
    std::sort(places.begin(), places.end());
    for (const auto& [at, place] : places) {
        ++first_[at + 1];
        by_place_.push_back(place);
    }
    for (std::size_t at = 0; at < spool.size(); ++at)
        first_[at + 1] += first_[at];
}

std::span<const std::uint32_t> PartnerFit::members_at(std::size_t at) const {
    if (by_place_.empty()) return {};
    return std::span(by_place_).subspan(first_[at], first_[at + 1] - first_[at]);
}

void PartnerFit::serialize(ByteWriter& writer) const {
    writer.put(format_version);
    writer.put(is_learned_);
    writer.put(static_cast<std::uint32_t>(members_.size()));
    for (const auto& member : members_) {
        writer.put(member.key);
        writer.put(member.measure);
    }
    writer.put(static_cast<std::uint32_t>(partnerships_.size()));
    for (const auto& each : partnerships_) {
        writer.put(each.own);
        writer.put(each.partner);
        each.relation.serialize(writer);
    }
}

PartnerFit PartnerFit::deserialize(ByteReader& reader) {
    if (reader.get<std::uint8_t>() != format_version) reader.refuse("unknown format version");
    PartnerFit fit;
    fit.is_learned_ = reader.get<bool>();
    const auto members = reader.get_count(sizeof(std::uint64_t) + 1);
    for (std::uint32_t i = 0; i < members; ++i) {
        Member member;
        member.key = reader.get<std::uint64_t>();
        member.measure = reader.get<std::uint8_t>();
        if (member.measure >= breaks::max_measures) reader.refuse("a partner has no measure");
        fit.members_.push_back(member);
    }
    const auto partnerships = reader.get_count(2 * sizeof(std::uint32_t));
    for (std::uint32_t i = 0; i < partnerships; ++i) {
        breaks::Partnership each;
        each.own = reader.get<std::uint32_t>();
        each.partner = reader.get<std::uint32_t>();
        each.relation = breaks::Relation::deserialize(reader);
        if (each.own >= members || each.partner >= members || each.own == each.partner ||
            (i > 0 && each.own < fit.partnerships_.back().own)) {
            reader.refuse("a partner is nobody");
        }
        fit.partnerships_.push_back(each);
    }
    return fit;
}

} // namespace recon::run
