// What would be found. Anomalies are injected into copies of the newest rows, of keys drawn again
// in each round; the rounds are judged as a run would, and counted is what it found.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "run/plan/run_plan.hpp"

namespace recon::run {

struct EvaluationOptions {
    std::size_t rounds = 0;
    double share = 0; // of the target rows that carry a plant
    std::uint64_t seed = 0;
};

// A line of the answer.
struct EvaluationLine {
    const char* slice;
    std::string group;
    std::uint64_t planted = 0;
    std::uint64_t found = 0;
    std::uint64_t other_alarms = 0;
};

// Nothing is stored. Throws not_available where the source has no dated rows.
[[nodiscard]] std::vector<EvaluationLine> evaluate(const RunPlan& plan,
                                                   const EvaluationOptions& options);

} // namespace recon::run
