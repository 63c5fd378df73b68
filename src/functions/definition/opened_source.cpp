#include "functions/definition/opened_source.hpp"

#include "postgres/open_relation.hpp"

extern "C" {
#include "catalog/objectaddress.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "utils/acl.h"
#include "utils/rel.h"
}

namespace recon::functions {

using postgres::open_relation;

Source open_source(Oid oid) {
    const Relation relation = open_relation(oid);
    const char kind = relation->rd_rel->relkind;
    const char* name = pstrdup(RelationGetRelationName(relation));
    if (kind != RELKIND_RELATION && kind != RELKIND_PARTITIONED_TABLE && kind != RELKIND_VIEW &&
        kind != RELKIND_MATVIEW && kind != RELKIND_FOREIGN_TABLE) {
        ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                        errmsg("\"%s\" is not a table, view or foreign table", name)));
    }
    const TupleDesc shape = RelationGetDescr(relation);
    auto* columns = static_cast<SourceColumn*>(palloc0(sizeof(SourceColumn) * (shape->natts + 1)));
    const bool whole = pg_class_aclcheck(oid, GetUserId(), ACL_SELECT) == ACLCHECK_OK;
    int count = 0;
    for (int i = 0; i < shape->natts; ++i) {
        const Form_pg_attribute attribute = TupleDescAttr(shape, i);
        if (attribute->attisdropped) continue;
        if (!whole &&
            pg_attribute_aclcheck(oid, attribute->attnum, GetUserId(), ACL_SELECT) != ACLCHECK_OK) {
            continue;
        }
        columns[count].name = attribute->attname;
        columns[count].type = getBaseType(attribute->atttypid);
        ++count;
    }
    if (count == 0 && !whole) aclcheck_error(ACLCHECK_NO_PRIV, get_relkind_objtype(kind), name);
    // Rows are picked by ctid, which rights on columns do not cover.
    const bool heap = whole && (kind == RELKIND_RELATION || kind == RELKIND_MATVIEW) &&
                      relation->rd_rel->relam == HEAP_TABLE_AM_OID && !has_subclass(oid);
    char* const qualified = quote_qualified_identifier(
        get_namespace_name(RelationGetNamespace(relation)), RelationGetRelationName(relation));
    relation_close(relation, NoLock);
    return {qualified, name, columns, count, kind, heap};
}

} // namespace recon::functions
