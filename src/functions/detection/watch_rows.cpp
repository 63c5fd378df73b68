// recon.watch_rows(): the trigger of recon_watch. Has the rows judged that one statement has
// inserted, and never fails the statement.
#include "core/base/error.hpp"
#include "postgres/attempt.hpp"
#include "postgres/boundary.hpp"
#include "run/row_watch.hpp"

extern "C" {
#include "utils/rel.h"
}

namespace recon::functions {
namespace {

using namespace recon::postgres;

void warn(const char* table, const Failure& failure) {
    const char* const message = failure.message.c_str();
    const char* const hint = failure.hint.c_str();
    const int sqlstate = failure.sqlstate;
    guarded([=] {
        ereport(WARNING, (errcode(sqlstate),
                          errmsg("rows inserted into \"%s\" were not judged: %s", table, message),
                          hint[0] != '\0' ? errhint("%s", hint) : 0));
    });
}

// A trigger that somebody else makes of it gets an error that says what the function is for.
TriggerData* trigger_of(FunctionCallInfo fcinfo) {
    auto* trigger =
        CALLED_AS_TRIGGER(fcinfo) ? reinterpret_cast<TriggerData*>(fcinfo->context) : nullptr;
    if (trigger == nullptr || !TRIGGER_FIRED_AFTER(trigger->tg_event) ||
        !TRIGGER_FIRED_BY_INSERT(trigger->tg_event) ||
        !TRIGGER_FIRED_FOR_STATEMENT(trigger->tg_event) || trigger->tg_newtable == nullptr ||
        trigger->tg_trigger->tgnargs != 1) {
        throw Error(ErrorKind::not_available, "recon.watch_rows() is the trigger of recon_watch",
                    "", "Use SELECT recon_watch(name).");
    }
    return trigger;
}

Datum watch_rows(FunctionCallInfo fcinfo) {
    auto* const trigger = trigger_of(fcinfo);
    auto* const new_rows = trigger->tg_newtable;
    const auto rows = guarded([=] { return tuplestore_tuple_count(new_rows); });
    if (rows == 0) return PointerGetDatum(nullptr);
    const char* const number = trigger->tg_trigger->tgargs[0];
    const auto reconciliation = guarded([=] { return pg_strtoint32(number); });
    if (const auto failure = attempt([=] { run::watch_inserted_rows(trigger, reconciliation); })) {
        warn(RelationGetRelationName(trigger->tg_relation), *failure);
        if (const auto unrecorded =
                attempt([&] { run::record_failed_watch(reconciliation, rows, *failure); })) {
            warn(RelationGetRelationName(trigger->tg_relation), *unrecorded);
        }
    }
    return PointerGetDatum(nullptr);
}

} // namespace
} // namespace recon::functions

RECON_FUNCTION(recon_watch_rows, recon::functions::watch_rows);
