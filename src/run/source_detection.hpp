// A run over its source: from the stored baselines where they still fit, from the whole history
// otherwise. The answer is the same.
#pragma once

#include <optional>
#include <string>

#include "run/result/detection.hpp"
#include "run/source/key_spool.hpp"
#include "run/store/baseline_store.hpp"

namespace recon::run {

struct JudgedSource {
    KeySpool spool; // of the whole source, or of the rows after Detection::baseline_date
    Detection detection;
    std::optional<BaselineWriter> baselines; // to be written with the run
    std::optional<std::string> remark;       // why the stored baselines were of no use
};

// Memory is taken from `work`.
[[nodiscard]] JudgedSource judge_source(const RunPlan& plan, MemoryContext work);

} // namespace recon::run
