#include "run/source/key_spool.hpp"

#include <algorithm>
#include <numeric>

#include "core/base/interrupt.hpp"
#include "postgres/datums.hpp"
#include "postgres/memory.hpp"

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

// Sends rows on, and keeps the shape that they are announced with.
struct ShapeKeeper : DestReceiver {
    DestReceiver* next;
    MemoryContext context;
    TupleDesc shape;
};

// Server calls only: runs inside guarded().
ShapeKeeper* keep_shape(DestReceiver* next, MemoryContext context) {
    auto* keeper = static_cast<ShapeKeeper*>(palloc0(sizeof(ShapeKeeper)));
    keeper->next = next;
    keeper->context = context;
    keeper->mydest = next->mydest;
    keeper->rStartup = [](DestReceiver* self, int operation, TupleDesc shape) {
        auto* const of = static_cast<ShapeKeeper*>(self);
        MemoryContext previous = MemoryContextSwitchTo(of->context);
        of->shape = CreateTupleDescCopy(shape);
        MemoryContextSwitchTo(previous);
        of->next->rStartup(of->next, operation, shape);
    };
    keeper->receiveSlot = [](TupleTableSlot* slot, DestReceiver* self) {
        auto* const of = static_cast<ShapeKeeper*>(self);
        return of->next->receiveSlot(slot, of->next);
    };
    keeper->rShutdown = [](DestReceiver* self) {
        auto* const of = static_cast<ShapeKeeper*>(self);
        of->next->rShutdown(of->next);
    };
    keeper->rDestroy = [](DestReceiver* self) {
        auto* const of = static_cast<ShapeKeeper*>(self);
        of->next->rDestroy(of->next);
    };
    return keeper;
}

int place_of(TupleDesc shape, const char* name) {
    const int number = guarded([=] { return SPI_fnumber(shape, name); });
    if (number <= 0) {
        throw Error(ErrorKind::internal, "a scan has no column \"" + std::string(name) + "\"");
    }
    return number;
}

} // namespace

KeySpool::KeySpool(const std::string& scan, MemoryContext context,
                   std::span<const Parameter> parameters, const std::function<void()>& connected)
    : context_(context) {
    struct Made {
        Tuplestorestate* store;
        ShapeKeeper* receiver;
    };
    const auto made = guarded([=] {
        MemoryContext previous = MemoryContextSwitchTo(context);
        Made result{};
        result.store = tuplestore_begin_heap(false, false, work_mem);
        DestReceiver* const receiver = CreateTuplestoreDestReceiver();
        SetTuplestoreDestReceiverParams(receiver, result.store, context, true, nullptr, nullptr);
        result.receiver = keep_shape(receiver, context);
        MemoryContextSwitchTo(previous);
        return result;
    });
    store_ = made.store;
    row_context_ = guarded(
        [=] { return AllocSetContextCreate(context, "recon key", ALLOCSET_DEFAULT_SIZES); });
    Query query;
    if (connected) connected();
    query.run_into(scan, parameters, made.receiver);
    TupleDesc const shape = made.receiver->shape;
    columns_ = {place_of(shape, "key"),
                place_of(shape, "pool"),
                place_of(shape, "currency"),
                place_of(shape, "series"),
                place_of(shape, "rows_unreadable"),
                place_of(shape, "key_mark")};
    slot_ = guarded([=] {
        MemoryContext previous = MemoryContextSwitchTo(context);
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
        const Datum key = attribute(slot_, columns_.key, null);
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
        const Datum pool = attribute(slot_, columns_.pool, null);
        if (!null) entry.pool = text_of(pool);
        const Datum currency = attribute(slot_, columns_.currency, null);
        if (!null) entry.currency = text_of(currency);
        count_rows();
        rows_unreadable_ += DatumGetUInt64(attribute(slot_, columns_.rows_unreadable, null));
        entry.mark = DatumGetUInt64(attribute(slot_, columns_.key_mark, null));
        keys_.push_back(std::move(entry));
    }
    order_.resize(keys_.size());
    std::iota(order_.begin(), order_.end(), 0U);
    std::sort(order_.begin(), order_.end(),
              [this](std::uint32_t a, std::uint32_t b) { return keys_[a].order < keys_[b].order; });
}

std::vector<std::uint32_t> KeySpool::ranks() const {
    std::vector<std::uint32_t> ranks(order_.size());
    for (std::uint32_t i = 0; i < ranks.size(); ++i)
        ranks[order_[i]] = i;
    return ranks;
}

void KeySpool::count_rows() {
    bool null = false;
    ByteReader reader(bytes_of(attribute(slot_, columns_.series, null)), "recon_series");
    const auto head = breaks::PackedSeries::read_head(reader);
    rows_read_ += head.rows + head.undated;
    rows_without_date_ += head.undated;
}

void KeySpool::with_next(const std::function<void(std::span<const std::byte>, bool)>& use) {
    if (!fetch()) throw Error(ErrorKind::internal, "the scan has fewer keys than were counted");
    bool null = false;
    const Datum series = attribute(slot_, columns_.series, null);
    const ContextScope scope(row_context_);
    const auto bytes = bytes_of(series);
    // As long as the store has not spilled, its rows stay where they are.
    const auto* const value = reinterpret_cast<const std::byte*>(DatumGetPointer(series));
    const bool within_store = bytes.data() > value && bytes.data() <= value + VARHDRSZ;
    use(bytes, within_store && tuplestore_in_memory(store_));
    guarded([context = row_context_] { MemoryContextReset(context); });
}

} // namespace recon::run
