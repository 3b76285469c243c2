// Stages: see stage.h. Invariant: stages[b] and blocks[c][b] change under the lock only; a stage's
// values are written by workers that own their rows, and read after `filled` says that all came.
#include "stage.h"
#include <assert.h>
#include <stdatomic.h>

#define FREE_STAGES_MAX 3
#define NULL_WORDS (BLOCK_ROWS / 64)

Block *block_encode_physical(Physical physical, const void *values, const uint64_t *validity,
                             uint32_t count) {
  switch (physical) {
  case PHYSICAL_WIDE:
    return block_encode_wide(values, validity, count);
  case PHYSICAL_DOUBLE:
    return block_encode_double(values, validity, count);
  case PHYSICAL_TEXT:
    return block_encode_text(values, validity, count);
  default:
    return block_encode_int(values, validity, count);
  }
}

void stage_set_init(StageSet *set, uint32_t column_count, const Physical *physicals,
                    const bool *zero_filled, const Column *const *base, uint64_t base_rows,
                    uint32_t unsealed_blocks, MemoryBudget *budget) {
  *set = (StageSet){.column_count = column_count,
                    .base_rows = base_rows,
                    .unsealed_blocks = unsealed_blocks,
                    .budget = budget};
  set->physicals = mem_alloc(column_count * sizeof *set->physicals);
  set->zero_filled = mem_alloc(column_count * sizeof *set->zero_filled);
  set->base = mem_alloc(column_count * sizeof *set->base);
  set->blocks = mem_alloc_zero(column_count * sizeof *set->blocks);
  if (column_count) {
    memcpy(set->physicals, physicals, column_count * sizeof *physicals);
    memcpy(set->zero_filled, zero_filled, column_count * sizeof *zero_filled);
    memcpy(set->base, base, column_count * sizeof *base);
  }
  pthread_mutex_init(&set->lock, NULL);
}

static void slabs_free(StageColumn *column) {
  for (TextSlab *slab = column->slabs, *next; slab; slab = next) {
    next = slab->next;
    mem_free(slab);
  }
  column->slabs = NULL;
}

static void stage_destroy(StageSet *set, Stage *stage) {
  if (!stage) return;
  for (uint32_t c = 0; c < set->column_count; c++) {
    slabs_free(&stage->columns[c]);
    mem_free(stage->columns[c].values);
    mem_free(stage->columns[c].nulls);
  }
  mem_free(stage);
}

static int64_t stage_bytes(const StageSet *set) {
  int64_t bytes = sizeof(Stage);
  for (uint32_t c = 0; c < set->column_count; c++)
    bytes += (int64_t)(physical_bytes(set->physicals[c]) * BLOCK_ROWS + BLOCK_ROWS / 8 +
                       sizeof(StageColumn));
  return bytes;
}

void stage_set_clear(StageSet *set) {
  if (!set->physicals) return;
  for (uint32_t b = 0; b < set->block_capacity; b++) {
    stage_destroy(set, set->stages[b]);
    for (uint32_t c = 0; c < set->column_count; c++)
      if (set->blocks[c]) block_release(set->blocks[c][b]);
  }
  for (Stage *stage = set->free_stages, *next; stage; stage = next) {
    next = stage->next_free;
    stage_destroy(set, stage);
  }
  for (uint32_t c = 0; c < set->column_count; c++) mem_free(set->blocks[c]);
  memory_budget_release(set->budget, set->charged_bytes);
  mem_free(set->stages);
  mem_free(set->blocks);
  mem_free(set->physicals);
  mem_free(set->zero_filled);
  mem_free(set->base);
  pthread_mutex_destroy(&set->lock);
  *set = (StageSet){0};
}

// --- Opening ---

static void blocks_reserve(StageSet *set, uint32_t count) {
  if (count <= set->block_capacity) return;
  uint32_t capacity = set->block_capacity ? set->block_capacity * 2 : 16;
  if (capacity < count) capacity = count;
  size_t added = capacity - set->block_capacity;
  set->stages = mem_realloc(set->stages, capacity * sizeof *set->stages);
  memset(set->stages + set->block_capacity, 0, added * sizeof *set->stages);
  for (uint32_t c = 0; c < set->column_count; c++) {
    set->blocks[c] = mem_realloc(set->blocks[c], capacity * sizeof **set->blocks);
    memset(set->blocks[c] + set->block_capacity, 0, added * sizeof **set->blocks);
  }
  set->block_capacity = capacity;
}

static Status charge(StageSet *set, int64_t bytes, Error *error) {
  TRY(memory_budget_charge(set->budget, bytes, error));
  atomic_fetch_add(&set->charged_bytes, bytes);
  return STATUS_OK;
}

static Status stage_create(StageSet *set, Stage **out, Error *error) {
  Stage *stage = set->free_stages;
  if (stage) {
    set->free_stages = stage->next_free;
    set->free_count--;
    *out = stage;
    return STATUS_OK;
  }
  TRY(charge(set, stage_bytes(set), error));
  stage = mem_alloc_zero(sizeof *stage + set->column_count * sizeof *stage->columns);
  for (uint32_t c = 0; c < set->column_count; c++) {
    stage->columns[c].values = mem_alloc(physical_bytes(set->physicals[c]) * BLOCK_ROWS);
    stage->columns[c].nulls = mem_alloc_zero(NULL_WORDS * sizeof(uint64_t));
  }
  *out = stage;
  return STATUS_OK;
}

// Copies a block's values and NULLs into the first rows of a stage's column.
static void column_decode(const StageSet *set, StageColumn *column, uint32_t c,
                          const Block *block) {
  size_t size = physical_bytes(set->physicals[c]);
  VectorBuffer buffer = {0};
  Vector v;
  for (uint32_t row = 0; row < block->row_count; row += VECTOR_ROWS) {
    uint32_t left = block->row_count - row, count = left < VECTOR_ROWS ? left : VECTOR_ROWS;
    block_read(block, row, count, &buffer, &v);
    if (set->physicals[c] == PHYSICAL_INT)
      vector_flatten_int(&v, count, (int64_t *)column->values + row);
    else if (v.constant)
      for (uint32_t i = 0; i < count; i++)
        memcpy((char *)column->values + (row + i) * size, v.data, size);
    else
      memcpy((char *)column->values + row * size, v.data, count * size);
  }
  vector_buffer_clear(&buffer); // strings are views into the block
  if (!block->validity) return;
  for (uint32_t w = 0; w < bits_words(block->row_count); w++)
    column->nulls[w] = ~block->validity[w];
  if (block->row_count % 64)
    column->nulls[block->row_count / 64] &= (UINT64_C(1) << (block->row_count % 64)) - 1;
  column->has_null = true;
}

static void stage_fill_base(StageSet *set, Stage *stage) {
  uint64_t first = (uint64_t)stage->block * BLOCK_ROWS;
  if (first >= set->base_rows) return;
  uint64_t left = set->base_rows - first;
  uint32_t rows = left < BLOCK_ROWS ? (uint32_t)left : BLOCK_ROWS;
  for (uint32_t c = 0; c < set->column_count; c++) {
    if (set->base[c]) {
      column_decode(set, &stage->columns[c], c, set->base[c]->blocks[stage->block]);
      continue;
    }
    // A column that the table did not have.
    memset(stage->columns[c].values, 0, rows * physical_bytes(set->physicals[c]));
    if (set->zero_filled[c]) continue;
    bits_fill(stage->columns[c].nulls, rows);
    stage->columns[c].has_null = true;
  }
  stage->filled = rows;
}

Status stage_open(StageSet *set, uint32_t block, Stage **out, Error *error) {
  pthread_mutex_lock(&set->lock);
  blocks_reserve(set, block + 1);
  Status status = STATUS_OK;
  Stage *stage = set->stages[block];
  if (!stage) {
    status = stage_create(set, &stage, error);
    if (status == STATUS_OK) {
      stage->block = block;
      stage->filled = 0;
      stage_fill_base(set, stage);
      set->stages[block] = stage;
    }
  }
  pthread_mutex_unlock(&set->lock);
  *out = stage;
  return status;
}

// --- Rows ---

void stage_set_null(Stage *stage, uint32_t column, uint32_t row) {
  _Atomic uint64_t *word = (_Atomic uint64_t *)&stage->columns[column].nulls[row / 64];
  atomic_fetch_or_explicit(word, UINT64_C(1) << (row % 64), memory_order_relaxed);
  atomic_store_explicit(&stage->columns[column].has_null, true, memory_order_relaxed);
}

void stage_set_valid(Stage *stage, uint32_t column, uint32_t row) {
  _Atomic uint64_t *word = (_Atomic uint64_t *)&stage->columns[column].nulls[row / 64];
  atomic_fetch_and_explicit(word, ~(UINT64_C(1) << (row % 64)), memory_order_relaxed);
}

void stage_clear_row(StageSet *set, Stage *stage, uint32_t row) {
  for (uint32_t c = 0; c < set->column_count; c++) {
    size_t size = physical_bytes(set->physicals[c]);
    memset((char *)stage->columns[c].values + row * size, 0, size);
    if (!set->zero_filled[c]) stage_set_null(stage, c, row);
  }
}

char *stage_text_room(Stage *stage, uint32_t column, size_t size) {
  TextSlab *slab = mem_alloc(sizeof *slab + size);
  slab->size = size;
  slab->next = atomic_load(&stage->columns[column].slabs);
  while (!atomic_compare_exchange_weak(&stage->columns[column].slabs, &slab->next, slab)) {
  }
  return slab->bytes;
}

// --- Encoding ---

// NULL bits of a column as validity in place: NULL when there are none.
static const uint64_t *column_validity(StageColumn *column) {
  if (!column->has_null) return NULL;
  for (uint32_t w = 0; w < NULL_WORDS; w++) column->nulls[w] = ~column->nulls[w];
  return column->nulls;
}

// Empty strings for NULL rows of texts: their views may be anything.
static Block *column_encode(const StageSet *set, Stage *stage, uint32_t c, uint32_t rows) {
  StageColumn *column = &stage->columns[c];
  return block_encode_physical(set->physicals[c], column->values, column_validity(column), rows);
}

static Status stage_encode(StageSet *set, Stage *stage, uint32_t rows, Error *error) {
  Status status = STATUS_OK;
  for (uint32_t c = 0; c < set->column_count && status == STATUS_OK; c++) {
    Block *block = column_encode(set, stage, c, rows);
    status = charge(set, (int64_t)block_bytes(block), error);
    pthread_mutex_lock(&set->lock);
    set->blocks[c][stage->block] = block;
    pthread_mutex_unlock(&set->lock);
  }
  return status;
}

static void stage_close(StageSet *set, Stage *stage) {
  for (uint32_t c = 0; c < set->column_count; c++) {
    slabs_free(&stage->columns[c]);
    memset(stage->columns[c].nulls, 0, NULL_WORDS * sizeof(uint64_t));
    stage->columns[c].has_null = false;
  }
  pthread_mutex_lock(&set->lock);
  set->stages[stage->block] = NULL;
  bool keep = set->free_count < FREE_STAGES_MAX;
  if (keep) {
    stage->next_free = set->free_stages;
    set->free_stages = stage;
    set->free_count++;
  }
  pthread_mutex_unlock(&set->lock);
  if (keep) return;
  int64_t bytes = stage_bytes(set);
  stage_destroy(set, stage);
  atomic_fetch_sub(&set->charged_bytes, bytes);
  memory_budget_release(set->budget, bytes);
}

Status stage_finish_rows(StageSet *set, Stage *stage, uint32_t rows, Error *error) {
  uint32_t filled = atomic_fetch_add_explicit(&stage->filled, rows, memory_order_acq_rel) + rows;
  assert(filled <= BLOCK_ROWS);
  if (filled < BLOCK_ROWS || stage->block < set->unsealed_blocks) return STATUS_OK;
  TRY(stage_encode(set, stage, BLOCK_ROWS, error));
  stage_close(set, stage);
  return STATUS_OK;
}

// --- Sealing ---

typedef struct SealTask {
  StageSet *set;
  uint64_t total_rows;
  uint32_t block_count;
  _Atomic uint32_t next;
  _Atomic int status;
  Error error;
  pthread_mutex_t lock;
} SealTask;

static uint32_t rows_of_block(uint64_t total_rows, uint32_t block) {
  uint64_t left = total_rows - (uint64_t)block * BLOCK_ROWS;
  return left < BLOCK_ROWS ? (uint32_t)left : BLOCK_ROWS;
}

// One column of one block: encoded from its stage, shared from the base, or made of NULLs.
static Status seal_one(SealTask *task, uint32_t block, uint32_t c, Error *error) {
  StageSet *set = task->set;
  if (set->blocks[c][block]) return STATUS_OK;
  uint32_t rows = rows_of_block(task->total_rows, block);
  Block *made;
  if (set->stages[block]) {
    made = column_encode(set, set->stages[block], c, rows);
  } else if (set->base[c]) {
    set->blocks[c][block] = block_retain(set->base[c]->blocks[block]);
    return STATUS_OK;
  } else {
    void *values = mem_alloc_zero(rows * physical_bytes(set->physicals[c]));
    uint64_t *validity = mem_alloc_zero(bits_words(rows) * sizeof *validity);
    made = block_encode_physical(set->physicals[c], values, set->zero_filled[c] ? NULL : validity,
                                 rows);
    mem_free(values);
    mem_free(validity);
  }
  set->blocks[c][block] = made;
  return charge(set, (int64_t)block_bytes(made), error);
}

static void seal_task(void *context, uint32_t worker) {
  (void)worker;
  SealTask *task = context;
  uint32_t work = task->block_count * task->set->column_count;
  for (uint32_t i; (i = atomic_fetch_add(&task->next, 1)) < work && !task->status;) {
    Error error = ERROR_INIT;
    uint32_t columns = task->set->column_count;
    Status status = seal_one(task, i / columns, i % columns, &error);
    if (status == STATUS_OK) continue;
    pthread_mutex_lock(&task->lock);
    task->status = (int)status;
    task->error = error;
    pthread_mutex_unlock(&task->lock);
  }
}

Status stage_set_seal(StageSet *set, uint64_t total_rows, ThreadPool *pool, Block ****blocks,
                      uint32_t *block_count, Error *error) {
  uint32_t count = (uint32_t)((total_rows + BLOCK_ROWS - 1) / BLOCK_ROWS);
  blocks_reserve(set, count ? count : 1);
  SealTask task = {.set = set, .total_rows = total_rows, .block_count = count};
  pthread_mutex_init(&task.lock, NULL);
  thread_pool_run(pool, pool ? thread_pool_size(pool) : 1, seal_task, &task);
  pthread_mutex_destroy(&task.lock);
  if (task.status) {
    if (error) *error = task.error;
    return (Status)task.status;
  }
  *blocks = set->blocks;
  *block_count = count;
  set->blocks = mem_alloc_zero(set->column_count * sizeof *set->blocks);
  return STATUS_OK;
}
