#include "postgres/cursor.hpp"

#include <exception>

#include "core/base/error.hpp"

extern "C" {
#include "tcop/dest.h"
#include "tcop/pquery.h"
}

namespace recon::postgres {

namespace {

// Between the server's executor and take(): neither's errors may pass through the other's frames.
struct RowReceiver : DestReceiver {
    const Cursor::Take* take;
    MemoryContext context;
    std::exception_ptr error; // of take(), unless it is the server's, which goes the server's way
};

bool receive(TupleTableSlot* slot, DestReceiver* self) {
    auto& receiver = *static_cast<RowReceiver*>(self);
    slot_getallattrs(slot);
    ErrorData* server_error = nullptr;
    bool has_failed = false;
    MemoryContext const before = MemoryContextSwitchTo(receiver.context);
    try {
        (*receiver.take)(slot->tts_values, slot->tts_isnull);
    } catch (const ServerError& error) {
        server_error = error.data;
    } catch (...) {
        receiver.error = std::current_exception();
        has_failed = true;
    }
    MemoryContextSwitchTo(before);
    if (server_error != nullptr) ReThrowError(server_error);
    return !has_failed;
}

} // namespace

Cursor::Cursor(Query& /*connection*/, const std::string& query)
    : portal_(nullptr), shape_(nullptr) {
    const char* const text = query.c_str();
    portal_ = guarded([=] {
        return SPI_cursor_open_with_args(nullptr, text, 0, nullptr, nullptr, nullptr, true, 0);
    });
    shape_ = portal_->tupDesc;
}

std::size_t Cursor::column(const char* name) const {
    TupleDesc const shape = shape_;
    const int number = guarded([=] { return SPI_fnumber(shape, name); });
    if (number <= 0) {
        throw Error(ErrorKind::internal,
                    "the result of a query has no column \"" + std::string(name) + "\"");
    }
    return static_cast<std::size_t>(number - 1);
}

std::uint64_t Cursor::fetch(long most, const Take& take) {
    RowReceiver receiver{};
    receiver.receiveSlot = receive;
    receiver.rStartup = [](DestReceiver*, int, TupleDesc) {};
    receiver.rShutdown = [](DestReceiver*) {};
    receiver.rDestroy = [](DestReceiver*) {};
    receiver.mydest = DestNone;
    receiver.take = &take;
    receiver.context = CurrentMemoryContext;
    Portal const portal = portal_;
    DestReceiver* const destination = &receiver;
    const std::uint64_t count =
        guarded([=] { return PortalRunFetch(portal, FETCH_FORWARD, most, destination); });
    if (receiver.error) std::rethrow_exception(receiver.error);
    return count;
}

} // namespace recon::postgres
