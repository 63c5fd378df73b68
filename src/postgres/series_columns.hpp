// How the columns of one row of a series are read: measures as numbers, all others by their hash.
// Each call says how many of them are measures, so nothing kept here depends on that.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

#include "core/base/random.hpp"
#include "postgres/datums.hpp"
#include "postgres/value_hash.hpp"

namespace recon::postgres {

// How one argument is read.
struct ColumnReader {
    enum class Kind { float8, float4, int2, int4, int8, numeric, other };
    Kind kind = Kind::other;
    ValueHash hash; // none for measures
};

// The amounts that are judged: their squares, and products of two, are doubles too. What is larger
// counts as infinite, what is closer to zero as zero.
constexpr double largest_amount = 1e150;
constexpr double smallest_amount = 1e-150;

// In a series NaN means that a value is missing; a value that is not a number is no finite one, and
// is kept as infinity.
[[nodiscard]] inline double present(double value) noexcept {
    const double size = std::fabs(value);
    if (size >= smallest_amount && size <= largest_amount) return value;
    if (size < smallest_amount) return 0;
    return std::signbit(value) && !std::isnan(value) ? -std::numeric_limits<double>::infinity()
                                                     : std::numeric_limits<double>::infinity();
}

// The variadic list at the end of a call's arguments, found once per query: plain data, kept in
// fn_extra, which is therefore not the caller's.
class SeriesColumns {
  public:
    // The list begins at argument `first`.
    [[nodiscard]] static const SeriesColumns& of(FunctionCallInfo fcinfo, int first) {
        auto* known = static_cast<SeriesColumns*>(fcinfo->flinfo->fn_extra);
        return known != nullptr ? *known : make(fcinfo, first);
    }

    [[nodiscard]] int count() const noexcept { return count_; }
    [[nodiscard]] const ColumnReader& reader(int at) const noexcept { return readers_[at]; }

    // The number in a measure; NaN for NULL. Columns of other types are no measures (22023).
    [[nodiscard]] double number(FunctionCallInfo fcinfo, int at) const;

    // What the columns from .. to (not included) hold, as one number.
    [[nodiscard]] std::uint64_t content(FunctionCallInfo fcinfo, int from, int to) const {
        std::uint64_t content = 0;
        for (int i = from; i < to; ++i) {
            const auto& argument = fcinfo->args[first_ + i];
            const auto part = argument.isnull ? null_mark : readers_[i].hash(argument.value);
            content = mix64(content + part);
        }
        return content;
    }

  private:
    static constexpr std::uint64_t null_mark = 0x6e756c6cULL;

    [[nodiscard]] static const SeriesColumns& make(FunctionCallInfo fcinfo, int first);

    int first_;
    int count_;
    ColumnReader* readers_;
};

} // namespace recon::postgres
