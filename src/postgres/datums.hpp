// SQL values in and out, as C++ values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "postgres/guard.hpp"

namespace recon::postgres {

// The arguments of one SQL call.
class Arguments {
  public:
    explicit Arguments(FunctionCallInfo fcinfo) noexcept : fcinfo_(fcinfo) {}

    [[nodiscard]] int count() const noexcept { return fcinfo_->nargs; }
    [[nodiscard]] bool is_null(int at) const noexcept { return fcinfo_->args[at].isnull; }
    [[nodiscard]] Datum datum(int at) const noexcept { return fcinfo_->args[at].value; }

    [[nodiscard]] double float8(int at) const noexcept { return DatumGetFloat8(datum(at)); }
    [[nodiscard]] std::int32_t int4(int at) const noexcept { return DatumGetInt32(datum(at)); }
    [[nodiscard]] std::int64_t int8(int at) const noexcept { return DatumGetInt64(datum(at)); }
    [[nodiscard]] bool boolean(int at) const noexcept { return DatumGetBool(datum(at)); }
    [[nodiscard]] std::string text(int at) const;
    [[nodiscard]] std::optional<std::string> optional_text(int at) const;

  private:
    FunctionCallInfo fcinfo_;
};

// The bytes of a varlena value without its header, detoasted; they live in the current context.
[[nodiscard]] std::span<const std::byte> bytes_of(Datum varlena);

[[nodiscard]] std::string text_of(Datum text);

// New values in the current memory context. Texts are checked to be text in the database's encoding
// (22021): they may have come out of a serialized value.
[[nodiscard]] Datum make_varlena(std::span<const std::byte> bytes);
// Of parts that follow each other.
[[nodiscard]] Datum join_varlena(std::span<const std::span<const std::byte>> parts);
[[nodiscard]] Datum make_text(std::string_view text);
[[nodiscard]] Datum make_text_array(std::span<const std::string> texts);
// NaN stands for NULL.
[[nodiscard]] Datum make_float8_array(std::span<const double> values);
// Of so many lines, each of the same length, if there is any value; NaN stays NaN.
[[nodiscard]] Datum make_float8_lines(std::span<const double> values, std::size_t lines);
[[nodiscard]] Datum make_int8_array(std::span<const std::int64_t> values);
// SQL has no numbers without a sign: those from 2^63 on are negative there.
[[nodiscard]] Datum make_int8_array(std::span<const std::uint64_t> values);
// From JSON text; 22P02 where it is none.
[[nodiscard]] Datum make_jsonb(const std::string& json);
// An object of numbers, without the way through its text: names (copied) and numerics.
struct NamedNumeric {
    std::string_view name;
    Datum numeric;
};
[[nodiscard]] Datum make_jsonb(std::span<const NamedNumeric> numbers);
// Days since 2000-01-01.
[[nodiscard]] Datum make_date_array(std::span<const std::int32_t> days);

// One column of a row that is being made: NaN stands for NULL.
inline void put_number(Datum& value, bool& null, double number) noexcept {
    null = std::isnan(number);
    if (!null) value = Float8GetDatum(number);
}

// The result of a call: NaN stands for NULL.
[[nodiscard]] inline Datum make_number(FunctionCallInfo fcinfo, double number) noexcept {
    fcinfo->isnull = std::isnan(number);
    return fcinfo->isnull ? 0 : Float8GetDatum(number);
}

// The elements of a float8[]; NULL elements become NaN. More than one dimension is refused.
[[nodiscard]] std::vector<double> float8_array(Datum array);

// The same of two dimensions at most: the elements line by line, and how many lines these are.
struct Float8Lines {
    std::vector<double> values;
    std::size_t lines = 1;
};
[[nodiscard]] Float8Lines float8_lines(Datum array);

// The elements of a date[], days since 2000-01-01; NULL elements become -infinity. More than one
// dimension is refused.
[[nodiscard]] std::vector<std::int32_t> date_array(Datum array);

// The elements of a bigint[] without NULL elements. More than one dimension is refused.
[[nodiscard]] std::vector<std::int64_t> int8_array(Datum array);

// The elements of a text[]; NULL elements become nullopt. More than one dimension is refused.
[[nodiscard]] std::vector<std::optional<std::string>> text_array(Datum array);

// The double nearest to a numeric. NaN and the infinities map to their float8 twins.
[[nodiscard]] double double_of_numeric(Datum numeric);

// A numeric of the shortest decimal text that reads back as `value`.
[[nodiscard]] Datum make_numeric(double value);

// The same, of a number rounded to so many significant digits (1 .. 17), without trailing zeros.
[[nodiscard]] Datum make_numeric(double value, int digits);

} // namespace recon::postgres
