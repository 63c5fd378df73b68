#include "exchange/target_table.hpp"

#include "core/base/error.hpp"
#include "core/definition/number_text.hpp"
#include "exchange/column_names.hpp"

extern "C" {
#include "access/relation.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "nodes/makefuncs.h"
#include "utils/acl.h"
#include "utils/rel.h"
#include "utils/varlena.h"
}

namespace recon::exchange {

using namespace recon::postgres;
using formats::ColumnKind;

namespace {

std::vector<std::string> names_of(const formats::FileProfile& profile) {
    std::vector<std::string> headers;
    for (const auto& column : profile.columns) {
        headers.push_back(column.header);
    }
    return column_names(headers);
}

Oid find_table(const std::string& name) {
    const char* const text = name.c_str();
    return guarded([=] {
        return RangeVarGetRelid(
            makeRangeVarFromNameList(textToQualifiedNameList(cstring_to_text(text))),
            RowExclusiveLock, true);
    });
}

// By name: the columns that recon_import adds, and their types.
struct OwnColumn {
    const char* name;
    const char* type;
    const char* comment;
};
constexpr OwnColumn own_columns[] = {
    {"recon_upload_id", "int8", "the import that brought the row: recon.upload"},
    {"recon_line", "int8", "line of the file in which the row begins"},
    {"recon_row_id", "uuid",
     "identifies the row by its contents: the same when it is imported again"},
    {"recon_raw", "text", "the row as the file has it"},
};

// Names as the caller wrote them: quoted where that is needed, schema by schema.
std::string qualified(const std::string& name) {
    const char* const text = name.c_str();
    return guarded([=] {
        RangeVar* const parsed =
            makeRangeVarFromNameList(textToQualifiedNameList(cstring_to_text(text)));
        const Oid schema = RangeVarGetCreationNamespace(parsed);
        return quote_qualified_identifier(get_namespace_name(schema), parsed->relname);
    });
}

std::string comment_on(const std::string& table, const std::string& column,
                       const std::string& comment) {
    return "; COMMENT ON COLUMN " + table + "." + column + " IS " +
           definition::quote_literal(comment);
}

void create(Query& query, const std::string& name, const formats::FileProfile& profile) {
    std::string columns;
    std::string comments;
    const auto names = names_of(profile);
    for (std::size_t i = 0; i < names.size(); ++i) {
        const std::string quoted = definition::quote_identifier(names[i]);
        columns += quoted;
        columns += ' ';
        columns += sql_type(profile.columns[i]);
        columns += ", ";
        comments += comment_on(name, quoted, profile.columns[i].header);
    }
    for (const auto& own : own_columns) {
        columns += &own == own_columns ? "" : ", ";
        columns += own.name;
        columns += " pg_catalog.";
        columns += own.type;
        comments += comment_on(name, own.name, own.comment);
    }
    query.run("CREATE TABLE " + name + " (" + columns + ")" + comments);
}

struct Found {
    bool exists;
    Oid type;
};

Found column_of(Oid table, const std::string& name) {
    const char* const text = name.c_str();
    return guarded([=] {
        const AttrNumber number = get_attnum(table, text);
        if (number == InvalidAttrNumber) return Found{false, InvalidOid};
        return Found{true, get_atttype(table, number)};
    });
}

Oid wanted_type(ColumnKind kind) {
    switch (kind) {
    case ColumnKind::text:
        return TEXTOID;
    case ColumnKind::number:
        return NUMERICOID;
    case ColumnKind::date:
        return DATEOID;
    case ColumnKind::timestamp:
        return TIMESTAMPOID;
    }
    return InvalidOid;
}

Oid own_type(const std::string& name) {
    if (name == "uuid") return UUIDOID;
    return name == "text" ? TEXTOID : INT8OID;
}

void check_columns(Oid table, const std::string& name, const formats::FileProfile& profile) {
    std::string differences;
    const auto check = [&](const std::string& column, Oid wanted, const char* type) {
        const auto found = column_of(table, column);
        if (found.exists && found.type == wanted) return;
        differences +=
            (differences.empty() ? "Column \"" : "; column \"") + column + "\"" +
            (found.exists ? " has another type than " + std::string(type) : " is missing");
    };
    const auto names = names_of(profile);
    for (std::size_t i = 0; i < names.size(); ++i) {
        check(names[i], wanted_type(profile.columns[i].kind), sql_type(profile.columns[i]));
    }
    for (const auto& own : own_columns) {
        check(own.name, own_type(own.type), own.type);
    }
    if (differences.empty()) return;
    throw Error(
        ErrorKind::not_available, "the file does not fit table " + name, differences + ".",
        "Import it into a new table, set types with the option \"types\", or change the table.");
}

// Server calls only: runs inside guarded().
bool is_owner(Oid table) {
#if PG_VERSION_NUM >= 160000
    return object_ownercheck(RelationRelationId, table, GetUserId());
#else
    return pg_class_ownercheck(table, GetUserId());
#endif
}

void check_kind(Oid table) {
    guarded([=] {
        Relation const relation = relation_open(table, RowExclusiveLock);
        const char* const name = RelationGetRelationName(relation);
        if (relation->rd_rel->relkind != RELKIND_RELATION) {
            ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                            errmsg("\"%s\" is not a plain table", name),
                            errhint("Files are imported into plain tables.")));
        }
        if (!is_owner(table)) {
            ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                            errmsg("must be owner of table %s to import files into it", name),
                            errhint("Import into a table of your own.")));
        }
        if (relation->rd_rel->relforcerowsecurity ||
            (relation->rd_att->constr != nullptr &&
             relation->rd_att->constr->has_generated_stored)) {
            ereport(ERROR,
                    (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                     errmsg("table \"%s\" cannot be imported into", name),
                     errdetail("It has generated columns, or forces row-level security on its "
                               "owner."),
                     errhint("Import into a table without these, and copy the rows.")));
        }
        relation_close(relation, NoLock);
    });
}

} // namespace

const char* sql_type(const formats::ColumnProfile& column) {
    switch (column.kind) {
    case ColumnKind::number:
        return "pg_catalog.numeric";
    case ColumnKind::date:
        return "pg_catalog.date";
    case ColumnKind::timestamp:
        return "pg_catalog.timestamp";
    case ColumnKind::text:
        break;
    }
    return "pg_catalog.text";
}

TargetTable open_target(Query& query, const std::string& name,
                        const formats::FileProfile& profile) {
    TargetTable target;
    target.id = find_table(name);
    target.is_new = !OidIsValid(target.id);
    if (target.is_new) {
        target.name = qualified(name);
        create(query, target.name, profile);
        target.id = find_table(target.name);
        return target;
    }
    check_kind(target.id);
    target.name = guarded([id = target.id] {
        return quote_qualified_identifier(get_namespace_name(get_rel_namespace(id)),
                                          get_rel_name(id));
    });
    check_columns(target.id, target.name, profile);
    return target;
}

} // namespace recon::exchange
