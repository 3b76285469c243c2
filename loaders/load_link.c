// Links: a foreign key becomes the row number of its member, at load, once.
//
// The target is complete when a table that links to it is read, so workers look keys up in parallel
// in its key index. Keys that it does not have are rare and settled in order: the first mention
// makes an *inferred* member (its key, all else NULL, hidden), appended to the target before
// anything is derived from the link. Links to the own table, or around a circle, hold raw keys
// until all rows are known.
#include "buffer.h"
#include "load.h"
#include <stdio.h>

// --- In batches ---

static void misses_add(LinkMisses *misses, LinkMiss miss) {
  if (misses->count == misses->capacity) {
    misses->capacity = misses->capacity ? misses->capacity * 2 : 256;
    misses->items = mem_realloc(misses->items, misses->capacity * sizeof *misses->items);
  }
  misses->items[misses->count++] = miss;
}

static void reject_unmatched(const LoadTable *table, uint32_t column, Batch *batch, uint32_t row,
                             Str text) {
  const LoadColumn *link = &table->columns[column];
  char reason[256];
  snprintf(reason, sizeof reason, "is not a key of %s", link->target->model->name);
  batch_reject(batch, row, batch_line(batch, row), link->model->name, text, reason);
}

static void resolve_ints(const LoadTable *table, uint32_t column, Batch *batch,
                         LinkMisses *misses) {
  const LoadColumn *link = &table->columns[column];
  BatchColumn *keys = &batch->columns[link->source];
  const KeyIndex *index = table_key_index(link->target->table);
  int64_t *restrict values = keys->values;
  bool strict = !link->model->inferred_members;
  for (uint32_t row = 0; row < batch->row_count; row++) {
    int64_t key = values[row];
    if (keys->has_null && bits_get(keys->nulls, row)) {
      values[row] = 0;
      continue;
    }
    values[row] = key_index_find_int(index, key);
    if (values[row]) continue;
    if (strict) {
      char text[64];
      Value value = {.type = link->source_type, .i = key};
      Buffer buffer;
      buffer_init(&buffer);
      value_format(&value, &buffer);
      snprintf(text, sizeof text, "%s", buffer.data ? buffer.data : "");
      buffer_clear(&buffer);
      reject_unmatched(table, column, batch, row, str_from(text));
    } else {
      misses_add(misses, (LinkMiss){.column = column, .row = row, .number = key});
    }
  }
}

// Text keys take 16 bytes where row numbers take 8, so the row numbers fit in behind the reading.
static void resolve_texts(const LoadTable *table, uint32_t column, Batch *batch,
                          LinkMisses *misses) {
  const LoadColumn *link = &table->columns[column];
  BatchColumn *keys = &batch->columns[link->source];
  const KeyIndex *index = table_key_index(link->target->table);
  const Str *texts = keys->values;
  int64_t *values = keys->values;
  bool strict = !link->model->inferred_members;
  Str last = {"", 0};
  uint32_t last_row = 0;
  for (uint32_t row = 0; row < batch->row_count; row++) {
    Str key = texts[row];
    bool null = keys->has_null && bits_get(keys->nulls, row);
    uint32_t found = 0;
    if (!null) {
      found = last_row && str_equal(key, last) ? last_row : key_index_find_text(index, key);
      last = key, last_row = found;
    }
    memcpy(&values[row], &(int64_t){found}, sizeof(int64_t));
    if (found || null) continue;
    if (strict)
      reject_unmatched(table, column, batch, row, key);
    else
      misses_add(misses, (LinkMiss){.column = column, .row = row, .text = key});
  }
  keys->layout = BATCH_INTS;
}

void load_link_resolve(const LoadTable *table, uint32_t column, Batch *batch, LinkMisses *misses) {
  const LoadColumn *link = &table->columns[column];
  if (batch->columns[link->source].layout == BATCH_TEXTS)
    resolve_texts(table, column, batch, misses);
  else
    resolve_ints(table, column, batch, misses);
}

// --- Inferred members ---

uint64_t load_link_infer(LoadTable *target, int64_t number, Str text) {
  LoadInferred *inferred = &target->inferred;
  bool is_text = target->columns[target->key].type.kind == TYPE_STRING;
  if (!inferred->map) inferred->map = key_map_create(is_text);
  uint64_t row = target->table->row_count + inferred->count;
  uint64_t known = is_text ? key_map_put_text(inferred->map, text, row)
                           : key_map_put_int(inferred->map, number, row);
  if (known != KEY_MAP_NONE) return known;
  if (inferred->count == inferred->capacity) {
    inferred->capacity = inferred->capacity ? inferred->capacity * 2 : 64;
    if (is_text)
      inferred->texts = mem_realloc(inferred->texts, inferred->capacity * sizeof(Str));
    else
      inferred->ints = mem_realloc(inferred->ints, inferred->capacity * sizeof(int64_t));
  }
  if (is_text) {
    if (!inferred->arena) inferred->arena = arena_create();
    inferred->texts[inferred->count] =
        (Str){arena_strndup(inferred->arena, text.data, text.size), text.size};
  } else {
    inferred->ints[inferred->count] = number;
  }
  inferred->count++;
  return row;
}

static void inferred_clear(LoadInferred *inferred) {
  key_map_destroy(inferred->map);
  mem_free(inferred->ints);
  mem_free(inferred->texts);
  arena_destroy(inferred->arena);
  *inferred = (LoadInferred){0};
}

// The inferred keys as stage values of the key column from row `at` on; the rest stays NULL.
static void write_key(Stage *stage, uint32_t c, uint32_t row, const LoadInferred *inferred,
                      uint64_t i, DictionaryBuilder *codes) {
  if (!inferred->texts)
    ((int64_t *)stage->columns[c].values)[row] = inferred->ints[i];
  else if (codes)
    ((int64_t *)stage->columns[c].values)[row] =
        dictionary_builder_intern(codes, inferred->texts[i]);
  else
    ((Str *)stage->columns[c].values)[row] = inferred->texts[i];
  stage_set_valid(stage, c, row);
}

static Status append_rows(LoadTable *target, StageSet *stages, DictionaryBuilder *codes,
                          Error *error) {
  const LoadInferred *inferred = &target->inferred;
  for (uint64_t i = 0; i < inferred->count; i++) {
    uint64_t row = target->table->row_count + i;
    uint32_t at = (uint32_t)(row % BLOCK_ROWS);
    Stage *stage;
    TRY(stage_open(stages, (uint32_t)(row / BLOCK_ROWS), &stage, error));
    stage_clear_row(stages, stage, at);
    write_key(stage, (uint32_t)target->key, at, inferred, i, codes);
    TRY(stage_finish_rows(stages, stage, 1, error));
  }
  return STATUS_OK;
}

static uint64_t *bitmap_extend(const uint64_t *bitmap, uint64_t rows, uint64_t more) {
  uint64_t *out = mem_alloc_zero(bits_words(rows + more) * sizeof *out);
  if (bitmap) memcpy(out, bitmap, bits_words(rows) * sizeof *out);
  for (uint64_t i = rows; i < rows + more; i++) bits_set(out, i);
  return out;
}

// The next version of the target's table: the same rows, then the inferred ones.
static void put_extended(LoadTable *target, Block ***blocks, uint32_t block_count,
                         DictionaryBuilder *codes) {
  Table *old = target->table;
  uint64_t more = target->inferred.count;
  Column **columns = mem_alloc(target->column_count * sizeof *columns);
  for (uint32_t c = 0; c < target->column_count; c++) {
    Dictionary *dictionary = dictionary_retain(old->columns[c]->dictionary);
    if (codes && (int32_t)c == target->key) {
      dictionary_release(dictionary);
      dictionary = dictionary_builder_finish(codes, false, NULL);
    }
    columns[c] = column_create(old->columns[c]->type, dictionary, blocks[c], block_count);
  }
  target->table = table_create(schema_copy(target->schema), columns, old->row_count + more,
                               bitmap_extend(old->hidden, old->row_count, more),
                               bitmap_extend(old->inferred, old->row_count, more));
  table_release(old);
}

Status load_link_append_inferred(LoadTable *target, Error *error) {
  if (!target->inferred.count) return STATUS_OK;
  Load *load = target->load;
  const Table *old = target->table;
  uint32_t count = target->column_count;
  Physical *physicals = mem_alloc(count * sizeof *physicals);
  bool *zero_filled = mem_alloc(count * sizeof *zero_filled);
  for (uint32_t c = 0; c < count; c++) {
    physicals[c] = column_physical(old->columns[c]);
    bool place = !target->columns[c].ready && !target->columns[c].deferred;
    zero_filled[c] = (target->columns[c].is_link && !target->columns[c].deferred) || place;
  }
  const Column *key = old->columns[target->key];
  DictionaryBuilder *codes = key->dictionary ? dictionary_builder_create(key->dictionary) : NULL;
  StageSet stages;
  stage_set_init(&stages, count, physicals, zero_filled, (const Column *const *)old->columns,
                 old->row_count, 0, load->job ? &load->job->memory : NULL);
  mem_free(physicals);
  mem_free(zero_filled);
  Block ***blocks;
  uint32_t block_count;
  Status status = append_rows(target, &stages, codes, error);
  if (status == STATUS_OK)
    status = stage_set_seal(&stages, old->row_count + target->inferred.count, load->pool, &blocks,
                            &block_count, error);
  if (status == STATUS_OK) {
    target->report->inferred += target->inferred.count;
    put_extended(target, blocks, block_count, codes);
    mem_free(blocks);
  } else {
    dictionary_builder_destroy(codes);
  }
  stage_set_clear(&stages);
  inferred_clear(&target->inferred);
  return status;
}

// --- Deferred links ---

typedef struct Deferred {
  LoadTable *table;
  uint32_t column;
  int64_t *rows; // [row_count]: the links
  uint64_t strict_misses;
} Deferred;

// The links of the table's rows: rows of the base that were not read anew keep theirs.
static Status deferred_find(Deferred *d, Error *error) {
  LoadTable *table = d->table;
  const LoadColumn *link = &table->columns[d->column];
  const Column *keys = table->table->columns[d->column];
  const KeyIndex *index = table_key_index(link->target->table);
  bool text = link->source_type.kind == TYPE_STRING;
  uint64_t base_rows = table->base && link->base ? table->base->row_count : 0;
  int64_t *numbers = mem_alloc(BLOCK_ROWS * sizeof *numbers);
  int64_t *old = mem_alloc(BLOCK_ROWS * sizeof *old);
  for (uint32_t b = 0; b < keys->block_count; b++) {
    const Block *block = keys->blocks[b];
    uint64_t first = (uint64_t)b * BLOCK_ROWS;
    if (!text) block_decode_int(block, numbers);
    if (first < base_rows) block_decode_int(link->base->blocks[b], old);
    for (uint32_t i = 0; i < block->row_count; i++) {
      uint64_t row = first + i;
      d->rows[row] = 0;
      if (row < base_rows && !(table->updated && bits_get(table->updated, row))) {
        d->rows[row] = old[i];
        continue;
      }
      if (block->validity && !bits_get(block->validity, i)) continue;
      Str key = text ? block_text_at(block, i) : (Str){"", 0};
      int64_t number = text ? 0 : numbers[i];
      uint32_t found = text ? key_index_find_text(index, key) : key_index_find_int(index, number);
      if (!found && link->model->inferred_members) {
        table->report->unmatched++;
        d->rows[row] = (int64_t)load_link_infer(link->target, number, key);
        continue;
      }
      d->rows[row] = found;
      d->strict_misses += !found;
      if (found || d->strict_misses > 1) continue;
      if (text)
        (void)error_set(error, STATUS_INVALID, "%s.%s: '%.*s' is not a key of %s",
                        table->model->name, link->model->name,
                        (int)(key.size < 100 ? key.size : 100), key.data,
                        link->target->model->name);
      else
        (void)error_set(error, STATUS_INVALID, "%s.%s: %lld is not a key of %s", table->model->name,
                        link->model->name, (long long)number, link->target->model->name);
    }
  }
  mem_free(numbers);
  mem_free(old);
  return d->strict_misses ? STATUS_INVALID : STATUS_OK;
}

static Block *deferred_block(void *context, uint32_t block, uint32_t rows) {
  const Deferred *d = context;
  return block_encode_int(d->rows + (size_t)block * BLOCK_ROWS, NULL, rows);
}

Status load_link_resolve_deferred(LoadTable *table, uint32_t column, Error *error) {
  Deferred d = {.table = table, .column = column};
  // Inferring members of the own table adds rows: they link to nothing.
  d.rows = mem_alloc(table->table->row_count * sizeof *d.rows);
  Status status = deferred_find(&d, error);
  if (status == STATUS_OK)
    status = load_put_column(table, column, TYPE_OF_INT, NULL, deferred_block, &d, error);
  mem_free(d.rows);
  table->columns[column].deferred = false;
  table->columns[column].ready = true;
  if (status == STATUS_OK) status = load_link_append_inferred(table->columns[column].target, error);
  return status;
}
