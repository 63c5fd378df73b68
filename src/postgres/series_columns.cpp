#include "postgres/series_columns.hpp"

#include "core/base/error.hpp"

namespace recon::postgres {

namespace {

ColumnReader::Kind kind_of(Oid type) {
    switch (type) {
    case FLOAT8OID:
        return ColumnReader::Kind::float8;
    case FLOAT4OID:
        return ColumnReader::Kind::float4;
    case INT2OID:
        return ColumnReader::Kind::int2;
    case INT4OID:
        return ColumnReader::Kind::int4;
    case INT8OID:
        return ColumnReader::Kind::int8;
    case NUMERICOID:
        return ColumnReader::Kind::numeric;
    default:
        return ColumnReader::Kind::other;
    }
}

} // namespace

const SeriesColumns& SeriesColumns::make(FunctionCallInfo fcinfo, int first) {
    FmgrInfo* const function = fcinfo->flinfo;
    const int count = fcinfo->nargs - first;
    auto* columns = guarded([=] {
        auto* made = static_cast<SeriesColumns*>(
            MemoryContextAlloc(function->fn_mcxt, sizeof(SeriesColumns)));
        made->first_ = first;
        made->count_ = count;
        made->readers_ = static_cast<ColumnReader*>(
            MemoryContextAlloc(function->fn_mcxt, static_cast<std::size_t>(count > 0 ? count : 1) *
                                                      sizeof(ColumnReader)));
        for (int i = 0; i < count; ++i) {
            auto& reader = made->readers_[i];
            const Oid type = getBaseType(get_fn_expr_argtype(function, i + first));
            reader.kind = kind_of(type);
            reader.hash = ValueHash(type, function->fn_mcxt);
        }
        return made;
    });
    function->fn_extra = columns;
    return *columns;
}

double SeriesColumns::number(FunctionCallInfo fcinfo, int at) const {
    const auto& argument = fcinfo->args[first_ + at];
    const auto kind = readers_[at].kind;
    if (kind == ColumnReader::Kind::other) {
        throw Error(ErrorKind::invalid_parameter, "a measure must be a number",
                    "Measure " + std::to_string(at + 1) + " has another type.",
                    "Cast it to numeric or double precision.");
    }
    if (argument.isnull) return std::nan("");
    switch (kind) {
    case ColumnReader::Kind::float8:
        return present(DatumGetFloat8(argument.value));
    case ColumnReader::Kind::float4:
        return present(static_cast<double>(DatumGetFloat4(argument.value)));
    case ColumnReader::Kind::int2:
        return DatumGetInt16(argument.value);
    case ColumnReader::Kind::int4:
        return DatumGetInt32(argument.value);
    case ColumnReader::Kind::int8:
        return static_cast<double>(DatumGetInt64(argument.value));
    case ColumnReader::Kind::numeric:
        return present(double_of_numeric(argument.value));
    case ColumnReader::Kind::other:
        break;
    }
    return std::nan("");
}

} // namespace recon::postgres
