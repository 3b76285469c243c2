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
                  "1,2024-01-01,1,milk,2,3.50,a,,007\n2,2024-01-02,3,bread,NULL,1.2,b,NULL,008\n");
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
  ck_assert_uint_eq(model_find_column(sales, "units")->null_token_count, 1);
  ck_assert_ptr_null(model_find_column(sales, "note")->null_tokens);
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
  load_test_is(&t, "sales", 1, "note", "NULL"); // the text
  ck_assert(!column_value(load_test_find_column(&t, "sales", "note"), 1).is_null);
  ck_assert(column_value(load_test_find_column(&t, "sales", "units"), 1).is_null);
  load_test_is(&t, "tovary", 1, "data", "2025-02-28");
  model_destroy(model);
  load_test_clear(&t);
}
END_TEST

// Every row's values joined by "|" (no value: "-"), the rows by ";".
static const char *rows_of(LoadTest *t, const ModelTable *table) {
  const Table *loaded = load_test_find(t, table->name);
  Buffer out;
  buffer_init(&out);
  for (uint64_t row = 0; row < loaded->row_count; row++) {
    if (row) buffer_append_char(&out, ';');
    for (uint32_t c = 0; c < table->column_count; c++) {
      const Column *column = load_test_find_column(t, table->name, table->columns[c].name);
      bool none = column_value(column, row).is_null;
      if (c) buffer_append_char(&out, '|');
      buffer_append_text(&out,
                         none ? "-" : load_test_cell(t, table->name, row, table->columns[c].name));
    }
  }
  const char *text = arena_strdup(t->model.arena, out.size ? out.data : "");
  buffer_clear(&out);
  return text;
}

// The file is inspected; the model says `said`, and loads the file as `rows`.
static void inspected_is(const char *file, const char *said, const char *rows) {
  static const char *const names[] = {"a.csv"};
  LoadTest t;
  load_test_init(&t);
  load_test_write(&t, "a.csv", file);
  char *yaml = inspect(&t, names, 1);
  ck_assert_msg(strstr(yaml, said) != NULL, "'%s' is not in\n%s", said, yaml);
  Model *model = model_accepted(&t, yaml);
  LoadOptions options = {.data = t.folder};
  Status status = load_run(t.store, model, &options, NULL, &t.report, &t.error);
  ck_assert_msg(status == STATUS_OK, "%s\n%s", t.error.message, yaml);
  ck_assert_str_eq(rows_of(&t, &model->tables[0]), rows);
  model_destroy(model);
  load_test_clear(&t);
}

// 1,234 is as likely 1234 as 1.234: it is a decimal only where another number proves the comma.
START_TEST(test_thousands_are_no_decimals) {
  inspected_is("item,amount\nx,\"1,234\"\ny,\"12,500\"\nz,999\n",
               "amount: {type: \"string\"}  # may be numbers with marks between thousands",
               "x|1,234;y|12,500;z|999");
  inspected_is("item,amount\nx,\"-1,234\"\ny,\"100,000\"\n", "amount: {type: \"string\"}",
               "x|-1,234;y|100,000");
  inspected_is("item;amount;price\nx;1,234;2,5\ny;12,500;3\n", "decimal: \",\"",
               "x|1.234|2.5;y|12.500|3.0");
  inspected_is("item;amount\nx;1.234\ny;12.500\n", "a decimal point, or one between thousands?",
               "x|1.234;y|12.500");
  inspected_is("item;amount\nx;1.234,50\ny;12,5\n", "source: {decimal: \",\", thousands: \".\"}",
               "x|1234.50;y|12.50");
  inspected_is("a;b\n1.5e3;1,5\n2;2,5\n", "b: {type: \"string\"}", "1500|1,5;2|2,5");
}
END_TEST

// NA is no value among numbers and dates; among texts it is Namibia.
START_TEST(test_words_for_no_value) {
  inspected_is("country,chain\nNA,Arka\nZA,Bor\n", "NA among them as texts", "NA|Arka;ZA|Bor");
  inspected_is("country,score\nNA,1\nZA,2\nUS,NA\n", "score: {type: \"int\", nulls: [\"NA\"]}",
               "NA|1;ZA|2;US|-");
  inspected_is("surname,age\nnull,31\nSmith,40\n", "surname: {type: \"string\"}",
               "null|31;Smith|40");
  inspected_is("k,x,y\n1,NULL,8\n2,5,NA\n3,N/A,7\n4,1,NULL\n", "nulls: [\"NULL\", \"NA\"]",
               "1|-|8;2|5|-;3|-|7;4|1|-");
  inspected_is("k,x\n1,\"NA\"\n2,5\n", "x: {type: \"string\"}", "1|NA;2|5");
  inspected_is("a,b\nx,\\N\n\\N,2\n", "a: {type: \"string\", nulls: [\"\\\\N\"]}  # 50.0 % empty",
               "x|-;-|2");
  inspected_is("s,x\nNULL,1\nn/a,2\nnull,3\n", "s: {type: \"string\"}", "NULL|1;n/a|2;null|3");
}
END_TEST

// A number gives back its text; what does not is a code.
START_TEST(test_codes_are_texts) {
  inspected_is("phone,x\n+4917100001,1\n+4917100002,2\n", "phone: {type: \"string\"}",
               "+4917100001|1;+4917100002|2");
  inspected_is("phone,x\n+4917100001,1\n-2,2\n", "phone: {type: \"string\"}", "+4917100001|1;-2|2");
  inspected_is("a,b\n+1,x\n+2,x\n", "a: {type: \"string\"}", "+1|x;+2|x");
  inspected_is("x,change\n1,+5\n2,-3\n3,+12\n", "change: {type: \"int\"}", "1|5;2|-3;3|12");
  inspected_is("sku,x\n1E1,1\n1E2,2\n2E1,3\n", "sku: {type: \"string\"}", "1E1|1;1E2|2;2E1|3");
  inspected_is("sku,x\n001E1,1\n1.5E2,2\n", "sku: {type: \"string\"}", "001E1|1;1.5E2|2");
  inspected_is("a,x\n1E-1,1\n1.5E2,2\n7,3\n", "a: {type: \"double\"}", "0.1|1;150|2;7|3");
  inspected_is("id,country\n1,NO\n2,NO\n", "country: {type: \"string\"}", "1|NO;2|NO");
  inspected_is("id,grade\n1,T\n2,F\n3,N\n", "grade: {type: \"string\"}", "1|T;2|F;3|N");
  inspected_is("a,b,c\nyes,T,true\nNo,F,TRUE\n", "c: {type: \"bool\"}",
               "true|true|true;false|false|true");
}
END_TEST

START_TEST(test_many_digits) {
  inspected_is("id,amount\n1,12345678901234567.89\n2,0.01\n", "amount: {type: \"decimal(19,2)\"}",
               "1|12345678901234567.89;2|0.01");
  inspected_is("id,v\n1,0.12345678901234567\n2,3\n", "more than the 15 digits that a double keeps",
               "1|0.12345678901234566;2|3");
}
END_TEST

START_TEST(test_dates_of_both_orders) {
  const char *open = "day and month may be the other way round";
  inspected_is("d,x\n04/05/2024,1\n07/06/2024,2\n", open, "2024-05-04|1;2024-06-07|2");
  inspected_is("d,e\n04/05/2024,13/05/2024\n", "e: {type: \"date\"}  # 1 different",
               "2024-05-04|2024-05-13");
  inspected_is("d\n04.05.2024\n", "d: {type: \"date\"}  # 1 different", "2024-05-04");
}
END_TEST

START_TEST(test_names_with_line_ends) {
  inspected_is("\"Net\nEUR\",b\n1,2\n", "field: \"Net\\nEUR\"", "1|2");
  inspected_is("a,\"d\r\ne\"\r\n1,2\r\n", "field: \"d\\r\\ne\"", "1|2");
  inspected_is("a,\"d\te \"\"f\"\" \\ g\x01h\"\n1,2\n", "\"d\\te \\\"f\\\" \\\\ g\\x01h\"", "1|2");
}
END_TEST

// Beyond ASCII: letters in words are Cyrillic, single ones between ASCII letters Western.
START_TEST(test_encodings) {
  inspected_is("id,name\n1,M\374ller\n2,Wei\337\n3,plain text here\n",
               "source: {encoding: cp1252}  # not UTF-8: the encoding is a guess",
               "1|Müller;2|Weiß;3|plain text here");
  inspected_is("id,name\n1,abc\n2,\250\n", "encoding: cp1251}  # not UTF-8", "1|abc;2|Ё");
  inspected_is("id,name\n1,\320\377\347\340\355\374 5\n", "encoding: cp1251", "1|Рязань 5");
  // Beyond the first pieces that are read, and a character over the edge of two.
  size_t size = 3 * 1024 * 1024;
  char *text = mem_alloc(size + 16);
  memset(text, 'x', size);
  memcpy(text, "n\n", 2);
  for (size_t i = 1000; i < size; i += 1000) text[i] = '\n';
  memcpy(text + 1024 * 1024 - 1, "\303\274", 2);
  strcpy(text + size, "\n");
  LoadTest t;
  load_test_init(&t);
  load_test_write(&t, "a.csv", text);
  static const char *const names[] = {"a.csv"};
  ck_assert_ptr_null(strstr(inspect(&t, names, 1), "encoding"));
  strcpy(text + size, "\374x\n");
  load_test_write(&t, "a.csv", text);
  ck_assert_ptr_nonnull(strstr(inspect(&t, names, 1), "encoding: cp1252"));
  load_test_clear(&t);
  mem_free(text);
}
END_TEST

// The delimiter is the one under which the lines are alike; what a name holds does not count.
START_TEST(test_delimiters) {
  inspected_is("Date;Amount, EUR\n2024-01-05;12,50\n2024-01-06;7,25\n",
               "amount_eur: {type: \"decimal", "2024-01-05|12.50;2024-01-06|7.25");
  inspected_is("id|first,last\n1|a,b\n2|c\n", "field: \"first,last\"", "1|a,b;2|c");
  inspected_is("id;price,eur;tax,eur;net,eur\n1;1;2;3\n2;4;5;6\n", "field: \"net,eur\"",
               "1|1|2|3;2|4|5|6");
  inspected_is("id,name;alias,city\n1,Bob;Rob,Oslo\n", "field: \"name;alias\"", "1|Bob;Rob|Oslo");
  inspected_is("a\tb,c\n\"x,y\"\t1\n\n\"p\nq\"\t2\n", "field: \"b,c\"", "x,y|1;p\nq|2");
  inspected_is("a,b\n", "b: {type: \"string\"}", "");
}
END_TEST

START_TEST(test_first_lines) {
  inspected_is("sep=;\nshop;units\nArka;5\nBor;7\n", "shop: {type", "Arka|5;Bor|7");
  inspected_is("sep=,\r\nshop,units\r\nArka,5\r\n", "shop: {type", "Arka|5");
  inspected_is("\"sep=|\"\n\nshop|units\nArka|5\n", "shop: {type", "Arka|5");
  inspected_is("\n\r\nshop,units\nArka,5\n", "shop: {type", "Arka|5");
  inspected_is("sep=\n1\n", "field: \"sep=\"", "1");
  inspected_is(
      "id,,amount,\n1,9.5,2,\n3,8.5,4,\n",
      "column_2: {type: \"decimal(18,1)\", field: \"column 2\"}  # the header has no name for it",
      "1|9.5|2;3|8.5|4");
  const char *row = "The first line of a.csv looks like a row";
  inspected_is("1,2024-01-01,5.50\n2,2024-01-02,6.50\n", row, "2|2024-01-02|6.50");
  inspected_is("1,Arka,5.50\n2,Bor,7\n", row, "2|Bor|7");
  inspected_is("1,amount\n2,5\n", "# 1 rows\n  a:", "2|5");
  inspected_is("a,b\nx,y\n", "# 1 rows\n  a:", "x|y");
}
END_TEST

// An error says what the file is, in a load too.
START_TEST(test_no_csv) {
  LoadTest json;
  load_test_init(&json);
  load_test_column(&json, load_test_table(&json, "a", "a.csv"), "id", "int");
  load_test_write(&json, "a.csv", "{\"id\":1}\n{\"id\":2}\n");
  load_test_fails(&json, STATUS_INVALID, "say format: jsonl");
  load_test_clear(&json);
  static const struct {
    const char *text, *fault;
    size_t size;
  } files[] = {
      {"id\000\000\n", "zero bytes in its first line", 5},
      {"%PDF-1.4\n%\342\343\317\323\n1 0 obj\nendobj\n", "it is a PDF document", 30},
      {"<!DOCTYPE html>\n<html>", "it is an HTML page", 22},
  };
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    LoadTest t;
    load_test_init(&t);
    load_test_column(&t, load_test_table(&t, "a", "a.csv"), "id", "int");
    load_test_write_bytes(&t, "a.csv", files[i].text, files[i].size);
    load_test_fails(&t, STATUS_INVALID, files[i].fault);
    Buffer out;
    buffer_init(&out);
    char *path = arena_printf(t.model.arena, "%s/a.csv", t.folder);
    ck_assert_int_eq(inspect_files((const char *[]){path}, 1, NULL, &out, &t.error),
                     STATUS_INVALID);
    ck_assert_msg(strstr(t.error.message, files[i].fault) != NULL, "%s", t.error.message);
    buffer_clear(&out);
    load_test_clear(&t);
  }
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
  ck_assert_ptr_nonnull(strstr(
      yaml,
      "refuses 1 of them, see rejects: line 4 of old.csv has 3 fields where the header has 2"));
  model_destroy(model_accepted(&t, yaml));
  load_test_write(&t, "old.csv", "id,name\n1,5\" pipe\n2,6\" nail\n");
  ck_assert_ptr_nonnull(strstr(inspect(&t, names, 1),
                               "line 2 of old.csv: name has a quote inside an unquoted field"));
  Buffer out;
  buffer_init(&out);
  ck_assert_int_eq(inspect_files((const char *[]){"/nowhere.csv"}, 1, NULL, &out, &t.error),
                   STATUS_NOT_FOUND);
  ck_assert_int_eq(inspect_files(NULL, 0, NULL, &out, &t.error), STATUS_INVALID);
  buffer_clear(&out);
  load_test_clear(&t);
}
END_TEST

// --- A random table, written in a random way, comes back as it was, or with a remark ---

enum { TABLE_COLUMNS = 5, TABLE_ROWS = 12 };

typedef struct Dialect {
  char delimiter, point;
  bool quote_all, crlf, day_first;
  const char *null_word;
} Dialect;

static uint64_t draw(uint64_t *random, uint64_t below) {
  *random = *random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (*random >> 33) % below;
}

// The value of a column's kind as it must come back ("-": none), and as the file has it.
static void cell_draw(uint64_t *random, uint32_t kind, const Dialect *d, char *value,
                      char *written) {
  static const char *const texts[] = {"Arka",        "Bor, old",  "a;b",       "x|y",  "say \"hi\"",
                                      "two\nlines",  "NA",        "Müller AG", "007",  "1E2",
                                      "+4917100001", "tab\there", "NO",        "null", "T"};
  unsigned a = (unsigned)draw(random, 100000), b = (unsigned)draw(random, 100);
  unsigned day = 1 + a % 28, month = 1 + b % 12;
  bool none = kind < 3 && draw(random, 6) == 0;
  if (kind == 0)
    sprintf(value, "%s%u", b % 5 ? "" : "-", a + 1), strcpy(written, value);
  else if (kind == 1)
    sprintf(value, "%u.%02u", a, b), sprintf(written, "%u%c%02u", a, d->point, b);
  else if (kind == 2) {
    sprintf(value, "2024-%02u-%02u", month, day);
    sprintf(written, d->day_first ? "%02u.%02u.2024" : "2024-%02u-%02u", d->day_first ? day : month,
            d->day_first ? month : day);
  } else if (kind == 3)
    strcpy(value, texts[draw(random, sizeof texts / sizeof *texts)]), strcpy(written, value);
  else
    sprintf(value, "r%u", a), strcpy(written, value);
  if (!none) return;
  strcpy(value, "-");
  strcpy(written, d->null_word);
}

static void field_put(Buffer *out, const char *text, const Dialect *d) {
  bool none = !strcmp(text, d->null_word);
  bool quoted = !none && (d->quote_all || strpbrk(text, "\"\n,;|\t"));
  if (quoted) buffer_append_char(out, '"');
  for (; *text; text++) {
    if (*text == '"') buffer_append_char(out, '"');
    buffer_append_char(out, *text);
  }
  if (quoted) buffer_append_char(out, '"');
}

START_TEST(test_random_round_trip) {
  uint64_t random = (uint64_t)_i;
  Dialect d = {.delimiter = ",;|\t"[draw(&random, 4)],
               .point = ".,"[draw(&random, 2)],
               .quote_all = draw(&random, 2),
               .crlf = draw(&random, 2),
               .day_first = draw(&random, 2)};
  d.null_word = (const char *[]){"", "NULL", "N/A"}[draw(&random, 3)];
  Buffer file, rows;
  buffer_init(&file);
  buffer_init(&rows);
  const char *end = d.crlf ? "\r\n" : "\n";
  for (uint32_t c = 0; c < TABLE_COLUMNS; c++)
    buffer_printf(&file, "%.*s%s", c > 0, &d.delimiter,
                  (const char *[]){"count", "paid", "day", "text", "row"}[c]);
  buffer_append_text(&file, end);
  for (uint32_t r = 0; r < TABLE_ROWS; r++) {
    if (r) buffer_append_char(&rows, ';');
    for (uint32_t c = 0; c < TABLE_COLUMNS; c++) {
      char value[64], written[64];
      cell_draw(&random, c, &d, value, written);
      buffer_printf(&rows, "%s%s", c ? "|" : "", value);
      if (c) buffer_append_char(&file, d.delimiter);
      field_put(&file, written, &d);
    }
    buffer_append_text(&file, end);
  }
  inspected_is(file.data, "tables:", rows.data);
  buffer_clear(&file);
  buffer_clear(&rows);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("loaders_inspect");
  const TTest *const cases[] = {test_shop,
                                test_thousands_are_no_decimals,
                                test_words_for_no_value,
                                test_codes_are_texts,
                                test_many_digits,
                                test_dates_of_both_orders,
                                test_names_with_line_ends,
                                test_encodings,
                                test_delimiters,
                                test_first_lines,
                                test_no_csv,
                                test_encoding_and_faults,
                                NULL};
  unit_case(suite, "inspect", 60, cases);
  TCase *random = tcase_create("random");
  tcase_set_timeout(random, 60);
  tcase_add_loop_test(random, test_random_round_trip, 0, 100);
  suite_add_tcase(suite, random);
  return unit_main(suite);
}
