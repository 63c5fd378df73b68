// The state of an aggregate that is plain data of a fixed size, joined by T::add(const T&).
#pragma once

#include "postgres/datums.hpp"
#include "postgres/memory.hpp"

namespace recon::postgres {

template <typename T>
T* make_state(MemoryContext context) {
    return new (guarded([=] { return MemoryContextAlloc(context, sizeof(T)); })) T();
}

// Null where the argument is NULL: nothing has been seen yet.
template <typename T>
T* state_of(const Arguments& arguments, int at) {
    return reinterpret_cast<T*>(arguments.is_null(at) ? 0 : arguments.datum(at));
}

// The combine function of the aggregate.
template <typename T>
Datum combine_states(FunctionCallInfo fcinfo) {
    const Arguments arguments(fcinfo);
    const MemoryContext context = aggregate_context(fcinfo);
    auto* into = state_of<T>(arguments, 0);
    const auto* from = state_of<T>(arguments, 1);
    if (from == nullptr) {
        fcinfo->isnull = into == nullptr;
        return PointerGetDatum(into);
    }
    if (into == nullptr) into = make_state<T>(context);
    into->add(*from);
    return PointerGetDatum(into);
}

} // namespace recon::postgres
