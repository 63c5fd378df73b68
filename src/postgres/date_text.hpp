// Dates in messages.
#pragma once

#include <cstdint>
#include <string>

#include "postgres/guard.hpp"

extern "C" {
#include "utils/datetime.h"
}

namespace recon::functions {

// Days since 2000-01-01 as the server writes a date in ISO style.
[[nodiscard]] inline std::string date_text(std::int32_t days) {
    const char* const text = postgres::guarded([=] {
        int year = 0;
        int month = 0;
        int day = 0;
        j2date(days + POSTGRES_EPOCH_JDATE, &year, &month, &day);
        // There is no year 0.
        if (year <= 0) return psprintf("%04d-%02d-%02d BC", 1 - year, month, day);
        return psprintf("%04d-%02d-%02d", year, month, day);
    });
    return text;
}

} // namespace recon::functions
