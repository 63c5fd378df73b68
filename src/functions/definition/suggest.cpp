// recon_suggest(relation) and recon.suggest_definition(relation): the roles of a relation's
// columns, guessed from a bounded sample (source_sample.hpp). The guessing is core/definition.
#include "core/definition/column_roles.hpp"
#include "core/definition/definition_json.hpp"
#include "core/definition/definition_sql.hpp"
#include "functions/definition/source_sample.hpp"
#include "postgres/boundary.hpp"
#include "postgres/datums.hpp"
#include "postgres/result_set.hpp"
#include "postgres/roles.hpp"

extern "C" {
#include "catalog/namespace.h"
#include "nodes/makefuncs.h"
#include "utils/varlena.h"
}

namespace recon::functions {
namespace {

using namespace recon::postgres;

void set_for_now(const char* name, const char* value) {
    guarded([=] {
        return set_config_option(name, value, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0,
                                 false);
    });
}

// As the caller, under the settings in which a reconciliation reads its source.
definition::SuggestedDefinition suggest(const Source& source) {
    RoleScope as_caller(guarded([] { return GetUserId(); }), RoleScope::Mode::restricted);
    // The first rows are to be the same ones at every call.
    set_for_now("synchronize_seqscans", "off");
    set_for_now("max_parallel_workers_per_gather", "0");
    SourceSample sample(source);
    sample.read();
    sample.finish();
    as_caller.finish();
    return definition::suggest_definition(sample.columns(), sample.origin());
}

void notice(const std::string& message) {
    const char* const text = message.c_str();
    guarded([=] { ereport(NOTICE, (errmsg("%s", text))); });
}

// What the rows of recon_suggest do not say: what is doubtful, and how to go on.
void say_the_rest(const Source& source, const definition::SuggestedDefinition& suggested) {
    for (const auto& note : suggested.notes)
        notice(note);
    if (!suggested.measures.empty() || !suggested.criteria_columns.empty()) {
        notice("To define it so: " +
               definition::create_call(suggested, source.name, source.qualified));
    }
}

Datum suggest_rows(FunctionCallInfo fcinfo) {
    const std::string name = Arguments(fcinfo).text(0);
    ResultSet answer(fcinfo);
    const char* const text = name.c_str();
    const Source source = guarded([=] {
        return open_source(RangeVarGetRelid(
            makeRangeVarFromNameList(textToQualifiedNameList(cstring_to_text(text))),
            AccessShareLock, false));
    });
    const auto suggested = suggest(source);
    for (const auto& column : suggested.columns) {
        Datum values[] = {make_text(column.name), make_text(definition::role_name(column.role)),
                          column.partner.empty() ? Datum{0} : make_text(column.partner),
                          make_numeric(column.confidence), make_text(column.reason)};
        bool nulls[] = {false, false, column.partner.empty(), false, false};
        answer.add(values, nulls);
    }
    say_the_rest(source, suggested);
    return 0;
}

Datum suggest_json(FunctionCallInfo fcinfo) {
    const Oid relation = DatumGetObjectId(Arguments(fcinfo).datum(0));
    const Source source = guarded([=] { return open_source(relation); });
    return make_jsonb(definition::definition_json(suggest(source)));
}

} // namespace
} // namespace recon::functions

RECON_FUNCTION(recon_suggest, recon::functions::suggest_rows);
RECON_FUNCTION(recon_suggest_definition, recon::functions::suggest_json);
