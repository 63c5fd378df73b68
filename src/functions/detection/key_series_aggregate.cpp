// The aggregate behind every detection: one key's rows become one recon_series.
//
//   recon.key_series(at date, is_break boolean, is_target boolean, found integer, measures integer,
//                    VARIADIC "any")
//   recon_series(at date, x double precision)
//
// The state is a RowBlock. Final functions leave it as it was.
#include <cstring>

#include "core/detection/history/series_value.hpp"
#include "postgres/boundary.hpp"
#include "postgres/memory.hpp"
#include "postgres/serialized_type.hpp"
#include "run/source/key_rows.hpp"

extern "C" {
#include "utils/date.h"
}

namespace recon::functions {
namespace {

using namespace recon::postgres;
using breaks::PackedRow;
using run::has_date;
using run::RowBlock;
using run::state_of;

Datum combine(FunctionCallInfo fcinfo) {
    const Arguments arguments(fcinfo);
    auto* into = state_of(arguments, 0);
    if (arguments.is_null(1)) {
        fcinfo->isnull = into == nullptr;
        return PointerGetDatum(into);
    }
    const auto& from = *state_of(arguments, 1);
    if (into == nullptr) into = RowBlock::make(aggregate_context(fcinfo), from.layout());
    into->append(from);
    return PointerGetDatum(into);
}

Datum serialize(FunctionCallInfo fcinfo) {
    return state_of(Arguments(fcinfo), 0)->pack();
}

// The state is read where its bytes lie, which is good until it has been combined.
Datum deserialize(FunctionCallInfo fcinfo) {
    const MemoryContext context = CurrentMemoryContext;
    ByteReader reader(bytes_of(Arguments(fcinfo).datum(0)), "state of recon.key_series");
    const auto head = breaks::PackedSeries::read_head(reader);
    const auto rows = reader.get_span(head.rows * head.layout.stride());
    auto* const block = RowBlock::over(context, head, rows);
    for (auto count = reader.get<std::uint32_t>(); count > 0; --count) {
        const auto exact = breaks::PackedSeries::ExactAmounts::read(reader, head.rows);
        block->add_exact(exact.row, exact.texts.c_str());
    }
    return PointerGetDatum(block);
}

// For a scan: as they are. The reader sorts them, in a thread if need be.
Datum finish_packed(FunctionCallInfo fcinfo) {
    const auto* const block = state_of(Arguments(fcinfo), 0);
    fcinfo->isnull = block == nullptr;
    return block == nullptr ? 0 : block->pack();
}

// For a person: sorted, the same bytes whatever the plan.
Datum finish(FunctionCallInfo fcinfo) {
    const Datum packed = finish_packed(fcinfo);
    if (fcinfo->isnull) return packed;
    const auto bytes = bytes_of(packed);
    if (state_of(Arguments(fcinfo), 0)->exact() == nullptr) {
        ByteReader reader(bytes, "state of recon.key_series");
        const auto head = breaks::PackedSeries::read_head(reader);
        const auto rows = reader.get_span(head.rows * head.layout.stride());
        breaks::sort_rows(head.layout, {const_cast<std::byte*>(rows.data()), rows.size()});
        return packed;
    }
    // Amounts are listed by row, so rows with amounts are sorted with them.
    const auto value = breaks::SeriesValue::deserialize(bytes);
    ByteWriter writer;
    writer.reserve(64 + value.series.size() * value.series.bytes_per_row());
    value.serialize(writer);
    return make_varlena(writer.bytes());
}

// recon_series(at, x): one measure; every row is history, a break where x is missing or not zero.
Datum transition_simple(FunctionCallInfo fcinfo) {
    const Arguments arguments(fcinfo);
    auto* block = state_of(arguments, 0);
    if (block == nullptr) block = RowBlock::make(aggregate_context(fcinfo), {1, false});
    if (!has_date(arguments)) {
        block->leave_out();
        return PointerGetDatum(block);
    }
    char* const row = block->next_row();
    const double value = arguments.is_null(2) ? std::nan("") : present(arguments.float8(2));
    const PackedRow head{DatumGetDateADT(arguments.datum(1)),
                         value != 0 ? PackedRow::break_bit : 0};
    memcpy(row, &head, sizeof(head));
    memcpy(row + sizeof(head), &value, sizeof(value));
    block->row_written();
    return PointerGetDatum(block);
}

void check_series(std::span<const std::byte> bytes) {
    (void)breaks::SeriesValue::deserialize(bytes);
}

} // namespace
} // namespace recon::functions

RECON_FUNCTION(recon_key_series_transition, recon::run::add_row);
RECON_FUNCTION(recon_key_series_combine, recon::functions::combine);
RECON_FUNCTION(recon_key_series_serialize, recon::functions::serialize);
RECON_FUNCTION(recon_key_series_deserialize, recon::functions::deserialize);
RECON_FUNCTION(recon_key_series_final, recon::functions::finish);
RECON_FUNCTION(recon_key_series_packed, recon::functions::finish_packed);
RECON_FUNCTION(recon_series_transition, recon::functions::transition_simple);
RECON_FUNCTION(recon_series_in, recon::postgres::serialized_in<recon::functions::check_series>);
RECON_FUNCTION(recon_series_out, recon::postgres::serialized_out);
RECON_FUNCTION(recon_series_receive,
               recon::postgres::serialized_receive<recon::functions::check_series>);
RECON_FUNCTION(recon_series_send, recon::postgres::serialized_send);
