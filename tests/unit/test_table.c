// Tables: the key index in each of its forms, hidden rows, and rows in another order.
#include "table.h"
#include "thread_pool.h"
#include "unit_table.h"

static const size_t sizes[] = {1, 2, 64, 65, 2049, 65536, 65537, 100000};
enum { SIZES = sizeof sizes / sizeof sizes[0] };

typedef enum KeyForm { KEY_DENSE, KEY_SPARSE, KEY_CODES, KEY_TEXT, KEY_FORMS } KeyForm;

// Keys are distinct; row 0 (the absent key) has none.
static int64_t key_number(KeyForm form, size_t row) {
  return form == KEY_SPARSE ? (int64_t)(row * UINT64_C(0x9e3779b97f4a7c15)) : 5 - 2 * (int64_t)row;
}

static Str key_text(size_t row, char text[32]) {
  return (Str){text, (uint32_t)snprintf(text, 32, "клиент-%zu", row * 7919 % 1000003)};
}

static Column *key_column(KeyForm form, size_t count) {
  bool is_text = form == KEY_CODES || form == KEY_TEXT;
  Type type = is_text ? TYPE_OF_STRING : TYPE_OF_INT;
  ColumnBuilder *builder = column_builder_create(type, form == KEY_CODES, NULL);
  for (size_t row = 0; row < count; row++) {
    char text[32];
    Value value = {.type = type, .is_null = row == 0};
    if (is_text)
      value.s = key_text(row, text);
    else
      value.i = key_number(form, row);
    unit_require(column_builder_append_value(builder, &value, NULL) == STATUS_OK, "appends");
  }
  return column_builder_finish(builder);
}

// Every 7th row is inferred (hidden, yet found), every 11th deleted.
static bool row_is_inferred(size_t row) {
  return row && row % 7 == 0;
}
static bool row_is_deleted(size_t row) {
  return row && !row_is_inferred(row) && row % 11 == 0;
}

static Table *members(KeyForm form, size_t count) {
  Column *columns[] = {key_column(form, count)};
  uint64_t *hidden = mem_alloc_zero(bits_words(count) * 8);
  uint64_t *inferred = mem_alloc_zero(bits_words(count) * 8);
  for (size_t row = 0; row < count; row++) {
    if (row == 0 || row_is_inferred(row) || row_is_deleted(row)) bits_set(hidden, row);
    if (row_is_inferred(row)) bits_set(inferred, row);
  }
  Table *table = unit_table("member", NULL, columns, 1, hidden, inferred);
  table->schema->key = 0;
  table->schema->has_members = true;
  return table;
}

static uint32_t find_row(const Table *table, KeyForm form, size_t row) {
  char text[32];
  return form == KEY_CODES || form == KEY_TEXT ? table_find_text(table, key_text(row, text))
                                               : table_find_int(table, key_number(form, row));
}

START_TEST(keys_are_found) {
  for (int s = 0; s < SIZES; s++) {
    Table *table = members((KeyForm)_i, sizes[s]);
    size_t shown = 0;
    for (size_t row = 1; row < sizes[s]; row++) {
      unit_require(find_row(table, (KeyForm)_i, row) == (row_is_deleted(row) ? 0 : row),
                   "a member");
      shown += !row_is_inferred(row) && !row_is_deleted(row);
    }
    for (size_t row = sizes[s]; row < sizes[s] + 500; row++)
      unit_require(find_row(table, (KeyForm)_i, row) == 0, "no member");
    ck_assert_uint_eq(table->shown_count, shown);
    ck_assert_uint_gt(key_index_bytes(table_key_index(table)), 0);
    if (_i <= KEY_SPARSE) {
      ck_assert_uint_eq(table_find_int(table, INT64_MIN), 0);
      ck_assert_uint_eq(table_find_int(table, INT64_MAX), 0);
    } else {
      ck_assert_uint_eq(table_find_text(table, STR_LITERAL("")), 0);
    }
    table_release(table);
  }
}
END_TEST

// All threads want the index at once: one is kept.
typedef struct FindAll {
  Table *table;
  _Atomic uint32_t wrong;
  const KeyIndex *index[4];
} FindAll;

static void find_all(void *context, uint32_t worker) {
  FindAll *all = context;
  all->index[worker] = table_key_index(all->table);
  for (size_t row = 1; row < all->table->row_count; row++)
    if (find_row(all->table, KEY_SPARSE, row) != (row_is_deleted(row) ? 0 : row))
      atomic_fetch_add(&all->wrong, 1);
}

START_TEST(threads_share_one_index) {
  ThreadPool *pool = thread_pool_create(4);
  for (int round = 0; round < 20; round++) {
    FindAll all = {.table = members(KEY_SPARSE, 2000)};
    thread_pool_run(pool, 4, find_all, &all);
    ck_assert_uint_eq(all.wrong, 0);
    for (int i = 0; i < 4; i++)
      ck_assert(!all.index[i] || all.index[i] == table_key_index(all.table));
    table_release(all.table);
  }
  thread_pool_destroy(pool);
}
END_TEST

static Value random_value(Type type, uint64_t *random, char text[32]) {
  Value value = {.type = type, .is_null = unit_random(random) % 5 == 0};
  if (value.is_null) return value;
  int64_t number = (int64_t)unit_random(random);
  switch (type_physical(type)) {
  case PHYSICAL_INT:
    value.i = number >> 50;
    break;
  case PHYSICAL_WIDE:
    value.wide = (int128_t)number * number;
    break;
  case PHYSICAL_DOUBLE:
    value.d = (double)number;
    break;
  default:
    value.s = (Str){text, (uint32_t)snprintf(text, 32, "%lld", (long long)number >> 52)};
  }
  return value;
}

static bool value_same(Value a, Value b) {
  if (a.is_null || b.is_null) return a.is_null == b.is_null;
  switch (type_physical(a.type)) {
  case PHYSICAL_INT:
    return a.i == b.i;
  case PHYSICAL_WIDE:
    return a.wide == b.wide;
  case PHYSICAL_DOUBLE:
    return a.d == b.d;
  default:
    return str_equal(a.s, b.s);
  }
}

static const Type types[] = {{.kind = TYPE_INT, .bits = 64},
                             {.kind = TYPE_DOUBLE},
                             {.kind = TYPE_DECIMAL, .precision = 38},
                             {.kind = TYPE_STRING},
                             {.kind = TYPE_STRING}};
enum { TYPES = sizeof types / sizeof types[0] };

static Table *random_table(size_t count, uint64_t *random) {
  Column *columns[TYPES];
  for (int c = 0; c < TYPES; c++) {
    ColumnBuilder *builder = column_builder_create(types[c], c == TYPES - 1, NULL);
    for (size_t row = 0; row < count; row++) {
      char text[32];
      Value value = random_value(types[c], random, text);
      unit_require(column_builder_append_value(builder, &value, NULL) == STATUS_OK, "appends");
    }
    columns[c] = column_builder_finish(builder);
  }
  return unit_table("t", NULL, columns, TYPES, unit_random_validity(random, count, 128),
                    unit_random_validity(random, count, 200));
}

START_TEST(reordering_permutes) {
  ThreadPool *pool = thread_pool_create(2);
  uint64_t random = 8;
  for (int s = 0; s < SIZES - 1; s++) {
    size_t count = sizes[s];
    Table *table = random_table(count, &random);
    table->schema->key = 0;
    table->schema->cluster = 3;
    uint32_t *order = mem_alloc(count * sizeof *order), chosen[] = {4, 3, 1};
    for (size_t i = 0; i < count; i++) { // a random permutation
      size_t j = unit_random(&random) % (i + 1);
      order[i] = order[j];
      order[j] = (uint32_t)i;
    }
    Table *all = table_reorder(table, order, NULL, 0, pool);
    Table *some = table_reorder(table, order, chosen, 3, NULL);
    ck_assert_uint_eq(all->row_count, count);
    ck_assert_uint_eq(all->shown_count, table->shown_count);
    ck_assert_int_eq(all->schema->key, 0);
    ck_assert_int_eq(some->schema->key, -1);
    ck_assert_int_eq(some->schema->cluster, 1);
    ck_assert_str_eq(some->schema->columns[0].name, "c4");
    ck_assert_ptr_eq(some->columns[0]->dictionary, table->columns[4]->dictionary);
    for (size_t i = 0; i < count; i += 1 + unit_random(&random) % (1 + count / 2000)) {
      uint64_t old = order[i];
      for (uint32_t c = 0; c < TYPES; c++)
        unit_require(
            value_same(column_value(all->columns[c], i), column_value(table->columns[c], old)),
            "a value moved");
      for (uint32_t c = 0; c < 3; c++)
        unit_require(value_same(column_value(some->columns[c], i),
                                column_value(table->columns[chosen[c]], old)),
                     "a chosen column's value moved");
      unit_require(bits_get(all->hidden, i) == bits_get(table->hidden, old), "hidden");
      unit_require(bits_get(some->inferred, i) == bits_get(table->inferred, old), "inferred");
    }
    ck_assert_uint_gt(table_bytes(all), table_bytes(some));
    mem_free(order);
    table_release(all);
    table_release(some);
    table_release(table);
  }
  thread_pool_destroy(pool);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("table");
  TCase *tcase = tcase_create("keys");
  tcase_set_timeout(tcase, 60);
  tcase_add_loop_test(tcase, keys_are_found, 0, KEY_FORMS);
  tcase_add_test(tcase, threads_share_one_index);
  suite_add_tcase(suite, tcase);
  unit_case(suite, "order", 60, (const TTest *[]){reordering_permutes, NULL});
  return unit_main(suite);
}
