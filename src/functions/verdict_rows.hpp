// Findings as rows of SQL: the answer of recon_detect and the rows of recon.break.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "functions/detection.hpp"

namespace recon::functions {

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

struct VerdictRow {
    std::array<Datum, verdict_columns> values{};
    std::array<bool, verdict_columns> nulls{};

    Datum& value(VerdictColumn column) { return values[static_cast<std::size_t>(column)]; }
    bool& null(VerdictColumn column) { return nulls[static_cast<std::size_t>(column)]; }
};

// Makes rows in the current memory context. Texts that repeat are made once.
class VerdictRows {
  public:
    VerdictRows(const Detection& detection, const KeySpool& spool, const RunPlan& plan);

    // The row of one break; `stored_id` where the break is stored.
    [[nodiscard]] VerdictRow make(const JudgedBreak& judged, std::optional<std::int64_t> stored_id);

    [[nodiscard]] Datum text_of(std::string_view repeated);

  private:
    const Detection& detection_;
    const KeySpool& spool_;
    const RunPlan& plan_;
    MemoryContext lasting_;
    std::vector<std::pair<std::string_view, Datum>> texts_;
    std::vector<Datum> measures_;
};

} // namespace recon::functions
