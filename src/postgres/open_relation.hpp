// A relation that is named by a number, which can be anything.
#pragma once

#include "postgres/server.hpp"

extern "C" {
#include "access/relation.h"
}

namespace recon::postgres {

// Opens it, or raises undefined_table (42P01). Server calls only: for use inside guarded().
[[nodiscard]] inline Relation open_relation(Oid oid) {
    Relation relation = try_relation_open(oid, AccessShareLock);
    if (relation == nullptr) {
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
                        errmsg("relation with OID %u does not exist", oid),
                        errhint("It was perhaps dropped meanwhile.")));
    }
    return relation;
}

} // namespace recon::postgres
