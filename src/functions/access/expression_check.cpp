#include "functions/access/expression_check.hpp"

#include "postgres/open_relation.hpp"

extern "C" {
#include "access/sysattr.h"
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

ArrayType* columns_named(Node* expression, Relation relation) {
    Bitmapset* numbers = nullptr;
    pull_varattnos(expression, 1, &numbers);
    auto* const names = static_cast<Datum*>(
        palloc(sizeof(Datum) * static_cast<std::size_t>(bms_num_members(numbers) + 1)));
    int count = 0;
    for (int at = bms_next_member(numbers, -1); at >= 0; at = bms_next_member(numbers, at)) {
        const int number = at + FirstLowInvalidHeapAttributeNumber;
        const auto* column = TupleDescAttr(RelationGetDescr(relation), number - 1);
        names[count++] = CStringGetTextDatum(NameStr(column->attname));
    }
    return construct_array(names, count, TEXTOID, -1, false, TYPALIGN_INT);
}

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

} // namespace

Checked check_expression(const char* expression, Oid relation_oid, TextAmounts* amounts) {
    List* const trees = raw_parser(expression, RAW_PARSE_PLPGSQL_EXPR);
    if (list_length(trees) != 1) return {Refusal::not_one_expression};
    Node* const tree = castNode(RawStmt, linitial(trees))->stmt;
    if (!IsA(tree, SelectStmt)) return {Refusal::not_one_expression};
    const auto* statement = reinterpret_cast<SelectStmt*>(tree);
    if (!is_one_expression(statement)) return {Refusal::not_one_expression};
    auto* const target = castNode(ResTarget, linitial(statement->targetList));
    if (target->name != nullptr || target->indirection != NIL) {
        return {Refusal::not_one_expression};
    }

    Relation relation = postgres::open_relation(relation_oid);
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
        return {Refusal::subquery};
    }
    if (exprType(analyzed) != BOOLOID && exprType(analyzed) != UNKNOWNOID) {
        relation_close(relation, NoLock);
        return {Refusal::not_boolean};
    }
    analyzed = coerce_to_boolean(state, analyzed, "WHERE");
    assign_expr_collations(state, analyzed);
    if (contain_volatile_functions(analyzed)) {
        relation_close(relation, NoLock);
        return {Refusal::volatile_function};
    }
    if (names_more_than_columns(analyzed)) {
        relation_close(relation, NoLock);
        return {Refusal::not_a_column};
    }
    List* context = deparse_context_for(RelationGetRelationName(relation), relation_oid);
    char* qualified = deparse_expression(analyzed, context, false, false);
    const bool immutable = !contain_mutable_functions(analyzed);
    ArrayType* columns = columns_named(analyzed, relation);
    relation_close(relation, NoLock);
    return {Refusal::none, qualified, immutable, columns};
}

} // namespace recon::functions
