// The reader of models: what a model becomes, that the shipped ones and those of docs/MODEL.md are
// read without a fault, and that no bytes can harm it.
#include "buffer.h"
#include "model.h"
#include "unit_main.h"
#include "yaml_tree.h"
#include <stdio.h>
#include <sys/resource.h>

// ---- Helpers -----------------------------------------------------------------------------------

static void gather(void *context, const char *text) {
  buffer_printf(context, "%s\n", text);
}

static Model *read_or_fail(const char *text, size_t size, const char *name) {
  Buffer faults;
  buffer_init(&faults);
  Model *model;
  Error error = ERROR_INIT;
  Status status = model_read_text(text, size, name, gather, &faults, &model, &error);
  if (status != STATUS_OK) ck_abort_msg("%s", faults.data);
  buffer_clear(&faults);
  return model;
}

static Model *read_file_or_fail(const char *path) {
  Model *model;
  Error error = ERROR_INIT;
  Status status = model_read_file(path, NULL, NULL, &model, &error);
  if (status != STATUS_OK) ck_abort_msg("%s", error.message);
  return model;
}

// The first fault, in a buffer that the caller clears; fails when there is none.
static char *first_fault(const char *text, size_t size) {
  Model *model;
  Error error = ERROR_INIT;
  ck_assert_int_eq(model_read_text(text, size, "m.yaml", NULL, NULL, &model, &error),
                   STATUS_INVALID);
  ck_assert_ptr_null(model);
  return mem_strdup(error.message);
}

static void expect_fault(const char *text, size_t size, const char *expected) {
  char *fault = first_fault(text, size);
  ck_assert_str_eq(fault, expected);
  mem_free(fault);
}

static const ModelColumn *column(const Model *model, const char *table, const char *name) {
  const ModelTable *found = model_find_table(model, table);
  ck_assert_ptr_nonnull(found);
  const ModelColumn *column = model_find_column(found, name);
  ck_assert_ptr_nonnull(column);
  return column;
}

static const ModelLevel *level(const Model *model, const char *dimension, const char *name) {
  const ModelDimension *found = model_find_dimension(model, dimension);
  ck_assert_ptr_nonnull(found);
  for (uint32_t i = 0; i < found->level_count; i++) {
    if (!strcmp(found->levels[i].name, name)) return &found->levels[i];
  }
  ck_abort_msg("no level %s.%s", dimension, name);
}

static const ModelMeasure *measure(const Model *model, const char *cube, const char *name) {
  const ModelCube *found = model_find_cube(model, cube);
  ck_assert_ptr_nonnull(found);
  for (uint32_t i = 0; i < found->measure_count; i++) {
    if (!strcmp(found->measures[i].name, name)) return &found->measures[i];
  }
  ck_abort_msg("no measure %s.%s", cube, name);
}

static const ModelCubeDimension *path(const Model *model, const char *cube, const char *name) {
  const ModelCube *found = model_find_cube(model, cube);
  ck_assert_ptr_nonnull(found);
  for (uint32_t i = 0; i < found->dimension_count; i++) {
    if (!strcmp(found->dimensions[i].dimension, name)) return &found->dimensions[i];
  }
  ck_abort_msg("cube %s has no dimension %s", cube, name);
}

static void expect_type(Type type, Type expected) {
  char got[TYPE_NAME_BYTES], want[TYPE_NAME_BYTES];
  ck_assert_str_eq(type_format(type, got), type_format(expected, want));
}

// ---- docs/MODEL.md -----------------------------------------------------------------------------

// Appends the text of every block that begins with the line `fence`.
static void read_blocks(const char *path, const char *fence, Buffer *out) {
  FILE *file = fopen(path, "r");
  if (!file) ck_abort_msg("%s: not found; run from the root of the source tree", path);
  char line[512];
  bool inside = false;
  while (fgets(line, sizeof line, file)) {
    if (!strncmp(line, "```", 3)) {
      inside = !inside && !strcmp(line, fence);
    } else if (inside) {
      buffer_append_text(out, line);
    }
  }
  fclose(file);
}

static Model *read_document(const char *fence) {
  Buffer text;
  buffer_init(&text);
  read_blocks("docs/MODEL.md", fence, &text);
  ck_assert_uint_gt(text.size, 0);
  Model *model = read_or_fail(text.data, text.size, "docs/MODEL.md");
  buffer_clear(&text);
  return model;
}

START_TEST(the_first_example_of_the_document_is_a_model) {
  Model *model = read_document("```yaml model\n");
  ck_assert_str_eq(model->name, "shop");
  ck_assert_str_eq(model->title.en, "shop"); // the name, for want of a title
  ck_assert_str_eq(model->title.ru, "shop");
  ck_assert_str_eq(model->time_zone, "UTC");
  ck_assert_uint_eq(model->table_count, 2);
  ck_assert_str_eq(level(model, "date", "quarter")->title.ru, "Квартал");
  ck_assert_str_eq(measure(model, "sales", "revenue")->format, "money");
  ck_assert_uint_eq(measure(model, "sales", "revenue")->digits, 2);
  ck_assert_ptr_null(measure(model, "sales", "lines")->expression);
  model_destroy(model);
}
END_TEST

START_TEST(the_pieces_of_the_document_are_a_model) {
  Model *model = read_document("```yaml\n");
  ck_assert_str_eq(model->name, "chain");
  ck_assert_str_eq(model->title.ru, "Розничная сеть");
  ck_assert_str_eq(model->time_zone, "Europe/Moscow");
  ck_assert_int_eq(model->day_start_minutes, 300);
  ck_assert_str_eq(model->currency, "RUB");
  ck_assert_int_eq(model->reject_limit, 100);
  ck_assert_uint_eq(model->definition_count, 2);
  ck_assert_str_eq(model->definitions[0].name, "active_days");
  ck_assert_str_eq(model->definitions[0].value, "90");
  ck_assert_str_eq(model->completeness->closed, "closed");
  ck_assert_int_eq(model->completeness->days, 28);
  model_destroy(model);
}
END_TEST

START_TEST(sources_are_inherited) {
  Model *model = read_document("```yaml\n");
  const ModelSource *plain = &model_find_table(model, "stores")->source;
  ck_assert_int_eq(plain->delimiter, 0);
  ck_assert_int_eq(plain->decimal_point, '.');
  ck_assert(!plain->date_order_set && plain->has_header);
  ck_assert_uint_eq(plain->null_token_count, 2);
  ck_assert_str_eq(plain->null_tokens[1], "\\N");
  const ModelSource *own = &model_find_table(model, "receipts")->source;
  ck_assert_int_eq(own->delimiter, ';');
  ck_assert_int_eq(own->decimal_point, ',');
  ck_assert(own->date_order_set && own->date_order == DATE_DMY);
  ck_assert_uint_eq(own->null_token_count, 2);
  const ModelTable *customers = model_find_table(model, "customers");
  ck_assert(customers->optional);
  ck_assert_int_eq(customers->reject_limit, 0);
  ck_assert_int_eq(model_find_table(model, "stores")->reject_limit, -1);
  model_destroy(model);
}
END_TEST

START_TEST(columns_have_kinds_and_types) {
  Model *model = read_document("```yaml\n");
  ck_assert_str_eq(column(model, "stores", "name")->field, "Store Name");
  ck_assert_str_eq(column(model, "stores", "city")->field, "city");
  ck_assert(column(model, "products", "product")->not_null);
  ck_assert(column(model, "customers", "email")->raw_text);
  ck_assert(column(model, "customers", "email")->hidden);
  const ModelColumn *store = column(model, "receipts", "store");
  ck_assert_int_eq(store->kind, MODEL_COLUMN_LINK);
  ck_assert(!store->inferred_members);
  ck_assert(column(model, "receipts", "customer")->inferred_members);
  expect_type(column(model, "sales", "product")->type, TYPE_OF_STRING); // of the key
  const ModelColumn *date = column(model, "receipts", "date");
  ck_assert_int_eq(date->kind, MODEL_COLUMN_DATE_OF);
  ck_assert_str_eq(date->of, "sold_at");
  ck_assert_str_eq(date->zone_link, "store");
  ck_assert_str_eq(date->zone_column, "time_zone");
  ck_assert_ptr_null(date->zone);
  ck_assert_str_eq(column(model, "receipts", "hour")->zone, "Europe/Moscow");
  const ModelColumn *tier = column(model, "receipts", "tier");
  ck_assert_int_eq(tier->kind, MODEL_COLUMN_AS_OF);
  ck_assert_str_eq(tier->link, "tier_history");
  ck_assert_str_eq(tier->link_key, "customer");
  ck_assert_str_eq(tier->as_of, "sold_at");
  expect_type(tier->type, TYPE_OF_INT);
  model_destroy(model);
}
END_TEST

START_TEST(copied_columns_have_the_type_and_link_of_their_source) {
  Model *model = read_document("```yaml\n");
  const ModelColumn *store = column(model, "sales", "store");
  ck_assert_int_eq(store->kind, MODEL_COLUMN_THROUGH);
  ck_assert_str_eq(store->through_link, "receipt");
  ck_assert_str_eq(store->through_column, "store");
  ck_assert_str_eq(store->link, "stores");
  expect_type(store->type, TYPE_OF_INT);
  const ModelColumn *date = column(model, "sales", "date");
  expect_type(date->type, TYPE_OF_DATE);
  ck_assert_ptr_null(date->link);
  expect_type(column(model, "sales", "service")->type, TYPE_OF_BOOL);
  ck_assert_int_eq(column(model, "sales", "price_band")->type.kind, TYPE_NULL);
  model_destroy(model);
}
END_TEST

START_TEST(tables_have_keys_histories_projections_queries) {
  Model *model = read_document("```yaml\n");
  const ModelTable *history = model_find_table(model, "tier_history");
  ck_assert_ptr_null(history->key);
  ck_assert_str_eq(history->history_key, "customer");
  ck_assert_str_eq(history->valid_from, "valid_from");
  ck_assert_str_eq(history->valid_to, "valid_to");
  const ModelTable *sales = model_find_table(model, "sales");
  ck_assert_uint_eq(sales->file_count, 2);
  ck_assert_str_eq(sales->cluster, "date");
  ck_assert_uint_eq(sales->projection_count, 1);
  const ModelProjection *projection = &sales->projections[0];
  ck_assert_uint_eq(projection->order_count, 2);
  ck_assert_uint_eq(projection->column_count, 5); // the two of the order are kept
  ck_assert_str_eq(projection->columns[0], "customer");
  ck_assert_str_eq(projection->columns[1], "date");
  ck_assert_str_eq(projection->columns[2], "paid");
  const ModelTable *totals = model_find_table(model, "receipt_totals");
  ck_assert_uint_eq(totals->file_count, 0);
  ck_assert_ptr_nonnull(strstr(totals->query, "GROUP BY receipt"));
  model_destroy(model);
}
END_TEST

START_TEST(dimensions_have_levels) {
  Model *model = read_document("```yaml\n");
  const ModelDimension *date = model_find_dimension(model, "date");
  ck_assert(date->is_time);
  ck_assert_uint_eq(date->level_count, 6);
  const ModelLevel *day = level(model, "date", "day");
  ck_assert_uint_eq(day->parent_count, 3);
  ck_assert_int_eq(day->time, MODEL_TIME_DAY);
  ck_assert_ptr_null(day->column);
  ck_assert_uint_eq(level(model, "date", "week")->parent_count, 0);
  ck_assert_uint_eq(model_find_dimension(model, "moment")->level_count, 2);
  ck_assert_uint_eq(level(model, "moment", "month")->parent_count, 0); // no quarter, no year there
  const ModelLevel *store = level(model, "store", "store");
  ck_assert_str_eq(store->column, "store");
  ck_assert_str_eq(store->label, "name");
  ck_assert_str_eq(store->parents[0], "city");
  const ModelLevel *home = level(model, "customer", "home_city");
  ck_assert_uint_eq(home->link_count, 1);
  ck_assert_str_eq(home->links[0], "home_store");
  ck_assert_str_eq(home->column, "city");
  const ModelDimension *hour = model_find_dimension(model, "hour");
  ck_assert(!hour->is_time && !hour->table);
  ck_assert_uint_eq(hour->level_count, 1);
  ck_assert_str_eq(hour->levels[0].name, "hour");
  ck_assert_str_eq(hour->levels[0].title.ru, "Час");
  ck_assert_ptr_null(hour->levels[0].column);
  model_destroy(model);
}
END_TEST

START_TEST(cubes_have_paths_and_measures) {
  Model *model = read_document("```yaml\n");
  ck_assert_str_eq(model_find_cube(model, "sales")->time, "date.day");
  ck_assert_uint_eq(path(model, "sales", "store")->path_count, 2);
  ck_assert_str_eq(path(model, "sales", "store")->path[0], "receipt");
  ck_assert_str_eq(path(model, "sales", "store")->path[1], "store");
  ck_assert_uint_eq(path(model, "sales", "product")->path_count, 1);
  ck_assert_uint_eq(path(model, "customers", "customer")->path_count, 0);
  const ModelMeasure *revenue = measure(model, "sales", "revenue");
  ck_assert_int_eq(revenue->aggregate, MODEL_SUM);
  ck_assert_str_eq(revenue->expression, "paid");
  ck_assert_str_eq(revenue->definition.ru, "Оплачено с НДС, за вычетом возвратов");
  ck_assert_int_eq(revenue->good, 1);
  ck_assert_str_eq(revenue->unit, "RUB");
  const ModelMeasure *active = measure(model, "sales", "active_members");
  ck_assert_int_eq(active->window_days, 90); // of the definition
  ck_assert_str_eq(active->filter, "quantity > 0");
  ck_assert_str_eq(active->format, "integer");
  const ModelMeasure *ratio = measure(model, "sales", "spend_per_receipt");
  ck_assert_int_eq(ratio->aggregate, MODEL_RATIO);
  ck_assert_str_eq(ratio->numerator, "revenue");
  ck_assert_str_eq(ratio->denominator, "receipts");
  model_destroy(model);
}
END_TEST

// ---- Shipped models ----------------------------------------------------------------------------

START_TEST(shipped_models_are_read) {
  static const char *const NAMES[] = {"retail",    "complete_journey", "foodmart",
                                      "hillstrom", "online_retail",    "rfm"};
  for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
    char file[64];
    snprintf(file, sizeof file, "models/%s.yaml", NAMES[i]);
    Model *model = read_file_or_fail(file);
    ck_assert_str_eq(model->name, NAMES[i]);
    ck_assert_str_eq(model->file, file);
    ck_assert_uint_gt(model->cube_count, 0);
    model_destroy(model);
  }
}
END_TEST

// What pages and reports ask for by name.
START_TEST(retail_has_what_pages_ask_for) {
  static const char *const MEASURES[][2] = {
      {"sales", "revenue"},          {"sales", "units"},          {"sales", "margin"},
      {"sales", "receipts"},         {"sales", "buyers"},         {"sales", "spend_per_receipt"},
      {"receipts", "count"},         {"receipts", "with_card"},   {"receipts", "sales"},
      {"receipts", "average_check"}, {"receipts", "card_share"},  {"receipts", "items_per_check"},
      {"receipts", "buyers"},        {"receipts", "frequency"},   {"receipts", "active_members"},
      {"receipts", "days"},          {"receipts", "per_day"},     {"customers", "base"},
      {"points", "balance"},         {"communications", "reach"},
  };
  static const char *const LEVELS[][2] = {
      {"date", "day"},         {"date", "week"},     {"date", "month"},
      {"date", "quarter"},     {"date", "year"},     {"date", "weekday"},
      {"hour", "hour"},        {"store", "store"},   {"store", "city"},
      {"store", "region"},     {"store", "format"},  {"channel", "channel"},
      {"product", "product"},  {"product", "brand"}, {"product", "subcategory"},
      {"product", "category"}, {"tier", "tier"},     {"customer", "gender"},
  };
  Model *model = read_file_or_fail("models/retail.yaml");
  for (size_t i = 0; i < sizeof MEASURES / sizeof *MEASURES; i++) {
    const ModelMeasure *found = measure(model, MEASURES[i][0], MEASURES[i][1]);
    ck_assert_str_ne(found->title.en, found->title.ru);
    ck_assert_ptr_nonnull(found->definition.ru);
  }
  for (size_t i = 0; i < sizeof LEVELS / sizeof *LEVELS; i++) {
    const ModelLevel *found = level(model, LEVELS[i][0], LEVELS[i][1]);
    ck_assert_str_ne(found->title.en, found->title.ru);
  }
  ck_assert_int_eq(measure(model, "receipts", "active_members")->window_days, 90);
  ck_assert_str_eq(column(model, "receipt_totals", "store")->link, "stores");
  model_destroy(model);
}
END_TEST

// ---- Hostile bytes -----------------------------------------------------------------------------

static long memory_peak_kib(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

START_TEST(nested_aliases_take_no_memory) {
  Buffer text;
  buffer_init(&text);
  buffer_append_text(&text, "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
  for (int i = 1; i < 12; i++) {
    buffer_printf(&text, "a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n", i, i,
                  i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
  }
  long before = memory_peak_kib();
  expect_fault(text.data, text.size,
               "m.yaml:1:5: anchors (&) are not allowed here: write the value out");
  ck_assert_int_lt(memory_peak_kib() - before, 50 * 1024);
  buffer_clear(&text);
}
END_TEST

static void expect_nesting_fault(const char *opening, int depth, uint32_t column) {
  Buffer text, expected;
  buffer_init(&text);
  buffer_init(&expected);
  for (int i = 0; i < depth; i++) buffer_append_text(&text, opening);
  buffer_printf(&expected, "m.yaml:1:%u: nested more than 32 deep", column);
  expect_fault(text.data, text.size, expected.data);
  buffer_clear(&text);
  buffer_clear(&expected);
}

START_TEST(nesting_is_bounded) {
  expect_nesting_fault("[", 33, 33);
  expect_nesting_fault("[", 100000, 33);
  expect_nesting_fault("{a: ", 1000, 32 * 4 + 1);
  expect_nesting_fault("- ", 1000, 32 * 2 + 1);
  Buffer text; // 32 are well
  buffer_init(&text);
  buffer_append_text(&text, "a: ");
  for (int i = 1; i < 32; i++) buffer_append_char(&text, '[');
  for (int i = 1; i < 32; i++) buffer_append_char(&text, ']');
  char *fault = first_fault(text.data, text.size);
  ck_assert_ptr_null(strstr(fault, "deep"));
  mem_free(fault);
  buffer_clear(&text);
}
END_TEST

START_TEST(size_is_bounded) {
  char *text = mem_alloc(YAML_TEXT_BYTES_MAX + 1);
  memset(text, '#', YAML_TEXT_BYTES_MAX + 1); // a comment, of the longest size and over
  expect_fault(text, YAML_TEXT_BYTES_MAX,
               "m.yaml:1:1: a model must be a map that begins with tessera: 1, found nothing");
  expect_fault(text, YAML_TEXT_BYTES_MAX + 1, "m.yaml:1:1: the text is over 1 MiB");
  mem_free(text);
}
END_TEST

START_TEST(bytes_must_be_text) {
  expect_fault("name: t\nтак: \xff", 17,
               "m.yaml:2:6: a byte that is not UTF-8: save the file as UTF-8");
  expect_fault("\xff\xfe"
               "a\0",
               4, "m.yaml:1:1: a byte that is not UTF-8: save the file as UTF-8");
  expect_fault("a: \xed\xa0\x80", 6,
               "m.yaml:1:4: a byte that is not UTF-8: save the file as UTF-8");
  expect_fault("a: b\0c", 6, "m.yaml:1:5: a control character");
  expect_fault("a: \x1b[1m", 7, "m.yaml:1:4: a control character");
}
END_TEST

START_TEST(byte_order_mark_and_carriage_returns_are_taken) {
  static const char TEXT[] = "\xef\xbb\xbftessera: 1\r\nname: t\r\ntables:\r\n"
                             "  a: {files: a.csv, columns: {b: int}}\r\n";
  Model *model = read_or_fail(TEXT, sizeof TEXT - 1, "m.yaml");
  ck_assert_str_eq(model->name, "t");
  model_destroy(model);
}
END_TEST

START_TEST(blank_lines_are_bounded) {
  Buffer text;
  buffer_init(&text);
  buffer_append_text(&text,
                     "tessera: 1\nname: t\ntables: {a: {files: a.csv, columns: {b: int}}}\n");
  buffer_append_text(&text, "title: |\n  x\n");
  for (int i = 0; i < 100; i++) buffer_append_text(&text, i % 2 ? "\n" : "  \r\n");
  buffer_append_text(&text, "  y\n");
  model_destroy(read_or_fail(text.data, text.size, "m.yaml"));
  for (int i = 0; i < 900000; i++) buffer_append_char(&text, '\n');
  expect_fault(text.data, text.size, "m.yaml:207:1: more than 100 blank lines in a row");
  buffer_clear(&text);
}
END_TEST

START_TEST(sources_say_all_they_can) {
  static const char TEXT[] =
      "tessera: 1\nname: t\nsource: {delimiter: tab, dates: mdy, encoding: cp1251, nulls: [x]}\n"
      "tables:\n"
      "  a: {files: a.csv, columns: {b: int}}\n"
      "  c:\n"
      "    files: c.jsonl\n"
      "    source: {format: jsonl, delimiter: auto, dates: auto, encoding: utf-8, nulls: [], "
      "header: false}\n"
      "    columns: {b: int}\n";
  Model *model = read_or_fail(TEXT, sizeof TEXT - 1, "m.yaml");
  const ModelSource *a = &model_find_table(model, "a")->source;
  ck_assert_int_eq(a->format, MODEL_FORMAT_CSV);
  ck_assert_int_eq(a->delimiter, '\t');
  ck_assert(a->date_order_set && a->date_order == DATE_MDY);
  ck_assert_int_eq(a->encoding, MODEL_ENCODING_CP1251);
  ck_assert_uint_eq(a->null_token_count, 1);
  const ModelSource *c = &model_find_table(model, "c")->source;
  ck_assert_int_eq(c->format, MODEL_FORMAT_JSONL);
  ck_assert_int_eq(c->delimiter, 0);
  ck_assert(!c->date_order_set && !c->has_header);
  ck_assert_int_eq(c->encoding, MODEL_ENCODING_UTF8);
  ck_assert_uint_eq(c->null_token_count, 0);
  model_destroy(model);
}
END_TEST

static void count_fault(void *context, const char *text) {
  (void)text;
  ++*(int *)context;
}

START_TEST(faults_are_bounded_but_counted) {
  Buffer text;
  buffer_init(&text);
  buffer_append_text(&text,
                     "tessera: 1\nname: t\ntables: {a: {files: a.csv, columns: {b: int}}}\n");
  for (int i = 0; i < 5000; i++) buffer_printf(&text, "k%d: 1\n", i);
  int told = 0;
  Model *model;
  Error error = ERROR_INIT;
  ck_assert_int_eq(
      model_read_text(text.data, text.size, "m.yaml", count_fault, &told, &model, &error),
      STATUS_INVALID);
  ck_assert_int_eq(told, 201); // the last one says how many more
  ck_assert_ptr_nonnull(strstr(error.message, "m.yaml:4:1: unknown key \"k0\""));
  ck_assert_ptr_nonnull(strstr(error.message, "(and 4999 more faults)"));
  buffer_clear(&text);
}
END_TEST

START_TEST(many_repeated_keys_take_little_time) {
  Buffer text;
  buffer_init(&text);
  buffer_append_text(&text, "tessera: 1\nname: t\ntables:\n  a:\n    files: a.csv\n    columns:\n");
  for (int i = 0; i < 40000; i++) buffer_printf(&text, "      k%d: int\n", i % 2000);
  Model *model;
  Error error = ERROR_INIT;
  ck_assert_int_eq(model_read_text(text.data, text.size, "m.yaml", NULL, NULL, &model, &error),
                   STATUS_INVALID);
  ck_assert_ptr_nonnull(strstr(error.message, "duplicate key \"k0\""));
  buffer_clear(&text);
}
END_TEST

START_TEST(limits_of_columns_levels_measures) {
  static const struct {
    const char *head, *row, *tail, *fault;
    int count;
  } CASES[] = {
      {"tables: {a: {files: a.csv, columns: {", "c%d: int, ", "}}}\n",
       "m.yaml:3:37: table \"a\" has 2001 columns, over 2000", 2001},
      {"tables: {a: {files: a.csv, columns: {b: int}}}\ndimensions: {d: {table: a, levels: {",
       "c%d: b, ", "}}}\n", "m.yaml:4:36: dimension \"d\" has 101 levels, over 100", 101},
      {"tables: {a: {files: a.csv, columns: {b: int}}}\ncubes: {d: {table: a, measures: {",
       "c%d: {sum: b}, ", "}}}\n", "m.yaml:4:33: cube \"d\" has 501 measures, over 500", 501},
  };
  for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
    Buffer text;
    buffer_init(&text);
    buffer_printf(&text, "tessera: 1\nname: t\n%s", CASES[i].head);
    for (int k = 0; k < CASES[i].count; k++) {
      char row[64];
      snprintf(row, sizeof row, "c%d%s", k, strchr(CASES[i].row, ':'));
      buffer_append_text(&text, row);
    }
    buffer_append_text(&text, CASES[i].tail);
    char *fault = first_fault(text.data, text.size);
    ck_assert_str_eq(fault, CASES[i].fault);
    mem_free(fault);
    buffer_clear(&text);
  }
}
END_TEST

START_TEST(a_long_chain_of_copies_is_refused) {
  Buffer text;
  buffer_init(&text);
  buffer_append_text(&text, "tessera: 1\nname: t\ntables:\n");
  for (int i = 0; i < 20000; i++) {
    buffer_printf(&text,
                  "  t%d: {files: a, key: k, columns: {x: {through: k.x}, k: {link: t%d}}}\n", i,
                  i + 1);
  }
  size_t size = text.size;
  ck_assert_uint_gt(size, YAML_TEXT_BYTES_MAX); // too long as a whole: take what fits
  size = 600000;
  while (text.data[size - 1] != '\n') size--;
  char *fault = first_fault(text.data, size);
  ck_assert_ptr_nonnull(strstr(fault, "too long a chain of columns defined by columns"));
  mem_free(fault);
  buffer_clear(&text);
}
END_TEST

START_TEST(files_that_are_none) {
  Model *model;
  Error error = ERROR_INIT;
  ck_assert_int_eq(model_read_file("models/none.yaml", NULL, NULL, &model, &error),
                   STATUS_NOT_FOUND);
  ck_assert_str_eq(error.message,
                   "cannot open the model models/none.yaml: No such file or directory");
  ck_assert_ptr_null(model);
  ck_assert_int_eq(model_read_file("models", NULL, NULL, &model, &error), STATUS_IO);
  ck_assert_str_eq(error.message, "cannot read the model models: Is a directory");
  model_destroy(NULL);
}
END_TEST

// Every shipped model with bytes changed, cut and doubled: read or refused, never worse. The same
// bytes each run (a linear congruential generator).
START_TEST(mutated_models_do_no_harm) {
  Model *whole = read_file_or_fail("models/foodmart.yaml");
  size_t size = strlen(whole->text);
  char *text = mem_alloc(size);
  uint64_t random = 42;
  for (int round = 0; round < 300; round++) {
    memcpy(text, whole->text, size);
    for (int i = 0; i < 1 + round % 8; i++) {
      random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
      static const char BYTES[] = ":{}[]&*!|>-#\"' \n\t,ab0\xff";
      text[(random >> 33) % size] = BYTES[(random >> 20) % (sizeof BYTES - 1)];
    }
    size_t length = round % 3 ? size : (random >> 17) % size;
    Model *model = NULL;
    Error error = ERROR_INIT;
    Status status = model_read_text(text, length, "m.yaml", NULL, NULL, &model, &error);
    ck_assert(status == STATUS_OK ? model != NULL : status == STATUS_INVALID && !model);
    model_destroy(model);
  }
  mem_free(text);
  model_destroy(whole);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("model");
  unit_case(suite, "document", 30,
            (const TTest *const[]){the_first_example_of_the_document_is_a_model,
                                   the_pieces_of_the_document_are_a_model, sources_are_inherited,
                                   sources_say_all_they_can, columns_have_kinds_and_types,
                                   copied_columns_have_the_type_and_link_of_their_source,
                                   tables_have_keys_histories_projections_queries,
                                   dimensions_have_levels, cubes_have_paths_and_measures, NULL});
  unit_case(suite, "shipped", 30,
            (const TTest *const[]){shipped_models_are_read, retail_has_what_pages_ask_for, NULL});
  unit_case(
      suite, "hostile", 120,
      (const TTest *const[]){nested_aliases_take_no_memory, nesting_is_bounded, size_is_bounded,
                             bytes_must_be_text, byte_order_mark_and_carriage_returns_are_taken,
                             faults_are_bounded_but_counted, blank_lines_are_bounded,
                             many_repeated_keys_take_little_time, limits_of_columns_levels_measures,
                             a_long_chain_of_copies_is_refused, files_that_are_none,
                             mutated_models_do_no_harm, NULL});
  return unit_main(suite);
}
