#include "core/detection/forecast/missing_side.hpp"

#include <algorithm>
#include <cmath>

#include "core/detection/forecast/quick_log.hpp"
#include "core/statistics/log_tails.hpp"

namespace recon::forecast {

namespace {

constexpr double share_worth = 2;  // rows that the population's share counts for
constexpr double spread_worth = 3; // and its spread
constexpr double least_spread = 0.01;

} // namespace

double MissingSide::ln_p(const Prior& prior, double size) const {
    const double share = (share_worth * prior.lacking + static_cast<double>(missing_)) /
                         (share_worth + static_cast<double>(rows_));
    const double between = prior.ln_amount.keys > 1 ? prior.ln_amount.between : 100;
    const double weight = prior.ln_amount.within / between;
    const double n = sizes_ + weight;
    const double mean = (sizes_ * mean_ + weight * prior.ln_amount.mean) / n;
    const double df = std::max(sizes_ - 1, 0.0) + spread_worth;
    const double variance =
        std::max((deviations_ + spread_worth * prior.ln_amount.within) / df, least_spread) *
        (1 + 1 / n);
    const double z = (std::log(std::max(size, prior.tick)) - mean) / std::sqrt(variance);
    return std::min(0.0, std::log(share) + evidence::ln_student_upper(z, df));
}

void MissingSide::learn(const Row& row) {
    ++rows_;
    if (row.lacks_side) ++missing_;
    const double size = row.lacks_side && !(row.amount > 0) ? std::fabs(row.value) : row.amount;
    if (!(size > 0) || !std::isfinite(size)) return;
    const double ln = quick_ln(size);
    sizes_ += 1;
    const double step = ln - mean_;
    mean_ += step / sizes_;
    deviations_ += step * (ln - mean_);
}

void MissingSide::serialize(ByteWriter& writer) const {
    writer.put(rows_);
    writer.put(missing_);
    for (const double value : {sizes_, mean_, deviations_})
        writer.put(value);
}

void MissingSide::deserialize(ByteReader& reader) {
    rows_ = reader.get<std::uint64_t>();
    missing_ = reader.get<std::uint64_t>();
    if (missing_ > rows_) reader.refuse("more rows lack a side than there are");
    for (double* value : {&sizes_, &mean_, &deviations_}) {
        *value = reader.get<double>();
        if (!std::isfinite(*value)) reader.refuse("a remembered figure is not finite");
    }
    if (sizes_ < 0 || deviations_ < 0) reader.refuse("a remembered figure is negative");
}

} // namespace recon::forecast
