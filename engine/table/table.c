// One version of a table, and its key index built on first need.
#include "table.h"
#include "key_index.h"
#include <assert.h>
#include <stdatomic.h>
#include <time.h>

Table *table_create(TableSchema *schema, Column **columns, uint64_t row_count, uint64_t *hidden,
                    uint64_t *inferred) {
  Table *table = mem_alloc_zero(sizeof *table);
  table->refs = 1;
  table->schema = schema;
  table->columns = columns;
  table->row_count = row_count;
  table->hidden = hidden;
  table->inferred = inferred;
  table->shown_count = row_count - (hidden ? bits_count(hidden, row_count) : 0);
  for (uint32_t c = 0; c < schema->column_count; c++) assert(columns[c]->row_count == row_count);
  return table;
}

Table *table_retain(Table *table) {
  atomic_fetch_add_explicit(&table->refs, 1, memory_order_relaxed);
  return table;
}

void table_release(Table *table) {
  if (!table || atomic_fetch_sub_explicit(&table->refs, 1, memory_order_acq_rel) != 1) return;
  for (uint32_t c = 0; c < table->schema->column_count; c++) column_destroy(table->columns[c]);
  for (uint32_t p = 0; p < table->projection_count; p++) table_release(table->projections[p]);
  mem_free(table->projections);
  mem_free(table->columns);
  mem_free(table->hidden);
  mem_free(table->inferred);
  key_index_destroy(atomic_load(&table->key_index));
  schema_destroy(table->schema);
  mem_free(table);
}

void table_count_scan(const Table *table) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  Table *counted = (Table *)table;
  atomic_fetch_add_explicit(&counted->scan_count, 1, memory_order_relaxed);
  atomic_store_explicit(&counted->scanned_at, (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000,
                        memory_order_relaxed);
}

void table_take_scans(Table *table, const Table *older) {
  atomic_store(&table->scan_count, atomic_load(&older->scan_count));
  atomic_store(&table->scanned_at, atomic_load(&older->scanned_at));
}

size_t table_bytes(const Table *table) {
  size_t bytes = sizeof *table, words = bits_words(table->row_count) * sizeof(uint64_t);
  for (uint32_t c = 0; c < table->schema->column_count; c++)
    bytes += column_bytes(table->columns[c]);
  return bytes + (table->hidden ? words : 0) + (table->inferred ? words : 0);
}

const KeyIndex *table_key_index(const Table *table) {
  Table *lazy = (Table *)table; // the one thing that a published table computes late
  KeyIndex *index = atomic_load(&lazy->key_index);
  if (index) return index;
  KeyIndex *mine = key_index_create(table);
  if (atomic_compare_exchange_strong(&lazy->key_index, &index, mine)) return mine;
  key_index_destroy(mine);
  return index;
}

uint32_t table_find_int(const Table *table, int64_t key) {
  return key_index_find_int(table_key_index(table), key);
}

uint32_t table_find_text(const Table *table, Str key) {
  return key_index_find_text(table_key_index(table), key);
}
