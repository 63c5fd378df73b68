// A model of the rows so far, for judging a stream: each row by a model of rows before it.
//
// It is fitted again whenever there are twice as many rows as at the last fit, so that n rows cost
// about log2(n / 16) fits; it knows between half of the earlier rows and all of them. Up to the
// size of the sample it is fitted on every one of these, beyond on a sample of all.
#pragma once

#include <memory>

#include "core/models/fit.hpp"

namespace recon::models {

class RollingModel {
  public:
    // Before this many rows there is nothing to compare with.
    static constexpr std::uint64_t fewest_rows = 16;

    explicit RollingModel(Fit fit) : fit_(std::move(fit)) {}

    // From here on rows are judged by those so far. Rows between two calls do not judge each other.
    void advance();

    // The row's score, NaN without a model; then it enters. Throws as Fit and Model do.
    double score(std::span<const double> row, std::span<const double> kinds);

  private:
    Fit fit_;
    std::unique_ptr<const Model> model_;
    std::uint64_t due_ = fewest_rows;
};

} // namespace recon::models
