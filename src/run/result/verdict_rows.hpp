// Findings as rows of SQL: the answer of recon_detect and the rows of recon.break.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "core/detection/verdict/advice.hpp"
#include "postgres/datums.hpp"
#include "run/judge/detection.hpp"

namespace recon::run {

// The columns of recon_detect's answer, in order; recon.break has them all too.
enum class VerdictColumn : std::size_t {
    break_id,
    key,
    break_date,
    measure,
    observed,
    expected,
    lower,
    upper,
    direction,
    score,
    p_value,
    q_value,
    is_anomaly,
    severity,
    pattern,
    category,
    flags,
    contributions,
    basis,
    history_n,
    reason,
    recommended_action,
};
inline constexpr std::size_t verdict_columns = 22;

// The names of a break's flags, those of its rules last.
[[nodiscard]] std::vector<std::string> flags_of(const JudgedBreak& judged,
                                                const Detection& detection);

// The columns of the answer, with occurrence and currency behind them.
[[nodiscard]] TupleDesc verdict_shape();

struct VerdictRow {
    std::array<Datum, verdict_columns> values{};
    std::array<bool, verdict_columns> nulls{};

    Datum& value(VerdictColumn column) { return values[static_cast<std::size_t>(column)]; }
    bool& null(VerdictColumn column) { return nulls[static_cast<std::size_t>(column)]; }
};

// Makes rows in the current memory context. Texts that repeat are made once.
class VerdictRows {
  public:
    VerdictRows(const Detection& detection, const RunPlan& plan);

    // The row of one break of this key; `stored_id` where the break is stored.
    [[nodiscard]] VerdictRow make(const JudgedBreak& judged, const KeyEntry& entry,
                                  std::optional<std::int64_t> stored_id);

    // The text datum of a string that lives as long as the program.
    [[nodiscard]] Datum text_of(std::string_view repeated);

  private:
    [[nodiscard]] Datum action_of(breaks::Pattern pattern, breaks::Category category,
                                  bool is_anomaly);
    [[nodiscard]] Datum contributions_of(const JudgedBreak& judged);
    // Of so many ten-thousandths.
    [[nodiscard]] Datum numeric_of_share(std::int16_t share);
    [[nodiscard]] std::string own_reason(const JudgedBreak& judged, const KeyEntry& entry) const;
    [[nodiscard]] Datum flags_of(const JudgedBreak& judged);

    const Detection& detection_;
    const RunPlan& plan_;
    MemoryContext lasting_;
    std::vector<std::pair<std::string_view, Datum>> texts_;
    std::vector<Datum> measures_;
    std::vector<Datum> numerics_; // of shares, by their ten-thousandths; 0 where not made yet
    std::vector<postgres::NamedNumeric> named_shares_;
    // With one measure most breaks share theirs with many others. By a hash of the shares: who
    // comes first is remembered.
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
