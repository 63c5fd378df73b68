#include "run/source/series_digest.hpp"

#include <array>

namespace recon::run {

// Equal rows are next to each other.
breaks::RowsDigest digest_of(const breaks::SeriesValue& value, std::uint64_t key_mark,
                             breaks::RowsSketch& sketch, std::int32_t through) {
    breaks::RowsDigest digest;
    const auto& series = value.series;
    std::uint64_t before = 0;
    std::uint64_t occurrence = 0;
    std::array<double, breaks::max_measures> values{};
    for (std::size_t i = 0; i < series.size() && series.date(i) <= through; ++i) {
        for (std::size_t j = 0; j < series.measures(); ++j)
            values[j] = series.value(i, j);
        const bool is_mismatch = (series.row(i) & breaks::SeriesValue::mismatch_bit) != 0;
        const auto row = breaks::row_hash(series.date(i), series.is_break(i), is_mismatch,
                                          series.content(i), {values.data(), series.measures()});
        occurrence = i > 0 && row == before ? occurrence + 1 : 0;
        before = row;
        digest.add(key_mark, row);
        sketch.add(key_mark, series.date(i), row, occurrence);
    }
    return digest;
}

} // namespace recon::run
