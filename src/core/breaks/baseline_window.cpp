#include "core/breaks/baseline_window.hpp"

#include <algorithm>

namespace recon::breaks {

namespace {

// First position whose value is not below `value`; a branch-free bisection, since the answer cannot
// be predicted.
std::size_t lower_position(const double* sorted, std::size_t n, double value) noexcept {
    const double* base = sorted;
    while (n > 1) {
        const std::size_t half = n / 2;
        base += base[half - 1] < value ? half : 0;
        n -= half;
    }
    return static_cast<std::size_t>(base - sorted) + ((n == 1 && *base < value) ? 1 : 0);
}

// Values below less values above, each place counted from the same array.
std::int64_t balance(const std::vector<double>& sorted, double value) noexcept {
    const std::size_t n = sorted.size();
    const std::size_t low = lower_position(sorted.data(), n, value);
    // Constant stretches make long ties: bisect them too.
    const std::size_t high =
        low < n && sorted[low] == value
            ? static_cast<std::size_t>(
                  std::upper_bound(sorted.begin() + static_cast<std::ptrdiff_t>(low), sorted.end(),
                                   value) -
                  sorted.begin())
            : low;
    return static_cast<std::int64_t>(low) - static_cast<std::int64_t>(n - high);
}

} // namespace

void insert_sorted(std::vector<double>& sorted, double value) {
    const std::size_t n = sorted.size();
    const std::size_t place = lower_position(sorted.data(), n, value);
    sorted.insert(sorted.begin() + static_cast<std::ptrdiff_t>(place), value);
}

void replace_sorted(std::vector<double>& sorted, double leaving, double value) {
    double* a = sorted.data();
    const std::size_t n = sorted.size();
    const std::size_t from = lower_position(a, n, leaving);
    std::size_t to = lower_position(a, n, value);
    if (to > from) {
        --to;
        std::copy(a + from + 1, a + to + 1, a + from);
    } else {
        std::copy_backward(a + to, a + from, a + from + 1);
    }
    a[to] = value;
}

void BaselineWindow::start(std::size_t capacity) {
    capacity_ = capacity;
    oldest_ = 0;
    rising_ = 0;
    arrival_.resize(capacity);
    sorted_.clear();
    sorted_.reserve(capacity);
}

void BaselineWindow::push(double value) {
    const std::size_t n = size();
    if (n < capacity_) {
        rising_ += balance(sorted_, value);
        std::size_t slot = oldest_ + n;
        if (slot >= capacity_) slot -= capacity_;
        arrival_[slot] = value;
        insert_sorted(sorted_, value);
        return;
    }
    const double leaving = arrival_[oldest_];
    // The pairs of the leaving value with the later ones, itself a tie of no consequence; then
    // those of the new value with all, less the one with the leaving value.
    rising_ += balance(sorted_, leaving);
    rising_ += balance(sorted_, value);
    rising_ -= leaving < value ? 1 : (value < leaving ? -1 : 0);
    arrival_[oldest_] = value;
    ++oldest_;
    if (oldest_ == capacity_) oldest_ = 0;
    replace_sorted(sorted_, leaving, value);
}

void BaselineWindow::keep_newest(std::size_t count) {
    const std::size_t n = size();
    if (count >= n) return;
    std::vector<double> kept(count);
    for (std::size_t i = 0; i < count; ++i)
        kept[i] = at(n - count + i);
    start(capacity_);
    for (const double value : kept)
        push(value);
}

} // namespace recon::breaks
