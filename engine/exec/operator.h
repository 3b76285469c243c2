// How operators run.
//
// A plan node becomes an Operator: what all threads of a query share of it. Rows flow upwards by
// pull: a worker asks `next` for its next batch until one comes empty; each worker has its own
// scratch state. Operators that need all their input first (aggregate, sort, join's build side) run
// their input's workers to the end in `open`, but for an aggregate that finishes its groups block
// by block. Whatever has one order or one counter (sort, limit, values) is *serial*: only worker 0
// pulls it. Any number of an operator's workers may come to pull it, one at least: when all who
// came have been told that no more rows are left, all rows have been given.
#pragma once
#include "expr_eval.h"
#include "job.h"
#include "thread_pool.h"

typedef struct Operator Operator;

typedef struct WorkingRows { // of the recursions that an execution is a round of
  uint32_t id;               // the recursion's
  const struct RowStore *rows;
  const struct WorkingRows *outer; // or NULL
} WorkingRows;

typedef struct Execution {
  ThreadPool *pool;
  Job *job;
  OperatorProfile *profiles; // by Plan.id, or NULL
  const WorkingRows *working;
  struct SharedRows **shared; // the rows of shared plans that were made
} Execution;

typedef struct OperatorClass {
  // Makes the shared state (op->state) and fills op->columns; inputs are open. Long work asks the
  // job.
  Status (*open)(Operator *op, Error *error);
  // The worker's next batch; row_count 0: no more. Vectors hold until the worker's next call.
  Status (*next)(Operator *op, uint32_t worker, Batch *out, Error *error);
  void (*close)(Operator *op); // frees the state; also after a failed open (state may be NULL)
} OperatorClass;

struct Operator {
  const OperatorClass *class;
  const Plan *plan;
  Execution *execution;
  Operator *inputs[2];
  PlanColumn *columns; // the plan's, with what is known since opening (dictionaries, ranges)
  // Workers that may call next: 1 when serial. Known when the operator is open.
  uint32_t worker_count;
  // Whether its rows are shown, or cut, in the order in which they come: then that order is the
  // same in every run. Where not, threads may change it.
  bool ordered;
  bool alone; // only worker 0 calls next, whatever worker_count says
  void *state;
};

extern const OperatorClass operator_scan, operator_values, operator_link, operator_filter,
    operator_project, operator_aggregate, operator_join, operator_join_marked, operator_sort,
    operator_limit, operator_union, operator_window, operator_series, operator_rowset,
    operator_recursion, operator_working, operator_shared, operator_gather;

// Makes and opens the operators of a plan; alone: for one who pulls them by worker 0. Where it
// fails *root is to be destroyed, too. The execution must outlive them.
Status operator_tree_open(const Plan *plan, Execution *execution, bool ordered, bool alone,
                          Operator **root, Error *error) WARN_UNUSED;
void operator_destroy(Operator *root); // NULL is allowed

// The rows of shared plans, made when they are first asked for (op_shared.c); NULL is allowed.
typedef struct SharedRows SharedRows;
void shared_rows_clear(SharedRows *rows);

// Calls class->next, with profile and cancellation.
Status operator_next(Operator *op, uint32_t worker, Batch *out, Error *error) WARN_UNUSED;
// Pulls the input of `op` to its end on all its workers; `consume` gets each batch with its worker.
// The first error ends the run.
typedef Status (*BatchConsumer)(void *context, uint32_t worker, const Batch *batch, Error *error);
Status operator_drain(Operator *input, BatchConsumer consume, void *context,
                      Error *error) WARN_UNUSED;
// Runs steps 0 .. step_count-1, in any order, on up to `workers` workers, each of which takes the
// next one until none is left or one has failed. The first error ends the run; cancellation is
// looked for before each step.
typedef Status (*ExecutionStep)(void *context, uint32_t worker, uint64_t step, Error *error);
Status execution_steps(const Execution *execution, uint32_t workers, uint64_t step_count,
                       ExecutionStep step, void *context, Error *error) WARN_UNUSED;
// All threads that a query may use.
uint32_t execution_workers(const Execution *execution);
// Names the variant that runs, for EXPLAIN ANALYZE.
void operator_note_kernel(Operator *op, const char *kernel);
void operator_note_read(Operator *op, uint64_t rows, uint64_t bytes, uint64_t blocks,
                        uint64_t blocks_skipped);

// Whether nobody above reads output column `column`: then it is given as NULL.
bool operator_unread(const Operator *op, uint32_t column);
void operator_give_null(const Operator *op, uint32_t column, VectorBuffer *buffer, Vector *out);

void operator_note_rows(Operator *op, uint64_t rows); // of an operator that nobody pulls

// The set of an open ROWSET operator: the rows that its scan keeps.
struct RowBits;
struct RowBits *rowset_operator_bits(Operator *op);

// An array of expressions of one operator: the programs once, the states and vectors a worker.
typedef struct ExprSet {
  ExprProgram **programs;
  uint32_t count;
} ExprSet;
typedef struct ExprSetState {
  ExprState **states;
  uint32_t count;
} ExprSetState;
void expr_set_create(ExprSet *set, Expr *const *exprs, uint32_t count, const Operator *input);
void expr_set_clear(ExprSet *set);
void expr_set_state_create(ExprSetState *state, const ExprSet *set);
void expr_set_state_clear(ExprSetState *state);
