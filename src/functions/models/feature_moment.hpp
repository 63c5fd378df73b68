// Dates, times and moments as features.
#pragma once

#include <vector>

#include "core/models/rows.hpp"
#include "postgres/server.hpp"

namespace recon::functions {

// A moment: its day, and the hour of it where the type has one.
struct Moment {
    double day = models::missing_value; // infinite as the value may be
    double hour = models::missing_value;
};

[[nodiscard]] bool is_moment(Oid type) noexcept;

// Of a time with zone: in UTC, so that it does not depend on the session.
[[nodiscard]] Moment moment_of(Datum value, Oid type);

// Appends the features of a moment of this type.
void add_moment(std::vector<double>& line, Oid type, const Moment& moment);

} // namespace recon::functions
