// 65,536 values of a column, encoded, immutable, shared by reference count.
//
// Encodings of integers, chosen by analyse, score, build (smallest wins, ties to the faster):
//   CONSTANT   no data: every value is `base`
//   PACKED     unsigned offsets from `base` (frame of reference) of 1, 2, 4, 8, 16 or 32 bits, or
//              64: int64 itself with base 0. Bits lie low first in a byte.
//   RUNS       run ends (uint32) and values (int64): for sorted columns
//   DELTA      non-decreasing values: unsigned steps of 8, 16 or 32 bits from a checkpoint (int64)
//              every VECTOR_ROWS rows
// Others: WIDE (int128), DOUBLE, TEXT (uint32 offsets, then bytes).
// A block knows its minimum, maximum (over rows that are not NULL) and NULL count: the zone map.
#pragma once
#include "vector.h"

#define BLOCK_ROWS 65536

typedef enum Encoding {
  ENCODING_CONSTANT,
  ENCODING_PACKED,
  ENCODING_RUNS,
  ENCODING_DELTA,
  ENCODING_WIDE,
  ENCODING_DOUBLE,
  ENCODING_TEXT,
} Encoding;

typedef struct Block {
  _Atomic uint32_t refs;
  uint32_t row_count;
  uint32_t null_count;
  uint8_t encoding; // Encoding
  uint8_t bits;     // PACKED: 1..64; DELTA: of a step
  uint32_t run_count;
  int64_t base;
  // Integers: minimum and maximum over rows that are not NULL; none, and other kinds: min > max.
  // Rows that are NULL hold a value between them too (0 where all are), so that kernels may use any
  // row's code as an index.
  int64_t min, max;
  uint64_t *validity; // NULL when no row is NULL; bits_words(row_count) words
  size_t data_bytes;
  void *data;
} Block;

// The best encoding of count (1 .. BLOCK_ROWS) values; validity may be NULL, or all set (then none
// is kept). Values of NULL rows are ignored. Thread-safe; never fails.
Block *block_encode_int(const int64_t *values, const uint64_t *validity, uint32_t count);
Block *block_encode_wide(const int128_t *values, const uint64_t *validity, uint32_t count);
Block *block_encode_double(const double *values, const uint64_t *validity, uint32_t count);
// The strings' bytes are copied; a block holds less than 4 GiB of them (its loader sees to it).
Block *block_encode_text(const Str *values, const uint64_t *validity, uint32_t count);
// Forces an encoding where it can hold the values (tests loop over them); NULL where it cannot.
Block *block_encode_int_as(Encoding encoding, const int64_t *values, const uint64_t *validity,
                           uint32_t count);
// A block of another encoding made of stored parts (snapshot); takes ownership of data, validity.
Block *block_create_raw(const Block *header, void *data, uint64_t *validity);

Block *block_retain(Block *block);
void block_release(Block *block);       // NULL is allowed
size_t block_bytes(const Block *block); // memory held, header included
const char *encoding_name(Encoding encoding);
Physical block_physical(const Block *block);

// Rows start .. start+count-1 as a vector (start a multiple of 64; count <= VECTOR_ROWS). A view
// into the block where it can be, else decoded into buffer. The caller sets type and dictionary.
void block_read(const Block *block, uint32_t start, uint32_t count, VectorBuffer *buffer,
                Vector *out);
// All integers of the block, flat.
void block_decode_int(const Block *block, int64_t *out);
// The integer of one row (slow for RUNS and DELTA; a NULL row gives anything).
int64_t block_int_at(const Block *block, uint32_t row);
// The string of one row (TEXT only); a view into the block.
Str block_text_at(const Block *block, uint32_t row);
