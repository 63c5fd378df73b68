#include "core/series/order_statistics.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace recon::series {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

struct Exchange {
    std::uint8_t low;
    std::uint8_t high;
};

template <class Visit>
constexpr void visit_exchanges(std::size_t n, Visit visit) {
    for (std::size_t p = 1; p < n; p *= 2) {
        for (std::size_t k = p; k >= 1; k /= 2) {
            for (std::size_t j = k % p; j + k < n; j += 2 * k) {
                for (std::size_t i = 0; i < k && i + j + k < n; ++i) {
                    if ((i + j) / (2 * p) == (i + j + k) / (2 * p)) visit(i + j, i + j + k);
                }
            }
        }
    }
}

template <std::size_t N>
struct Network {
    static constexpr std::size_t size = [] {
        std::size_t count = 0;
        visit_exchanges(N, [&](std::size_t, std::size_t) { ++count; });
        return count;
    }();
    static constexpr std::array<Exchange, size> exchanges = [] {
        std::array<Exchange, size> all{};
        std::size_t at = 0;
        visit_exchanges(N, [&](std::size_t low, std::size_t high) {
            all[at++] = {static_cast<std::uint8_t>(low), static_cast<std::uint8_t>(high)};
        });
        return all;
    }();
};

template <std::size_t N>
void sort_by_network(double* x, std::size_t n) noexcept {
    double padded[N];
    for (std::size_t i = 0; i < N; ++i) {
        padded[i] = i < n ? x[i] : infinity;
    }
    for (const auto [low, high] : Network<N>::exchanges) {
        const double a = padded[low];
        const double b = padded[high];
        // Two questions where one would do: each is one instruction, where one becomes a branch.
        padded[low] = b < a ? b : a;
        padded[high] = a < b ? b : a;
    }
    for (std::size_t i = 0; i < n; ++i) {
        x[i] = padded[i];
    }
}

} // namespace

void sort_small(double* x, std::size_t n) noexcept {
    if (n <= 8) {
        sort_by_network<8>(x, n);
    } else if (n <= 16) {
        sort_by_network<16>(x, n);
    } else {
        sort_by_network<32>(x, n);
    }
}

Bracket bracket_ranks(std::span<const double> sample, std::size_t n, std::size_t first,
                      std::size_t last, std::size_t margin) noexcept {
    const std::size_t from = first * sample.size() / n;
    const std::size_t to = last * sample.size() / n + margin;
    return {from >= margin ? sample[from - margin] : -infinity,
            to < sample.size() ? sample[to] : infinity};
}

Middle select_ranks(double* x, double* spare, std::size_t n, std::size_t first,
                    std::size_t last) noexcept {
    bool missed = false; // the last bounds from a sample; now they are what it told
    Bracket bounds{};
    while (n > most_sorted_small) {
        if (!missed) {
            double sample[32];
            const std::size_t size = n > 128 ? 32 : 16;
            for (std::size_t i = 0; i < size; ++i) {
                sample[i] = x[(2 * i + 1) * n / (2 * size)];
            }
            sort_small(sample, size);
            bounds = bracket_ranks({sample, size}, n, first, last, size / 6);
        }
        const auto [low, high] = bounds;
        std::size_t not_below = 0;
        std::size_t inside = 0;
        for (std::size_t i = 0; i < n; ++i) {
            const double value = x[i];
            const std::size_t from_low = value >= low ? 1 : 0;
            const std::size_t to_high = value <= high ? 1 : 0;
            spare[inside] = value; // overwritten by the next one where it does not count
            not_below += from_low;
            inside += from_low & to_high;
        }
        const std::size_t below = n - not_below;
        missed = last < below || first >= below + inside;
        if (missed) {
            bounds = last < below ? Bracket{-infinity, std::nextafter(low, -infinity)}
                                  : Bracket{std::nextafter(high, infinity), infinity};
            continue;
        }
        // One rank inside and one not, or too many ties for a sample to cut anything off.
        if (first < below || last >= below + inside || inside == n) break;
        if (low == high) return {low, low};
        std::swap(x, spare);
        n = inside;
        first -= below;
        last -= below;
    }
    if (n <= most_sorted_small) {
        sort_small(x, n);
        return {x[first], x[last]};
    }
    std::nth_element(x, x + first, x + n);
    const double value = x[first];
    return {value, last == first ? value : *std::min_element(x + last, x + n)};
}

double median_in_place(std::span<double> values) {
    const std::size_t n = values.size();
    if (n == 0) return std::numeric_limits<double>::quiet_NaN();
    double on_stack[2048];
    std::vector<double> on_heap(n > 2048 ? n : 0);
    return select_ranks(values.data(), n > 2048 ? on_heap.data() : on_stack, n, (n - 1) / 2, n / 2)
        .center();
}

} // namespace recon::series
