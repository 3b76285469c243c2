// See row_store.h.
#include "row_store.h"
#include <assert.h>

void row_store_init(RowStore *store, const PlanColumn *columns, uint32_t column_count,
                    MemoryBudget *budget) {
  *store = (RowStore){.columns = columns, .column_count = column_count, .budget = budget};
  store->chunks = mem_alloc_zero(column_count * sizeof *store->chunks);
  store->physical = mem_alloc_zero(column_count);
  for (uint32_t c = 0; c < column_count; c++)
    store->physical[c] = columns[c].type.kind == TYPE_STRING && columns[c].dictionary
                             ? PHYSICAL_INT
                             : (uint8_t)type_physical(columns[c].type);
}

void row_store_clear(RowStore *store) {
  for (uint32_t c = 0; c < store->column_count; c++) {
    for (uint64_t k = 0; k < store->chunk_count; k++) {
      mem_free(store->chunks[c][k].values);
      mem_free(store->chunks[c][k].validity);
    }
    mem_free(store->chunks[c]);
  }
  mem_free(store->chunks);
  mem_free(store->physical);
  arena_destroy(store->text);
  memory_budget_release(store->budget, store->charged);
  *store = (RowStore){0};
}

static Status store_charge(RowStore *store, int64_t bytes, Error *error) {
  TRY(memory_budget_charge(store->budget, bytes, error));
  store->charged += bytes;
  return STATUS_OK;
}

// ---------------------------------------------------------------- chunks

// Rows that a full chunk has room for: a vector is put down whole, and what is too much then moved.
#define CHUNK_ROOM (ROW_STORE_CHUNK_ROWS + VECTOR_ROWS)

static size_t value_bytes(const RowStore *store, uint32_t c) {
  return physical_bytes((Physical)store->physical[c]);
}

static uint64_t last_rows(const RowStore *store) {
  return store->chunk_count ? store->row_count - (store->chunk_count - 1) * ROW_STORE_CHUNK_ROWS
                            : 0;
}

static Status chunks_charge(RowStore *store, uint64_t rows, Error *error) {
  int64_t row_bytes = 0;
  for (uint32_t c = 0; c < store->column_count; c++) row_bytes += (int64_t)value_bytes(store, c);
  return store_charge(store, row_bytes * (int64_t)rows, error);
}

static void chunks_reserve(RowStore *store, uint64_t count) {
  if (count <= store->chunk_capacity) return;
  store->chunk_capacity = count > 2 * store->chunk_capacity ? count : 2 * store->chunk_capacity;
  for (uint32_t c = 0; c < store->column_count; c++)
    store->chunks[c] =
        mem_realloc(store->chunks[c], store->chunk_capacity * sizeof *store->chunks[c]);
}

// A new last chunk.
static Status chunk_add(RowStore *store, uint64_t room, Error *error) {
  TRY(chunks_charge(store, room, error));
  chunks_reserve(store, store->chunk_count + 1);
  for (uint32_t c = 0; c < store->column_count; c++)
    store->chunks[c][store->chunk_count] = (RowChunk){mem_alloc(room * value_bytes(store, c)), 0};
  store->chunk_count++;
  store->last_capacity = room;
  return STATUS_OK;
}

static Status chunk_grow(RowStore *store, uint64_t room, Error *error) {
  TRY(chunks_charge(store, room - store->last_capacity, error));
  for (uint32_t c = 0; c < store->column_count; c++) {
    RowChunk *chunk = &store->chunks[c][store->chunk_count - 1];
    chunk->values = mem_realloc(chunk->values, room * value_bytes(store, c));
  }
  store->last_capacity = room;
  return STATUS_OK;
}

// Room for a vector in the last chunk. The first grows by doubling, the others come whole.
static Status chunk_reserve(RowStore *store, uint32_t rows, Error *error) {
  if (!store->chunk_count) return chunk_add(store, VECTOR_ROWS, error);
  uint64_t room = store->last_capacity;
  if (last_rows(store) + rows <= room) return STATUS_OK;
  assert(room < CHUNK_ROOM);
  return chunk_grow(store, 2 * room < ROW_STORE_CHUNK_ROWS ? 2 * room : CHUNK_ROOM, error);
}

// Validity of the column's last chunk, made where no row was NULL until now.
static Status chunk_validity(RowStore *store, uint32_t c, uint64_t **validity, Error *error) {
  RowChunk *chunk = &store->chunks[c][store->chunk_count - 1];
  if (!chunk->validity) {
    TRY(store_charge(store, CHUNK_ROOM / 8, error));
    chunk->validity = mem_alloc(bits_words(CHUNK_ROOM) * sizeof *chunk->validity);
    memset(chunk->validity, 0xff, bits_words(CHUNK_ROOM) * sizeof *chunk->validity);
  }
  *validity = chunk->validity;
  return STATUS_OK;
}

// Moves what the last chunk has beyond its end to a new one.
static Status chunk_overflow(RowStore *store, Error *error) {
  uint64_t over = last_rows(store) - ROW_STORE_CHUNK_ROWS;
  if (!over) return STATUS_OK;
  TRY(chunk_add(store, CHUNK_ROOM, error));
  for (uint32_t c = 0; c < store->column_count; c++) {
    RowChunk *full = &store->chunks[c][store->chunk_count - 2], *last = full + 1;
    size_t size = value_bytes(store, c);
    memcpy(last->values, (char *)full->values + ROW_STORE_CHUNK_ROWS * size, over * size);
    if (!full->validity) continue;
    uint64_t *validity;
    TRY(chunk_validity(store, c, &validity, error));
    bits_copy(validity, 0, full->validity, ROW_STORE_CHUNK_ROWS, over);
  }
  return STATUS_OK;
}

// ---------------------------------------------------------------- append

static Status append_text(RowStore *store, const Vector *v, uint32_t count, Str *out,
                          Error *error) {
  if (!store->text) store->text = arena_create();
  Str before = {0}; // as it came, and is kept as out[kept]: rows of one text share its copy
  uint32_t kept = 0;
  for (uint32_t i = 0; i < count; i++) {
    out[i] = (Str){"", 0};
    if (!vector_is_valid(v, i)) continue;
    Str text = vector_text(v, i);
    if (before.data == text.data && before.size == text.size) {
      out[i] = out[kept];
      continue;
    }
    TRY(store_charge(store, (int64_t)text.size + 1, error));
    out[i] = (Str){arena_strndup(store->text, text.data, text.size), text.size};
    before = text;
    kept = i;
  }
  return STATUS_OK;
}

static bool has_null(const Vector *v, uint32_t count) {
  if (!v->validity) return false;
  return v->constant ? !bits_get(v->validity, 0) : bits_count(v->validity, count) < count;
}

static Status append_column(RowStore *store, uint32_t c, const Vector *v, uint32_t count,
                            Error *error) {
  RowChunk *chunk = &store->chunks[c][store->chunk_count - 1];
  uint64_t at = last_rows(store);
  switch ((Physical)store->physical[c]) {
  case PHYSICAL_INT:
    vector_flatten_int(v, count, (int64_t *)chunk->values + at);
    break;
  case PHYSICAL_TEXT:
    TRY(append_text(store, v, count, (Str *)chunk->values + at, error));
    break;
  default: {
    size_t size = value_bytes(store, c);
    for (uint32_t i = 0; i < count; i++)
      memcpy((char *)chunk->values + (at + i) * size,
             (const char *)v->data + (v->constant ? 0 : i) * size, size);
  }
  }
  if (!chunk->validity && !has_null(v, count)) return STATUS_OK;
  uint64_t *validity;
  TRY(chunk_validity(store, c, &validity, error));
  for (uint32_t i = 0; i < count; i++) bits_put(validity, at + i, vector_is_valid(v, i));
  return STATUS_OK;
}

Status row_store_append(RowStore *store, const Batch *batch, Error *error) {
  if (!batch->row_count) return STATUS_OK;
  assert(batch->row_count <= VECTOR_ROWS);
  TRY(chunk_reserve(store, batch->row_count, error));
  for (uint32_t c = 0; c < store->column_count; c++)
    TRY(append_column(store, c, &batch->columns[c], batch->row_count, error));
  store->row_count += batch->row_count;
  return last_rows(store) < ROW_STORE_CHUNK_ROWS ? STATUS_OK : chunk_overflow(store, error);
}

// ---------------------------------------------------------------- concat

// Copies rows from .. from + count - 1 of a chunk of `source` to the end of the last chunk.
static Status rows_copy(RowStore *store, const RowStore *source, uint64_t chunk, uint64_t from,
                        uint64_t count, Error *error) {
  uint64_t at = last_rows(store);
  assert(at + count <= ROW_STORE_CHUNK_ROWS);
  for (uint32_t c = 0; c < store->column_count; c++) {
    const RowChunk *read = &source->chunks[c][chunk];
    RowChunk *write = &store->chunks[c][store->chunk_count - 1];
    size_t size = value_bytes(store, c);
    memcpy((char *)write->values + at * size, (const char *)read->values + from * size,
           count * size);
    if (!read->validity && !write->validity) continue;
    uint64_t *validity;
    TRY(chunk_validity(store, c, &validity, error));
    if (read->validity)
      bits_copy(validity, at, read->validity, from, count);
    else
      for (uint64_t i = 0; i < count; i++) bits_set(validity, at + i);
  }
  store->row_count += count;
  return STATUS_OK;
}

// Appends `count` rows of a chunk of `source`, which may need two of the store's.
static Status chunk_copy(RowStore *store, const RowStore *source, uint64_t chunk, uint64_t count,
                         Error *error) {
  for (uint64_t from = 0; from < count;) {
    if (!store->chunk_count || last_rows(store) == ROW_STORE_CHUNK_ROWS)
      TRY(chunk_add(store, CHUNK_ROOM, error));
    if (store->last_capacity < CHUNK_ROOM) TRY(chunk_grow(store, CHUNK_ROOM, error));
    uint64_t room = ROW_STORE_CHUNK_ROWS - last_rows(store), rest = count - from;
    TRY(rows_copy(store, source, chunk, from, rest < room ? rest : room, error));
    from += rest < room ? rest : room;
  }
  return STATUS_OK;
}

// Puts the full chunks of `from` before the last chunk of the store, which has one.
static void chunks_move(RowStore *store, RowStore *from) {
  uint64_t moved = from->chunk_count - 1, before = store->chunk_count - 1;
  chunks_reserve(store, store->chunk_count + moved);
  for (uint32_t c = 0; c < store->column_count; c++) {
    RowChunk *chunks = store->chunks[c];
    chunks[before + moved] = chunks[before];
    memcpy(chunks + before, from->chunks[c], moved * sizeof *chunks);
    from->chunks[c][0] = from->chunks[c][moved];
  }
  store->chunk_count += moved;
  store->row_count += moved * ROW_STORE_CHUNK_ROWS;
  from->chunk_count = 1;
  from->row_count -= moved * ROW_STORE_CHUNK_ROWS;
}

// The store becomes what `from` was: both have the same columns.
static void store_take(RowStore *store, RowStore *from) {
  const PlanColumn *columns = store->columns;
  RowStore empty = *store;
  *store = *from;
  store->columns = columns;
  *from = empty;
}

static Status store_join(RowStore *store, RowStore *from, bool in_order, Error *error) {
  assert(store->budget == from->budget && store->column_count == from->column_count);
  if (!store->row_count) {
    store_take(store, from);
  } else if (from->row_count) {
    if (from->text) {
      if (!store->text) store->text = arena_create();
      arena_adopt(store->text, from->text);
      from->text = NULL;
    }
    store->charged += from->charged; // also of what is freed below: little, and until the end
    from->charged = 0;
    if (!in_order) chunks_move(store, from);
    for (uint64_t k = 0; k < from->chunk_count; k++) {
      uint64_t left = from->row_count - k * ROW_STORE_CHUNK_ROWS;
      TRY(chunk_copy(store, from, k, left < ROW_STORE_CHUNK_ROWS ? left : ROW_STORE_CHUNK_ROWS,
                     error));
    }
  }
  row_store_clear(from);
  return STATUS_OK;
}

Status row_store_concat(RowStore *store, RowStore *from, Error *error) {
  return store_join(store, from, true, error);
}

Status row_store_merge(RowStore *store, RowStore *from, Error *error) {
  return store_join(store, from, false, error);
}

// ---------------------------------------------------------------- reading

// Values have 8 or 16 bytes; a row that is ROW_STORE_NULL gives NULL.
#define GATHER_ROWS(Type)                                                                          \
  for (uint32_t i = 0; i < count; i++) {                                                           \
    bool present = rows[i] != ROW_STORE_NULL;                                                      \
    absent |= !present;                                                                            \
    ((Type *)data)[i] = present ? ((const Type *)chunks[rows[i] >> ROW_STORE_CHUNK_SHIFT]          \
                                       .values)[rows[i] & ROW_STORE_CHUNK_MASK]                    \
                                : 0;                                                               \
  }
_Static_assert(sizeof(Str) == sizeof(int128_t) && sizeof(IntervalValue) == sizeof(int128_t),
               "values have 8 or 16 bytes");

static bool column_has_validity(const RowStore *store, uint32_t c) {
  bool any = false;
  for (uint64_t k = 0; k < store->chunk_count; k++) any |= store->chunks[c][k].validity != NULL;
  return any;
}

void row_store_gather_column(const RowStore *store, uint32_t c, const uint64_t *rows,
                             uint32_t count, VectorBuffer *buffer, Vector *out) {
  size_t size = value_bytes(store, c);
  char *data = vector_buffer_reserve_rows(buffer, count, size);
  const RowChunk *chunks = store->chunks[c];
  bool absent = false;
  if (size == sizeof(int64_t)) {
    GATHER_ROWS(int64_t)
  } else {
    GATHER_ROWS(int128_t)
  }
  *out = (Vector){.type = store->columns[c].type,
                  .physical = store->physical[c],
                  .width = 8,
                  .data = data,
                  .dictionary =
                      store->physical[c] == PHYSICAL_INT ? store->columns[c].dictionary : NULL};
  if (!absent && !column_has_validity(store, c)) return;
  uint8_t valid[VECTOR_ROWS];
  for (uint32_t i = 0; i < count; i++)
    valid[i] = rows[i] != ROW_STORE_NULL && row_store_is_valid(store, c, rows[i]);
  bits_from_bytes(valid, count, buffer->validity);
  out->validity = buffer->validity;
}

void row_store_gather(const RowStore *store, const uint64_t *rows, uint32_t count,
                      VectorBuffer *buffers, Vector *out) {
  for (uint32_t c = 0; c < store->column_count; c++)
    row_store_gather_column(store, c, rows, count, &buffers[c], &out[c]);
}

int row_store_compare(const RowStore *store, uint32_t column, uint64_t a, uint64_t b,
                      bool descending, bool nulls_first) {
  bool valid_a = row_store_is_valid(store, column, a);
  bool valid_b = row_store_is_valid(store, column, b);
  if (!valid_a || !valid_b) {
    if (valid_a == valid_b) return 0;
    return (valid_a ? 1 : -1) * (nulls_first ? 1 : -1);
  }
  int order;
  if (store->physical[column] == PHYSICAL_INT) {
    int64_t x = row_store_int(store, column, a), y = row_store_int(store, column, b);
    const Dictionary *dictionary = store->columns[column].dictionary;
    if (dictionary) {
      x = dictionary_rank(dictionary, (uint32_t)x);
      y = dictionary_rank(dictionary, (uint32_t)y);
    }
    order = (x > y) - (x < y);
  } else {
    Value x = row_store_value(store, column, a), y = row_store_value(store, column, b);
    order = value_compare(&x, &y);
  }
  return descending ? -order : order;
}

void row_store_changes(const RowStore *store, uint32_t column, const uint64_t *order, uint64_t from,
                       uint64_t to, uint8_t *changed) {
  if (store->physical[column] != PHYSICAL_INT) {
    for (uint64_t i = from; i < to; i++)
      changed[i - from] |=
          row_store_compare(store, column, order[i - 1], order[i], false, false) != 0;
    return;
  }
  // Codes of one dictionary differ as their texts do.
  bool valid = row_store_is_valid(store, column, order[from - 1]);
  int64_t value = valid ? row_store_int(store, column, order[from - 1]) : 0;
  for (uint64_t i = from; i < to; i++) {
    bool next_valid = row_store_is_valid(store, column, order[i]);
    int64_t next = next_valid ? row_store_int(store, column, order[i]) : 0;
    changed[i - from] |= next != value || next_valid != valid;
    value = next;
    valid = next_valid;
  }
}

static const void *row_value(const RowStore *store, uint32_t c, uint64_t row) {
  return (const char *)store->chunks[c][row >> ROW_STORE_CHUNK_SHIFT].values +
         (row & ROW_STORE_CHUNK_MASK) * value_bytes(store, c);
}

Value row_store_value(const RowStore *store, uint32_t c, uint64_t row) {
  Vector v = {.type = store->columns[c].type,
              .physical = store->physical[c],
              .width = 8,
              .constant = true,
              .data = row_value(store, c, row),
              .dictionary = store->columns[c].dictionary};
  Value value = vector_value(&v, 0);
  value.is_null = !row_store_is_valid(store, c, row);
  return value;
}
