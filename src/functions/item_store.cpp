#include "functions/item_store.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <span>

#include "postgres/datums.hpp"

namespace recon::functions {

using namespace recon::postgres;

// Whether an item that no match has closed is gone, is said by the complete dates of the window.
void ItemStore::show(std::int64_t run_id) {
    const auto& complete = detection_.partial.complete;
    for (const auto& [key, span] : detection_.items) {
        Datum values[] = {Int32GetDatum(*plan_.reconciliation_id),
                          DateADTGetDatum(span.opened_on),
                          Int64GetDatum(static_cast<std::int64_t>(spool_.key(key).hash)),
                          spool_.key(key).key,
                          DateADTGetDatum(span.last_on),
                          0,
                          0,
                          Int64GetDatum(run_id)};
        bool nulls[std::size(values)] = {};
        const auto absent = std::upper_bound(complete.begin(), complete.end(), span.last_on);
        if (span.closed_on) {
            values[5] = DateADTGetDatum(*span.closed_on);
            values[6] = make_text("corrected");
        } else if (absent != complete.end()) {
            values[5] = DateADTGetDatum(*absent);
            values[6] = make_text("gone");
        } else {
            nulls[5] = nulls[6] = true;
        }
        rows_.add(values, nulls);
    }
    rows_.show_as("found_item");
}

// The window says what is true of its dates; what reaches beyond it, in either direction, stays as
// it is known. A row that is back opens its item again.
void ItemStore::write(Query& query, std::int64_t run_id) const {
    const auto& complete = detection_.partial.complete;
    const Parameter parameters[] = {
        int4_parameter(*plan_.reconciliation_id), date_parameter(detection_.window->from),
        date_parameter(detection_.window->to), int8_parameter(run_id),
        date_parameter(complete.empty() ? std::nullopt : std::optional(complete.front()))};
    const std::span all(parameters);
    query.run(
        "DELETE FROM recon.item i WHERE reconciliation_id = $1 AND opened_on BETWEEN $2 AND $3 "
        "AND last_on <= $3 AND NOT EXISTS (SELECT FROM found_item f "
        "WHERE f.key_hash = i.key_hash AND f.opened_on = i.opened_on)",
        all.first(3));
    // Of a key that is absent still, the first date of its absence stays.
    query.run("UPDATE recon.item i SET (last_on, closed_on, closed_by, run_id) = "
              "(f.last_on, f.closed_on, f.closed_by, f.run_id) FROM found_item f "
              "WHERE i.reconciliation_id = $1 AND i.opened_on = f.opened_on "
              "AND i.key_hash = f.key_hash AND i.last_on <= $3 "
              "AND coalesce(i.closed_on <= $3, true) "
              "AND (coalesce(i.closed_on >= $2, true) OR f.last_on >= $2 "
              "OR f.closed_by = 'corrected') "
              "AND (i.last_on, i.closed_on, i.closed_by) IS DISTINCT FROM "
              "(f.last_on, f.closed_on, f.closed_by)",
              all.first(3));
    query.run("INSERT INTO recon.item SELECT * FROM found_item f WHERE last_on >= $2 "
              "AND NOT EXISTS (SELECT FROM recon.item i WHERE i.reconciliation_id = $1 "
              "AND i.opened_on = f.opened_on AND i.key_hash = f.key_hash)",
              all.first(2));
    // Keys of which a run that continues stored baselines has read no row.
    query.run("UPDATE recon.item SET closed_on = $2, closed_by = 'gone', run_id = $3 "
              "WHERE reconciliation_id = $1 AND closed_on IS NULL AND last_on < $4 "
              "AND $2 IS NOT NULL",
              std::array{parameters[0], parameters[4], parameters[3], parameters[1]});
}

} // namespace recon::functions
