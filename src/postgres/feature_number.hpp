// Values of SQL types as numbers of a row of features.
#pragma once

#include <string>

#include "postgres/guard.hpp"

namespace recon::postgres {

using FeatureNumber = double (*)(Datum);

// How a value of a type is a number; null where it is none.
[[nodiscard]] FeatureNumber feature_number(Oid type) noexcept;

[[nodiscard]] std::string type_name(Oid type);

// A domain's values are those of the type it is over.
[[nodiscard]] Oid column_type(TupleDesc shape, int column);

} // namespace recon::postgres
