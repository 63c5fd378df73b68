// Which keys of a run have partners that they normally move with, learned from the rows that the
// populations are learned from (core/detection/judging/partners.hpp). Where nothing precedes the
// window there are none: they would be learned from the rows that they judge.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/optional_index.hpp"
#include "core/base/thread_team.hpp"
#include "core/detection/judging/partners.hpp"
#include "run/plan/run_plan.hpp"
#include "run/source/dates_read.hpp"
#include "run/source/key_spool.hpp"

namespace recon::run {

class PartnerFit {
  public:
    [[nodiscard]] static bool is_wanted(const RunPlan& plan) noexcept;
    [[nodiscard]] static PartnerFit learn(KeySpool& spool, const RunPlan& plan,
                                          const FitRange& range, const DatesRead& dates,
                                          ThreadTeam& team);

    // Else it holds no partners because nobody has looked for them.
    [[nodiscard]] bool is_learned() const noexcept { return is_learned_; }

    // One measure of one key that has partners or is one.
    struct Member {
        std::uint64_t key = 0; // KeyEntry::hash
        std::uint8_t measure = 0;
        OptionalIndex at; // in the spool; none where it does not hold the key
    };
    // Finds the members among the keys of this spool.
    void assign(const KeySpool& spool);
    [[nodiscard]] const std::vector<Member>& members() const noexcept { return members_; }
    [[nodiscard]] const std::vector<breaks::Partnership>& partnerships() const noexcept {
        return partnerships_;
    }
    // Positions among the members of the key at this position of the spool.
    [[nodiscard]] std::span<const std::uint32_t> members_at(std::size_t at) const;

    // Positions in a spool are not part of it.
    void serialize(ByteWriter& writer) const;
    [[nodiscard]] static PartnerFit deserialize(ByteReader& reader);

  private:
    // Partnerships of keys by their rank, of each measure.
    void take(std::vector<std::vector<breaks::Partnership>> found, const KeySpool& spool);

    bool is_learned_ = false;
    std::vector<Member> members_;                   // by key and measure
    std::vector<breaks::Partnership> partnerships_; // of members, by own
    std::vector<std::uint32_t> first_;              // of each position of the spool, in by_place_
    std::vector<std::uint32_t> by_place_;
};

} // namespace recon::run
