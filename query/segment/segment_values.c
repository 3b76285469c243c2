// See segment_values.h.
#include "segment_values.h"
#include "expr_eval.h"
#include "query_columns.h"
#include <stdatomic.h>

struct SegmentValues {
  _Atomic uint32_t refs;
  Column *column;
};

SegmentValues *segment_values_retain(SegmentValues *values) {
  atomic_fetch_add(&values->refs, 1);
  return values;
}

void segment_values_release(SegmentValues *values) {
  if (!values || atomic_fetch_sub(&values->refs, 1) > 1) return;
  column_destroy(values->column);
  mem_free(values);
}

size_t segment_values_bytes(const SegmentValues *values) {
  return sizeof *values + column_bytes(values->column);
}

const Column *segment_values_column(const SegmentValues *values) {
  return values->column;
}

// ---------------------------------------------------------------- making them

typedef struct ValuesSink {
  const Evaluation *evaluation;
  const char *const *links;
  uint32_t count;
  uint64_t row_count;
  int64_t **values; // [count][row_count]
  uint64_t **known; // [count] a bit a row
  uint32_t rows[VECTOR_ROWS];
} ValuesSink;

// The rows of a batch's members; 0: none.
static void members_find(ValuesSink *sink, const Vector *members, uint32_t count) {
  const Table *table = sink->evaluation->members.table;
  if (sink->links[0] && !strcmp(sink->links[0], table->schema->name)) {
    vector_flatten_u32(members, count, sink->rows);
    for (uint32_t i = 0; members->validity && i < count; i++)
      if (!vector_is_valid(members, i)) sink->rows[i] = 0;
    return;
  }
  for (uint32_t i = 0; i < count; i++) {
    Value key = vector_value(members, i);
    sink->rows[i] = segment_member_row(table, &key);
  }
}

static Status sink_batch(void *context, const Batch *batch, Error *error) {
  ValuesSink *sink = context;
  int64_t flat[VECTOR_ROWS];
  (void)error;
  members_find(sink, &batch->columns[0], batch->row_count);
  for (uint32_t c = 0; c < sink->count; c++) {
    const Vector *v = &batch->columns[1 + c];
    vector_flatten_int(v, batch->row_count, flat);
    for (uint32_t i = 0; i < batch->row_count; i++) {
      if (!sink->rows[i] || !vector_is_valid(v, i)) continue;
      sink->values[c][sink->rows[i]] = flat[i];
      bits_set(sink->known[c], sink->rows[i]);
    }
  }
  return STATUS_OK;
}

static SegmentValues *values_make(Type type, const int64_t *values, const uint64_t *known,
                                  uint64_t row_count) {
  uint32_t count = (uint32_t)((row_count + BLOCK_ROWS - 1) / BLOCK_ROWS);
  Block **blocks = mem_alloc((count + 1) * sizeof *blocks);
  for (uint32_t b = 0; b < count; b++) {
    uint64_t from = (uint64_t)b * BLOCK_ROWS, left = row_count - from;
    blocks[b] = block_encode_int(values + from, known + from / 64,
                                 left < BLOCK_ROWS ? (uint32_t)left : BLOCK_ROWS);
  }
  SegmentValues *made = mem_alloc_zero(sizeof *made);
  atomic_init(&made->refs, 1);
  made->column = column_create(type, NULL, blocks, count);
  return made;
}

Status segment_values_run(const Evaluation *evaluation, LogicalContext *context, Logical *tree,
                          uint32_t count, SegmentValues **values) {
  const SegmentWorld *world = evaluation->world;
  uint64_t rows = evaluation->members.table->row_count;
  MemoryBudget *budget = world->job ? &world->job->memory : NULL;
  int64_t bytes = (int64_t)(count * (rows + 64) * sizeof(int64_t) * 2);
  TRY(memory_budget_charge(budget, bytes, evaluation->error));
  ValuesSink *sink = mem_alloc_zero(sizeof *sink);
  int64_t *flat[SEGMENT_VALUES_MAX];
  uint64_t *known[SEGMENT_VALUES_MAX];
  *sink = (ValuesSink){.evaluation = evaluation, .count = count, .values = flat, .known = known};
  for (uint32_t c = 0; c < count; c++) {
    flat[c] = mem_alloc_zero((rows + 1) * sizeof **flat);
    known[c] = mem_alloc_zero((bits_words(rows) + 1) * sizeof **known);
  }
  const char **links = ARENA_ARRAY(context->arena, const char *, tree->column_count);
  sink->links = links;
  Status status = query_batches(context, tree, world->root, world->pool, world->job, links,
                                sink_batch, sink, evaluation->error);
  for (uint32_t c = 0; c < count; c++) {
    if (status == STATUS_OK)
      values[c] = values_make(tree->columns[1 + c].type, flat[c], known[c], rows);
    mem_free(flat[c]);
    mem_free(known[c]);
  }
  mem_free(sink);
  memory_budget_release(budget, bytes);
  return status;
}

// ---------------------------------------------------------------- asking them

static Rowset *found_set(uint64_t *words, uint64_t row_count) {
  RowBits bits = {.words = words, .row_count = row_count};
  if (row_count) bits_clear(words, 0); // nobody's row
  Rowset *set = rowset_of_bits(&bits);
  mem_free(words);
  return set;
}

Rowset *segment_values_in(const SegmentValues *values, IntRange range, bool none_too) {
  const Column *column = values->column;
  uint64_t *words = mem_alloc_zero((bits_words(column->row_count) + 1) * sizeof *words);
  uint8_t mask[VECTOR_ROWS + 8];
  VectorBuffer buffer = {0};
  for (uint64_t row = 0; row < column->row_count; row += VECTOR_ROWS) {
    uint64_t left = column->row_count - row, *out = words + row / 64;
    uint32_t count = left < VECTOR_ROWS ? (uint32_t)left : VECTOR_ROWS;
    Vector v;
    column_read(column, row, count, &buffer, &v);
    memset(mask, range.low <= range.high, count);
    if (range.low <= range.high) int_range_apply(range, &v, count, mask);
    bits_from_bytes(mask, count, out);
    for (size_t w = 0; none_too && v.validity && w < bits_words(count); w++) {
      uint64_t here = count - w * 64 < 64 ? (UINT64_C(1) << (count - w * 64)) - 1 : UINT64_MAX;
      out[w] |= here & ~v.validity[v.constant ? 0 : w];
    }
  }
  vector_buffer_clear(&buffer);
  return found_set(words, column->row_count);
}

Status segment_values_where(const Evaluation *evaluation, SegmentValues *const *values,
                            uint32_t count, const Expr *meets, Rowset **set) {
  uint64_t row_count = values[0]->column->row_count;
  uint64_t *words = mem_alloc_zero((bits_words(row_count) + 1) * sizeof *words);
  PlanColumn known[SEGMENT_VALUES_MAX];
  VectorBuffer buffers[SEGMENT_VALUES_MAX] = {0};
  Vector columns[SEGMENT_VALUES_MAX];
  uint8_t mask[VECTOR_ROWS + 8];
  for (uint32_t c = 0; c < count; c++) {
    const Column *column = values[c]->column;
    known[c] = (PlanColumn){.type = column->type, .min = column->min, .max = column->max};
  }
  ExprProgram *program = expr_program_create(meets, known, count, evaluation->world->job);
  ExprState *state = expr_state_create(program);
  Status status = STATUS_OK;
  for (uint64_t row = 0; row < row_count && status == STATUS_OK; row += VECTOR_ROWS) {
    uint64_t left = row_count - row;
    Batch batch = {left < VECTOR_ROWS ? (uint32_t)left : VECTOR_ROWS, count, columns};
    for (uint32_t c = 0; c < count; c++)
      column_read(values[c]->column, row, batch.row_count, &buffers[c], &columns[c]);
    memset(mask, 1, batch.row_count);
    status = expr_eval_mask(state, &batch, mask, evaluation->error);
    bits_from_bytes(mask, batch.row_count, words + row / 64);
  }
  for (uint32_t c = 0; c < count; c++) vector_buffer_clear(&buffers[c]);
  expr_state_destroy(state);
  expr_program_destroy(program);
  if (status == STATUS_OK)
    *set = found_set(words, row_count);
  else
    mem_free(words);
  return status;
}
