// See member_rows.h. Rows by member are a counting sort of the link column; values are sorted
// hashes, and the value itself is compared.
#include "member_rows.h"
#include "hash.h"
#include "key_reader.h"
#include <pthread.h>
#include <stdlib.h>

#define INDEXES_MAX 32 // tables of a model that a card reads are fewer

typedef struct HashedRow {
  uint64_t hash;
  uint32_t row;
} HashedRow;

typedef struct RowIndex {
  char *table;
  uint32_t column;
  const Table *of; // retained: the version that it is of
  uint32_t *ends;  // [members + 1] by member: where the next one's rows begin; NULL: of values
  uint32_t *rows;
  uint64_t members;
  HashedRow *hashes; // [hash_count], by hash and row
  uint64_t hash_count;
  int64_t charged;
} RowIndex;

struct MemberRowsCache {
  pthread_mutex_t mutex;
  MemoryBudget *budget;
  RowIndex indexes[INDEXES_MAX];
  uint32_t count;
};

MemberRowsCache *member_rows_cache_create(MemoryBudget *budget) {
  MemberRowsCache *cache = mem_alloc_zero(sizeof *cache);
  cache->budget = budget;
  pthread_mutex_init(&cache->mutex, NULL);
  return cache;
}

static void index_clear(const MemberRowsCache *cache, RowIndex *index) {
  memory_budget_release(cache->budget, index->charged);
  mem_free(index->table);
  mem_free(index->ends);
  mem_free(index->rows);
  mem_free(index->hashes);
  if (index->of) table_release((Table *)index->of);
  *index = (RowIndex){0};
}

void member_rows_cache_destroy(MemberRowsCache *cache) {
  if (!cache) return;
  for (uint32_t i = 0; i < cache->count; i++) index_clear(cache, &cache->indexes[i]);
  pthread_mutex_destroy(&cache->mutex);
  mem_free(cache);
}

int64_t member_rows_index_bytes(uint64_t row_count, uint64_t members) {
  uint64_t rows = row_count + 1;
  return (int64_t)(members ? (members + 2 + rows) * sizeof(uint32_t) : rows * sizeof(HashedRow));
}

static bool is_shown(const Table *table, uint64_t row) {
  return !table->hidden || !bits_get(table->hidden, row);
}

// ---------------------------------------------------------------- rows by member

// Calls for every shown row that has a member: counting, or placing.
static Status members_pass(const Table *table, uint32_t link, Job *job, uint32_t *ends,
                           uint32_t *rows, uint64_t members, Error *error) {
  const Column *column = table->columns[link];
  int64_t *values = mem_alloc(BLOCK_ROWS * sizeof *values);
  Status status = STATUS_OK;
  for (uint64_t from = 0; status == STATUS_OK && from < table->row_count; from += BLOCK_ROWS) {
    const Block *block = column->blocks[from / BLOCK_ROWS];
    uint64_t size = table->row_count - from < BLOCK_ROWS ? table->row_count - from : BLOCK_ROWS;
    block_decode_int(block, values);
    for (uint64_t i = 0; i < size; i++) {
      bool known = !block->validity || bits_get(block->validity, i);
      if (!known || values[i] <= 0 || (uint64_t)values[i] >= members || !is_shown(table, from + i))
        continue;
      if (rows)
        rows[ends[values[i]]++] = (uint32_t)(from + i);
      else
        ends[values[i] + 1]++;
    }
    status = job_check(job, error);
  }
  mem_free(values);
  return status;
}

// ends[m] is where m's rows begin; after the placing, where they end: those of m begin at
// ends[m - 1].
static Status members_make(const Table *table, uint32_t link, uint64_t members, Job *job,
                           RowIndex *index, Error *error) {
  index->members = members;
  index->ends = mem_alloc_zero((members + 2) * sizeof *index->ends);
  TRY(members_pass(table, link, job, index->ends, NULL, members, error));
  for (uint64_t m = 0; m <= members; m++) index->ends[m + 1] += index->ends[m];
  index->rows = mem_alloc((index->ends[members] + 1ull) * sizeof *index->rows);
  return members_pass(table, link, job, index->ends, index->rows, members, error);
}

// ---------------------------------------------------------------- rows by value

static int compare_hashes(const void *a, const void *b) {
  const HashedRow *x = a, *y = b;
  if (x->hash != y->hash) return x->hash < y->hash ? -1 : 1;
  return x->row < y->row ? -1 : x->row > y->row;
}

static Status values_make(const Table *table, uint32_t column, Job *job, RowIndex *index,
                          Error *error) {
  index->hashes = mem_alloc((table->row_count + 1) * sizeof *index->hashes);
  for (uint64_t row = 0; row < table->row_count; row++) {
    if (row % BLOCK_ROWS == 0) TRY(job_check(job, error));
    Value value = column_value(table->columns[column], row);
    if (value.is_null || !is_shown(table, row)) continue;
    index->hashes[index->hash_count++] =
        (HashedRow){hash_xxh64(value.s.data, value.s.size, 0), (uint32_t)row};
  }
  if (index->hash_count)
    qsort(index->hashes, index->hash_count, sizeof *index->hashes, compare_hashes);
  return STATUS_OK;
}

// ---------------------------------------------------------------- the cache

// The index, made where it is missing or of another version. Under the lock.
static Status index_find(MemberRowsCache *cache, const Table *table, uint32_t column,
                         uint64_t members, Job *job, RowIndex **out, Error *error) {
  uint32_t at = 0;
  for (; at < cache->count; at++)
    if (cache->indexes[at].column == column &&
        !strcmp(cache->indexes[at].table, table->schema->name))
      break;
  *out = &cache->indexes[at];
  if (at < cache->count && cache->indexes[at].of == table && cache->indexes[at].members == members)
    return STATUS_OK;
  if (at == INDEXES_MAX)
    return error_set(error, STATUS_LIMIT, "more than %d tables are asked for members' rows",
                     INDEXES_MAX);
  RowIndex made = {.table = mem_strndup(table->schema->name, strlen(table->schema->name)),
                   .column = column,
                   .of = table_retain((Table *)table)};
  int64_t bytes = member_rows_index_bytes(table->row_count, members);
  Status status = memory_budget_charge(cache->budget, bytes, error);
  if (status == STATUS_OK) {
    made.charged = bytes;
    status = members ? members_make(table, column, members, job, &made, error)
                     : values_make(table, column, job, &made, error);
  }
  if (status != STATUS_OK) {
    index_clear(cache, &made);
    return status;
  }
  if (at < cache->count)
    index_clear(cache, &cache->indexes[at]);
  else
    cache->count++;
  cache->indexes[at] = made;
  return STATUS_OK;
}

Status member_rows_find(MemberRowsCache *cache, const Table *table, uint32_t link, uint32_t member,
                        uint64_t members, Job *job, Arena *arena, const uint32_t **rows,
                        uint32_t *count, Error *error) {
  RowIndex *index;
  *count = 0;
  pthread_mutex_lock(&cache->mutex);
  Status status = index_find(cache, table, link, members, job, &index, error);
  if (status == STATUS_OK && member && member < members) {
    uint32_t from = index->ends[member - 1];
    *count = index->ends[member] - from;
    uint32_t *copy = ARENA_ARRAY(arena, uint32_t, *count + 1);
    if (*count) memcpy(copy, index->rows + from, *count * sizeof *copy);
    *rows = copy;
  }
  pthread_mutex_unlock(&cache->mutex);
  return status;
}

static uint64_t hash_lower_bound(const RowIndex *index, uint64_t hash) {
  uint64_t from = 0, to = index->hash_count;
  while (from < to) {
    uint64_t middle = from + (to - from) / 2;
    if (index->hashes[middle].hash < hash)
      from = middle + 1;
    else
      to = middle;
  }
  return from;
}

Status member_values_find(MemberRowsCache *cache, const Table *table, uint32_t column, Str value,
                          Job *job, Arena *arena, const uint32_t **rows, uint32_t *count,
                          Error *error) {
  RowIndex *index;
  uint64_t hash = hash_xxh64(value.size ? value.data : "", value.size, 0);
  *count = 0;
  pthread_mutex_lock(&cache->mutex);
  Status status = index_find(cache, table, column, 0, job, &index, error);
  if (status == STATUS_OK) {
    uint64_t from = hash_lower_bound(index, hash), to = from;
    while (to < index->hash_count && index->hashes[to].hash == hash) to++;
    uint32_t *found = ARENA_ARRAY(arena, uint32_t, to - from + 1);
    for (uint64_t i = from; i < to; i++) {
      Value other = column_value(table->columns[column], index->hashes[i].row);
      if (str_equal(other.s, value)) found[(*count)++] = index->hashes[i].row;
    }
    *rows = found;
  }
  pthread_mutex_unlock(&cache->mutex);
  return status;
}
