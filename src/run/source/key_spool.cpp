#include "run/source/key_spool.hpp"

#include <algorithm>
#include <numeric>

#include "core/base/interrupt.hpp"
#include "postgres/datums.hpp"
#include "postgres/memory.hpp"
#include "run/source/scan_columns.hpp"

extern "C" {
#include "executor/executor.h"
#include "executor/tstoreReceiver.h"
}

namespace recon::run {

using namespace recon::postgres;

namespace {

Datum attribute(TupleTableSlot* slot, int column, bool& null) {
    return slot_getattr(slot, column, &null);
}

} // namespace

KeySpool::KeySpool(const std::string& scan, MemoryContext context,
                   std::span<const Parameter> parameters, const std::function<void()>& connected)
    : context_(context) {
    struct Receiver {
        Tuplestorestate* store;
        DestReceiver* receiver;
    };
    const auto made = guarded([=] {
        MemoryContext previous = MemoryContextSwitchTo(context);
        Receiver result{};
        result.store = tuplestore_begin_heap(false, false, work_mem);
        result.receiver = CreateTuplestoreDestReceiver();
        SetTuplestoreDestReceiverParams(result.receiver, result.store, context, true, nullptr,
                                        nullptr);
        MemoryContextSwitchTo(previous);
        return result;
    });
    store_ = made.store;
    row_context_ = guarded(
        [=] { return AllocSetContextCreate(context, "recon key", ALLOCSET_DEFAULT_SIZES); });
    Query query;
    if (connected) connected();
    query.run_into(scan, parameters, made.receiver);
    slot_ = guarded([=] {
        MemoryContext previous = MemoryContextSwitchTo(context);
        TupleDesc shape = CreateTemplateTupleDesc(mark_column);
        TupleDescInitEntry(shape, key_column, "key", JSONBOID, -1, 0);
        TupleDescInitEntry(shape, pool_column, "pool", TEXTOID, -1, 0);
        TupleDescInitEntry(shape, currency_column, "currency", TEXTOID, -1, 0);
        TupleDescInitEntry(shape, series_column, "series", BYTEAOID, -1, 0);
        TupleDescInitEntry(shape, rows_column, "rows_read", INT8OID, -1, 0);
        TupleDescInitEntry(shape, undated_column, "rows_without_date", INT8OID, -1, 0);
        TupleDescInitEntry(shape, unreadable_column, "rows_unreadable", INT8OID, -1, 0);
        TupleDescInitEntry(shape, mark_column, "key_mark", INT8OID, -1, 0);
        TupleTableSlot* slot = MakeSingleTupleTableSlot(shape, &TTSOpsMinimalTuple);
        MemoryContextSwitchTo(previous);
        return slot;
    });
    query.finish();
    take_keys();
}

bool KeySpool::fetch() {
    Tuplestorestate* const store = store_;
    TupleTableSlot* const slot = slot_;
    poll_interrupt();
    return guarded([=] { return tuplestore_gettupleslot(store, true, false, slot); });
}

void KeySpool::rewind() {
    Tuplestorestate* const store = store_;
    guarded([=] { tuplestore_rescan(store); });
}

void KeySpool::finish() {
    Tuplestorestate* const store = store_;
    TupleTableSlot* const slot = slot_;
    guarded([=] {
        ExecDropSingleTupleTableSlot(slot);
        tuplestore_end(store);
    });
}

void KeySpool::take_keys() {
    rewind();
    while (fetch()) {
        bool null = false;
        KeyEntry entry;
        const Datum key = attribute(slot_, key_column, null);
        const MemoryContext context = context_;
        entry.key = guarded([=] {
            MemoryContext previous = MemoryContextSwitchTo(context);
            const Datum copy = PointerGetDatum(PG_DETOAST_DATUM_COPY(key));
            MemoryContextSwitchTo(previous);
            return copy;
        });
        const auto bytes = bytes_of(entry.key);
        entry.order.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        entry.hash = hash_of_key(bytes);
        const Datum pool = attribute(slot_, pool_column, null);
        if (!null) entry.pool = text_of(pool);
        const Datum currency = attribute(slot_, currency_column, null);
        if (!null) entry.currency = text_of(currency);
        count_rows();
        // Scans of release 0.1.0 have neither of the last two columns.
        const Datum unreadable = attribute(slot_, unreadable_column, null);
        if (!null) rows_unreadable_ += static_cast<std::uint64_t>(DatumGetInt64(unreadable));
        const Datum mark = attribute(slot_, mark_column, null);
        if (!null) entry.mark = DatumGetUInt64(mark);
        keys_.push_back(std::move(entry));
    }
    order_.resize(keys_.size());
    std::iota(order_.begin(), order_.end(), 0U);
    std::sort(order_.begin(), order_.end(),
              [this](std::uint32_t a, std::uint32_t b) { return keys_[a].order < keys_[b].order; });
}

// A scan of release 0.1.0 counts the rows of a key in columns of their own, later ones within the
// series.
void KeySpool::count_rows() {
    bool null = false;
    const Datum rows = attribute(slot_, rows_column, null);
    if (!null) {
        rows_read_ += static_cast<std::uint64_t>(DatumGetInt64(rows));
        rows_without_date_ +=
            static_cast<std::uint64_t>(DatumGetInt64(attribute(slot_, undated_column, null)));
        return;
    }
    const Datum series = attribute(slot_, series_column, null);
    if (null) return;
    ByteReader reader(bytes_of(series), "recon_series");
    const auto head = breaks::PackedSeries::read_head(reader);
    rows_read_ += head.rows + head.undated;
    rows_without_date_ += head.undated;
}

void KeySpool::with_next(const std::function<void(std::span<const std::byte>, bool)>& use) {
    if (!fetch()) throw Error(ErrorKind::internal, "the scan has fewer keys than were counted");
    bool null = false;
    const Datum series = attribute(slot_, series_column, null);
    if (null) return; // a scan of release 0.1.0: every row of the key is without date
    const ContextScope scope(row_context_);
    const auto bytes = bytes_of(series);
    // As long as the store has not spilled, its rows stay where they are.
    const auto* const value = reinterpret_cast<const std::byte*>(DatumGetPointer(series));
    const bool within_store = bytes.data() > value && bytes.data() <= value + VARHDRSZ;
    use(bytes, within_store && tuplestore_in_memory(store_));
    guarded([context = row_context_] { MemoryContextReset(context); });
}

} // namespace recon::run
