#include "run/result/verdict_columns.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numbers>
#include <string>

#include "core/base/error.hpp"

namespace recon::run {

using namespace recon::postgres;

namespace {

// What was estimated is not known to the last digit: nine significant digits are plenty.
Value estimate(double amount) {
    return std::isnan(amount) ? Value{} : given(make_numeric(amount, 9));
}

Value number(double value) {
    return std::isnan(value) ? Value{} : given(Float8GetDatum(value));
}

Value text(const VerdictSource& row, std::string_view repeated) {
    return given(row.values.text_of(repeated));
}

Datum read_numeric(const std::string& text) {
    const char* const digits = text.c_str();
    return guarded([=] {
        return DirectFunctionCall3(numeric_in, CStringGetDatum(digits),
                                   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
    });
}

Value observed(const VerdictSource& row) {
    if (const auto* exact = row.judged.exact.in(row.values.detection().exact_amounts)) {
        return given(read_numeric(*exact));
    }
    const double amount = row.judged.finding.observed;
    return std::isnan(amount) ? Value{} : given(make_numeric(amount));
}

constexpr std::uint8_t in(std::initializer_list<VerdictPlace> places) {
    std::uint8_t all = 0;
    for (const auto place : places)
        all = static_cast<std::uint8_t>(all | static_cast<std::uint8_t>(place));
    return all;
}

using enum VerdictPlace;
constexpr std::uint8_t everywhere = in({answer, stored, watched, rules});
constexpr std::uint8_t numbered = in({answer, stored, rules});

using Row = const VerdictSource&;
constexpr VerdictColumn all_columns[] = {
    {"break_id", INT8OID,
     [](Row row) { return row.break_id ? given(Int64GetDatum(*row.break_id)) : Value{}; },
     numbered},
    {"key", JSONBOID, [](Row row) { return given(row.entry.key); }, everywhere},
    {"break_date", DATEOID, [](Row row) { return given(DateADTGetDatum(row.judged.finding.date)); },
     everywhere},
    {"measure", TEXTOID, [](Row row) { return given(row.values.measure_of(row.judged)); },
     everywhere},
    {"observed", NUMERICOID, observed, everywhere},
    {"expected", NUMERICOID, [](Row row) { return estimate(row.judged.finding.expected); },
     everywhere},
    {"lower", NUMERICOID, [](Row row) { return estimate(row.judged.finding.lower); }, everywhere},
    {"upper", NUMERICOID, [](Row row) { return estimate(row.judged.finding.upper); }, everywhere},
    {"direction", INT2OID,
     [](Row row) { return given(Int16GetDatum(row.judged.finding.direction)); }, everywhere},
    // 0 + avoids a negative zero for ln p = 0.
    {"score", FLOAT8OID,
     [](Row row) { return number(0.0 + -row.judged.finding.ln_p / std::numbers::ln10); },
     everywhere},
    {"p_value", FLOAT8OID, [](Row row) { return number(std::exp(row.judged.finding.ln_p)); },
     everywhere},
    {"q_value", FLOAT8OID,
     [](Row row) { return number(row.values.detection().q_value(row.judged.finding)); },
     everywhere},
    {"is_anomaly", BOOLOID,
     [](Row row) { return given(BoolGetDatum(row.values.detection().is_anomaly(row.judged))); },
     everywhere},
    {"severity", TEXTOID,
     [](Row row) {
         const auto& detection = row.values.detection();
         return text(row, breaks::name(detection.severity(row.judged, row.entry.currency)));
     },
     everywhere},
    {"pattern", TEXTOID, [](Row row) { return text(row, name(row.judged.finding.pattern)); },
     everywhere},
    {"category", TEXTOID,
     [](Row row) { return text(row, breaks::name(breaks::category_of(row.judged.finding))); },
     everywhere},
    {"flags", TEXTARRAYOID, [](Row row) { return given(row.values.flags_of(row.judged)); },
     everywhere},
    {"contributions", JSONBOID,
     [](Row row) { return given(row.values.contributions_of(row.judged)); }, everywhere},
    {"basis", TEXTOID, [](Row row) { return text(row, name(row.judged.finding.basis)); },
     everywhere},
    {"history_n", INT4OID,
     [](Row row) {
         return given(Int32GetDatum(static_cast<std::int32_t>(row.judged.finding.history_n)));
     },
     everywhere},
    {"reason", TEXTOID, [](Row row) { return given(row.values.reason_of(row.judged, row.entry)); },
     everywhere},
    {"recommended_action", TEXTOID, [](Row row) { return given(row.values.action_of(row.judged)); },
     everywhere},
    {"occurrence", INT4OID,
     [](Row row) {
         return given(Int32GetDatum(static_cast<std::int32_t>(row.judged.finding.occurrence)));
     },
     in({stored, rules})},
    {"currency", TEXTOID,
     [](Row row) {
         return row.entry.currency.empty() ? Value{} : given(make_text(row.entry.currency));
     },
     in({stored, watched, rules})},
    {"runner_up", TEXTOID,
     [](Row row) {
         const auto pattern = row.judged.finding.runner_up;
         return pattern == breaks::Pattern::none ? Value{} : text(row, name(pattern));
     },
     in({stored})},
    {"key_hash", INT8OID, [](Row row) { return given(UInt64GetDatum(row.entry.hash)); },
     in({stored})},
    {"opened_on", DATEOID, [](Row row) { return given(DateADTGetDatum(row.judged.opened_on)); },
     in({stored})},
};

// In the place of a column that the type has lost.
constexpr VerdictColumn no_column = {"", InvalidOid, [](Row) { return Value{}; }, 0,
                                     VerdictRow::most_columns - 1};

[[noreturn]] void refuse_type(const std::string& what) {
    throw Error(ErrorKind::not_available, "the library and type recon.verdict do not fit together",
                what, "Run ALTER EXTENSION recon UPDATE, or start a new session after it.");
}

// The columns of the answer as the type has them.
std::vector<VerdictColumn> columns_of(TupleDesc type) {
    const auto known = verdict_columns(answer);
    std::vector<VerdictColumn> columns;
    std::size_t written = 0;
    for (int i = 0; i < type->natts; ++i) {
        const auto* attribute = TupleDescAttr(type, i);
        if (attribute->attisdropped) {
            columns.push_back(no_column);
            continue;
        }
        const std::string_view wanted = NameStr(attribute->attname);
        const auto found = std::find_if(known.begin(), known.end(),
                                        [&](const auto& column) { return wanted == column.name; });
        if (found == known.end() || found->type != attribute->atttypid) {
            refuse_type("The library does not write column \"" + std::string(wanted) +
                        "\" of the type.");
        }
        columns.push_back(*found);
        ++written;
    }
    if (written < known.size()) {
        refuse_type("The library writes " + std::to_string(known.size()) +
                    " columns, and the type has " + std::to_string(written) + ".");
    }
    return columns;
}

} // namespace

std::vector<VerdictColumn> verdict_columns(VerdictPlace place) {
    std::vector<VerdictColumn> columns;
    static_assert(std::size(all_columns) < VerdictRow::most_columns);
    for (std::size_t number = 0; number < std::size(all_columns); ++number) {
        if (!all_columns[number].is_in(place)) continue;
        columns.push_back(all_columns[number]);
        columns.back().number = number;
    }
    return columns;
}

TupleDesc shape_of(std::span<const VerdictColumn> columns) {
    return guarded([=] {
        TupleDesc shape = CreateTemplateTupleDesc(static_cast<int>(columns.size()));
        AttrNumber at = 0;
        for (const auto& column : columns)
            TupleDescInitEntry(shape, ++at, column.name, column.type, -1, 0);
        return shape;
    });
}

VerdictAnswer::VerdictAnswer(ResultSet& answer)
    : answer_(answer), columns_(columns_of(answer.shape())), row_(columns_.size()) {}

void VerdictAnswer::add(VerdictRow& row) {
    for (std::size_t i = 0; i < columns_.size(); ++i)
        row_.set(i, row.value(columns_[i]));
    answer_.add(row_.values(), row_.nulls());
}

} // namespace recon::run
