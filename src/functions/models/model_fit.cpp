// The fit aggregates: rows of features become a recon_model.
//
//   recon_fit_METHOD(features float8[] [, options jsonb [, identity any]])
//   recon_fit_kmeans(features float8[], k integer [, options jsonb [, identity any]])
//
// The same functions for all of them, but for the first, which knows the method. The state is a
// Fit, whose size is bounded; all states together are, too.
#include <cmath>
#include <string>

#include "core/models/autoencoder.hpp"
#include "core/models/ecod.hpp"
#include "core/models/ensemble.hpp"
#include "core/models/histogram.hpp"
#include "core/models/isolation_forest.hpp"
#include "core/models/kmeans.hpp"
#include "core/models/local_outlier_factor.hpp"
#include "core/models/mahalanobis.hpp"
#include "core/models/model_bytes.hpp"
#include "core/models/neighbour_distance.hpp"
#include "functions/models/fit_state.hpp"
#include "postgres/boundary.hpp"
#include "postgres/datums.hpp"
#include "postgres/memory.hpp"

namespace recon::functions {
namespace {

using namespace recon::postgres;

template <typename Method>
constexpr Signature signature{0, 2, 3};
template <>
constexpr Signature signature<models::KMeans>{2, 3, 4};

template <typename Method>
Datum transition(FunctionCallInfo fcinfo) {
    return add_row(fcinfo, Method::name, signature<Method>);
}

Datum combine(FunctionCallInfo fcinfo) {
    const MemoryContext context = aggregate_context(fcinfo);
    auto* into = state_argument(fcinfo, 0);
    const auto* from = state_argument(fcinfo, 1);
    if (from == nullptr) return state_result(fcinfo, into);
    if (into == nullptr) {
        into = make_in_context<FitState>(context, from->fit);
    } else {
        into->fit.merge(from->fit);
        into->count_memory();
    }
    return state_result(fcinfo, into);
}

Datum serialize(FunctionCallInfo fcinfo) {
    ByteWriter writer;
    state_argument(fcinfo, 0)->fit.serialize(writer);
    return make_varlena(writer.bytes());
}

Datum deserialize(FunctionCallInfo fcinfo) {
    const MemoryContext context = aggregate_context(fcinfo);
    ByteReader reader(bytes_of(Arguments(fcinfo).datum(0)), "state of a fit");
    auto* state = make_in_context<FitState>(context, models::Fit::deserialize(reader));
    reader.expect_end();
    return state_result(fcinfo, state);
}

// Where rows were dropped from the sample and most of them repeat others, what is left of them is
// partly an estimate: an identity would have kept them apart.
void report_repetitions(const models::FitSummary& fit) {
    const auto rows = static_cast<double>(fit.rows_seen - fit.rows_without_values);
    if (fit.sample_complete || fit.distinct_rows * 2 > rows) return;
    const auto whole = [](double number) { return std::to_string(std::llround(number)); };
    const std::string detail = "Of " + whole(rows) + " rows about " + whole(fit.distinct_rows) +
                               " are different; the sample holds " +
                               std::to_string(fit.rows_sampled) + " of these.";
    const char* const text = detail.c_str();
    guarded([=] {
        ereport(NOTICE,
                (errmsg("most rows of the fit repeat others, and not all are in its sample"),
                 errdetail("%s", text),
                 errhint("Give each row's identity, its primary key, as the last argument "
                         "if repetitions are to have their exact share.")));
    });
}

Datum finish(FunctionCallInfo fcinfo) {
    const auto* state = state_argument(fcinfo, 0);
    const auto model = state == nullptr ? nullptr : state->fit.fit();
    if (model == nullptr) {
        fcinfo->isnull = true;
        return 0;
    }
    report_repetitions(model->fit());
    return make_varlena(models::model_bytes(*model));
}

} // namespace
} // namespace recon::functions

RECON_FUNCTION(recon_fit_iforest_transition,
               recon::functions::transition<recon::models::IsolationForest>);
RECON_FUNCTION(recon_fit_knn_transition,
               recon::functions::transition<recon::models::NeighbourDistance>);
RECON_FUNCTION(recon_fit_mahalanobis_transition,
               recon::functions::transition<recon::models::Mahalanobis>);
RECON_FUNCTION(recon_fit_ecod_transition, recon::functions::transition<recon::models::Ecod>);
RECON_FUNCTION(recon_fit_histogram_transition,
               recon::functions::transition<recon::models::Histogram>);
RECON_FUNCTION(recon_fit_lof_transition,
               recon::functions::transition<recon::models::LocalOutlierFactor>);
RECON_FUNCTION(recon_fit_kmeans_transition, recon::functions::transition<recon::models::KMeans>);
RECON_FUNCTION(recon_fit_ensemble_transition,
               recon::functions::transition<recon::models::Ensemble>);
RECON_FUNCTION(recon_fit_autoencoder_transition,
               recon::functions::transition<recon::models::Autoencoder>);
RECON_FUNCTION(recon_fit_combine, recon::functions::combine);
RECON_FUNCTION(recon_fit_serialize, recon::functions::serialize);
RECON_FUNCTION(recon_fit_deserialize, recon::functions::deserialize);
RECON_FUNCTION(recon_fit_final, recon::functions::finish);
