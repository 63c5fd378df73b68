#include "core/detection/baseline/baseline_window.hpp"

#include <algorithm>

namespace recon::breaks {

void BaselineWindow::start(std::size_t capacity) {
    capacity_ = capacity;
    oldest_ = 0;
    rising_ = 0;
    arrival_.resize(2 * capacity);
    sorted_.start(capacity);
}

void BaselineWindow::push(double value) {
    const std::size_t n = size();
    if (n < capacity_) {
        const std::size_t place = sorted_.place(value);
        rising_ += sorted_.balance(place, value);
        std::size_t slot = oldest_ + n;
        if (slot >= capacity_) slot -= capacity_;
        arrival_[slot] = value;
        arrival_[slot + capacity_] = value;
        sorted_.insert(place, value);
        return;
    }
    const double leaving = arrival_[oldest_];
    const auto places = sorted_.places(leaving, value);
    // The pairs of the leaving value with the later ones, itself a tie of no consequence; then
    // those of the new value with all, less the one with the leaving value.
    rising_ += sorted_.balance(places.first, leaving);
    rising_ += sorted_.balance(places.second, value);
    rising_ -= static_cast<int>(leaving < value) - static_cast<int>(value < leaving);
    arrival_[oldest_] = value;
    arrival_[oldest_ + capacity_] = value;
    ++oldest_;
    if (oldest_ == capacity_) oldest_ = 0;
    sorted_.replace(places, value);
}

void BaselineWindow::keep_newest(std::size_t count) {
    const std::size_t n = size();
    if (count >= n) return;
    // They move towards the front, so that none is overwritten before it is read.
    const auto newest = values().last(count);
    std::copy(newest.begin(), newest.end(), arrival_.begin());
    oldest_ = 0;
    rising_ = 0;
    sorted_.clear();
    for (std::size_t i = 0; i < count; ++i)
        push(arrival_[i]);
}

} // namespace recon::breaks
