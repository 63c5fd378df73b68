// The gate of the surface: a function recon_f of the user's schema whose work needs the extension's
// own tables is declared in C with this entry point; its implementation is the function of the same
// name and argument types in schema recon, which nobody is granted. The gate remembers who calls
// and with which search_path, and runs the implementation as the owner of the extension.
#include "postgres/boundary.hpp"
#include "postgres/datums.hpp"
#include "postgres/query.hpp"
#include "postgres/roles.hpp"

#include "core/base/error.hpp"

extern "C" {
#include "catalog/namespace.h"
#include "executor/tstoreReceiver.h"
#include "nodes/makefuncs.h"
#include "utils/varlena.h"
}

namespace recon::functions {
namespace {

using namespace recon::postgres;

struct Implementation {
    std::string call; // recon.name($1, ...)
    std::vector<Parameter> parameters;
};

Implementation implementation_of(FunctionCallInfo fcinfo) {
    const Oid function = fcinfo->flinfo->fn_oid;
    Implementation implementation;
    struct Signature {
        const char* name;
        Oid* types;
        int count;
    };
    const auto signature = guarded([=] {
        Signature found{};
        const char* const name = get_func_name(function);
        if (name == nullptr) return found; // dropped meanwhile, with the extension
        found.name = quote_identifier(name);
        (void)get_func_signature(function, &found.types, &found.count);
        return found;
    });
    if (signature.name == nullptr) {
        throw Error(ErrorKind::not_found, "the called function does not exist any more",
                    "The extension was dropped while the statement ran.");
    }
    implementation.call = "recon." + std::string(signature.name) + "(";
    for (int i = 0; i < signature.count; ++i) {
        implementation.call += (i > 0 ? ", $" : "$") + std::to_string(i + 1);
        implementation.parameters.push_back(
            {signature.types[i], fcinfo->args[i].value, fcinfo->args[i].isnull});
    }
    implementation.call += ")";
    return implementation;
}

// Sends the rows of a set-returning implementation into the caller's result set.
Datum return_set(FunctionCallInfo fcinfo, const Implementation& implementation, Query& query) {
    auto* info = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
    const MemoryContext per_query = info->econtext->ecxt_per_query_memory;
    DestReceiver* const receiver = guarded([=] {
        MemoryContext previous = MemoryContextSwitchTo(per_query);
        TupleDesc shape = CreateTupleDescCopy(info->expectedDesc);
        Tuplestorestate* store = tuplestore_begin_heap(
            (info->allowedModes & SFRM_Materialize_Random) != 0, false, work_mem);
        info->returnMode = SFRM_Materialize;
        info->setResult = store;
        info->setDesc = shape;
        DestReceiver* created = CreateTuplestoreDestReceiver();
        SetTuplestoreDestReceiverParams(created, store, per_query, false, nullptr, nullptr);
        MemoryContextSwitchTo(previous);
        return created;
    });
    query.run_into("SELECT * FROM " + implementation.call, implementation.parameters, receiver,
                   false);
    return 0;
}

Datum return_value(FunctionCallInfo fcinfo, const Implementation& implementation, Query& query) {
    query.run("SELECT " + implementation.call + " AS answer", implementation.parameters);
    if (query.rows() != 1) throw Error(ErrorKind::internal, "a function returned no value");
    if (query.is_null("answer")) {
        fcinfo->isnull = true;
        return 0;
    }
    const Datum value = query.value("answer");
    const Oid type = query.type("answer");
    if (type == VOIDOID) return 0;
    return guarded([=] {
        int16 length = 0;
        bool by_value = false;
        get_typlenbyval(type, &length, &by_value);
        return SPI_datumTransfer(value, by_value, length);
    });
}

Datum privileged_call(FunctionCallInfo fcinfo) {
    const CallerScope remembered;
    const auto implementation = implementation_of(fcinfo);
    RoleScope as_owner(extension_owner(), RoleScope::Mode::trusted);
    Query query;
    try {
        const Datum result = fcinfo->flinfo->fn_retset
                                 ? return_set(fcinfo, implementation, query)
                                 : return_value(fcinfo, implementation, query);
        query.finish();
        as_owner.finish();
        return result;
    } catch (const ServerError& error) {
        hide_implementation(*error.data);
        throw;
    }
}

// recon.caller(): the name of the role that made the innermost privileged call.
Datum caller_name(FunctionCallInfo /*fcinfo*/) {
    const Oid role = caller().role;
    return guarded([=] {
        return DirectFunctionCall1(namein, CStringGetDatum(GetUserNameFromId(role, false)));
    });
}

// Looks a name up as the caller would: by the caller's search_path and rights. `look` consists of
// server calls and plain data only.
template <typename Look>
Oid as_caller(Look look) {
    const Caller asking = caller();
    const char* const path = asking.search_path.c_str();
    const Oid role = asking.role;
    return guarded([=] {
        const int level = NewGUCNestLevel();
        (void)set_config_option("search_path", path, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE,
                                true, 0, false);
        Oid previous_role = InvalidOid;
        int previous_context = 0;
        GetUserIdAndSecContext(&previous_role, &previous_context);
        SetUserIdAndSecContext(role, previous_context | SECURITY_LOCAL_USERID_CHANGE);
        const Oid found = look();
        SetUserIdAndSecContext(previous_role, previous_context);
        AtEOXact_GUC(false, level);
        return found;
    });
}

// recon.resolve_relation(text): the relation the caller means by a name; NULL where there is none.
Datum resolve_relation(FunctionCallInfo fcinfo) {
    const std::string name = Arguments(fcinfo).text(0);
    const char* const text = name.c_str();
    const Oid relation = as_caller([=] {
        return RangeVarGetRelid(
            makeRangeVarFromNameList(textToQualifiedNameList(cstring_to_text(text))), NoLock, true);
    });
    if (!OidIsValid(relation)) fcinfo->isnull = true;
    return ObjectIdGetDatum(relation);
}

// recon.creation_schema(): where the caller's objects are made; NULL where there is no such place.
Datum creation_schema(FunctionCallInfo fcinfo) {
    const Oid schema = as_caller([] {
        List* const path = fetch_search_path(false);
        return path == NIL ? InvalidOid : linitial_oid(path);
    });
    if (!OidIsValid(schema)) fcinfo->isnull = true;
    return ObjectIdGetDatum(schema);
}

} // namespace
} // namespace recon::functions

RECON_FUNCTION(recon_privileged_call, recon::functions::privileged_call);
RECON_FUNCTION(recon_caller, recon::functions::caller_name);
RECON_FUNCTION(recon_resolve_relation, recon::functions::resolve_relation);
RECON_FUNCTION(recon_creation_schema, recon::functions::creation_schema);
