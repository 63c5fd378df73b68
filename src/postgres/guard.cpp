#include "postgres/guard.hpp"

#include <new>

namespace recon::postgres {

namespace {
// Null when there was no memory for the copy, which is an error of its own.
ErrorData* copy_error(MemoryContext into) noexcept {
    MemoryContextSwitchTo(into);
    const HandlerScope outer;
    ErrorData* volatile copy = nullptr;
    sigjmp_buf handler;
    if (sigsetjmp(handler, 0) == 0) {
        PG_exception_stack = &handler;
        copy = CopyErrorData();
    }
    return copy;
}
} // namespace

void throw_server_error(MemoryContext memory) {
    ErrorData* const data =
        copy_error(CallScope::memory() != nullptr ? CallScope::memory() : memory);
    MemoryContextSwitchTo(memory);
    FlushErrorState();
    if (data == nullptr) throw std::bad_alloc();
    throw ServerError{data};
}

} // namespace recon::postgres
