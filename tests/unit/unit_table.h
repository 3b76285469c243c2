// Tables and roots for tests: built from plain arrays, compared bit by bit, drawn at random.
#pragma once
#include "hash.h"
#include "root.h"
#include "unit_main.h"
#include <stdio.h>
#include <string.h>

static inline uint64_t unit_random(uint64_t *state) {
  *state += UINT64_C(0x9e3779b97f4a7c15);
  return hash_u64(*state);
}

// A bitmap of `count` bits, each 0 with the given probability in 256ths; freed with mem_free.
static inline uint64_t *unit_random_validity(uint64_t *random, size_t count, unsigned null_256ths) {
  uint64_t *bits = mem_alloc_zero((bits_words(count) + 1) * sizeof *bits);
  for (size_t i = 0; i < count; i++)
    if (unit_random(random) % 256 >= null_256ths) bits_set(bits, i);
  return bits;
}

// Blocks of integers; encoding -1: the best; else each block in that encoding where it can be.
static inline Column *unit_int_column(Type type, Dictionary *dictionary, int encoding,
                                      const int64_t *values, const uint64_t *validity,
                                      size_t count) {
  uint32_t block_count = (uint32_t)((count + BLOCK_ROWS - 1) / BLOCK_ROWS);
  Block **blocks = mem_alloc(block_count * sizeof(Block *));
  for (uint32_t b = 0; b < block_count; b++) {
    size_t at = (size_t)b * BLOCK_ROWS, rows = count - at < BLOCK_ROWS ? count - at : BLOCK_ROWS;
    const uint64_t *valid = validity ? validity + at / 64 : NULL;
    blocks[b] = encoding < 0
                    ? NULL
                    : block_encode_int_as((Encoding)encoding, values + at, valid, (uint32_t)rows);
    if (!blocks[b]) blocks[b] = block_encode_int(values + at, valid, (uint32_t)rows);
  }
  return column_create(type, dictionary, blocks, block_count);
}

// A table of these columns, named c0, c1, ... (or as given). Takes over the columns and bitmaps.
static inline Table *unit_table(const char *name, const ColumnSchema *described, Column **columns,
                                uint32_t column_count, uint64_t *hidden, uint64_t *inferred) {
  ColumnSchema schemas[64];
  char names[64][16];
  Column **own = mem_alloc(column_count * sizeof(Column *));
  for (uint32_t c = 0; c < column_count; c++) {
    snprintf(names[c], sizeof names[c], "c%u", c);
    schemas[c] = described ? described[c] : (ColumnSchema){.name = names[c]};
    if (!described) schemas[c].type = columns[c]->type;
    own[c] = columns[c];
  }
  TableSchema schema = {
      .name = name, .columns = schemas, .column_count = column_count, .key = -1, .cluster = -1};
  return table_create(schema_copy(&schema), own, column_count ? own[0]->row_count : 0, hidden,
                      inferred);
}

static inline bool unit_text_same(const char *a, const char *b) {
  return a && b ? strcmp(a, b) == 0 : a == b;
}

static inline bool unit_block_same(const Block *a, const Block *b) {
  return a->row_count == b->row_count && a->null_count == b->null_count &&
         a->encoding == b->encoding && a->bits == b->bits && a->run_count == b->run_count &&
         a->base == b->base && a->min == b->min && a->max == b->max &&
         a->data_bytes == b->data_bytes && !a->validity == !b->validity &&
         (!a->data_bytes || memcmp(a->data, b->data, a->data_bytes) == 0) &&
         (!a->validity || memcmp(a->validity, b->validity, bits_words(a->row_count) * 8) == 0);
}

static inline bool unit_dictionary_same(const Dictionary *a, const Dictionary *b) {
  if (!a || !b) return a == b;
  if (a->count != b->count || a->sorted_count != b->sorted_count) return false;
  for (uint32_t c = 0; c < a->count; c++)
    if (!str_equal(a->strings[c], b->strings[c]) || dictionary_rank(a, c) != dictionary_rank(b, c))
      return false;
  return true;
}

static inline bool unit_column_same(const Column *a, const Column *b) {
  bool same = type_equal(a->type, b->type) && a->row_count == b->row_count &&
              a->block_count == b->block_count && a->min == b->min && a->max == b->max &&
              a->null_count == b->null_count && unit_dictionary_same(a->dictionary, b->dictionary);
  for (uint32_t i = 0; same && i < a->block_count; i++)
    same = unit_block_same(a->blocks[i], b->blocks[i]);
  return same;
}

static inline bool unit_bitmap_same(const uint64_t *a, const uint64_t *b, uint64_t rows) {
  if (!a || !b) return a == b;
  for (uint64_t i = 0; i < rows; i++)
    if (bits_get(a, i) != bits_get(b, i)) return false;
  return true;
}

static inline bool unit_schema_same(const TableSchema *a, const TableSchema *b) {
  bool same = !strcmp(a->name, b->name) && a->column_count == b->column_count && a->key == b->key &&
              a->has_members == b->has_members && a->cluster == b->cluster;
  for (uint32_t c = 0; same && c < a->column_count; c++) {
    const ColumnSchema *x = &a->columns[c], *y = &b->columns[c];
    same = !strcmp(x->name, y->name) && type_equal(x->type, y->type) &&
           unit_text_same(x->link, y->link) && unit_text_same(x->as_of, y->as_of) &&
           x->hidden == y->hidden && unit_text_same(x->through_link, y->through_link) &&
           unit_text_same(x->through_column, y->through_column);
  }
  return same;
}

static inline bool unit_table_same(const Table *a, const Table *b) {
  bool same = unit_schema_same(a->schema, b->schema) && a->row_count == b->row_count &&
              a->shown_count == b->shown_count && a->version == b->version &&
              a->projection_count == b->projection_count &&
              unit_bitmap_same(a->hidden, b->hidden, a->row_count) &&
              unit_bitmap_same(a->inferred, b->inferred, a->row_count);
  for (uint32_t c = 0; same && c < a->schema->column_count; c++)
    same = unit_column_same(a->columns[c], b->columns[c]);
  for (uint32_t p = 0; same && p < a->projection_count; p++)
    same = unit_table_same(a->projections[p], b->projections[p]);
  return same;
}

static inline bool unit_root_same(const Root *a, const Root *b) {
  bool same = a->version == b->version && a->published_at == b->published_at &&
              a->table_count == b->table_count && a->batch_count == b->batch_count &&
              unit_text_same(a->model_text, b->model_text);
  for (uint32_t i = 0; same && i < a->batch_count; i++)
    same = !strcmp(a->batches[i], b->batches[i]);
  for (uint32_t t = 0; same && t < a->table_count; t++)
    same = unit_table_same(a->tables[t], b->tables[t]);
  return same;
}
