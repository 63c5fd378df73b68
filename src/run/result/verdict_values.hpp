// Values of verdicts that many rows share: each is made once.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "core/detection/verdict/advice.hpp"
#include "postgres/datums.hpp"
#include "run/result/detection.hpp"

namespace recon::run {

// The names of a break's flags, those of its rules last.
[[nodiscard]] std::vector<std::string> flags_of(const JudgedBreak& judged,
                                                const Detection& detection);

// Makes values in the current memory context, or in the one that was current when it was made.
class VerdictValues {
  public:
    // Both must outlive it.
    VerdictValues(const Detection& detection, const RunPlan& plan);

    [[nodiscard]] const Detection& detection() const noexcept { return detection_; }
    // The text datum of a string that lives as long as the program.
    [[nodiscard]] Datum text_of(std::string_view repeated);
    [[nodiscard]] Datum measure_of(const JudgedBreak& judged) const;
    [[nodiscard]] Datum action_of(const JudgedBreak& judged);
    [[nodiscard]] Datum contributions_of(const JudgedBreak& judged);
    [[nodiscard]] Datum flags_of(const JudgedBreak& judged);
    [[nodiscard]] Datum reason_of(const JudgedBreak& judged, const KeyEntry& entry) const;

  private:
    // Of so many ten-thousandths.
    [[nodiscard]] Datum numeric_of_share(std::int16_t share);
    [[nodiscard]] std::string own_reason(const JudgedBreak& judged, const KeyEntry& entry) const;

    const Detection& detection_;
    const RunPlan& plan_;
    MemoryContext lasting_;
    std::vector<std::pair<std::string_view, Datum>> texts_;
    std::vector<Datum> measures_;
    std::vector<Datum> numerics_; // of shares, by their ten-thousandths; 0 where not made yet
    std::vector<postgres::NamedNumeric> named_shares_;
    // With one measure most breaks share theirs with many others. By a hash of the shares: the
    // first one is remembered.
    using Shares = std::array<std::int16_t, breaks::detector_count>;
    struct KnownContributions {
        Shares shares{};
        Datum contributions = 0; // 0: nothing is known here
    };
    std::vector<KnownContributions> contributions_;
    std::map<std::uint64_t, Datum> flags_;
    std::map<std::tuple<breaks::Pattern, breaks::Category, bool>, Datum> actions_;
};

} // namespace recon::run
