// A short run of values of one column: what operators hand each other.
//
// Integers inside (see type.h) travel packed: `data` is an array of unsigned offsets of 1, 2 or 4
// bytes from `base`, or of int64 with base 0 (width 8). A scan can so hand out a view into a block
// without touching a byte, and kernels run on the narrow values. A vector never owns its memory:
// it points into a block (pinned by the root) or into a VectorBuffer of the operator.
//
//      width 1, base 100:   data  03 00 ff ..   means  103 100 355 ..
#pragma once
#include "dictionary.h"
#include "type.h"

#define VECTOR_ROWS 2048 // at most, in every batch

typedef struct Vector {
  Type type;
  uint8_t physical;         // Physical: TYPE_STRING may be PHYSICAL_INT (codes) or PHYSICAL_TEXT
  uint8_t width;            // PHYSICAL_INT: bytes a value, 1, 2, 4 (unsigned) or 8 (signed, base 0)
  bool constant;            // one value (data[0], validity bit 0) stands for every row
  int64_t base;             // PHYSICAL_INT
  const void *data;         // values; those of NULL rows are anything
  const uint64_t *validity; // bit i set: row i is not NULL; NULL: no row is
  const Dictionary *dictionary; // codes' strings, for TYPE_STRING with PHYSICAL_INT
} Vector;

// Memory for one vector of an operator, kept from batch to batch.
typedef struct VectorBuffer {
  void *data;
  size_t capacity_bytes;
  uint64_t validity[VECTOR_ROWS / 64];
} VectorBuffer;

void vector_buffer_clear(VectorBuffer *buffer); // frees; zero-initialise before first use
void *vector_buffer_reserve(VectorBuffer *buffer, size_t bytes);
// Room for count values of that size, and for what kernels write behind them: up to a multiple of
// 64. What was in it is lost.
void *vector_buffer_reserve_rows(VectorBuffer *buffer, uint32_t count, size_t value_bytes);

static inline bool vector_is_valid(const Vector *v, uint32_t row) {
  return !v->validity || bits_get(v->validity, v->constant ? 0 : row);
}
// The integer at a row (PHYSICAL_INT only).
static inline int64_t vector_int(const Vector *v, uint32_t row) {
  if (v->constant) row = 0;
  switch (v->width) {
  case 1:
    return v->base + ((const uint8_t *)v->data)[row];
  case 2:
    return v->base + ((const uint16_t *)v->data)[row];
  case 4:
    return v->base + ((const uint32_t *)v->data)[row];
  default:
    return ((const int64_t *)v->data)[row];
  }
}
// Writes count integers, flat; constants are spread.
void vector_flatten_int(const Vector *v, uint32_t count, int64_t *out);
// The same as far as 32 bits hold them: row numbers, codes.
void vector_flatten_u32(const Vector *v, uint32_t count, uint32_t *out);
// The string at a row, of either layout.
Str vector_text(const Vector *v, uint32_t row);
// Any value at a row; wide for decimals beyond 18 digits. Strings are views.
Value vector_value(const Vector *v, uint32_t row);
// A constant vector of `value` held in `buffer` (strings: the view is kept).
void vector_set_constant(Vector *v, const Value *value, VectorBuffer *buffer);
// Marks the rows whose integer is 0 as NULL, in buffer->validity: row numbers of a link, where row
// 0 stands for an absent key. Leaves v alone when no row is 0.
void vector_hide_zeros(Vector *v, uint32_t count, VectorBuffer *buffer);
// Bit i of `out` is bit rows[i] of the bit_count bits of `validity`.
void validity_gather(const uint64_t *validity, size_t bit_count, const uint32_t *rows,
                     uint32_t count, uint64_t *out);
// Compacts the rows named by `rows` (ascending) of `in` into `out` through `buffer`.
void vector_select(const Vector *in, const uint16_t *rows, uint32_t count, VectorBuffer *buffer,
                   Vector *out);
