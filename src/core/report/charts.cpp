#include "core/report/charts.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "core/report/markup.hpp"

namespace recon::report {
namespace {

std::string coordinate(double value) {
    char text[32];
    (void)std::snprintf(text, sizeof(text), "%.1f", value);
    return text;
}

std::string open_svg(const std::string& title, double width, double height, const char* kind) {
    return joined({"<svg class=\"", kind, "\" role=\"img\" viewBox=\"0 0 ", coordinate(width), " ",
                   coordinate(height), "\" width=\"", coordinate(width), "\" height=\"",
                   coordinate(height), "\"><title>", escaped(title), "</title>"});
}

std::string text_at(double x, double y, const char* anchor, const char* kind,
                    const std::string& text) {
    return joined({"<text x=\"", coordinate(x), "\" y=\"", coordinate(y), "\" text-anchor=\"",
                   anchor, "\" class=\"", kind, "\">", escaped(text), "</text>"});
}

// Where points lie within a frame.
class Frame {
  public:
    Frame(const std::vector<ChartPoint>& points, double width, double height)
        : width_(width), height_(height), steps_(points.size() > 1 ? points.size() - 1 : 1) {
        for (const auto& point : points) {
            if (!std::isfinite(point.value)) continue;
            low_ = empty_ ? point.value : std::min(low_, point.value);
            high_ = empty_ ? point.value : std::max(high_, point.value);
            empty_ = false;
        }
        // Zero is in sight where it is near: a level is read against it.
        if (low_ > 0 && low_ <= high_ / 2) low_ = 0;
        if (high_ < 0 && high_ >= low_ / 2) high_ = 0;
        if (low_ == high_) {
            low_ -= 1;
            high_ += 1;
        }
    }
    [[nodiscard]] double x(std::size_t at) const {
        return side + (width_ - 2 * side) * static_cast<double>(at) / static_cast<double>(steps_);
    }
    [[nodiscard]] double y(double value) const {
        return height_ - edge - (height_ - 2 * edge) * (value - low_) / (high_ - low_);
    }
    [[nodiscard]] bool shows_zero() const { return low_ <= 0 && high_ >= 0; }
    [[nodiscard]] bool is_empty() const { return empty_; }

    static constexpr double side = 54;
    static constexpr double edge = 20;

  private:
    double width_;
    double height_;
    std::size_t steps_;
    double low_ = 0;
    double high_ = 0;
    bool empty_ = true;
};

std::string path_of(const std::vector<ChartPoint>& points, const Frame& frame) {
    std::string path;
    bool pen_down = false;
    for (std::size_t i = 0; i < points.size(); ++i) {
        if (!std::isfinite(points[i].value)) {
            pen_down = false;
            continue;
        }
        path += joined({pen_down ? "L" : "M", coordinate(frame.x(i)), " ",
                        coordinate(frame.y(points[i].value))});
        pen_down = true;
    }
    return path;
}

} // namespace

std::string line_chart(const std::vector<ChartPoint>& points, const std::string& title, int width,
                       int height) {
    std::string svg = open_svg(title, width, height, "line-chart");
    const Frame frame(points, width, height);
    if (points.empty() || frame.is_empty()) {
        return svg + text_at(width / 2.0, height / 2.0, "middle", "note", "no values") + "</svg>";
    }
    if (frame.shows_zero()) {
        svg += "<line class=\"zero\" x1=\"" + coordinate(Frame::side) + "\" x2=\"" +
               coordinate(width - Frame::side) + "\" y1=\"" + coordinate(frame.y(0)) + "\" y2=\"" +
               coordinate(frame.y(0)) + "\"/>";
    }
    svg += "<path class=\"line\" d=\"" + path_of(points, frame) + "\"/>";
    for (std::size_t i = 0; i < points.size(); ++i) {
        const auto& point = points[i];
        if (!std::isfinite(point.value)) continue;
        svg += "<circle class=\"" + std::string(point.is_marked ? "mark" : "point") + "\" cx=\"" +
               coordinate(frame.x(i)) + "\" cy=\"" + coordinate(frame.y(point.value)) + "\" r=\"" +
               (point.is_marked ? "4" : "2") + "\"><title>" + escaped(point.label) + ": " +
               shown_number(point.value) + "</title></circle>";
    }
    const auto& first = points.front();
    const auto& last = points.back();
    if (std::isfinite(first.value)) {
        svg += text_at(frame.x(0) - 6, frame.y(first.value) + 4, "end", "value",
                       short_number(first.value));
    }
    if (points.size() > 1 && std::isfinite(last.value)) {
        svg += text_at(frame.x(points.size() - 1) + 7, frame.y(last.value) + 4, "start",
                       last.is_marked ? "value marked" : "value", short_number(last.value));
    }
    svg += text_at(frame.x(0), height - 3.0, "middle", "axis", first.label);
    if (points.size() > 1) {
        svg += text_at(frame.x(points.size() - 1), height - 3.0, "middle", "axis", last.label);
    }
    return svg + "</svg>";
}

std::string bar_chart(const std::vector<ChartBar>& bars, const std::string& title, int width) {
    constexpr double row = 24;
    constexpr double label_width = 170;
    constexpr double value_width = 60;
    std::string svg =
        open_svg(title, width, row * static_cast<double>(std::max<std::size_t>(1, bars.size())),
                 "bar-chart");
    double most = 0;
    for (const auto& bar : bars) {
        most = std::max(most, bar.value);
    }
    for (std::size_t i = 0; i < bars.size(); ++i) {
        const double top = row * static_cast<double>(i);
        const double length =
            most > 0 ? (width - label_width - value_width) * bars[i].value / most : 0;
        svg += text_at(label_width - 8, top + 16, "end", "label", bars[i].label);
        svg += "<rect class=\"bar\" x=\"" + coordinate(label_width) + "\" y=\"" +
               coordinate(top + 4) + "\" width=\"" + coordinate(std::max(1.0, length)) +
               "\" height=\"16\" rx=\"2\"/>";
        svg += text_at(label_width + length + 6, top + 16, "start", "value",
                       shown_number(bars[i].value));
    }
    if (bars.empty()) svg += text_at(0, 16, "start", "note", "none");
    return svg + "</svg>";
}

} // namespace recon::report
