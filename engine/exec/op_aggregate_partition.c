// Many groups, put together in parallel: each worker's groups are sorted by the first bits of their
// keys' hash, and a partition's groups of all workers become one table, small enough to stay in
// cache, beside the others.
//
//   worker 0:  | 0 | 1 | 2 | ...         one table a partition:
//   worker 1:  | 0 | 1 | 2 | ...    ─►   | 0 | 1 | 2 | ...
//
// Groups that hardly repeat would fill a worker's table far beyond the caches, each row a miss:
// such a table is sealed while it is small, and the worker begins another one. Those that it has
// sealed are merged as if they were of workers of their own.
#include "hash.h"
#include "op_aggregate.h"

#define PARTITION_GROUPS_MIN 32768 // fewer are soon merged by one
#define SEALED_GROUPS 32768        // that a table has when it is sealed
#define SEALED_REPEATED 32         // if at most this part of its groups came again
#define SEALED_TIMES 4             // and all that is sealed is so many times the keys at most

bool aggregate_can_partition(const Operator *op) {
  const AggregateState *state = op->state;
  const SetTable *table = state->workers[0].row_sets[0];
  if (state->worker_count < 2 || op->plan->aggregate.set_count != 1 ||
      !op->plan->aggregate.key_count || table->groups.dense)
    return false;
  for (uint32_t a = 0; a < op->plan->aggregate.call_count; a++)
    if (!agg_states_merge_some(&table->calls[a])) return false;
  return true;
}

typedef struct Words { // of some groups' keys
  int64_t *words[64];
  uint64_t nulls[VECTOR_ROWS];
  int64_t *space;
} Words;

static Words *words_create(uint32_t keys) {
  Words *words = mem_alloc(sizeof *words);
  words->space = mem_alloc((size_t)(keys + 1) * VECTOR_ROWS * sizeof *words->space);
  for (uint32_t k = 0; k < keys; k++) words->words[k] = words->space + (size_t)k * VECTOR_ROWS;
  return words;
}

static void words_destroy(Words *words) {
  mem_free(words->space);
  mem_free(words);
}

// ---------------------------------------------------------------- sealed tables

static uint8_t partition_of(const Words *words, uint32_t keys, uint32_t i) {
  uint64_t hash = words->nulls[i];
  for (uint32_t k = 0; k < keys; k++)
    hash = hash_combine(hash, words->nulls[i] >> k & 1 ? 0 : (uint64_t)words->words[k][i]);
  return (uint8_t)(hash >> 58);
}
_Static_assert(GROUP_PARTITIONS == 1 << 6, "the hash's first six bits");

// The partition of each group, and how many each has in starts[partition + 1].
static Status partitions_find(Operator *op, SealedTable *sealed, int64_t *const *translated,
                              uint8_t *partitions, Error *error) {
  uint32_t count = sealed->table.groups.group_count, keys = sealed->table.groups.key_count;
  Words *words = words_create(keys);
  Status status = STATUS_OK;
  for (uint32_t g = 0; g < count && status == STATUS_OK; g += VECTOR_ROWS) {
    uint32_t some = count - g < VECTOR_ROWS ? count - g : VECTOR_ROWS;
    aggregate_words_gather(&sealed->table, &sealed->table, translated, g, some, words->words,
                           words->nulls);
    for (uint32_t i = 0; i < some; i++) {
      partitions[g + i] = partition_of(words, keys, i);
      sealed->starts[partitions[g + i] + 1]++;
    }
    status = job_check(op->execution->job, error);
  }
  words_destroy(words);
  return status;
}

static Status sealed_permute(Operator *op, SealedTable *sealed, const uint32_t *order,
                             Error *error) {
  SetTable *table = &sealed->table;
  TRY(group_table_permute(&table->groups, order, error));
  TRY(agg_rows_permute(&table->rows, table->calls, op->plan->aggregate.call_count, order,
                       table->groups.group_count, error));
  sealed->split = true;
  return STATUS_OK;
}

// Puts the groups by partition, each partition's in the order of arrival.
static Status sealed_split(Operator *op, SealedTable *sealed, int64_t *const *translated,
                           Error *error) {
  uint32_t count = sealed->table.groups.group_count, places[GROUP_PARTITIONS];
  uint8_t *partitions = mem_alloc(count + 1);
  uint32_t *order = mem_alloc((count + 1) * sizeof *order);
  Status status = partitions_find(op, sealed, translated, partitions, error);
  for (uint32_t p = 0; p < GROUP_PARTITIONS; p++) {
    places[p] = sealed->starts[p];
    sealed->starts[p + 1] += sealed->starts[p];
  }
  for (uint32_t g = 0; g < count && status == STATUS_OK; g++) order[places[partitions[g]]++] = g;
  if (status == STATUS_OK) status = sealed_permute(op, sealed, order, error);
  mem_free(order);
  mem_free(partitions);
  return status;
}

// Puts the worker's table away; it has none then.
static SealedTable *worker_seal(AggregateWorker *worker) {
  if (worker->sealed_count == worker->sealed_capacity) {
    worker->sealed_capacity = 2 * worker->sealed_capacity + 8;
    worker->sealed = mem_realloc(worker->sealed, worker->sealed_capacity * sizeof *worker->sealed);
  }
  SealedTable *sealed = &worker->sealed[worker->sealed_count++];
  *sealed = (SealedTable){.table = *worker->row_sets[0]};
  worker->sealed_groups += sealed->table.groups.group_count;
  worker->rows = 0;
  *worker->row_sets[0] = (SetTable){0};
  return sealed;
}

// How many keys there seem to be, when `rows` drawn from them gave `groups` different ones.
static double keys_estimate(uint64_t rows, uint64_t groups) {
  uint64_t repeated = rows - groups;
  return (double)rows * (double)rows / (2.0 * (double)(repeated ? repeated : 1));
}

// Whether the words mean the same in all workers, before they are translated.
static bool words_are_common(const AggregateWorker *worker) {
  for (uint32_t k = 0; k < worker->row_sets[0]->groups.key_count; k++)
    if (key_column_interns(&worker->keys.columns[worker->row_sets[0]->keys[k]])) return false;
  return true;
}

Status aggregate_worker_seal(Operator *op, AggregateWorker *worker, uint32_t row_count,
                             Error *error) {
  uint64_t groups = worker->row_sets[0]->groups.group_count;
  worker->rows += row_count;
  if (groups < SEALED_GROUPS || worker->rows > groups + groups / SEALED_REPEATED) return STATUS_OK;
  if ((double)worker->sealed_groups > SEALED_TIMES * keys_estimate(worker->rows, groups))
    return STATUS_OK;
  bool common = words_are_common(worker);
  SealedTable *sealed = worker_seal(worker);
  if (common) TRY(sealed_split(op, sealed, NULL, error)); // while it is in cache
  TableBounds bounds = aggregate_table_bounds(op->plan);
  TRY(aggregate_table_init(op, worker->row_sets[0], op->plan->aggregate.sets[0], &bounds, error));
  return group_table_reserve(&worker->row_sets[0]->groups, SEALED_GROUPS + VECTOR_ROWS, error);
}

// ---------------------------------------------------------------- partitions

typedef struct Source {
  SealedTable *sealed;
  int64_t *const *translated;
} Source;

typedef struct Partitioning {
  Operator *op;
  Source *sources;
  uint32_t source_count;
} Partitioning;

bool aggregate_partitions_serve(const Operator *op) {
  const AggregateState *state = op->state;
  uint64_t groups = 0;
  for (uint32_t w = 0; state->seals && w < state->worker_count; w++)
    groups += state->workers[w].sealed_groups + state->workers[w].row_sets[0]->groups.group_count;
  return groups >= PARTITION_GROUPS_MIN;
}

static Status step_split(void *context, uint32_t worker, uint64_t step, Error *error) {
  (void)worker;
  const Partitioning *partitioning = context;
  const Source *source = &partitioning->sources[step];
  if (source->sealed->split) return STATUS_OK;
  return sealed_split(partitioning->op, source->sealed, source->translated, error);
}

static Status source_merge(Operator *op, SetTable *target, const Source *source, uint64_t partition,
                           Words *words, Error *error) {
  uint32_t calls = op->plan->aggregate.call_count, map[VECTOR_ROWS];
  SetTable *table = &source->sealed->table;
  uint32_t from = source->sealed->starts[partition], to = source->sealed->starts[partition + 1];
  for (; from < to; from += VECTOR_ROWS) {
    uint32_t count = to - from < VECTOR_ROWS ? to - from : VECTOR_ROWS;
    TRY(job_check(op->execution->job, error));
    aggregate_words_gather(target, table, source->translated, from, count, words->words,
                           words->nulls);
    TRY(group_table_find(&target->groups, words->words, words->nulls, count, map, error));
    TRY(agg_rows_reserve(&target->rows, target->calls, calls, target->groups.group_count, error));
    for (uint32_t a = 0; a < calls; a++)
      TRY(agg_states_merge_groups(&target->calls[a], &table->calls[a], from, map, count, error));
  }
  return STATUS_OK;
}

static Status step_merge(void *context, uint32_t worker, uint64_t step, Error *error) {
  (void)worker;
  const Partitioning *partitioning = context;
  Operator *op = partitioning->op;
  SetTable *target = &((AggregateState *)op->state)->partitions[step];
  TableBounds bounds = aggregate_table_bounds(op->plan);
  bounds.dense_max = 0;
  TRY(aggregate_table_init(op, target, op->plan->aggregate.sets[0], &bounds, error));
  Words *words = words_create(target->groups.key_count);
  Status status = STATUS_OK;
  for (uint32_t s = 0; s < partitioning->source_count && status == STATUS_OK; s++)
    status = source_merge(op, target, &partitioning->sources[s], step, words, error);
  words_destroy(words);
  return status;
}

Status aggregate_partitions_make(Operator *op, int64_t ***translated, Error *error) {
  AggregateState *state = op->state;
  Partitioning partitioning = {.op = op};
  uint32_t tables = 0, workers = execution_workers(op->execution);
  for (uint32_t w = 0; w < state->worker_count; w++) {
    worker_seal(&state->workers[w]);
    tables += state->workers[w].sealed_count;
  }
  partitioning.sources = mem_alloc(tables * sizeof *partitioning.sources);
  for (uint32_t w = 0; w < state->worker_count; w++)
    for (uint32_t t = 0; t < state->workers[w].sealed_count; t++)
      partitioning.sources[partitioning.source_count++] =
          (Source){&state->workers[w].sealed[t], translated[w]};
  state->partitions = mem_alloc_zero(GROUP_PARTITIONS * sizeof *state->partitions);
  Status status = execution_steps(op->execution, workers, tables, step_split, &partitioning, error);
  if (status == STATUS_OK)
    status =
        execution_steps(op->execution, workers, GROUP_PARTITIONS, step_merge, &partitioning, error);
  for (uint32_t s = 0; s < tables; s++)
    aggregate_table_clear(&partitioning.sources[s].sealed->table, op->plan->aggregate.call_count);
  mem_free(partitioning.sources);
  return status;
}
