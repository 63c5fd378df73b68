#include "core/breaks/sorted_values.hpp"

#include <algorithm>

namespace recon::breaks {

namespace {

// `step` where the condition holds, else 0, without a branch: the answer cannot be predicted.
std::size_t step_if(bool condition, std::size_t step) noexcept {
    return step & (std::size_t{0} - static_cast<std::size_t>(condition));
}

} // namespace

void SortedValues::start(std::size_t capacity) {
    memory_.resize(capacity);
    clear();
}

std::size_t SortedValues::place(double value) const noexcept {
    return places(value, value).first;
}

SortedValues::Places SortedValues::places(double first, double second) const noexcept {
    const double* const begin = memory_.data();
    const double* a = begin;
    const double* b = begin;
    std::size_t n = size_;
    if (n == 0) return {0, 0};
    while (n > 1) {
        const std::size_t half = n / 2;
        a += step_if(a[half - 1] < first, half);
        b += step_if(b[half - 1] < second, half);
        n -= half;
    }
    return {static_cast<std::size_t>(a - begin) + step_if(*a < first, 1),
            static_cast<std::size_t>(b - begin) + step_if(*b < second, 1)};
}

std::ptrdiff_t SortedValues::balance(std::size_t place, double value) const noexcept {
    const double* const begin = memory_.data();
    std::size_t above = place;
    while (above < size_ && begin[above] == value) {
        ++above;
        // Constant stretches make long ties: bisect them.
        if (above - place > 2) {
            above = static_cast<std::size_t>(std::upper_bound(begin + above, begin + size_, value) -
                                             begin);
            break;
        }
    }
    return static_cast<std::ptrdiff_t>(place) - static_cast<std::ptrdiff_t>(size_ - above);
}

void SortedValues::insert(std::size_t place, double value) noexcept {
    double* const a = memory_.data();
    std::copy_backward(a + place, a + size_, a + size_ + 1);
    a[place] = value;
    ++size_;
}

void SortedValues::replace(Places places, double value) noexcept {
    double* const a = memory_.data();
    const std::size_t from = places.first;
    std::size_t to = places.second;
    if (to > from) {
        --to;
        std::copy(a + from + 1, a + to + 1, a + from);
    } else {
        std::copy_backward(a + to, a + from, a + from + 1);
    }
    a[to] = value;
}

void SortedValues::sort() noexcept {
    std::sort(memory_.begin(), memory_.begin() + static_cast<std::ptrdiff_t>(size_));
}

} // namespace recon::breaks
