// recon_score_row: one row, judged by what the last stored run left behind. The source is not read.
#include "core/base/error.hpp"
#include "postgres/boundary.hpp"
#include "postgres/datums.hpp"
#include "postgres/plain_value.hpp"
#include "postgres/result_set.hpp"
#include "postgres/roles.hpp"
#include "run/row_judging.hpp"

extern "C" {
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
}

namespace recon::functions {
namespace {

using namespace recon::postgres;

// Server calls and plain data only. Its text, where it is json or a literal.
Datum jsonb_of_text(const char* text) {
    return DirectFunctionCall1(jsonb_in, CStringGetDatum(text));
}

Parameter object_given(Datum json) {
    if (!guarded([=] { return static_cast<bool>(JB_ROOT_IS_OBJECT(DatumGetJsonbP(json))); })) {
        throw Error(ErrorKind::invalid_parameter, "argument must be a row or an object",
                    "It is a json array or a single json value.",
                    "Pass a row of the source, another record, or an object of its columns.");
    }
    return {JSONBOID, json};
}

// A row, record, json, jsonb, or a literal, which is a text; to be asked while the role is the
// caller's. What is no row of built-in types is given as jsonb.
Parameter row_given(FunctionCallInfo fcinfo) {
    const Datum value = fcinfo->args[1].value;
    const Oid type = guarded([=] { return get_fn_expr_argtype(fcinfo->flinfo, 1); });
    if (type == JSONBOID) return object_given(value);
    if (type == UNKNOWNOID) {
        return object_given(guarded([=] { return jsonb_of_text(DatumGetCString(value)); }));
    }
    if (type == JSONOID) {
        return object_given(guarded([=] { return jsonb_of_text(TextDatumGetCString(value)); }));
    }
    if (!guarded([=] { return type_is_rowtype(type); })) {
        throw Error(ErrorKind::invalid_parameter, "argument must be a row, json or jsonb", "",
                    "Pass a row of the source, another record, json or jsonb.");
    }
    if (is_plain_row(value)) return {type, value};
    return object_given(jsonb_of_row(type, value));
}

Datum score_row(FunctionCallInfo fcinfo) {
    const Arguments arguments(fcinfo);
    ResultSet answer(fcinfo);
    if (arguments.is_null(0) || arguments.is_null(1)) {
        throw Error(ErrorKind::invalid_parameter,
                    "the name of a reconciliation or the row is NULL");
    }
    const auto name = arguments.text(0);
    const auto row = row_given(fcinfo);
    const CallerScope remembered;
    RoleScope as_owner(extension_owner(), RoleScope::Mode::trusted);
    try {
        run::judge_row(name, row, answer);
    } catch (const ServerError& error) {
        hide_implementation(*error.data);
        throw;
    }
    as_owner.finish();
    return 0;
}

} // namespace
} // namespace recon::functions

RECON_FUNCTION(recon_score_row, recon::functions::score_row);
