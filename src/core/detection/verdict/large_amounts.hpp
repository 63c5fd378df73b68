// From which amount on an anomaly is among the largest tenth of its run. Amounts on different
// measures, or in different currencies, are not compared: each of these has a tenth of its own.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/firewall.hpp"

namespace recon::breaks {

class LargeAmounts {
  public:
    // Where there is no telling: of fewer than ten anomalies, a tenth is none.
    static constexpr double unknown = std::numeric_limits<double>::infinity();

    // Takes an anomaly of the run; one whose amount is not known (NaN) is left out. Currency "" is
    // none.
    void add(std::uint8_t measure, std::string_view currency, double observed);

    // When all were taken: finds where the largest tenths begin, and lets go of the amounts.
    void settle();

    [[nodiscard]] double of(std::uint8_t measure, std::string_view currency) const noexcept;

    // Of what is settled.
    void serialize(ByteWriter& writer) const;
    // Throws invalid_data for bytes that are none.
    [[nodiscard]] static LargeAmounts deserialize(ByteReader& reader);

  private:
    template <typename T>
    using ByUnit = std::vector<std::map<std::string, T, std::less<>>>; // measure, currency

    ByUnit<std::vector<double>> amounts_;
    ByUnit<double> begins_; // of units with a tenth
};

} // namespace recon::breaks
