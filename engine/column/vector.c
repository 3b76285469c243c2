// Vectors: flattening, single values, compaction.
#include "vector.h"
#include "kernel.h"
#include <assert.h>

void vector_buffer_clear(VectorBuffer *buffer) {
  mem_free(buffer->data);
  buffer->data = NULL;
  buffer->capacity_bytes = 0;
}

void *vector_buffer_reserve(VectorBuffer *buffer, size_t bytes) {
  if (buffer->capacity_bytes < bytes) {
    mem_free(buffer->data);
    buffer->data = mem_alloc_aligned(64, bytes);
    buffer->capacity_bytes = bytes;
  }
  return buffer->data;
}

void *vector_buffer_reserve_rows(VectorBuffer *buffer, uint32_t count, size_t value_bytes) {
  size_t bytes = ((size_t)count + 63) / 64 * 64 * value_bytes, most = VECTOR_ROWS * value_bytes;
  if (buffer->capacity_bytes >= bytes && buffer->data) return buffer->data;
  size_t doubled = 2 * buffer->capacity_bytes < most ? 2 * buffer->capacity_bytes : most;
  return vector_buffer_reserve(buffer, doubled > bytes ? doubled : bytes ? bytes : 64);
}

void vector_flatten_int(const Vector *v, uint32_t count, int64_t *restrict out) {
  assert(v->physical == PHYSICAL_INT);
  if (v->constant) {
    int64_t value = vector_int(v, 0);
    for (uint32_t i = 0; i < count; i++) out[i] = value;
  } else if (v->width == 8) {
    memcpy(out, v->data, count * sizeof *out);
  } else {
    kernels()->widen[kernel_width_index(v->width)](v->data, count, v->base, out);
  }
}

void vector_flatten_u32(const Vector *v, uint32_t count, uint32_t *restrict out) {
  assert(v->physical == PHYSICAL_INT);
  uint32_t base = (uint32_t)v->base; // of width 8 it is 0, or a shift that the caller wants
  if (v->constant) {
    uint32_t value = (uint32_t)vector_int(v, 0) + (v->width == 8 ? base : 0);
    for (uint32_t i = 0; i < count; i++) out[i] = value;
  } else {
    kernels()->to_u32[kernel_width_index(v->width)](v->data, count, base, out);
  }
}

Str vector_text(const Vector *v, uint32_t row) {
  if (v->physical == PHYSICAL_INT)
    return dictionary_get(v->dictionary, (uint32_t)vector_int(v, row));
  return ((const Str *)v->data)[v->constant ? 0 : row];
}

Value vector_value(const Vector *v, uint32_t row) {
  Value value = {.type = v->type, .is_null = !vector_is_valid(v, row)};
  if (value.is_null) return value;
  uint32_t at = v->constant ? 0 : row;
  if (v->type.kind == TYPE_STRING) {
    value.s = vector_text(v, row);
    return value;
  }
  switch ((Physical)v->physical) {
  case PHYSICAL_INT:
    // A wide decimal whose values are narrow may travel as integers.
    if (type_physical(v->type) == PHYSICAL_WIDE)
      value.wide = vector_int(v, at);
    else
      value.i = vector_int(v, at);
    break;
  case PHYSICAL_WIDE:
    value.wide = ((const int128_t *)v->data)[at];
    break;
  case PHYSICAL_DOUBLE:
    value.d = ((const double *)v->data)[at];
    break;
  case PHYSICAL_TEXT:
    value.s = ((const Str *)v->data)[at];
    break;
  case PHYSICAL_INTERVAL:
    value.interval = ((const IntervalValue *)v->data)[at];
    break;
  }
  return value;
}

void vector_set_constant(Vector *v, const Value *value, VectorBuffer *buffer) {
  Physical physical = type_physical(value->type);
  void *data = vector_buffer_reserve(buffer, sizeof(int128_t));
  *v = (Vector){.type = value->type,
                .physical = (uint8_t)physical,
                .width = 8,
                .constant = true,
                .data = data};
  memset(data, 0, sizeof(int128_t));
  buffer->validity[0] = !value->is_null;
  v->validity = value->is_null ? buffer->validity : NULL;
  if (value->is_null) return;
  switch (physical) {
  case PHYSICAL_INT:
    memcpy(data, &value->i, sizeof value->i);
    break;
  case PHYSICAL_WIDE:
    memcpy(data, &value->wide, sizeof value->wide);
    break;
  case PHYSICAL_DOUBLE:
    memcpy(data, &value->d, sizeof value->d);
    break;
  case PHYSICAL_TEXT:
    memcpy(data, &value->s, sizeof value->s);
    break;
  case PHYSICAL_INTERVAL:
    memcpy(data, &value->interval, sizeof value->interval);
    break;
  }
}

void vector_hide_zeros(Vector *v, uint32_t count, VectorBuffer *buffer) {
  static const int64_t width_max[] = {UINT8_MAX, UINT16_MAX, UINT32_MAX};
  uint8_t present[VECTOR_ROWS + 8];
  unsigned w = kernel_width_index(v->width);
  if (v->constant) {
    if (vector_int(v, 0)) return;
    memset(buffer->validity, 0, sizeof buffer->validity);
    v->validity = buffer->validity;
    return;
  }
  if (v->width < 8 && (v->base > 0 || -v->base > width_max[w])) return;
  if (v->width < 8 && v->base == 0) {
    memset(present, 1, count);
    kernels()->range_mask[w](v->data, count, 1, width_max[w], present);
  } else {
    for (uint32_t i = 0; i < count; i++) present[i] = vector_int(v, i) != 0;
  }
  if (!memchr(present, 0, count)) return;
  bits_from_bytes(present, count, buffer->validity);
  v->validity = buffer->validity;
}

void validity_gather(const uint64_t *validity, size_t bit_count, const uint32_t *rows,
                     uint32_t count, uint64_t *out) {
  uint8_t valid[VECTOR_ROWS + 8];
  memset(valid, 1, count);
  kernels()->bits_mask[kernel_width_index(sizeof *rows)](rows, count, 0, validity, bit_count,
                                                         valid);
  bits_from_bytes(valid, count, out);
}

void vector_select(const Vector *in, const uint16_t *rows, uint32_t count, VectorBuffer *buffer,
                   Vector *out) {
  *out = *in;
  if (in->constant) return;
  size_t width = in->physical == PHYSICAL_INT ? in->width : physical_bytes((Physical)in->physical);
  void *data = vector_buffer_reserve_rows(buffer, count, width);
  if (width <= 8)
    kernels()->select[kernel_width_index((unsigned)width)](in->data, rows, count, data);
  else // int128, Str and IntervalValue all have 16 bytes
    for (uint32_t i = 0; i < count; i++)
      ((int128_t *)data)[i] = ((const int128_t *)in->data)[rows[i]];
  out->data = data;
  if (!in->validity || !count) return;
  uint8_t valid[VECTOR_ROWS + 8];
  memset(valid, 1, count);
  kernels()->bits_mask[1](rows, count, 0, in->validity, rows[count - 1] + 1u, valid);
  out->validity = NULL;
  if (!memchr(valid, 0, count)) return;
  bits_from_bytes(valid, count, buffer->validity);
  out->validity = buffer->validity;
}

_Static_assert(sizeof(Str) == sizeof(int128_t), "vector_select gathers strings as 16 bytes");
_Static_assert(sizeof(IntervalValue) == sizeof(int128_t), "and intervals");
