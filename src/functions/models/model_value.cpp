// The type recon_model and what reads its values.
#include <cmath>

#include "core/models/model_bytes.hpp"
#include "functions/models/model_argument.hpp"
#include "postgres/boundary.hpp"
#include "postgres/datums.hpp"
#include "postgres/serialized_type.hpp"

namespace recon::functions {
namespace {

using namespace recon::postgres;

void check_model(std::span<const std::byte> bytes) {
    (void)models::read_model(bytes);
}

Datum score(FunctionCallInfo fcinfo) {
    const auto use = model_use(fcinfo);
    const double score = use.model->score(use.features);
    fcinfo->isnull = std::isnan(score);
    return Float8GetDatum(score);
}

Datum contributions(FunctionCallInfo fcinfo) {
    const auto use = model_use(fcinfo);
    const auto shares = use.model->contributions(use.features);
    fcinfo->isnull = std::isnan(shares.front());
    return fcinfo->isnull ? 0 : make_float8_array(shares);
}

Datum cluster(FunctionCallInfo fcinfo) {
    const auto use = model_use(fcinfo);
    const auto cluster = use.model->cluster(use.features);
    fcinfo->isnull = cluster == 0;
    return Int32GetDatum(static_cast<std::int32_t>(cluster));
}

Datum describe(FunctionCallInfo fcinfo) {
    const auto model = models::read_model(bytes_of(Arguments(fcinfo).datum(0)));
    JsonWriter json;
    json.open('{');
    model->describe(json);
    json.close('}');
    return make_jsonb(json.take());
}

} // namespace
} // namespace recon::functions

RECON_FUNCTION(recon_model_in, recon::postgres::serialized_in<recon::functions::check_model>);
RECON_FUNCTION(recon_model_out, recon::postgres::serialized_out);
RECON_FUNCTION(recon_model_receive,
               recon::postgres::serialized_receive<recon::functions::check_model>);
RECON_FUNCTION(recon_model_send, recon::postgres::serialized_send);
RECON_FUNCTION(recon_score, recon::functions::score);
RECON_FUNCTION(recon_contributions, recon::functions::contributions);
RECON_FUNCTION(recon_cluster, recon::functions::cluster);
RECON_FUNCTION(recon_describe, recon::functions::describe);
