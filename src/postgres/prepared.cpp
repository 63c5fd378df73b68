#include "postgres/prepared.hpp"

#include <vector>

#include "core/base/error.hpp"

extern "C" {
#include "nodes/parsenodes.h"
}

namespace recon::postgres {

Prepared::Prepared(const std::string& statement, std::span<const Oid> types) {
    std::vector<Oid> list(types.begin(), types.end());
    const char* const text = statement.c_str();
    Oid* const first = list.data();
    const int count = static_cast<int>(list.size());
    plan_ = guarded([=] {
        SPIPlanPtr plan = SPI_prepare_cursor(text, count, first, CURSOR_OPT_GENERIC_PLAN);
        if (plan != nullptr && SPI_keepplan(plan) != 0) plan = nullptr;
        return plan;
    });
    if (plan_ == nullptr) throw Error(ErrorKind::internal, "a statement could not be prepared");
}

void Prepared::release() {
    guarded([plan = plan_] { return SPI_freeplan(plan); });
    plan_ = nullptr;
}

} // namespace recon::postgres
