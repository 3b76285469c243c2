// See join_table.h.
#include "join_table.h"
#include "hash.h"
#include <assert.h>

#define INSERT_ROWS VECTOR_ROWS // of a step
#define SLOTS_MIN 64
#define DENSE_SLOTS_MIN 65536 // always allowed

typedef struct BuildPart { // what one worker takes in
  RowStore rows;
  ExprSetState keys;
  KeyColumn *key_columns;
  int64_t **batch_words; // [key][VECTOR_ROWS]
  int64_t *words;
  uint64_t *nulls;
  uint64_t row_count, capacity;
} BuildPart;

typedef struct Build {
  JoinTable *table;
  Operator *input;
  const JoinTableOptions *options;
  BuildPart *parts;
  uint32_t part_count;
} Build;

static Status table_charge(JoinTable *table, uint64_t bytes, Error *error) {
  TRY(memory_budget_charge(table->budget, (int64_t)bytes, error));
  __atomic_fetch_add(&table->charged, (int64_t)bytes, __ATOMIC_RELAXED);
  return STATUS_OK;
}

// ---------------------------------------------------------------- taking in

static void part_init(Build *build, BuildPart *part) {
  const JoinTableOptions *options = build->options;
  uint32_t keys = build->table->key_count;
  uint32_t columns = options->keep_rows ? build->input->plan->column_count : 0;
  row_store_init(&part->rows, build->input->columns, columns, build->table->budget);
  expr_set_state_create(&part->keys, options->keys);
  part->key_columns = mem_alloc_zero((keys + 1) * sizeof *part->key_columns);
  part->batch_words = mem_alloc_zero((keys + 1) * sizeof *part->batch_words);
  for (uint32_t k = 0; k < keys; k++) {
    key_column_init(&part->key_columns[k], options->key_types[k], options->dictionaries[k]);
    part->batch_words[k] = mem_alloc(VECTOR_ROWS * sizeof(int64_t));
  }
}

static void part_clear(const Build *build, BuildPart *part) {
  row_store_clear(&part->rows);
  expr_set_state_clear(&part->keys);
  for (uint32_t k = 0; k < build->table->key_count; k++) {
    key_column_clear(&part->key_columns[k]);
    mem_free(part->batch_words[k]);
  }
  mem_free(part->key_columns);
  mem_free(part->batch_words);
  mem_free(part->words);
  mem_free(part->nulls);
}

static Status part_reserve(Build *build, BuildPart *part, uint64_t rows, Error *error) {
  if (rows <= part->capacity) return STATUS_OK;
  uint64_t capacity = part->capacity ? part->capacity * 2 : VECTOR_ROWS;
  size_t row_words = build->table->key_count + 1;
  TRY(table_charge(build->table, (capacity - part->capacity) * row_words * 8, error));
  part->words = mem_realloc(part->words, capacity * row_words * 8);
  part->nulls = mem_realloc(part->nulls, capacity * 8);
  part->capacity = capacity;
  return STATUS_OK;
}

static Status part_take(void *context, uint32_t worker, const Batch *batch, Error *error) {
  Build *build = context;
  BuildPart *part = &build->parts[worker];
  uint32_t keys = build->table->key_count, count = batch->row_count;
  TRY(row_store_append(&part->rows, batch, error));
  TRY(part_reserve(build, part, part->row_count + count, error));
  uint64_t *nulls = part->nulls + part->row_count;
  memset(nulls, 0, count * sizeof *nulls);
  for (uint32_t k = 0; k < keys; k++) {
    Vector v;
    TRY(expr_eval(part->keys.states[k], batch, NULL, &v, error));
    key_column_encode(&part->key_columns[k], &v, count, part->batch_words[k]);
    for (uint32_t i = 0; v.validity && i < count; i++)
      nulls[i] |= (uint64_t)!vector_is_valid(&v, i) << k;
    int64_t *words = part->words + part->row_count * keys + k;
    for (uint32_t i = 0; i < count; i++) words[(size_t)i * keys] = part->batch_words[k][i];
  }
  part->row_count += count;
  return STATUS_OK;
}

// Interned words mean something only beside their part's interner: they become the first part's.
static void part_translate(const Build *build, BuildPart *part, BuildPart *first) {
  uint32_t keys = build->table->key_count;
  for (uint32_t k = 0; k < keys; k++) {
    key_column_seal(&part->key_columns[k]);
    int64_t *map = key_column_translate(&part->key_columns[k], &first->key_columns[k]);
    for (uint64_t row = 0; map && row < part->row_count; row++)
      if (!(part->nulls[row] >> k & 1))
        part->words[row * keys + k] = map[part->words[row * keys + k]];
    mem_free(map);
  }
}

// The parts end to end become the table's.
static Status parts_join(Build *build, Error *error) {
  JoinTable *table = build->table;
  BuildPart *first = &build->parts[0];
  uint32_t keys = table->key_count;
  for (uint32_t p = 1; p < build->part_count; p++) {
    BuildPart *part = &build->parts[p];
    if (!part->row_count) continue;
    part_translate(build, part, first);
    while (first->capacity < first->row_count + part->row_count)
      TRY(part_reserve(build, first, first->capacity + 1, error));
    memcpy(first->words + first->row_count * keys, part->words, part->row_count * keys * 8);
    memcpy(first->nulls + first->row_count, part->nulls, part->row_count * 8);
    first->row_count += part->row_count;
    TRY(row_store_concat(&first->rows, &part->rows, error));
    mem_free(part->words);
    mem_free(part->nulls);
    part->words = NULL;
    part->nulls = NULL;
  }
  for (uint32_t k = 0; k < keys; k++) key_column_seal(&first->key_columns[k]);
  table->rows = first->rows;
  table->row_count = first->row_count;
  table->words = first->words;
  table->nulls = first->nulls;
  table->key_columns = first->key_columns;
  first->rows = (RowStore){0};
  first->words = NULL;
  first->nulls = NULL;
  first->key_columns = mem_alloc_zero((keys + 1) * sizeof *first->key_columns);
  return STATUS_OK;
}

// ---------------------------------------------------------------- slots

static uint64_t row_hash(const JoinTable *table, uint64_t row) {
  const int64_t *words = table->words + row * table->key_count;
  uint64_t hash = table->nulls[row];
  for (uint32_t k = 0; k < table->key_count; k++) hash = hash_combine(hash, (uint64_t)words[k]);
  return hash;
}

static bool rows_equal(const JoinTable *table, uint64_t a, uint64_t b) {
  return (!table->null_safe || table->nulls[a] == table->nulls[b]) &&
         !memcmp(table->words + a * table->key_count, table->words + b * table->key_count,
                 table->key_count * sizeof(int64_t));
}

// Another worker may take the slot, or put a row before this one, at any time: then look again.
static void row_enter(JoinTable *table, uint32_t row, uint64_t hash) {
  uint64_t mask = table->slot_count - 1, at = hash & mask;
  uint32_t head = __atomic_load_n(&table->slots[at], __ATOMIC_ACQUIRE);
  for (;;) {
    if (head && !rows_equal(table, head - 1, row)) {
      at = (at + 1) & mask;
      head = __atomic_load_n(&table->slots[at], __ATOMIC_ACQUIRE);
      continue;
    }
    if (head && table->distinct) return;
    if (table->next) table->next[row] = head - 1; // 0 - 1: JOIN_TABLE_NONE
    if (__atomic_compare_exchange_n(&table->slots[at], &head, row + 1, false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_ACQUIRE))
      return;
  }
}

// The slot of a dense key is its own: nothing to compare, and one row is enough.
static void row_enter_dense(JoinTable *table, uint32_t row) {
  __atomic_store_n(&table->slots[table->words[row] - table->min], row + 1, __ATOMIC_RELAXED);
}

static Status rows_enter(void *context, uint32_t worker, uint64_t step, Error *error) {
  (void)worker;
  (void)error;
  JoinTable *table = context;
  uint64_t first = step * INSERT_ROWS, hashes[INSERT_ROWS];
  uint64_t count = table->row_count - first < INSERT_ROWS ? table->row_count - first : INSERT_ROWS;
  if (table->dense) {
    for (uint64_t i = 0; i < count; i++)
      if (!table->nulls[first + i]) row_enter_dense(table, (uint32_t)(first + i));
    return STATUS_OK;
  }
  for (uint64_t i = 0; i < count; i++) {
    hashes[i] = row_hash(table, first + i);
    __builtin_prefetch(&table->slots[hashes[i] & (table->slot_count - 1)], 1);
  }
  for (uint64_t i = 0; i < count; i++)
    if (table->null_safe || !table->nulls[first + i])
      row_enter(table, (uint32_t)(first + i), hashes[i]);
  return STATUS_OK;
}

// ---------------------------------------------------------------- rows laid out by key

static uint64_t step_end(const JoinTable *table, uint64_t step) {
  uint64_t end = (step + 1) * INSERT_ROWS;
  return end < table->row_count ? end : table->row_count;
}

static Status step_count(void *context, uint32_t worker, uint64_t step, Error *error) {
  (void)worker, (void)error;
  JoinTable *table = context;
  for (uint64_t row = step * INSERT_ROWS; row < step_end(table, step); row++)
    if (!table->nulls[row])
      __atomic_fetch_add(&table->slots[table->words[row] - table->min], 1, __ATOMIC_RELAXED);
  return STATUS_OK;
}

// A slot begins as the start of its key's positions, and counts up to their end.
static Status step_place(void *context, uint32_t worker, uint64_t step, Error *error) {
  (void)worker, (void)error;
  JoinTable *table = context;
  for (uint64_t row = step * INSERT_ROWS; row < step_end(table, step); row++) {
    if (table->nulls[row]) continue;
    uint32_t *slot = &table->slots[table->words[row] - table->min];
    table->row_at[__atomic_fetch_add(slot, 1, __ATOMIC_RELAXED)] = (uint32_t)row;
  }
  return STATUS_OK;
}

static Status rows_lay_out(Build *build, uint64_t steps, Error *error) {
  JoinTable *table = build->table;
  const Execution *execution = build->input->execution;
  TRY(execution_steps(execution, build->part_count, steps, step_count, table, error));
  uint32_t start = 0;
  for (uint64_t slot = 0; slot < table->slot_count; slot++) {
    uint32_t count = table->slots[slot];
    table->slots[slot] = start;
    start += count;
    if (count) bits_set(table->last, start - 1);
  }
  return execution_steps(execution, build->part_count, steps, step_place, table, error);
}

// One slot a value, where one key's values are their own words of a known range, not much wider
// than there are rows.
static void slots_layout(const Build *build, JoinTable *table) {
  table->slot_count = SLOTS_MIN;
  while (table->slot_count < table->row_count * 2) table->slot_count *= 2;
  if (table->key_count != 1 || table->null_safe) return;
  PlanColumn known = expr_program_column(build->options->keys->programs[0]);
  const KeyColumn *key = &table->key_columns[0];
  bool words =
      !key_column_interns(key) && (key->dictionary || type_physical(key->type) == PHYSICAL_INT);
  if (!words || known.min > known.max) return;
  uint64_t span = (uint64_t)known.max - (uint64_t)known.min;
  if (span >= DENSE_SLOTS_MIN && span >= table->row_count * 4) return;
  table->dense = true;
  table->min = known.min;
  table->slot_count = span + 1;
}

static Status slots_fill(Build *build, Error *error) {
  JoinTable *table = build->table;
  if (table->row_count >= JOIN_TABLE_NONE)
    return error_set(error, STATUS_LIMIT, "a join would keep more than 4,294,967,294 rows");
  slots_layout(build, table);
  uint64_t chains = table->distinct ? 0 : table->row_count;
  TRY(table_charge(table, (table->slot_count + chains) * sizeof(uint32_t) + chains / 8, error));
  table->slots = mem_alloc_zero(table->slot_count * sizeof *table->slots);
  const Execution *execution = build->input->execution;
  uint64_t steps = (table->row_count + INSERT_ROWS - 1) / INSERT_ROWS;
  if (chains && table->dense) {
    table->row_at = mem_alloc(chains * sizeof *table->row_at);
    table->last = mem_alloc_zero((bits_words(chains) + 1) * sizeof *table->last);
    return rows_lay_out(build, steps, error);
  }
  if (chains) table->next = mem_alloc(chains * sizeof *table->next);
  return execution_steps(execution, build->part_count, steps, rows_enter, table, error);
}

// ---------------------------------------------------------------- build and find

static Status build_run(Build *build, Error *error) {
  uint32_t opened = build->input->worker_count; // so many its close must free
  if (build->options->ordered) build->input->worker_count = 1;
  Status status = operator_drain(build->input, part_take, build, error);
  build->input->worker_count = opened;
  TRY(status);
  TRY(parts_join(build, error));
  return build->table->key_count ? slots_fill(build, error) : STATUS_OK;
}

Status join_table_build(JoinTable *table, Operator *input, const JoinTableOptions *options,
                        Error *error) {
  uint32_t keys = options->keys->count;
  assert(keys <= 64);
  *table = (JoinTable){.key_count = keys,
                       .null_safe = options->null_safe,
                       .distinct = options->distinct,
                       .budget = &input->execution->job->memory};
  Build build = {table, input, options, NULL, options->ordered ? 1 : input->worker_count};
  build.parts = mem_alloc_zero(build.part_count * sizeof *build.parts);
  for (uint32_t p = 0; p < build.part_count; p++) part_init(&build, &build.parts[p]);
  Status status = build_run(&build, error);
  for (uint32_t p = 0; p < build.part_count; p++) part_clear(&build, &build.parts[p]);
  mem_free(build.parts);
  return status;
}

void join_table_clear(JoinTable *table) {
  row_store_clear(&table->rows);
  for (uint32_t k = 0; table->key_columns && k < table->key_count; k++)
    key_column_clear(&table->key_columns[k]);
  mem_free(table->key_columns);
  mem_free(table->words);
  mem_free(table->nulls);
  mem_free(table->slots);
  mem_free(table->next);
  mem_free(table->row_at);
  mem_free(table->last);
  if (table->budget) memory_budget_release(table->budget, table->charged);
  *table = (JoinTable){0};
}

static bool key_equals(const JoinTable *table, uint32_t row, int64_t *const *words, uint64_t nulls,
                       uint32_t i) {
  const int64_t *own = table->words + (uint64_t)row * table->key_count;
  for (uint32_t k = 0; k < table->key_count; k++)
    if (own[k] != words[k][i]) return false;
  return !table->null_safe || table->nulls[row] == nulls;
}

static void find_dense(const JoinTable *table, const int64_t *words, const uint64_t *nulls,
                       uint32_t count, uint32_t *cursors) {
  const uint32_t *slots = table->slots;
  for (uint32_t i = 0; i < count; i++) {
    uint64_t at = (uint64_t)words[i] - (uint64_t)table->min;
    cursors[i] = JOIN_TABLE_NONE;
    if (nulls[i] || at >= table->slot_count) continue;
    uint32_t start = at && table->row_at ? slots[at - 1] : 0;
    if (!table->row_at)
      cursors[i] = slots[at] - 1;
    else if (start < slots[at])
      cursors[i] = start;
  }
}

void join_table_find(const JoinTable *table, int64_t *const *words, const uint64_t *nulls,
                     uint32_t count, uint32_t *cursors) {
  if (table->dense) {
    find_dense(table, words[0], nulls, count, cursors);
    return;
  }
  uint64_t hashes[VECTOR_ROWS], mask = table->slot_count - 1;
  for (uint32_t i = 0; i < count; i++) {
    hashes[i] = nulls[i];
    for (uint32_t k = 0; k < table->key_count; k++)
      hashes[i] = hash_combine(hashes[i], (uint64_t)words[k][i]);
    __builtin_prefetch(&table->slots[hashes[i] & mask]);
  }
  for (uint32_t i = 0; i < count; i++) {
    uint32_t head = table->slots[hashes[i] & mask];
    if (!head) continue;
    __builtin_prefetch(&table->words[(uint64_t)(head - 1) * table->key_count]);
  }
  for (uint32_t i = 0; i < count; i++) {
    uint64_t at = hashes[i] & mask;
    cursors[i] = JOIN_TABLE_NONE;
    if (nulls[i] && !table->null_safe) continue;
    while (table->slots[at] && !key_equals(table, table->slots[at] - 1, words, nulls[i], i))
      at = (at + 1) & mask;
    if (table->slots[at]) cursors[i] = table->slots[at] - 1;
  }
}
