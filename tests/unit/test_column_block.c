// Blocks of every encoding against the plain arrays that they were made of.
#include "block.h"
#include "unit_table.h"

static const uint32_t sizes[] = {1, 2, 63, 64, 65, 2047, 2048, 2049, 4097, 65535, 65536};
enum { SIZES = sizeof sizes / sizeof sizes[0] };

static int64_t values[BLOCK_ROWS], decoded[BLOCK_ROWS];
static uint64_t validity[BLOCK_ROWS / 64];

// ---- data: ways to draw values, and ways to draw NULLs

typedef struct Draw {
  const char *name;
  int64_t start;
  uint64_t range; // values start + 0..range, or steps of 0..range
  bool ascending;
  uint32_t run; // a value every so many rows
} Draw;

static const Draw draws[] = {
    {"constant", -5, 0, false, 1},
    {"constant, least", INT64_MIN, 0, false, 1},
    {"constant, greatest", INT64_MAX, 0, false, 1},
    {"1 bit", INT64_MAX - 1, 1, false, 1},
    {"2 bits", INT64_MIN, 3, false, 1},
    {"4 bits", -8, 15, false, 1},
    {"8 bits", INT64_MAX - 255, 255, false, 1},
    {"9 bits", 1000000, 511, false, 1},
    {"16 bits", INT64_MIN, 65535, false, 1},
    {"32 bits", -1, UINT32_MAX, false, 1},
    {"34 bits", 7, UINT64_C(3) << 32, false, 1},
    {"64 bits", INT64_MIN, UINT64_MAX, false, 1},
    {"runs", -3, 1000, false, 37},
    {"wide runs", INT64_MIN, UINT64_MAX, false, 500},
    {"ascending by 8 bits", -100, 255, true, 1},
    {"ascending by 16 bits", INT64_MIN, 65535, true, 1},
    {"ascending by 32 bits", -1, UINT32_MAX, true, 1},
    {"ascending runs", 0, 3, true, 100},
};
enum { DRAWS = sizeof draws / sizeof draws[0] };

static void draw_values(const Draw *draw, uint32_t count, uint64_t *random) {
  uint64_t value = (uint64_t)draw->start;
  for (uint32_t i = 0; i < count; i++) {
    uint64_t offset = unit_random(random);
    if (draw->range != UINT64_MAX) offset %= draw->range + 1;
    if (i % draw->run == 0)
      value = draw->ascending ? (i ? value + offset : value) : (uint64_t)draw->start + offset;
    values[i] = (int64_t)value;
  }
}

enum { NULLS_NONE, NULLS_ALL, NULLS_SOME, NULLS_MANY, NULLS_FIRST, NULLS_LAST, NULLS_ONE, NULLS };

static void draw_nulls(int pattern, uint32_t count, uint64_t *random) {
  bits_fill(validity, count);
  for (uint32_t i = 0; i < count; i++) {
    uint64_t r = unit_random(random) % 100;
    bool is_null = pattern == NULLS_ALL || (pattern == NULLS_SOME && r < 10) ||
                   (pattern == NULLS_MANY && r < 95) || (pattern == NULLS_FIRST && i < 70) ||
                   (pattern == NULLS_LAST && i + 70 >= count) ||
                   (pattern == NULLS_ONE && i == count / 2);
    if (is_null) bits_clear(validity, i);
  }
}

// ---- the oracle

static bool is_valid(uint32_t row) {
  return bits_get(validity, row);
}

static void check_statistics(const Block *block, uint32_t count) {
  int64_t min = INT64_MAX, max = INT64_MIN;
  uint32_t nulls = 0;
  for (uint32_t i = 0; i < count; i++) {
    nulls += !is_valid(i);
    if (is_valid(i) && values[i] < min) min = values[i];
    if (is_valid(i) && values[i] > max) max = values[i];
  }
  ck_assert_uint_eq(block->row_count, count);
  ck_assert_uint_eq(block->null_count, nulls);
  ck_assert(!block->validity == !nulls);
  if (nulls == count)
    ck_assert_int_gt(block->min, block->max);
  else
    ck_assert(block->min == min && block->max == max);
}

static void check_vector(const Block *block, uint32_t start, uint32_t count) {
  static VectorBuffer buffer;
  static int64_t flat[VECTOR_ROWS];
  Vector v;
  block_read(block, start, count, &buffer, &v);
  unit_require(v.physical == PHYSICAL_INT, "integers");
  unit_require(v.width == 1 || v.width == 2 || v.width == 4 || (v.width == 8 && !v.base), "width");
  vector_flatten_int(&v, count, flat);
  for (uint32_t i = 0; i < count; i++) {
    bool valid = is_valid(start + i);
    unit_require(vector_is_valid(&v, i) == valid, "validity of a row");
    unit_require(!valid || flat[i] == values[start + i], "flattened value");
    unit_require(!valid || vector_int(&v, i) == values[start + i], "value of a row");
  }
}

// Reads at every multiple of 64 would take minutes under the sanitizers: all of those around a
// vector's boundaries, and random ones; lengths of all kinds.
static void check_reads(const Block *block, uint32_t count, uint64_t *random) {
  for (uint32_t start = 0; start < count; start += VECTOR_ROWS)
    check_vector(block, start, count - start < VECTOR_ROWS ? count - start : VECTOR_ROWS);
  for (int i = 0; i < 12; i++) {
    uint32_t start = (uint32_t)(unit_random(random) % count) / 64 * 64;
    uint32_t left = count - start, length = left < VECTOR_ROWS ? left : VECTOR_ROWS;
    check_vector(block, start, 1 + (uint32_t)(unit_random(random) % length));
    check_vector(block, start, length);
  }
}

static void check_block(const Block *block, uint32_t count, uint64_t *random) {
  check_statistics(block, count);
  check_reads(block, count, random);
  block_decode_int(block, decoded);
  for (uint32_t i = 0; i < count; i++)
    unit_require(!is_valid(i) || decoded[i] == values[i], "decoded value");
  for (int i = 0; i < 50; i++) {
    uint32_t row = i ? (uint32_t)(unit_random(random) % count) : count - 1;
    unit_require(!is_valid(row) || block_int_at(block, row) == values[row], "value at a row");
  }
}

// _i: the draw. Every encoding that can hold the values, and the chosen one; every NULL pattern.
START_TEST(integers_follow_the_oracle) {
  static const Encoding encodings[] = {ENCODING_CONSTANT, ENCODING_PACKED, ENCODING_RUNS,
                                       ENCODING_DELTA};
  uint64_t random = (uint64_t)_i + 1;
  int made[4] = {0};
  for (int s = 0; s < SIZES; s++) {
    for (int nulls = 0; nulls < NULLS; nulls++) {
      if (sizes[s] > 5000 && nulls > NULLS_SOME && nulls != NULLS_FIRST) continue;
      draw_values(&draws[_i], sizes[s], &random);
      draw_nulls(nulls, sizes[s], &random);
      size_t smallest = SIZE_MAX;
      for (int e = 0; e < 4; e++) {
        Block *block = block_encode_int_as(encodings[e], values, validity, sizes[s]);
        if (!block) continue;
        made[e]++;
        ck_assert_int_eq(block->encoding, encodings[e]);
        check_block(block, sizes[s], &random);
        if (block_bytes(block) < smallest) smallest = block_bytes(block);
        block_release(block);
      }
      Block *chosen = block_encode_int(values, validity, sizes[s]);
      check_block(chosen, sizes[s], &random);
      // Packed data are read as they are and may cost up to twice the smallest (and a byte).
      ck_assert_uint_le(chosen->data_bytes, 2 * (smallest - sizeof *chosen) + 64);
      block_release(chosen);
    }
  }
  ck_assert_int_gt(made[1], 0);
  ck_assert_int_gt(made[2], 0);
  if (draws[_i].range == 0) ck_assert_int_gt(made[0], 0);
  if (draws[_i].ascending) ck_assert_int_gt(made[3], SIZES);
}
END_TEST

// The encoding that each draw is made for wins on a full block.
START_TEST(the_best_encoding_is_chosen) {
  static const struct {
    int draw;
    Encoding encoding;
    uint8_t bits;
  } expected[] = {{0, ENCODING_CONSTANT, 0}, {3, ENCODING_PACKED, 1},  {4, ENCODING_PACKED, 2},
                  {5, ENCODING_PACKED, 4},   {6, ENCODING_PACKED, 8},  {7, ENCODING_PACKED, 16},
                  {8, ENCODING_PACKED, 16},  {9, ENCODING_PACKED, 32}, {10, ENCODING_PACKED, 64},
                  {11, ENCODING_PACKED, 64}, {13, ENCODING_RUNS, 0},   {14, ENCODING_DELTA, 8},
                  {15, ENCODING_DELTA, 16},  {16, ENCODING_DELTA, 32}};
  for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
    uint64_t random = i;
    draw_values(&draws[expected[i].draw], BLOCK_ROWS, &random);
    Block *block = block_encode_int(values, NULL, BLOCK_ROWS);
    ck_assert_msg(block->encoding == expected[i].encoding && block->bits == expected[i].bits,
                  "%s: %s of %u bits", draws[expected[i].draw].name,
                  encoding_name((Encoding)block->encoding), block->bits);
    block_release(block);
  }
}
END_TEST

START_TEST(impossible_encodings_are_refused) {
  int64_t falling[] = {2, 1}, far[] = {INT64_MIN, INT64_MAX};
  ck_assert_ptr_null(block_encode_int_as(ENCODING_CONSTANT, falling, NULL, 2));
  ck_assert_ptr_null(block_encode_int_as(ENCODING_DELTA, falling, NULL, 2));
  ck_assert_ptr_null(block_encode_int_as(ENCODING_DELTA, far, NULL, 2));
  ck_assert_ptr_null(block_encode_int_as(ENCODING_WIDE, far, NULL, 2));
}
END_TEST

START_TEST(wide_double_and_text_follow_the_oracle) {
  static int128_t wide[BLOCK_ROWS];
  static double doubles[BLOCK_ROWS];
  static Str texts[BLOCK_ROWS];
  static char letters[256];
  VectorBuffer buffer = {0};
  uint64_t random = 5;
  memset(letters, 'x', sizeof letters);
  for (int s = 0; s < SIZES; s++) {
    for (int nulls = 0; nulls <= NULLS_SOME; nulls++) {
      uint32_t count = sizes[s];
      draw_nulls(nulls, count, &random);
      for (uint32_t i = 0; i < count; i++) {
        wide[i] = (int128_t)((uint128_t)unit_random(&random) << 64 | unit_random(&random));
        uint64_t bits = unit_random(&random); // any double, NaN too: compared by its bits
        memcpy(&doubles[i], &bits, sizeof bits);
        uint32_t from = (uint32_t)(unit_random(&random) % 200);
        letters[from] = (char)('a' + i % 26);
        texts[i] = (Str){letters + from, (uint32_t)(unit_random(&random) % 50)};
      }
      Block *blocks[] = {block_encode_wide(wide, validity, count),
                         block_encode_double(doubles, validity, count),
                         block_encode_text(texts, validity, count)};
      for (uint32_t start = 0; start < count; start += 1984) { // not in step with vectors
        uint32_t left = count - start, length = left < VECTOR_ROWS ? left : VECTOR_ROWS;
        for (int b = 0; b < 3; b++) {
          Vector v;
          block_read(blocks[b], start, length, &buffer, &v);
          for (uint32_t i = 0; i < length; i++) {
            unit_require(vector_is_valid(&v, i) == is_valid(start + i), "validity");
            if (!is_valid(start + i)) continue;
            bool same = b == 0 ? ((const int128_t *)v.data)[i] == wide[start + i]
                        : b == 1
                            ? !memcmp((const double *)v.data + i, &doubles[start + i], 8)
                            : str_equal(((const Str *)v.data)[i], texts[start + i]) &&
                                  str_equal(block_text_at(blocks[b], start + i), texts[start + i]);
            unit_require(same, "value");
          }
        }
      }
      for (int b = 0; b < 3; b++) block_release(blocks[b]);
    }
  }
  vector_buffer_clear(&buffer);
}
END_TEST

// Kernels read up to 64 bytes beyond the data: they are there, and zero.
START_TEST(data_are_aligned_and_padded) {
  uint64_t random = 1;
  for (int d = 0; d < DRAWS; d++) {
    for (int s = 0; s < SIZES; s++) {
      draw_values(&draws[d], sizes[s], &random);
      Block *block = block_encode_int(values, NULL, sizes[s]);
      ck_assert_uint_eq((uintptr_t)block->data % 64, 0);
      for (size_t i = 0; block->data && i < 64; i++)
        unit_require(!((const char *)block->data)[block->data_bytes + i], "zero padding");
      block_release(block);
    }
  }
}
END_TEST

int main(void) {
  Suite *suite = suite_create("column_block");
  TCase *tcase = tcase_create("integers");
  tcase_set_timeout(tcase, 60);
  tcase_add_loop_test(tcase, integers_follow_the_oracle, 0, DRAWS);
  suite_add_tcase(suite, tcase);
  unit_case(suite, "blocks", 60,
            (const TTest *[]){the_best_encoding_is_chosen, impossible_encodings_are_refused,
                              wide_double_and_text_follow_the_oracle, data_are_aligned_and_padded,
                              NULL});
  return unit_main(suite);
}
