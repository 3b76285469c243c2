// Grouping and aggregating: each worker fills group tables and states of its own, one a grouping
// set that rows are added to; then all are merged into the first worker's, and the sets that follow
// from others are rolled up from them (op_aggregate_merge.c).
//
//   batch ─► keys and arguments as vectors ─► for each set: rows ─► groups ─► states
#include "op_aggregate.h"
#include "kernel.h"
#include <stdatomic.h>

#define DENSE_SLOTS_MIN (UINT64_C(1) << 21) // always allowed (8 MiB of slots)
#define DENSE_SLOTS_MAX (UINT64_C(1) << 25) // for inputs of at least as many rows

// ---------------------------------------------------------------- open and close

// Rows of the largest table that the plan scans: what a dense array may well cost.
static uint64_t plan_rows(const Plan *plan) {
  uint64_t rows = plan->kind == PLAN_SCAN ? plan->scan.table->row_count : 0;
  if (plan->kind == PLAN_SHARED) return plan_rows(plan->shared.of->plan);
  for (int i = 0; i < 2; i++) {
    uint64_t below = plan->inputs[i] ? plan_rows(plan->inputs[i]) : 0;
    if (below > rows) rows = below;
  }
  return rows;
}

// The most rows that the plan can give; UINT64_MAX: unknown.
static uint64_t plan_row_bound(const Plan *plan) {
  uint64_t rows, other;
  switch (plan->kind) {
  case PLAN_SCAN:
    return plan->scan.table->row_count;
  case PLAN_VALUES:
    return plan->values.row_count;
  case PLAN_SHARED:
    return plan_row_bound(plan->shared.of->plan);
  case PLAN_LINK:
  case PLAN_FILTER:
  case PLAN_PROJECT:
  case PLAN_SORT:
  case PLAN_LIMIT:
  case PLAN_WINDOW:
    return plan_row_bound(plan->inputs[0]);
  case PLAN_AGGREGATE: // a group has a row, but for the one of no keys
    rows = plan_row_bound(plan->inputs[0]);
    if (__builtin_add_overflow(rows, 1, &rows) ||
        __builtin_mul_overflow(rows, (uint64_t)plan->aggregate.set_count, &rows))
      return UINT64_MAX;
    return rows;
  case PLAN_UNION:
    rows = plan_row_bound(plan->inputs[0]);
    other = plan_row_bound(plan->inputs[1]);
    return __builtin_add_overflow(rows, other, &rows) ? UINT64_MAX : rows;
  default:
    return UINT64_MAX;
  }
}

TableBounds aggregate_table_bounds(const Plan *plan) {
  uint64_t slots = plan_rows(plan);
  if (slots > DENSE_SLOTS_MAX) slots = DENSE_SLOTS_MAX;
  if (slots < DENSE_SLOTS_MIN) slots = DENSE_SLOTS_MIN;
  return (TableBounds){.key = UINT32_MAX, .dense_max = slots};
}

PlanColumn aggregate_expr_known(const ExprSet *set, uint32_t i) {
  PlanColumn unknown = {.min = 1, .max = 0};
  return set->programs[i] ? expr_program_column(set->programs[i]) : unknown;
}

// What is known of a call's results: an extreme is one of the values, a count no more than the
// rows.
static void call_know(const AggregateCall *call, PlanColumn arg, const Plan *plan,
                      PlanColumn *out) {
  uint64_t rows = plan_row_bound(plan->inputs[0]);
  AggregateFamily family = aggregate_family(call->id);
  bool extreme = call->id == AGGREGATE_MIN || call->id == AGGREGATE_MAX;
  if (extreme && call->type.kind != TYPE_STRING && type_physical(call->type) == PHYSICAL_INT &&
      type_equal(call->type, arg.type)) {
    out->min = arg.min;
    out->max = arg.max;
  } else if ((family == AGGREGATE_FAMILY_COUNT || family == AGGREGATE_FAMILY_DISTINCT) &&
             rows <= INT64_MAX) {
    out->min = 0;
    out->max = (int64_t)rows;
  }
}

static bool calls_keep_same(const Plan *plan, const AggregateState *state, uint32_t a, uint32_t b) {
  const AggregateCall *calls = plan->aggregate.calls;
  bool same_rows = calls[a].filter ? state->filter_of[a] == state->filter_of[b] : !calls[b].filter;
  return same_rows && aggregate_keeps_same(&calls[a], &calls[b]);
}

Status aggregate_table_init(Operator *op, SetTable *table, uint64_t mask, const TableBounds *bounds,
                            Error *error) {
  const Plan *plan = op->plan;
  const AggregateState *state = op->state;
  uint32_t count = 0;
  GroupKey keys[64];
  table->calls = mem_alloc_zero((plan->aggregate.call_count + 1) * sizeof *table->calls);
  table->keys = mem_alloc((plan->aggregate.key_count + 1) * sizeof *table->keys);
  for (uint32_t k = 0; k < plan->aggregate.key_count; k++) {
    if (!(mask >> k & 1)) continue;
    PlanColumn known = aggregate_expr_known(&state->keys, k);
    Type type = plan->aggregate.keys[k]->type;
    bool words =
        type.kind == TYPE_STRING ? known.dictionary != NULL : type_physical(type) == PHYSICAL_INT;
    keys[count] = (GroupKey){.min = known.min, .max = known.max, .words = words};
    if (k == bounds->key) keys[count] = (GroupKey){bounds->min, bounds->max, words};
    table->keys[count++] = k;
  }
  MemoryBudget *budget = &op->execution->job->memory;
  TRY(group_table_init(&table->groups, keys, count, bounds->dense_max, budget, error));
  uint64_t rows = plan_row_bound(plan->inputs[0]);
  uint64_t bound = count ? group_table_bound(&table->groups) : 1;
  for (uint32_t a = 0; a < plan->aggregate.call_count; a++) {
    const AggregateCall *call = &plan->aggregate.calls[a];
    PlanColumn known[1 + AGGREGATE_MORE_MAX] = {aggregate_expr_known(&state->args, a)};
    for (uint32_t i = 0; i < call->more_count; i++)
      known[1 + i] = aggregate_expr_known(&state->more, state->more_first[a] + i);
    agg_states_init(&table->calls[a], call, known, bound, rows, op->execution);
    for (uint32_t b = 0; b < a && !table->calls[a].borrows; b++)
      if (calls_keep_same(plan, state, a, b) && !table->calls[b].borrows)
        agg_states_borrow(&table->calls[a], &table->calls[b]);
    if (state->arg_orders[a].blocks) agg_states_by_block(&table->calls[a], &state->arg_orders[a]);
  }
  return agg_rows_reserve(&table->rows, table->calls, plan->aggregate.call_count,
                          table->groups.group_count, error);
}

static Status worker_init(Operator *op, AggregateState *state, AggregateWorker *worker,
                          Error *error) {
  const Plan *plan = op->plan;
  group_keys_init(&worker->keys, &state->keys, plan);
  expr_set_state_create(&worker->args, &state->args);
  expr_set_state_create(&worker->filters, &state->filters);
  expr_set_state_create(&worker->more, &state->more);
  worker->filtered = mem_alloc_zero((plan->aggregate.call_count + 1) * sizeof *worker->filtered);
  for (uint32_t a = 0; a < plan->aggregate.call_count; a++)
    if (plan->aggregate.calls[a].filter && state->filter_of[a] == a)
      worker->filtered[a] = mem_alloc(sizeof *worker->filtered[a]);
  worker->sets = mem_alloc_zero(plan->aggregate.set_count * sizeof *worker->sets);
  if (state->block_key) return STATUS_OK; // makes its tables as it goes
  TableBounds bounds = aggregate_table_bounds(plan);
  worker->row_sets = mem_alloc(state->row_set_count * sizeof *worker->row_sets);
  for (uint32_t r = 0; r < state->row_set_count; r++) {
    SetTable *table = worker->row_sets[r] = &worker->sets[state->row_sets[r]];
    TRY(aggregate_table_init(op, table, plan->aggregate.sets[state->row_sets[r]], &bounds, error));
  }
  return STATUS_OK;
}

void aggregate_table_clear(SetTable *table, uint32_t call_count) {
  if (!table->calls) return;
  for (uint32_t a = 0; a < call_count; a++) agg_states_clear(&table->calls[a]);
  agg_rows_clear(&table->rows);
  mem_free(table->calls);
  mem_free(table->keys);
  if (table->groups.budget) group_table_clear(&table->groups);
  *table = (SetTable){0};
}

static void worker_clear(const Plan *plan, AggregateWorker *worker) {
  group_keys_clear(&worker->keys);
  expr_set_state_clear(&worker->args);
  expr_set_state_clear(&worker->filters);
  expr_set_state_clear(&worker->more);
  for (uint32_t s = 0; worker->sets && s < plan->aggregate.set_count; s++)
    aggregate_table_clear(&worker->sets[s], plan->aggregate.call_count);
  for (uint32_t a = 0; worker->filtered && a < plan->aggregate.call_count; a++)
    mem_free(worker->filtered[a]);
  for (uint32_t t = 0; t < worker->sealed_count; t++)
    aggregate_table_clear(&worker->sealed[t].table, plan->aggregate.call_count);
  mem_free(worker->sealed);
  mem_free(worker->group_space);
  mem_free(worker->groups);
  mem_free(worker->filtered);
  mem_free(worker->sets);
  mem_free(worker->row_sets);
  for (uint32_t i = 0; i <= AGGREGATE_MORE_MAX; i++) vector_buffer_clear(&worker->selected[i]);
}

static void aggregate_close(Operator *op) {
  AggregateState *state = op->state;
  if (!state) return;
  aggregate_block_close(op);
  for (uint32_t w = 0; w < state->worker_count; w++) worker_clear(op->plan, &state->workers[w]);
  mem_free(state->workers);
  for (uint32_t w = 0; state->outputs && w < op->worker_count; w++)
    aggregate_output_clear(&state->outputs[w], op->plan->column_count);
  for (uint32_t t = 0; t < state->output_count; t++) mem_free(state->output_tables[t].order);
  for (uint32_t p = 0; state->partitions && p < GROUP_PARTITIONS; p++)
    aggregate_table_clear(&state->partitions[p], op->plan->aggregate.call_count);
  mem_free(state->partitions);
  mem_free(state->outputs);
  mem_free(state->output_tables);
  expr_set_clear(&state->keys);
  expr_set_clear(&state->args);
  expr_set_clear(&state->filters);
  expr_set_clear(&state->more);
  mem_free(state->more_first);
  mem_free(state->filter_of);
  mem_free(state->arg_orders);
  mem_free(state->row_sets);
  mem_free(state);
}

// ---------------------------------------------------------------- update

// Evaluates each FILTER, once for all calls that have it.
static Status filters_eval(AggregateWorker *worker, uint32_t call_count, const Batch *batch,
                           Error *error) {
  uint8_t mask[VECTOR_ROWS + 8];
  for (uint32_t a = 0; a < call_count; a++) {
    FilteredRows *filtered = worker->filtered[a];
    if (!filtered) continue;
    memset(mask, 1, batch->row_count);
    TRY(expr_eval_mask(worker->filters.states[a], batch, mask, error));
    filtered->count = kernels()->mask_to_rows(mask, batch->row_count, filtered->rows);
    bits_from_bytes(mask, batch->row_count, filtered->active);
  }
  return STATUS_OK;
}

// One argument of a call, of the rows that its FILTER keeps (NULL: all).
static Status arg_eval(ExprState *expr, const Batch *batch, const FilteredRows *filtered,
                       VectorBuffer *selected, Vector *arg, Error *error) {
  TRY(expr_eval(expr, batch, filtered ? filtered->active : NULL, arg, error));
  Vector whole = *arg;
  if (filtered) vector_select(&whole, filtered->rows, filtered->count, selected, arg);
  return STATUS_OK;
}

// The argument of a call and its `more`, of the rows that its FILTER keeps (NULL: all).
static Status args_eval(Operator *op, AggregateWorker *worker, uint32_t call, const Batch *batch,
                        const FilteredRows *filtered, Vector *args, Error *error) {
  uint32_t more = ((AggregateState *)op->state)->more_first[call];
  if (worker->args.states[call])
    TRY(arg_eval(worker->args.states[call], batch, filtered, &worker->selected[0], &args[0],
                 error));
  for (uint32_t i = 0; i < op->plan->aggregate.calls[call].more_count; i++)
    TRY(arg_eval(worker->more.states[more + i], batch, filtered, &worker->selected[1 + i],
                 &args[1 + i], error));
  return STATUS_OK;
}

// Updates one call in every table; groups[table] are the rows' groups (NULL: one group). Where the
// worker has runs of the batch, there is one table, whose groups are made of them on need.
static Status call_update(Operator *op, AggregateWorker *worker, SetTable *const *tables,
                          uint32_t table_count, uint32_t call, const Batch *batch,
                          uint32_t *const *groups, bool *spread, Error *error) {
  const FilteredRows *filtered = worker->filtered[((AggregateState *)op->state)->filter_of[call]];
  uint32_t chosen[VECTOR_ROWS], count = filtered ? filtered->count : batch->row_count;
  Vector args[1 + AGGREGATE_MORE_MAX] = {0};
  if (!count || tables[0]->calls[call].borrows) return STATUS_OK;
  if (filtered && count == batch->row_count) filtered = NULL;
  TRY(args_eval(op, worker, call, batch, filtered, args, error));
  if (worker->runs.count && agg_runs_serve(&tables[0]->calls[call], &args[0])) {
    agg_runs_update(&tables[0]->calls[call], &worker->runs,
                    filtered ? filtered->ends : worker->runs.ends, &args[0]);
    return STATUS_OK;
  }
  if (worker->runs.count && !*spread) group_runs_spread(&worker->runs, groups[0]);
  *spread = true;
  for (uint32_t s = 0; s < table_count; s++) {
    SetTable *table = tables[s];
    const uint32_t *of = groups[s];
    if (of && filtered) {
      for (uint32_t i = 0; i < count; i++) chosen[i] = of[filtered->rows[i]];
      of = chosen;
    }
    TRY(agg_states_update(&table->calls[call], of, args, count, error));
  }
  return STATUS_OK;
}

#define RUNS_WAIT 16 // batches: where there were none, to look for them in each would show

static Status runs_find(AggregateWorker *worker, SetTable *table, Error *error) {
  if (worker->runs_wait) {
    worker->runs_wait--;
    return STATUS_OK;
  }
  TRY(group_table_find_runs(&table->groups, &worker->keys, table->keys, &worker->runs, error));
  if (!worker->runs.count) worker->runs_wait = RUNS_WAIT;
  return STATUS_OK;
}

// The rows' groups in one table: as runs of the worker, or row by row.
static Status groups_find(const Plan *plan, AggregateWorker *worker, SetTable *table, bool alone,
                          uint32_t *groups, Error *error) {
  if (alone) TRY(runs_find(worker, table, error));
  if (!worker->runs.count)
    TRY(group_table_find_keys(&table->groups, &worker->keys, table->keys, groups, error));
  return agg_rows_reserve(&table->rows, table->calls, plan->aggregate.call_count,
                          table->groups.group_count, error);
}

static void filters_run(AggregateWorker *worker, uint32_t call_count) {
  for (uint32_t a = 0; worker->runs.count && a < call_count; a++)
    if (worker->filtered[a])
      agg_runs_filter(&worker->runs, worker->filtered[a]->active, worker->filtered[a]->ends);
}

static uint32_t **worker_groups(AggregateWorker *worker, uint32_t table_count) {
  if (worker->group_tables < table_count) {
    mem_free(worker->group_space);
    mem_free(worker->groups);
    worker->group_space =
        mem_alloc((size_t)table_count * VECTOR_ROWS * sizeof *worker->group_space);
    worker->groups = mem_alloc(table_count * sizeof *worker->groups);
    worker->group_tables = table_count;
  }
  return worker->groups;
}

Status aggregate_update(Operator *op, AggregateWorker *worker, SetTable *const *tables,
                        uint32_t table_count, const Batch *batch, Error *error) {
  const Plan *plan = op->plan;
  uint32_t **groups = worker_groups(worker, table_count);
  bool spread = false;
  Status status = STATUS_OK;
  worker->runs.count = 0;
  for (uint32_t s = 0; s < table_count && status == STATUS_OK; s++) {
    groups[s] = NULL; // one group of all
    if (!tables[s]->groups.key_count) continue;
    groups[s] = worker->group_space + (size_t)s * VECTOR_ROWS;
    status = groups_find(plan, worker, tables[s], table_count == 1, groups[s], error);
  }
  if (status == STATUS_OK) status = filters_eval(worker, plan->aggregate.call_count, batch, error);
  if (status == STATUS_OK) filters_run(worker, plan->aggregate.call_count);
  for (uint32_t a = 0; a < plan->aggregate.call_count && status == STATUS_OK; a++)
    status = call_update(op, worker, tables, table_count, a, batch, groups, &spread, error);
  return status;
}

static Status aggregate_consume(void *context, uint32_t w, const Batch *batch, Error *error) {
  Operator *op = context;
  AggregateState *state = op->state;
  AggregateWorker *worker = &state->workers[w];
  TRY(group_keys_eval(&worker->keys, batch, error));
  TRY(aggregate_update(op, worker, worker->row_sets, state->row_set_count, batch, error));
  return state->seals ? aggregate_worker_seal(op, worker, batch->row_count, error) : STATUS_OK;
}

static void more_create(const Operator *op, AggregateState *state) {
  uint32_t calls = op->plan->aggregate.call_count, count = 0;
  state->more_first = mem_alloc((calls + 1) * sizeof *state->more_first);
  Expr **exprs = mem_alloc(((size_t)calls * AGGREGATE_MORE_MAX + 1) * sizeof *exprs);
  for (uint32_t a = 0; a < calls; a++) {
    const AggregateCall *call = &op->plan->aggregate.calls[a];
    state->more_first[a] = count;
    for (uint32_t i = 0; i < call->more_count; i++) exprs[count++] = call->more[i];
  }
  expr_set_create(&state->more, exprs, count, op->inputs[0]);
  mem_free(exprs);
}

// For each call the first that has its filter.
static uint32_t *filters_alike(const Plan *plan) {
  uint32_t calls = plan->aggregate.call_count, *first = mem_alloc((calls + 1) * sizeof *first);
  for (uint32_t a = 0; a < calls; a++) {
    const Expr *filter = plan->aggregate.calls[a].filter;
    first[a] = a;
    for (uint32_t b = 0; filter && b < a && first[a] == a; b++) {
      const Expr *other = plan->aggregate.calls[b].filter;
      if (other && expr_equal(filter, other)) first[a] = b;
    }
  }
  return first;
}

// ---------------------------------------------------------------- output

bool aggregate_calls_plain(const Plan *plan) {
  for (uint32_t a = 0; a < plan->aggregate.call_count; a++)
    if (!aggregate_call_is_plain(&plan->aggregate.calls[a])) return false;
  return true;
}

static void output_add(AggregateState *state, SetTable *table, uint64_t set) {
  state->output_tables[state->output_count++] =
      (OutputTable){table, set, group_table_order(&table->groups), state->chunk_count};
  state->chunk_count += ((uint64_t)table->groups.group_count + VECTOR_ROWS - 1) / VECTOR_ROWS;
}

// The groups in their order, cut into chunks.
static void chunks_make(const Plan *plan, AggregateState *state) {
  uint32_t sets = plan->aggregate.set_count;
  state->output_tables = mem_alloc((sets + GROUP_PARTITIONS) * sizeof *state->output_tables);
  for (uint32_t p = 0; state->partitions && p < GROUP_PARTITIONS; p++)
    output_add(state, &state->partitions[p], plan->aggregate.sets[0]);
  for (uint32_t s = 0; !state->partitions && s < sets; s++)
    output_add(state, &state->workers[0].sets[s], plan->aggregate.sets[s]);
}

// Those who may put out at once: one where order counts, or where a chunk is all.
static uint32_t output_workers(const Operator *op) {
  const AggregateState *state = op->state;
  uint64_t chunks = state->chunk_count;
  uint32_t workers = execution_workers(op->execution);
  if (op->ordered || op->alone || !aggregate_calls_plain(op->plan) || !chunks) return 1;
  return chunks < workers ? (uint32_t)chunks : workers;
}

static Status aggregate_next(Operator *op, uint32_t w, Batch *out, Error *error) {
  const Plan *plan = op->plan;
  AggregateState *state = op->state;
  if (state->block_key) return aggregate_block_next(op, w, out, error);
  uint64_t chunk = atomic_fetch_add_explicit(&state->chunk, 1, memory_order_relaxed);
  if (chunk >= state->chunk_count) return STATUS_OK;
  uint32_t t = state->output_count - 1;
  while (chunk < state->output_tables[t].chunk_first) t--;
  const OutputTable *output = &state->output_tables[t];
  uint64_t from = (chunk - output->chunk_first) * VECTOR_ROWS;
  uint64_t left = output->table->groups.group_count - from;
  return aggregate_emit(plan, &state->outputs[w], state->workers[0].keys.columns, output->table,
                        output->order + from, left < VECTOR_ROWS ? (uint32_t)left : VECTOR_ROWS,
                        output->set, out, error);
}

static const char *group_kernel(const Plan *plan, const AggregateState *state) {
  bool dense = state->workers[0].row_sets[0]->groups.dense;
  if (!plan->aggregate.key_count) return "one group";
  if (state->row_set_count < plan->aggregate.set_count)
    return dense ? "dense group, rolled up" : "hash group, rolled up";
  return dense ? "dense group" : "hash group";
}

static Status aggregate_open(Operator *op, Error *error) {
  AggregateState *state = op->state = mem_alloc_zero(sizeof *state);
  const Plan *plan = op->plan;
  uint32_t calls = plan->aggregate.call_count, keys = plan->aggregate.key_count;
  if (keys > 64) return error_set(error, STATUS_LIMIT, "more than 64 grouping keys");
  Expr **args = mem_alloc((calls + 1) * sizeof *args),
       **filters = mem_alloc((calls + 1) * sizeof *filters);
  state->filter_of = filters_alike(plan);
  for (uint32_t a = 0; a < calls; a++) {
    args[a] = plan->aggregate.calls[a].arg;
    filters[a] = state->filter_of[a] == a ? plan->aggregate.calls[a].filter : NULL;
  }
  state->arg_orders = mem_alloc_zero((calls + 1) * sizeof *state->arg_orders);
  for (uint32_t a = 0; a < calls; a++)
    if (!args[a] || !block_order_find(plan->inputs[0], args[a], &state->arg_orders[a]))
      state->arg_orders[a] = (BlockOrder){0};
  expr_set_create(&state->keys, plan->aggregate.keys, keys, op->inputs[0]);
  expr_set_create(&state->args, args, calls, op->inputs[0]);
  expr_set_create(&state->filters, filters, calls, op->inputs[0]);
  more_create(op, state);
  mem_free(args);
  mem_free(filters);
  for (uint32_t k = 0; k < keys; k++) {
    PlanColumn known = aggregate_expr_known(&state->keys, k);
    op->columns[k].min = known.min;
    op->columns[k].max = known.max;
    op->columns[k].dictionary = known.dictionary;
  }
  for (uint32_t a = 0; a < calls; a++)
    call_know(&plan->aggregate.calls[a], aggregate_expr_known(&state->args, a), plan,
              &op->columns[keys + a]);
  state->row_sets = aggregate_row_sets(plan, &state->row_set_count);
  state->worker_count = op->inputs[0]->worker_count;
  state->workers = mem_alloc_zero(state->worker_count * sizeof *state->workers);
  bool by_block = aggregate_block_open(op);
  for (uint32_t w = 0; w < state->worker_count; w++)
    TRY(worker_init(op, state, &state->workers[w], error));
  if (by_block) {
    op->worker_count = state->worker_count;
    state->outputs = mem_alloc_zero(op->worker_count * sizeof *state->outputs);
    operator_note_kernel(op, "group by block");
    return STATUS_OK;
  }
  state->seals = aggregate_can_partition(op);
  operator_note_kernel(op, group_kernel(plan, state));
  TRY(operator_drain(op->inputs[0], aggregate_consume, op, error));
  TRY(aggregate_workers_merge(op, error));
  TRY(aggregate_roll_up(op, error));
  for (uint32_t k = 0; k < keys; k++) key_column_seal(&state->workers[0].keys.columns[k]);
  chunks_make(plan, state);
  op->worker_count = output_workers(op);
  state->outputs = mem_alloc_zero(op->worker_count * sizeof *state->outputs);
  return STATUS_OK;
}

const OperatorClass operator_aggregate = {aggregate_open, aggregate_next, aggregate_close};
