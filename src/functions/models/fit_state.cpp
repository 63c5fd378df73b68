#include "functions/models/fit_state.hpp"

#include <algorithm>

#include "core/base/error.hpp"
#include "functions/models/fit_arguments.hpp"
#include "postgres/datums.hpp"
#include "postgres/feature_row.hpp"
#include "postgres/memory.hpp"

namespace recon::functions {

using namespace recon::postgres;

FitState* state_argument(FunctionCallInfo fcinfo, int at) {
    return fcinfo->args[at].isnull ? nullptr : reinterpret_cast<FitState*>(fcinfo->args[at].value);
}

Datum state_result(FunctionCallInfo fcinfo, FitState* state) {
    fcinfo->isnull = state == nullptr;
    return PointerGetDatum(state);
}

namespace {

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

} // namespace

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

} // namespace recon::functions
