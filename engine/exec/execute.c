// Making operators of a plan, running them, and what they have in common.
#include "operator.h"
#include <assert.h>
#include <stdatomic.h>

static const OperatorClass *const operator_classes[] = {
    [PLAN_SCAN] = &operator_scan,       [PLAN_VALUES] = &operator_values,
    [PLAN_LINK] = &operator_link,       [PLAN_FILTER] = &operator_filter,
    [PLAN_PROJECT] = &operator_project, [PLAN_AGGREGATE] = &operator_aggregate,
    [PLAN_JOIN] = &operator_join,       [PLAN_SORT] = &operator_sort,
    [PLAN_LIMIT] = &operator_limit,     [PLAN_UNION] = &operator_union,
    [PLAN_WINDOW] = &operator_window,   [PLAN_SERIES] = &operator_series,
    [PLAN_ROWSET] = &operator_rowset,   [PLAN_RECURSION] = &operator_recursion,
    [PLAN_WORKING] = &operator_working, [PLAN_SHARED] = &operator_shared,
};

static const OperatorClass *operator_class(const Plan *plan) {
  if (plan->kind == PLAN_JOIN && plan->join.keeps_left) return &operator_join_marked;
  return operator_classes[plan->kind];
}

// Nodes that pass on their first input's parallelism. Scans, aggregates and joins that keep their
// left side have their own; the others are serial.
static bool plan_streams(const Plan *plan) {
  if (plan->kind == PLAN_JOIN) // after all left rows come the right ones without a partner
    return plan->join.kind != JOIN_RIGHT && plan->join.kind != JOIN_FULL && !plan->join.keeps_left;
  return plan->kind == PLAN_LINK || plan->kind == PLAN_FILTER || plan->kind == PLAN_PROJECT ||
         plan->kind == PLAN_SERIES;
}

// Whether the order of an input's rows may be seen in this node's.
static bool input_ordered(const Plan *plan, bool ordered) {
  if (plan->kind == PLAN_LIMIT) return true; // which rows it keeps
  return ordered && plan->kind != PLAN_AGGREGATE && plan->kind != PLAN_SORT &&
         plan->kind != PLAN_WINDOW;
}

// Whether of an input only worker 0 is ever asked. The others are drained, or asked by each worker.
static bool input_alone(const Plan *plan, int input, bool ordered, bool alone) {
  if (plan->kind == PLAN_LIMIT || plan->kind == PLAN_RECURSION) return true;
  if (plan->kind == PLAN_UNION) return alone || ordered;
  if (plan->kind == PLAN_JOIN && plan->join.keeps_left) return false;
  if (plan->kind == PLAN_JOIN && input == 0) return alone || !plan_streams(plan);
  return alone && plan_streams(plan) && input == 0;
}

void operator_destroy(Operator *op) {
  if (!op) return;
  op->class->close(op);
  operator_destroy(op->inputs[0]);
  operator_destroy(op->inputs[1]);
  mem_free(op->columns);
  mem_free(op);
}

// As many as a scan has blocks to hand out: a small table is read by the thread that asks.
static uint32_t scan_workers(const Plan *plan, const Execution *execution) {
  uint64_t blocks = (plan->scan.table->row_count + BLOCK_ROWS - 1) / BLOCK_ROWS;
  uint32_t workers = execution_workers(execution);
  return blocks < workers ? (blocks ? (uint32_t)blocks : 1) : workers;
}

#define GATHER_BLOCKS_MIN 4

// Whether it would be worth while to have the blocks of its scan made by all threads.
static bool plan_gathers(const Plan *plan, const Execution *execution) {
  if (execution_workers(execution) < 2 || !plan_streams(plan)) return false;
  while (plan_streams(plan)) plan = plan->inputs[0];
  return plan->kind == PLAN_SCAN &&
         plan->scan.table->row_count >= GATHER_BLOCKS_MIN * (uint64_t)BLOCK_ROWS;
}

static Operator *operator_create(const Plan *plan, Execution *execution, bool ordered, bool alone);

// An operator whose rows all threads make and one asks for.
static Operator *gather_create(const Plan *plan, Execution *execution, bool ordered) {
  Operator *op = mem_alloc_zero(sizeof *op);
  op->class = &operator_gather;
  op->plan = plan;
  op->execution = execution;
  op->columns = mem_alloc(plan->column_count * sizeof *op->columns);
  op->ordered = ordered;
  op->alone = true;
  op->inputs[0] = operator_create(plan, execution, ordered, false);
  return op;
}

static Operator *operator_create(const Plan *plan, Execution *execution, bool ordered, bool alone) {
  if (alone && plan_gathers(plan, execution)) return gather_create(plan, execution, ordered);
  Operator *op = mem_alloc_zero(sizeof *op);
  op->class = operator_class(plan);
  op->plan = plan;
  op->execution = execution;
  op->columns = mem_alloc(plan->column_count * sizeof *op->columns);
  memcpy(op->columns, plan->columns, plan->column_count * sizeof *op->columns);
  for (int i = 0; i < 2; i++)
    if (plan->inputs[i] && !(i == 1 && plan->kind == PLAN_RECURSION)) // which runs it itself
      op->inputs[i] = operator_create(plan->inputs[i], execution, input_ordered(plan, ordered),
                                      input_alone(plan, i, ordered, alone));
  op->ordered = ordered;
  op->alone = alone;
  op->worker_count = plan->kind == PLAN_SCAN ? scan_workers(plan, execution) : 1;
  return op;
}

static Status operator_open(Operator *op, Error *error);

Status operator_tree_open(const Plan *plan, Execution *execution, bool ordered, bool alone,
                          Operator **root, Error *error) {
  *root = operator_create(plan, execution, ordered, alone);
  return operator_open(*root, error);
}

static OperatorProfile *profile_of(const Operator *op) {
  bool no_node = op->class == &operator_gather;
  return op->execution->profiles && !no_node ? &op->execution->profiles[op->plan->id] : NULL;
}

// Inputs first: an operator's open may pull them.
static Status operator_open(Operator *op, Error *error) {
  for (int i = 0; i < 2; i++)
    if (op->inputs[i]) TRY(operator_open(op->inputs[i], error));
  if (plan_streams(op->plan)) op->worker_count = op->inputs[0]->worker_count;
  OperatorProfile *profile = profile_of(op);
  int64_t start = profile ? clock_now_ns() : 0;
  Status status = op->class->open(op, error);
  if (profile) atomic_fetch_add(&profile->time_ns, (uint64_t)(clock_now_ns() - start));
  return status;
}

Status operator_next(Operator *op, uint32_t worker, Batch *out, Error *error) {
  OperatorProfile *profile = profile_of(op);
  int64_t start = profile ? clock_now_ns() : 0;
  *out = (Batch){0};
  TRY(job_check(op->execution->job, error));
  TRY(op->class->next(op, worker, out, error));
  if (!profile) return STATUS_OK;
  atomic_fetch_add(&profile->time_ns, (uint64_t)(clock_now_ns() - start));
  atomic_fetch_add(&profile->rows_out, out->row_count);
  return STATUS_OK;
}

// What ends a run of several workers: the first error.
typedef struct FirstError {
  _Atomic int status;
  Error *error; // written by the first worker that fails; may be NULL
} FirstError;

static bool run_is_on(FirstError *first) {
  return atomic_load_explicit(&first->status, memory_order_relaxed) == STATUS_OK;
}

static void run_fails(FirstError *first, Status status, const Error *error) {
  int none = STATUS_OK;
  if (atomic_compare_exchange_strong(&first->status, &none, (int)status) && first->error)
    *first->error = *error;
}

typedef struct Drain {
  Operator *input;
  BatchConsumer consume;
  void *context;
  FirstError first;
} Drain;

static void drain_task(void *context, uint32_t worker) {
  Drain *drain = context;
  Error error = ERROR_INIT;
  while (run_is_on(&drain->first)) {
    Batch batch;
    Status status = operator_next(drain->input, worker, &batch, &error);
    if (status == STATUS_OK && !batch.row_count) return;
    if (status == STATUS_OK) status = drain->consume(drain->context, worker, &batch, &error);
    if (status != STATUS_OK) run_fails(&drain->first, status, &error);
  }
}

Status operator_drain(Operator *input, BatchConsumer consume, void *context, Error *error) {
  Drain drain = {input, consume, context, {STATUS_OK, error}};
  thread_pool_run(input->execution->pool, input->worker_count, drain_task, &drain);
  return (Status)atomic_load(&drain.first.status);
}

typedef struct Steps {
  const Execution *execution;
  ExecutionStep step;
  void *context;
  uint64_t count;
  _Atomic uint64_t next;
  FirstError first;
} Steps;

static void steps_task(void *context, uint32_t worker) {
  Steps *steps = context;
  Error error = ERROR_INIT;
  while (run_is_on(&steps->first)) {
    uint64_t step = atomic_fetch_add_explicit(&steps->next, 1, memory_order_relaxed);
    if (step >= steps->count) return;
    Status status = job_check(steps->execution->job, &error);
    if (status == STATUS_OK) status = steps->step(steps->context, worker, step, &error);
    if (status != STATUS_OK) run_fails(&steps->first, status, &error);
  }
}

Status execution_steps(const Execution *execution, uint32_t workers, uint64_t step_count,
                       ExecutionStep step, void *context, Error *error) {
  if (!step_count) return STATUS_OK;
  Steps steps = {execution, step, context, step_count, 0, {STATUS_OK, error}};
  thread_pool_run(execution->pool, step_count < workers ? (uint32_t)step_count : workers,
                  steps_task, &steps);
  return (Status)atomic_load(&steps.first.status);
}

uint32_t execution_workers(const Execution *execution) {
  return execution->pool ? thread_pool_size(execution->pool) : 1;
}

void operator_note_kernel(Operator *op, const char *kernel) {
  OperatorProfile *profile = profile_of(op);
  if (profile) profile->kernel = kernel;
}

void operator_note_read(Operator *op, uint64_t rows, uint64_t bytes, uint64_t blocks,
                        uint64_t blocks_skipped) {
  OperatorProfile *profile = profile_of(op);
  if (!profile) return;
  atomic_fetch_add(&profile->rows_in, rows);
  atomic_fetch_add(&profile->bytes_read, bytes);
  atomic_fetch_add(&profile->blocks_read, blocks);
  atomic_fetch_add(&profile->blocks_skipped, blocks_skipped);
}

void operator_note_rows(Operator *op, uint64_t rows) {
  OperatorProfile *profile = profile_of(op);
  if (profile) atomic_fetch_add(&profile->rows_out, rows);
}

bool operator_unread(const Operator *op, uint32_t column) {
  return op->plan->unread && op->plan->unread[column];
}

void operator_give_null(const Operator *op, uint32_t column, VectorBuffer *buffer, Vector *out) {
  const PlanColumn *known = &op->columns[column];
  Value null = {.type = known->type, .is_null = true};
  vector_set_constant(out, &null, buffer);
  if (!known->dictionary) return;
  out->physical = PHYSICAL_INT;
  out->dictionary = known->dictionary;
}

void expr_set_create(ExprSet *set, Expr *const *exprs, uint32_t count, const Operator *input) {
  set->count = count;
  set->programs = mem_alloc(count * sizeof(ExprProgram *));
  for (uint32_t i = 0; i < count; i++)
    set->programs[i] = exprs[i]
                           ? expr_program_create(exprs[i], input->columns,
                                                 input->plan->column_count, input->execution->job)
                           : NULL;
}

void expr_set_clear(ExprSet *set) {
  for (uint32_t i = 0; i < set->count; i++) expr_program_destroy(set->programs[i]);
  mem_free(set->programs);
  *set = (ExprSet){0};
}

void expr_set_state_create(ExprSetState *state, const ExprSet *set) {
  state->count = set->count;
  state->states = mem_alloc(set->count * sizeof(ExprState *));
  for (uint32_t i = 0; i < set->count; i++)
    state->states[i] = set->programs[i] ? expr_state_create(set->programs[i]) : NULL;
}

void expr_set_state_clear(ExprSetState *state) {
  for (uint32_t i = 0; i < state->count; i++) expr_state_destroy(state->states[i]);
  mem_free(state->states);
  *state = (ExprSetState){0};
}

static uint32_t shared_add(const Plan *plan, const SharedPlan **found, uint32_t count) {
  for (int i = 0; i < 2; i++)
    if (plan->inputs[i]) count = shared_add(plan->inputs[i], found, count);
  if (plan->kind != PLAN_SHARED) return count;
  for (uint32_t f = 0; f < count; f++)
    if (found[f] == plan->shared.of) return count;
  found[count++] = plan->shared.of;
  return shared_add(plan->shared.of->plan, found, count);
}

uint32_t plan_shared(const Plan *plan, const SharedPlan *found[SHARED_MAX]) {
  return shared_add(plan, found, 0);
}

uint32_t plan_count(const Plan *plan) {
  uint32_t count = plan->id + 1;
  if (plan->kind == PLAN_SHARED) {
    uint32_t shared = plan_count(plan->shared.of->plan);
    if (shared > count) count = shared;
  }
  for (int i = 0; i < 2; i++)
    if (plan->inputs[i]) {
      uint32_t below = plan_count(plan->inputs[i]);
      if (below > count) count = below;
    }
  return count;
}

// The result is pulled by the calling thread alone, so that rows come in the plan's order.
static Status root_run(Operator *root, BatchSink sink, void *context, Error *error) {
  for (;;) {
    Batch batch;
    TRY(operator_next(root, 0, &batch, error));
    if (!batch.row_count) return STATUS_OK;
    TRY(sink(context, &batch, error));
  }
}

Status plan_execute(const Plan *plan, struct ThreadPool *pool, struct Job *job,
                    OperatorProfile *profiles, BatchSink sink, void *context, Error *error) {
  Job unbounded;
  if (!job) {
    job_init(&unbounded, "query", 0, 0, NULL);
    job = &unbounded;
  }
  SharedRows *shared = NULL;
  Execution execution = {.pool = pool, .job = job, .profiles = profiles, .shared = &shared};
  Operator *root;
  Status status = operator_tree_open(plan, &execution, true, true, &root, error);
  if (status == STATUS_OK) status = root_run(root, sink, context, error);
  operator_destroy(root);
  shared_rows_clear(shared);
  return status;
}
