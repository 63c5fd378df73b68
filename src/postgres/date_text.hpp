// Dates in messages.
#pragma once

#include <cstdint>
#include <string>

#include "postgres/guard.hpp"

extern "C" {
#include "utils/datetime.h"
}

namespace recon::postgres {

// Days since 2000-01-01 as an ISO date.
[[nodiscard]] inline std::string date_text(std::int32_t days) {
    const char* const text = guarded([=] {
        int year = 0;
        int month = 0;
        int day = 0;
        j2date(days + POSTGRES_EPOCH_JDATE, &year, &month, &day);
        return psprintf("%04d-%02d-%02d", year, month, day);
    });
    return text;
}

} // namespace recon::postgres
