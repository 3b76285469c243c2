// The same rows in another order: clustering and projections.
//
// A column at a time is decoded flat, gathered by the order and encoded anew; threads take columns.
// Peak memory is one flat column a thread.
#include "table.h"
#include "thread_pool.h"
#include <stdatomic.h>

typedef struct Reorder {
  const Table *source;
  const uint32_t *order;
  const uint32_t *columns;
  uint32_t column_count;
  Column **out;
  _Atomic uint32_t next;
} Reorder;

// Flat values of a column, and its validity as one bitmap (NULL: no NULLs).
static void *column_flatten(const Column *column, uint64_t **validity) {
  Physical physical = column_physical(column);
  size_t size = physical_bytes(physical);
  char *flat = mem_alloc(column->row_count * size);
  *validity = column->null_count ? mem_alloc_zero(bits_words(column->row_count) * 8) : NULL;
  VectorBuffer buffer = {0};
  for (uint64_t row = 0; row < column->row_count; row += VECTOR_ROWS) {
    uint64_t left = column->row_count - row;
    uint32_t count = left < VECTOR_ROWS ? (uint32_t)left : VECTOR_ROWS;
    Vector v;
    column_read(column, row, count, &buffer, &v);
    if (physical == PHYSICAL_INT)
      vector_flatten_int(&v, count, (int64_t *)flat + row);
    else
      memcpy(flat + row * size, v.data, count * size);
    if (!*validity) continue;
    if (v.validity)
      memcpy(*validity + row / 64, v.validity, bits_words(count) * 8);
    else
      bits_fill(*validity + row / 64, count);
  }
  vector_buffer_clear(&buffer);
  return flat;
}

static Block *block_gather(Physical physical, const void *flat, const uint64_t *validity,
                           const uint32_t *order, uint32_t count, void *values, uint64_t *valid) {
  size_t size = physical_bytes(physical);
  if (size == 8)
    for (uint32_t i = 0; i < count; i++) ((int64_t *)values)[i] = ((const int64_t *)flat)[order[i]];
  else
    for (uint32_t i = 0; i < count; i++)
      ((int128_t *)values)[i] = ((const int128_t *)flat)[order[i]];
  if (validity) {
    memset(valid, 0, BLOCK_ROWS / 8);
    for (uint32_t i = 0; i < count; i++)
      if (bits_get(validity, order[i])) bits_set(valid, i);
  }
  const uint64_t *bitmap = validity ? valid : NULL;
  switch (physical) {
  case PHYSICAL_INT:
    return block_encode_int(values, bitmap, count);
  case PHYSICAL_DOUBLE:
    return block_encode_double(values, bitmap, count);
  case PHYSICAL_WIDE:
    return block_encode_wide(values, bitmap, count);
  default:
    return block_encode_text(values, bitmap, count);
  }
}

static Column *column_reorder(const Column *column, const uint32_t *order) {
  uint64_t *validity;
  void *flat = column_flatten(column, &validity);
  void *values = mem_alloc(BLOCK_ROWS * sizeof(int128_t));
  uint64_t *valid = mem_alloc(BLOCK_ROWS / 8);
  Block **blocks = mem_alloc(column->block_count * sizeof *blocks);
  for (uint32_t b = 0; b < column->block_count; b++)
    blocks[b] =
        block_gather(column_physical(column), flat, validity, order + (size_t)b * BLOCK_ROWS,
                     column->blocks[b]->row_count, values, valid);
  mem_free(flat);
  mem_free(validity);
  mem_free(values);
  mem_free(valid);
  return column_create(column->type, dictionary_retain(column->dictionary), blocks,
                       column->block_count);
}

static void reorder_task(void *context, uint32_t worker) {
  (void)worker;
  Reorder *reorder = context;
  for (uint32_t c; (c = atomic_fetch_add(&reorder->next, 1)) < reorder->column_count;)
    reorder->out[c] = column_reorder(reorder->source->columns[reorder->columns[c]], reorder->order);
}

static uint64_t *bitmap_reorder(const uint64_t *bitmap, const uint32_t *order, uint64_t count) {
  if (!bitmap) return NULL;
  uint64_t *out = mem_alloc_zero(bits_words(count) * sizeof *out);
  for (uint64_t i = 0; i < count; i++)
    if (bits_get(bitmap, order[i])) bits_set(out, i);
  return out;
}

Table *table_reorder(const Table *table, const uint32_t *order, const uint32_t *columns,
                     uint32_t column_count, ThreadPool *pool) {
  if (!columns) column_count = table->schema->column_count;
  uint32_t *chosen = mem_alloc(column_count * sizeof *chosen);
  for (uint32_t c = 0; c < column_count; c++) chosen[c] = columns ? columns[c] : c;

  TableSchema schema = *table->schema;
  ColumnSchema *kept = mem_alloc(column_count * sizeof *kept);
  schema.columns = kept;
  schema.column_count = column_count;
  schema.key = schema.cluster = -1;
  for (uint32_t c = 0; c < column_count; c++) {
    kept[c] = table->schema->columns[chosen[c]];
    if ((int32_t)chosen[c] == table->schema->key) schema.key = (int32_t)c;
    if ((int32_t)chosen[c] == table->schema->cluster) schema.cluster = (int32_t)c;
  }
  Reorder reorder = {.source = table,
                     .order = order,
                     .columns = chosen,
                     .column_count = column_count,
                     .out = mem_alloc(column_count * sizeof(Column *))};
  thread_pool_run(pool, pool ? thread_pool_size(pool) : 1, reorder_task, &reorder);
  Table *out = table_create(schema_copy(&schema), reorder.out, table->row_count,
                            bitmap_reorder(table->hidden, order, table->row_count),
                            bitmap_reorder(table->inferred, order, table->row_count));
  mem_free(chosen);
  mem_free(kept);
  return out;
}
