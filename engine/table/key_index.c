// From a member's key to its row number, in whichever of three forms the keys allow:
//
//   DIRECT  integer keys in a dense range: rows[key - min]
//   CODES   string keys with a dictionary: rows[code]
//   HASH    anything else: open addressing over row numbers; keys are compared in the column
//
// Row 0 (the absent key) and deleted rows are not in it; inferred members are.
#include "key_index.h"
#include "hash.h"
#include <assert.h>

typedef enum KeyIndexForm { KEY_INDEX_DIRECT, KEY_INDEX_CODES, KEY_INDEX_HASH } KeyIndexForm;

struct KeyIndex {
  KeyIndexForm form;
  const Column *column; // outlived by the table that owns both
  int64_t min;
  uint64_t slot_count;
  uint32_t *rows; // DIRECT, CODES: by key; HASH: by slot, 0 empty
  int64_t *keys;  // HASH of integers: the keys, beside rows
};

static bool row_is_member(const Table *table, uint64_t row) {
  if (!table->hidden || !bits_get(table->hidden, row)) return true;
  return table->inferred && bits_get(table->inferred, row);
}

static Str column_text_at(const Column *column, uint64_t row) {
  return block_text_at(column->blocks[row / BLOCK_ROWS], (uint32_t)(row % BLOCK_ROWS));
}

static void hash_put(KeyIndex *index, uint64_t hash, uint32_t row, int64_t key) {
  uint64_t mask = index->slot_count - 1, at = hash & mask;
  while (index->rows[at]) at = (at + 1) & mask;
  index->rows[at] = row;
  if (index->keys) index->keys[at] = key;
}

// Calls for every member row whose key is not NULL, with the key as an integer (or code).
static void index_fill_ints(KeyIndex *index, const Table *table) {
  int64_t *keys = mem_alloc(BLOCK_ROWS * sizeof *keys);
  for (uint32_t b = 0; b < index->column->block_count; b++) {
    const Block *block = index->column->blocks[b];
    block_decode_int(block, keys);
    for (uint32_t i = 0; i < block->row_count; i++) {
      uint64_t row = (uint64_t)b * BLOCK_ROWS + i;
      if (block->validity && !bits_get(block->validity, i)) continue;
      if (!row_is_member(table, row)) continue;
      if (index->form == KEY_INDEX_HASH)
        hash_put(index, hash_u64((uint64_t)keys[i]), (uint32_t)row, keys[i]);
      else
        index->rows[keys[i] - index->min] = (uint32_t)row;
    }
  }
  mem_free(keys);
}

static void index_fill_texts(KeyIndex *index, const Table *table) {
  for (uint64_t row = 0; row < table->row_count; row++) {
    const Block *block = index->column->blocks[row / BLOCK_ROWS];
    if (block->validity && !bits_get(block->validity, row % BLOCK_ROWS)) continue;
    if (!row_is_member(table, row)) continue;
    hash_put(index, str_hash(column_text_at(index->column, row)), (uint32_t)row, 0);
  }
}

KeyIndex *key_index_create(const Table *table) {
  assert(table->schema->key >= 0);
  const Column *column = table->columns[table->schema->key];
  KeyIndex *index = mem_alloc_zero(sizeof *index);
  index->column = column;
  uint64_t range = column->min <= column->max ? (uint64_t)column->max - (uint64_t)column->min : 0;
  bool text = column_physical(column) == PHYSICAL_TEXT;
  assert(text || column_physical(column) == PHYSICAL_INT);
  if (column->dictionary) {
    index->form = KEY_INDEX_CODES;
    index->slot_count = column->dictionary->count;
  } else if (!text && range < 4 * table->row_count + 1024) {
    index->form = KEY_INDEX_DIRECT;
    index->min = column->min;
    index->slot_count = range + 1;
  } else {
    index->form = KEY_INDEX_HASH;
    index->slot_count = 64;
    while (index->slot_count < table->row_count * 2) index->slot_count *= 2;
    if (!text) index->keys = mem_alloc_zero(index->slot_count * sizeof *index->keys);
  }
  index->rows = mem_alloc_zero((index->slot_count + 1) * sizeof *index->rows);
  if (text)
    index_fill_texts(index, table);
  else
    index_fill_ints(index, table);
  return index;
}

void key_index_destroy(KeyIndex *index) {
  if (!index) return;
  mem_free(index->rows);
  mem_free(index->keys);
  mem_free(index);
}

size_t key_index_bytes(const KeyIndex *index) {
  return sizeof *index +
         index->slot_count * (sizeof *index->rows + (index->keys ? sizeof *index->keys : 0));
}

uint32_t key_index_find_int(const KeyIndex *index, int64_t key) {
  if (index->form == KEY_INDEX_DIRECT) {
    uint64_t at = (uint64_t)key - (uint64_t)index->min;
    return at < index->slot_count ? index->rows[at] : 0;
  }
  assert(index->form == KEY_INDEX_HASH && index->keys);
  uint64_t mask = index->slot_count - 1;
  for (uint64_t at = hash_u64((uint64_t)key) & mask; index->rows[at]; at = (at + 1) & mask)
    if (index->keys[at] == key) return index->rows[at];
  return 0;
}

uint32_t key_index_find_text(const KeyIndex *index, Str key) {
  if (index->form == KEY_INDEX_CODES) {
    uint32_t code = dictionary_find(index->column->dictionary, key);
    return code == DICTIONARY_NONE ? 0 : index->rows[code];
  }
  uint64_t mask = index->slot_count - 1;
  for (uint64_t at = str_hash(key) & mask; index->rows[at]; at = (at + 1) & mask)
    if (str_equal(column_text_at(index->column, index->rows[at]), key)) return index->rows[at];
  return 0;
}

// The row that the key of a row with one leads to.
static uint32_t index_row_of(const KeyIndex *index, const int64_t *keys, uint64_t row) {
  int64_t key = keys ? keys[row % BLOCK_ROWS] : 0;
  if (!keys) return key_index_find_text(index, column_text_at(index->column, row));
  return index->form == KEY_INDEX_CODES ? index->rows[key] : key_index_find_int(index, key);
}

uint64_t key_index_find_twice(const KeyIndex *index, const Table *table) {
  bool text = column_physical(index->column) == PHYSICAL_TEXT;
  int64_t *keys = text ? NULL : mem_alloc(BLOCK_ROWS * sizeof *keys);
  uint64_t twice = 0;
  for (uint32_t b = 0; b < index->column->block_count && !twice; b++) {
    const Block *block = index->column->blocks[b];
    if (keys) block_decode_int(block, keys);
    for (uint32_t i = 0; i < block->row_count && !twice; i++) {
      uint64_t row = (uint64_t)b * BLOCK_ROWS + i;
      if (block->validity && !bits_get(block->validity, i)) continue;
      if (row && row_is_member(table, row) && index_row_of(index, keys, row) != row) twice = row;
    }
  }
  mem_free(keys);
  return twice;
}
