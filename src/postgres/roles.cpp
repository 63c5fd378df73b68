#include "postgres/roles.hpp"

#include "core/base/error.hpp"

extern "C" {
#include "catalog/namespace.h"
#include "catalog/pg_namespace.h"
#include "utils/acl.h"
#include "utils/syscache.h"
}

namespace recon::postgres {

namespace {

// The innermost privileged call of this backend. Set and restored by CallerScope alone, whose
// destructor also runs when an error unwinds the call.
const Caller* current_caller = nullptr;

struct Setting {
    const char* name;
    const char* value;
};

// Names in the extension's own statements, and in stored SQL, mean what pg_catalog says: nobody can
// put a function, an operator or a type of the same name in front. Keys and contents are compared
// as text, which must not depend on the session. What is made lies where the database's objects
// lie.
constexpr Setting fixed_settings[] = {
    {"search_path", "pg_catalog, pg_temp"},
    {"DateStyle", "ISO, YMD"},
    {"TimeZone", "UTC"},
    {"IntervalStyle", "postgres"},
    {"extra_float_digits", "1"},
    {"bytea_output", "hex"},
    {"quote_all_identifiers", "off"},
    {"standard_conforming_strings", "on"},
    {"transform_null_equals", "off"},
    {"array_nulls", "on"},
    {"default_tablespace", ""},
    {"default_table_access_method", "heap"},
};

} // namespace

RoleScope::RoleScope(Oid role, Mode mode) {
    GetUserIdAndSecContext(&previous_role_, &previous_context_);
    guc_level_ = guarded([] { return NewGUCNestLevel(); });
    const int added =
        mode == Mode::restricted ? SECURITY_RESTRICTED_OPERATION : SECURITY_LOCAL_USERID_CHANGE;
    for (const auto& setting : fixed_settings) {
        guarded([&] {
            return set_config_option(setting.name, setting.value, PGC_USERSET, PGC_S_SESSION,
                                     GUC_ACTION_SAVE, true, 0, false);
        });
    }
    SetUserIdAndSecContext(role, previous_context_ | added);
}

RoleScope::~RoleScope() {
    if (active_) SetUserIdAndSecContext(previous_role_, previous_context_);
}

void RoleScope::finish() {
    active_ = false;
    const int level = guc_level_;
    guarded([=] { AtEOXact_GUC(false, level); });
    SetUserIdAndSecContext(previous_role_, previous_context_);
}

Caller caller() {
    if (current_caller != nullptr) return *current_caller;
    return {GetUserId(), guarded([] { return GetConfigOption("search_path", false, false); })};
}

CallerScope::CallerScope()
    : previous_(current_caller), caller_{GetUserId(), guarded([] {
                                             return GetConfigOption("search_path", false, false);
                                         })} {
    current_caller = &caller_;
}

CallerScope::CallerScope(Oid role)
    : previous_(current_caller), caller_{role, "pg_catalog, pg_temp"} {
    current_caller = &caller_;
}

CallerScope::~CallerScope() {
    current_caller = previous_;
}

Oid extension_owner() {
    const Oid owner = guarded([] {
        const Oid schema = get_namespace_oid("recon", false);
        HeapTuple tuple = SearchSysCache1(NAMESPACEOID, ObjectIdGetDatum(schema));
        if (!HeapTupleIsValid(tuple)) return InvalidOid;
        const Oid role = reinterpret_cast<Form_pg_namespace>(GETSTRUCT(tuple))->nspowner;
        ReleaseSysCache(tuple);
        return role;
    });
    if (!OidIsValid(owner)) throw Error(ErrorKind::internal, "schema \"recon\" has no owner");
    return owner;
}

Oid role_named(const std::string& name) {
    const char* const text = name.c_str();
    const Oid role = guarded([=] { return get_role_oid(text, true); });
    if (!OidIsValid(role)) {
        throw Error(ErrorKind::not_available, "role \"" + name + "\" does not exist",
                    "A reconciliation runs as its owner.",
                    "Give it another owner with recon_alter(..., owner => ...).");
    }
    return role;
}

} // namespace recon::postgres
