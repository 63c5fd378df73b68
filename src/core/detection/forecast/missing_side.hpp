// A side is missing: how often that happens to this key, and how large its sides are.
#pragma once

#include <cstdint>

#include "core/base/bytes.hpp"
#include "core/base/firewall.hpp"
#include "core/detection/forecast/prior.hpp"
#include "core/detection/forecast/row.hpp"

namespace recon::forecast {

class MissingSide {
  public:
    // ln P(a side is missing, and the other is at least so large).
    [[nodiscard]] double ln_p(const Prior& prior, double size) const;
    void learn(const Row& row);

    [[nodiscard]] std::uint64_t rows() const noexcept { return rows_; }
    [[nodiscard]] std::uint64_t missing() const noexcept { return missing_; }
    // Logarithms of the sizes of its sides.
    [[nodiscard]] double sizes() const noexcept { return sizes_; }

    void serialize(ByteWriter& writer) const;
    void deserialize(ByteReader& reader);

  private:
    std::uint64_t rows_ = 0, missing_ = 0;
    double sizes_ = 0, mean_ = 0, deviations_ = 0;
};

} // namespace recon::forecast
