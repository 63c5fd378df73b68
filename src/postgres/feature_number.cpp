#include "postgres/feature_number.hpp"

#include "postgres/datums.hpp"

namespace recon::postgres {

FeatureNumber feature_number(Oid type) noexcept {
    switch (type) {
    case FLOAT8OID:
        return [](Datum value) { return DatumGetFloat8(value); };
    case FLOAT4OID:
        return [](Datum value) { return static_cast<double>(DatumGetFloat4(value)); };
    case INT2OID:
        return [](Datum value) { return static_cast<double>(DatumGetInt16(value)); };
    case INT4OID:
        return [](Datum value) { return static_cast<double>(DatumGetInt32(value)); };
    case INT8OID:
        return [](Datum value) { return static_cast<double>(DatumGetInt64(value)); };
    case BOOLOID:
        return [](Datum value) { return DatumGetBool(value) ? 1.0 : 0.0; };
    case NUMERICOID:
        return double_of_numeric;
    default:
        return nullptr;
    }
}

std::string type_name(Oid type) {
    return guarded([=] { return format_type_be(type); });
}

Oid column_type(TupleDesc shape, int column) {
    const Oid type = TupleDescAttr(shape, column)->atttypid;
    return guarded([=] { return getBaseType(type); });
}

} // namespace recon::postgres
