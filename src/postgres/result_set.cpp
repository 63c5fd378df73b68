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

void ResultSet::add(const Datum* values, const bool* nulls) {
    Tuplestorestate* const store = store_;
    TupleDesc const shape = shape_;
    // The server only reads them.
    auto* const all_values = const_cast<Datum*>(values);
    auto* const all_nulls = const_cast<bool*>(nulls);
    guarded([=] { tuplestore_putvalues(store, shape, all_values, all_nulls); });
}

} // namespace recon::postgres
