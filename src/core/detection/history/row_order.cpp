#include "core/detection/history/row_order.hpp"

#include <array>

namespace recon::breaks {

void sort_stretches(std::vector<std::uint64_t>& numbers) {
    constexpr std::size_t few = 8;
    std::array<std::size_t, few> begins{};
    std::size_t stretches = 1;
    for (std::size_t i = 1; i < numbers.size(); ++i) {
        if (numbers[i - 1] < numbers[i]) continue;
        if (stretches == few) {
            std::sort(numbers.begin(), numbers.end());
            return;
        }
        begins[stretches++] = i;
    }
    const auto at = [&](std::size_t stretch) {
        return stretch < stretches ? numbers.begin() + static_cast<std::ptrdiff_t>(begins[stretch])
                                   : numbers.end();
    };
    for (std::size_t width = 1; width < stretches; width *= 2) {
        for (std::size_t left = 0; left + width < stretches; left += 2 * width)
            std::inplace_merge(at(left), at(left + width), at(left + 2 * width));
    }
}

} // namespace recon::breaks
