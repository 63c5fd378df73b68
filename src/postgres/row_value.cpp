#include "postgres/row_value.hpp"

#include "core/error.hpp"

namespace recon::postgres {

namespace {

TupleDesc look_up_shape(FunctionCallInfo fcinfo) {
    const bool composite = guarded([=] {
        TupleDesc shape = nullptr;
        const MemoryContext before = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
        const bool found = get_call_result_type(fcinfo, nullptr, &shape) == TYPEFUNC_COMPOSITE;
        if (found) fcinfo->flinfo->fn_extra = BlessTupleDesc(shape);
        MemoryContextSwitchTo(before);
        return found;
    });
    if (!composite) throw Error(ErrorKind::internal, "the result of this function is not a row");
    return static_cast<TupleDesc>(fcinfo->flinfo->fn_extra);
}

} // namespace

Datum make_row(FunctionCallInfo fcinfo, Datum* values, bool* nulls) {
    auto* shape = static_cast<TupleDesc>(fcinfo->flinfo->fn_extra);
    if (shape == nullptr) shape = look_up_shape(fcinfo);
    return guarded([=] { return HeapTupleGetDatum(heap_form_tuple(shape, values, nulls)); });
}

} // namespace recon::postgres
