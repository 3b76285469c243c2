// The results of one window function: by position, as references to rows or as values. Several
// threads may set those of different positions at once.
#pragma once
#include "row_store.h"

typedef struct WindowResult {
  Type type;
  uint64_t *rows; // references: the row whose `column` is the value, ROW_STORE_NULL; else NULL
  uint32_t column;
  char *data;     // values, flat
  uint8_t *valid; // [position] 1: it has a value
  size_t value_bytes;
  MemoryBudget *budget;
  int64_t charged;
} WindowResult;

Status window_result_init_rows(WindowResult *result, uint32_t column, uint64_t count,
                               MemoryBudget *budget, Error *error) WARN_UNUSED;
Status window_result_init_values(WindowResult *result, Type type, uint64_t count,
                                 MemoryBudget *budget, Error *error) WARN_UNUSED;
void window_result_clear(WindowResult *result);
// Of values; a string's bytes must last as long as the result.
void window_result_set(WindowResult *result, uint64_t position, const Value *value);
void window_result_set_int(WindowResult *result, uint64_t position, int64_t value);
void window_result_set_double(WindowResult *result, uint64_t position, double value);
// count values from position on, through the buffer.
void window_result_read(const WindowResult *result, const RowStore *store, uint64_t position,
                        uint32_t count, VectorBuffer *buffer, Vector *out);
