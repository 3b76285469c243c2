// Column builders: appended values and vectors come back, strings as codes sorted, budgets kept.
#include "column.h"
#include "unit_table.h"
#include <stdio.h>

static const size_t sizes[] = {0, 1, 64, 2047, 2049, 65535, 65536, 65537, 131073};
enum { SIZES = sizeof sizes / sizeof sizes[0] };

typedef struct Kind {
  Type type;
  bool as_codes;
} Kind;

static const Kind kinds[] = {
    {{.kind = TYPE_BOOL}, false},
    {{.kind = TYPE_INT, .bits = 64}, false},
    {{.kind = TYPE_DECIMAL, .precision = 18, .scale = 2}, false},
    {{.kind = TYPE_DECIMAL, .precision = 30, .scale = 2}, false},
    {{.kind = TYPE_DOUBLE}, false},
    {{.kind = TYPE_DATE}, false},
    {{.kind = TYPE_STRING}, false},
    {{.kind = TYPE_STRING}, true},
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

// The value of row i, the same each time it is asked for; strings lie in `text`.
static Value value_at(Type type, size_t i, char text[32]) {
  uint64_t random = i;
  Value value = {.type = type, .is_null = unit_random(&random) % 7 == 0};
  int64_t number = (int64_t)unit_random(&random);
  if (value.is_null) return value;
  switch (type_physical(type)) {
  case PHYSICAL_INT:
    value.i = type.kind == TYPE_BOOL ? number & 1 : number >> 40;
    break;
  case PHYSICAL_WIDE:
    value.wide = (int128_t)number * 1000003;
    break;
  case PHYSICAL_DOUBLE:
    value.d = (double)number / 7;
    break;
  default:
    value.s = (Str){text, (uint32_t)snprintf(text, 32, "s%lld", (long long)number % 500)};
  }
  return value;
}

static bool value_same(const Value *a, const Value *b) {
  if (a->is_null || b->is_null) return a->is_null == b->is_null;
  switch (type_physical(a->type)) {
  case PHYSICAL_INT:
    return a->i == b->i;
  case PHYSICAL_WIDE:
    return a->wide == b->wide;
  case PHYSICAL_DOUBLE:
    return a->d == b->d;
  default:
    return str_equal(a->s, b->s);
  }
}

static void check_column(const Column *column, const Kind *kind, size_t count) {
  char text[32];
  size_t nulls = 0;
  ck_assert_uint_eq(column->row_count, count);
  ck_assert_uint_eq(column->block_count, (count + BLOCK_ROWS - 1) / BLOCK_ROWS);
  ck_assert((column->dictionary != NULL) == kind->as_codes);
  for (size_t i = 0; i < count; i++) {
    Value expected = value_at(kind->type, i, text);
    nulls += expected.is_null;
    if (i % 13 && i + 100 < count) continue; // one value costs a microsecond or more
    Value value = column_value(column, i);
    unit_require(value_same(&value, &expected), "a value comes back");
  }
  ck_assert_uint_eq(column->null_count, nulls);
  if (!column->dictionary || !count) return;
  ck_assert_uint_eq(column->dictionary->sorted_count, column->dictionary->count);
  ck_assert_int_ge(column->min, 0);
  ck_assert_int_lt(column->max, column->dictionary->count);
}

START_TEST(values_come_back) {
  const Kind *kind = &kinds[_i];
  for (int s = 0; s < SIZES; s++) {
    MemoryBudget budget;
    memory_budget_init(&budget, "load", 0, NULL);
    ColumnBuilder *builder = column_builder_create(kind->type, kind->as_codes, &budget);
    for (size_t i = 0; i < sizes[s]; i++) {
      char text[32];
      Value value = value_at(kind->type, i, text);
      unit_require(column_builder_append_value(builder, &value, NULL) == STATUS_OK, "appends");
    }
    ck_assert((budget.used_bytes > 0) == (sizes[s] >= BLOCK_ROWS));
    Column *column = column_builder_finish(builder);
    ck_assert_int_eq(budget.used_bytes, 0);
    check_column(column, kind, sizes[s]);
    // Again, through vectors of lengths that do not divide a block.
    Column *again;
    builder = column_builder_create(kind->type, kind->as_codes, NULL);
    VectorBuffer buffer = {0};
    for (size_t row = 0; row < sizes[s];) {
      size_t in_block = BLOCK_ROWS - row % BLOCK_ROWS, left = sizes[s] - row, length = 1984;
      if (length > in_block) length = in_block;
      if (length > left) length = left;
      Vector v;
      column_read(column, row, (uint32_t)length, &buffer, &v);
      unit_require(column_builder_append(builder, &v, (uint32_t)length, NULL) == STATUS_OK, "");
      row += length;
    }
    again = column_builder_finish(builder);
    ck_assert(unit_column_same(column, again));
    vector_buffer_clear(&buffer);
    column_destroy(again);
    column_destroy(column);
  }
}
END_TEST

// Vectors out of step with the blocks: they are cut where a block ends.
START_TEST(vectors_straddle_blocks) {
  static int64_t values[VECTOR_ROWS];
  ColumnBuilder *builder = column_builder_create(TYPE_OF_INT, false, NULL);
  Vector v = {.type = TYPE_OF_INT, .physical = PHYSICAL_INT, .width = 8, .data = values};
  int64_t next = 0;
  for (int n = 0; n < 150; n++) {
    for (int i = 0; i < 999; i++) values[i] = next++;
    ck_assert_int_eq(column_builder_append(builder, &v, 999, NULL), STATUS_OK);
  }
  Column *column = column_builder_finish(builder);
  ck_assert_uint_eq(column->row_count, 150 * 999);
  int64_t *all = mem_alloc(column->row_count * sizeof *all);
  column_decode_int(column, all);
  for (int64_t i = 0; i < 150 * 999; i++) unit_require(all[i] == i, "in order");
  ck_assert_int_eq(column->min, 0);
  ck_assert_int_eq(column->max, 150 * 999 - 1);
  mem_free(all);
  column_destroy(column);
}
END_TEST

START_TEST(constants_are_spread) {
  VectorBuffer buffer = {0};
  Value seven = {.type = TYPE_OF_INT, .i = 7}, null = {.type = TYPE_OF_INT, .is_null = true};
  ColumnBuilder *builder = column_builder_create(TYPE_OF_INT, false, NULL);
  Vector v;
  vector_set_constant(&v, &seven, &buffer);
  ck_assert_int_eq(column_builder_append(builder, &v, 100, NULL), STATUS_OK);
  vector_set_constant(&v, &null, &buffer);
  ck_assert_int_eq(column_builder_append(builder, &v, 50, NULL), STATUS_OK);
  Column *column = column_builder_finish(builder);
  ck_assert_uint_eq(column->row_count, 150);
  ck_assert_uint_eq(column->null_count, 50);
  ck_assert(!column_value(column, 99).is_null && column_value(column, 100).is_null);
  ck_assert_int_eq(column->blocks[0]->encoding, ENCODING_CONSTANT);
  column_destroy(column);
  vector_buffer_clear(&buffer);
}
END_TEST

START_TEST(a_used_up_budget_is_an_error) {
  MemoryBudget budget;
  memory_budget_init(&budget, "load", 600000, NULL); // one block of 64-bit values, not two
  ColumnBuilder *builder = column_builder_create(TYPE_OF_INT, false, &budget);
  Error error = ERROR_INIT;
  Status status = STATUS_OK;
  uint64_t random = 1;
  size_t appended = 0;
  for (; status == STATUS_OK; appended++) {
    Value value = {.type = TYPE_OF_INT, .i = (int64_t)unit_random(&random)};
    status = column_builder_append_value(builder, &value, &error);
  }
  ck_assert_int_eq(status, STATUS_MEMORY);
  ck_assert_uint_eq(appended, 2 * BLOCK_ROWS);
  column_builder_destroy(builder);
  ck_assert_int_eq(budget.used_bytes, 0);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("column_builder");
  TCase *tcase = tcase_create("values");
  tcase_set_timeout(tcase, 60);
  tcase_add_loop_test(tcase, values_come_back, 0, KINDS);
  suite_add_tcase(suite, tcase);
  unit_case(suite, "builder", 60,
            (const TTest *[]){vectors_straddle_blocks, constants_are_spread,
                              a_used_up_budget_is_an_error, NULL});
  return unit_main(suite);
}
