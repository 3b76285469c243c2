// Groups into groups: those of one worker into another's, and those of a grouping set into the
// coarser ones that follow from it. States of a CUBE's finest set are made from the rows once; all
// other sets are merged from the smallest set whose keys hold theirs (the lattice of Harinarayan,
// Rajaraman, Ullman, SIGMOD 1996), set beside set in parallel where they have as many keys.
#include "op_aggregate.h"

// Where the keys of the target stand among those of the source.
static void keys_place(const SetTable *target, const SetTable *source, uint32_t *places) {
  for (uint32_t k = 0; k < target->groups.key_count; k++) {
    places[k] = 0;
    while (source->keys[places[k]] != target->keys[k]) places[k]++;
  }
}

void aggregate_words_gather(const SetTable *target, const SetTable *source,
                            int64_t *const *translated, uint32_t first, uint32_t count,
                            int64_t *const *words, uint64_t *nulls) {
  uint32_t keys = target->groups.key_count, source_keys = source->groups.key_count, places[64];
  keys_place(target, source, places);
  memset(nulls, 0, count * sizeof *nulls);
  for (uint32_t k = 0; k < keys; k++) {
    const int64_t *other = translated ? translated[target->keys[k]] : NULL;
    for (uint32_t i = 0; i < count; i++) {
      int64_t word = source->groups.keys[(size_t)(first + i) * source_keys + places[k]];
      uint64_t null = source->groups.nulls[first + i] >> places[k] & 1;
      words[k][i] = other && !null ? other[word] : word;
      nulls[i] |= null << k;
    }
  }
}

// Finds (or makes) the groups of `source` in `target`; map[source group] = target group.
static Status groups_map(const Operator *op, SetTable *target, const SetTable *source,
                         int64_t *const *translated, uint32_t *map, Error *error) {
  uint32_t keys = target->groups.key_count;
  int64_t *words[64], *space = mem_alloc((size_t)(keys + 1) * VECTOR_ROWS * sizeof *space);
  uint64_t nulls[VECTOR_ROWS];
  Status status = STATUS_OK;
  for (uint32_t k = 0; k < keys; k++) words[k] = space + (size_t)k * VECTOR_ROWS;
  for (uint32_t g = 0; g < source->groups.group_count && status == STATUS_OK; g += VECTOR_ROWS) {
    uint32_t left = source->groups.group_count - g, count = left < VECTOR_ROWS ? left : VECTOR_ROWS;
    aggregate_words_gather(target, source, translated, g, count, words, nulls);
    status = job_check(op->execution->job, error);
    if (status == STATUS_OK)
      status = group_table_find(&target->groups, words, nulls, count, map + g, error);
  }
  mem_free(space);
  return status;
}

Status aggregate_table_merge(const Operator *op, SetTable *target, SetTable *source,
                             int64_t *const *translated, Error *error) {
  uint32_t calls = op->plan->aggregate.call_count;
  uint32_t *map = mem_alloc((source->groups.group_count + 1) * sizeof *map);
  Status status = groups_map(op, target, source, translated, map, error);
  if (status == STATUS_OK)
    status =
        agg_rows_reserve(&target->rows, target->calls, calls, target->groups.group_count, error);
  for (uint32_t a = 0; a < calls && status == STATUS_OK; a++)
    status = agg_states_merge(&target->calls[a], &source->calls[a], map, error);
  mem_free(map);
  return status;
}

// ---------------------------------------------------------------- workers

// [key] The first worker's word of each word of the source's; NULL: the same.
static int64_t **keys_translate(const Operator *op, AggregateWorker *target,
                                AggregateWorker *source) {
  uint32_t keys = op->plan->aggregate.key_count;
  int64_t **translated = mem_alloc_zero((keys + 1) * sizeof *translated);
  for (uint32_t k = 0; k < keys && source != target; k++) {
    key_column_seal(&source->keys.columns[k]);
    translated[k] = key_column_translate(&source->keys.columns[k], &target->keys.columns[k]);
  }
  return translated;
}

static Status workers_merge_in_turn(Operator *op, int64_t ***translated, Error *error) {
  AggregateState *state = op->state;
  for (uint32_t w = 1; w < state->worker_count; w++)
    for (uint32_t r = 0; r < state->row_set_count; r++)
      TRY(aggregate_table_merge(op, state->workers[0].row_sets[r], state->workers[w].row_sets[r],
                                translated[w], error));
  return STATUS_OK;
}

Status aggregate_workers_merge(Operator *op, Error *error) {
  AggregateState *state = op->state;
  if (state->worker_count < 2 && !state->workers[0].sealed_count) return STATUS_OK;
  int64_t ***translated = mem_alloc(state->worker_count * sizeof *translated);
  for (uint32_t w = 0; w < state->worker_count; w++)
    translated[w] = keys_translate(op, &state->workers[0], &state->workers[w]);
  Status status = aggregate_partitions_serve(op) ? aggregate_partitions_make(op, translated, error)
                                                 : workers_merge_in_turn(op, translated, error);
  for (uint32_t w = 0; w < state->worker_count; w++) {
    for (uint32_t k = 0; k < op->plan->aggregate.key_count; k++) mem_free(translated[w][k]);
    mem_free(translated[w]);
  }
  mem_free(translated);
  return status;
}

// ---------------------------------------------------------------- roll-up

static uint32_t key_count(uint64_t set) {
  return (uint32_t)__builtin_popcountll(set);
}

// Whether set s can be merged from set t. Of two that are alike the later one is.
static bool set_follows(const Plan *plan, uint32_t s, uint32_t t) {
  uint64_t coarse = plan->aggregate.sets[s], fine = plan->aggregate.sets[t];
  return s != t && (coarse & ~fine) == 0 && (coarse != fine || t < s);
}

uint32_t *aggregate_row_sets(const Plan *plan, uint32_t *count) {
  uint32_t sets = plan->aggregate.set_count, *found = mem_alloc((sets + 1) * sizeof *found);
  bool merges = aggregate_calls_plain(plan);
  *count = 0;
  for (uint32_t s = 0; s < sets; s++) {
    bool follows = false;
    for (uint32_t t = 0; t < sets && merges; t++) follows |= set_follows(plan, s, t);
    if (!follows) found[(*count)++] = s;
  }
  return found;
}

typedef struct RollUp {
  Operator *op;
  bool *done;        // [set_count]
  uint32_t *at_once; // sets that follow from such as are done
  uint32_t at_once_count;
} RollUp;

static Status step_roll_up(void *context, uint32_t worker, uint64_t step, Error *error) {
  (void)worker;
  const RollUp *roll = context;
  const Plan *plan = roll->op->plan;
  SetTable *sets = ((AggregateState *)roll->op->state)->workers[0].sets, *source = NULL;
  uint32_t s = roll->at_once[step];
  for (uint32_t t = 0; t < plan->aggregate.set_count; t++)
    if (roll->done[t] && set_follows(plan, s, t) &&
        (!source || sets[t].groups.group_count < source->groups.group_count))
      source = &sets[t];
  TableBounds bounds = aggregate_table_bounds(plan);
  TRY(aggregate_table_init(roll->op, &sets[s], plan->aggregate.sets[s], &bounds, error));
  return aggregate_table_merge(roll->op, &sets[s], source, NULL, error);
}

// The sets not done that have most keys, and are no copy of each other.
static void roll_next(RollUp *roll) {
  const Plan *plan = roll->op->plan;
  uint32_t most = 0;
  roll->at_once_count = 0;
  for (uint32_t s = 0; s < plan->aggregate.set_count; s++)
    if (!roll->done[s] && key_count(plan->aggregate.sets[s]) > most)
      most = key_count(plan->aggregate.sets[s]);
  for (uint32_t s = 0; s < plan->aggregate.set_count; s++) {
    bool fits = !roll->done[s] && key_count(plan->aggregate.sets[s]) == most;
    for (uint32_t i = 0; i < roll->at_once_count; i++)
      fits &= plan->aggregate.sets[roll->at_once[i]] != plan->aggregate.sets[s];
    if (fits) roll->at_once[roll->at_once_count++] = s;
  }
}

Status aggregate_roll_up(Operator *op, Error *error) {
  AggregateState *state = op->state;
  uint32_t sets = op->plan->aggregate.set_count;
  if (state->row_set_count == sets) return STATUS_OK;
  RollUp roll = {.op = op,
                 .done = mem_alloc_zero(sets * sizeof *roll.done),
                 .at_once = mem_alloc(sets * sizeof *roll.at_once)};
  for (uint32_t r = 0; r < state->row_set_count; r++) roll.done[state->row_sets[r]] = true;
  Status status = STATUS_OK;
  for (roll_next(&roll); roll.at_once_count && status == STATUS_OK; roll_next(&roll)) {
    status = execution_steps(op->execution, execution_workers(op->execution), roll.at_once_count,
                             step_roll_up, &roll, error);
    for (uint32_t i = 0; i < roll.at_once_count; i++) roll.done[roll.at_once[i]] = true;
  }
  mem_free(roll.done);
  mem_free(roll.at_once);
  return status;
}
