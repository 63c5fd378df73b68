#include "core/series/moving_moments.hpp"

#include <string>

#include "core/base/error.hpp"
#include "core/series/admitted.hpp"

namespace recon::series {

void MovingMoments::push(double x) {
    if (!admitted(x)) {
        ++moments_.non_finite_;
        return;
    }
    if (smallest_.size() >= most_candidates || largest_.size() >= most_candidates) {
        throw Error(ErrorKind::limit_exceeded, "a moving frame is too wide",
                    "It holds more than " + std::to_string(most_candidates) +
                        " values that could become its minimum or maximum.",
                    "Use a narrower frame, or one that begins with UNBOUNDED PRECEDING.");
    }
    x += 0.0;
    while (!smallest_.empty() && smallest_.back().x >= x) {
        smallest_.pop_back();
    }
    smallest_.push_back({arrivals_, x});
    while (!largest_.empty() && largest_.back().x <= x) {
        largest_.pop_back();
    }
    largest_.push_back({arrivals_, x});
    ++arrivals_;
    moments_.enter(x, false);
    ++moments_.count_;
    read_extremes();
}

void MovingMoments::pop(double x) {
    if (!admitted(x)) {
        --moments_.non_finite_;
        return;
    }
    for (auto* candidates : {&smallest_, &largest_}) {
        if (!candidates->empty() && candidates->front().arrival == departures_) {
            candidates->pop_front();
        }
    }
    ++departures_;
    moments_.enter(x, true);
    --moments_.count_;
    read_extremes();
}

void MovingMoments::read_extremes() noexcept {
    moments_.minimum_ = smallest_.empty() ? Moments{}.minimum_ : smallest_.front().x;
    moments_.maximum_ = largest_.empty() ? Moments{}.maximum_ : largest_.front().x;
}

} // namespace recon::series
