#include "run/source/key_rows.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <optional>
#include <string>

#include "core/base/error.hpp"
#include "core/base/interrupt.hpp"
#include "core/base/progress.hpp"
#include "postgres/memory.hpp"

extern "C" {
#include "utils/date.h"
}

namespace recon::run {

using namespace recon::postgres;
using breaks::PackedRow;

namespace {

constexpr int first_column = 6;

breaks::PackedLayout layout_of_row(const Arguments& arguments) {
    const auto measures = arguments.is_null(5) ? 0 : arguments.int4(5);
    const auto values = arguments.count() - first_column;
    if (measures < 1 || measures > values) {
        throw Error(ErrorKind::invalid_parameter, "the number of measures is out of range",
                    std::to_string(measures) + " measures among " + std::to_string(values) +
                        " values.",
                    "The measures are the first of the values that are listed.");
    }
    if (measures > static_cast<std::int32_t>(breaks::max_measures)) {
        throw Error(ErrorKind::invalid_parameter, "a series has between 1 and 16 measures",
                    std::to_string(measures) + " were given.");
    }
    return {static_cast<std::uint8_t>(measures), values > measures};
}

// Of one group. Its rows lie in memory as the first of them said.
void expect_layout(const RowBlock& block, const breaks::PackedLayout& layout) {
    if (block.layout().measures == layout.measures) return;
    throw Error(ErrorKind::invalid_parameter, "the number of measures differs between rows",
                "One row has " + std::to_string(block.layout().measures) + " measures, another " +
                    std::to_string(layout.measures) + ".",
                "Give the same number for every row.");
}

// Of a floating-point amount that a series does not hold.
std::optional<std::string> float_text(double amount, double value) {
    if (std::isnan(amount)) return "NaN";
    if (amount == value) return std::nullopt;
    char text[32];
    const auto end = std::to_chars(text, text + sizeof(text), amount).ptr;
    return std::string(text, end);
}

// The text of an amount that the double in a series does not hold: a numeric with more digits, a
// number too large to be judged, or NaN, which in a series means that a value is missing. Nothing
// where the double is exact.
std::optional<std::string> exact_text(const ColumnReader& reader, const NullableDatum& argument,
                                      double value) {
    using Kind = ColumnReader::Kind;
    // Every decimal of up to fifteen digits survives the way into a double and back.
    if (argument.isnull || std::abs(value) < 1e9) return std::nullopt;
    if (reader.kind == Kind::float8) return float_text(DatumGetFloat8(argument.value), value);
    if (reader.kind == Kind::float4) {
        return float_text(static_cast<double>(DatumGetFloat4(argument.value)), value);
    }
    if (reader.kind != Kind::numeric) return std::nullopt;
    const Datum numeric = argument.value;
    const Datum back = make_numeric(value);
    const char* const text = guarded([=]() -> const char* {
        if (DatumGetBool(DirectFunctionCall2(numeric_eq, numeric, back))) return nullptr;
        return DatumGetCString(DirectFunctionCall1(numeric_out, numeric));
    });
    return text == nullptr ? std::nullopt : std::optional<std::string>(text);
}

void keep_exact(RowBlock& block, FunctionCallInfo fcinfo, const SeriesColumns& columns,
                const double* values) {
    std::string texts;
    bool any = false;
    for (int i = 0; i < block.layout().measures; ++i) {
        const auto exact = exact_text(columns.reader(i), fcinfo->args[first_column + i], values[i]);
        any = any || exact;
        if (i > 0) texts += ' ';
        texts += exact.value_or("-");
    }
    if (any) block.add_exact(block.rows(), texts.c_str());
}

// What was found of a row is the sum of 1 where a stored difference disagrees with its sides, 2 for
// a row booked in another period, 4 for one booked outside of working hours.
std::uint32_t bits_of(std::uint32_t found) {
    return ((found & 1U) != 0 ? PackedRow::mismatch_bit : 0U) |
           ((found & 2U) != 0 ? PackedRow::other_period_bit : 0U) |
           ((found & 4U) != 0 ? PackedRow::time_of_day_bit : 0U);
}

} // namespace

RowBlock* state_of(const Arguments& arguments, int at) {
    return reinterpret_cast<RowBlock*>(arguments.is_null(at) ? 0 : arguments.datum(at));
}

bool has_date(const Arguments& arguments) {
    return !arguments.is_null(1) && !DATE_NOT_FINITE(DatumGetDateADT(arguments.datum(1)));
}

Datum add_row(FunctionCallInfo fcinfo) {
    const Arguments arguments(fcinfo);
    // Slow sources are polled often, fast ones hardly notice.
    if ((++progress.done & 63U) == 0) poll_interrupt();
    auto* block = state_of(arguments, 0);
    const auto layout = layout_of_row(arguments);
    if (block == nullptr) block = RowBlock::make(aggregate_context(fcinfo), layout);
    expect_layout(*block, layout);
    if (!has_date(arguments)) {
        block->leave_out();
        return PointerGetDatum(block);
    }

    const int measures = layout.measures;
    const auto& columns = SeriesColumns::of(fcinfo, first_column);
    char* const row = block->next_row();
    auto* values = reinterpret_cast<double*>(row + layout.values_at());
    bool large = false;
    for (int i = 0; i < measures; ++i) {
        values[i] = columns.number(fcinfo, i);
        large = large || std::abs(values[i]) >= 1e9;
    }
    if (layout.has_content) {
        const auto content = columns.content(fcinfo, measures, columns.count());
        memcpy(row + sizeof(PackedRow), &content, sizeof(content));
    }
    // A break rule that is unknown is a break: a side is missing.
    const bool is_break = arguments.is_null(2) || arguments.boolean(2);
    const bool is_target = !arguments.is_null(3) && arguments.boolean(3);
    const PackedRow head{
        DatumGetDateADT(arguments.datum(1)),
        (is_break ? PackedRow::break_bit : 0) | (is_target ? PackedRow::target_bit : 0) |
            (arguments.is_null(4) ? 0 : bits_of(static_cast<std::uint32_t>(arguments.int4(4))))};
    memcpy(row, &head, sizeof(head));
    if (large && is_break && is_target) keep_exact(*block, fcinfo, columns, values);
    block->row_written();
    return PointerGetDatum(block);
}

} // namespace recon::run
