#include "postgres/datums.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

#include "core/base/error.hpp"

namespace recon::postgres {

std::string Arguments::text(int at) const {
    return text_of(datum(at));
}

std::optional<std::string> Arguments::optional_text(int at) const {
    if (is_null(at)) return std::nullopt;
    return text(at);
}

std::span<const std::byte> bytes_of(Datum varlena) {
    const auto* value = guarded([=] { return PG_DETOAST_DATUM_PACKED(varlena); });
    return {reinterpret_cast<const std::byte*>(VARDATA_ANY(value)),
            static_cast<std::size_t>(VARSIZE_ANY_EXHDR(value))};
}

std::string text_of(Datum text) {
    const auto bytes = bytes_of(text);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Datum make_varlena(std::span<const std::byte> bytes) {
    return join_varlena(std::span(&bytes, 1));
}

Datum join_varlena(std::span<const std::span<const std::byte>> parts) {
    std::size_t size = VARHDRSZ;
    for (const auto& part : parts)
        size += part.size();
    // palloc itself refuses what exceeds MaxAllocSize, with a message of its own.
    auto* value = static_cast<varlena*>(guarded([=] { return palloc(size); }));
    SET_VARSIZE(value, size);
    char* at = VARDATA(value);
    for (const auto& part : parts) {
        if (!part.empty()) memcpy(at, part.data(), part.size());
        at += part.size();
    }
    return PointerGetDatum(value);
}

Datum make_text(std::string_view text) {
    const char* const data = text.data();
    const std::size_t size = text.size();
    if (size <= MaxAllocSize) {
        guarded([=] { pg_verifymbstr(data, static_cast<int>(size), false); });
    }
    return make_varlena(std::as_bytes(std::span(text)));
}

Datum make_text_array(std::span<const std::string> texts) {
    std::vector<Datum> elements;
    elements.reserve(texts.size());
    for (const auto& text : texts) {
        elements.push_back(make_text(text));
    }
    Datum* const data = elements.data();
    const int count = static_cast<int>(elements.size());
    return guarded([=] {
        return PointerGetDatum(construct_array(data, count, TEXTOID, -1, false, TYPALIGN_INT));
    });
}

Datum make_jsonb(const std::string& json) {
    const char* const text = json.c_str();
    return guarded([=] { return DirectFunctionCall1(jsonb_in, CStringGetDatum(text)); });
}

Datum make_jsonb(std::span<const NamedNumeric> numbers) {
    return guarded([=] {
        JsonbParseState* state = nullptr;
        pushJsonbValue(&state, WJB_BEGIN_OBJECT, nullptr);
        for (const auto& [name, numeric] : numbers) {
            JsonbValue key;
            key.type = jbvString;
            key.val.string.val = const_cast<char*>(name.data());
            key.val.string.len = static_cast<int>(name.size());
            pushJsonbValue(&state, WJB_KEY, &key);
            JsonbValue value;
            value.type = jbvNumeric;
            value.val.numeric = DatumGetNumeric(numeric);
            pushJsonbValue(&state, WJB_VALUE, &value);
        }
        return JsonbPGetDatum(JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, nullptr)));
    });
}

namespace {

// An array of one dimension whose elements lie side by side, written as the server would
// (utils/array.h) but without a Datum of each on the way: arrays of whole histories are made by the
// thousand.
struct NewArray {
    Datum array;
    char* elements;
    bits8* present; // null where no element is absent
};

NewArray make_array(Oid type, std::size_t element_size, std::size_t count, std::size_t absent) {
    if (count == 0) {
        return {guarded([=] { return PointerGetDatum(construct_empty_array(type)); }), nullptr,
                nullptr};
    }
    const std::size_t head =
        absent > 0 ? ARR_OVERHEAD_WITHNULLS(1, count) : ARR_OVERHEAD_NONULLS(1);
    const std::size_t size = head + (count - absent) * element_size;
    // palloc0 refuses what exceeds MaxAllocSize, with a message of its own.
    auto* array = static_cast<ArrayType*>(guarded([=] { return palloc0(size); }));
    SET_VARSIZE(array, size);
    array->ndim = 1;
    array->dataoffset = absent > 0 ? static_cast<std::int32_t>(head) : 0;
    array->elemtype = type;
    ARR_DIMS(array)[0] = static_cast<int>(count);
    ARR_LBOUND(array)[0] = 1;
    return {PointerGetDatum(array), ARR_DATA_PTR(array), ARR_NULLBITMAP(array)};
}

} // namespace

Datum make_float8_array(std::span<const double> values) {
    const auto absent = static_cast<std::size_t>(std::count_if(
        values.begin(), values.end(), [](double value) { return std::isnan(value); }));
    const auto made = make_array(FLOAT8OID, sizeof(double), values.size(), absent);
    if (absent == 0) {
        if (!values.empty()) memcpy(made.elements, values.data(), values.size_bytes());
        return made.array;
    }
    // Eight by eight, as the bits of what is present are; mostly all eight are.
    char* element = made.elements;
    for (std::size_t begin = 0; begin < values.size(); begin += 8) {
        const auto eight = values.subspan(begin, std::min<std::size_t>(8, values.size() - begin));
        unsigned present = 0;
        for (std::size_t i = 0; i < eight.size(); ++i)
            present |= static_cast<unsigned>(!std::isnan(eight[i])) << i;
        made.present[begin / 8] = static_cast<bits8>(present);
        if (present == 0xffU) {
            memcpy(element, eight.data(), 8 * sizeof(double));
            element += 8 * sizeof(double);
            continue;
        }
        for (std::size_t i = 0; i < eight.size(); ++i) {
            if ((present >> i & 1U) == 0) continue;
            memcpy(element, &eight[i], sizeof(double));
            element += sizeof(double);
        }
    }
    return made.array;
}

Datum make_float8_lines(std::span<const double> values, std::size_t lines) {
    if (values.empty()) return make_float8_array({});
    const std::size_t size = ARR_OVERHEAD_NONULLS(2) + values.size_bytes();
    auto* array = static_cast<ArrayType*>(guarded([=] { return palloc0(size); }));
    SET_VARSIZE(array, size);
    array->ndim = 2;
    array->elemtype = FLOAT8OID;
    ARR_DIMS(array)[0] = static_cast<int>(lines);
    ARR_DIMS(array)[1] = static_cast<int>(values.size() / lines);
    ARR_LBOUND(array)[0] = ARR_LBOUND(array)[1] = 1;
    memcpy(ARR_DATA_PTR(array), values.data(), values.size_bytes());
    return PointerGetDatum(array);
}

namespace {

// Of values that lie in memory as the server has them.
template <typename Value>
Datum array_of(Oid type, std::span<const Value> values) {
    const auto made = make_array(type, sizeof(Value), values.size(), 0);
    if (!values.empty()) memcpy(made.elements, values.data(), values.size_bytes());
    return made.array;
}

} // namespace

Datum make_date_array(std::span<const std::int32_t> days) {
    static_assert(sizeof(DateADT) == sizeof(std::int32_t));
    return array_of(DATEOID, days);
}

Datum make_int8_array(std::span<const std::int64_t> values) {
    return array_of(INT8OID, values);
}

Datum make_int8_array(std::span<const std::uint64_t> values) {
    return array_of(INT8OID, values);
}

namespace {
struct Elements {
    Datum* values;
    bool* nulls;
    int count;
};

const ArrayType* array_of(Datum array, int most_dimensions) {
    const auto* value = guarded([=] { return DatumGetArrayTypeP(array); });
    if (ARR_NDIM(value) > most_dimensions) {
        throw Error(ErrorKind::invalid_parameter,
                    std::string("array has more than ") + (most_dimensions == 1 ? "one" : "two") +
                        " dimension" + (most_dimensions == 1 ? "" : "s"),
                    "It has " + std::to_string(ARR_NDIM(value)) + " dimensions.");
    }
    return value;
}

// Arrays whose number of elements is the length of their one dimension.
const ArrayType* one_dimension(Datum array) {
    return array_of(array, 1);
}

// The elements of an array of numbers of a fixed size, which lie side by side; absent ones take no
// room.
template <typename Number>
std::vector<Number> number_array(const ArrayType* value, Number absent) {
    if (ARR_NDIM(value) == 0) return {};
    const auto size = static_cast<std::size_t>(ARR_DIMS(value)[0]);
    std::vector<Number> values(
        ARR_NDIM(value) == 1 ? size : size * static_cast<std::size_t>(ARR_DIMS(value)[1]));
    const char* stored = ARR_DATA_PTR(value);
    const bits8* present = ARR_NULLBITMAP(value);
    if (present == nullptr) {
        memcpy(values.data(), stored, values.size() * sizeof(Number));
        return values;
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
        if ((present[i / 8] & (1U << (i % 8))) == 0) {
            values[i] = absent;
            continue;
        }
        memcpy(&values[i], stored, sizeof(Number));
        stored += sizeof(Number);
    }
    return values;
}
} // namespace

std::vector<double> float8_array(Datum array) {
    return number_array(one_dimension(array), std::nan(""));
}

Float8Lines float8_lines(Datum array) {
    const auto* value = array_of(array, 2);
    const auto lines = ARR_NDIM(value) == 2 ? static_cast<std::size_t>(ARR_DIMS(value)[0]) : 1;
    return {number_array(value, std::nan("")), lines};
}

std::vector<std::int32_t> date_array(Datum array) {
    return number_array<std::int32_t>(one_dimension(array), DATEVAL_NOBEGIN);
}

std::vector<std::int64_t> int8_array(Datum array) {
    const auto* value = one_dimension(array);
    if (ARR_NDIM(value) == 0) return {};
    if (ARR_NULLBITMAP(value) != nullptr) {
        throw Error(ErrorKind::invalid_parameter, "array must not contain nulls");
    }
    std::vector<std::int64_t> values(static_cast<std::size_t>(ARR_DIMS(value)[0]));
    memcpy(values.data(), ARR_DATA_PTR(value), values.size() * sizeof(std::int64_t));
    return values;
}

std::vector<std::optional<std::string>> text_array(Datum array) {
    auto* value = const_cast<ArrayType*>(one_dimension(array));
    const auto elements = guarded([=] {
        Elements parts{};
        deconstruct_array(value, TEXTOID, -1, false, TYPALIGN_INT, &parts.values, &parts.nulls,
                          &parts.count);
        return parts;
    });
    std::vector<std::optional<std::string>> texts(static_cast<std::size_t>(elements.count));
    for (int i = 0; i < elements.count; ++i) {
        if (!elements.nulls[i]) texts[static_cast<std::size_t>(i)] = text_of(elements.values[i]);
    }
    return texts;
}

namespace {

// Powers of ten that a double holds exactly.
constexpr double exact_power[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                  1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                  1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
constexpr std::int64_t exact_integers = std::int64_t{1} << 53;

// The stored form of a numeric (src/backend/utils/adt/numeric.c; unchanged since 9.1 because it is
// on disk): a header word, for the long form a weight, then digits of base 10000. True when the
// value is m * 10^k with m below 2^53 and |k| <= 22: then one multiplication or division of exact
// doubles rounds correctly, which is what the server's own conversion through text arrives at,
// thirty times slower.
bool exact_double(const varlena* numeric, double& result) noexcept {
    const char* at = VARDATA_ANY(numeric);
    const std::size_t size = VARSIZE_ANY_EXHDR(numeric);
    if (size < sizeof(std::uint16_t)) return false;
    std::uint16_t header = 0;
    memcpy(&header, at, sizeof(header));
    bool negative = false;
    int weight = 0;
    std::size_t start = sizeof(header);
    if ((header & 0xC000U) == 0x8000U) { // short
        negative = (header & 0x2000U) != 0;
        weight = (header & 0x0040U) != 0 ? static_cast<int>(header & 0x003FU) - 64
                                         : static_cast<int>(header & 0x003FU);
    } else if ((header & 0xC000U) != 0xC000U) { // long
        if (size < 2 * sizeof(std::uint16_t)) return false;
        negative = (header & 0xC000U) == 0x4000U;
        std::int16_t stored = 0;
        memcpy(&stored, at + start, sizeof(stored));
        weight = stored;
        start += sizeof(stored);
    } else {
        return false; // NaN and the infinities
    }
    const int digits = static_cast<int>((size - start) / sizeof(std::int16_t));
    std::int64_t mantissa = 0;
    for (int i = 0; i < digits; ++i) {
        std::int16_t digit = 0;
        memcpy(&digit, at + start + static_cast<std::size_t>(i) * sizeof(digit), sizeof(digit));
        if (mantissa > exact_integers / 10000) return false; // before it overflows
        mantissa = mantissa * 10000 + digit;
    }
    const int exponent = 4 * (weight - digits + 1);
    if (mantissa > exact_integers || exponent > 22 || exponent < -22) return false;
    const auto whole = static_cast<double>(mantissa);
    result = exponent >= 0 ? whole * exact_power[exponent] : whole / exact_power[-exponent];
    if (negative) result = -result;
    return true;
}

} // namespace

double double_of_numeric(Datum numeric) {
    // Detoasting is rare (a numeric of a row is short), but must be asked for before looking.
    const auto* value = reinterpret_cast<const varlena*>(DatumGetPointer(numeric));
    if (VARATT_IS_EXTENDED(value) && !VARATT_IS_SHORT(value)) {
        value = guarded([=] { return PG_DETOAST_DATUM_PACKED(numeric); });
    }
    double result = 0;
    if (exact_double(value, result)) return result;
    return guarded(
        [=] { return DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, numeric)); });
}

namespace {

Datum read_numeric(const char* text) {
    return guarded([=] {
        return DirectFunctionCall3(numeric_in, CStringGetDatum(text), ObjectIdGetDatum(InvalidOid),
                                   Int32GetDatum(-1));
    });
}

Datum non_finite_numeric(double value) {
    if (std::isnan(value)) return read_numeric("NaN");
    return read_numeric(value > 0 ? "Infinity" : "-Infinity");
}

// The numeric of a number in scientific notation, as to_chars writes it ("-1.25e+03").
Datum numeric_of_scientific(char* begin, char* end) {
    char* const exponent_mark = std::find(begin, end, 'e');
    std::int64_t mantissa = 0;
    int decimals = 0;
    int trailing_zeros = 0;
    bool after_point = false;
    for (const char* at = *begin == '-' ? begin + 1 : begin; at != exponent_mark; ++at) {
        if (*at == '.') {
            after_point = true;
            continue;
        }
        mantissa = mantissa * 10 + (*at - '0'); // 17 digits at most
        decimals += after_point ? 1 : 0;
        trailing_zeros = *at == '0' ? trailing_zeros + 1 : 0;
    }
    int exponent = 0;
    const char* digits = exponent_mark + 1;
    std::from_chars(*digits == '+' ? digits + 1 : digits, end, exponent);
    decimals -= exponent;
    for (; trailing_zeros > 0 && decimals > 0; --trailing_zeros, --decimals)
        mantissa /= 10;
    for (; decimals < 0 && std::abs(mantissa) < INT64_MAX / 10; ++decimals)
        mantissa *= 10;
    // The server's own shortcut, where the number has a place in it.
    if (decimals < 0 || decimals > 18) {
        *end = '\0';
        return read_numeric(begin);
    }
    if (*begin == '-') mantissa = -mantissa;
    return guarded([=] { return NumericGetDatum(int64_div_fast_to_numeric(mantissa, decimals)); });
}

} // namespace

Datum make_numeric(double value) {
    if (!std::isfinite(value)) return non_finite_numeric(value);
    char text[40];
    const auto end =
        std::to_chars(text, text + sizeof(text) - 1, value, std::chars_format::scientific).ptr;
    return numeric_of_scientific(text, end);
}

Datum make_numeric(double value, int digits) {
    if (!std::isfinite(value)) return non_finite_numeric(value);
    char text[40];
    const auto end = std::to_chars(text, text + sizeof(text) - 1, value,
                                   std::chars_format::scientific, digits - 1)
                         .ptr;
    return numeric_of_scientific(text, end);
}

} // namespace recon::postgres
