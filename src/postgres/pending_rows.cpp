#include "postgres/pending_rows.hpp"

extern "C" {
#include "access/table.h"
#include "catalog/namespace.h"
#include "utils/queryenvironment.h"
#include "utils/rel.h"
}

namespace recon::postgres {

namespace {

// Server calls only: runs inside guarded(). Columns that updates of the extension have dropped
// remain in the table's own description; here they are left out, as INSERT ... SELECT leaves them
// out.
TupleDesc shape_of(Oid relation) {
    Relation table = table_open(relation, AccessShareLock);
    const TupleDesc all = RelationGetDescr(table);
    int columns = 0;
    for (int i = 0; i < all->natts; ++i) {
        if (!TupleDescAttr(all, i)->attisdropped) ++columns;
    }
    TupleDesc shape = CreateTemplateTupleDesc(columns);
    AttrNumber next = 0;
    for (int i = 0; i < all->natts; ++i) {
        if (TupleDescAttr(all, i)->attisdropped) continue;
        ++next;
        TupleDescCopyEntry(shape, next, all, static_cast<AttrNumber>(i + 1));
    }
    table_close(table, AccessShareLock);
    return shape;
}

} // namespace

PendingRows::PendingRows(const char* table)
    : shape_(guarded(
          [=] { return shape_of(get_relname_relid(table, get_namespace_oid("recon", false))); })),
      rows_(guarded([] { return tuplestore_begin_heap(false, false, work_mem); })) {}

PendingRows::PendingRows(TupleDesc shape)
    : shape_(shape), rows_(guarded([] { return tuplestore_begin_heap(false, false, work_mem); })) {}

void PendingRows::add(Datum* values, bool* nulls) {
    Tuplestorestate* const rows = rows_;
    TupleDesc const shape = shape_;
    guarded([=] { tuplestore_putvalues(rows, shape, values, nulls); });
    ++count_;
}

void PendingRows::clear() {
    Tuplestorestate* const rows = rows_;
    guarded([=] { tuplestore_clear(rows); });
    count_ = 0;
}

void PendingRows::show_as(const char* name) const {
    guarded([=, rows = rows_, shape = shape_, count = count_] {
        auto* relation =
            static_cast<EphemeralNamedRelation>(palloc0(sizeof(EphemeralNamedRelationData)));
        relation->md.name = pstrdup(name);
        relation->md.reliddesc = InvalidOid;
        relation->md.tupdesc = shape;
        relation->md.enrtype = ENR_NAMED_TUPLESTORE;
        relation->md.enrtuples = static_cast<double>(count);
        relation->reldata = rows;
        if (SPI_register_relation(relation) != SPI_OK_REL_REGISTER) {
            elog(ERROR, "could not register relation \"%s\"", name);
        }
    });
}

void PendingRows::end() {
    Tuplestorestate* const rows = rows_;
    guarded([=] { tuplestore_end(rows); });
}

} // namespace recon::postgres
