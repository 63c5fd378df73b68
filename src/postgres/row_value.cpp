#include "postgres/row_value.hpp"

#include <algorithm>
#include <cstring>

#include "core/base/error.hpp"

extern "C" {
#include "access/tupmacs.h"
}

namespace recon::postgres {

namespace {

// In the current memory context.
void add_model(RowShape& shape) {
    const auto count = static_cast<std::size_t>(shape.columns->natts);
    for (int i = 0; i < shape.columns->natts; ++i) {
        const auto* column = TupleDescAttr(shape.columns, i);
        if (!column->attbyval || column->attisdropped) return;
    }
    auto* values = static_cast<Datum*>(palloc0(count * sizeof(Datum)));
    auto* nulls = static_cast<bool*>(palloc0(count * sizeof(bool)));
    shape.model = heap_form_tuple(shape.columns, values, nulls);
    shape.places = static_cast<std::size_t*>(palloc(count * sizeof(std::size_t)));
    std::size_t place = shape.model->t_data->t_hoff;
    for (std::size_t i = 0; i < count; ++i) {
        const auto* column = TupleDescAttr(shape.columns, static_cast<int>(i));
        place = att_align_nominal(place, column->attalign);
        shape.places[i] = place;
        place += static_cast<std::size_t>(column->attlen);
    }
}

} // namespace

const RowShape* shape_of_row(FunctionCallInfo fcinfo) {
    const auto* shape = guarded([=] {
        const MemoryContext before = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
        auto* found = static_cast<RowShape*>(palloc0(sizeof(RowShape)));
        if (get_call_result_type(fcinfo, nullptr, &found->columns) == TYPEFUNC_COMPOSITE) {
            found->columns = BlessTupleDesc(found->columns);
            add_model(*found);
        } else {
            found = nullptr;
        }
        MemoryContextSwitchTo(before);
        return found;
    });
    if (shape == nullptr) {
        throw Error(ErrorKind::internal, "the result of this function is not a row");
    }
    return shape;
}

Datum make_row(const RowShape& shape, Datum* values, bool* nulls) {
    const int count = shape.columns->natts;
    if (shape.model == nullptr || std::find(nulls, nulls + count, true) != nulls + count) {
        TupleDesc columns = shape.columns;
        return guarded([=] { return HeapTupleGetDatum(heap_form_tuple(columns, values, nulls)); });
    }
    const std::size_t size = shape.model->t_len;
    auto* row = static_cast<char*>(guarded([=] { return palloc(size); }));
    memcpy(row, shape.model->t_data, size);
    for (int i = 0; i < count; ++i) {
        store_att_byval(row + shape.places[i], values[i], TupleDescAttr(shape.columns, i)->attlen);
    }
    return PointerGetDatum(row);
}

Datum make_row(FunctionCallInfo fcinfo, Datum* values, bool* nulls) {
    auto*& kept = fcinfo->flinfo->fn_extra;
    if (kept == nullptr) kept = const_cast<RowShape*>(shape_of_row(fcinfo));
    return make_row(*static_cast<const RowShape*>(kept), values, nulls);
}

} // namespace recon::postgres
