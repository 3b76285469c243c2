// Inspection: from raw files to a model that is accepted and loads them.
#include "inspect.h"
#include "load_support.h"

static char *inspect(LoadTest *t, const char *const *names, uint32_t count) {
  const char **paths = ARENA_ARRAY(t->model.arena, const char *, count);
  for (uint32_t i = 0; i < count; i++)
    paths[i] = arena_printf(t->model.arena, "%s/%s", t->folder, names[i]);
  Buffer out;
  buffer_init(&out);
  Status status = inspect_files(paths, count, NULL, &out, &t->error);
  ck_assert_msg(status == STATUS_OK, "%s", t->error.message);
  char *yaml = arena_strdup(t->model.arena, out.data);
  buffer_clear(&out);
  return yaml;
}

static void show_fault(void *context, const char *text) {
  (void)context;
  puts(text);
}

static Model *model_accepted(LoadTest *t, const char *yaml) {
  Model *model = NULL;
  Status status =
      model_read_text(yaml, strlen(yaml), "inspected.yaml", show_fault, NULL, &model, &t->error);
  ck_assert_msg(status == STATUS_OK, "%s\n%s", t->error.message, yaml);
  return model;
}

START_TEST(test_shop) {
  static const char *const names[] = {"stores.csv", "Sales-2024.csv", "Sales-2025.csv",
                                      "products.csv", "товары.csv"};
  LoadTest t;
  load_test_init(&t);
  load_test_write(
      &t, "stores.csv",
      "Store ID;City;Opened;Active\n1;Moscow;31.12.2019;true\n2;Kazan;01.02.2020;false\n"
      "3;Kazan;15.03.2021;true\n");
  load_test_write(&t, "Sales-2024.csv",
                  "line,day,store_id,product,units,paid,order,note,zip\n"
                  "1,2024-01-01,1,milk,2,3.50,a,,007\n2,2024-01-02,3,bread,1,1.2,b,NULL,008\n");
  load_test_write(&t, "Sales-2025.csv",
                  "line,day,store_id,product,units,paid,order,note,zip\n"
                  "3,2025-01-01,1,milk,2,-3.505,a,x,009\n4,2025-01-02,2,tea,1,10,c,y,007\n");
  load_test_write(&t, "products.csv", "code,name\nmilk,Milk 1 l\nbread,Bread\ntea,Tea\n");
  load_test_write(&t, "товары.csv",
                  "\xd0\x9d\xd0\xbe\xd0\xbc\xd0\xb5\xd1\x80;Цена;Дата\n1;2,50;01/31/"
                  "2025\n2;3,75;02/28/2025\n2;4;03/01/2025\n");
  char *yaml = inspect(&t, names, 5);
  Model *model = model_accepted(&t, yaml);
  ck_assert_uint_eq(model->table_count, 4);
  const ModelTable *sales = model_find_table(model, "sales");
  ck_assert_msg(sales && sales->file_count == 2, "%s", yaml);
  ck_assert_str_eq(sales->key, "line");
  ck_assert_int_eq(model_find_column(sales, "day")->type.kind, TYPE_DATE);
  ck_assert_str_eq(model_find_column(sales, "store_id")->link, "stores");
  ck_assert_str_eq(model_find_column(sales, "product")->link, "products");
  ck_assert_int_eq(model_find_column(sales, "units")->kind, MODEL_COLUMN_PLAIN);
  Type paid = model_find_column(sales, "paid")->type;
  ck_assert(type_equal(paid, type_decimal(18, 3)));
  ck_assert_int_eq(model_find_column(sales, "zip")->type.kind, TYPE_STRING);
  ck_assert_ptr_nonnull(model_find_column(sales, "order_")); // a reserved word
  ck_assert_uint_eq(sales->source.null_token_count, 1);
  const ModelTable *stores = model_find_table(model, "stores");
  ck_assert_str_eq(stores->key, "store_id");
  ck_assert_int_eq(model_find_column(stores, "opened")->type.kind, TYPE_DATE);
  ck_assert_int_eq(model_find_column(stores, "active")->type.kind, TYPE_BOOL);
  const ModelTable *goods = model_find_table(model, "tovary");
  ck_assert_ptr_nonnull(goods);
  ck_assert_int_eq(goods->source.decimal_point, ',');
  ck_assert(goods->source.date_order_set && goods->source.date_order == DATE_MDY);
  ck_assert_int_eq(model_find_column(goods, "tsena")->type.kind, TYPE_DECIMAL);
  ck_assert_ptr_null(goods->key);

  // The model loads the files that it was made from.
  LoadOptions options = {.data = t.folder};
  Status status = load_run(t.store, model, &options, NULL, &t.report, &t.error);
  ck_assert_msg(status == STATUS_OK, "%s\n%s", t.error.message, yaml);
  ck_assert_uint_eq(load_test_find(&t, "sales")->row_count, 4);
  load_test_is(&t, "sales", 2, "paid", "-3.505");
  load_test_is(&t, "sales", 1, "note", "NULL");
  load_test_is(&t, "tovary", 1, "data", "2025-02-28");
  model_destroy(model);
  load_test_clear(&t);
}
END_TEST

START_TEST(test_encoding_and_faults) {
  static const char *const names[] = {"old.csv"};
  LoadTest t;
  load_test_init(&t);
  load_test_write(&t, "old.csv",
                  "name;n\n\xcc\xee\xf1\xea\xe2\xe0;1\n\xd0\xff\xe7\xe0\xed\xfc;2\nx;3;4\n");
  char *yaml = inspect(&t, names, 1);
  ck_assert_ptr_nonnull(strstr(yaml, "encoding: cp1251"));
  ck_assert_ptr_nonnull(strstr(yaml, "1 lines have another number of fields"));
  model_destroy(model_accepted(&t, yaml));
  Buffer out;
  buffer_init(&out);
  ck_assert_int_eq(inspect_files((const char *[]){"/nowhere.csv"}, 1, NULL, &out, &t.error),
                   STATUS_NOT_FOUND);
  ck_assert_int_eq(inspect_files(NULL, 0, NULL, &out, &t.error), STATUS_INVALID);
  buffer_clear(&out);
  load_test_clear(&t);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("loaders_inspect");
  const TTest *const cases[] = {test_shop, test_encoding_and_faults, NULL};
  unit_case(suite, "inspect", 60, cases);
  return unit_main(suite);
}
