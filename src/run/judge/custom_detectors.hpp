// Custom detectors: functions that a strategy names, each asked by one statement about all
// rows of a run, as the owner of the reconciliation in a security-restricted operation.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "postgres/pending_rows.hpp"
#include "run/result/detection.hpp"

namespace recon::run {

// A row of the target window as custom detectors are asked about it.
struct JudgedTarget {
    std::array<float, breaks::detector_count> ln_p{}; // of the built-in detectors
    double observed = 0;                              // on its strongest measure
    std::vector<double> history;                      // of that measure's baseline
};

// The statistical ones. Their ln p joins the family of every judged row, matches included.
class OwnEvidence {
  public:
    explicit OwnEvidence(const RunPlan& plan);

    // Are any asked?
    [[nodiscard]] static bool is_asked(const RunPlan& plan) noexcept;

    // Takes a judged row; rows are numbered from 0.
    void add(const JudgedTarget& target);

    // What the built-in detectors say of a break has changed.
    void hear(const JudgedBreak& judged) {
        built_in_[judged.target] = judged.finding.detector_ln_p;
    }

    // Asks all of them about all rows; `ln_p` holds what the built-in detectors say together of
    // each row, and then what all say. Breaks are told by JudgedBreak::target.
    void decide(Detection& detection, std::vector<double>& ln_p);

  private:
    [[nodiscard]] std::vector<double> ask(const OwnDetector& detector) const;

    const RunPlan& plan_;
    std::vector<const OwnDetector*> detectors_;
    postgres::PendingRows rows_;
    MemoryContext per_row_;
    std::vector<std::array<float, breaks::detector_count>> built_in_;
};

// The rules among them write flags; asked about the breaks of a finished detection.
void ask_own_rules(Detection& detection, const KeySpool& spool, const RunPlan& plan);

} // namespace recon::run
