// Public data, loaded with the models of the repository, against their published counts and sums
// (FoodMart: Mondrian's own test results; UCI Online Retail: its published totals).
//
// The data are not in the repository: TESSERA_DATA names their folder, else ../shared/data is
// tried; without them the test says so and passes.
#include "load_support.h"

typedef struct Public {
  Model *model;
  Store *store;
  MemoryBudget budget;
  ThreadPool *pool;
  LoadReport report;
  Root *root;
} Public;

// False: no data here. `set` is the folder's name and the model's.
static bool public_load(Public *p, const char *set) {
  const char *data = getenv("TESSERA_DATA");
  char folder[512], model[128];
  snprintf(folder, sizeof folder, "%s/%s", data ? data : "../shared/data", set);
  snprintf(model, sizeof model, "models/%s.yaml", set);
  *p = (Public){0};
  if (access(folder, R_OK)) {
    printf("skipped: no %s (set TESSERA_DATA)\n", folder);
    return false;
  }
  Error error = ERROR_INIT;
  ck_assert_msg(model_read_file(model, NULL, NULL, &p->model, &error) == STATUS_OK, "%s",
                error.message);
  memory_budget_init(&p->budget, "store", 0, NULL);
  p->pool = thread_pool_create(2);
  p->store = store_create(&p->budget, p->pool);
  LoadOptions options = {.data = folder};
  Status status = load_run(p->store, p->model, &options, NULL, &p->report, &error);
  ck_assert_msg(status == STATUS_OK, "%s", error.message);
  p->root = store_pin(p->store);
  return true;
}

static void public_clear(Public *p) {
  root_release(p->root);
  store_destroy(p->store);
  thread_pool_destroy(p->pool);
  load_report_clear(&p->report);
  model_destroy(p->model);
}

// A column's values as text, each passed to Check-free code: exact sums in 10^-scale.
static int64_t sum_of(const Table *table, const char *name) {
  const Column *column = table->columns[schema_find(table->schema, name)];
  int64_t *values = mem_alloc((column->row_count + 1) * sizeof *values), sum = 0;
  column_decode_int(column, values);
  for (uint64_t row = 0; row < column->row_count; row++) {
    const Block *block = column->blocks[row / BLOCK_ROWS];
    if (!block->validity || bits_get(block->validity, row % BLOCK_ROWS)) sum += values[row];
  }
  mem_free(values);
  return sum;
}

START_TEST(test_foodmart) {
  Public p;
  if (!public_load(&p, "foodmart")) return;
  static const struct {
    const char *table;
    uint64_t rows;
  } sizes[] = {{"sales", 86837}, {"customer", 10281}, {"product", 1560},   {"product_class", 110},
               {"store", 25},    {"promotion", 1864}, {"time_by_day", 730}};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
    ck_assert_uint_eq(root_find(p.root, sizes[i].table)->shown_count, sizes[i].rows);
  const Table *sales = root_find(p.root, "sales");
  int scale = sales->schema->columns[schema_find(sales->schema, "store_sales")].type.scale;
  int cost = sales->schema->columns[schema_find(sales->schema, "store_cost")].type.scale;
  ck_assert_int_eq(scale, 4);
  ck_assert_int_eq(cost, 4);
  ck_assert_int_eq(sum_of(sales, "store_sales"), INT64_C(5652381300));
  ck_assert_int_eq(sum_of(sales, "store_cost"), INT64_C(2256272336));
  public_clear(&p);
}
END_TEST

START_TEST(test_online_retail) {
  Public p;
  if (!public_load(&p, "online_retail")) return;
  const Table *sales = root_find(p.root, "sales"), *customers = root_find(p.root, "customers");
  ck_assert_uint_eq(sales->row_count, 541909);
  ck_assert_uint_eq(customers->row_count, 1 + 4372); // all inferred: there is no customer file
  ck_assert_uint_eq(customers->shown_count, 0);
  uint32_t columns[3];
  static const char *const names[] = {"quantity", "unit_price", "customer"};
  for (int k = 0; k < 3; k++) columns[k] = (uint32_t)schema_find(sales->schema, names[k]);
  int64_t *values[3], without = 0;
  for (int k = 0; k < 3; k++) {
    values[k] = mem_alloc(sales->row_count * sizeof *values[k]);
    column_decode_int(sales->columns[columns[k]], values[k]);
  }
  int128_t revenue = 0;
  for (uint64_t row = 0; row < sales->row_count; row++) {
    revenue += (int128_t)values[0][row] * values[1][row];
    without += values[2][row] == 0;
  }
  unsigned scale =
      sales->schema->columns[columns[0]].type.scale + sales->schema->columns[columns[1]].type.scale;
  char text[DECIMAL_TEXT_BYTES];
  int128_t rounded;
  ck_assert(decimal_rescale(revenue, scale, 3, &rounded));
  decimal_format(rounded, 3, text);
  ck_assert_str_eq(text, "9747747.934");
  ck_assert_int_eq(without, 135080);
  for (int k = 0; k < 3; k++) mem_free(values[k]);
  public_clear(&p);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("loaders_data");
  const TTest *const cases[] = {test_foodmart, test_online_retail, NULL};
  unit_case(suite, "data", 120, cases);
  return unit_main(suite);
}
