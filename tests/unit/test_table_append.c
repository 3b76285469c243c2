// Versions of a table: what of the earlier rows changed, and which rows are new, against plain
// arrays of values.
#include "table_append.h"
#include "unit_table.h"

static const size_t sizes[] = {0, 1, 63, 64, 65, 2047, 2049, 65535, 65536, 65537, 140000};
enum { SIZES = sizeof sizes / sizeof sizes[0] };

typedef enum Kind { KIND_INT, KIND_CODES, KIND_TEXT, KIND_WIDE, KIND_DOUBLE, KINDS } Kind;
static const char *const KIND_NAMES[KINDS] = {"c0", "c1", "c2", "c3", "c4"};
#define SALT_NULL 3 // numbers divisible by it are NULL

static Type kind_type(Kind kind) {
  switch (kind) {
  case KIND_WIDE:
    return type_decimal(38, 2);
  case KIND_DOUBLE:
    return TYPE_OF_DOUBLE;
  case KIND_INT:
    return TYPE_OF_INT;
  default:
    return TYPE_OF_STRING;
  }
}

static Value number_value(Kind kind, int64_t number, char text[32]) {
  Value value = {.type = kind_type(kind), .is_null = number % SALT_NULL == 0};
  switch (kind) {
  case KIND_INT:
    value.i = number;
    break;
  case KIND_WIDE:
    value.wide = (int128_t)number * INT64_MAX;
    break;
  case KIND_DOUBLE:
    value.d = (double)number / 8;
    break;
  default:
    value.s = (Str){text, (uint32_t)snprintf(text, 32, "v%lld", (long long)number)};
  }
  return value;
}

static Column *numbers_column(Kind kind, const int64_t *numbers, size_t count) {
  ColumnBuilder *builder = column_builder_create(kind_type(kind), kind == KIND_CODES, NULL);
  for (size_t row = 0; row < count; row++) {
    char text[32];
    Value value = number_value(kind, numbers[row], text);
    unit_require(column_builder_append_value(builder, &value, NULL) == STATUS_OK, "appends");
  }
  return column_builder_finish(builder);
}

// A version of the table: one column a kind, all of the same numbers.
typedef struct Version {
  int64_t *numbers;
  uint64_t *hidden;
  size_t count;
} Version;

static Version version_make(size_t count, uint64_t *random) {
  Version version = {mem_alloc((count + 1) * sizeof(int64_t)),
                     mem_alloc_zero((bits_words(count) + 1) * 8), count};
  for (size_t row = 0; row < count; row++) {
    version.numbers[row] = (int64_t)(unit_random(random) % 50);
    if (unit_random(random) % 10 == 0) bits_set(version.hidden, row);
  }
  return version;
}

// The rows of another version, and `more` behind.
static Version version_grow(const Version *from, size_t more, uint64_t *random) {
  Version version = version_make(from->count + more, random);
  memcpy(version.numbers, from->numbers, from->count * sizeof(int64_t));
  for (size_t row = 0; row < from->count; row++)
    bits_put(version.hidden, row, bits_get(from->hidden, row));
  return version;
}

static void version_clear(Version *version) {
  mem_free(version->numbers);
  mem_free(version->hidden);
}

static Table *version_table(const Version *version) {
  Column *columns[KINDS];
  for (Kind kind = 0; kind < KINDS; kind++)
    columns[kind] = numbers_column(kind, version->numbers, version->count);
  size_t bytes = (bits_words(version->count) + 1) * 8;
  uint64_t *hidden = memcpy(mem_alloc(bytes), version->hidden, bytes);
  return unit_table("fact", NULL, columns, KINDS, hidden, NULL);
}

static const char *change(const Table *earlier, const Table *later, bool shown_only, Arena *arena) {
  return table_find_change(earlier, later, KIND_NAMES, KINDS, shown_only, arena);
}

// The numbers that the table of new rows shows, against those that it should.
static void new_rows_check(const Version *earlier, const Version *later, const Table *a,
                           const Table *b) {
  Table *new = table_new_rows(a, b, "new");
  ck_assert_str_eq(new->schema->name, "new");
  uint64_t at = 0, shown = 0;
  for (size_t row = 0; row < later->count; row++) {
    if (bits_get(later->hidden, row)) continue;
    if (row < earlier->count && !bits_get(earlier->hidden, row)) continue;
    while (at < new->row_count &&new->hidden && bits_get(new->hidden, at)) at++;
    unit_require(at < new->row_count, "a new row is there");
    for (Kind kind = 0; kind < KINDS; kind++) {
      char text[32];
      Value expected = number_value(kind, later->numbers[row], text);
      Value value = column_value(new->columns[kind], at);
      unit_require(value.is_null == expected.is_null, "its NULLs");
      if (value.is_null) continue;
      unit_require(kind == KIND_INT      ? value.i == expected.i
                   : kind == KIND_WIDE   ? value.wide == expected.wide
                   : kind == KIND_DOUBLE ? value.d == expected.d
                                         : str_equal(value.s, expected.s),
                   "its values");
    }
    at++;
    shown++;
  }
  ck_assert_uint_eq(new->shown_count, shown);
  table_release(new);
}

START_TEST(rows_that_stay) {
  uint64_t random = 7;
  Arena *arena = arena_create();
  static const size_t more[] = {0, 1, 64, 3000};
  for (size_t m = 0; m < sizeof more / sizeof *more; m++) {
    Version from = version_make(sizes[_i], &random), to = version_grow(&from, more[m], &random);
    Table *a = version_table(&from), *b = version_table(&to);
    ck_assert_ptr_null(change(a, a, false, arena));
    ck_assert_ptr_null(change(a, b, false, arena));
    ck_assert_ptr_null(change(a, b, true, arena));
    if (more[m]) ck_assert_ptr_nonnull(change(b, a, false, arena));
    new_rows_check(&from, &to, a, b);
    table_release(a);
    table_release(b);
    version_clear(&from);
    version_clear(&to);
  }
  arena_destroy(arena);
}
END_TEST

START_TEST(rows_that_change) {
  uint64_t random = 11;
  Arena *arena = arena_create();
  size_t count = sizes[_i];
  for (int round = 0; count && round < 6; round++) {
    Version from = version_make(count, &random), to = version_grow(&from, 70, &random);
    size_t row = round == 0 ? 0 : round == 1 ? count - 1 : unit_random(&random) % count;
    bool was_hidden = bits_get(from.hidden, row);
    to.numbers[row] += 1 + (int64_t)(unit_random(&random) % 2); // not from NULL to NULL
    Table *a = version_table(&from), *b = version_table(&to);
    const char *all = change(a, b, false, arena);
    ck_assert_ptr_nonnull(all);
    ck_assert_str_eq(all, arena_printf(arena, "column c0 of row %zu has another value", row));
    ck_assert(!change(a, b, true, arena) == was_hidden);
    for (Kind kind = 0; kind < KINDS; kind++)
      ck_assert_ptr_nonnull(table_find_change(a, b, &KIND_NAMES[kind], 1, false, arena));
    ck_assert_ptr_null(table_find_change(a, b, KIND_NAMES, 0, false, arena));
    table_release(b);
    // The row is shown now, or hidden.
    to.numbers[row] = from.numbers[row];
    bits_put(to.hidden, row, !was_hidden);
    b = version_table(&to);
    ck_assert_str_eq(change(a, b, false, arena), arena_printf(arena, "row %zu is %s now", row,
                                                              was_hidden ? "known" : "taken away"));
    ck_assert(!change(a, b, true, arena) == was_hidden);
    if (was_hidden) new_rows_check(&from, &to, a, b);
    table_release(a);
    table_release(b);
    version_clear(&from);
    version_clear(&to);
  }
  arena_destroy(arena);
}
END_TEST

// Other codes for the same strings, another type, another link, a column that is gone.
START_TEST(columns_that_change) {
  Arena *arena = arena_create();
  int64_t numbers[] = {1, 2, 4, 5}, more[] = {1, 2, 4, 5, 0, -7};
  const char *name = "c0";
  Column *columns[] = {numbers_column(KIND_CODES, numbers, 4)};
  Table *a = unit_table("t", NULL, columns, 1, NULL, NULL);
  columns[0] = numbers_column(KIND_CODES, more, 6); // "v-7" sorts first: all codes are others
  Table *b = unit_table("t", NULL, columns, 1, NULL, NULL);
  ck_assert_ptr_null(table_find_change(a, b, &name, 1, false, arena));
  columns[0] = numbers_column(KIND_TEXT, more, 6);
  Table *c = unit_table("t", NULL, columns, 1, NULL, NULL);
  ck_assert_str_eq(table_find_change(a, c, &name, 1, false, arena), "column c0 has another type");
  ColumnSchema link = {.name = "c0", .type = TYPE_OF_INT, .link = "d"};
  columns[0] = numbers_column(KIND_INT, numbers, 4);
  Table *d = unit_table("t", &link, columns, 1, NULL, NULL);
  link.link = "e";
  columns[0] = numbers_column(KIND_INT, numbers, 4);
  Table *e = unit_table("t", &link, columns, 1, NULL, NULL);
  ck_assert_str_eq(table_find_change(d, e, &name, 1, false, arena), "column c0 has another type");
  name = "gone";
  ck_assert_str_eq(table_find_change(a, b, &name, 1, false, arena), "column gone is new or gone");
  Table *all[] = {a, b, c, d, e};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) table_release(all[i]);
  arena_destroy(arena);
}
END_TEST

// Some blocks' rows and those behind are others: the other blocks are shared, codes merged.
START_TEST(blocks_are_replaced) {
  uint64_t random = 23;
  static const size_t more[] = {0, 70000};
  static const uint32_t chosen[][4] = {{3}, {1, 3}, {0, 1, 2, 3}};
  static const uint32_t chosen_count[] = {1, 2, 4};
  size_t count = 3 * BLOCK_ROWS + 17;
  Version old = version_make(count, &random);
  for (size_t m = 0; m < sizeof more / sizeof *more; m++)
    for (size_t set = 0; set < 3; set++) {
      uint64_t taken = (chosen_count[set] - 1) * (uint64_t)BLOCK_ROWS + 17;
      Version new = version_make(taken + more[m], &random);
      for (size_t row = 0; row < new.count; row++) new.numbers[row] += 20; // some new strings
      for (Kind kind = 0; kind < KINDS; kind++) {
        Column *a = numbers_column(kind, old.numbers, count);
        Column *b = numbers_column(kind, new.numbers, new.count);
        Column *both = column_replace_blocks(a, chosen[set], chosen_count[set], b);
        ck_assert_uint_eq(both->row_count, count + more[m]);
        int32_t place[5]; // of each old block, which of the new rows' blocks it is; -1: it stays
        for (int32_t block = 0, at = 0; block < 5; block++) {
          bool is_new = block >= 3 || chosen[set][at] == (uint32_t)block;
          place[block] = is_new ? at++ : -1;
          if (!is_new) ck_assert_ptr_eq(both->blocks[block], a->blocks[block]);
        }
        for (uint64_t row = 0; row < both->row_count; row += row % 977 ? 1 : 331) {
          int32_t at = place[row / BLOCK_ROWS];
          int64_t number =
              at < 0 ? old.numbers[row] : new.numbers[(uint64_t)at * BLOCK_ROWS + row % BLOCK_ROWS];
          char text[32];
          Value expected = number_value(kind, number, text), value = column_value(both, row);
          unit_require(value.is_null == expected.is_null, "NULLs");
          if (value.is_null) continue;
          unit_require(kind == KIND_INT      ? value.i == expected.i
                       : kind == KIND_WIDE   ? value.wide == expected.wide
                       : kind == KIND_DOUBLE ? value.d == expected.d
                                             : str_equal(value.s, expected.s),
                       "values");
        }
        column_destroy(both);
        column_destroy(a);
        column_destroy(b);
      }
      version_clear(&new);
    }
  version_clear(&old);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("table_append");
  TCase *tests = tcase_create("versions");
  tcase_set_timeout(tests, 60);
  tcase_add_loop_test(tests, rows_that_stay, 0, SIZES);
  tcase_add_loop_test(tests, rows_that_change, 0, SIZES);
  tcase_add_test(tests, columns_that_change);
  tcase_add_test(tests, blocks_are_replaced);
  suite_add_tcase(suite, tests);
  return unit_main(suite);
}
