// Choosing and building the encoding of a block: analyse, score, build.
//
// One pass over the values finds minimum, maximum, runs and steps; the score is the bytes that each
// encoding would take. PACKED is read without decoding, so RUNS and DELTA must halve it to win.
// Values of NULL rows are first replaced by their neighbour's, so that they cost nothing.
#include "block.h"
#include <assert.h>
#include <stdatomic.h>

// Kernels may read a vector of 64 bytes beyond the last value.
#define DATA_PADDING 64

typedef struct Analysis {
  int64_t min, max;
  uint64_t step_max; // of non-decreasing values
  uint32_t runs;
  bool sorted;
} Analysis;

static Analysis values_analyse(const int64_t *restrict values, uint32_t count) {
  Analysis a = {.min = values[0], .max = values[0], .runs = 1, .sorted = true};
  for (uint32_t i = 1; i < count; i++) {
    if (values[i] < a.min) a.min = values[i];
    if (values[i] > a.max) a.max = values[i];
    a.runs += values[i] != values[i - 1];
  }
  for (uint32_t i = 1; i < count && a.sorted; i++) {
    a.sorted = values[i] >= values[i - 1];
    uint64_t step = (uint64_t)values[i] - (uint64_t)values[i - 1];
    if (a.sorted && step > a.step_max) a.step_max = step;
  }
  return a;
}

// The narrowest of 1, 2, 4, 8, 16, 32, 64 bits that holds the range.
static uint8_t packed_bits(uint64_t range) {
  unsigned width = bits_width(range);
  for (uint8_t bits = 1; bits < 64; bits = (uint8_t)(bits * 2))
    if (width <= bits) return bits;
  return 64;
}

static size_t packed_bytes(uint8_t bits, uint32_t count) {
  return ((size_t)bits * count + 7) / 8;
}

static uint8_t step_bits(uint64_t step) {
  return step <= UINT8_MAX ? 8 : step <= UINT16_MAX ? 16 : step <= UINT32_MAX ? 32 : 64;
}

static uint32_t checkpoint_count(uint32_t count) {
  return (count + VECTOR_ROWS - 1) / VECTOR_ROWS;
}

static size_t delta_bytes(uint8_t bits, uint32_t count) {
  return checkpoint_count(count) * sizeof(int64_t) + (size_t)count * bits / 8;
}

static size_t runs_bytes(uint32_t runs) {
  return (size_t)runs * (sizeof(uint32_t) + sizeof(int64_t));
}

static Encoding encoding_choose(const Analysis *a, uint32_t count) {
  uint64_t range = (uint64_t)a->max - (uint64_t)a->min;
  if (!range) return ENCODING_CONSTANT;
  size_t best = packed_bytes(packed_bits(range), count) / 2;
  Encoding encoding = ENCODING_PACKED;
  if (runs_bytes(a->runs) <= best) {
    best = runs_bytes(a->runs);
    encoding = ENCODING_RUNS;
  }
  uint8_t bits = step_bits(a->step_max);
  if (a->sorted && bits < 64 && delta_bytes(bits, count) - checkpoint_count(count) * 8 <= best &&
      encoding == ENCODING_PACKED)
    encoding = ENCODING_DELTA;
  return encoding;
}

static Block *block_new(Encoding encoding, uint32_t count, size_t data_bytes) {
  Block *block = mem_alloc_zero(sizeof *block);
  block->refs = 1;
  block->row_count = count;
  block->encoding = (uint8_t)encoding;
  block->data_bytes = data_bytes;
  block->min = 1; // min > max: no row
  if (data_bytes) {
    block->data = mem_alloc_aligned(64, data_bytes + DATA_PADDING);
    memset((char *)block->data + data_bytes, 0, DATA_PADDING);
  }
  return block;
}

// Keeps a copy of the validity bitmap, if any row is NULL.
static void block_set_validity(Block *block, const uint64_t *validity) {
  if (!validity) return;
  block->null_count = block->row_count - (uint32_t)bits_count(validity, block->row_count);
  if (!block->null_count) return;
  size_t words = bits_words(block->row_count);
  block->validity = mem_alloc(words * sizeof *validity);
  memcpy(block->validity, validity, words * sizeof *validity);
  if (block->row_count % 64)
    block->validity[words - 1] &= (UINT64_C(1) << (block->row_count % 64)) - 1;
}

#define NARROW(Type)                                                                               \
  for (uint32_t i = 0; i < count; i++)                                                             \
  ((Type *)data)[i] = (Type)((uint64_t)values[i] - (uint64_t)base)

static void pack_bytes(const int64_t *restrict values, uint32_t count, int64_t base, uint8_t bits,
                       void *restrict data) {
  switch (bits) {
  case 8:
    NARROW(uint8_t);
    break;
  case 16:
    NARROW(uint16_t);
    break;
  case 32:
    NARROW(uint32_t);
    break;
  default:
    memcpy(data, values, count * sizeof *values);
  }
}

static void pack_bits(const int64_t *restrict values, uint32_t count, int64_t base, uint8_t bits,
                      uint8_t *restrict data) {
  uint32_t per_byte = 8u / bits;
  for (uint32_t i = 0; i < count; i += per_byte) {
    unsigned byte = 0;
    for (uint32_t k = 0; k < per_byte && i + k < count; k++)
      byte |= (unsigned)(values[i + k] - base) << (k * bits);
    data[i / per_byte] = (uint8_t)byte;
  }
}

static Block *build_packed(const int64_t *values, uint32_t count, const Analysis *a) {
  uint8_t bits = packed_bits((uint64_t)a->max - (uint64_t)a->min);
  Block *block = block_new(ENCODING_PACKED, count, packed_bytes(bits, count));
  block->bits = bits;
  block->base = bits == 64 ? 0 : a->min;
  if (bits < 8)
    pack_bits(values, count, block->base, bits, block->data);
  else
    pack_bytes(values, count, block->base, bits, block->data);
  return block;
}

static Block *build_runs(const int64_t *values, uint32_t count, const Analysis *a) {
  Block *block = block_new(ENCODING_RUNS, count, runs_bytes(a->runs));
  block->run_count = a->runs;
  int64_t *run_values = block->data; // values first: they need the alignment
  uint32_t *ends = (uint32_t *)(run_values + a->runs), run = 0;
  for (uint32_t i = 0; i < count; i++) {
    if (i && values[i] != values[i - 1]) ends[run++] = i;
    run_values[run] = values[i];
  }
  ends[run] = count;
  return block;
}

static Block *build_delta(const int64_t *values, uint32_t count, const Analysis *a) {
  uint8_t bits = step_bits(a->step_max);
  if (bits == 64) return NULL;
  Block *block = block_new(ENCODING_DELTA, count, delta_bytes(bits, count));
  block->bits = bits;
  int64_t *checkpoints = block->data;
  char *steps = (char *)(checkpoints + checkpoint_count(count));
  for (uint32_t i = 0; i < count; i++) {
    bool start = i % VECTOR_ROWS == 0;
    if (start) checkpoints[i / VECTOR_ROWS] = values[i];
    uint64_t step = start ? 0 : (uint64_t)values[i] - (uint64_t)values[i - 1];
    if (bits == 8)
      ((uint8_t *)steps)[i] = (uint8_t)step;
    else if (bits == 16)
      ((uint16_t *)steps)[i] = (uint16_t)step;
    else
      ((uint32_t *)steps)[i] = (uint32_t)step;
  }
  return block;
}

static Block *build_as(Encoding encoding, const int64_t *values, uint32_t count,
                       const Analysis *a) {
  switch (encoding) {
  case ENCODING_CONSTANT: {
    if (a->min != a->max) return NULL;
    Block *block = block_new(ENCODING_CONSTANT, count, 0);
    block->base = a->min;
    return block;
  }
  case ENCODING_PACKED:
    return build_packed(values, count, a);
  case ENCODING_RUNS:
    return build_runs(values, count, a);
  case ENCODING_DELTA:
    return a->sorted ? build_delta(values, count, a) : NULL;
  default:
    return NULL;
  }
}

// A copy in which NULL rows repeat the value before them (the first ones: the first value).
static int64_t *values_filled(const int64_t *values, const uint64_t *validity, uint32_t count) {
  int64_t *filled = mem_alloc((size_t)count * sizeof *filled), last = 0;
  uint32_t first = 0;
  while (first < count && !bits_get(validity, first)) first++;
  if (first < count) last = values[first];
  for (uint32_t i = 0; i < count; i++) {
    if (bits_get(validity, i)) last = values[i];
    filled[i] = last;
  }
  return filled;
}

static Block *encode_int(int forced, const int64_t *values, const uint64_t *validity,
                         uint32_t count) {
  assert(count > 0 && count <= BLOCK_ROWS);
  size_t valid = validity ? bits_count(validity, count) : count;
  int64_t *filled = valid < count ? values_filled(values, validity, count) : NULL;
  const int64_t *source = filled ? filled : values;
  Analysis a = values_analyse(source, count);
  Block *block =
      build_as(forced >= 0 ? (Encoding)forced : encoding_choose(&a, count), source, count, &a);
  if (block) {
    block_set_validity(block, validity);
    block->min = valid ? a.min : 1;
    block->max = valid ? a.max : 0;
  }
  mem_free(filled);
  return block;
}

Block *block_encode_int(const int64_t *values, const uint64_t *validity, uint32_t count) {
  return encode_int(-1, values, validity, count);
}

Block *block_encode_int_as(Encoding encoding, const int64_t *values, const uint64_t *validity,
                           uint32_t count) {
  return encode_int((int)encoding, values, validity, count);
}

Block *block_encode_wide(const int128_t *values, const uint64_t *validity, uint32_t count) {
  Block *block = block_new(ENCODING_WIDE, count, (size_t)count * sizeof *values);
  memcpy(block->data, values, block->data_bytes);
  block_set_validity(block, validity);
  return block;
}

Block *block_encode_double(const double *values, const uint64_t *validity, uint32_t count) {
  Block *block = block_new(ENCODING_DOUBLE, count, (size_t)count * sizeof *values);
  memcpy(block->data, values, block->data_bytes);
  block_set_validity(block, validity);
  return block;
}

Block *block_encode_text(const Str *values, const uint64_t *validity, uint32_t count) {
  size_t bytes = 0;
  for (uint32_t i = 0; i < count; i++)
    if (!validity || bits_get(validity, i)) bytes += values[i].size;
  Block *block = block_new(ENCODING_TEXT, count, (count + 1) * sizeof(uint32_t) + bytes);
  uint32_t *offsets = block->data, at = 0;
  char *text = (char *)(offsets + count + 1);
  for (uint32_t i = 0; i < count; i++) {
    offsets[i] = at;
    if (validity && !bits_get(validity, i)) continue;
    if (values[i].size) memcpy(text + at, values[i].data, values[i].size);
    at += values[i].size;
  }
  offsets[count] = at;
  block_set_validity(block, validity);
  return block;
}

Block *block_create_raw(const Block *header, void *data, uint64_t *validity) {
  Block *block = mem_alloc_zero(sizeof *block);
  *block = *header;
  block->refs = 1;
  block->data = data;
  block->validity = validity;
  return block;
}
