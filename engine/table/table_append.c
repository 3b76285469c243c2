// See table_append.h.
#include "table_append.h"
#include "buffer.h"
#include <assert.h>

// ---------------------------------------------------------------- values

typedef struct CodeMap { // codes of one dictionary as another's; NULL: they are the same
  uint32_t *codes;
} CodeMap;

static CodeMap code_map_make(const Dictionary *from, const Dictionary *to) {
  if (!from || !to || from == to) return (CodeMap){NULL};
  uint32_t *codes = mem_alloc((from->count + 1) * sizeof *codes);
  bool same = true;
  for (uint32_t code = 0; code < from->count; code++) {
    Str text = dictionary_get(from, code);
    bool kept = code < to->count && str_equal(dictionary_get(to, code), text);
    codes[code] = kept ? code : dictionary_find(to, text);
    same &= kept;
  }
  if (!same) return (CodeMap){codes};
  mem_free(codes);
  return (CodeMap){NULL};
}

static bool value_equal(const Vector *a, const Vector *b, uint32_t row, const CodeMap *map) {
  uint32_t at = a->constant ? 0 : row, bt = b->constant ? 0 : row;
  switch (a->physical) {
  case PHYSICAL_INT: {
    int64_t value = vector_int(a, row);
    return (map->codes ? map->codes[value] : value) == vector_int(b, row);
  }
  case PHYSICAL_TEXT:
    return str_equal(vector_text(a, row), vector_text(b, row));
  default: {
    size_t size = physical_bytes((Physical)a->physical);
    return !memcmp((const char *)a->data + at * size, (const char *)b->data + bt * size, size);
  }
  }
}

// The first row of `count` that differs, but for those of `skipped` (NULL: none), whose bits begin
// with the first row's; count: none does.
static uint32_t vectors_differ(const Vector *a, const Vector *b, uint32_t count, const CodeMap *map,
                               const uint64_t *skipped) {
  for (uint32_t row = 0; row < count; row++) {
    if (skipped && bits_get(skipped, row)) continue;
    bool valid = vector_is_valid(a, row);
    if (valid != vector_is_valid(b, row) || (valid && !value_equal(a, b, row, map))) return row;
  }
  return count;
}

// Whether two blocks are the same to the byte: most that were made anew of the same values are.
static bool block_same(const Block *a, const Block *b) {
  if (a == b) return true;
  if (a->row_count != b->row_count || a->null_count != b->null_count ||
      a->encoding != b->encoding || a->bits != b->bits || a->run_count != b->run_count ||
      a->base != b->base || a->min != b->min || a->max != b->max ||
      a->data_bytes != b->data_bytes || !a->validity != !b->validity)
    return false;
  if (a->validity && memcmp(a->validity, b->validity, bits_words(a->row_count) * 8)) return false;
  return !a->data_bytes || !memcmp(a->data, b->data, a->data_bytes);
}

// The first row of `earlier` that has another value in `later`, which has at least as many rows;
// the earlier one's row count: none has.
static uint64_t column_differs(const Column *earlier, const Column *later,
                               const uint64_t *skipped) {
  CodeMap map = code_map_make(earlier->dictionary, later->dictionary);
  VectorBuffer buffers[2] = {0};
  uint64_t found = earlier->row_count;
  for (uint64_t row = 0; row < earlier->row_count && found == earlier->row_count;) {
    uint64_t block = row / BLOCK_ROWS, left = earlier->row_count - row;
    if (row % BLOCK_ROWS == 0 && !map.codes &&
        block_same(earlier->blocks[block], later->blocks[block])) {
      row = (block + 1) * BLOCK_ROWS;
      continue;
    }
    uint32_t count = left < VECTOR_ROWS ? (uint32_t)left : VECTOR_ROWS;
    Vector a, b;
    column_read(earlier, row, count, &buffers[0], &a);
    column_read(later, row, count, &buffers[1], &b);
    uint32_t at = vectors_differ(&a, &b, count, &map, skipped ? skipped + row / 64 : NULL);
    if (at < count) found = row + at;
    row += count;
  }
  vector_buffer_clear(&buffers[0]);
  vector_buffer_clear(&buffers[1]);
  mem_free(map.codes);
  return found;
}

// ---------------------------------------------------------------- tables

static bool link_equal(const char *a, const char *b) {
  return a && b ? !strcmp(a, b) : a == b;
}

// "row 17", with its key where it has one: "row 17 (product B2)".
static const char *row_name(const Table *table, uint64_t row, Arena *arena) {
  const char *number = arena_printf(arena, "row %llu", (unsigned long long)row);
  int32_t key = table->schema->key;
  if (key < 0) return number;
  Value value = column_value(table->columns[key], row);
  if (value.is_null) return number;
  Buffer text;
  buffer_init(&text);
  value_format(&value, &text);
  const char *name = arena_printf(arena, "%s (%s %.*s)", number, table->schema->columns[key].name,
                                  (int)(text.size < 100 ? text.size : 100), text.data);
  buffer_clear(&text);
  return name;
}

static const char *column_change(const Table *earlier, const Table *later, const char *name,
                                 const uint64_t *skipped, Arena *arena) {
  int32_t e = schema_find(earlier->schema, name), l = schema_find(later->schema, name);
  if (e < 0 || l < 0) return arena_printf(arena, "column %s is new or gone", name);
  const Column *from = earlier->columns[e], *to = later->columns[l];
  if (!type_equal(from->type, to->type) || column_physical(from) != column_physical(to) ||
      !link_equal(earlier->schema->columns[e].link, later->schema->columns[l].link))
    return arena_printf(arena, "column %s has another type", name);
  uint64_t row = column_differs(from, to, skipped);
  if (row == from->row_count) return NULL;
  return arena_printf(arena, "column %s of %s has another value", name,
                      row_name(earlier, row, arena));
}

static uint64_t hidden_word(const Table *table, size_t word) {
  return table->hidden && word < bits_words(table->row_count) ? table->hidden[word] : 0;
}

// Of 64 rows from word * 64 on, those that the table has, as bits.
static uint64_t rows_word(const Table *table, size_t word) {
  uint64_t first = (uint64_t)word * 64;
  if (first >= table->row_count) return 0;
  uint64_t left = table->row_count - first;
  return left < 64 ? (UINT64_C(1) << left) - 1 : UINT64_MAX;
}

static const char *hidden_change(const Table *earlier, const Table *later, bool shown_only,
                                 Arena *arena) {
  if (!earlier->hidden && !later->hidden) return NULL;
  for (size_t w = 0; w < bits_words(earlier->row_count); w++) {
    uint64_t was = hidden_word(earlier, w), is = hidden_word(later, w);
    uint64_t changed = (shown_only ? ~was & is : was ^ is) & rows_word(earlier, w);
    if (!changed) continue;
    unsigned bit = (unsigned)__builtin_ctzll(changed);
    return arena_printf(arena, "%s is %s now", row_name(later, (uint64_t)w * 64 + bit, arena),
                        is >> bit & 1 ? "taken away" : "known");
  }
  return NULL;
}

const char *table_find_change(const Table *earlier, const Table *later, const char *const *columns,
                              uint32_t column_count, bool shown_only, Arena *arena) {
  if (earlier == later) return NULL;
  if (later->row_count < earlier->row_count)
    return arena_printf(arena, "it has fewer rows (%llu instead of %llu)",
                        (unsigned long long)later->row_count,
                        (unsigned long long)earlier->row_count);
  const uint64_t *skipped = shown_only ? earlier->hidden : NULL;
  const char *change = hidden_change(earlier, later, shown_only, arena);
  for (uint32_t c = 0; c < column_count && !change; c++)
    change = column_change(earlier, later, columns[c], skipped, arena);
  return change;
}

// ---------------------------------------------------------------- new rows

// Of 64 rows, those that the later version shows and the earlier one does not have or hides.
static uint64_t new_word(const Table *earlier, const Table *later, size_t word) {
  uint64_t shown = rows_word(later, word) & ~hidden_word(later, word);
  return shown & (~rows_word(earlier, word) | hidden_word(earlier, word));
}

static uint64_t block_row_count(const Table *table, uint32_t block) {
  uint64_t left = table->row_count - (uint64_t)block * BLOCK_ROWS;
  return left < BLOCK_ROWS ? left : BLOCK_ROWS;
}

// Sets the bits of the block's rows that are not new and clears the others; whether any is.
static bool block_hide_old(const Table *earlier, const Table *later, uint32_t block,
                           uint64_t *hidden) {
  size_t first = (size_t)block * (BLOCK_ROWS / 64);
  uint64_t any = 0;
  for (size_t w = 0; w < bits_words(block_row_count(later, block)); w++) {
    uint64_t new = new_word(earlier, later, first + w);
    any |= new;
    hidden[w] = ~new &rows_word(later, first + w);
  }
  return any != 0;
}

static Column **columns_take(const Table *table, const uint32_t *taken, uint32_t count) {
  uint32_t column_count = table->schema->column_count;
  Column **columns = mem_alloc(column_count * sizeof *columns);
  for (uint32_t c = 0; c < column_count; c++) {
    const Column *column = table->columns[c];
    Block **blocks = mem_alloc((count + 1) * sizeof *blocks);
    for (uint32_t b = 0; b < count; b++) blocks[b] = block_retain(column->blocks[taken[b]]);
    columns[c] = column_create(column->type, dictionary_retain(column->dictionary), blocks, count);
  }
  return columns;
}

Table *table_new_rows(const Table *earlier, const Table *later, const char *name) {
  uint32_t count = 0;
  uint32_t block_count = (uint32_t)((later->row_count + BLOCK_ROWS - 1) / BLOCK_ROWS);
  uint32_t *taken = mem_alloc((block_count + 1) * sizeof *taken);
  uint64_t *hidden = mem_alloc((bits_words(later->row_count) + 1) * sizeof *hidden), rows = 0;
  for (uint32_t b = 0; b < block_count; b++) {
    if (!block_hide_old(earlier, later, b, hidden + (size_t)count * (BLOCK_ROWS / 64))) continue;
    taken[count++] = b;
    rows += block_row_count(later, b);
  }
  Column **columns = columns_take(later, taken, count);
  mem_free(taken);
  TableSchema schema = *later->schema;
  schema.name = name;
  schema.key = schema.cluster = -1;
  schema.has_members = false;
  schema.sources = NULL;
  schema.source_count = schema.split_count = 0;
  return table_create(schema_copy(&schema), columns, rows, hidden, NULL);
}

// ---------------------------------------------------------------- blocks

Table *table_take_blocks(const Table *table, const uint32_t *blocks, uint32_t count) {
  assert(!table->hidden && !table->inferred);
  uint64_t rows = 0;
  for (uint32_t b = 0; b < count; b++) rows += block_row_count(table, blocks[b]);
  return table_create(schema_copy(table->schema), columns_take(table, blocks, count), rows, NULL,
                      NULL);
}

// A block of codes as one of other codes.
static Block *block_recode(const Block *block, const uint32_t *codes) {
  int64_t *values = mem_alloc(BLOCK_ROWS * sizeof *values);
  block_decode_int(block, values);
  for (uint32_t row = 0; row < block->row_count; row++)
    if (!block->validity || bits_get(block->validity, row)) values[row] = codes[values[row]];
  Block *made = block_encode_int(values, block->validity, block->row_count);
  mem_free(values);
  return made;
}

// The strings of `more` behind those of the dictionary; *codes: those of `more` in it.
static Dictionary *dictionary_extend(const Dictionary *dictionary, const Dictionary *more,
                                     uint32_t **codes) {
  DictionaryBuilder *builder = dictionary_builder_create(dictionary);
  *codes = mem_alloc((more->count + 1) * sizeof **codes);
  for (uint32_t code = 0; code < more->count; code++)
    (*codes)[code] = dictionary_builder_intern(builder, dictionary_get(more, code));
  uint32_t *remap = NULL;
  return dictionary_builder_finish(builder, false, &remap);
}

Column *column_replace_blocks(const Column *column, const uint32_t *blocks, uint32_t count,
                              const Column *rows) {
  assert(!column->dictionary == !rows->dictionary);
  uint32_t *codes = NULL, kept = column->block_count - count, from = 0, to = 0;
  Dictionary *dictionary =
      column->dictionary ? dictionary_extend(column->dictionary, rows->dictionary, &codes) : NULL;
  Block **all = mem_alloc((kept + rows->block_count + 1) * sizeof *all);
  for (uint32_t b = 0; b < kept + rows->block_count; b++) {
    bool replaced = to < count && blocks[to] == b;
    to += replaced;
    if (b < column->block_count && !replaced) {
      all[b] = block_retain(column->blocks[b]);
      continue;
    }
    Block *block = rows->blocks[from++];
    all[b] = codes ? block_recode(block, codes) : block_retain(block);
  }
  assert(from == rows->block_count);
  mem_free(codes);
  return column_create(column->type, dictionary, all, kept + rows->block_count);
}
