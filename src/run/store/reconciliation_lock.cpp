#include "run/store/reconciliation_lock.hpp"

#include "core/base/error.hpp"
#include "postgres/query.hpp"

namespace recon::run {

using namespace recon::postgres;

void hold_reconciliation(const RunPlan& plan) {
    Query query;
    const Parameter parameters[] = {int4_parameter(*plan.reconciliation_id)};
    const auto held = query.run("SELECT FROM recon.reconciliation WHERE reconciliation_id = $1 "
                                "FOR KEY SHARE",
                                parameters);
    query.finish();
    if (held == 0) {
        throw Error(ErrorKind::not_found,
                    "reconciliation \"" + plan.reconciliation_name + "\" does not exist any more",
                    "It was dropped while it was being judged.");
    }
}

} // namespace recon::run
