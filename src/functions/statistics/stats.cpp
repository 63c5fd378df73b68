// recon_stats: the moments of a set of numbers as a value. The aggregate that makes it, the one
// that merges such values, and the functions that read them.
#include "core/series/moments.hpp"
#include "core/series/moving_moments.hpp"
#include "functions/windows/band_value.hpp"
#include "postgres/boundary.hpp"
#include "postgres/datums.hpp"
#include "postgres/memory.hpp"
#include "postgres/serialized_type.hpp"

namespace recon::functions {
namespace {

using namespace recon::postgres;
using series::Moments;
using series::MovingMoments;

// What the type's input functions let in.
void check(std::span<const std::byte> bytes) {
    ByteReader reader(bytes, "recon_stats");
    (void)Moments::deserialize(reader);
    reader.expect_end();
}

Moments read(std::span<const std::byte> bytes) {
    ByteReader reader(bytes, "recon_stats");
    auto moments = Moments::deserialize_again(reader);
    reader.expect_end();
    return moments;
}

Datum write(const Moments& moments) {
    ByteWriter writer;
    moments.serialize(writer);
    return make_varlena(writer.bytes());
}

// The state of an aggregate, made at its first row. Its size is bounded: a few hundred bytes, and
// at most 3 kB for numbers of all magnitudes.
template <typename State>
State& state_of(FunctionCallInfo fcinfo) {
    const MemoryContext context = aggregate_context(fcinfo);
    if (!fcinfo->args[0].isnull) return *reinterpret_cast<State*>(fcinfo->args[0].value);
    return *make_in_context<State>(context);
}

Datum transition(FunctionCallInfo fcinfo) {
    const Arguments arguments(fcinfo);
    auto& moments = state_of<Moments>(fcinfo);
    arguments.is_null(1) ? moments.add_null() : moments.add(arguments.float8(1));
    return PointerGetDatum(&moments);
}

Datum moving_transition(FunctionCallInfo fcinfo) {
    const Arguments arguments(fcinfo);
    auto& moving = state_of<MovingMoments>(fcinfo);
    arguments.is_null(1) ? moving.push_null() : moving.push(arguments.float8(1));
    return PointerGetDatum(&moving);
}

Datum moving_inverse(FunctionCallInfo fcinfo) {
    const Arguments arguments(fcinfo);
    auto& moving = state_of<MovingMoments>(fcinfo);
    arguments.is_null(1) ? moving.pop_null() : moving.pop(arguments.float8(1));
    return PointerGetDatum(&moving);
}

// Both kinds of states end here: of no rows, NULL.
Datum result_of(FunctionCallInfo fcinfo, const Moments* moments) {
    if (moments == nullptr || moments->rows() == 0) {
        fcinfo->isnull = true;
        return 0;
    }
    return write(*moments);
}

Datum finish(FunctionCallInfo fcinfo) {
    const Arguments arguments(fcinfo);
    return result_of(fcinfo, arguments.is_null(0)
                                 ? nullptr
                                 : reinterpret_cast<const Moments*>(arguments.datum(0)));
}

Datum moving_finish(FunctionCallInfo fcinfo) {
    const Arguments arguments(fcinfo);
    return result_of(fcinfo,
                     arguments.is_null(0)
                         ? nullptr
                         : &reinterpret_cast<const MovingMoments*>(arguments.datum(0))->frame());
}

// NULL for no state at all, which a server may not yet have where a worker had no rows.
Datum combine(FunctionCallInfo fcinfo) {
    const Arguments arguments(fcinfo);
    if (arguments.is_null(1)) {
        fcinfo->isnull = arguments.is_null(0);
        return arguments.datum(0);
    }
    auto& moments = state_of<Moments>(fcinfo);
    moments.merge(*reinterpret_cast<const Moments*>(arguments.datum(1)));
    return PointerGetDatum(&moments);
}

Datum merge_transition(FunctionCallInfo fcinfo) {
    const Arguments arguments(fcinfo);
    if (arguments.is_null(1)) {
        fcinfo->isnull = arguments.is_null(0);
        return arguments.datum(0);
    }
    auto& moments = state_of<Moments>(fcinfo);
    moments.merge(read(bytes_of(arguments.datum(1))));
    return PointerGetDatum(&moments);
}

Datum serialize(FunctionCallInfo fcinfo) {
    (void)aggregate_context(fcinfo);
    return write(*reinterpret_cast<const Moments*>(Arguments(fcinfo).datum(0)));
}

Datum deserialize(FunctionCallInfo fcinfo) {
    const MemoryContext context = aggregate_context(fcinfo);
    return PointerGetDatum(
        make_in_context<Moments>(context, read(bytes_of(Arguments(fcinfo).datum(0)))));
}

// What the accessors have in common. They are STRICT.
Moments argument(FunctionCallInfo fcinfo) {
    return read(bytes_of(Arguments(fcinfo).datum(0)));
}

template <auto Count>
Datum count_of(FunctionCallInfo fcinfo) {
    return Int64GetDatum((argument(fcinfo).*Count)());
}

template <auto Number>
Datum number_of(FunctionCallInfo fcinfo) {
    return make_number(fcinfo, (argument(fcinfo).*Number)());
}

Datum zscore(FunctionCallInfo fcinfo) {
    const auto moments = argument(fcinfo);
    return make_number(fcinfo, series::standardized(Arguments(fcinfo).float8(1), moments.mean(),
                                                    moments.stddev()));
}

// recon_bollinger(stats, x, width): x may be NULL, and then only the band is known.
Datum bollinger(FunctionCallInfo fcinfo) {
    const Arguments arguments(fcinfo);
    if (arguments.is_null(0) || arguments.is_null(2)) {
        fcinfo->isnull = true;
        return 0;
    }
    const auto moments = argument(fcinfo);
    const double x = arguments.is_null(1) ? std::nan("") : arguments.float8(1);
    return make_band(fcinfo, series::band_around(moments.mean(), moments.stddev(),
                                                 checked_band_width(arguments.float8(2)), x));
}

} // namespace
} // namespace recon::functions

RECON_FUNCTION(recon_stats_in, recon::postgres::serialized_in<recon::functions::check>);
RECON_FUNCTION(recon_stats_out, recon::postgres::serialized_out);
RECON_FUNCTION(recon_stats_receive, recon::postgres::serialized_receive<recon::functions::check>);
RECON_FUNCTION(recon_stats_send, recon::postgres::serialized_send);
RECON_FUNCTION(recon_stats_transition, recon::functions::transition);
RECON_FUNCTION(recon_stats_combine, recon::functions::combine);
RECON_FUNCTION(recon_stats_serialize, recon::functions::serialize);
RECON_FUNCTION(recon_stats_deserialize, recon::functions::deserialize);
RECON_FUNCTION(recon_stats_final, recon::functions::finish);
RECON_FUNCTION(recon_stats_moving_transition, recon::functions::moving_transition);
RECON_FUNCTION(recon_stats_moving_inverse, recon::functions::moving_inverse);
RECON_FUNCTION(recon_stats_moving_final, recon::functions::moving_finish);
RECON_FUNCTION(recon_stats_merge_transition, recon::functions::merge_transition);
RECON_FUNCTION(recon_stats_count, recon::functions::count_of<&recon::series::Moments::count>);
RECON_FUNCTION(recon_stats_null_count, recon::functions::count_of<&recon::series::Moments::nulls>);
RECON_FUNCTION(recon_stats_non_finite_count,
               recon::functions::count_of<&recon::series::Moments::non_finite>);
RECON_FUNCTION(recon_stats_sum, recon::functions::number_of<&recon::series::Moments::sum>);
RECON_FUNCTION(recon_stats_mean, recon::functions::number_of<&recon::series::Moments::mean>);
RECON_FUNCTION(recon_stats_variance,
               recon::functions::number_of<&recon::series::Moments::variance>);
RECON_FUNCTION(recon_stats_stddev, recon::functions::number_of<&recon::series::Moments::stddev>);
RECON_FUNCTION(recon_stats_skewness,
               recon::functions::number_of<&recon::series::Moments::skewness>);
RECON_FUNCTION(recon_stats_kurtosis,
               recon::functions::number_of<&recon::series::Moments::kurtosis>);
RECON_FUNCTION(recon_stats_minimum, recon::functions::number_of<&recon::series::Moments::minimum>);
RECON_FUNCTION(recon_stats_maximum, recon::functions::number_of<&recon::series::Moments::maximum>);
RECON_FUNCTION(recon_stats_zscore, recon::functions::zscore);
RECON_FUNCTION(recon_stats_bollinger, recon::functions::bollinger);
