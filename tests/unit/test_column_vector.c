// Vectors: every width and physical kind, constants, and compaction, against plain arrays.
#include "unit_table.h"
#include "vector.h"

enum { ROWS = VECTOR_ROWS };
static const uint8_t widths[] = {1, 2, 4, 8};
static const uint32_t counts[] = {0, 1, 2, 63, 64, 65, 1000, 2047, 2048};
enum { COUNTS = sizeof counts / sizeof counts[0] };

static uint64_t words[2 * ROWS]; // room for 16 bytes a row
static uint64_t valid[ROWS / 64];
static int64_t oracle[ROWS];

// Random packed integers of a width, and what they mean in `oracle`.
static Vector packed(uint8_t width, uint64_t *random) {
  Vector v = {.type = TYPE_OF_INT, .physical = PHYSICAL_INT, .width = width, .data = words};
  if (width < 8) v.base = (int64_t)unit_random(random) >> 2;
  for (int i = 0; i < ROWS; i++) {
    uint64_t value = unit_random(random) >> (64 - 8 * width);
    memcpy((char *)words + i * width, &value, width);
    oracle[i] = (int64_t)((uint64_t)v.base + value);
  }
  for (int w = 0; w < ROWS / 64; w++) valid[w] = unit_random(random);
  return v;
}

START_TEST(integers_of_every_width) {
  static int64_t flat[ROWS];
  uint64_t random = 1;
  for (int w = 0; w < 4; w++) {
    Vector v = packed(widths[w], &random);
    for (int c = 0; c < COUNTS; c++) {
      vector_flatten_int(&v, counts[c], flat);
      ck_assert(memcmp(flat, oracle, counts[c] * sizeof *flat) == 0);
      static uint32_t narrow[ROWS];
      vector_flatten_u32(&v, counts[c], narrow);
      for (uint32_t i = 0; i < counts[c]; i++)
        unit_require(narrow[i] == (uint32_t)oracle[i], "its low 32 bits");
    }
    for (uint32_t i = 0; i < ROWS; i++) {
      unit_require(vector_int(&v, i) == oracle[i] && vector_value(&v, i).i == oracle[i], "value");
      unit_require(vector_is_valid(&v, i), "no bitmap: no NULL");
    }
    v.validity = valid;
    for (uint32_t i = 0; i < ROWS; i++)
      unit_require(vector_is_valid(&v, i) == bits_get(valid, i) &&
                       vector_value(&v, i).is_null == !bits_get(valid, i),
                   "validity");
    v.constant = true; // row 0 stands for all
    valid[0] |= 1;
    vector_flatten_int(&v, ROWS, flat);
    for (uint32_t i = 0; i < ROWS; i++)
      unit_require(flat[i] == oracle[0] && vector_int(&v, i) == oracle[0] && vector_is_valid(&v, i),
                   "a constant");
  }
}
END_TEST

// A wide decimal that travels as integers is widened, signs kept.
START_TEST(narrow_values_of_a_wide_type) {
  int64_t values[] = {INT64_MIN, -1, 0, INT64_MAX};
  Vector v = {.type = type_decimal(38, 2), .physical = PHYSICAL_INT, .width = 8, .data = values};
  for (uint32_t i = 0; i < 4; i++) ck_assert(vector_value(&v, i).wide == (int128_t)values[i]);
}
END_TEST

START_TEST(strings_of_both_layouts) {
  DictionaryBuilder *builder = dictionary_builder_create(NULL);
  dictionary_builder_intern(builder, STR_LITERAL("zero"));
  dictionary_builder_intern(builder, STR_LITERAL("one"));
  Dictionary *dictionary = dictionary_builder_finish(builder, false, NULL);
  uint8_t codes[] = {0, 1, 1};
  Vector v = {.type = TYPE_OF_STRING,
              .physical = PHYSICAL_INT,
              .width = 1,
              .data = codes,
              .dictionary = dictionary};
  ck_assert(str_equal(vector_text(&v, 2), STR_LITERAL("one")));
  ck_assert(str_equal(vector_value(&v, 0).s, STR_LITERAL("zero")));
  Str texts[] = {STR_LITERAL("a"), STR_LITERAL("")};
  v = (Vector){.type = TYPE_OF_STRING, .physical = PHYSICAL_TEXT, .data = texts};
  ck_assert(str_equal(vector_text(&v, 0), texts[0]));
  ck_assert_uint_eq(vector_value(&v, 1).s.size, 0);
  v.constant = true;
  ck_assert(str_equal(vector_text(&v, 77), texts[0]));
  dictionary_release(dictionary);
}
END_TEST

START_TEST(constants_of_every_kind) {
  Value values[] = {{.type = TYPE_OF_INT, .i = INT64_MIN},
                    {.type = type_decimal(38, 0), .wide = (int128_t)1 << 100},
                    {.type = TYPE_OF_DOUBLE, .d = -0.5},
                    {.type = TYPE_OF_STRING, .s = STR_LITERAL("чай")},
                    {.type = {.kind = TYPE_INTERVAL}, .interval = {1, -2, 3}},
                    {.type = TYPE_OF_DATE, .is_null = true},
                    {.type = TYPE_OF_STRING, .is_null = true}};
  VectorBuffer buffer = {0};
  for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
    Vector v;
    vector_set_constant(&v, &values[i], &buffer);
    Value back = vector_value(&v, 2000);
    ck_assert(v.constant && type_equal(back.type, values[i].type));
    ck_assert(back.is_null == values[i].is_null);
    if (i == 0) ck_assert(back.i == INT64_MIN);
    if (i == 1) ck_assert(back.wide == (int128_t)1 << 100);
    if (i == 2) ck_assert(back.d == -0.5);
    if (i == 3) ck_assert(str_equal(back.s, STR_LITERAL("чай")));
    if (i == 4) ck_assert(back.interval.usec == 1 && back.interval.days == -2);
  }
  vector_buffer_clear(&buffer);
}
END_TEST

START_TEST(selection_compacts) {
  static uint16_t rows[ROWS];
  static const Physical physicals[] = {PHYSICAL_WIDE, PHYSICAL_DOUBLE, PHYSICAL_TEXT};
  VectorBuffer buffer = {0};
  uint64_t random = 3;
  for (int round = 0; round < 60; round++) {
    uint32_t n = 0, one_in = 1 + (uint32_t)(unit_random(&random) % 9);
    for (uint16_t i = 0; i < ROWS; i++)
      if (unit_random(&random) % one_in == 0) rows[n++] = i;
    Vector v = packed(widths[round % 4], &random), out;
    if (round % 3) v.validity = valid;
    if (round >= 40) { // sixteen or eight random bytes a row
      v.physical = (uint8_t)physicals[round % 3];
      for (int i = 0; i < 2 * ROWS; i++) words[i] = unit_random(&random);
    }
    vector_select(&v, rows, n, &buffer, &out);
    size_t width = round < 40 ? v.width : physical_bytes((Physical)v.physical);
    for (uint32_t i = 0; i < n; i++) {
      unit_require(
          memcmp((const char *)out.data + i * width, (char *)words + rows[i] * width, width) == 0,
          "a selected value");
      unit_require(vector_is_valid(&out, i) == vector_is_valid(&v, rows[i]), "its validity");
    }
    v.constant = true;
    vector_select(&v, rows, n, &buffer, &out);
    ck_assert(out.constant && out.data == v.data);
  }
  vector_buffer_clear(&buffer);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("column_vector");
  unit_case(suite, "vector", 60,
            (const TTest *[]){integers_of_every_width, narrow_values_of_a_wide_type,
                              strings_of_both_layouts, constants_of_every_kind, selection_compacts,
                              NULL});
  return unit_main(suite);
}
