// See logic_layout.h. A column is decoded flat, moved to its new rows, and encoded block by block.
#include "logic_layout.h"
#include "memory.h"

const char *layout_name(Layout layout) {
  static const char *const NAMES[] = {"loaded", "flat", "runs", "holes"};
  return NAMES[layout];
}

// --- rows ---

// Where each row of a table goes. Row 0 of a table with members stays: it is the absent key.
typedef struct Places {
  uint64_t *place;    // [old row count]
  uint32_t *source;   // [row_count] old row whose values a new row holds
  uint64_t row_count; // of the new table
} Places;

static Places places_make(const Table *table, Layout layout) {
  uint64_t count = table->row_count, half = count / 2 + 1, gap = 0;
  if (layout == LAYOUT_HOLES && half + 3 < BLOCK_ROWS) gap = BLOCK_ROWS - 3 - half;
  Places places = {.place = mem_alloc((count + 1) * sizeof(uint64_t)),
                   .row_count = half < count ? count + gap : count};
  places.source = mem_alloc((places.row_count + 1) * sizeof(uint32_t));
  for (uint64_t row = 0, at = 0; row < count; row++, at++) {
    for (; row == half && at < half + gap; at++) places.source[at] = (uint32_t)(row - 1);
    places.place[row] = at;
    places.source[at] = (uint32_t)row;
  }
  return places;
}

static void places_clear(Places *places) {
  mem_free(places->place);
  mem_free(places->source);
}

// The rows that are no row's place are deleted; others are what they were.
static uint64_t *hidden_make(const Table *table, const Places *places) {
  if (!table->hidden && places->row_count == table->row_count) return NULL;
  uint64_t *hidden = mem_alloc_zero((bits_words(places->row_count) + 1) * sizeof *hidden);
  bits_fill(hidden, places->row_count);
  for (uint64_t row = 0; row < table->row_count; row++)
    bits_put(hidden, places->place[row], table->hidden && bits_get(table->hidden, row));
  return hidden;
}

static uint64_t *inferred_make(const Table *table, const Places *places) {
  if (!table->inferred) return NULL;
  uint64_t *inferred = mem_alloc_zero((bits_words(places->row_count) + 1) * sizeof *inferred);
  for (uint64_t row = 0; row < table->row_count; row++)
    if (bits_get(table->inferred, row)) bits_set(inferred, places->place[row]);
  return inferred;
}

// --- columns ---

static Block *block_flat(const int64_t *values, const uint64_t *validity, uint32_t count) {
  Block *chosen = block_encode_int(values, validity, count); // for its statistics and validity
  Block header = *chosen;
  header.encoding = ENCODING_PACKED;
  header.bits = 64;
  header.base = 0;
  header.run_count = 0;
  header.data_bytes = count * sizeof *values;
  char *data = mem_alloc_aligned(64, header.data_bytes + 64); // kernels read 64 bytes beyond
  memset(data + header.data_bytes, 0, 64);
  block_decode_int(chosen, (int64_t *)data);
  size_t words = bits_words(count) * sizeof(uint64_t);
  uint64_t *kept = header.validity ? mem_alloc(words) : NULL;
  if (kept) memcpy(kept, header.validity, words);
  block_release(chosen);
  return block_create_raw(&header, data, kept);
}

static Block *block_of_ints(Layout layout, const int64_t *values, const uint64_t *validity,
                            uint32_t count) {
  Block *block = NULL;
  if (layout == LAYOUT_FLAT) return block_flat(values, validity, count);
  if (layout == LAYOUT_RUNS) {
    block = block_encode_int_as(ENCODING_DELTA, values, validity, count);
    if (!block) block = block_encode_int_as(ENCODING_RUNS, values, validity, count);
  }
  return block ? block : block_encode_int(values, validity, count);
}

// A dictionary of the same strings whose codes count down; *remap[old code] is the new one.
static Dictionary *dictionary_reverse(const Dictionary *dictionary, uint32_t **remap) {
  DictionaryBuilder *builder = dictionary_builder_create(NULL);
  *remap = mem_alloc((dictionary->count + 1) * sizeof **remap);
  for (uint32_t code = dictionary->count; code--;)
    (*remap)[code] = dictionary_builder_intern(builder, dictionary_get(dictionary, code));
  return dictionary_builder_finish(builder, false, NULL);
}

// A whole column, a value a row: int64_t, int128_t, double or Str, as `physical` says.
typedef struct Flat {
  Physical physical;
  void *values;
  uint64_t *validity;
} Flat;

static Flat flat_create(Physical physical, uint64_t row_count) {
  return (Flat){physical, mem_alloc_zero((row_count + 1) * physical_bytes(physical)),
                mem_alloc_zero((bits_words(row_count) + 1) * sizeof(uint64_t))};
}

static void flat_clear(Flat *flat) {
  mem_free(flat->values);
  mem_free(flat->validity);
}

static void flat_set(Flat *flat, uint64_t row, const Vector *v, uint32_t at) {
  size_t size = physical_bytes(flat->physical);
  bits_put(flat->validity, row, vector_is_valid(v, at));
  switch (flat->physical) {
  case PHYSICAL_INT:
    ((int64_t *)flat->values)[row] = vector_int(v, at);
    break;
  case PHYSICAL_TEXT:
    ((Str *)flat->values)[row] = vector_text(v, at);
    break;
  default:
    memcpy((char *)flat->values + row * size, (const char *)v->data + (v->constant ? 0 : at) * size,
           size);
  }
}

static Flat column_flat(const Column *column) {
  Flat flat = flat_create(column_physical(column), column->row_count);
  VectorBuffer buffer = {0};
  for (uint64_t row = 0; row < column->row_count; row += VECTOR_ROWS) {
    uint64_t left = column->row_count - row;
    uint32_t count = left < VECTOR_ROWS ? (uint32_t)left : VECTOR_ROWS;
    Vector v;
    column_read(column, row, count, &buffer, &v);
    for (uint32_t i = 0; i < count; i++) flat_set(&flat, row + i, &v, i);
  }
  vector_buffer_clear(&buffer);
  return flat;
}

// Integers that are row numbers or codes take their new values.
static void flat_remap(Flat *flat, uint64_t row_count, const uint64_t *places,
                       const uint32_t *codes) {
  int64_t *values = flat->values;
  for (uint64_t row = 0; row < row_count; row++) {
    if (!bits_get(flat->validity, row)) continue;
    if (places) values[row] = (int64_t)places[values[row]];
    if (codes) values[row] = codes[values[row]];
  }
}

// Codes become the strings that they stand for.
static void flat_spell(Flat *flat, uint64_t row_count, const Dictionary *dictionary) {
  const int64_t *codes = flat->values;
  Str *texts = mem_alloc_zero((row_count + 1) * sizeof *texts);
  for (uint64_t row = 0; row < row_count; row++)
    if (bits_get(flat->validity, row))
      texts[row] = dictionary_get(dictionary, (uint32_t)codes[row]);
  mem_free(flat->values);
  flat->values = texts;
  flat->physical = PHYSICAL_TEXT;
}

static Flat flat_move(const Flat *flat, const Places *places) {
  Flat moved = flat_create(flat->physical, places->row_count);
  size_t size = physical_bytes(flat->physical);
  for (uint64_t row = 0; row < places->row_count; row++) {
    uint32_t from = places->source[row];
    memcpy((char *)moved.values + row * size, (char *)flat->values + from * size, size);
    bits_put(moved.validity, row, bits_get(flat->validity, from));
  }
  return moved;
}

static Block *block_make(const Flat *flat, uint64_t row, uint32_t count, Layout layout) {
  const void *values = (const char *)flat->values + row * physical_bytes(flat->physical);
  const uint64_t *validity = flat->validity + row / 64;
  switch (flat->physical) {
  case PHYSICAL_INT:
    return block_of_ints(layout, values, validity, count);
  case PHYSICAL_WIDE:
    return block_encode_wide(values, validity, count);
  case PHYSICAL_DOUBLE:
    return block_encode_double(values, validity, count);
  default:
    return block_encode_text(values, validity, count);
  }
}

static Column *column_make(const Column *column, const Places *own, const Places *members,
                           Layout layout) {
  Dictionary *dictionary = dictionary_retain(column->dictionary);
  uint32_t *codes = NULL;
  Flat flat = column_flat(column);
  if (dictionary && layout != LAYOUT_LOADED && layout != LAYOUT_HOLES) {
    dictionary_release(dictionary);
    dictionary = NULL;
    if (layout == LAYOUT_RUNS)
      dictionary = dictionary_reverse(column->dictionary, &codes);
    else
      flat_spell(&flat, column->row_count, column->dictionary);
  }
  if (members || codes)
    flat_remap(&flat, column->row_count, members ? members->place : NULL, codes);
  Flat moved = flat_move(&flat, own);
  uint32_t block_count = (uint32_t)((own->row_count + BLOCK_ROWS - 1) / BLOCK_ROWS);
  Block **blocks = mem_alloc((block_count + 1) * sizeof *blocks);
  for (uint32_t b = 0; b < block_count; b++) {
    uint64_t row = (uint64_t)b * BLOCK_ROWS, left = own->row_count - row;
    blocks[b] = block_make(&moved, row, left < BLOCK_ROWS ? (uint32_t)left : BLOCK_ROWS, layout);
  }
  mem_free(codes);
  flat_clear(&flat);
  flat_clear(&moved);
  return column_create(column->type, dictionary, blocks, block_count);
}

// --- tables ---

static const Places *places_of(const Root *root, const Places *places, const char *table) {
  for (uint32_t t = 0; table && t < root->table_count; t++)
    if (strcmp(root->tables[t]->schema->name, table) == 0) return &places[t];
  return NULL;
}

static Table *table_make(const Root *root, const Places *places, uint32_t at, Layout layout) {
  const Table *table = root->tables[at];
  const TableSchema *schema = table->schema;
  Column **columns = mem_alloc((schema->column_count + 1) * sizeof *columns);
  for (uint32_t c = 0; c < schema->column_count; c++)
    columns[c] = column_make(table->columns[c], &places[at],
                             places_of(root, places, schema->columns[c].link), layout);
  return table_create(schema_copy(schema), columns, places[at].row_count,
                      hidden_make(table, &places[at]), inferred_make(table, &places[at]));
}

Root *layout_make(const Root *root, Layout layout) {
  Places *places = mem_alloc((root->table_count + 1) * sizeof *places);
  for (uint32_t t = 0; t < root->table_count; t++) places[t] = places_make(root->tables[t], layout);
  Root *made = root_copy(root);
  for (uint32_t t = 0; t < root->table_count; t++)
    root_put(made, table_make(root, places, t, layout));
  for (uint32_t t = 0; t < root->table_count; t++) places_clear(&places[t]);
  mem_free(places);
  return made;
}
