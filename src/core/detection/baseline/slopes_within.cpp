#include "core/detection/baseline/slopes_within.hpp"

#include <algorithm>
#include <bit>

#include "core/base/vectors.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace recon::breaks {

namespace {

SlopesWithin one_by_one(std::span<const double> values, std::size_t apart, double lower,
                        double upper, double* slopes) noexcept {
    const std::size_t n = values.size() - apart;
    const double* const earlier = values.data();
    const double* const later = values.data() + apart;
    const auto rows = static_cast<double>(apart);
    const double fall = lower * rows;
    const double rise = upper * rows;
    SlopesWithin found;
    for (std::size_t i = 0; i < n; ++i) {
        const double step = later[i] - earlier[i];
        slopes[found.within] = step;
        const auto under = static_cast<std::size_t>(step < fall);
        found.below += under;
        found.within += static_cast<std::size_t>(step <= rise) & ~under;
    }
    for (std::size_t i = 0; i < found.within; ++i)
        slopes[i] /= rows;
    return found;
}

#if defined(__x86_64__)
[[gnu::target("avx512f,popcnt")]] SlopesWithin eight_by_eight(std::span<const double> values,
                                                              std::size_t apart, double lower,
                                                              double upper,
                                                              double* slopes) noexcept {
    const std::size_t n = values.size() - apart;
    const double* const earlier = values.data();
    const double* const later = values.data() + apart;
    const auto rows = static_cast<double>(apart);
    const __m512d distance = _mm512_set1_pd(rows);
    const __m512d fall = _mm512_set1_pd(lower * rows);
    const __m512d rise = _mm512_set1_pd(upper * rows);
    SlopesWithin found;
    for (std::size_t i = 0; i < n; i += 8) {
        const auto there = static_cast<__mmask8>(0xffU >> (8 - std::min<std::size_t>(8, n - i)));
        const __m512d step = _mm512_sub_pd(_mm512_maskz_loadu_pd(there, later + i),
                                           _mm512_maskz_loadu_pd(there, earlier + i));
        const __mmask8 under = _mm512_mask_cmp_pd_mask(there, step, fall, _CMP_LT_OQ);
        const auto inside =
            static_cast<__mmask8>(_mm512_mask_cmp_pd_mask(there, step, rise, _CMP_LE_OQ) & ~under);
        _mm512_storeu_pd(slopes + found.within,
                         _mm512_maskz_compress_pd(inside, _mm512_div_pd(step, distance)));
        found.within += static_cast<std::size_t>(std::popcount(inside));
        found.below += static_cast<std::size_t>(std::popcount(under));
    }
    return found;
}
#endif

} // namespace

SlopesWithin slopes_within(std::span<const double> values, std::size_t apart, double lower,
                           double upper, double* slopes) noexcept {
#if defined(__x86_64__)
    if (vectors() >= Vectors::avx512) return eight_by_eight(values, apart, lower, upper, slopes);
#endif
    return one_by_one(values, apart, lower, upper, slopes);
}

} // namespace recon::breaks
