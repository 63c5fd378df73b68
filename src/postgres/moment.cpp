#include "postgres/moment.hpp"

#include "postgres/guard.hpp"
#include "postgres/roles.hpp"

extern "C" {
#include "access/xact.h"
#include "utils/snapmgr.h"
}

namespace recon::postgres {

Moment Moment::now() {
    const Oid caller = postgres::caller().role;
    return guarded([=] {
        const Snapshot seen = GetActiveSnapshot();
        return Moment{seen->xmin,
                      seen->xmax,
                      seen->xcnt,
                      seen->subxcnt,
                      seen->suboverflowed,
                      seen->curcid,
                      GetCurrentSubTransactionId(),
                      caller};
    });
}

} // namespace recon::postgres
