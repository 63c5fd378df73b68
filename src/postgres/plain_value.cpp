#include "postgres/plain_value.hpp"

#include "postgres/roles.hpp"

extern "C" {
#include "access/transam.h"
#include "nodes/makefuncs.h"
#include "utils/fmgroids.h"
#include "utils/typcache.h"
}

namespace recon::postgres {

namespace {

// Server calls and plain data only. Pseudo-types such as anyarray, and rows of the catalog, which
// have columns of such, can hold values of any type.
bool is_plain_type(Oid type) {
    if (type >= FirstNormalObjectId) return false;
    const Oid element = get_element_type(type);
    const char kind = get_typtype(OidIsValid(element) ? element : type);
    return kind == TYPTYPE_BASE || kind == TYPTYPE_RANGE || kind == TYPTYPE_MULTIRANGE;
}

} // namespace

bool is_plain_row(Datum row) {
    return guarded([=] {
        HeapTupleHeader const header = DatumGetHeapTupleHeader(row);
        TupleDesc const columns = lookup_rowtype_tupdesc(HeapTupleHeaderGetTypeId(header),
                                                         HeapTupleHeaderGetTypMod(header));
        bool is_plain = true;
        for (int i = 0; i < columns->natts && is_plain; ++i) {
            const auto* column = TupleDescAttr(columns, i);
            is_plain = column->attisdropped || is_plain_type(column->atttypid);
        }
        ReleaseTupleDesc(columns);
        return is_plain;
    });
}

Datum jsonb_of_row(Oid type, Datum row) {
    RoleScope as_itself(guarded([] { return GetUserId(); }), RoleScope::Mode::restricted);
    const Datum json = guarded([=] {
        FmgrInfo function;
        fmgr_info(F_TO_JSONB, &function);
        // By this it is known of which type the argument is.
        Const* const argument = makeNullConst(type, -1, InvalidOid);
        fmgr_info_set_expr(
            reinterpret_cast<Node*>(makeFuncExpr(F_TO_JSONB, JSONBOID, list_make1(argument),
                                                 InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL)),
            &function);
        return FunctionCall1(&function, row);
    });
    as_itself.finish();
    return json;
}

} // namespace recon::postgres
