#include "core/models/rolling_model.hpp"

namespace recon::models {

void RollingModel::advance() {
    const std::uint64_t rows = fit_.rows().rows_seen();
    if (rows < due_) return;
    model_ = fit_.fit();
    due_ = 2 * rows;
}

double RollingModel::score(std::span<const double> row, std::span<const double> kinds) {
    fit_.expect_kinds(kinds);
    const double score = model_ == nullptr ? missing_value : model_->score(row);
    fit_.rows().add(row);
    return score;
}

} // namespace recon::models
