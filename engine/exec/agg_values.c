// See agg_values.h. Rows (value, second argument, order keys, group) are kept in the order they
// came; the first final value sorts them all once, by group and then by the keys asked for, else by
// value, so that the order of arrival never shows.
#include "agg_values.h"
#include "array_text.h"
#include "buffer.h"
#include "kernel.h"
#include "row_sort.h"
#include <math.h>

#define JOINED_BYTES_MIN 4096

typedef struct AggValues {
  const AggregateCall *call;
  PlanColumn *columns; // the argument, what follows, and at last the group
  uint32_t arg_count;  // columns but the group
  RowStore store;
  uint64_t *order, *starts; // rows by group; starts[group], once sorted
  VectorBuffer *buffers;    // [arg_count] of rows that count
  Buffer text;
  Arena *results; // strings that were given
  const Execution *execution;
  int64_t charged, sorted_charged;
  int64_t text_charged; // of `charged`, for `text`
} AggValues;

AggValues *agg_values_create(const AggregateCall *call, const PlanColumn *args,
                             const Execution *execution) {
  AggValues *values = mem_alloc_zero(sizeof *values);
  values->call = call;
  values->execution = execution;
  values->arg_count = 1 + call->more_count;
  values->columns = mem_alloc((values->arg_count + 1) * sizeof *values->columns);
  memcpy(values->columns, args, values->arg_count * sizeof *values->columns);
  values->columns[values->arg_count] = (PlanColumn){.type = TYPE_OF_INT, .min = 1, .max = 0};
  values->buffers = mem_alloc_zero(values->arg_count * sizeof *values->buffers);
  row_store_init(&values->store, values->columns, values->arg_count + 1, &execution->job->memory);
  buffer_init(&values->text);
  return values;
}

static void values_unsort(AggValues *values) {
  mem_free(values->order);
  mem_free(values->starts);
  values->order = values->starts = NULL;
  memory_budget_release(&values->execution->job->memory, values->sorted_charged);
  values->sorted_charged = 0;
}

void agg_values_destroy(AggValues *values) {
  if (!values) return;
  values_unsort(values);
  row_store_clear(&values->store);
  buffer_clear(&values->text);
  arena_destroy(values->results);
  memory_budget_release(&values->execution->job->memory, values->charged);
  for (uint32_t c = 0; c < values->arg_count; c++) vector_buffer_clear(&values->buffers[c]);
  mem_free(values->buffers);
  mem_free(values->columns);
  mem_free(values);
}

static Status values_charge(AggValues *values, int64_t bytes, Error *error) {
  TRY(memory_budget_charge(&values->execution->job->memory, bytes, error));
  values->charged += bytes;
  return STATUS_OK;
}

// ---------------------------------------------------------------- update and merge

// Keeps rows of these arguments and groups.
static Status values_append(AggValues *values, const Vector *args, const int64_t *groups,
                            uint32_t count, Error *error) {
  Vector columns[AGGREGATE_MORE_MAX + 2];
  memcpy(columns, args, values->arg_count * sizeof *columns);
  columns[values->arg_count] =
      (Vector){.type = TYPE_OF_INT, .physical = PHYSICAL_INT, .width = 8, .data = groups};
  Batch batch = {count, values->arg_count + 1, columns};
  values_unsort(values);
  return row_store_append(&values->store, &batch, error);
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
  int64_t group_of[VECTOR_ROWS];
  uint8_t mask[VECTOR_ROWS + 8];
  uint16_t rows[VECTOR_ROWS + KERNEL_ROWS_PADDING];
  for (uint32_t i = 0; i < count; i++) mask[i] = row_counts(values, args, i);
  uint32_t kept = kernels()->mask_to_rows(mask, count, rows);
  if (!kept) return STATUS_OK;
  for (uint32_t i = 0; i < kept; i++) group_of[i] = groups ? groups[rows[i]] : 0;
  if (kept == count) return values_append(values, args, group_of, count, error);
  Vector selected[AGGREGATE_MORE_MAX + 1];
  for (uint32_t c = 0; c < values->arg_count; c++)
    vector_select(&args[c], rows, kept, &values->buffers[c], &selected[c]);
  return values_append(values, selected, group_of, kept, error);
}

static int64_t group_at(const AggValues *values, uint64_t row) {
  return row_store_int(&values->store, values->arg_count, row);
}

Status agg_values_merge(AggStates *target, AggStates *source, const uint32_t *map, Error *error) {
  AggValues *from = source->values;
  for (uint64_t row = 0; row < from->store.row_count; row++) {
    if (row % BLOCK_ROWS == 0) TRY(job_check(from->execution->job, error));
    row_store_set_int(&from->store, from->arg_count, row, map[group_at(from, row)]);
  }
  values_unsort(target->values);
  return row_store_merge(&target->values->store, &from->store, error);
}

// ---------------------------------------------------------------- order

// Rows by group, then by the keys of ORDER BY (the last arguments), then by value.
static Status values_order(AggValues *values, Error *error) {
  const AggregateCall *call = values->call;
  RowSortKey keys[AGGREGATE_MORE_MAX + 2] = {{.column = values->arg_count}};
  uint32_t first = values->arg_count - call->order_count, count = 1;
  for (uint32_t k = 0; k < call->order_count; k++)
    keys[count++] = (RowSortKey){first + k, call->descending >> k & 1, call->nulls_first >> k & 1};
  for (uint32_t c = 0; c < first && !call->as_given; c++) keys[count++] = (RowSortKey){.column = c};
  return row_store_sort(&values->store, keys, count, values->order, values->execution, error);
}

static Status values_sort(AggValues *values, uint32_t group_count, Error *error) {
  if (values->order) return STATUS_OK;
  uint64_t rows = values->store.row_count;
  int64_t bytes = (int64_t)((rows + group_count + 2) * sizeof(uint64_t));
  TRY(memory_budget_charge(&values->execution->job->memory, bytes, error));
  values->sorted_charged = bytes;
  values->order = mem_alloc((rows + 1) * sizeof *values->order);
  values->starts = mem_alloc_zero(((size_t)group_count + 1) * sizeof *values->starts);
  for (uint64_t i = 0; i < rows; i++) {
    values->starts[group_at(values, i) + 1]++;
  }
  for (uint32_t g = 0; g < group_count; g++) values->starts[g + 1] += values->starts[g];
  Status status = values_order(values, error);
  if (status != STATUS_OK) values_unsort(values);
  return status;
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

static void percentile_cont(const AggValues *values, double fraction, const uint64_t *rows,
                            uint64_t count, Value *out) {
  double place = fraction * (double)(count - 1);
  uint64_t low = (uint64_t)floor(place), high = (uint64_t)ceil(place);
  Value a = value_at(values, 0, rows[low]), b = value_at(values, 0, rows[high]);
  double x = value_real(&a), y = value_real(&b);
  out->d = low == high ? x : x + (place - (double)low) * (y - x);
}

static void percentile_disc(const AggValues *values, double fraction, const uint64_t *rows,
                            uint64_t count, Value *out) {
  double place = ceil(fraction * (double)count);
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
  Buffer text;
  if (value->is_null) {
    array_append_null(out);
    return;
  }
  buffer_init(&text);
  value_format(value, &text);
  array_append(out, (Str){text.data ? text.data : "", (uint32_t)text.size});
  buffer_clear(&text);
}

// Room for more bytes of the text that is being joined; what it held before, it keeps.
static Status joined_reserve(AggValues *values, size_t more, Error *error) {
  size_t needed = values->text.size + more;
  if (needed > UINT32_MAX)
    return error_set(error, STATUS_LIMIT, "a joined text exceeds %d MiB", 4096);
  if ((int64_t)needed <= values->text_charged) return STATUS_OK;
  int64_t room = (int64_t)(needed < JOINED_BYTES_MIN ? JOINED_BYTES_MIN : needed * 2);
  TRY(job_check(values->execution->job, error));
  TRY(values_charge(values, room - values->text_charged, error));
  values->text_charged = room;
  return STATUS_OK;
}

// string_agg: each value after the separator of its own row; array_agg: PostgreSQL's text form.
static Status join_texts(AggValues *values, const uint64_t *rows, uint64_t count, Value *out,
                         Error *error) {
  bool array = values->call->id == AGGREGATE_ARRAY;
  Buffer *text = &values->text;
  text->size = 0;
  if (array) array_begin(text);
  for (uint64_t i = 0; i < count; i++) {
    Value value = value_at(values, 0, rows[i]);
    if (array) {
      append_array_item(text, &value);
      TRY(joined_reserve(values, 0, error));
      continue;
    }
    Value separator = value_at(values, 1, rows[i]);
    size_t separated = i && !separator.is_null ? separator.s.size : 0;
    TRY(joined_reserve(values, separated + value.s.size, error));
    if (separated) buffer_append(text, separator.s.data, separated);
    buffer_append(text, value.s.data, value.s.size);
  }
  if (array) array_end(text);
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
  agg_states_init(&inner, &call, values->columns, 1, UINT64_MAX, values->execution);
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
  const AggregateCall *call = states->call; // the values may be another's
  TRY(values_sort(values, states->group_count, error));
  uint64_t start = values->starts[group], count = values->starts[group + 1] - start;
  uint64_t *rows = values->order + start;
  out->is_null = count == 0 || (isnan(call->fraction) && call->id <= AGGREGATE_PERCENTILE_DISC &&
                                call->id >= AGGREGATE_PERCENTILE_CONT);
  if (out->is_null) return STATUS_OK;
  if (call->distinct) count = rows_distinct(values, rows, count);
  switch (call->id) {
  case AGGREGATE_PERCENTILE_CONT:
    percentile_cont(values, call->fraction, rows, count, out);
    return STATUS_OK;
  case AGGREGATE_PERCENTILE_DISC:
    percentile_disc(values, call->fraction, rows, count, out);
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
