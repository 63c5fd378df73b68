// Rows that are handed over from one role to another. To write a value of a user's type as JSON
// can run a function of that type's owner (a cast to json), wherever in the row the value stands:
// so that is done as the role that the row comes from, and what goes on holds nothing but types of
// the server's own.
#pragma once

#include "postgres/guard.hpp"

namespace recon::postgres {

// Whether every column of a row, a composite or a record, is of a type of the server's own and of
// no other in disguise, as anyarray or record would be.
[[nodiscard]] bool is_plain_row(Datum row);

// to_jsonb(row) as the current role, under the fixed settings of RoleScope: how a value is written
// does not depend on the session.
[[nodiscard]] Datum jsonb_of_row(Oid type, Datum row);

} // namespace recon::postgres
