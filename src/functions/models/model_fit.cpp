// The fit aggregates: rows of features become a recon_model.
//
//   recon_fit_METHOD(features float8[] [, options jsonb [, identity any]])
//   recon_fit_kmeans(features float8[], k integer [, options jsonb [, identity any]])
//
// The same functions for all of them, but for the first, which knows the method. The state is a
// Fit, whose size is bounded; all states together are, too.
#include <cmath>
#include <memory>
#include <string>

#include "core/models/autoencoder.hpp"
#include "core/models/ecod.hpp"
#include "core/models/ensemble.hpp"
#include "core/models/fit.hpp"
#include "core/models/histogram.hpp"
#include "core/models/isolation_forest.hpp"
#include "core/models/kmeans.hpp"
#include "core/models/local_outlier_factor.hpp"
#include "core/models/mahalanobis.hpp"
#include "core/models/model_bytes.hpp"
#include "core/models/neighbour_distance.hpp"
#include "functions/models/fit_arguments.hpp"
#include "postgres/boundary.hpp"
#include "postgres/datums.hpp"
#include "postgres/feature_row.hpp"
#include "postgres/held_memory.hpp"
#include "postgres/memory.hpp"
#include "postgres/value_hash.hpp"

namespace recon::functions {
namespace {

using namespace recon::postgres;

// Where the arguments of a transition function stand, after state and features.
struct Signature {
    int clusters; // 0: the method takes no such number
    int options;
    int identity;
};

template <typename Method>
constexpr Signature signature{0, 2, 3};
template <>
constexpr Signature signature<models::KMeans>{2, 3, 4};

struct FitState {
    explicit FitState(models::Fit made) : fit(std::move(made)) { count_memory(); }
    void count_memory() { memory.set(sizeof(*this) + fit.rows().memory_bytes()); }
    models::Fit fit;
    HeldMemory memory;
    std::vector<double> features;   // storage of the row at hand
    std::vector<std::byte> options; // as the first row brought them, and
    std::int32_t clusters = 0;
    ValueHash identity;
};

FitState* state_argument(FunctionCallInfo fcinfo, int at) {
    return fcinfo->args[at].isnull ? nullptr : reinterpret_cast<FitState*>(fcinfo->args[at].value);
}

Datum state_result(FunctionCallInfo fcinfo, FitState* state) {
    fcinfo->isnull = state == nullptr;
    return PointerGetDatum(state);
}

bool is_given(const Arguments& arguments, int at) {
    return at != 0 && arguments.count() > at && !arguments.is_null(at);
}

std::span<const std::byte> raw_options(const Arguments& arguments, const Signature& at) {
    if (!is_given(arguments, at.options)) return {};
    return bytes_of(arguments.datum(at.options));
}

std::int32_t given_clusters(const Arguments& arguments, const Signature& at) {
    if (at.clusters == 0) return 0;
    if (is_given(arguments, at.clusters)) return arguments.int4(at.clusters);
    throw Error(ErrorKind::invalid_parameter, "the number of clusters is missing", {},
                "For example: SELECT recon_fit_kmeans(features, 8) FROM my_table.");
}

models::FitOptions given_options(const Arguments& arguments, const Signature& at) {
    models::FitOptions options;
    if (is_given(arguments, at.options)) options = read_fit_options(arguments.datum(at.options));
    if (at.clusters == 0) return options;
    if (options.has("clusters")) {
        throw Error(ErrorKind::invalid_parameter, "the number of clusters is given twice",
                    "It is an argument and an option.", "Leave the option away.");
    }
    options.set("clusters", static_cast<double>(given_clusters(arguments, at)));
    return options;
}

FitState* make_state(FunctionCallInfo fcinfo, std::string_view method, const Signature& at) {
    const Arguments arguments(fcinfo);
    auto* state = make_in_context<FitState>(aggregate_context(fcinfo),
                                            models::Fit(method, given_options(arguments, at)));
    const auto options = raw_options(arguments, at);
    state->options.assign(options.begin(), options.end());
    state->clusters = given_clusters(arguments, at);
    if (arguments.count() > at.identity) {
        FmgrInfo* const function = fcinfo->flinfo;
        const int identity = at.identity;
        const Oid type =
            guarded([=] { return getBaseType(get_fn_expr_argtype(function, identity)); });
        state->identity = ValueHash(type);
        if (!state->identity.exists()) {
            throw Error(
                ErrorKind::invalid_parameter, "values of this type identify no row", {},
                "Give a column of a type that can be hashed, for instance the primary key.");
        }
    }
    return state;
}

void expect_same_options(const Arguments& arguments, const FitState& state, const Signature& at) {
    const auto options = raw_options(arguments, at);
    if (std::equal(options.begin(), options.end(), state.options.begin(), state.options.end()) &&
        given_clusters(arguments, at) == state.clusters) {
        return;
    }
    throw Error(ErrorKind::invalid_parameter, "the options of a fit differ between rows", {},
                "Give the same options for every row.");
}

// A row of NULL features is left out; a NULL identity tells no rows apart.
Datum add_row(FunctionCallInfo fcinfo, std::string_view method, const Signature& at) {
    const Arguments arguments(fcinfo);
    auto* state = state_argument(fcinfo, 0);
    if (arguments.is_null(1)) {
        (void)aggregate_context(fcinfo);
        return state_result(fcinfo, state);
    }
    if (state == nullptr) {
        state = make_state(fcinfo, method, at);
    } else {
        expect_same_options(arguments, *state, at);
    }
    const auto row = read_features(arguments.datum(1), state->features);
    state->fit.expect_kinds(row.kinds);
    if (state->identity.exists() && is_given(arguments, at.identity)) {
        state->fit.rows().add(
            row.values, static_cast<std::int64_t>(state->identity(arguments.datum(at.identity))));
    } else {
        state->fit.rows().add(row.values);
    }
    state->count_memory();
    return state_result(fcinfo, state);
}

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
