// Reading blocks: views where the bytes are fit to be handed out, else decoding into a buffer.
#include "block.h"
#include "kernel.h"
#include <assert.h>
#include <stdatomic.h>

Block *block_retain(Block *block) {
  atomic_fetch_add_explicit(&block->refs, 1, memory_order_relaxed);
  return block;
}

void block_release(Block *block) {
  if (!block || atomic_fetch_sub_explicit(&block->refs, 1, memory_order_acq_rel) != 1) return;
  mem_free(block->data);
  mem_free(block->validity);
  mem_free(block);
}

size_t block_bytes(const Block *block) {
  return sizeof *block + block->data_bytes +
         (block->validity ? bits_words(block->row_count) * sizeof(uint64_t) : 0);
}

const char *encoding_name(Encoding encoding) {
  static const char *const names[] = {"constant", "packed", "runs", "delta",
                                      "wide",     "double", "text"};
  return names[encoding];
}

Physical block_physical(const Block *block) {
  switch ((Encoding)block->encoding) {
  case ENCODING_WIDE:
    return PHYSICAL_WIDE;
  case ENCODING_DOUBLE:
    return PHYSICAL_DOUBLE;
  case ENCODING_TEXT:
    return PHYSICAL_TEXT;
  default:
    return PHYSICAL_INT;
  }
}

// The run that row `start` is in.
static uint32_t run_at(const Block *block, uint32_t start) {
  const uint32_t *ends = (const uint32_t *)((const int64_t *)block->data + block->run_count);
  uint32_t low = 0, high = block->run_count;
  while (low < high) {
    uint32_t middle = (low + high) / 2;
    if (ends[middle] <= start)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static void expand_runs(const Block *block, uint32_t start, uint32_t count, int64_t *restrict out) {
  const int64_t *values = block->data;
  const uint32_t *ends = (const uint32_t *)(values + block->run_count);
  for (uint32_t i = 0, run = run_at(block, start); i < count; run++) {
    uint32_t end = ends[run] - start < count ? ends[run] - start : count;
    for (; i < end; i++) out[i] = values[run];
  }
}

// The same as offsets from the block's minimum. Whole chunks are written: what is too much of a
// run, the next one overwrites.
#define RUN_CHUNK 16
#define EXPAND_RUNS(bits, Type)                                                                    \
  static void expand_runs_##bits(const Block *block, uint32_t run, uint32_t start, uint32_t count, \
                                 Type *restrict out) {                                             \
    const int64_t *values = block->data;                                                           \
    const uint32_t *ends = (const uint32_t *)(values + block->run_count);                          \
    for (uint32_t i = 0; i < count; run++) {                                                       \
      Type value = (Type)((uint64_t)values[run] - (uint64_t)block->min);                           \
      uint32_t end = ends[run] - start < count ? ends[run] - start : count;                        \
      for (; i < end; i += RUN_CHUNK)                                                              \
        for (uint32_t k = 0; k < RUN_CHUNK; k++) out[i + k] = value;                               \
      i = end;                                                                                     \
    }                                                                                              \
  }
EXPAND_RUNS(8, uint8_t)
EXPAND_RUNS(16, uint16_t)
EXPAND_RUNS(32, uint32_t)
#undef EXPAND_RUNS

// As narrow as the block's values allow; a run that is all of the vector is a constant.
static void read_runs(const Block *block, uint32_t start, uint32_t count, VectorBuffer *buffer,
                      Vector *out) {
  const int64_t *values = block->data;
  const uint32_t *ends = (const uint32_t *)(values + block->run_count);
  uint32_t run = run_at(block, start);
  uint64_t span = (uint64_t)block->max - (uint64_t)block->min;
  out->data = vector_buffer_reserve_rows(buffer, count + RUN_CHUNK, sizeof(int64_t));
  if (!block->validity && ends[run] - start >= count) {
    out->constant = true;
    memcpy(buffer->data, &values[run], sizeof values[run]);
    return;
  }
  if (block->min > block->max || span > UINT32_MAX) {
    expand_runs(block, start, count, buffer->data);
    return;
  }
  out->base = block->min;
  out->width = span <= UINT8_MAX ? 1 : span <= UINT16_MAX ? 2 : 4;
  if (out->width == 1)
    expand_runs_8(block, run, start, count, buffer->data);
  else if (out->width == 2)
    expand_runs_16(block, run, start, count, buffer->data);
  else
    expand_runs_32(block, run, start, count, buffer->data);
}

static uint64_t delta_step(const char *steps, uint8_t bits, uint32_t i) {
  return bits == 8    ? ((const uint8_t *)steps)[i]
         : bits == 16 ? ((const uint16_t *)steps)[i]
                      : ((const uint32_t *)steps)[i];
}

static void expand_delta(const Block *block, uint32_t start, uint32_t count,
                         int64_t *restrict out) {
  const int64_t *checkpoints = block->data;
  const char *steps =
      (const char *)(checkpoints + (block->row_count + VECTOR_ROWS - 1) / VECTOR_ROWS);
  uint32_t at = start / VECTOR_ROWS * VECTOR_ROWS;
  uint64_t value = 0;
  for (uint32_t end = start + count; at < end; at++) {
    if (at % VECTOR_ROWS == 0)
      value = (uint64_t)checkpoints[at / VECTOR_ROWS];
    else
      value += delta_step(steps, block->bits, at);
    if (at >= start) out[at - start] = (int64_t)value;
  }
}

#define SUM_STEPS(Type)                                                                            \
  for (uint32_t i = 1; i < count; i++) out[i] = value += ((const Type *)steps)[i];

// Offsets from the checkpoint that the vector begins with: VECTOR_ROWS steps of 16 bits fit into
// 32.
static void sum_steps(const void *steps, uint8_t bits, uint32_t count, uint32_t *restrict out) {
  uint32_t value = 0;
  out[0] = 0;
  if (bits == 8)
    SUM_STEPS(uint8_t)
  else
    SUM_STEPS(uint16_t)
}
#undef SUM_STEPS

static void read_delta(const Block *block, uint32_t start, uint32_t count, VectorBuffer *buffer,
                       Vector *out) {
  const int64_t *checkpoints = block->data;
  uint32_t vectors = (block->row_count + VECTOR_ROWS - 1) / VECTOR_ROWS;
  out->data = vector_buffer_reserve_rows(buffer, count, sizeof(int64_t));
  if (start % VECTOR_ROWS || block->bits > 16) {
    expand_delta(block, start, count, buffer->data);
    return;
  }
  const char *steps = (const char *)(checkpoints + vectors);
  out->base = checkpoints[start / VECTOR_ROWS];
  out->width = 4;
  sum_steps(steps + (size_t)start * (block->bits / 8), block->bits, count, buffer->data);
}

static void read_text(const Block *block, uint32_t start, uint32_t count, Str *out) {
  const uint32_t *offsets = block->data;
  const char *text = (const char *)(offsets + block->row_count + 1);
  for (uint32_t i = 0; i < count; i++)
    out[i] = (Str){text + offsets[start + i], offsets[start + i + 1] - offsets[start + i]};
}

void block_read(const Block *block, uint32_t start, uint32_t count, VectorBuffer *buffer,
                Vector *out) {
  assert(start % 64 == 0 && count <= VECTOR_ROWS && start + count <= block->row_count);
  *out = (Vector){.physical = (uint8_t)block_physical(block),
                  .width = 8,
                  .validity = block->validity ? block->validity + start / 64 : NULL};
  switch ((Encoding)block->encoding) {
  case ENCODING_CONSTANT:
    // A constant block with NULLs keeps a validity bit a row, so it is spread, one byte a row.
    out->width = 1;
    out->base = block->base;
    out->constant = !block->validity;
    out->data = vector_buffer_reserve_rows(buffer, count, 1);
    memset(buffer->data, 0, out->constant ? 1 : count);
    break;
  case ENCODING_PACKED:
    out->base = block->base;
    if (block->bits < 8) {
      out->width = 1;
      out->data = vector_buffer_reserve_rows(buffer, count, 1);
      // start is a multiple of 64
      kernels()->unpack[bits_width(block->bits) - 1](
          (const uint8_t *)block->data + start / 8 * block->bits, count, buffer->data);
    } else {
      out->width = block->bits / 8;
      out->data = (const char *)block->data + (size_t)start * out->width;
    }
    break;
  case ENCODING_RUNS:
    read_runs(block, start, count, buffer, out);
    break;
  case ENCODING_DELTA:
    read_delta(block, start, count, buffer, out);
    break;
  case ENCODING_WIDE:
    out->data = (const int128_t *)block->data + start;
    break;
  case ENCODING_DOUBLE:
    out->data = (const double *)block->data + start;
    break;
  case ENCODING_TEXT:
    out->data = vector_buffer_reserve_rows(buffer, count, sizeof(Str));
    read_text(block, start, count, buffer->data);
    break;
  }
}

void block_decode_int(const Block *block, int64_t *out) {
  if (block->encoding == ENCODING_RUNS) return expand_runs(block, 0, block->row_count, out);
  if (block->encoding == ENCODING_DELTA) return expand_delta(block, 0, block->row_count, out);
  VectorBuffer buffer = {0};
  for (uint32_t start = 0; start < block->row_count; start += VECTOR_ROWS) {
    uint32_t count =
        block->row_count - start < VECTOR_ROWS ? block->row_count - start : VECTOR_ROWS;
    Vector v;
    block_read(block, start, count, &buffer, &v);
    vector_flatten_int(&v, count, out + start);
  }
  vector_buffer_clear(&buffer);
}

int64_t block_int_at(const Block *block, uint32_t row) {
  assert(block_physical(block) == PHYSICAL_INT && row < block->row_count);
  int64_t value = block->base;
  switch ((Encoding)block->encoding) {
  case ENCODING_PACKED:
    switch (block->bits) {
    case 8:
      return value + ((const uint8_t *)block->data)[row];
    case 16:
      return value + ((const uint16_t *)block->data)[row];
    case 32:
      return value + ((const uint32_t *)block->data)[row];
    case 64:
      return ((const int64_t *)block->data)[row];
    default: {
      uint32_t per_byte = 8u / block->bits;
      unsigned byte = ((const uint8_t *)block->data)[row / per_byte];
      return value + (int64_t)(byte >> (row % per_byte * block->bits) & ((1u << block->bits) - 1));
    }
    }
  case ENCODING_RUNS:
    expand_runs(block, row, 1, &value);
    break;
  case ENCODING_DELTA:
    expand_delta(block, row, 1, &value);
    break;
  default:
    break;
  }
  return value;
}

Str block_text_at(const Block *block, uint32_t row) {
  assert(block->encoding == ENCODING_TEXT && row < block->row_count);
  Str text;
  read_text(block, row, 1, &text);
  return text;
}
