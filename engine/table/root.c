// Roots and the store that holds the current one.
#include "root.h"
#include "thread_pool.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

struct Store {
  pthread_mutex_t current_lock; // held for the moment of a pin or a publish
  pthread_mutex_t writer_lock;  // held for a whole load
  Root *current;
  MemoryBudget *budget;
  ThreadPool *pool;
};

Root *root_create(void) {
  Root *root = mem_alloc_zero(sizeof *root);
  root->refs = 1;
  return root;
}

Root *root_retain(Root *root) {
  atomic_fetch_add_explicit(&root->refs, 1, memory_order_relaxed);
  return root;
}

void root_release(Root *root) {
  if (!root || atomic_fetch_sub_explicit(&root->refs, 1, memory_order_acq_rel) != 1) return;
  for (uint32_t t = 0; t < root->table_count; t++) table_release(root->tables[t]);
  for (uint32_t b = 0; b < root->batch_count; b++) mem_free(root->batches[b]);
  mem_free(root->tables);
  mem_free(root->batches);
  mem_free(root->model_text);
  mem_free(root);
}

// The parts that tables share, to be counted once each.
typedef struct SharedParts {
  const void **parts;
  size_t count, bytes;
} SharedParts;

static size_t table_part_count(const Table *table) {
  size_t count = 0;
  for (uint32_t c = 0; c < table->schema->column_count; c++)
    count += table->columns[c]->block_count + 1;
  for (uint32_t p = 0; p < table->projection_count; p++)
    count += table_part_count(table->projections[p]);
  return count;
}

// Notes the blocks (or else the dictionaries) and, with the blocks, adds up what is not shared.
static void table_note_parts(const Table *table, bool dictionaries, SharedParts *shared) {
  for (uint32_t c = 0; c < table->schema->column_count; c++) {
    const Column *column = table->columns[c];
    if (dictionaries && column->dictionary) shared->parts[shared->count++] = column->dictionary;
    if (dictionaries) continue;
    for (uint32_t b = 0; b < column->block_count; b++)
      shared->parts[shared->count++] = column->blocks[b];
    shared->bytes += sizeof *column + column->block_count * sizeof *column->blocks;
  }
  size_t bitmaps = (table->hidden != NULL) + (table->inferred != NULL);
  if (!dictionaries)
    shared->bytes += sizeof *table + bitmaps * bits_words(table->row_count) * sizeof(uint64_t);
  for (uint32_t p = 0; p < table->projection_count; p++)
    table_note_parts(table->projections[p], dictionaries, shared);
}

static int compare_address(const void *a, const void *b) {
  uintptr_t x = *(const uintptr_t *)a, y = *(const uintptr_t *)b;
  return (x > y) - (x < y);
}

static void root_add_parts(const Root *root, bool dictionaries, SharedParts *shared) {
  shared->count = 0;
  for (uint32_t t = 0; t < root->table_count; t++)
    table_note_parts(root->tables[t], dictionaries, shared);
  qsort(shared->parts, shared->count, sizeof *shared->parts, compare_address);
  for (size_t i = 0; i < shared->count; i++) {
    if (i && shared->parts[i] == shared->parts[i - 1]) continue;
    shared->bytes += dictionaries ? ((const Dictionary *)shared->parts[i])->bytes
                                  : block_bytes(shared->parts[i]);
  }
}

size_t root_bytes(const Root *root) {
  size_t part_count = 0;
  for (uint32_t t = 0; t < root->table_count; t++) part_count += table_part_count(root->tables[t]);
  SharedParts shared = {.parts = mem_alloc(part_count * sizeof(void *))};
  root_add_parts(root, false, &shared);
  root_add_parts(root, true, &shared);
  mem_free(shared.parts);
  return shared.bytes;
}

static int compare_table(const void *name, const void *table) {
  return strcmp(name, (*(Table *const *)table)->schema->name);
}

static Table **root_place(const Root *root, const char *name) {
  return root->table_count
             ? bsearch(name, root->tables, root->table_count, sizeof *root->tables, compare_table)
             : NULL;
}

const Table *root_find(const Root *root, const char *table) {
  Table **place = root_place(root, table);
  return place ? *place : NULL;
}

const char *root_newer_source(const Root *root, const Table *cuboid) {
  const TableSchema *schema = cuboid->schema;
  for (uint32_t s = 0; s < schema->source_count; s++) {
    const Table *source = root_find(root, schema->sources[s]);
    if (!source || source->version > cuboid->version) return schema->sources[s];
  }
  return NULL;
}

Root *root_copy(const Root *root) {
  Root *copy = root_create();
  copy->version = root->version + 1;
  copy->table_count = root->table_count;
  copy->tables = mem_alloc(root->table_count * sizeof *copy->tables);
  for (uint32_t t = 0; t < root->table_count; t++) copy->tables[t] = table_retain(root->tables[t]);
  if (root->model_text) copy->model_text = mem_strdup(root->model_text);
  for (uint32_t b = 0; b < root->batch_count; b++) root_add_batch(copy, root->batches[b]);
  return copy;
}

void root_put(Root *root, Table *table) {
  Table **place = root_place(root, table->schema->name);
  if (!table->version) table->version = root->version;
  if (place) {
    table_release(*place);
    *place = table;
    return;
  }
  root->tables = mem_realloc(root->tables, (root->table_count + 1) * sizeof *root->tables);
  uint32_t at = root->table_count++;
  for (; at && strcmp(root->tables[at - 1]->schema->name, table->schema->name) > 0; at--)
    root->tables[at] = root->tables[at - 1];
  root->tables[at] = table;
}

void root_remove(Root *root, const char *table) {
  Table **place = root_place(root, table);
  if (!place) return;
  table_release(*place);
  Table **end = root->tables + --root->table_count;
  memmove(place, place + 1, (size_t)(end - place) * sizeof *place);
}

void root_set_model(Root *root, const char *text) {
  char *copy = mem_strdup(text);
  mem_free(root->model_text);
  root->model_text = copy;
}

void root_add_batch(Root *root, const char *name) {
  root->batches = mem_realloc(root->batches, (root->batch_count + 1) * sizeof *root->batches);
  root->batches[root->batch_count++] = mem_strdup(name);
}

bool root_has_batch(const Root *root, const char *name) {
  for (uint32_t b = 0; b < root->batch_count; b++)
    if (!strcmp(root->batches[b], name)) return true;
  return false;
}

Store *store_create(MemoryBudget *budget, ThreadPool *pool) {
  Store *store = mem_alloc_zero(sizeof *store);
  pthread_mutex_init(&store->current_lock, NULL);
  pthread_mutex_init(&store->writer_lock, NULL);
  store->current = root_create();
  store->budget = budget;
  store->pool = pool;
  return store;
}

void store_destroy(Store *store) {
  if (!store) return;
  root_release(store->current);
  pthread_mutex_destroy(&store->current_lock);
  pthread_mutex_destroy(&store->writer_lock);
  mem_free(store);
}

Root *store_pin(Store *store) {
  pthread_mutex_lock(&store->current_lock);
  Root *root = root_retain(store->current);
  pthread_mutex_unlock(&store->current_lock);
  return root;
}

void store_publish(Store *store, Root *next) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (!next->published_at) next->published_at = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
  pthread_mutex_lock(&store->current_lock);
  Root *old = store->current;
  store->current = next;
  pthread_mutex_unlock(&store->current_lock);
  root_release(old);
}

void store_lock_writer(Store *store) {
  pthread_mutex_lock(&store->writer_lock);
}

void store_unlock_writer(Store *store) {
  pthread_mutex_unlock(&store->writer_lock);
}

MemoryBudget *store_budget(Store *store) {
  return store->budget;
}

ThreadPool *store_pool(Store *store) {
  return store->pool;
}
