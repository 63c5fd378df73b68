// recon_detect: the main job. What to read is decided by recon.plan_run, as the owner of the
// extension; src/run carries it out.
#include "postgres/boundary.hpp"
#include "postgres/datums.hpp"
#include "postgres/result_set.hpp"
#include "postgres/roles.hpp"
#include "run/carry_out.hpp"
#include "run/source/run_source.hpp"

extern "C" {
#include "access/xlog.h"
}

namespace recon::functions {
namespace {

using namespace recon::postgres;
using run::carry_out;
using run::plan_as_owner;
using run::run_arguments;

Datum detect(FunctionCallInfo fcinfo) {
    const CallerScope remembered;
    ResultSet answer(fcinfo);
    auto plan =
        plan_as_owner(std::span<const NullableDatum, run_arguments>(fcinfo->args, run_arguments));
    if (plan.persist && (XactReadOnly || RecoveryInProgress())) {
        run::notice("this transaction is read-only: the verdicts are shown, not stored");
        plan.persist = false;
    }
    (void)carry_out(plan, &answer);
    return 0;
}

void require_value(const Arguments& arguments, int at, const char* what) {
    if (!arguments.is_null(at)) return;
    guarded([=] {
        ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("%s is missing", what),
                        errdetail("It is NULL."),
                        errhint("CALL recon_work() carries out what recon_submit has put into the "
                                "queue.")));
    });
}

// recon.carry_out_run(run, submitter, name, history, target, from_date, to_date, strategy, as_of)
Datum carry_out_run(FunctionCallInfo fcinfo) {
    const Arguments arguments(fcinfo);
    require_value(arguments, 0, "the run to carry out");
    require_value(arguments, 1, "the role that submitted the run");
    // The role that submitted the run must still have the rights, whichever role works the queue.
    const CallerScope submitter(role_named(NameStr(*DatumGetName(arguments.datum(1)))));
    NullableDatum asked[run_arguments];
    for (std::size_t i = 0; i + 1 < run_arguments; ++i)
        asked[i] = fcinfo->args[i + 2];
    asked[run_arguments - 1] = {BoolGetDatum(true), false};
    auto plan = plan_as_owner(asked);
    plan.run_id = arguments.int8(0);
    return Int64GetDatum(static_cast<std::int64_t>(carry_out(plan, nullptr)));
}

} // namespace
} // namespace recon::functions

RECON_FUNCTION(recon_detect, recon::functions::detect);
RECON_FUNCTION(recon_carry_out_run, recon::functions::carry_out_run);
