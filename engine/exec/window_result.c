// See window_result.h.
#include "window_result.h"

static Status result_charge(WindowResult *result, uint64_t bytes, Error *error) {
  TRY(memory_budget_charge(result->budget, (int64_t)bytes, error));
  result->charged += (int64_t)bytes;
  return STATUS_OK;
}

Status window_result_init_rows(WindowResult *result, uint32_t column, uint64_t count,
                               MemoryBudget *budget, Error *error) {
  *result = (WindowResult){.column = column, .budget = budget};
  TRY(result_charge(result, count * sizeof *result->rows, error));
  result->rows = mem_alloc((count + 1) * sizeof *result->rows);
  return STATUS_OK;
}

Status window_result_init_values(WindowResult *result, Type type, uint64_t count,
                                 MemoryBudget *budget, Error *error) {
  *result = (WindowResult){.type = type, .budget = budget};
  result->value_bytes = physical_bytes(type_physical(type));
  TRY(result_charge(result, count * (result->value_bytes + 1), error));
  result->data = mem_alloc_zero((count + 1) * result->value_bytes);
  result->valid = mem_alloc_zero(count + 8);
  return STATUS_OK;
}

void window_result_clear(WindowResult *result) {
  mem_free(result->rows);
  mem_free(result->data);
  mem_free(result->valid);
  memory_budget_release(result->budget, result->charged);
  *result = (WindowResult){0};
}

void window_result_set(WindowResult *result, uint64_t position, const Value *value) {
  if (value->is_null) return;
  char *at = result->data + position * result->value_bytes;
  result->valid[position] = 1;
  switch (type_physical(result->type)) {
  case PHYSICAL_TEXT:
    memcpy(at, &value->s, sizeof value->s);
    return;
  case PHYSICAL_WIDE:
    memcpy(at, &value->wide, sizeof value->wide);
    return;
  case PHYSICAL_DOUBLE:
    memcpy(at, &value->d, sizeof value->d);
    return;
  case PHYSICAL_INTERVAL:
    memcpy(at, &value->interval, sizeof value->interval);
    return;
  default:
    memcpy(at, &value->i, sizeof value->i);
    return;
  }
}

void window_result_set_int(WindowResult *result, uint64_t position, int64_t value) {
  ((int64_t *)result->data)[position] = value;
  result->valid[position] = 1;
}

void window_result_set_double(WindowResult *result, uint64_t position, double value) {
  ((double *)result->data)[position] = value;
  result->valid[position] = 1;
}

void window_result_read(const WindowResult *result, const RowStore *store, uint64_t position,
                        uint32_t count, VectorBuffer *buffer, Vector *out) {
  if (result->rows) {
    row_store_gather_column(store, result->column, result->rows + position, count, buffer, out);
    return;
  }
  bits_from_bytes(result->valid + position, count, buffer->validity);
  *out = (Vector){.type = result->type,
                  .physical = (uint8_t)type_physical(result->type),
                  .width = 8,
                  .data = result->data + position * result->value_bytes,
                  .validity = buffer->validity};
}
