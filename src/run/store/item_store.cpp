#include "run/store/item_store.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <span>
#include <vector>

#include "postgres/datums.hpp"

namespace recon::run {

using namespace recon::postgres;

const std::array<TableColumn<ItemStore::Item>, 8> ItemStore::columns = {{
    {"reconciliation_id",
     [](const Item& item) { return given(Int32GetDatum(item.reconciliation_id)); }},
    {"opened_on", [](const Item& item) { return given(DateADTGetDatum(item.span.opened_on)); }},
    {"key_hash", [](const Item& item) { return given(UInt64GetDatum(item.entry.hash)); }},
    {"key", [](const Item& item) { return given(item.entry.key); }},
    {"last_on", [](const Item& item) { return given(DateADTGetDatum(item.span.last_on)); }},
    {"closed_on",
     [](const Item& item) {
         return item.closed_on ? given(DateADTGetDatum(*item.closed_on)) : Value{};
     }},
    {"closed_by",
     [](const Item& item) { return item.closed_on ? given(make_text(item.closed_by)) : Value{}; }},
    {"run_id", [](const Item& item) { return given(Int64GetDatum(item.run_id)); }},
}};

ItemStore::ItemStore(const RunPlan& plan, const KeySpool& spool, const Detection& detection)
    : plan_(plan), spool_(spool), detection_(detection), rows_("item", columns),
      late_rows_("item", columns) {}

// Whether an item that no match has closed is gone, is said by the complete dates.
void ItemStore::add(TableRows<Item>& rows, std::uint32_t key, const breaks::ItemSpan& span,
                    const std::vector<std::int32_t>& complete, std::int64_t run_id) {
    Item item{*plan_.reconciliation_id, spool_.key(key), span, span.closed_on, "corrected", run_id};
    const auto absent = std::upper_bound(complete.begin(), complete.end(), span.last_on);
    if (!span.closed_on && absent != complete.end()) {
        item.closed_on = *absent;
        item.closed_by = "gone";
    }
    rows.add(item);
}

void ItemStore::show(std::int64_t run_id) {
    for (const auto& [key, span] : detection_.items)
        add(rows_, key, span, detection_.partial.complete, run_id);
    rows_.pending().show_as("found_item");
    for (const auto& late : detection_.late_items) {
        for (const auto& span : late.spans) {
            const auto judged_by = is_judged(late, span) ? run_id : 0;
            add(late_rows_, late.key, span, detection_.complete_dates, judged_by);
        }
    }
    late_rows_.pending().show_as("late_item");
}

// By this run: it holds a break of the window, or of a late date.
bool ItemStore::is_judged(const LateItems& late, const breaks::ItemSpan& span) const {
    if (detection_.window && span.last_on >= detection_.window->from) return true;
    const auto dates = detection_.late.dates_of(late.key);
    return std::any_of(dates.begin(), dates.end(), [&](const LateDate& there) {
        return there.date >= span.opened_on && there.date <= span.last_on;
    });
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
    query.run(rows_.pending().insert_into("item", "found_item f") +
                  " WHERE last_on >= $2 "
                  "AND NOT EXISTS (SELECT FROM recon.item i WHERE i.reconciliation_id = $1 "
                  "AND i.opened_on = f.opened_on AND i.key_hash = f.key_hash)",
              all.first(2));
    // Keys of which a run that continues stored baselines has read no row.
    query.run("UPDATE recon.item SET closed_on = $2, closed_by = 'gone', run_id = $3 "
              "WHERE reconciliation_id = $1 AND closed_on IS NULL AND last_on < $4 "
              "AND $2 IS NOT NULL",
              std::array{parameters[0], parameters[4], parameters[3], parameters[1]});
}

// Keys with late rows: their items are recomputed from the first one that may have changed. Items
// of dates that nobody has judged are none, but those that take the place of known ones are.
void ItemStore::write_late(Query& query, std::int64_t run_id) const {
    std::vector<std::int64_t> keys;
    std::vector<std::int32_t> from;
    for (const auto& late : detection_.late_items) {
        keys.push_back(static_cast<std::int64_t>(spool_.key(late.key).hash));
        from.push_back(late.from);
    }
    const Parameter parameters[] = {int4_parameter(*plan_.reconciliation_id),
                                    {INT8ARRAYOID, make_int8_array(keys)},
                                    {DATEARRAYOID, make_date_array(from)},
                                    int8_parameter(run_id)};
    query.run("WITH told AS MATERIALIZED (SELECT f.* FROM late_item f WHERE f.run_id <> 0 "
              "OR EXISTS (SELECT FROM recon.item i WHERE i.reconciliation_id = $1 "
              "AND i.key_hash = f.key_hash AND i.opened_on <= f.last_on "
              "AND i.last_on >= f.opened_on)), "
              "other AS (DELETE FROM recon.item i USING unnest($2, $3) AS k (key_hash, since) "
              "WHERE i.reconciliation_id = $1 AND i.key_hash = k.key_hash "
              "AND i.opened_on >= k.since AND NOT EXISTS (SELECT FROM told "
              "WHERE told.key_hash = i.key_hash AND told.opened_on = i.opened_on)) "
              "INSERT INTO recon.item AS i (reconciliation_id, opened_on, key_hash, key, "
              "last_on, closed_on, closed_by, run_id) "
              "SELECT reconciliation_id, opened_on, key_hash, key, "
              "last_on, closed_on, closed_by, $4 FROM told "
              "ON CONFLICT (reconciliation_id, opened_on, key_hash) DO UPDATE "
              "SET (last_on, closed_on, closed_by, run_id) = "
              "(excluded.last_on, excluded.closed_on, excluded.closed_by, excluded.run_id) "
              "WHERE (i.last_on, i.closed_on, i.closed_by) IS DISTINCT FROM "
              "(excluded.last_on, excluded.closed_on, excluded.closed_by)",
              parameters);
    // Breaks are as old as the item that they belong to now.
    query.run("UPDATE recon.break b SET opened_on = f.opened_on FROM late_item f "
              "WHERE b.reconciliation_id = $1 AND b.key_hash = f.key_hash "
              "AND b.break_date BETWEEN f.opened_on AND f.last_on "
              "AND b.break_date >= (SELECT min(since) FROM unnest($3) AS since) "
              "AND b.opened_on IS DISTINCT FROM f.opened_on",
              parameters);
}

} // namespace recon::run
