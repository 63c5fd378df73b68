#include "core/evidence/conformal.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace recon::evidence {
namespace {

constexpr std::size_t fewest_to_remove_from = 100;
constexpr double suspect_share = 0.03; // anomalies are looked for among the highest
constexpr double scale_share = 0.10;   // the tail's scale is read off between the two shares
constexpr double heaviest_shape = 0.35;
constexpr double gap_level = 0.001;
constexpr double wider_than_body = 3;

std::size_t share_of(std::size_t n, double share) {
    return static_cast<std::size_t>(share * static_cast<double>(n));
}

} // namespace

ConformalReference::ConformalReference(std::vector<double> reference)
    : sorted_(std::move(reference)) {
    std::erase_if(sorted_, [](double score) { return std::isnan(score); });
    std::sort(sorted_.begin(), sorted_.end());
    remove_cluster();
    tail_.fit(sorted_);
}

void ConformalReference::remove_cluster() {
    const std::size_t n = sorted_.size();
    const std::size_t suspects = share_of(n, suspect_share);
    const std::size_t body = share_of(n, scale_share);
    if (n < fewest_to_remove_from) return;
    const auto gap = [&](std::size_t above) { return sorted_[n - above] - sorted_[n - above - 1]; };
    const auto growth = [&](std::size_t above) {
        return std::pow(static_cast<double>(body) / static_cast<double>(above), heaviest_shape);
    };
    double scale = 0;
    double widest = 0;
    for (std::size_t above = suspects + 1; above <= body; ++above) {
        scale += static_cast<double>(above) * gap(above) / growth(above);
        widest = std::max(widest, gap(above));
    }
    scale /= static_cast<double>(body - suspects);
    if (!(scale > 0) || !std::isfinite(scale)) return;
    double most = std::log(static_cast<double>(suspects) / gap_level); // -ln p to beat
    for (std::size_t above = 1; above <= suspects; ++above) {
        const double width = gap(above);
        const double minus_ln_p = static_cast<double>(above) * width / (scale * growth(above));
        if (minus_ln_p > most && width > wider_than_body * widest) {
            most = minus_ln_p;
            removed_ = above;
        }
    }
    sorted_.resize(n - removed_);
}

double ConformalReference::ln_p(double score) const {
    if (std::isnan(score) || sorted_.empty()) return std::numeric_limits<double>::quiet_NaN();
    return tail_.ln_p(sorted_, score);
}

void ConformalReference::serialize(ByteWriter& writer) const {
    writer.put(std::uint8_t{1});
    writer.put(static_cast<std::uint64_t>(removed_));
    writer.put_array(std::span<const double>(sorted_));
}

ConformalReference ConformalReference::deserialize(ByteReader& reader) {
    if (reader.get<std::uint8_t>() != 1) reader.refuse("an unknown version of a reference");
    ConformalReference reference;
    reference.removed_ = static_cast<std::size_t>(reader.get<std::uint64_t>());
    reference.sorted_ = reader.get_array<double>();
    for (std::size_t i = 0; i < reference.sorted_.size(); ++i) {
        const bool ordered = i == 0 || reference.sorted_[i - 1] <= reference.sorted_[i];
        if (std::isnan(reference.sorted_[i]) || !ordered) reader.refuse("scores out of order");
    }
    reference.tail_.fit(reference.sorted_);
    return reference;
}

} // namespace recon::evidence
