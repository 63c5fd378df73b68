#include "postgres/bulk_insert.hpp"

#include <algorithm>

#include "postgres/guard.hpp"

extern "C" {
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "optimizer/optimizer.h"
#include "rewrite/rewriteHandler.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
}

namespace recon::postgres {

namespace {

// Server calls only: runs inside guarded().
void insert_index_entries(ResultRelInfo* target, TupleTableSlot* slot, EState* state,
                          List** recheck) {
    *recheck = NIL;
    if (target->ri_NumIndices == 0) return;
#if PG_VERSION_NUM >= 160000
    *recheck = ExecInsertIndexTuples(target, slot, state, false, false, nullptr, NIL, false);
#else
    *recheck = ExecInsertIndexTuples(target, slot, state, false, false, nullptr, NIL);
#endif
}

} // namespace

BulkInsert::BulkInsert(Oid table, TupleDesc shape) : table_(table), context_(CurrentMemoryContext) {
    struct Opened {
        Relation relation;
        EState* state;
        ResultRelInfo* target;
        BulkInsertStateData* bulk;
    };
    const auto opened = guarded([=] {
        Opened result{};
        result.relation = table_open(table, RowExclusiveLock);
        result.state = CreateExecutorState();
        result.target = makeNode(ResultRelInfo);
        // In no range table: what is said of a violated constraint would be looked up there.
        InitResultRelInfo(result.target, result.relation, 0, nullptr, 0);
        ExecOpenIndices(result.target, false);
        result.bulk = GetBulkInsertState();
        AfterTriggerBeginQuery();
        return result;
    });
    relation_ = opened.relation;
    state_ = opened.state;
    target_ = opened.target;
    bulk_ = opened.bulk;
    position_.resize(static_cast<std::size_t>(shape->natts));
    int* const position = position_.data();
    guarded([=] {
        for (int i = 0; i < shape->natts; ++i) {
            const char* name = NameStr(TupleDescAttr(shape, i)->attname);
            const AttrNumber number = get_attnum(table, name);
            if (number == InvalidAttrNumber) {
                ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
                                errmsg("column \"%s\" of relation \"%s\" does not exist", name,
                                       get_rel_name(table))));
            }
            position[i] = number - 1;
        }
    });
    const int columns = shape->natts;
    defaults_ =
        guarded([=, relation = relation_] { return find_defaults(relation, position, columns); });
}

// Server calls only: runs inside guarded().
BulkInsert::Defaults BulkInsert::find_defaults(Relation relation, const int* given, int columns) {
    const TupleDesc table = RelationGetDescr(relation);
    const auto most = static_cast<std::size_t>(table->natts);
    Defaults defaults;
    defaults.expressions = static_cast<ExprState**>(palloc(most * sizeof(ExprState*)));
    defaults.positions = static_cast<int*>(palloc(most * sizeof(int)));
    for (int at = 0; at < table->natts; ++at) {
        const auto* column = TupleDescAttr(table, at);
        if (column->attisdropped || column->attgenerated != '\0') continue;
        if (std::find(given, given + columns, at) != given + columns) continue;
        auto* expression = reinterpret_cast<Expr*>(build_column_default(relation, column->attnum));
        if (expression == nullptr) continue;
        defaults.expressions[defaults.count] =
            ExecInitExpr(expression_planner(expression), nullptr);
        defaults.positions[defaults.count] = at;
        ++defaults.count;
    }
    return defaults;
}

void BulkInsert::add(const Datum* values, const bool* nulls) {
    constexpr std::size_t block_bytes = 65536;
    TupleTableSlot*& slot_of_row = slots_[rows_];
    Relation const relation = relation_;
    ResultRelInfo* const target = target_;
    EState* const state = state_;
    const int* const position = position_.data();
    const int columns = static_cast<int>(position_.size());
    struct Added {
        TupleTableSlot* slot;
        std::size_t bytes;
    };
    const auto added = guarded([=, known = slot_of_row, context = context_, defaults = defaults_] {
        MemoryContext previous = MemoryContextSwitchTo(context);
        TupleTableSlot* slot = known != nullptr ? known : table_slot_create(relation, nullptr);
        MemoryContextSwitchTo(previous);
        ExecClearTuple(slot);
        memset(slot->tts_isnull, 1,
               sizeof(bool) * static_cast<std::size_t>(slot->tts_tupleDescriptor->natts));
        for (int i = 0; i < columns; ++i) {
            slot->tts_values[position[i]] = values[i];
            slot->tts_isnull[position[i]] = nulls[i];
        }
        for (int i = 0; i < defaults.count; ++i) {
            const int at = defaults.positions[i];
            slot->tts_values[at] = ExecEvalExpr(
                defaults.expressions[i], GetPerTupleExprContext(state), &slot->tts_isnull[at]);
        }
        ExecStoreVirtualTuple(slot);
        const TriggerDesc* triggers = target->ri_TrigDesc;
        const bool is_wanted = triggers == nullptr || !triggers->trig_insert_before_row ||
                               ExecBRInsertTriggers(state, target, slot);
        if (is_wanted) {
            if (relation->rd_att->constr != nullptr) ExecConstraints(target, slot, state);
            if (relation->rd_rel->relispartition) ExecPartitionCheck(target, slot, state, true);
        }
        Added result{slot, 0};
        if (is_wanted) {
            ExecMaterializeSlot(slot);
            // Bytes without the header, near enough to bound a block.
            result.bytes = reinterpret_cast<HeapTupleTableSlot*>(slot)->tuple->t_len;
        }
        ResetPerTupleExprContext(state);
        return result;
    });
    slot_of_row = added.slot;
    if (added.bytes == 0) return;
    ++rows_;
    bytes_ += added.bytes;
    if (rows_ == block_rows || bytes_ >= block_bytes) flush();
}

void BulkInsert::flush() {
    if (rows_ == 0) return;
    Relation const relation = relation_;
    ResultRelInfo* const target = target_;
    EState* const state = state_;
    BulkInsertStateData* const bulk = bulk_;
    TupleTableSlot** const slots = slots_.data();
    const auto rows = static_cast<int>(rows_);
    guarded([=] {
        MemoryContext previous = MemoryContextSwitchTo(GetPerTupleMemoryContext(state));
        table_multi_insert(relation, slots, rows, GetCurrentCommandId(true), 0, bulk);
        MemoryContextSwitchTo(previous);
        for (int i = 0; i < rows; ++i) {
            List* recheck = NIL;
            insert_index_entries(target, slots[i], state, &recheck);
            if (target->ri_TrigDesc != nullptr && target->ri_TrigDesc->trig_insert_after_row) {
                ExecARInsertTriggers(state, target, slots[i], recheck, nullptr);
            }
            list_free(recheck);
            ExecClearTuple(slots[i]);
            ResetPerTupleExprContext(state);
        }
    });
    rows_ = 0;
    bytes_ = 0;
}

void BulkInsert::finish() {
    flush();
    EState* const state = state_;
    ResultRelInfo* const target = target_;
    BulkInsertStateData* const bulk = bulk_;
    TupleTableSlot** const slots = slots_.data();
    Relation const relation = relation_;
    guarded([=] {
        FreeBulkInsertState(bulk);
        AfterTriggerEndQuery(state);
        for (std::size_t i = 0; i < block_rows && slots[i] != nullptr; ++i)
            ExecDropSingleTupleTableSlot(slots[i]);
        ExecCloseIndices(target);
        FreeExecutorState(state);
        table_close(relation, NoLock);
    });
}

} // namespace recon::postgres
