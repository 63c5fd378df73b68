#include "postgres/memory.hpp"

#include "core/base/error.hpp"

namespace recon::postgres {

MemoryContext aggregate_context(FunctionCallInfo fcinfo) {
    MemoryContext context = nullptr;
    if (AggCheckCallContext(fcinfo, &context) == 0) {
        throw Error(ErrorKind::invalid_parameter,
                    "this function can only be called as part of an aggregate");
    }
    return context;
}

} // namespace recon::postgres
