// Roots: what a writer changes stays unseen until it is published, and pinned roots stay as they
// are.
#include "root.h"
#include "unit_table.h"
#include <pthread.h>

static Table *number_table(const char *name, int64_t number, size_t count) {
  int64_t *values = mem_alloc(count * sizeof *values);
  for (size_t i = 0; i < count; i++) values[i] = number;
  Column *columns[] = {unit_int_column(TYPE_OF_INT, NULL, -1, values, NULL, count)};
  mem_free(values);
  return unit_table(name, NULL, columns, 1, NULL, NULL);
}

START_TEST(tables_are_kept_by_name) {
  static const char *const names[] = {"m", "a", "z", "b", "zz", "c", "m2"};
  Root *root = root_create();
  root->version = 3;
  ck_assert_ptr_null(root_find(root, "a"));
  for (int i = 0; i < 7; i++) root_put(root, number_table(names[i], i, 10));
  ck_assert_uint_eq(root->table_count, 7);
  for (uint32_t t = 1; t < root->table_count; t++)
    ck_assert_int_lt(strcmp(root->tables[t - 1]->schema->name, root->tables[t]->schema->name), 0);
  for (int i = 0; i < 7; i++) {
    ck_assert_int_eq(column_value(root_find(root, names[i])->columns[0], 9).i, i);
    ck_assert_uint_eq(root_find(root, names[i])->version, 3);
  }
  root_put(root, number_table("z", 99, 10)); // takes the place of the other
  ck_assert_uint_eq(root->table_count, 7);
  ck_assert_int_eq(column_value(root_find(root, "z")->columns[0], 0).i, 99);
  ck_assert_ptr_null(root_find(root, "mm"));
  root_release(root);
}
END_TEST

START_TEST(a_copy_is_apart) {
  Root *root = root_create();
  root_put(root, number_table("t", 1, 5));
  root_set_model(root, "one");
  root_add_batch(root, "day 1");
  Root *next = root_copy(root);
  ck_assert_uint_eq(next->version, root->version + 1);
  ck_assert_ptr_eq(root_find(root, "t"), root_find(next, "t")); // shared, not copied
  root_put(next, number_table("t", 2, 5));
  root_set_model(next, "two");
  root_add_batch(next, "day 2");
  ck_assert(root_has_batch(next, "day 1") && root_has_batch(next, "day 2"));
  ck_assert(root_has_batch(root, "day 1") && !root_has_batch(root, "day 2"));
  ck_assert_str_eq(root->model_text, "one");
  root_set_model(next, next->model_text); // of itself
  ck_assert_str_eq(next->model_text, "two");
  ck_assert_int_eq(column_value(root_find(root, "t")->columns[0], 0).i, 1);
  root_release(root);
  ck_assert_int_eq(column_value(root_find(next, "t")->columns[0], 0).i, 2);
  root_release(next);
}
END_TEST

START_TEST(shared_memory_counts_once) {
  Root *root = root_create();
  Table *table = number_table("a", 1, 1000);
  root_put(root, table);
  size_t one = root_bytes(root);
  ck_assert_uint_eq(one, table_bytes(table));
  Column *columns[] = {column_copy(table->columns[0])};
  root_put(root, unit_table("b", NULL, columns, 1, NULL, NULL));
  size_t added = root_bytes(root) - one;
  ck_assert_uint_eq(added, sizeof(Table) + sizeof(Column) + sizeof(Block *));
  root_release(root);
}
END_TEST

// Readers pin while a writer publishes. Both tables of a root always hold the root's version.
enum { PUBLISHES = 300, READERS = 3 };

static void *reader(void *argument) {
  Store *store = argument;
  uintptr_t wrong = 0;
  for (uint64_t last = 0; last < PUBLISHES;) {
    Root *root = store_pin(store);
    if (root->version < last) wrong++;
    last = root->version;
    if (root->table_count) {
      int64_t a = column_value(root_find(root, "a")->columns[0], 50).i;
      int64_t b = column_value(root_find(root, "b")->columns[0], 50).i;
      wrong += a != b || (uint64_t)a != root->version;
    }
    root_release(root);
  }
  return (void *)wrong;
}

START_TEST(readers_see_one_moment) {
  Store *store = store_create(NULL, NULL);
  pthread_t threads[READERS];
  for (int i = 0; i < READERS; i++)
    ck_assert_int_eq(pthread_create(&threads[i], NULL, reader, store), 0);
  for (int n = 1; n <= PUBLISHES; n++) {
    store_lock_writer(store);
    Root *current = store_pin(store), *next = root_copy(current);
    root_put(next, number_table("a", n, 100));
    root_put(next, number_table("b", n, 100));
    root_release(current);
    store_publish(store, next);
    store_unlock_writer(store);
  }
  for (int i = 0; i < READERS; i++) {
    void *wrong;
    ck_assert_int_eq(pthread_join(threads[i], &wrong), 0);
    ck_assert_ptr_null(wrong);
  }
  Root *root = store_pin(store);
  ck_assert_uint_eq(root->version, PUBLISHES);
  ck_assert_int_gt(root->published_at, INT64_C(1600000000000000));
  store_destroy(store); // a pinned root outlives its store
  ck_assert_int_eq(column_value(root_find(root, "a")->columns[0], 0).i, PUBLISHES);
  root_release(root);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("table_root");
  unit_case(suite, "root", 60,
            (const TTest *[]){tables_are_kept_by_name, a_copy_is_apart, shared_memory_counts_once,
                              readers_see_one_moment, NULL});
  return unit_main(suite);
}
