// The verdict in one plain sentence with its numbers in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/firewall.hpp"
#include "core/detection/judging/finding.hpp"

namespace recon::breaks {

struct Decoupling;

struct ReasonContext {
    std::string_view measure; // name of the measure that was judged; "" leaves it out
    std::string_view unit; // currency or unit, printed after the observed value; "" leaves it out
    std::size_t measures = 1; // with more than one, the sentence begins with the measure's name
    int decimals = 2;         // at most so many, 0 .. 9; amounts below 1 keep three digits
    std::string_view detector = {}; // of pattern custom_detector: its name, and what it gave
    double detector_ln_p = 0;
    std::string_view partner = {};          // of pattern decoupled: the other key, and
    const Decoupling* decoupling = nullptr; // what it says
};

[[nodiscard]] std::string reason(const Finding& finding, const ReasonContext& context);

// "-1,234,567.89": thousands separators, no trailing zeros.
[[nodiscard]] std::string format_amount(double amount, int decimals);

} // namespace recon::breaks
