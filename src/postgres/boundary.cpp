#include <cstring>
#include <new>
#include <stdexcept>

#include "core/base/error.hpp"
#include "postgres/boundary.hpp"
#include "postgres/guard.hpp"
#include "postgres/interrupts.hpp"

extern "C" {
#ifdef PG_MODULE_MAGIC_EXT // since PostgreSQL 18: shown by pg_get_loaded_modules()
PG_MODULE_MAGIC_EXT(.name = "recon", .version = RECON_VERSION);
#else
PG_MODULE_MAGIC;
#endif
PGDLLEXPORT void _PG_init(void); // NOLINT(bugprone-reserved-identifier): the server's name for it
}

void _PG_init(void) {
    recon::postgres::install_interrupt_hook();
}

namespace recon::postgres {

namespace {

// What is left of an exception once its handler has been left: plain data only. Its texts are set
// with its SQLSTATE; every call has one, so they are not cleared before.
struct PlainError { // NOLINT(cppcoreguidelines-pro-type-member-init)
    int sqlstate = 0;
    ErrorData* server_error = nullptr;
    char message[512];
    char detail[1024];
    char hint[1024];
};

template <std::size_t Size>
void copy_text(char (&into)[Size], const char* text) noexcept {
    const std::size_t length = strlen(text);
    std::size_t take = length < Size ? length : Size - 1;
    // Do not cut a UTF-8 character in two.
    while (take < length && take > 0 && (static_cast<unsigned char>(text[take]) & 0xC0U) == 0x80U) {
        --take;
    }
    memcpy(into, text, take);
    into[take] = '\0';
    // A message may quote bytes that are no text in this database; they must not reach a client.
    if (pg_verify_mbstr(GetDatabaseEncoding(), into, static_cast<int>(take), true)) return;
    for (char* at = into; *at != '\0'; ++at) {
        if (static_cast<unsigned char>(*at) > 0x7fU) *at = '?';
    }
}

void describe(PlainError& plain, int sqlstate, const char* message, const char* detail = "",
              const char* hint = "") noexcept {
    plain.sqlstate = sqlstate;
    copy_text(plain.message, message);
    copy_text(plain.detail, detail);
    copy_text(plain.hint, hint);
}

// True when the call returned; otherwise `plain` says what it threw.
bool call_caught(Entry entry, FunctionCallInfo fcinfo, Datum& result, PlainError& plain) noexcept {
    const CallScope scope;
    try {
        result = entry(fcinfo);
        return true;
    } catch (const ServerError& error) {
        plain.server_error = error.data;
    } catch (const Error& error) {
        describe(plain, sqlstate_of(error.kind()), error.what(), error.detail().c_str(),
                 error.hint().c_str());
    } catch (const std::bad_alloc&) {
        describe(plain, ERRCODE_OUT_OF_MEMORY, "out of memory");
    } catch (const std::length_error& error) {
        describe(plain, ERRCODE_PROGRAM_LIMIT_EXCEEDED, "a value is too large", error.what());
    } catch (const std::exception& error) {
        describe(plain, ERRCODE_INTERNAL_ERROR, error.what());
    } catch (...) {
        describe(plain, ERRCODE_INTERNAL_ERROR, "unexpected C++ exception");
    }
    return false;
}

} // namespace

int sqlstate_of(ErrorKind kind) noexcept {
    switch (kind) {
    case ErrorKind::invalid_parameter:
        return ERRCODE_INVALID_PARAMETER_VALUE;
    case ErrorKind::invalid_data:
        return ERRCODE_INVALID_BINARY_REPRESENTATION;
    case ErrorKind::limit_exceeded:
        return ERRCODE_PROGRAM_LIMIT_EXCEEDED;
    case ErrorKind::not_available:
        return ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE;
    case ErrorKind::not_found:
        return ERRCODE_UNDEFINED_OBJECT;
    case ErrorKind::busy:
        return ERRCODE_LOCK_NOT_AVAILABLE;
    case ErrorKind::internal:
        break;
    }
    return ERRCODE_INTERNAL_ERROR;
}

Datum call_entry(Entry entry, FunctionCallInfo fcinfo) {
    Datum result = 0;
    PlainError plain;
    if (call_caught(entry, fcinfo, result, plain)) return result;

    if (plain.server_error != nullptr) ReThrowError(plain.server_error);
    ereport(ERROR, (errcode(plain.sqlstate), errmsg("%s", plain.message),
                    plain.detail[0] != '\0' ? errdetail("%s", plain.detail) : 0,
                    plain.hint[0] != '\0' ? errhint("%s", plain.hint) : 0));
    pg_unreachable();
}

} // namespace recon::postgres
