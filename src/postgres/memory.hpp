// C++ objects that live as long as a memory context.
#pragma once

#include <new>
#include <type_traits>
#include <utility>

#include "postgres/guard.hpp"

namespace recon::postgres {

// Makes a T in `context`; its destructor runs when the context is reset or deleted, on errors too.
// The destructor must not call server functions that can raise. What T allocates by itself is not
// counted by the context: state that grows with the data belongs into palloc'ed blocks.
template <typename T, typename... Parameters>
T* make_in_context(MemoryContext context, Parameters&&... parameters) {
    struct Holder {
        MemoryContextCallback callback;
        T object;
    };
    static_assert(alignof(Holder) <= MAXIMUM_ALIGNOF);
    static_assert(std::is_nothrow_destructible_v<T>);
    auto* memory = guarded([=] { return MemoryContextAlloc(context, sizeof(Holder)); });
    auto* holder = static_cast<Holder*>(memory);
    new (&holder->object) T(std::forward<Parameters>(parameters)...);
    holder->callback.func = [](void* object) { static_cast<T*>(object)->~T(); };
    holder->callback.arg = &holder->object;
    MemoryContextRegisterResetCallback(context, &holder->callback);
    return &holder->object;
}

// The context in which the state of an aggregate call lives. Refuses (22023) to be called outside
// an aggregate or window.
[[nodiscard]] MemoryContext aggregate_context(FunctionCallInfo fcinfo);

// Makes `context` current for a scope.
class ContextScope {
  public:
    explicit ContextScope(MemoryContext context) noexcept
        : previous_(MemoryContextSwitchTo(context)) {}
    ~ContextScope() { MemoryContextSwitchTo(previous_); }
    ContextScope(const ContextScope&) = delete;
    ContextScope& operator=(const ContextScope&) = delete;

  private:
    MemoryContext previous_;
};

} // namespace recon::postgres
