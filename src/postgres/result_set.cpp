#include "postgres/result_set.hpp"

#include "core/base/error.hpp"

namespace recon::postgres {

ResultSet::ResultSet(FunctionCallInfo fcinfo) : store_(nullptr), shape_(nullptr) {
    auto* info = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
    if (info == nullptr || !IsA(info, ReturnSetInfo) ||
        (info->allowedModes & SFRM_Materialize) == 0) {
        throw Error(ErrorKind::not_available,
                    "set-valued function called where no set is accepted");
    }
    guarded([=] { InitMaterializedSRF(fcinfo, 0); });
    store_ = info->setResult;
    shape_ = info->setDesc;
}

void ResultSet::add(Datum* values, bool* nulls) {
    Tuplestorestate* const store = store_;
    TupleDesc const shape = shape_;
    guarded([=] { tuplestore_putvalues(store, shape, values, nulls); });
}

} // namespace recon::postgres
