#include "postgres/pending_rows.hpp"

#include "core/base/error.hpp"

extern "C" {
#include "access/table.h"
#include "catalog/namespace.h"
#include "utils/queryenvironment.h"
#include "utils/rel.h"
}

namespace recon::postgres {

namespace {

// Which of the columns is missing; -1: none is.
struct Shape {
    TupleDesc columns;
    int missing;
};

// Server calls only: runs inside guarded().
Shape shape_of(const char* name, const char* const* columns, int count) {
    const Oid relation = get_relname_relid(name, get_namespace_oid("recon", false));
    const Relation table = table_open(relation, AccessShareLock);
    Shape shape{CreateTemplateTupleDesc(count), -1};
    for (int i = 0; i < count && shape.missing < 0; ++i) {
        const AttrNumber number = get_attnum(relation, columns[i]);
        if (number > 0) {
            TupleDescCopyEntry(shape.columns, static_cast<AttrNumber>(i + 1),
                               RelationGetDescr(table), number);
        } else {
            shape.missing = i;
        }
    }
    table_close(table, AccessShareLock);
    return shape;
}

TupleDesc require_columns(const char* table, std::span<const char* const> columns) {
    const char* const* const names = columns.data();
    const auto count = static_cast<int>(columns.size());
    const auto shape = guarded([=] { return shape_of(table, names, count); });
    if (shape.missing < 0) return shape.columns;
    throw Error(ErrorKind::not_available,
                "table recon." + std::string(table) + " has no column \"" + names[shape.missing] +
                    "\"",
                "The library writes it.", "Run ALTER EXTENSION recon UPDATE.");
}

Tuplestorestate* make_store() {
    return guarded([] { return tuplestore_begin_heap(false, false, work_mem); });
}

} // namespace

PendingRows::PendingRows(const char* table, std::span<const char* const> columns)
    : shape_(require_columns(table, columns)), rows_(make_store()) {}

PendingRows::PendingRows(TupleDesc shape) : shape_(shape), rows_(make_store()) {}

void PendingRows::add(const Datum* values, const bool* nulls) {
    Tuplestorestate* const rows = rows_;
    TupleDesc const shape = shape_;
    // The server only reads them.
    auto* const all_values = const_cast<Datum*>(values);
    auto* const all_nulls = const_cast<bool*>(nulls);
    guarded([=] { tuplestore_putvalues(rows, shape, all_values, all_nulls); });
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

std::string PendingRows::column_list(const std::string& prefix) const {
    std::string list;
    for (int i = 0; i < shape_->natts; ++i) {
        if (i > 0) list += ", ";
        list += prefix + NameStr(TupleDescAttr(shape_, i)->attname);
    }
    return list;
}

std::string PendingRows::insert_into(const char* table, const std::string& shown) const {
    return "INSERT INTO recon." + std::string(table) + " (" + column_list() + ") SELECT " +
           column_list() + " FROM " + shown;
}

void PendingRows::end() {
    Tuplestorestate* const rows = rows_;
    guarded([=] { tuplestore_end(rows); });
}

} // namespace recon::postgres
