// See row_store.h.
#include "row_store.h"

void row_store_init(RowStore *store, const PlanColumn *columns, uint32_t column_count,
                    MemoryBudget *budget) {
  *store = (RowStore){.columns = columns, .column_count = column_count, .budget = budget};
  store->values = mem_alloc_zero(column_count * sizeof *store->values);
  store->validity = mem_alloc_zero(column_count * sizeof *store->validity);
  store->physical = mem_alloc_zero(column_count);
  for (uint32_t c = 0; c < column_count; c++)
    store->physical[c] = columns[c].type.kind == TYPE_STRING && columns[c].dictionary
                             ? PHYSICAL_INT
                             : (uint8_t)type_physical(columns[c].type);
}

void row_store_clear(RowStore *store) {
  for (uint32_t c = 0; c < store->column_count; c++) {
    mem_free(store->values[c]);
    mem_free(store->validity[c]);
  }
  mem_free(store->values);
  mem_free(store->validity);
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

static Status store_reserve(RowStore *store, uint64_t rows, Error *error) {
  if (rows <= store->capacity) return STATUS_OK;
  uint64_t capacity = store->capacity ? store->capacity * 2 : VECTOR_ROWS;
  while (capacity < rows) capacity *= 2;
  int64_t row_bytes = 0;
  for (uint32_t c = 0; c < store->column_count; c++)
    row_bytes += (int64_t)physical_bytes((Physical)store->physical[c]) + 1;
  TRY(store_charge(store, row_bytes * (int64_t)(capacity - store->capacity), error));
  for (uint32_t c = 0; c < store->column_count; c++) {
    size_t size = physical_bytes((Physical)store->physical[c]);
    store->values[c] = mem_realloc(store->values[c], capacity * size);
    store->validity[c] = mem_realloc(store->validity[c], bits_words(capacity) * sizeof(uint64_t));
  }
  store->capacity = capacity;
  return STATUS_OK;
}

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
    store->text_charged += (int64_t)text.size + 1;
    out[i] = (Str){arena_strndup(store->text, text.data, text.size), text.size};
    before = text;
    kept = i;
  }
  return STATUS_OK;
}

static Status append_column(RowStore *store, uint32_t c, const Vector *v, uint32_t count,
                            Error *error) {
  uint64_t row = store->row_count;
  switch ((Physical)store->physical[c]) {
  case PHYSICAL_INT:
    vector_flatten_int(v, count, (int64_t *)store->values[c] + row);
    break;
  case PHYSICAL_TEXT:
    TRY(append_text(store, v, count, (Str *)store->values[c] + row, error));
    break;
  default: {
    size_t size = physical_bytes((Physical)store->physical[c]);
    for (uint32_t i = 0; i < count; i++)
      memcpy((char *)store->values[c] + (row + i) * size,
             (const char *)v->data + (v->constant ? 0 : i) * size, size);
  }
  }
  for (uint32_t i = 0; i < count; i++) bits_put(store->validity[c], row + i, vector_is_valid(v, i));
  return STATUS_OK;
}

Status row_store_append(RowStore *store, const Batch *batch, Error *error) {
  if (!batch->row_count) return STATUS_OK;
  TRY(store_reserve(store, store->row_count + batch->row_count, error));
  for (uint32_t c = 0; c < store->column_count; c++)
    TRY(append_column(store, c, &batch->columns[c], batch->row_count, error));
  store->row_count += batch->row_count;
  return STATUS_OK;
}

Status row_store_concat(RowStore *store, RowStore *from, Error *error) {
  TRY(store_reserve(store, store->row_count + from->row_count, error));
  for (uint32_t c = 0; c < store->column_count; c++) {
    size_t size = physical_bytes((Physical)store->physical[c]);
    memcpy((char *)store->values[c] + store->row_count * size, from->values[c],
           from->row_count * size);
    bits_copy(store->validity[c], store->row_count, from->validity[c], 0, from->row_count);
  }
  if (from->text) { // its bytes stay charged, here
    if (!store->text) store->text = arena_create();
    arena_adopt(store->text, from->text);
    from->text = NULL;
    TRY(store_charge(store, from->text_charged, error));
    store->text_charged += from->text_charged;
  }
  store->row_count += from->row_count;
  row_store_clear(from);
  return STATUS_OK;
}

// Values have 8 or 16 bytes; a row that is ROW_STORE_NULL gives NULL.
#define GATHER_ROWS(Type)                                                                          \
  for (uint32_t i = 0; i < count; i++) {                                                           \
    bool present = rows[i] != ROW_STORE_NULL;                                                      \
    valid[i] = present && bits_get(validity, rows[i]);                                             \
    ((Type *)data)[i] = present ? ((const Type *)store->values[c])[rows[i]] : 0;                   \
  }
_Static_assert(sizeof(Str) == sizeof(int128_t) && sizeof(IntervalValue) == sizeof(int128_t),
               "values have 8 or 16 bytes");

void row_store_gather_column(const RowStore *store, uint32_t c, const uint64_t *rows,
                             uint32_t count, VectorBuffer *buffer, Vector *out) {
  size_t size = physical_bytes((Physical)store->physical[c]);
  char *data = vector_buffer_reserve(buffer, VECTOR_ROWS * sizeof(int128_t));
  const uint64_t *validity = store->validity[c];
  uint8_t valid[VECTOR_ROWS];
  if (size == sizeof(int64_t)) {
    GATHER_ROWS(int64_t)
  } else {
    GATHER_ROWS(int128_t)
  }
  bits_from_bytes(valid, count, buffer->validity);
  *out = (Vector){.type = store->columns[c].type,
                  .physical = store->physical[c],
                  .width = 8,
                  .data = data,
                  .validity = buffer->validity,
                  .dictionary =
                      store->physical[c] == PHYSICAL_INT ? store->columns[c].dictionary : NULL};
}

void row_store_gather(const RowStore *store, const uint64_t *rows, uint32_t count,
                      VectorBuffer *buffers, Vector *out) {
  for (uint32_t c = 0; c < store->column_count; c++)
    row_store_gather_column(store, c, rows, count, &buffers[c], &out[c]);
}

int row_store_compare(const RowStore *store, uint32_t column, uint64_t a, uint64_t b,
                      bool descending, bool nulls_first) {
  bool valid_a = bits_get(store->validity[column], a);
  bool valid_b = bits_get(store->validity[column], b);
  if (!valid_a || !valid_b) {
    if (valid_a == valid_b) return 0;
    return (valid_a ? 1 : -1) * (nulls_first ? 1 : -1);
  }
  int order;
  if (store->physical[column] == PHYSICAL_INT) {
    int64_t x = ((int64_t *)store->values[column])[a], y = ((int64_t *)store->values[column])[b];
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
  const uint64_t *validity = store->validity[column];
  if (store->physical[column] != PHYSICAL_INT) {
    for (uint64_t i = from; i < to; i++)
      changed[i - from] |=
          row_store_compare(store, column, order[i - 1], order[i], false, false) != 0;
    return;
  }
  const int64_t *values = store->values[column]; // codes of one dictionary differ as their texts
  bool valid = bits_get(validity, order[from - 1]);
  int64_t value = valid ? values[order[from - 1]] : 0;
  for (uint64_t i = from; i < to; i++) {
    bool next_valid = bits_get(validity, order[i]);
    int64_t next = next_valid ? values[order[i]] : 0;
    changed[i - from] |= next != value || next_valid != valid;
    value = next;
    valid = next_valid;
  }
}

Value row_store_value(const RowStore *store, uint32_t c, uint64_t row) {
  Vector v = {.type = store->columns[c].type,
              .physical = store->physical[c],
              .width = 8,
              .constant = true,
              .data = (char *)store->values[c] + row * physical_bytes((Physical)store->physical[c]),
              .dictionary = store->columns[c].dictionary};
  Value value = vector_value(&v, 0);
  value.is_null = !bits_get(store->validity[c], row);
  return value;
}
