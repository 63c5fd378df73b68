#include "postgres/value_hash.hpp"

extern "C" {
#include "common/hashfn.h"
#include "utils/typcache.h"
}

namespace recon::postgres {

ValueHash::ValueHash(Oid type)
    : function_(guarded([=]() -> FmgrInfo* {
          auto* entry = lookup_type_cache(type, TYPECACHE_HASH_EXTENDED_PROC_FINFO);
          return OidIsValid(entry->hash_extended_proc) ? &entry->hash_extended_proc_finfo : nullptr;
      })) {}

ValueHash::ValueHash(Oid type, MemoryContext context) : ValueHash(type) {
    // The hash of an enum is that of a number which a restore changes; its label stays.
    if (exists() && !guarded([=] { return type_is_enum(type); })) return;
    is_output_ = true;
    function_ = guarded([=] {
        auto* output = static_cast<FmgrInfo*>(MemoryContextAlloc(context, sizeof(FmgrInfo)));
        Oid function = InvalidOid;
        bool is_varlena = false;
        getTypeOutputInfo(type, &function, &is_varlena);
        fmgr_info_cxt(function, output, context);
        return output;
    });
}

std::uint64_t ValueHash::operator()(Datum value) const {
    FmgrInfo* const function = function_;
    if (is_output_) {
        return guarded([=] {
            const char* text = OutputFunctionCall(function, value);
            return hash_bytes_extended(reinterpret_cast<const unsigned char*>(text),
                                       static_cast<int>(strlen(text)), 0);
        });
    }
    return guarded([=] {
        return DatumGetUInt64(
            FunctionCall2Coll(function, C_COLLATION_OID, value, Int64GetDatum(0)));
    });
}

} // namespace recon::postgres
