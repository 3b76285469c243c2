// CSV text: the scan against a byte-by-byte one, fields against the strict parsers, random files in
// every dialect against what they were written from.
#include "csv_scan.h"
#include "field.h"
#include "load.h"
#include "load_support.h"

static uint64_t random_state = 88172645463325252u;
static uint32_t random_below(uint32_t limit) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return (uint32_t)(random_state >> 11) % limit;
}

// --- Scan ---

static void naive_ends(const char *text, size_t size, char delimiter, CsvEnds *out) {
  bool inside = false;
  out->count = out->record_count = 0;
  out->has_quote = out->has_high = false;
  out->line_count = 0;
  for (size_t i = 0; i < size; i++) {
    out->has_high |= (unsigned char)text[i] >= 0x80;
    out->line_count += text[i] == '\n';
    if (text[i] == '"') {
      inside = !inside;
      out->has_quote = true;
    }
    if (inside || (text[i] != delimiter && text[i] != '\n')) continue;
    if (text[i] == '\n') out->records[out->record_count++] = (uint32_t)out->count;
    out->ends[out->count++] = (uint32_t)i;
  }
}

static void naive_split(const char *text, size_t size, CsvSplit *split) {
  bool inside = false;
  *split = (CsvSplit){.scanned = size};
  for (size_t i = 0; i < size; i++) {
    if (text[i] == '"') {
      inside = !inside;
      if (inside) split->quote_opened = i;
    }
    split->lines_seen += text[i] == '\n';
    if (text[i] != '\n' || inside) continue;
    split->record_end = i + 1;
    split->line_count = split->lines_seen;
  }
  split->quote_state = inside ? ~UINT64_C(0) : 0;
}

#define SCAN_BYTES 300

START_TEST(test_scan_variants) {
  static const char alphabet[] = "\"\"\n,;ab\xd0\r";
  static const CsvScanVariant variants[] = {CSV_SCAN_PORTABLE, CSV_SCAN_AVX2, CSV_SCAN_BEST};
  char text[SCAN_BYTES + CSV_SCAN_PADDING];
  uint32_t memory[4][SCAN_BYTES + CSV_SCAN_PADDING];
  CsvEnds wanted = {.ends = memory[0], .records = memory[1]};
  CsvEnds got = {.ends = memory[2], .records = memory[3]};
  for (uint32_t round = 0; round < 6000; round++) {
    size_t size = random_below(SCAN_BYTES + 1);
    uint32_t letters = 3 + random_below(sizeof alphabet - 4);
    for (size_t i = 0; i < sizeof text; i++) text[i] = alphabet[random_below(letters + 1)];
    naive_ends(text, size, ',', &wanted);
    CsvSplit split_wanted, split;
    naive_split(text, size, &split_wanted);
    for (size_t v = 0; v < 3; v++) {
      if (!csv_scan_force(variants[v])) continue;
      csv_scan_ends(text, size, ',', &got);
      unit_require(got.count == wanted.count && got.record_count == wanted.record_count, "counts");
      unit_require(!memcmp(got.ends, wanted.ends, got.count * 4), "ends");
      unit_require(!memcmp(got.records, wanted.records, got.record_count * 4), "records");
      unit_require(got.has_quote == wanted.has_quote && got.has_high == wanted.has_high, "flags");
      unit_require(got.line_count == wanted.line_count, "lines");
      split = (CsvSplit){0};
      csv_split_advance(text, random_below((uint32_t)size + 1), &split); // in two steps
      csv_split_advance(text, size, &split);
      unit_require(split.record_end == split_wanted.record_end, "record end");
      unit_require(split.line_count == split_wanted.line_count, "line count");
      unit_require(split.lines_seen == split_wanted.lines_seen, "lines seen");
      unit_require(split.quote_state == split_wanted.quote_state, "quote state");
      if (split.quote_state)
        unit_require(split.quote_opened == split_wanted.quote_opened, "quote opened");
    }
  }
  csv_scan_force(CSV_SCAN_BEST);
}
END_TEST

// --- Fields ---

static Str padded(char memory[96], const char *text) {
  memset(memory, '7', 96); // what stands beside a field must not matter
  size_t size = strlen(text);
  memcpy(memory + 16, text, size);
  return (Str){memory + 16, (uint32_t)size};
}

static void check_field(const char *type_name, const char *text, FieldResult wanted,
                        const char *value_text) {
  Type type;
  char memory[96];
  ck_assert(type_parse(type_name, &type));
  FieldFormat format = {.decimal_point = '.'};
  if (strchr(text, ',')) format.decimal_point = ',';
  FieldValue field = {0};
  FieldResult result = field_parse(type, padded(memory, text), &format, &field);
  ck_assert_msg(result == wanted, "%s '%s': %d, not %d", type_name, text, result, wanted);
  if (result != FIELD_OK) return;
  Value value = {.type = type};
  if (type_physical(type) == PHYSICAL_WIDE)
    value.wide = field.wide;
  else if (type_physical(type) == PHYSICAL_DOUBLE)
    value.d = field.d;
  else
    value.i = field.i;
  Buffer out;
  buffer_init(&out);
  value_format(&value, &out);
  ck_assert_msg(!strcmp(out.data, value_text), "%s '%s': %s, not %s", type_name, text, out.data,
                value_text);
  buffer_clear(&out);
}

START_TEST(test_field_values) {
  static const struct {
    const char *type, *text;
    FieldResult result;
    const char *value;
  } cases[] = {
      {"bigint", "0", FIELD_OK, "0"},
      {"bigint", "-9223372036854775808", FIELD_OK, "-9223372036854775808"},
      {"bigint", "9223372036854775807", FIELD_OK, "9223372036854775807"},
      {"bigint", "9223372036854775808", FIELD_OVERFLOW, ""},
      {"bigint", "99999999999999999999999999999999999999999", FIELD_OVERFLOW, ""},
      {"integer", "2147483647", FIELD_OK, "2147483647"},
      {"integer", "2147483648", FIELD_OVERFLOW, ""},
      {"integer", "-2147483648", FIELD_OK, "-2147483648"},
      {"smallint", "-32769", FIELD_OVERFLOW, ""},
      {"int", " 12 ", FIELD_OK, "12"},
      {"int", "+12", FIELD_OK, "12"},
      {"int", "12.00", FIELD_OK, "12"},
      {"int", "12.50", FIELD_SYNTAX, ""},
      {"int", "1 2", FIELD_SYNTAX, ""},
      {"int", "-", FIELD_SYNTAX, ""},
      {"int", "12a", FIELD_SYNTAX, ""},
      {"int", "0x10", FIELD_SYNTAX, ""},
      {"decimal(12,2)", "1234567890.12", FIELD_OK, "1234567890.12"},
      {"decimal(12,2)", "12345678901.00", FIELD_OVERFLOW, ""},
      {"decimal(12,2)", "0.1", FIELD_OK, "0.10"},
      {"decimal(12,2)", ".5", FIELD_OK, "0.50"},
      {"decimal(12,2)", "5.", FIELD_OK, "5.00"},
      {"decimal(12,2)", "1.500", FIELD_OK, "1.50"},
      {"decimal(12,2)", "1.505", FIELD_ROUNDED, ""},
      {"decimal(12,2)", "-0.01", FIELD_OK, "-0.01"},
      {"decimal(12,2)", "12,75", FIELD_OK, "12.75"},
      {"decimal(12,2)", ".", FIELD_SYNTAX, ""},
      {"decimal(12,2)", "1.2.3", FIELD_SYNTAX, ""},
      {"decimal(18,18)", "0.123456789012345678", FIELD_OK, "0.123456789012345678"},
      {"decimal(38,0)", "99999999999999999999999999999999999999", FIELD_OK,
       "99999999999999999999999999999999999999"},
      {"decimal(20,2)", "1000000000000000000.00", FIELD_OVERFLOW, ""},
      {"double", "1e308", FIELD_OK, "1e+308"},
      {"double", "1e309", FIELD_OVERFLOW, ""},
      {"double", "0.1", FIELD_OK, "0.1"},
      {"double", "nan", FIELD_SYNTAX, ""},
      {"double", "1,5", FIELD_OK, "1.5"},
      {"bool", "Yes", FIELD_OK, "true"},
      {"bool", "f", FIELD_OK, "false"},
      {"bool", "1", FIELD_OK, "true"},
      {"bool", "2", FIELD_SYNTAX, ""},
      {"date", "2024-02-29", FIELD_OK, "2024-02-29"},
      {"date", "2023-02-29", FIELD_SYNTAX, ""},
      {"date", "31.12.2025", FIELD_OK, "2025-12-31"},
      {"date", "20251231", FIELD_OK, "2025-12-31"},
      {"date", "2025-12-31 00:00:00", FIELD_OK, "2025-12-31"},
      {"date", "2025-12-31 00:00:01", FIELD_SYNTAX, ""},
      {"timestamp", "2025-12-31 23:59:59", FIELD_OK, "2025-12-31 23:59:59"},
      {"timestamp", "2025-12-31T23:59:59.25", FIELD_OK, "2025-12-31 23:59:59.25"},
      {"timestamp", "1.2.2025 7:05", FIELD_OK, "2025-02-01 07:05:00"},
      {"timestamp", "01.02.2025 07:05", FIELD_OK, "2025-02-01 07:05:00"},
      {"timestamp", "2025-12-31 24:00:00", FIELD_SYNTAX, ""},
      {"timestamp", "2025-12-31 23:59:59Z", FIELD_SYNTAX, ""},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    check_field(cases[i].type, cases[i].text, cases[i].result, cases[i].value);
}
END_TEST

// The quick ways against the strict parser of engine/base.
START_TEST(test_field_random) {
  static const char alphabet[] = "0123456789012345678901234567899.-";
  for (uint32_t round = 0; round < 200000; round++) {
    char text[40], memory[96];
    uint32_t size = 1 + random_below(20);
    for (uint32_t i = 0; i < size; i++)
      text[i] = alphabet[random_below(sizeof alphabet - (i ? 2 : 1))];
    text[size] = 0;
    Str field = padded(memory, text);
    unsigned scale = random_below(7);
    int128_t wide;
    int64_t got = 0;
    DecimalParse code = decimal_parse(text, size, '.', scale, &wide);
    FieldResult result = field_parse_decimal(field, 15, scale, '.', &got);
    bool fits =
        code == DECIMAL_OK && wide > -INT64_C(1000000000000000) && wide < INT64_C(1000000000000000);
    unit_require((result == FIELD_OK) == fits, text);
    if (fits) unit_require(got == (int64_t)wide, text);
    code = decimal_parse(text, size, '.', 0, &wide);
    result = field_parse_int(field, 32, &got);
    fits = code == DECIMAL_OK && wide >= INT32_MIN && wide <= INT32_MAX;
    unit_require((result == FIELD_OK) == fits, text);
    if (fits) unit_require(got == (int64_t)wide, text);
  }
}
END_TEST

// --- Files ---

#define DIALECT_ROWS 500

static void put_field(Buffer *out, const char *text, char delimiter, bool quote_all) {
  bool quote = quote_all || !*text || strpbrk(text, "\"\n\r") || strchr(text, delimiter);
  if (!quote) {
    buffer_append_text(out, text);
    return;
  }
  buffer_append_char(out, '"');
  for (; *text; text++) {
    if (*text == '"') buffer_append_char(out, '"');
    buffer_append_char(out, *text);
  }
  buffer_append_char(out, '"');
}

// Random strings, numbers and NULLs in random dialects, cut into random chunks.
START_TEST(test_dialects) {
  static const char delimiters[] = ",;\t|";
  static const char *const pieces[] = {"a", "\"", "\n", ",", ";",         "\r\n",
                                       "ж", "|",  "\t", " ", "long text "};
  random_state += (uint64_t)_i * 7919;
  LoadTest t;
  load_test_init(&t);
  char delimiter = delimiters[random_below(4)];
  bool quote_all = random_below(2), crlf = random_below(2), last_end = random_below(2);
  load_set_chunk_bytes(1 + random_below(_i % 3 ? 200 : 5000));
  ModelTable *table = load_test_table(&t, "t", "t.csv");
  if (random_below(2)) table->source.delimiter = delimiter;
  load_test_column(&t, table, "text", "string")->raw_text = random_below(2);
  load_test_column(&t, table, "n", "int");
  char texts[DIALECT_ROWS][128];
  bool nulls[DIALECT_ROWS];
  Buffer file;
  buffer_init(&file);
  if (random_below(2)) buffer_append_text(&file, "\xef\xbb\xbf");
  const char *end = crlf ? "\r\n" : "\n";
  buffer_printf(&file, "skipped%c\"n\"%ctext%s", delimiter, delimiter, end);
  for (int row = 0; row < DIALECT_ROWS; row++) {
    texts[row][0] = 0;
    nulls[row] = random_below(10) == 0;
    for (uint32_t k = random_below(8); !nulls[row] && k; k--)
      strcat(texts[row], pieces[random_below(sizeof pieces / sizeof *pieces)]);
    if (quote_all)
      put_field(&file, "x\"y", delimiter, true);
    else
      buffer_append_text(&file, "x");
    buffer_printf(&file, "%c%s%d%s%c", delimiter, quote_all ? "\"" : "", row, quote_all ? "\"" : "",
                  delimiter);
    if (!nulls[row]) put_field(&file, texts[row], delimiter, quote_all);
    if (row + 1 < DIALECT_ROWS || last_end) buffer_append_text(&file, end);
  }
  load_test_write_bytes(&t, "t.csv", file.data, file.size);
  load_test_ok(&t);
  const Column *text = load_test_find_column(&t, "t", "text"),
               *n = load_test_find_column(&t, "t", "n");
  ck_assert_uint_eq(text->row_count, DIALECT_ROWS);
  for (uint32_t row = 0; row < DIALECT_ROWS; row++) {
    Value value = column_value(text, row);
    unit_require(value.is_null == nulls[row], "NULL");
    if (!nulls[row]) unit_require(str_equal(value.s, str_from(texts[row])), texts[row]);
    unit_require(column_value(n, row).i == row, "n");
  }
  ck_assert_uint_eq(t.report.notice_count, 1);
  ck_assert_ptr_nonnull(
      strstr(t.report.notices[0], "1 column not in the model, left out: skipped"));
  buffer_clear(&file);
  load_test_clear(&t);
  load_set_chunk_bytes(0);
}
END_TEST

START_TEST(test_cp1251) {
  LoadTest t;
  load_test_init(&t);
  ModelTable *table = load_test_table(&t, "t", "t.csv");
  table->source.encoding = MODEL_ENCODING_CP1251;
  table->source.decimal_point = ',';
  table->source.date_order = DATE_DMY;
  table->source.date_order_set = true;
  load_test_column(&t, table, "город", "string")->name = "city";
  load_test_column(&t, table, "sum", "decimal(9,2)");
  load_test_column(&t, table, "day", "date");
  load_test_write(&t, "t.csv",
                  "\xe3\xee\xf0\xee\xe4;sum;day\r\n\xcc\xee\xf1\xea\xe2\xe0;1,5;31.12.2025\r\n"
                  "\"\xd0\xff\xe7\xe0\xed\xfc \"\"2\"\"\";-0,07;1/2/2025\r\n\x98;1;01.01.2025\r\n");
  table->reject_limit = 2;
  load_test_ok(&t);
  load_test_is(&t, "t", 0, "city", "Москва");
  load_test_is(&t, "t", 0, "sum", "1.50");
  load_test_is(&t, "t", 0, "day", "2025-12-31");
  ck_assert_uint_eq(load_test_find(&t, "t")->row_count, t.report.tables[0].rows);
  ck_assert_uint_eq(t.report.tables[0].rejected + t.report.tables[0].rows, 3);
  load_test_clear(&t);
}
END_TEST

START_TEST(test_null_tokens_and_no_header) {
  LoadTest t;
  load_test_init(&t);
  ModelTable *table = load_test_table(&t, "t", "t.csv");
  static const char *tokens[] = {"NULL", "\\N"};
  table->source.null_tokens = tokens;
  table->source.null_token_count = 2;
  table->source.has_header = false;
  load_test_column(&t, table, "a", "int");
  load_test_column(&t, table, "b", "string");
  load_test_column(&t, table, "c", "double");
  static const char *own[] = {"nil"};
  ModelColumn *d = load_test_column(&t, table, "d", "string");
  d->null_tokens = own;
  d->null_token_count = 1;
  load_test_write(&t, "t.csv", // each line ends in |
                  "1|x|1.5|NULL|\n\\N|NULL|NULL|nil|\n|nil|2||\n\"NULL\"|\"NULL\"|3|\"nil\"|\n");
  load_test_ok(&t);
  ck_assert_uint_eq(load_test_find(&t, "t")->row_count, 4);
  // A quoted word is a text among texts; a column's own words stand instead of the source's.
  ck_assert(column_value(load_test_find_column(&t, "t", "b"), 1).is_null);
  ck_assert(!column_value(load_test_find_column(&t, "t", "b"), 3).is_null);
  ck_assert(column_value(load_test_find_column(&t, "t", "a"), 3).is_null);
  ck_assert(!column_value(load_test_find_column(&t, "t", "d"), 0).is_null);
  ck_assert(column_value(load_test_find_column(&t, "t", "d"), 1).is_null);
  load_test_is(&t, "t", 3, "d", "nil");
  load_test_is(&t, "t", 0, "b", "x");
  load_test_is(&t, "t", 1, "a", "NULL");
  load_test_is(&t, "t", 1, "b", "NULL");
  load_test_is(&t, "t", 1, "c", "NULL");
  load_test_is(&t, "t", 2, "b", "nil");
  load_test_clear(&t);
}
END_TEST

// Names that differ in case alone fit a field equally well, unless it is one of them exactly.
START_TEST(test_names_of_two_cases) {
  LoadTest t;
  load_test_init(&t);
  ModelTable *table = load_test_table(&t, "t", "t.csv");
  ModelColumn *id = load_test_column(&t, table, "id", "int");
  load_test_write(&t, "t.csv", "ID,Id,x\n1,2,3\n");
  load_test_fails(&t, STATUS_INVALID,
                  "t.csv:1: 'id', which t.id is read from, fits both 'ID' and 'Id' of the header");
  id->field = "Id";
  load_test_ok(&t);
  load_test_is(&t, "t", 0, "id", "2");
  load_test_clear(&t);
}
END_TEST

// Several files of one table, each with its own order of columns and delimiter.
START_TEST(test_many_files) {
  LoadTest t;
  load_test_init(&t);
  load_set_chunk_bytes(7);
  ModelTable *table = load_test_table(&t, "t", "part*.csv");
  load_test_column(&t, table, "a", "int");
  load_test_column(&t, table, "b", "string");
  load_test_write(&t, "part1.csv", "a,b\n1,one\n2,two");
  load_test_write(&t, "part2.csv", "b;x;a\nthree;0;3\n\n");
  load_test_write(&t, "part3.csv", "B\tA\nfour\t4\n");
  load_test_write(&t, "part4.csv", "a,b\n");
  load_test_ok(&t);
  static const char *const wanted[] = {"one", "two", "three", "four"};
  ck_assert_uint_eq(load_test_find(&t, "t")->row_count, 4);
  for (uint32_t row = 0; row < 4; row++) load_test_is(&t, "t", row, "b", wanted[row]);
  ck_assert_int_eq(load_test_sum(&t, "t", "a"), 10);
  ck_assert_uint_eq(t.report.tables[0].file_count, 4);
  load_test_clear(&t);
  load_set_chunk_bytes(0);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("loaders_csv");
  TCase *dialects = tcase_create("dialects");
  tcase_set_timeout(dialects, 60);
  tcase_add_loop_test(dialects, test_dialects, 0, 60);
  suite_add_tcase(suite, dialects);
  const TTest *const cases[] = {test_scan_variants,
                                test_field_values,
                                test_field_random,
                                test_cp1251,
                                test_null_tokens_and_no_header,
                                test_names_of_two_cases,
                                test_many_files,
                                NULL};
  unit_case(suite, "csv", 60, cases);
  return unit_main(suite);
}
