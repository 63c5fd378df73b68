#include "run/judge/partner_evidence.hpp"

#include <algorithm>
#include <optional>
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

void PartnerEvidence::decide(Detection& detection, std::vector<double>& ln_p,
                             const std::function<void(const JudgedBreak&)>& changed) const {
    if (fit_.partnerships().empty()) return;
    progress.begin("asking the partners", "keys", places_.size());
    const auto& members = fit_.members();
    constexpr auto longer = static_cast<std::size_t>(breaks::History::longer);
    std::vector<const breaks::TailLaw*> laws(members.size());
    std::vector<double> tolerances(members.size());
    for (std::size_t i = 0; i < members.size(); ++i) {
        if (members[i].at == PartnerFit::nowhere) continue;
        const std::size_t measure = members[i].measure;
        laws[i] = &detection.populations.of(members[i].at).measure(measure).laws[longer];
        if (measure < plan_.judging.tolerance.size()) {
            tolerances[i] = plan_.judging.tolerance[measure];
        }
    }
    const breaks::PartnerJudge judge(fit_.partnerships(), tracks_, laws, tolerances);
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
            std::optional<breaks::Decoupling> strongest;
            std::uint32_t by = 0;
            std::size_t at = 0;
            for (const auto member : of_key) {
                const auto& own_rows = tracks_[member].rows();
                const std::size_t own_at = own_rows.size() - (rows.size() - i);
                const auto decoupling = judge.judge(member, own_at);
                if (!decoupling || (strongest && decoupling->ln_p >= strongest->ln_p)) continue;
                strongest = decoupling;
                by = member;
                at = own_at;
            }
            if (!strongest) continue;
            const auto& told = tracks_[by].rows()[at];
            const auto measure_before = judged.finding.measure;
            breaks::add_evidence(judged.finding, *strongest,
                                 {members[by].measure, told.value, told.expected}, *laws[by],
                                 plan_.measures.size(), weighing);
            ln_p[row] = judged.finding.ln_p;
            if (judged.finding.pattern == breaks::Pattern::decoupled) {
                const auto& partner = spool_.key(members[strongest->partner].at);
                judged.decoupling = OptionalIndex::next_of(detection.decouplings);
                detection.decouplings.push_back({*strongest, words_of(partner)});
                if (judged.finding.measure != measure_before) judged.exact = {};
            }
            changed(judged);
        }
    }
}

} // namespace recon::run
