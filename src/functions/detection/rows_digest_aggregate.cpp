// Has anything changed in the rows that a stored baseline was made from? One cheap scan tells.
//
//   recon.rows_digest(through date, at date, is_break boolean, is_mismatch boolean,
//                     measures integer, contents integer, VARIADIC "any") -> bigint[]
//   recon.key_mark(VARIADIC "any") -> bigint
//
// The list holds the measures, what tells duplicates apart, and the key columns. The digest of rows
// that are dated up to `through` is the one which KeySpool makes of the same rows as series.
#include <array>

#include "core/base/bytes.hpp"
#include "core/base/error.hpp"
#include "core/base/interrupt.hpp"
#include "core/base/progress.hpp"
#include "core/detection/history/key_series.hpp"
#include "core/detection/history/rows_digest.hpp"
#include "postgres/boundary.hpp"
#include "postgres/plain_state.hpp"
#include "postgres/series_columns.hpp"
#include "run/source/rows_seen.hpp"

namespace recon::functions {
namespace {

using namespace recon::postgres;

// Which of the listed values are measures, and which tell duplicates apart; the others are keys.
struct Layout {
    std::int32_t measures = 0; // 0: no row has been seen
    std::int32_t contents = 0;
    bool operator==(const Layout&) const = default;
};

std::string described(const Layout& layout) {
    return std::to_string(layout.measures) + " measures and " + std::to_string(layout.contents) +
           " contents";
}

struct RowsSeen : run::RowsByContent {
    Layout layout; // of all rows

    void expect(const Layout& other) {
        if (layout == other) return;
        if (layout.measures != 0) {
            throw Error(ErrorKind::invalid_parameter,
                        "the number of measures or contents differs between rows",
                        "One row has " + described(layout) + ", another " + described(other) + ".",
                        "Give the same numbers for every row.");
        }
        layout = other;
    }

    void add(const RowsSeen& other) {
        if (other.layout.measures != 0) expect(other.layout);
        RowsByContent::add(other);
    }
};

constexpr int first_column = 7;

Layout layout_of_row(const Arguments& arguments) {
    const Layout layout{arguments.is_null(5) ? 0 : arguments.int4(5),
                        arguments.is_null(6) ? -1 : arguments.int4(6)};
    const auto columns = arguments.count() - first_column;
    if (layout.measures < 1 || layout.measures > static_cast<int>(breaks::max_measures) ||
        layout.contents < 0 || layout.contents > columns - layout.measures) {
        throw Error(ErrorKind::invalid_parameter,
                    "the number of measures or contents is out of range",
                    described(layout) + " among " + std::to_string(columns) + " values.",
                    "A row has between 1 and " + std::to_string(breaks::max_measures) +
                        " measures, and not more measures and contents than values.");
    }
    return layout;
}

Datum transition(FunctionCallInfo fcinfo) {
    const Arguments arguments(fcinfo);
    if ((++progress.done & 63U) == 0) poll_interrupt();
    auto* seen = state_of<RowsSeen>(arguments, 0);
    const auto layout = layout_of_row(arguments);
    if (seen == nullptr) seen = make_state<RowsSeen>(aggregate_context(fcinfo));
    seen->expect(layout);
    if (arguments.is_null(2) || DATE_NOT_FINITE(DatumGetDateADT(arguments.datum(2)))) {
        ++seen->undated;
        return PointerGetDatum(seen);
    }
    const auto date = DatumGetDateADT(arguments.datum(2));
    if (!arguments.is_null(1) && date > DatumGetDateADT(arguments.datum(1))) {
        ++seen->after;
        return PointerGetDatum(seen);
    }
    const auto measures = layout.measures;
    const auto& columns = SeriesColumns::of(fcinfo, first_column);
    std::array<double, breaks::max_measures> values{};
    for (int i = 0; i < measures; ++i)
        values[static_cast<std::size_t>(i)] = columns.number(fcinfo, i);
    const bool is_break = arguments.is_null(3) || arguments.boolean(3);
    const bool is_mismatch = !arguments.is_null(4) && arguments.boolean(4);
    const int keys = measures + layout.contents;
    seen->digest.add(columns.content(fcinfo, keys, columns.count()),
                     breaks::row_hash(date, is_break, is_mismatch,
                                      columns.content(fcinfo, measures, keys),
                                      {values.data(), static_cast<std::size_t>(measures)}));
    ++seen->through;
    return PointerGetDatum(seen);
}

Datum serialize(FunctionCallInfo fcinfo) {
    const auto* seen = state_of<RowsSeen>(Arguments(fcinfo), 0);
    ByteWriter writer;
    writer.put(seen->layout.measures);
    writer.put(seen->layout.contents);
    run::write_seen<run::RowsByContent>(writer, *seen);
    return make_varlena(writer.bytes());
}

Datum deserialize(FunctionCallInfo fcinfo) {
    auto* const seen = make_state<RowsSeen>(aggregate_context(fcinfo));
    ByteReader reader(bytes_of(Arguments(fcinfo).datum(0)), "state of recon.rows_digest");
    seen->layout.measures = reader.get<std::int32_t>();
    seen->layout.contents = reader.get<std::int32_t>();
    static_cast<run::RowsByContent&>(*seen) = run::read_seen<run::RowsByContent>(reader);
    reader.expect_end();
    return PointerGetDatum(seen);
}

Datum finish(FunctionCallInfo fcinfo) {
    const auto* state = state_of<RowsSeen>(Arguments(fcinfo), 0);
    return make_int8_array((state == nullptr ? RowsSeen{} : *state).numbers());
}

Datum key_mark(FunctionCallInfo fcinfo) {
    const auto& columns = SeriesColumns::of(fcinfo, 0);
    return UInt64GetDatum(columns.content(fcinfo, 0, columns.count()));
}

} // namespace
} // namespace recon::functions

RECON_FUNCTION(recon_rows_digest_transition, recon::functions::transition);
RECON_FUNCTION(recon_rows_digest_combine,
               recon::postgres::combine_states<recon::functions::RowsSeen>);
RECON_FUNCTION(recon_rows_digest_serialize, recon::functions::serialize);
RECON_FUNCTION(recon_rows_digest_deserialize, recon::functions::deserialize);
RECON_FUNCTION(recon_rows_digest_final, recon::functions::finish);
RECON_FUNCTION(recon_key_mark, recon::functions::key_mark);
