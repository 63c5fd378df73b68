#include "postgres/attempt.hpp"

#include <new>
#include <stdexcept>

#include "core/base/error.hpp"
#include "postgres/boundary.hpp"

namespace recon::postgres {

namespace {

std::string text_or_nothing(const char* text) {
    return text == nullptr ? "" : text;
}

// What statements that catch everything let pass, too (plpgsql, WHEN OTHERS).
bool ends_the_statement(int sqlstate) {
    return sqlstate == ERRCODE_QUERY_CANCELED ||
           ERRCODE_TO_CATEGORY(sqlstate) == ERRCODE_OPERATOR_INTERVENTION;
}

} // namespace

std::optional<Failure> attempt(const std::function<void()>& work) {
    const MemoryContext memory = CurrentMemoryContext;
    const ResourceOwner resources = CurrentResourceOwner;
    const auto back = [=] {
        MemoryContextSwitchTo(memory);
        CurrentResourceOwner = resources;
    };
    const auto take_back = [=] {
        guarded([] { RollbackAndReleaseCurrentSubTransaction(); });
        back();
    };
    guarded([] { BeginInternalSubTransaction(nullptr); });
    MemoryContextSwitchTo(memory);
    try {
        work();
        guarded([] { ReleaseCurrentSubTransaction(); });
        back();
        return std::nullopt;
    } catch (const ServerError& error) {
        take_back();
        if (ends_the_statement(error.data->sqlerrcode)) throw;
        return Failure{error.data->sqlerrcode, text_or_nothing(error.data->message),
                       text_or_nothing(error.data->detail), text_or_nothing(error.data->hint)};
    } catch (const Error& error) {
        take_back();
        return Failure{sqlstate_of(error.kind()), error.what(), error.detail(), error.hint()};
    } catch (const std::bad_alloc&) {
        take_back();
        return Failure{ERRCODE_OUT_OF_MEMORY, "out of memory", "", ""};
    } catch (const std::exception& error) {
        take_back();
        return Failure{ERRCODE_INTERNAL_ERROR, error.what(), "", ""};
    }
}

} // namespace recon::postgres
