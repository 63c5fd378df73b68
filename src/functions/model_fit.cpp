// The fit aggregates: rows of features become a recon_model.
//
//   recon_fit_iforest(features float8[] [, options jsonb [, identity any]])
//
// One pair of functions for all of them, but for the first, which knows the method. The state is a
// Fit, whose size is bounded.
#include <memory>

#include "core/models/fit.hpp"
#include "core/models/isolation_forest.hpp"
#include "core/models/model_bytes.hpp"
#include "functions/fit_arguments.hpp"
#include "postgres/boundary.hpp"
#include "postgres/datums.hpp"
#include "postgres/feature_row.hpp"
#include "postgres/memory.hpp"
#include "postgres/value_hash.hpp"

namespace recon::functions {
namespace {

using namespace recon::postgres;

struct FitState {
    explicit FitState(models::Fit made) : fit(std::move(made)) {}
    models::Fit fit;
    std::vector<double> features;   // storage of the row at hand
    std::vector<std::byte> options; // as the first row brought them
    ValueHash identity;
};

FitState* state_argument(FunctionCallInfo fcinfo, int at) {
    return fcinfo->args[at].isnull ? nullptr : reinterpret_cast<FitState*>(fcinfo->args[at].value);
}

Datum state_result(FunctionCallInfo fcinfo, FitState* state) {
    fcinfo->isnull = state == nullptr;
    return PointerGetDatum(state);
}

std::vector<std::byte> raw_options(const Arguments& arguments) {
    if (arguments.count() <= 2 || arguments.is_null(2)) return {};
    const auto bytes = bytes_of(arguments.datum(2));
    return {bytes.begin(), bytes.end()};
}

FitState* make_state(FunctionCallInfo fcinfo, std::string_view method) {
    const Arguments arguments(fcinfo);
    models::FitOptions options;
    if (arguments.count() > 2 && !arguments.is_null(2))
        options = read_fit_options(arguments.datum(2));
    auto* state = make_in_context<FitState>(aggregate_context(fcinfo),
                                            models::Fit(method, std::move(options)));
    state->options = raw_options(arguments);
    if (arguments.count() > 3) {
        FmgrInfo* const function = fcinfo->flinfo;
        const Oid type = guarded([=] { return getBaseType(get_fn_expr_argtype(function, 3)); });
        state->identity = ValueHash(type);
        if (!state->identity.exists()) {
            throw Error(
                ErrorKind::invalid_parameter, "values of this type identify no row", {},
                "Give a column of a type that can be hashed, for instance the primary key.");
        }
    }
    return state;
}

void expect_same_options(const Arguments& arguments, const FitState& state) {
    if (arguments.count() <= 2) return;
    if (!arguments.is_null(2)) {
        const auto bytes = bytes_of(arguments.datum(2));
        if (std::equal(bytes.begin(), bytes.end(), state.options.begin(), state.options.end()))
            return;
    } else if (state.options.empty()) {
        return;
    }
    throw Error(ErrorKind::invalid_parameter, "the options of a fit differ between rows", {},
                "Give the same options for every row.");
}

// Arguments: state, features, options, identity. A row of NULL features is left out; a NULL
// identity tells no rows apart.
Datum add_row(FunctionCallInfo fcinfo, std::string_view method) {
    const Arguments arguments(fcinfo);
    auto* state = state_argument(fcinfo, 0);
    if (arguments.is_null(1)) {
        (void)aggregate_context(fcinfo);
        return state_result(fcinfo, state);
    }
    if (state == nullptr) {
        state = make_state(fcinfo, method);
    } else {
        expect_same_options(arguments, *state);
    }
    const auto features = read_features(arguments.datum(1), state->features);
    if (state->identity.exists() && !arguments.is_null(3)) {
        state->fit.rows().add(features,
                              static_cast<std::int64_t>(state->identity(arguments.datum(3))));
    } else {
        state->fit.rows().add(features);
    }
    return state_result(fcinfo, state);
}

template <typename Method>
Datum transition(FunctionCallInfo fcinfo) {
    return add_row(fcinfo, Method::name);
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

Datum finish(FunctionCallInfo fcinfo) {
    const auto* state = state_argument(fcinfo, 0);
    const auto model = state == nullptr ? nullptr : state->fit.fit();
    if (model == nullptr) {
        fcinfo->isnull = true;
        return 0;
    }
    return make_varlena(models::model_bytes(*model));
}

} // namespace
} // namespace recon::functions

RECON_FUNCTION(recon_fit_iforest_transition,
               recon::functions::transition<recon::models::IsolationForest>);
RECON_FUNCTION(recon_fit_combine, recon::functions::combine);
RECON_FUNCTION(recon_fit_serialize, recon::functions::serialize);
RECON_FUNCTION(recon_fit_deserialize, recon::functions::deserialize);
RECON_FUNCTION(recon_fit_final, recon::functions::finish);
