// Grouping block by block, where the table lies in the order of a key.
//
//   a worker, at a block of receipts 900 .. 1800 (block_order.h)
//     rows of 901 .. 1799 ─► its table of the block
//     rows of 900, 1800   ─► its table of shared keys, and of NULL
//
// When a block's rows are through, its groups are final and are put out; the table begins anew. So
// it stays in cache, has a dense array for keys that are dense within a block, and several workers
// put out at once. Keys that two blocks share are few (at most two a block): they and NULL are
// grouped apart, and the last worker puts them out when all rows are through.
//
// It serves one grouping set whose keys are words, one of them a column of the table scanned at the
// left end of the input, whose blocks do not overlap but for shared ends. Aggregates that keep
// values or sets, and distinct counts of many possible words, are grouped as ever: their merging
// and sorting run in parallel themselves.
#include "block_order.h"
#include "op_aggregate.h"
#include <stdatomic.h>

#define BLOCK_DENSE_SLOTS (UINT64_C(8) * BLOCK_ROWS)
#define GROUPS_MIN BLOCK_ROWS // a dense table of so few slots is as quick

struct BlockKey {
  uint32_t key; // the node's key
  BlockOrder order;
  _Atomic uint32_t active;  // workers that have begun and not ended
  _Atomic bool shared_done; // somebody puts the shared keys out
  _Atomic(BlockWorker *) ended;
};

typedef enum BlockStage {
  STAGE_BEGIN,
  STAGE_ROWS,
  STAGE_LAST,   // the last block's groups are being put out
  STAGE_SHARED, // those of shared keys
  STAGE_END,
} BlockStage;

struct BlockWorker {
  BlockWorker *next; // in BlockKey.ended
  BlockStage stage;
  SetTable table;         // of the block at hand
  SetTable shared;        // of keys that two blocks share
  uint64_t block;         // at hand, or BLOCK_ORDER_NONE
  Batch batch;            // the input's
  SetTable *out;          // on its way out; NULL: none
  uint32_t *order;        // its groups, as they are put out
  uint32_t emitted;       // how many have been
  bool held;              // it waits until another block's groups are out
  Vector *columns;        // of a part of the batch
  VectorBuffer *selected; // [columns of the input]
};

// ---------------------------------------------------------------- does it serve

// Whether the keys' words mean the same in every table; *slots: of one dense table of all, or
// UINT64_MAX.
static bool keys_serve(const Plan *plan, const AggregateState *state, uint64_t *slots) {
  *slots = 1;
  for (uint32_t k = 0; k < plan->aggregate.key_count; k++) {
    PlanColumn known = aggregate_expr_known(&state->keys, k);
    Type type = plan->aggregate.keys[k]->type;
    if (type.kind == TYPE_STRING ? !known.dictionary : type_physical(type) != PHYSICAL_INT)
      return false;
    uint64_t span = known.min > known.max ? UINT64_MAX : (uint64_t)known.max - (uint64_t)known.min;
    if (span >= UINT64_MAX - 2 || __builtin_mul_overflow(*slots, span + 2, slots))
      *slots = UINT64_MAX;
  }
  return true;
}

#define DISTINCT_SPAN_MAX 4096 // words of distinct counts that serve: half a kilobyte a group

// Distinct counts of few possible words (days) are bitmaps in every table.
static bool calls_serve(const Plan *plan, const AggregateState *state) {
  for (uint32_t a = 0; a < plan->aggregate.call_count; a++) {
    const AggregateCall *call = &plan->aggregate.calls[a];
    if (aggregate_call_is_plain(call)) continue;
    PlanColumn known = aggregate_expr_known(&state->args, a);
    bool words = call->id == AGGREGATE_COUNT_DISTINCT &&
                 type_physical(known.type) == PHYSICAL_INT && call->arg->type.kind != TYPE_STRING &&
                 !state->arg_orders[a].blocks;
    if (!words || known.min > known.max ||
        (uint64_t)known.max - (uint64_t)known.min >= DISTINCT_SPAN_MAX)
      return false;
  }
  return true;
}

bool aggregate_block_open(Operator *op) {
  const Plan *plan = op->plan;
  AggregateState *state = op->state;
  uint64_t slots;
  if (op->ordered || op->alone || plan->aggregate.set_count != 1 || !calls_serve(plan, state) ||
      !keys_serve(plan, state, &slots) || slots <= GROUPS_MIN)
    return false;
  for (uint32_t k = 0; k < plan->aggregate.key_count; k++) {
    const Expr *key = plan->aggregate.keys[k];
    BlockOrder order;
    if (!(plan->aggregate.sets[0] >> k & 1) || !block_order_find(plan->inputs[0], key, &order))
      continue;
    state->block_key = mem_alloc_zero(sizeof *state->block_key);
    state->block_key->key = k;
    state->block_key->order = order;
    return true;
  }
  return false;
}

static void worker_close(const Plan *plan, AggregateWorker *worker) {
  BlockWorker *own = worker->block;
  if (!own) return;
  uint32_t columns = plan->inputs[0]->column_count;
  aggregate_table_clear(&own->table, plan->aggregate.call_count);
  aggregate_table_clear(&own->shared, plan->aggregate.call_count);
  for (uint32_t c = 0; c < columns; c++) vector_buffer_clear(&own->selected[c]);
  mem_free(own->selected);
  mem_free(own->order);
  mem_free(own->columns);
  mem_free(own);
}

void aggregate_block_close(Operator *op) {
  AggregateState *state = op->state;
  for (uint32_t w = 0; w < state->worker_count; w++) worker_close(op->plan, &state->workers[w]);
  mem_free(state->block_key);
}

// ---------------------------------------------------------------- rows

// Adds the rows named by `rows` to a table, as a batch of their own.
static Status part_update(Operator *op, AggregateWorker *worker, SetTable *table,
                          const uint16_t *rows, uint32_t count, Error *error) {
  BlockWorker *own = worker->block;
  if (!count) return STATUS_OK;
  for (uint32_t c = 0; c < own->batch.column_count; c++)
    vector_select(&own->batch.columns[c], rows, count, &own->selected[c], &own->columns[c]);
  Batch part = {
      .row_count = count, .column_count = own->batch.column_count, .columns = own->columns};
  TRY(group_keys_eval(&worker->keys, &part, error));
  return aggregate_update(op, worker, &table, 1, &part, error);
}

static Status batch_split(Operator *op, AggregateWorker *worker, Error *error) {
  const BlockKey *key = ((AggregateState *)op->state)->block_key;
  BlockWorker *own = worker->block;
  uint16_t inner[VECTOR_ROWS], shared[VECTOR_ROWS];
  uint32_t inner_count = 0, shared_count = 0;
  const int64_t *words = worker->keys.words[key->key];
  for (uint32_t i = 0; i < own->batch.row_count; i++)
    if (worker->keys.nulls[i] >> key->key & 1 ||
        block_order_is_shared(&key->order, own->block, words[i]))
      shared[shared_count++] = (uint16_t)i;
    else
      inner[inner_count++] = (uint16_t)i;
  TRY(part_update(op, worker, &own->table, inner, inner_count, error));
  return part_update(op, worker, &own->shared, shared, shared_count, error);
}

// The table of a block, whose words are known to lie between its ends.
static Status block_begin(Operator *op, BlockWorker *own, uint64_t block, Error *error) {
  const BlockKey *key = ((AggregateState *)op->state)->block_key;
  TableBounds bounds = {key->key, key->order.blocks[block]->min, key->order.blocks[block]->max,
                        BLOCK_DENSE_SLOTS};
  own->block = block;
  return aggregate_table_init(op, &own->table, op->plan->aggregate.sets[0], &bounds, error);
}

// Adds the batch, or holds it while the groups of the block before it are put out.
static Status batch_take(Operator *op, AggregateWorker *worker, Error *error) {
  const BlockKey *key = ((AggregateState *)op->state)->block_key;
  BlockWorker *own = worker->block;
  own->held = false;
  TRY(group_keys_eval(&worker->keys, &own->batch, error));
  group_keys_encode(&worker->keys);
  const int64_t *words = worker->keys.words[key->key];
  const uint64_t *nulls = worker->keys.nulls;
  int64_t least = INT64_MAX, greatest = INT64_MIN;
  bool some_null = false;
  for (uint32_t i = 0; i < own->batch.row_count; i++) {
    bool null = nulls[i] >> key->key & 1;
    some_null |= null;
    least = !null && words[i] < least ? words[i] : least;
    greatest = !null && words[i] > greatest ? words[i] : greatest;
  }
  SetTable *table = &own->shared; // of NULLs alone
  if (least > greatest) return aggregate_update(op, worker, &table, 1, &own->batch, error);
  uint64_t block = block_order_of(&key->order, own->block, least, greatest);
  if (block == BLOCK_ORDER_NONE)
    return error_set(error, STATUS_CORRUPT, "a block has values beyond its minimum and maximum");
  if (own->block != BLOCK_ORDER_NONE && block != own->block) {
    own->held = true;
    own->out = &own->table;
    return STATUS_OK;
  }
  if (own->block == BLOCK_ORDER_NONE) TRY(block_begin(op, own, block, error));
  if (some_null || block_order_is_shared(&key->order, block, least) ||
      block_order_is_shared(&key->order, block, greatest))
    return batch_split(op, worker, error);
  table = &own->table;
  return aggregate_update(op, worker, &table, 1, &own->batch, error);
}

static Status worker_begin(Operator *op, AggregateWorker *worker, Error *error) {
  AggregateState *state = op->state;
  uint32_t columns = op->plan->inputs[0]->column_count;
  TableBounds bounds = {.key = UINT32_MAX};
  BlockWorker *own = worker->block = mem_alloc_zero(sizeof *own);
  own->block = BLOCK_ORDER_NONE;
  own->columns = mem_alloc_zero((columns + 1) * sizeof *own->columns);
  own->selected = mem_alloc_zero((columns + 1) * sizeof *own->selected);
  own->stage = STAGE_ROWS;
  atomic_fetch_add(&state->block_key->active, 1);
  return aggregate_table_init(op, &own->shared, op->plan->aggregate.sets[0], &bounds, error);
}

// ---------------------------------------------------------------- the end

// The worker's rows are through. A worker that ends while none is active has seen the end of all
// rows: one that begins later finds none, so its table of shared keys is empty.
static Status worker_end(Operator *op, AggregateWorker *worker, Error *error) {
  BlockKey *key = ((AggregateState *)op->state)->block_key;
  BlockWorker *own = worker->block;
  own->stage = STAGE_END;
  own->next = atomic_load(&key->ended);
  while (!atomic_compare_exchange_weak(&key->ended, &own->next, own)) continue;
  if (atomic_fetch_sub(&key->active, 1) != 1 || atomic_exchange(&key->shared_done, true))
    return STATUS_OK;
  for (BlockWorker *other = atomic_load(&key->ended); other; other = other->next)
    if (other != own) TRY(aggregate_table_merge(op, &own->shared, &other->shared, NULL, error));
  own->stage = STAGE_SHARED;
  own->out = &own->shared;
  return STATUS_OK;
}

// What follows when a table is out.
static Status table_is_out(Operator *op, AggregateWorker *worker, Error *error) {
  BlockWorker *own = worker->block;
  if (own->stage == STAGE_SHARED) {
    own->stage = STAGE_END;
    return STATUS_OK;
  }
  aggregate_table_clear(&own->table, op->plan->aggregate.call_count);
  own->block = BLOCK_ORDER_NONE;
  return own->stage == STAGE_LAST ? worker_end(op, worker, error) : STATUS_OK;
}

static Status batch_pull(Operator *op, uint32_t w, AggregateWorker *worker, Error *error) {
  BlockWorker *own = worker->block;
  TRY(operator_next(op->inputs[0], w, &own->batch, error));
  if (own->batch.row_count) return batch_take(op, worker, error);
  if (own->block == BLOCK_ORDER_NONE) return worker_end(op, worker, error);
  own->stage = STAGE_LAST;
  own->out = &own->table;
  return STATUS_OK;
}

// The next groups of the table on its way out; no rows: all are.
static Status groups_emit(Operator *op, uint32_t w, AggregateWorker *worker, Batch *out,
                          Error *error) {
  AggregateState *state = op->state;
  BlockWorker *own = worker->block;
  if (!own->order) own->order = group_table_order(&own->out->groups);
  uint32_t left = own->out->groups.group_count - own->emitted;
  uint32_t count = left < VECTOR_ROWS ? left : VECTOR_ROWS;
  if (count) {
    const uint32_t *groups = own->order + own->emitted;
    own->emitted += count;
    return aggregate_emit(op->plan, &state->outputs[w], worker->keys.columns, own->out, groups,
                          count, op->plan->aggregate.sets[0], out, error);
  }
  mem_free(own->order);
  own->order = NULL;
  own->emitted = 0;
  own->out = NULL;
  return table_is_out(op, worker, error);
}

Status aggregate_block_next(Operator *op, uint32_t w, Batch *out, Error *error) {
  AggregateWorker *worker = &((AggregateState *)op->state)->workers[w];
  if (!worker->block) TRY(worker_begin(op, worker, error));
  for (;;) {
    if (worker->block->out) {
      TRY(groups_emit(op, w, worker, out, error));
      if (out->row_count) return STATUS_OK;
    } else if (worker->block->held) {
      TRY(batch_take(op, worker, error));
    } else if (worker->block->stage == STAGE_ROWS) {
      TRY(batch_pull(op, w, worker, error));
    } else {
      return STATUS_OK;
    }
  }
}
