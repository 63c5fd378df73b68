#include "postgres/row_value.hpp"

#include "core/error.hpp"

namespace recon::postgres {

TupleDesc shape_of_row(FunctionCallInfo fcinfo) {
    TupleDesc shape = guarded([=] {
        TupleDesc found = nullptr;
        const MemoryContext before = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
        const bool composite = get_call_result_type(fcinfo, nullptr, &found) == TYPEFUNC_COMPOSITE;
        if (composite) found = BlessTupleDesc(found);
        MemoryContextSwitchTo(before);
        return composite ? found : nullptr;
    });
    if (shape == nullptr) {
        throw Error(ErrorKind::internal, "the result of this function is not a row");
    }
    return shape;
}

Datum make_row(TupleDesc shape, Datum* values, bool* nulls) {
    return guarded([=] { return HeapTupleGetDatum(heap_form_tuple(shape, values, nulls)); });
}

Datum make_row(FunctionCallInfo fcinfo, Datum* values, bool* nulls) {
    if (fcinfo->flinfo->fn_extra == nullptr) fcinfo->flinfo->fn_extra = shape_of_row(fcinfo);
    return make_row(static_cast<TupleDesc>(fcinfo->flinfo->fn_extra), values, nulls);
}

} // namespace recon::postgres
