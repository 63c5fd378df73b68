#include "run/judge/judge_keys.hpp"

#include <algorithm>
#include <iterator>
#include <optional>

#include "core/base/progress.hpp"
#include "run/judge/break_order.hpp"
#include "run/judge/key_judging.hpp"
#include "run/source/key_batches.hpp"

namespace recon::run {

namespace {

// Takes the verdicts of the keys in, one after the other.
class Collector {
  public:
    Collector(Detection& detection, const RunPlan& plan, const KeySpool& spool,
              PartnerEvidence& partners, const TakeState& take_state)
        : detection_(detection), plan_(plan), partners_(partners), take_state_(take_state) {
        if (CustomEvidence::is_asked(plan)) own_.emplace(plan);
        // Where all rows are judged; of more, the vector grows as it may.
        constexpr std::uint64_t most_reserved = std::uint64_t{1} << 22;
        ln_p_.reserve(std::min(spool.rows_read(), most_reserved));
    }

    void take(std::size_t at, KeyVerdict verdict);
    // Adds what takes all keys to their breaks; gives ln p of all rows judged.
    [[nodiscard]] std::vector<double> conclude();
    [[nodiscard]] const Continued& continued() const noexcept { return continued_; }

  private:
    Detection& detection_;
    const RunPlan& plan_;
    PartnerEvidence& partners_;
    const TakeState& take_state_;
    std::optional<CustomEvidence> own_;
    std::vector<double> ln_p_;
    Continued continued_;
};

void Collector::take(std::size_t at, KeyVerdict verdict) {
    const auto targets = static_cast<std::uint32_t>(ln_p_.size());
    detection_.rows_judged += verdict.ln_p.size();
    detection_.source.digest.add(verdict.digest);
    continued_.new_keys += verdict.is_new ? 1 : 0;
    continued_.present += verdict.is_present ? 1 : 0;
    detection_.keys_absent += verdict.is_absent && !plan_.separate_target ? 1 : 0;
    ln_p_.insert(ln_p_.end(), verdict.ln_p.begin(), verdict.ln_p.end());
    for (const auto& target : verdict.targets)
        own_->add(target);
    partners_.take(at, std::move(verdict.tracks), detection_.breaks.size(), targets);
    const auto amounts = detection_.exact_amounts.size();
    for (auto& judged : verdict.breaks) {
        judged.target += targets;
        if (judged.exact) judged.exact = OptionalIndex(judged.exact.value() + amounts);
        detection_.breaks.push_back(judged);
    }
    std::move(verdict.exact_amounts.begin(), verdict.exact_amounts.end(),
              std::back_inserter(detection_.exact_amounts));
    for (const auto& span : verdict.items)
        detection_.items.push_back({static_cast<std::uint32_t>(at), span});
    if (verdict.late_items) detection_.late_items.push_back(std::move(*verdict.late_items));
    if (take_state_ && verdict.history > 0) take_state_(at, verdict.history, verdict.state);
}

std::vector<double> Collector::conclude() {
    partners_.decide(detection_, ln_p_, [&](const JudgedBreak& judged) {
        if (own_) own_->hear(judged);
    });
    if (own_) own_->decide(detection_, ln_p_);
    return std::move(ln_p_);
}

void count_anomalies(Detection& detection, const KeySpool& spool) {
    for (const auto& judged : detection.breaks) {
        detection.breaks_non_finite += (judged.finding.flags & breaks::non_finite) != 0 ? 1 : 0;
        if (!detection.is_anomaly(judged)) continue;
        ++detection.anomalies;
        detection.large_amounts.add(judged.finding.measure, spool.key(judged.key).currency,
                                    judged.finding.observed);
    }
    detection.large_amounts.settle();
}

} // namespace

Continued judge_keys(Detection& detection, KeySpool& spool, const RunPlan& plan,
                     const AbsentKeys* absent, const KeyStates& states, ThreadTeam& team) {
    PartsInThreads<breaks::RowsSketch> sketches;
    PartnerEvidence partners(detection.partners, plan, spool);
    Collector collector(detection, plan, spool, partners, states.take);
    const KeyJudging judging{spool,
                             plan,
                             detection,
                             absent,
                             partners,
                             sketches,
                             static_cast<bool>(states.take),
                             CustomEvidence::is_asked(plan)};
    std::vector<std::vector<std::byte>> remembered; // of the keys of a batch
    std::vector<std::uint32_t> place(spool.size()); // of a key's state within the batch
    progress.begin("judging", "keys", spool.size());
    for_each_in_threads<KeyVerdict>(
        spool, team, [](std::size_t) { return true; },
        [&](std::size_t at, breaks::SeriesValue value) {
            std::span<const std::byte> state;
            if (!remembered.empty()) state = remembered[place[at]];
            return judging.judge(at, value, state);
        },
        [&](std::size_t at, KeyVerdict verdict) {
            ++progress.done;
            collector.take(at, std::move(verdict));
        },
        [&](std::span<const std::size_t> positions) {
            if (!states.give) return;
            remembered = states.give(positions);
            for (std::uint32_t i = 0; i < positions.size(); ++i)
                place[positions[i]] = i;
        });
    sketches.gather(detection.source.sketch);
    auto ln_p = collector.conclude();
    // Neither needs the other.
    team.run(2, [&](std::size_t piece) {
        if (piece == 0) {
            detection.family.emplace(std::move(ln_p));
        } else {
            sort_breaks(detection.breaks, spool);
        }
    });
    mark_large_amounts(detection.breaks, spool, plan.rules);
    count_anomalies(detection, spool);
    return collector.continued();
}

} // namespace recon::run
