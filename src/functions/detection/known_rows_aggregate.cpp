// Has anything changed in the rows that a stored baseline was made from? Of a plain table, the
// transactions that wrote its rows tell, without a look at what is in them.
//
//   recon.known_rows(through date, at date, place tid, written_by xid, horizon xid8) -> bigint[]
//
// Every transaction before the horizon had ended when the baseline was made. A row that none of
// them wrote is new or changed; where rows have gone, fewer are left. So nothing has changed where
// all rows up to `through` were written before the horizon and are as many as then.
#include <algorithm>
#include <string>

#include "core/base/bytes.hpp"
#include "core/base/error.hpp"
#include "core/base/interrupt.hpp"
#include "core/base/progress.hpp"
#include "postgres/boundary.hpp"
#include "postgres/datums.hpp"
#include "postgres/plain_state.hpp"
#include "run/source/rows_seen.hpp"

extern "C" {
#include "access/transam.h"
#include "storage/itemptr.h"
#include "utils/date.h"
}

namespace recon::functions {
namespace {

using namespace recon::postgres;
using run::RowsByWriter;

// Rows that are frozen keep the number of the transaction that wrote them, however long ago: one
// that seems to lie ahead is taken for new, and the contents of all rows are compared.
bool is_before(TransactionId transaction, TransactionId horizon) {
    if (!TransactionIdIsNormal(transaction)) return true; // written by a much older server
    return static_cast<std::int32_t>(transaction - horizon) < 0;
}

Datum transition(FunctionCallInfo fcinfo) {
    const Arguments arguments(fcinfo);
    if ((++progress.done & 63U) == 0) poll_interrupt();
    for (const int at : {1, 3, 4, 5}) {
        if (!arguments.is_null(at)) continue;
        throw Error(ErrorKind::invalid_parameter, "only the date of a row may be NULL",
                    "Argument " + std::to_string(at) + " of recon.known_rows is.");
    }
    auto* seen = state_of<RowsByWriter>(arguments, 0);
    if (seen == nullptr) seen = make_state<RowsByWriter>(aggregate_context(fcinfo));
    if (arguments.is_null(2) || DATE_NOT_FINITE(DatumGetDateADT(arguments.datum(2)))) {
        ++seen->undated;
    } else if (DatumGetDateADT(arguments.datum(2)) <= DatumGetDateADT(arguments.datum(1))) {
        ++seen->through;
        const auto horizon = static_cast<TransactionId>(DatumGetUInt64(arguments.datum(5)));
        if (!is_before(DatumGetTransactionId(arguments.datum(4)), horizon)) ++seen->written;
    } else {
        ++seen->after;
        const std::uint64_t block =
            ItemPointerGetBlockNumberNoCheck(reinterpret_cast<ItemPointer>(arguments.datum(3)));
        seen->from_block = std::min(seen->from_block, block);
        seen->to_block = std::max(seen->to_block, block + 1);
    }
    return PointerGetDatum(seen);
}

Datum serialize(FunctionCallInfo fcinfo) {
    ByteWriter writer;
    run::write_seen(writer, *state_of<RowsByWriter>(Arguments(fcinfo), 0));
    return make_varlena(writer.bytes());
}

Datum deserialize(FunctionCallInfo fcinfo) {
    auto* const seen = make_state<RowsByWriter>(aggregate_context(fcinfo));
    ByteReader reader(bytes_of(Arguments(fcinfo).datum(0)), "state of recon.known_rows");
    *seen = run::read_seen<RowsByWriter>(reader);
    reader.expect_end();
    return PointerGetDatum(seen);
}

Datum finish(FunctionCallInfo fcinfo) {
    const auto* state = state_of<RowsByWriter>(Arguments(fcinfo), 0);
    return make_int8_array((state == nullptr ? RowsByWriter{} : *state).numbers());
}

} // namespace
} // namespace recon::functions

RECON_FUNCTION(recon_known_rows_transition, recon::functions::transition);
RECON_FUNCTION(recon_known_rows_combine, recon::postgres::combine_states<recon::run::RowsByWriter>);
RECON_FUNCTION(recon_known_rows_serialize, recon::functions::serialize);
RECON_FUNCTION(recon_known_rows_deserialize, recon::functions::deserialize);
RECON_FUNCTION(recon_known_rows_final, recon::functions::finish);
