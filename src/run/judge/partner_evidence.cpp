#include "run/judge/partner_evidence.hpp"

#include <algorithm>
#include <utility>

#include "core/base/interrupt.hpp"
#include "core/base/progress.hpp"
#include "core/detection/judging/weighing.hpp"

namespace recon::run {

PartnerEvidence::PartnerEvidence(const PartnerFit& fit, const RunPlan& plan, const KeySpool& spool)
    : fit_(fit), plan_(plan), spool_(spool), tracks_(fit.members().size()) {}

std::vector<breaks::PartnerTrack> PartnerEvidence::tracks(std::size_t at) const {
    std::vector<breaks::PartnerTrack> tracks;
    for (const auto member : fit_.members_at(at))
        tracks.emplace_back(fit_.members()[member].measure);
    return tracks;
}

void PartnerEvidence::take(std::size_t at, std::vector<breaks::PartnerTrack> tracks,
                           std::size_t first_break, std::size_t first_row) {
    if (tracks.empty()) return;
    const auto members = fit_.members_at(at);
    for (std::size_t i = 0; i < tracks.size(); ++i)
        tracks_[members[i]] = std::move(tracks[i]);
    places_.push_back({at, first_break, first_row});
}

PartnerEvidence::Scales PartnerEvidence::scales(const Populations& populations) const {
    constexpr auto longer = static_cast<std::size_t>(breaks::History::longer);
    const auto& members = fit_.members();
    Scales scales{std::vector<const breaks::TailLaw*>(members.size()),
                  std::vector<double>(members.size())};
    for (std::size_t i = 0; i < members.size(); ++i) {
        if (!members[i].at) continue;
        const std::size_t measure = members[i].measure;
        scales.laws[i] = &populations.of(members[i].at.value()).measure(measure).laws[longer];
        if (measure < plan_.judging.tolerance.size()) {
            scales.tolerances[i] = plan_.judging.tolerance[measure];
        }
    }
    return scales;
}

// Rows of the members of a key are of the same dates, counted from their newest.
std::optional<PartnerEvidence::Strongest>
PartnerEvidence::strongest(const breaks::PartnerJudge& judge,
                           std::span<const std::uint32_t> members, std::size_t from_newest) const {
    std::optional<Strongest> strongest;
    for (const auto member : members) {
        const auto& rows = tracks_[member].rows();
        const std::size_t at = rows.size() - from_newest;
        const auto decoupling = judge.judge(member, at);
        if (!decoupling || (strongest && decoupling->ln_p >= strongest->decoupling.ln_p)) continue;
        strongest = {*decoupling, member, at};
    }
    return strongest;
}

void PartnerEvidence::decide(Detection& detection, std::vector<double>& ln_p,
                             const std::function<void(const JudgedBreak&)>& changed) const {
    if (fit_.partnerships().empty()) return;
    progress.begin("asking the partners", "keys", places_.size());
    const auto& members = fit_.members();
    const auto of_members = scales(detection.populations);
    const breaks::PartnerJudge judge(fit_.partnerships(), tracks_, of_members.laws,
                                     of_members.tolerances);
    breaks::Weighing weighing(plan_.judging);
    for (const auto& place : places_) {
        poll_interrupt();
        ++progress.done;
        const auto of_key = fit_.members_at(place.at);
        const auto& rows = tracks_[of_key.front()].rows(); // of the same dates in all of them
        std::size_t next_break = place.first_break;
        std::size_t next_row = place.first_row;
        std::size_t before = 0; // rows that were not judged
        while (before < rows.size() && !rows[before].is_target)
            ++before;
        for (std::size_t i = before; i < rows.size(); ++i) {
            const std::size_t row = next_row++;
            if (!rows[i].is_break) continue;
            auto& judged = detection.breaks[next_break++];
            const auto found = strongest(judge, of_key, rows.size() - i);
            if (!found) continue;
            const auto& told = tracks_[found->member].rows()[found->row];
            const auto measure_before = judged.finding.measure;
            breaks::add_evidence(judged.finding, found->decoupling,
                                 {members[found->member].measure, told.value, told.expected},
                                 *of_members.laws[found->member], plan_.measures.size(), weighing);
            ln_p[row] = judged.finding.ln_p;
            if (judged.finding.pattern == breaks::Pattern::decoupled) {
                const auto& partner = spool_.key(members[found->decoupling.partner].at.value());
                judged.decoupling = OptionalIndex::next_of(detection.decouplings);
                detection.decouplings.push_back({found->decoupling, words_of(partner)});
                if (judged.finding.measure != measure_before) judged.exact = {};
            }
            changed(judged);
        }
    }
}

} // namespace recon::run
