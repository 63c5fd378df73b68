// What a statement sees: where it is the same again, every query gives the same answer again.
#pragma once

#include <cstdint>

#include "postgres/server.hpp"

namespace recon::postgres {

// The active snapshot, as far as it tells it apart from others, and who asks. With the same newest
// transaction in view, those under way can only become fewer; what the own transaction has written,
// and taken back, shows in the command and the subtransaction.
struct Moment {
    TransactionId oldest = InvalidTransactionId;
    TransactionId next = InvalidTransactionId;
    std::uint32_t under_way = 0;
    std::int32_t under_way_within = 0;
    bool is_overflowed = false;
    CommandId command = InvalidCommandId;
    SubTransactionId subtransaction = InvalidSubTransactionId;
    Oid caller = InvalidOid;

    [[nodiscard]] static Moment now();
    [[nodiscard]] bool operator==(const Moment&) const = default;
};

} // namespace recon::postgres
