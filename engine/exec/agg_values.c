// See agg_values.h. Rows (value, second argument, order keys) are kept in the order they came, each
// with its group; the first final value sorts them by group once. A group's rows are put in order
// by the keys asked for, else by value, so that the order of arrival never shows.
#include "agg_values.h"
#include "buffer.h"
#include "row_store.h"
#include <math.h>
#include <stdlib.h>

#define NO_GROUP UINT32_MAX

typedef struct AggValues {
  const AggregateCall *call;
  PlanColumn *columns; // the argument, then what follows
  uint32_t column_count;
  RowStore store;
  uint32_t *groups; // [store.capacity] of each row; NO_GROUP: a NULL that does not count
  uint64_t group_capacity;
  uint64_t *order, *starts; // rows by group; starts[group], once sorted
  uint32_t sorted_groups;
  Buffer text;
  Arena *results; // strings that were given
  MemoryBudget *budget;
  int64_t charged;
} AggValues;

AggValues *agg_values_create(const AggregateCall *call, const PlanColumn *args,
                             MemoryBudget *budget) {
  AggValues *values = mem_alloc_zero(sizeof *values);
  values->call = call;
  values->budget = budget;
  values->column_count = 1 + call->more_count;
  values->columns = mem_alloc(values->column_count * sizeof *values->columns);
  memcpy(values->columns, args, values->column_count * sizeof *values->columns);
  row_store_init(&values->store, values->columns, values->column_count, budget);
  buffer_init(&values->text);
  return values;
}

static void values_unsort(AggValues *values) {
  mem_free(values->order);
  mem_free(values->starts);
  values->order = values->starts = NULL;
}

void agg_values_destroy(AggValues *values) {
  if (!values) return;
  values_unsort(values);
  row_store_clear(&values->store);
  buffer_clear(&values->text);
  arena_destroy(values->results);
  memory_budget_release(values->budget, values->charged);
  mem_free(values->groups);
  mem_free(values->columns);
  mem_free(values);
}

static Status values_charge(AggValues *values, int64_t bytes, Error *error) {
  TRY(memory_budget_charge(values->budget, bytes, error));
  values->charged += bytes;
  return STATUS_OK;
}

// ---------------------------------------------------------------- update and merge

static Status groups_reserve(AggValues *values, uint64_t rows, Error *error) {
  if (rows <= values->group_capacity) return STATUS_OK;
  uint64_t capacity = values->group_capacity ? values->group_capacity * 2 : VECTOR_ROWS;
  while (capacity < rows) capacity *= 2;
  TRY(values_charge(values, (int64_t)((capacity - values->group_capacity) * sizeof *values->groups),
                    error));
  values->groups = mem_realloc(values->groups, capacity * sizeof *values->groups);
  values->group_capacity = capacity;
  return STATUS_OK;
}

// NULLs count for array_agg alone; arg_min and arg_max leave out rows whose order is NULL.
static bool row_counts(const AggValues *values, const Vector *args, uint32_t row) {
  AggregateId id = values->call->id;
  if (id == AGGREGATE_ARRAY) return true;
  if (id == AGGREGATE_ARG_MIN || id == AGGREGATE_ARG_MAX) return vector_is_valid(&args[1], row);
  return vector_is_valid(&args[0], row);
}

Status agg_values_update(AggStates *states, const uint32_t *groups, const Vector *args,
                         uint32_t count, Error *error) {
  AggValues *values = states->values;
  uint64_t first = values->store.row_count;
  values_unsort(values);
  TRY(groups_reserve(values, first + count, error));
  for (uint32_t i = 0; i < count; i++)
    values->groups[first + i] = !row_counts(values, args, i) ? NO_GROUP : groups ? groups[i] : 0;
  Batch batch = {count, values->column_count, (Vector *)args};
  return row_store_append(&values->store, &batch, error);
}

Status agg_values_merge(AggStates *target, const AggStates *source, const uint32_t *map,
                        Error *error) {
  const AggValues *from = source->values;
  VectorBuffer *buffers = mem_alloc_zero(from->column_count * sizeof *buffers);
  Vector *vectors = mem_alloc_zero(from->column_count * sizeof *vectors);
  uint32_t groups[VECTOR_ROWS];
  uint64_t rows[VECTOR_ROWS];
  Status status = STATUS_OK;
  for (uint64_t at = 0; at < from->store.row_count && status == STATUS_OK;) {
    uint32_t count = 0;
    for (; at < from->store.row_count && count < VECTOR_ROWS; at++) {
      if (from->groups[at] == NO_GROUP) continue;
      groups[count] = map[from->groups[at]];
      rows[count++] = at;
    }
    row_store_gather(&from->store, rows, count, buffers, vectors);
    status = agg_values_update(target, groups, vectors, count, error);
  }
  for (uint32_t c = 0; c < from->column_count; c++) vector_buffer_clear(&buffers[c]);
  mem_free(buffers);
  mem_free(vectors);
  return status;
}

// ---------------------------------------------------------------- order

// Rows by group: a counting sort.
static Status values_sort(AggValues *values, uint32_t group_count, Error *error) {
  if (values->order) return STATUS_OK;
  uint64_t rows = values->store.row_count;
  TRY(values_charge(values, (int64_t)((rows + group_count + 2) * sizeof(uint64_t)), error));
  values->order = mem_alloc((rows + 1) * sizeof *values->order);
  values->starts = mem_alloc_zero(((size_t)group_count + 2) * sizeof *values->starts);
  for (uint64_t i = 0; i < rows; i++)
    if (values->groups[i] != NO_GROUP) values->starts[values->groups[i] + 2]++;
  for (uint32_t g = 0; g < group_count; g++) values->starts[g + 2] += values->starts[g + 1];
  for (uint64_t i = 0; i < rows; i++)
    if (values->groups[i] != NO_GROUP) values->order[values->starts[values->groups[i] + 1]++] = i;
  return STATUS_OK;
}

static int compare_rows(const void *a, const void *b, void *context) {
  const AggValues *values = context;
  const AggregateCall *call = values->call;
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  uint32_t first = values->column_count - call->order_count; // the keys are the last columns
  for (uint32_t k = 0; k < call->order_count; k++) {
    int order = row_store_compare(&values->store, first + k, x, y, call->descending >> k & 1,
                                  call->nulls_first >> k & 1);
    if (order) return order;
  }
  for (uint32_t c = 0; c < first && !call->as_given; c++) {
    int order = row_store_compare(&values->store, c, x, y, false, false);
    if (order) return order;
  }
  return (x > y) - (x < y);
}

// Drops rows whose value was there before.
static uint64_t rows_distinct(const AggValues *values, uint64_t *rows, uint64_t count) {
  uint64_t kept = 0;
  for (uint64_t i = 0; i < count; i++)
    if (!kept || row_store_compare(&values->store, 0, rows[kept - 1], rows[i], false, false))
      rows[kept++] = rows[i];
  return kept;
}

static Value value_at(const AggValues *values, uint32_t column, uint64_t row) {
  return row_store_value(&values->store, column, row);
}

// ---------------------------------------------------------------- final values

static double value_real(const Value *value) {
  switch ((TypeKind)value->type.kind) {
  case TYPE_DOUBLE:
    return value->d;
  case TYPE_DECIMAL: {
    int128_t unscaled = type_physical(value->type) == PHYSICAL_WIDE ? value->wide : value->i;
    return (double)((__float128)unscaled / (__float128)decimal_pow10_128(value->type.scale));
  }
  default:
    return (double)value->i;
  }
}

static void percentile_cont(const AggValues *values, const uint64_t *rows, uint64_t count,
                            Value *out) {
  double place = values->call->fraction * (double)(count - 1);
  uint64_t low = (uint64_t)floor(place), high = (uint64_t)ceil(place);
  Value a = value_at(values, 0, rows[low]), b = value_at(values, 0, rows[high]);
  double x = value_real(&a), y = value_real(&b);
  out->d = low == high ? x : x + (place - (double)low) * (y - x);
}

static void percentile_disc(const AggValues *values, const uint64_t *rows, uint64_t count,
                            Value *out) {
  double place = ceil(values->call->fraction * (double)count);
  *out = value_at(values, 0, rows[place < 1 ? 0 : (uint64_t)place - 1]);
}

// Of those that are there most often the first in order.
static void mode(const AggValues *values, const uint64_t *rows, uint64_t count, Value *out) {
  uint64_t best = 0, best_count = 0;
  for (uint64_t i = 0, run; i < count; i += run) {
    for (run = 1; i + run < count; run++)
      if (row_store_compare(&values->store, 0, rows[i], rows[i + run], false, false)) break;
    if (run <= best_count) continue;
    best = i;
    best_count = run;
  }
  *out = value_at(values, 0, rows[best]);
}

static void append_array_item(Buffer *out, const Value *value) {
  if (value->is_null) {
    buffer_append_text(out, "NULL");
    return;
  }
  Buffer text;
  buffer_init(&text);
  value_format(value, &text);
  bool quoted = text.size == 0 || (text.size == 4 && strncasecmp(text.data, "null", 4) == 0);
  for (size_t i = 0; i < text.size; i++)
    quoted |= strchr("{}\",\\ \t\n\r\v\f", text.data[i]) != NULL;
  if (quoted) buffer_append_char(out, '"');
  for (size_t i = 0; i < text.size; i++) {
    if (quoted && (text.data[i] == '"' || text.data[i] == '\\')) buffer_append_char(out, '\\');
    buffer_append_char(out, text.data[i]);
  }
  if (quoted) buffer_append_char(out, '"');
  buffer_clear(&text);
}

// string_agg: each value after the separator of its own row; array_agg: PostgreSQL's text form.
static Status join_texts(AggValues *values, const uint64_t *rows, uint64_t count, Value *out,
                         Error *error) {
  bool array = values->call->id == AGGREGATE_ARRAY;
  Buffer *text = &values->text;
  text->size = 0;
  if (array) buffer_append_char(text, '{');
  for (uint64_t i = 0; i < count; i++) {
    Value value = value_at(values, 0, rows[i]);
    if (array) {
      if (i) buffer_append_char(text, ',');
      append_array_item(text, &value);
      continue;
    }
    Value separator = value_at(values, 1, rows[i]);
    if (i && !separator.is_null) buffer_append(text, separator.s.data, separator.s.size);
    buffer_append(text, value.s.data, value.s.size);
  }
  if (array) buffer_append_char(text, '}');
  if (!values->results) values->results = arena_create();
  TRY(values_charge(values, (int64_t)text->size + 1, error));
  out->s = (Str){arena_strndup(values->results, text->size ? text->data : "", text->size),
                 (uint32_t)text->size};
  return STATUS_OK;
}

// Any other aggregate with DISTINCT: over the values that are left.
static Status inner_value(const AggValues *values, const uint64_t *rows, uint64_t count, Value *out,
                          Error *error) {
  AggregateCall call = *values->call;
  call.distinct = false;
  AggStates inner;
  VectorBuffer buffer = {0};
  agg_states_init(&inner, &call, values->columns, 1, values->budget);
  Status status = agg_states_reserve(&inner, 1, error);
  for (uint64_t at = 0; at < count && status == STATUS_OK; at += VECTOR_ROWS) {
    uint32_t n = count - at < VECTOR_ROWS ? (uint32_t)(count - at) : VECTOR_ROWS;
    Vector vector;
    row_store_gather_column(&values->store, 0, rows + at, n, &buffer, &vector);
    status = agg_states_update(&inner, NULL, &vector, n, error);
  }
  if (status == STATUS_OK) status = agg_states_value(&inner, 0, out, error);
  agg_states_clear(&inner);
  vector_buffer_clear(&buffer);
  return status;
}

Status agg_values_value(AggStates *states, uint32_t group, Value *out, Error *error) {
  AggValues *values = states->values;
  const AggregateCall *call = values->call;
  TRY(values_sort(values, states->group_count, error));
  uint64_t start = values->starts[group], count = values->starts[group + 1] - start;
  uint64_t *rows = values->order + start;
  out->is_null = count == 0 || (isnan(call->fraction) && call->id <= AGGREGATE_PERCENTILE_DISC &&
                                call->id >= AGGREGATE_PERCENTILE_CONT);
  if (out->is_null) return STATUS_OK;
  qsort_r(rows, count, sizeof *rows, compare_rows, values);
  if (call->distinct) count = rows_distinct(values, rows, count);
  switch (call->id) {
  case AGGREGATE_PERCENTILE_CONT:
    percentile_cont(values, rows, count, out);
    return STATUS_OK;
  case AGGREGATE_PERCENTILE_DISC:
    percentile_disc(values, rows, count, out);
    return STATUS_OK;
  case AGGREGATE_MODE:
    mode(values, rows, count, out);
    return STATUS_OK;
  case AGGREGATE_ARG_MIN:
  case AGGREGATE_ARG_MAX:
    *out = value_at(values, 0, rows[0]);
    return STATUS_OK;
  case AGGREGATE_STRING:
  case AGGREGATE_ARRAY:
    return join_texts(values, rows, count, out, error);
  default:
    return inner_value(values, rows, count, out, error);
  }
}
