#include "core/detection/baseline/sorted_values.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "core/base/vectors.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace recon::breaks {

namespace {

// `step` where the condition holds, else 0, without a branch: the answer cannot be predicted.
std::size_t step_if(bool condition, std::size_t step) noexcept {
    return step & (std::size_t{0} - static_cast<std::size_t>(condition));
}

using Places = SortedValues::Places;

Places bisect(const double* values, std::size_t n, double first, double second) noexcept {
    const double* a = values;
    const double* b = values;
    while (n > 1) {
        const std::size_t half = n / 2;
        a += step_if(a[half - 1] < first, half);
        b += step_if(b[half - 1] < second, half);
        n -= half;
    }
    return {static_cast<std::size_t>(a - values) + step_if(*a < first, 1),
            static_cast<std::size_t>(b - values) + step_if(*b < second, 1)};
}

// Values compared at a time; memory is a multiple of it.
constexpr std::size_t together = 8;

#if defined(__x86_64__)
// How many are below each: nothing to wait for, and no branch that depends on a value.
[[gnu::target("avx512f,popcnt")]] Places count(const double* values, std::size_t n, double first,
                                               double second) noexcept {
    const __m512d a = _mm512_set1_pd(first);
    const __m512d b = _mm512_set1_pd(second);
    Places places{0, 0};
    for (std::size_t i = 0; i < n; i += together) {
        const __m512d some = _mm512_loadu_pd(values + i);
        places.first += std::popcount(_mm512_cmp_pd_mask(some, a, _CMP_LT_OQ));
        places.second += std::popcount(_mm512_cmp_pd_mask(some, b, _CMP_LT_OQ));
    }
    return places;
}
#else
Places count(const double* values, std::size_t n, double first, double second) noexcept {
    return bisect(values, n, first, second);
}
#endif

// Of so many, counting takes less than bisecting, where the processor compares several at a time.
constexpr std::size_t few = 128;

bool counts_few() noexcept {
    return vectors() >= Vectors::avx512;
}

} // namespace

void SortedValues::start(std::size_t capacity) {
    memory_.resize((capacity + together - 1) / together * together);
    size_ = memory_.size();
    clear();
}

void SortedValues::clear() noexcept {
    std::fill_n(memory_.begin(), size_, std::numeric_limits<double>::infinity());
    size_ = 0;
}

std::size_t SortedValues::place(double value) const noexcept {
    return places(value, value).first;
}

Places SortedValues::places(double first, double second) const noexcept {
    if (size_ <= few && counts_few()) return count(memory_.data(), size_, first, second);
    return size_ == 0 ? Places{0, 0} : bisect(memory_.data(), size_, first, second);
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
    a[place] = value + 0.0; // no negative zero
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
    a[to] = value + 0.0;
}

void SortedValues::sort() noexcept {
    double* const sorted = memory_.data();
    if (size_ > few || !counts_few()) {
        std::sort(sorted, sorted + size_);
        return;
    }
    // Each value goes where as many lie before it as are below it. Equal ones meet in one place and
    // leave the next ones empty, which are filled afterwards.
    std::array<double, few> values{};
    std::copy_n(sorted, (size_ + together - 1) / together * together, values.data());
    std::fill_n(sorted, size_, std::numeric_limits<double>::quiet_NaN());
    for (std::size_t i = 0; i < size_; i += 2) {
        const std::size_t next = std::min(i + 1, size_ - 1);
        const auto to = count(values.data(), size_, values[i], values[next]);
        sorted[to.first] = values[i];
        sorted[to.second] = values[next];
    }
    for (std::size_t i = 1; i < size_; ++i) {
        if (std::isnan(sorted[i])) sorted[i] = sorted[i - 1];
    }
}

} // namespace recon::breaks
