#include "postgres/value_hash.hpp"

extern "C" {
#include "utils/typcache.h"
}

namespace recon::postgres {

ValueHash::ValueHash(Oid type)
    : function_(guarded([=]() -> FmgrInfo* {
          auto* entry = lookup_type_cache(type, TYPECACHE_HASH_EXTENDED_PROC_FINFO);
          return OidIsValid(entry->hash_extended_proc) ? &entry->hash_extended_proc_finfo : nullptr;
      })) {}

std::uint64_t ValueHash::operator()(Datum value) const {
    FmgrInfo* const function = function_;
    return guarded([=] {
        return DatumGetUInt64(
            FunctionCall2Coll(function, C_COLLATION_OID, value, Int64GetDatum(0)));
    });
}

} // namespace recon::postgres
