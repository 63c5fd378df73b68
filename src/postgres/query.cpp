#include "postgres/query.hpp"

#include <vector>

#include "core/base/error.hpp"
#include "postgres/datums.hpp"

namespace recon::postgres {

namespace {

struct SpiParameters {
    std::vector<Oid> types;
    std::vector<Datum> values;
    std::vector<char> nulls;

    explicit SpiParameters(std::span<const Parameter> parameters) {
        for (const auto& parameter : parameters) {
            types.push_back(parameter.type);
            values.push_back(parameter.value);
            nulls.push_back(parameter.null ? 'n' : ' ');
        }
    }
};

// Another session may have removed what a statement was about, so an empty result is no surprise.
// To read past it would be a read of foreign memory.
void expect_place(std::uint64_t row, int column) {
    const auto rows = SPI_tuptable == nullptr ? 0 : SPI_tuptable->numvals;
    if (row >= rows) {
        throw Error(ErrorKind::internal, "a statement gave fewer rows than were read",
                    "It gave " + std::to_string(rows) + "; row " + std::to_string(row + 1) +
                        " was read.");
    }
    const int columns = SPI_tuptable->tupdesc->natts;
    if (column < 1 || column > columns) {
        throw Error(ErrorKind::internal, "a statement gave fewer columns than were read",
                    "It gave " + std::to_string(columns) + "; column " + std::to_string(column) +
                        " was read.");
    }
}

void expect_success(int code) {
    if (code < 0) {
        throw Error(ErrorKind::internal,
                    std::string("a statement could not be run: ") + SPI_result_code_string(code));
    }
}

} // namespace

Query::Query() {
    expect_success(guarded([] { return SPI_connect(); }));
}

void Query::finish() {
    expect_success(guarded([] { return SPI_finish(); }));
}

std::uint64_t Query::run(const std::string& statement, std::span<const Parameter> parameters,
                         bool read_only) {
    SpiParameters spi(parameters);
    const char* const text = statement.c_str();
    Oid* const types = spi.types.data();
    Datum* const values = spi.values.data();
    const char* const nulls = spi.nulls.data();
    const int count = static_cast<int>(spi.types.size());
    expect_success(guarded(
        [=] { return SPI_execute_with_args(text, count, types, values, nulls, read_only, 0); }));
    return SPI_processed;
}

std::uint64_t Query::run(const Prepared& statement, std::span<const Datum> values) {
    std::vector<Datum> given(values.begin(), values.end());
    Datum* const first = given.data();
    SPIPlanPtr const plan = statement.plan();
    expect_success(guarded([=] { return SPI_execute_plan(plan, first, nullptr, true, 0); }));
    return SPI_processed;
}

std::uint64_t Query::run_into(const std::string& statement, std::span<const Parameter> parameters,
                              DestReceiver* receiver, bool read_only) {
    const Parameter* const first = parameters.data();
    const int count = static_cast<int>(parameters.size());
    const char* const text = statement.c_str();
    expect_success(guarded([=] {
        SPIExecuteOptions options{};
        if (count > 0) {
            ParamListInfo list = makeParamList(count);
            for (int i = 0; i < count; ++i) {
                list->params[i].value = first[i].value;
                list->params[i].isnull = first[i].null;
                list->params[i].pflags = PARAM_FLAG_CONST;
                list->params[i].ptype = first[i].type;
            }
            options.params = list;
        }
        options.read_only = read_only;
        options.dest = receiver;
        return SPI_execute_extended(text, &options);
    }));
    return SPI_processed;
}

Column Query::column(const char* name) const {
    TupleDesc const shape = SPI_tuptable == nullptr ? nullptr : SPI_tuptable->tupdesc;
    const int number = shape == nullptr ? SPI_ERROR_NOATTRIBUTE
                                        : guarded([=] { return SPI_fnumber(shape, name); });
    if (number <= 0) {
        throw Error(ErrorKind::internal,
                    "the result of a statement has no column \"" + std::string(name) + "\"");
    }
    return Column(number);
}

bool Query::is_null(std::uint64_t row, Column column) const {
    expect_place(row, column.number_);
    bool null = false;
    SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column.number_, &null);
    return null;
}

Datum Query::value(std::uint64_t row, Column column) const {
    expect_place(row, column.number_);
    bool null = false;
    const Datum value =
        SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column.number_, &null);
    if (null) {
        throw Error(ErrorKind::internal, "a statement gave NULL for what was read as a value",
                    "It is column " + std::to_string(column.number_) + ".");
    }
    return value;
}

std::string Query::text(std::uint64_t row, Column column) const {
    return optional_text(row, column).value_or(std::string());
}

std::optional<std::string> Query::optional_text(std::uint64_t row, Column column) const {
    expect_place(row, column.number_);
    char* const text = guarded([=] {
        return SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column.number_);
    });
    if (text == nullptr) return std::nullopt;
    return std::string(text);
}

Oid Query::type(const char* name) const {
    return SPI_gettypeid(SPI_tuptable->tupdesc, column(name).number_);
}

Parameter text_parameter(const std::optional<std::string>& text) {
    if (!text) return {TEXTOID, 0, true};
    return {TEXTOID, make_text(*text)};
}

Parameter date_parameter(const std::optional<std::int32_t>& days) {
    if (!days) return {DATEOID, 0, true};
    return {DATEOID, DateADTGetDatum(*days)};
}

Parameter int4_parameter(std::int32_t value) {
    return {INT4OID, Int32GetDatum(value)};
}

Parameter int8_parameter(std::int64_t value) {
    return {INT8OID, Int64GetDatum(value)};
}

} // namespace recon::postgres
