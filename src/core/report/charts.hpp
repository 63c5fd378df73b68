// Charts as SVG with their labels on the marks: they need no script, no font and no request.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/firewall.hpp"

namespace recon::report {

struct ChartPoint {
    std::string label; // a date
    double value = 0;
    bool is_marked = false; // an anomaly
};

// A line over equal steps with its first, last and marked values labelled. `title` is what screen
// readers say. Points that are not finite are gaps.
[[nodiscard]] std::string line_chart(const std::vector<ChartPoint>& points,
                                     const std::string& title, int width, int height);

struct ChartBar {
    std::string label;
    double value = 0;
};

// Horizontal bars, each with its label before and its value behind it.
[[nodiscard]] std::string bar_chart(const std::vector<ChartBar>& bars, const std::string& title,
                                    int width);

} // namespace recon::report
