// Stored SQL is code that one person writes and another's job runs. Here it is checked when it is
// defined, and run as its owner in a security-restricted operation.
#include "postgres/boundary.hpp"
#include "postgres/datums.hpp"
#include "postgres/query.hpp"
#include "postgres/roles.hpp"

#include "core/base/error.hpp"

extern "C" {
#include "access/relation.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "parser/parse_collate.h"
#include "parser/parse_expr.h"
#include "parser/parse_func.h"
#include "parser/parse_relation.h"
#include "parser/parser.h"
#include "rewrite/rewriteManip.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"
}

namespace recon::functions {
namespace {

using namespace recon::postgres;

enum class Refusal {
    none,
    not_one_expression,
    not_boolean,
    subquery,
    volatile_function,
    not_a_column,
};

struct Checked {
    Refusal refusal = Refusal::none;
    const char* qualified = nullptr; // in the current memory context
    bool immutable = false;          // the same for the same row, whenever and wherever it is asked
};

// True when the parse tree is exactly SELECT <one expression>: text such as "true FROM t" or
// "true; DROP TABLE t" parses into something else.
bool is_one_expression(const SelectStmt* statement) {
    return statement->distinctClause == NIL && statement->intoClause == nullptr &&
           list_length(statement->targetList) == 1 && statement->fromClause == NIL &&
           statement->whereClause == nullptr && statement->groupClause == NIL &&
           statement->havingClause == nullptr && statement->windowClause == NIL &&
           statement->valuesLists == NIL && statement->sortClause == NIL &&
           statement->limitOffset == nullptr && statement->limitCount == nullptr &&
           statement->lockingClause == NIL && statement->withClause == nullptr &&
           statement->op == SETOP_NONE;
}

// The row as a whole and system columns (ctid, tableoid ...) are no columns of a source: a view has
// none, and detection may read two relations as one.
bool names_more_than_columns(Node* expression) {
    ListCell* cell = nullptr;
    foreach (cell, pull_var_clause(expression, 0)) {
        if (lfirst_node(Var, cell)->varattno <= 0) return true;
    }
    return false;
}

// Columns that are kept as text and stand for numbers: name, decimal sign, name, decimal sign ...
struct TextAmounts {
    const char** texts;
    int count;
};

// A text column that stands for a number is that number wherever it is named.
Node* number_of_text(ParseState* state, ColumnRef* reference) {
    if (list_length(reference->fields) != 1 || !IsA(linitial(reference->fields), String)) {
        return nullptr;
    }
    const char* const name = strVal(linitial(reference->fields));
    const auto* amounts = static_cast<TextAmounts*>(state->p_ref_hook_state);
    for (int i = 0; i + 1 < amounts->count; i += 2) {
        if (strcmp(amounts->texts[i], name) != 0) continue;
        Node* column = colNameToVar(state, name, false, reference->location);
        if (column == nullptr) return nullptr;
        column = coerce_to_target_type(state, column, exprType(column), TEXTOID, -1,
                                       COERCION_EXPLICIT, COERCE_EXPLICIT_CAST, -1);
        if (column == nullptr) return nullptr;
        Oid types[] = {TEXTOID, TEXTOID};
        const Oid function = LookupFuncName(
            list_make2(makeString(pstrdup("recon")), makeString(pstrdup("parse_number"))), 2, types,
            false);
        Node* const sign = reinterpret_cast<Node*>(
            makeConst(TEXTOID, -1, DEFAULT_COLLATION_OID, -1,
                      CStringGetTextDatum(amounts->texts[i + 1]), false, false));
        return reinterpret_cast<Node*>(makeFuncExpr(function, NUMERICOID, list_make2(column, sign),
                                                    InvalidOid, DEFAULT_COLLATION_OID,
                                                    COERCE_EXPLICIT_CALL));
    }
    return nullptr;
}

// Server calls and plain data only: runs inside guarded(). Aggregates, window functions and
// set-returning functions are refused by the parser itself, because the expression is analyzed as
// one of a WHERE clause.
Checked check(const char* expression, Oid relation_oid, TextAmounts* amounts) {
    List* const trees = raw_parser(expression, RAW_PARSE_PLPGSQL_EXPR);
    if (list_length(trees) != 1) return {Refusal::not_one_expression, nullptr};
    Node* const tree = castNode(RawStmt, linitial(trees))->stmt;
    if (!IsA(tree, SelectStmt)) return {Refusal::not_one_expression, nullptr};
    const auto* statement = reinterpret_cast<SelectStmt*>(tree);
    if (!is_one_expression(statement)) return {Refusal::not_one_expression, nullptr};
    auto* const target = castNode(ResTarget, linitial(statement->targetList));
    if (target->name != nullptr || target->indirection != NIL) {
        return {Refusal::not_one_expression, nullptr};
    }

    Relation relation = relation_open(relation_oid, AccessShareLock);
    ParseState* state = make_parsestate(nullptr);
    state->p_sourcetext = expression;
    state->p_pre_columnref_hook = number_of_text;
    state->p_ref_hook_state = amounts;
    ParseNamespaceItem* item =
        addRangeTableEntryForRelation(state, relation, AccessShareLock, nullptr, false, true);
    addNSItemToQuery(state, item, true, true, true);
    Node* analyzed = transformExpr(state, target->val, EXPR_KIND_WHERE);
    if (checkExprHasSubLink(analyzed)) {
        relation_close(relation, NoLock);
        return {Refusal::subquery, nullptr};
    }
    if (exprType(analyzed) != BOOLOID && exprType(analyzed) != UNKNOWNOID) {
        relation_close(relation, NoLock);
        return {Refusal::not_boolean, nullptr};
    }
    analyzed = coerce_to_boolean(state, analyzed, "WHERE");
    assign_expr_collations(state, analyzed);
    if (contain_volatile_functions(analyzed)) {
        relation_close(relation, NoLock);
        return {Refusal::volatile_function, nullptr};
    }
    if (names_more_than_columns(analyzed)) {
        relation_close(relation, NoLock);
        return {Refusal::not_a_column, nullptr};
    }
    List* context = deparse_context_for(RelationGetRelationName(relation), relation_oid);
    char* qualified = deparse_expression(analyzed, context, false, false);
    const bool immutable = !contain_mutable_functions(analyzed);
    relation_close(relation, NoLock);
    return {Refusal::none, qualified, immutable};
}

[[noreturn]] void refuse(const std::string& what, const std::string& expression, const char* why,
                         const char* hint) {
    throw Error(ErrorKind::invalid_parameter, what + " " + why, "The expression is: " + expression,
                hint);
}

// recon.check_expression(relation, expression, what, reader, text_amounts). Looking at an
// expression can run code: a literal of a user's type goes through the checks of that type. So it
// is looked at as it will run: as the reader, in a security-restricted operation, with names looked
// up in pg_catalog only, so that nobody can put a function of the same name in front.
Datum check_expression(FunctionCallInfo fcinfo) {
    const Arguments arguments(fcinfo);
    const Oid relation = DatumGetObjectId(arguments.datum(0));
    const std::string expression = arguments.text(1);
    const std::string what = arguments.text(2);
    const std::string reader = NameStr(*DatumGetName(arguments.datum(3)));
    const char* const text = expression.c_str();
    // The script of release 0.1.0 knows four arguments.
    const auto given = arguments.count() > 4 ? text_array(arguments.datum(4))
                                             : std::vector<std::optional<std::string>>();
    std::vector<const char*> texts;
    texts.reserve(given.size());
    for (const auto& one : given)
        texts.push_back(one ? one->c_str() : "");
    TextAmounts amounts{texts.data(), static_cast<int>(texts.size())};
    auto* const of_columns = &amounts;
    RoleScope as_reader(role_named(reader), RoleScope::Mode::restricted);
    const Checked checked = guarded([=] { return check(text, relation, of_columns); });
    as_reader.finish();
    switch (checked.refusal) {
    case Refusal::not_one_expression:
        refuse(what, expression, "must be one scalar expression",
               "Write a condition over the source's columns, such as abs(difference) > 1.");
    case Refusal::not_boolean:
        refuse(what, expression, "must be true or false",
               "Write a condition over the source's columns, such as abs(difference) > 1.");
    case Refusal::subquery:
        refuse(what, expression, "must not contain a subquery",
               "Put the subquery into a view and use the view as the source.");
    case Refusal::volatile_function:
        refuse(what, expression, "must not call a volatile function",
               "The same row must give the same answer whenever it is judged.");
    case Refusal::not_a_column:
        refuse(what, expression, "must name columns of the source only",
               "The row as a whole and system columns are no such columns.");
    case Refusal::none:
        break;
    }
    return make_text(checked.qualified);
}

// recon.is_immutable(relation, condition, reader): looked at likewise.
Datum is_immutable(FunctionCallInfo fcinfo) {
    const Arguments arguments(fcinfo);
    const Oid relation = DatumGetObjectId(arguments.datum(0));
    const std::string condition = arguments.text(1);
    const char* const text = condition.c_str();
    TextAmounts none{nullptr, 0};
    auto* const no_amounts = &none;
    const std::string reader = NameStr(*DatumGetName(arguments.datum(2)));
    RoleScope as_reader(role_named(reader), RoleScope::Mode::restricted);
    const Checked checked = guarded([=] { return check(text, relation, no_amounts); });
    as_reader.finish();
    return BoolGetDatum(checked.refusal == Refusal::none && checked.immutable);
}

// recon.text_as(role, statement)
Datum text_as(FunctionCallInfo fcinfo) {
    const Arguments arguments(fcinfo);
    const std::string role = NameStr(*DatumGetName(arguments.datum(0)));
    const std::string statement = arguments.text(1);
    RoleScope as_role(role_named(role), RoleScope::Mode::restricted);
    Query query;
    query.run(statement, {}, true);
    std::optional<std::string> answer;
    if (query.rows() > 0) answer = query.optional_text(0, query.first_column());
    query.finish();
    as_role.finish();
    if (!answer) {
        fcinfo->isnull = true;
        return 0;
    }
    return make_text(*answer);
}

} // namespace
} // namespace recon::functions

RECON_FUNCTION(recon_check_expression, recon::functions::check_expression);
RECON_FUNCTION(recon_is_immutable, recon::functions::is_immutable);
RECON_FUNCTION(recon_text_as, recon::functions::text_as);
