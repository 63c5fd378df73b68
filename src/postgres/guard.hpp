// One guard for every call into the server that can raise an error.
//
// The server reports errors by longjmp, which skips destructors. guarded() runs one such call,
// turns an error into a C++ exception that carries the server's ErrorData, and lets the stack
// unwind properly; the boundary gives the error back with ReThrowError, so its SQLSTATE survives.
#pragma once

#include <csetjmp>
#include <type_traits>

#include "postgres/server.hpp"

namespace recon::postgres {

// An error of the server on its way back to the server. Never swallow one outside a
// subtransaction: the transaction that raised it is broken.
struct ServerError {
    ErrorData* data;
};

// One SQL call that passes the boundary. What an error says is kept in the context that was
// current when the call began: it outlives every scope that unwinds on the way to the boundary,
// and every subtransaction inside the call.
class CallScope {
  public:
    CallScope() noexcept : outer_(memory_) { memory_ = CurrentMemoryContext; }
    ~CallScope() { memory_ = outer_; }
    CallScope(const CallScope&) = delete;
    CallScope& operator=(const CallScope&) = delete;

    // Null outside every call.
    [[nodiscard]] static MemoryContext memory() noexcept { return memory_; }

  private:
    static inline MemoryContext memory_ = nullptr;
    MemoryContext outer_;
};

// Takes the error that the server has just raised off its stack and throws it as ServerError.
// `memory` was current before the call that raised it, and is again.
[[noreturn]] void throw_server_error(MemoryContext memory);

// The server's error handler and error context, put back when the scope ends.
class HandlerScope {
  public:
    HandlerScope() noexcept : handler_(PG_exception_stack), context_(error_context_stack) {}
    ~HandlerScope() { restore(); }
    HandlerScope(const HandlerScope&) = delete;
    HandlerScope& operator=(const HandlerScope&) = delete;

    void restore() const noexcept {
        PG_exception_stack = handler_;
        error_context_stack = context_;
    }

  private:
    sigjmp_buf* handler_;
    ErrorContextCallback* context_;
};

// For errors of an implementation on the way to the person at the prompt, who called one function:
// through which others the error came is of use only when it is a defect.
inline void hide_implementation(ErrorData& error) noexcept {
    if (error.sqlerrcode == ERRCODE_INTERNAL_ERROR) return;
    error.context = nullptr;
    error.internalquery = nullptr;
    error.internalpos = 0;
    error.cursorpos = 0;
}

// Runs `call`, which must consist of server calls and plain data only: nothing with a destructor
// may be alive inside it. Its result must be trivially copyable, because a longjmp may cross it.
template <typename Call>
std::invoke_result_t<Call> guarded(Call&& call) {
    using Result = std::invoke_result_t<Call>;
    static_assert(std::is_void_v<Result> || std::is_trivially_copyable_v<Result>,
                  "a guarded call returns plain data");

    const MemoryContext memory = CurrentMemoryContext;
    const HandlerScope outer; // an exception of a guard within the guard leaves by it, too
    sigjmp_buf handler;
    if (sigsetjmp(handler, 0) != 0) {
        outer.restore();
        throw_server_error(memory);
    }
    PG_exception_stack = &handler;
    return call();
}

} // namespace recon::postgres
