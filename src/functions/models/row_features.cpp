// Rows of mixed columns as features, and what these are called:
//
//   recon_features(row record [, roles jsonb]) -> float8[2][]: values, and the kind of each
//   recon_feature_names(row record [, roles jsonb]) -> text[]
//   recon_encode(model recon_model, features float8[]) -> float8[]: what the method sees
#include <memory>

#include "functions/models/feature_columns.hpp"
#include "functions/models/model_argument.hpp"
#include "postgres/boundary.hpp"
#include "postgres/datums.hpp"
#include "postgres/memory.hpp"

namespace recon::functions {
namespace {

using namespace recon::postgres;

struct ColumnsCache {
    std::unique_ptr<FeatureColumns> columns;
};

FeatureColumns& columns_for(FunctionCallInfo fcinfo, HeapTupleHeader row) {
    const Arguments arguments(fcinfo);
    auto* cache = static_cast<ColumnsCache*>(fcinfo->flinfo->fn_extra);
    if (cache == nullptr) {
        cache = make_in_context<ColumnsCache>(fcinfo->flinfo->fn_mcxt);
        fcinfo->flinfo->fn_extra = cache;
    }
    const Oid type = HeapTupleHeaderGetTypeId(row);
    const std::int32_t modifier = HeapTupleHeaderGetTypMod(row);
    const Datum roles = arguments.is_null(1) ? 0 : arguments.datum(1);
    if (cache->columns == nullptr || !cache->columns->is_for(type, modifier, roles)) {
        cache->columns =
            std::make_unique<FeatureColumns>(type, modifier, roles, fcinfo->flinfo->fn_mcxt);
    }
    return *cache->columns;
}

HeapTupleHeader row_argument(FunctionCallInfo fcinfo) {
    const Datum row = fcinfo->args[0].value;
    return guarded([=] { return DatumGetHeapTupleHeader(row); });
}

Datum row_features(FunctionCallInfo fcinfo) {
    fcinfo->isnull = fcinfo->args[0].isnull;
    if (fcinfo->isnull) return 0;
    HeapTupleHeader const row = row_argument(fcinfo);
    return make_float8_lines(columns_for(fcinfo, row).read(row), 2);
}

Datum feature_names(FunctionCallInfo fcinfo) {
    fcinfo->isnull = fcinfo->args[0].isnull;
    if (fcinfo->isnull) return 0;
    return make_text_array(columns_for(fcinfo, row_argument(fcinfo)).names());
}

Datum encode(FunctionCallInfo fcinfo) {
    const auto use = model_use(fcinfo);
    return make_float8_array(use.model->encode(use.features));
}

} // namespace
} // namespace recon::functions

RECON_FUNCTION(recon_features, recon::functions::row_features);
RECON_FUNCTION(recon_feature_names, recon::functions::feature_names);
RECON_FUNCTION(recon_encode, recon::functions::encode);
