// recon_suggest(relation) and recon.suggest_definition(relation): the roles of a relation's
// columns, guessed from a bounded sample that is read with the caller's own rights. The guessing is
// core/definition; here is what to read.
#include "core/base/error.hpp"
#include "core/base/interrupt.hpp"
#include "core/base/random.hpp"
#include "core/definition/column_roles.hpp"
#include "core/definition/definition_json.hpp"
#include "core/definition/definition_sql.hpp"
#include "core/definition/number_text.hpp"
#include "postgres/boundary.hpp"
#include "postgres/datums.hpp"
#include "postgres/query.hpp"
#include "postgres/result_set.hpp"
#include "postgres/roles.hpp"

#include <algorithm>

extern "C" {
#include "access/relation.h"
#include "catalog/namespace.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "nodes/makefuncs.h"
#include "utils/acl.h"
#include "utils/rel.h"
#include "utils/varlena.h"
}

namespace recon::functions {
namespace {

using namespace recon::postgres;
using definition::ColumnSample;
using definition::SampleOrigin;

// The bounds of the sample: rows, values, and bytes of one value.
constexpr std::size_t most_rows = 10000;
constexpr std::size_t most_values = 1000000;
constexpr std::size_t fewest_rows = 500;
constexpr int longest_value = 256;

struct SourceColumn {
    NameData name;
    Oid type;
};

struct Source {
    const char* qualified; // schema.name, quoted; in the current memory context
    const char* name;
    const SourceColumn* columns;
    int count;
    char kind;
    bool has_blocks; // its rows lie in blocks of its own that can be named: a plain heap
};

// Server calls and plain data only: runs inside guarded(). Columns that the caller may not read are
// passed over, as if they were not there.
Source open_source(Oid oid) {
    const Relation relation = relation_open(oid, AccessShareLock);
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

ColumnSample::Type type_of(Oid type) {
    switch (type) {
    case DATEOID:
        return ColumnSample::Type::date;
    case TIMESTAMPOID:
    case TIMESTAMPTZOID:
        return ColumnSample::Type::timestamp;
    case BOOLOID:
        return ColumnSample::Type::boolean;
    case INT2OID:
    case INT4OID:
    case INT8OID:
    case FLOAT4OID:
    case FLOAT8OID:
    case NUMERICOID:
        return ColumnSample::Type::numeric;
    case JSONOID:
    case JSONBOID:
    case XMLOID:
    case BYTEAOID:
        return ColumnSample::Type::json;
    default:
        break;
    }
    const char category = guarded([=] {
        char found = 0;
        bool preferred = false;
        get_type_category_preferred(type, &found, &preferred);
        return found;
    });
    return category == TYPCATEGORY_STRING ? ColumnSample::Type::text : ColumnSample::Type::other;
}

void set_for_now(const char* name, const char* value) {
    guarded([=] {
        return set_config_option(name, value, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0,
                                 false);
    });
}

// Reads the sample. The first rows as they lie come first; of a table that has more, they are
// followed by rows from all over it, picked by their place and the same at every call.
class Sampler {
  public:
    explicit Sampler(const Source& source) : source_(source) {
        for (int i = 0; i < source.count; ++i) {
            const auto& column = source.columns[i];
            samples_.push_back({NameStr(column.name), type_of(column.type), {}});
            const std::string name = definition::quote_identifier(samples_.back().name);
            // Documents are only counted.
            const std::string value =
                samples_.back().type == ColumnSample::Type::json
                    ? "CASE WHEN " + name + " IS NOT NULL THEN '{}' END"
                    : "left((" + name + ")::text, " + std::to_string(longest_value) + ")";
            select_ += (i == 0 ? "SELECT " : ", ") + value + " AS " + column_name(i);
        }
        const std::size_t columns = std::max<std::size_t>(samples_.size(), 1);
        limit_ = std::clamp(most_values / columns, fewest_rows, most_rows);
    }

    void read() {
        if (samples_.empty()) return;
        if (source_.kind == RELKIND_PARTITIONED_TABLE || source_.has_blocks) measure_blocks();
        const bool placed = blocks_ > 0;
        const std::string from = std::string(" FROM ") + source_.qualified;
        query_.run(select_ + (placed ? ", ctid::text AS place" : "") + from + " LIMIT " +
                       std::to_string(limit_),
                   {}, true);
        const std::size_t rows = query_.rows();
        origin_.complete = rows < limit_;
        const std::size_t neighbours = origin_.complete || !placed ? rows : limit_ / 2;
        const double density = placed && !origin_.complete ? rows_per_block(rows) : 0;
        take(neighbours);
        origin_.scattered_from = neighbours;
        origin_.total_rows = static_cast<double>(rows);
        if (origin_.complete || !placed) return;
        origin_.total_rows = density * static_cast<double>(blocks_);
        query_.run(select_ + from + " WHERE ctid = ANY (" + places(density) + ")", {}, true);
        take(query_.rows());
    }

    void finish() { query_.finish(); }
    [[nodiscard]] const std::vector<ColumnSample>& samples() const { return samples_; }
    [[nodiscard]] const SampleOrigin& origin() const { return origin_; }

  private:
    static std::string column_name(int at) { return "value_" + std::to_string(at); }

    void take(std::size_t rows) {
        std::vector<Column> columns;
        for (int i = 0; i < source_.count; ++i)
            columns.push_back(query_.column(column_name(i).c_str()));
        for (std::size_t row = 0; row < rows; ++row) {
            if (row % 64 == 0) poll_interrupt();
            for (std::size_t c = 0; c < samples_.size(); ++c)
                samples_[c].values.push_back(query_.optional_text(row, columns[c]));
        }
    }

    // Blocks of the table, or of all partitions and of the largest. None where rows of some
    // partition have no place that could be named.
    void measure_blocks() {
        const std::string oid =
            std::string(definition::quote_literal(source_.qualified)) + "::regclass";
        const std::string size = "pg_relation_size(c.oid) / current_setting('block_size')::int8";
        const std::string which = source_.has_blocks
                                      ? "FROM pg_class c WHERE c.oid = " + oid
                                      : "FROM pg_partition_tree(" + oid +
                                            ") t JOIN pg_class c ON c.oid = t.relid WHERE t.isleaf "
                                            "HAVING bool_and(c.relkind = 'r' AND c.relam = 2)";
        query_.run("SELECT coalesce(sum(" + size + "), 0)::int8 AS all_blocks, coalesce(max(" +
                       size + "), 0)::int8 AS most_blocks " + which,
                   {}, true);
        if (query_.rows() == 0) return;
        blocks_ = DatumGetUInt64(query_.value("all_blocks"));
        most_blocks_ = DatumGetUInt64(query_.value("most_blocks"));
    }

    // Of the first rows, which lie one after the other.
    [[nodiscard]] double rows_per_block(std::size_t rows) const {
        std::size_t blocks = 0;
        std::string last;
        const auto column = query_.column("place");
        for (std::size_t row = 0; row < rows; ++row) {
            auto place = query_.text(row, column);
            place.resize(std::min(place.size(), place.find(',')));
            if (place != last) ++blocks;
            last = std::move(place);
        }
        return blocks > 0 ? static_cast<double>(rows) / static_cast<double>(blocks) : 1;
    }

    // Places all over the table; every partition is asked for the same ones, so that a larger one
    // gives more rows.
    [[nodiscard]] std::string places(double density) const {
        constexpr std::uint64_t seed = 0x7265636f6e;
        Random random(seed);
        const double share = static_cast<double>(most_blocks_) / static_cast<double>(blocks_);
        const auto half = limit_ / 2;
        const auto wanted = static_cast<std::size_t>(static_cast<double>(half) * share) + 1;
        const auto lines = std::max<std::uint64_t>(static_cast<std::uint64_t>(density), 1);
        std::string list = "'{";
        for (std::size_t i = 0; i < wanted; ++i) {
            const auto block = random.below(most_blocks_);
            const auto line = 1 + random.below(lines);
            list += (i == 0 ? "\"(" : ",\"(") + std::to_string(block) + "," + std::to_string(line) +
                    ")\"";
        }
        return list + "}'::tid[]";
    }

    const Source& source_;
    Query query_;
    std::string select_;
    std::vector<ColumnSample> samples_;
    SampleOrigin origin_;
    std::size_t limit_ = most_rows;
    std::uint64_t blocks_ = 0;
    std::uint64_t most_blocks_ = 0;
};

// As the caller, under the settings in which a reconciliation reads its source.
definition::SuggestedDefinition suggest(const Source& source) {
    RoleScope as_caller(guarded([] { return GetUserId(); }), RoleScope::Mode::restricted);
    // The first rows are to be the same ones at every call.
    set_for_now("synchronize_seqscans", "off");
    set_for_now("max_parallel_workers_per_gather", "0");
    Sampler sampler(source);
    sampler.read();
    sampler.finish();
    as_caller.finish();
    return definition::suggest_definition(sampler.samples(), sampler.origin());
}

void notice(const std::string& message) {
    const char* const text = message.c_str();
    guarded([=] { ereport(NOTICE, (errmsg("%s", text))); });
}

// What the rows of recon_suggest do not say: what is doubtful, and how to go on.
void say_the_rest(const Source& source, const definition::SuggestedDefinition& suggested) {
    for (const auto& note : suggested.notes)
        notice(note);
    if (!suggested.measures.empty() || !suggested.criteria_columns.empty()) {
        notice("To define it so: " +
               definition::create_call(suggested, source.name, source.qualified));
    }
}

Datum suggest_rows(FunctionCallInfo fcinfo) {
    const std::string name = Arguments(fcinfo).text(0);
    ResultSet answer(fcinfo);
    const char* const text = name.c_str();
    const Source source = guarded([=] {
        return open_source(RangeVarGetRelid(
            makeRangeVarFromNameList(textToQualifiedNameList(cstring_to_text(text))),
            AccessShareLock, false));
    });
    const auto suggested = suggest(source);
    for (const auto& column : suggested.columns) {
        Datum values[] = {make_text(column.name), make_text(definition::role_name(column.role)),
                          column.partner.empty() ? Datum{0} : make_text(column.partner),
                          make_numeric(column.confidence), make_text(column.reason)};
        bool nulls[] = {false, false, column.partner.empty(), false, false};
        answer.add(values, nulls);
    }
    say_the_rest(source, suggested);
    return 0;
}

Datum suggest_json(FunctionCallInfo fcinfo) {
    const Oid relation = DatumGetObjectId(Arguments(fcinfo).datum(0));
    const Source source = guarded([=] { return open_source(relation); });
    return make_jsonb(definition::definition_json(suggest(source)));
}

} // namespace
} // namespace recon::functions

RECON_FUNCTION(recon_suggest, recon::functions::suggest_rows);
RECON_FUNCTION(recon_suggest_definition, recon::functions::suggest_json);
