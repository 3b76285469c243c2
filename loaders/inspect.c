// A first model from CSV files: what each column's values allow, said in YAML with remarks.
//
// Files of one header, whose names differ in numbers only, are one table. The first 64 MiB of each
// tell types; the rest is read only as long as a column may still be a key (all of its values
// differ). A link is a column whose values are nearly all keys of another table, and, for numbers,
// whose name speaks of it: small numbers are contained in any key. What was guessed is for people
// to correct.
#include "inspect.h"
#include "inspect_encoding.h"
#include "inspect_names.h"
#include "inspect_profile.h"
#include "reader.h"
#include "source.h"
#include <stdio.h>

#define SAMPLE_BYTES (64 * 1024 * 1024)
#define LINK_SHARE 0.9   // of the different values that must be keys
#define DOUBLE_DIGITS 15 // decimal digits that a double always keeps

typedef struct InspectColumn {
  const char *field, *name;
  bool unnamed; // in the header
  Profile profile;
  Type type;
  int32_t link; // table, or -1
  double link_share;
  Dictionary *values;
} InspectColumn;

typedef struct InspectTable {
  const char *name, *file_name;
  const char **paths;
  uint32_t path_count;
  CsvHeader header;
  ModelSource format;
  InspectColumn *columns;
  uint32_t column_count;
  int32_t key;
  uint64_t rows, bad_rows;
  bool sampled, is_target;
  bool order_open;         // of dates: day and month may be the other way round
  const char *first_fault; // of bad_rows
} InspectTable;

typedef struct Inspect {
  Arena *arena;
  Job *job;
  InspectTable *tables;
  uint32_t table_count;
} Inspect;

// --- Files into tables ---

static const char *base_name(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

static bool headers_equal(const CsvHeader *a, const CsvHeader *b) {
  if (a->count != b->count) return false;
  for (uint32_t f = 0; f < a->count; f++)
    if (strcmp(a->names[f], b->names[f])) return false;
  return true;
}

static void table_name_columns(Inspect *in, InspectTable *table) {
  const char **names = ARENA_ARRAY(in->arena, const char *, table->header.count + 1);
  table->columns = ARENA_ARRAY(in->arena, InspectColumn, table->header.count);
  for (uint32_t f = 0; f < table->header.count; f++) {
    InspectColumn *column = &table->columns[table->column_count];
    *column = (InspectColumn){.field = table->header.names[f], .link = -1};
    column->unnamed = !*column->field;
    if (column->unnamed) column->field = arena_printf(in->arena, "column %u", f + 1);
    column->name = names[table->column_count] =
        inspect_name(in->arena, column->field, names, table->column_count);
    profile_init(&column->profile);
    table->column_count++;
  }
}

static Status table_add_file(Inspect *in, const char *path, Error *error) {
  ModelSource format = {.has_header = true, .decimal_point = '.'};
  TRY(inspect_encoding(path, SAMPLE_BYTES, &format, error));
  CsvHeader header;
  const char *file_name = inspect_file_name(in->arena, path);
  TRY(csv_header_read(path, &format, in->arena, &header, error));
  for (uint32_t t = 0; t < in->table_count; t++) {
    InspectTable *table = &in->tables[t];
    if (strcmp(table->file_name, file_name) || !headers_equal(&table->header, &header)) continue;
    table->paths[table->path_count++] = path;
    return STATUS_OK;
  }
  const char **names = ARENA_ARRAY(in->arena, const char *, in->table_count + 1);
  for (uint32_t t = 0; t < in->table_count; t++) names[t] = in->tables[t].name;
  InspectTable *table = &in->tables[in->table_count];
  *table = (InspectTable){
      .format = format, .header = header, .key = -1, .path_count = 1, .file_name = file_name};
  table->paths = ARENA_ARRAY(in->arena, const char *, 4096);
  table->paths[0] = path;
  table->name = inspect_name(in->arena, file_name, names, in->table_count);
  in->table_count++;
  table_name_columns(in, table);
  return STATUS_OK;
}

// --- Reading ---

static void table_keep_fault(Inspect *in, InspectTable *table, const Batch *batch, uint32_t file) {
  if (!batch->reject_count || table->first_fault) return;
  const Reject *first = &batch->rejects[0];
  for (uint32_t r = 1; r < batch->reject_count; r++)
    if (batch->rejects[r].line < first->line) first = &batch->rejects[r];
  table->first_fault = arena_printf(
      in->arena, "line %llu of %s%s%s %s", (unsigned long long)first->line,
      base_name(table->paths[file]), *first->column ? ": " : "", first->column,
      *first->column ? first->reason : arena_printf(in->arena, "has %s", first->reason));
}

// False once nothing more is to be learnt.
static bool table_take_batch(InspectTable *table, const Batch *batch, uint64_t bytes) {
  bool sample = bytes <= SAMPLE_BYTES, more = sample;
  table->rows += batch->row_count;
  table->bad_rows += batch->reject_count;
  table->sampled |= !sample;
  for (uint32_t c = 0; c < table->column_count; c++) {
    Profile *profile = &table->columns[c].profile;
    bool key = profile->unique && !profile->nulls;
    if (!sample && !key) continue;
    const BatchColumn *column = &batch->columns[c];
    for (uint32_t row = 0; row < batch->row_count; row++) {
      bool null = bits_get(column->nulls, row);
      Str value = null ? (Str){"", 0} : ((const Str *)column->values)[row];
      if (sample)
        profile_add(profile, value, bits_get(column->quoted, row));
      else if (value.size)
        profile_add_key(profile, value);
      else
        profile->nulls++;
    }
    more |= profile->unique && !profile->nulls;
  }
  return more;
}

static Status table_read(Inspect *in, InspectTable *table, Error *error) {
  SourceColumn *columns = ARENA_ARRAY(in->arena, SourceColumn, table->column_count);
  for (uint32_t c = 0; c < table->column_count; c++)
    columns[c] = (SourceColumn){.name = table->columns[c].name,
                                .field = table->columns[c].field,
                                .type = TYPE_OF_STRING,
                                .tell_quoted = true,
                                .as_text = true};
  SourceSpec spec = {.table = table->name,
                     .paths = table->paths,
                     .path_count = table->path_count,
                     .format = &table->format,
                     .columns = columns,
                     .column_count = table->column_count};
  Source *source = csv_source_create(&spec);
  Chunk chunk = {0};
  Batch batch;
  batch_init(&batch, columns, table->column_count);
  Status status = STATUS_OK;
  uint64_t bytes = 0;
  for (bool more = true; more && status == STATUS_OK;) {
    bool end = false;
    status = job_check(in->job, error);
    if (status == STATUS_OK) status = source->read(source, &chunk, &end, error);
    if (status != STATUS_OK || end) break;
    status = source->parse(source, &chunk, &batch, error);
    bytes += chunk.size;
    if (status != STATUS_OK) break;
    table_keep_fault(in, table, &batch, chunk.file);
    more = table_take_batch(table, &batch, bytes);
  }
  batch_clear(&batch);
  chunk_clear(&chunk);
  source->destroy(source);
  return status;
}

// A column without a name and without values is an end of line with a delimiter.
static void table_drop_empty(InspectTable *table) {
  uint32_t kept = 0;
  for (uint32_t c = 0; c < table->column_count; c++) {
    InspectColumn *column = &table->columns[c];
    if (column->unnamed && profile_fields(&column->profile) == column->profile.nulls)
      profile_clear(&column->profile);
    else
      table->columns[kept++] = *column;
  }
  table->column_count = kept;
}

// --- Conclusions ---

static Type table_type(const InspectTable *table, const Profile *profile) {
  return profile_type(profile, table->format.decimal_point, table->format.date_order);
}

static bool table_proves_point(const InspectTable *table, char point) {
  bool proof = false;
  for (uint32_t c = 0; c < table->column_count; c++)
    proof |= profile_proves_point(&table->columns[c].profile, point);
  return proof;
}

// The decimal point and the date order under which most columns have a type of their own. A decimal
// comma needs a proof: 1,234 alone may as well be a thousand.
static void table_choose_format(InspectTable *table) {
  static const DateOrder orders[] = {DATE_YMD, DATE_DMY, DATE_MDY};
  static const char points[] = ".,";
  uint32_t best = 0, best_open = 0;
  bool chosen = false, comma = table_proves_point(table, ',');
  for (int p = 0; p < 1 + comma; p++) {
    for (int o = 0; o < 3; o++) {
      uint32_t typed = 0, open = 0;
      for (uint32_t c = 0; c < table->column_count; c++) {
        const Profile *profile = &table->columns[c].profile;
        typed += profile_type(profile, points[p], orders[o]).kind != TYPE_STRING;
        open += profile_order_open(profile);
      }
      if (chosen && typed <= best) continue;
      best = typed;
      best_open = open;
      chosen = true;
      table->format.decimal_point = points[p];
      table->format.date_order = orders[o];
    }
  }
  uint32_t dates = 0;
  for (uint32_t c = 0; c < table->column_count; c++) {
    InspectColumn *column = &table->columns[c];
    column->type = table_type(table, &column->profile);
    dates += column->profile.times[table->format.date_order] == column->profile.values &&
             column->profile.values;
  }
  table->order_open = table->format.date_order != DATE_YMD && dates && dates == best_open;
}

// The names themselves have the types of their columns, where these have any.
static bool table_header_is_data(const InspectTable *table) {
  bool any = false;
  for (uint32_t c = 0; c < table->column_count; c++) {
    const InspectColumn *column = &table->columns[c];
    if (column->unnamed || column->type.kind == TYPE_STRING || column->type.kind == TYPE_BOOL)
      continue;
    Profile name;
    profile_init(&name);
    profile_add(&name, str_from(column->field), false);
    Type type = table_type(table, &name);
    profile_clear(&name);
    bool numbers = type_is_numeric(type) && type_is_numeric(column->type);
    if (!numbers && type.kind != column->type.kind) return false;
    any = true;
  }
  return any;
}

static bool column_can_be_key(const InspectTable *table, const InspectColumn *column) {
  const Profile *p = &column->profile;
  return p->unique && !profile_missing(p, column->type) && p->values > 1 && table->rows > 1 &&
         (column->type.kind == TYPE_INT || column->type.kind == TYPE_STRING);
}

// The first unique column, rather one whose name says so.
static void table_choose_key(InspectTable *table) {
  int best_score = -1;
  for (uint32_t c = 0; c < table->column_count; c++) {
    const InspectColumn *column = &table->columns[c];
    if (!column_can_be_key(table, column)) continue;
    size_t n = strlen(column->name);
    bool id = (n >= 2 && !strcmp(column->name + n - 2, "id")) ||
              (n >= 3 && !strcmp(column->name + n - 3, "key"));
    int score = 2 * id + (c == 0) + 2 * inspect_name_hints(column->name, table->name, table->name);
    if (score <= best_score || (score == 0 && c > 0)) continue;
    best_score = score;
    table->key = (int32_t)c;
  }
}

// Words for "no value" among numbers are no keys.
static double share_contained(const Dictionary *values, const Dictionary *keys, bool numbers) {
  uint32_t found = 0, count = 0;
  for (uint32_t code = 0; code < values->count; code++) {
    Str value = dictionary_get(values, code);
    if (numbers && profile_find_word(value) >= 0) continue;
    count++;
    found += dictionary_find(keys, value) != DICTIONARY_NONE;
  }
  return count ? (double)found / count : 0;
}

static uint32_t key_count_of(const Inspect *in, int32_t table) {
  return in->tables[table].columns[in->tables[table].key].values->count;
}

static void column_choose_link(Inspect *in, uint32_t t, InspectColumn *column) {
  for (uint32_t k = 0; k < in->table_count; k++) {
    const InspectTable *target = &in->tables[k];
    if (k == t || target->key < 0 || !column->values->count) continue;
    const InspectColumn *key = &target->columns[target->key];
    if (key->type.kind != column->type.kind) continue;
    bool hinted = inspect_name_hints(column->name, target->name, key->name);
    bool numbers = column->type.kind == TYPE_INT;
    double share = share_contained(column->values, key->values, numbers);
    bool good = hinted ? share >= LINK_SHARE : !numbers && share >= 1 && column->values->count >= 3;
    // Of equals the larger set of keys is the master's.
    bool larger = column->link >= 0 && share >= column->link_share &&
                  key->values->count > key_count_of(in, column->link);
    if (!good || (share <= column->link_share && !larger)) continue;
    column->link = (int32_t)k;
    column->link_share = share;
  }
}

// Two keys that contain each other: the table that came first is not made a child of the later one.
static void tables_choose_links(Inspect *in) {
  for (uint32_t t = 0; t < in->table_count; t++)
    for (uint32_t c = 0; c < in->tables[t].column_count; c++) {
      InspectColumn *column = &in->tables[t].columns[c];
      column->values = dictionary_builder_finish(column->profile.distinct, false, NULL);
      column->profile.distinct = NULL;
    }
  for (uint32_t t = 0; t < in->table_count; t++)
    for (uint32_t c = 0; c < in->tables[t].column_count; c++) {
      InspectColumn *column = &in->tables[t].columns[c];
      if ((int32_t)c == in->tables[t].key) continue; // keys are read, not looked up
      if (column->type.kind == TYPE_INT || column->type.kind == TYPE_STRING)
        column_choose_link(in, t, column);
      if (column->link >= 0) in->tables[column->link].is_target = true;
    }
}

// --- YAML ---

static void put_quoted(Buffer *out, const char *text) {
  static const char named[] = "\tt\nn\rr\"\"\\\\";
  buffer_append_char(out, '"');
  for (; *text; text++) {
    const char *name = named;
    while (*name && *name != *text) name += 2;
    if (*name)
      buffer_printf(out, "\\%c", name[1]);
    else if ((unsigned char)*text < ' ' || *text == 0x7F)
      buffer_printf(out, "\\x%02x", (unsigned)*text);
    else
      buffer_append_char(out, *text);
  }
  buffer_append_char(out, '"');
}

static void put_files(Buffer *out, const InspectTable *table) {
  buffer_append_text(out, "    files: [");
  for (uint32_t f = 0; f < table->path_count; f++) {
    if (f) buffer_append_text(out, ", ");
    put_quoted(out, base_name(table->paths[f]));
  }
  buffer_append_text(out, "]\n");
}

static void put_source(Buffer *out, const InspectTable *table) {
  const ModelSource *format = &table->format;
  const char *parts[3];
  uint32_t count = 0;
  if (format->decimal_point == ',') parts[count++] = "decimal: \",\"";
  if (format->encoding == MODEL_ENCODING_CP1251) parts[count++] = "encoding: cp1251";
  if (format->encoding == MODEL_ENCODING_CP1252) parts[count++] = "encoding: cp1252";
  if (format->date_order == DATE_DMY) parts[count++] = "dates: dmy";
  if (format->date_order == DATE_MDY) parts[count++] = "dates: mdy";
  if (!count) return;
  buffer_append_text(out, "    source: {");
  for (uint32_t i = 0; i < count; i++) buffer_printf(out, "%s%s", i ? ", " : "", parts[i]);
  buffer_append_text(out, format->encoding == MODEL_ENCODING_UTF8
                              ? "}\n"
                              : "}  # not UTF-8: the encoding is a guess (cp1251 or cp1252)\n");
}

// Words for "no value" in columns of numbers and dates; \N everywhere.
static void put_nulls(Buffer *out, const InspectColumn *column) {
  bool any = false;
  for (uint32_t w = 0; w < PROFILE_WORDS; w++) {
    if (!column->profile.words[w] || (w && column->type.kind == TYPE_STRING)) continue;
    buffer_append_text(out, any ? ", " : ", nulls: [");
    put_quoted(out, profile_word(w));
    any = true;
  }
  if (any) buffer_append_char(out, ']');
}

// What a text column may be besides: kept as texts, nothing is lost.
static void put_text_remark(Buffer *out, const InspectColumn *column) {
  const Profile *p = &column->profile;
  bool any = false;
  for (uint32_t w = 1; w < PROFILE_WORDS; w++) {
    if (!p->words[w]) continue;
    buffer_printf(out, "%s %s", any ? "," : "", profile_word(w));
    any = true;
  }
  if (any) buffer_append_text(out, " among them as texts: \"nulls\" would make that no value;");
  uint64_t grouped = p->grouped[0] + p->grouped[1];
  if (grouped && p->ints + grouped == p->values)
    buffer_append_text(out, " may be numbers with marks between thousands, kept as texts;");
}

static void put_guess_remark(Buffer *out, const InspectTable *table, const InspectColumn *column) {
  const Profile *p = &column->profile;
  TypeKind kind = column->type.kind;
  bool comma = table->format.decimal_point == ',';
  if (column->unnamed) buffer_append_text(out, " the header has no name for it;");
  if (kind == TYPE_STRING) put_text_remark(out, column);
  if (kind == TYPE_DECIMAL && p->fractions[comma] == p->grouped[comma])
    buffer_printf(out, " a decimal %s, or one between thousands?;", comma ? "comma" : "point");
  if (kind == TYPE_DOUBLE && p->whole_digits + p->scale > DOUBLE_DIGITS)
    buffer_printf(out, " some have more than the %d digits that a double keeps;", DOUBLE_DIGITS);
  bool date = kind == TYPE_DATE || kind == TYPE_TIMESTAMP || kind == TYPE_TIMESTAMPTZ;
  if (date && table->order_open)
    buffer_append_text(out, " day and month may be the other way round: all dates allow both;");
}

static void put_column_remark(Buffer *out, const Inspect *in, const InspectTable *table,
                              const InspectColumn *column) {
  const Profile *p = &column->profile;
  uint64_t missing = profile_missing(p, column->type);
  buffer_append_text(out, "  #");
  if (column == &table->columns[table->key >= 0 ? table->key : 0] && table->key >= 0)
    buffer_append_text(out, " unique;");
  if (missing)
    buffer_printf(out, " %.1f %% empty;", 100.0 * (double)missing / (double)profile_fields(p));
  if (column->link >= 0)
    buffer_printf(out, " %.1f %% of its values are keys of %s;", 100 * column->link_share,
                  in->tables[column->link].name);
  put_guess_remark(out, table, column);
  buffer_printf(out, " %u%s different\n", column->values->count,
                !p->unique && column->values->count >= p->distinct_limit ? " or more" : "");
}

static void put_column(Buffer *out, const Inspect *in, const InspectTable *table,
                       const InspectColumn *column) {
  char type[TYPE_NAME_BYTES];
  type_format(column->type, type);
  if (column->type.kind == TYPE_INT) strcpy(type, "int");
  if (column->type.kind == TYPE_STRING) strcpy(type, "string");
  if (column->type.kind == TYPE_BOOL) strcpy(type, "bool");
  if (column->type.kind == TYPE_DOUBLE) strcpy(type, "double");
  bool renamed = strcmp(column->name, column->field) != 0;
  buffer_printf(out, "      %s: {", column->name);
  if (column->link >= 0)
    buffer_printf(out, "link: %s", in->tables[column->link].name);
  else
    buffer_printf(out, "type: \"%s\"", type);
  if (renamed) {
    buffer_append_text(out, ", field: ");
    put_quoted(out, column->field);
  }
  put_nulls(out, column);
  buffer_append_char(out, '}');
  put_column_remark(out, in, table, column);
}

static void put_table(Buffer *out, const Inspect *in, const InspectTable *table) {
  buffer_printf(out, "\n  # %llu rows%s%s", (unsigned long long)table->rows,
                table->sampled ? " read; types are those of the first 64 MiB" : "",
                table->bad_rows ? "" : "\n");
  if (table->bad_rows)
    buffer_printf(out, "; a load refuses %llu of them, see rejects: %s\n",
                  (unsigned long long)table->bad_rows, table->first_fault);
  if (table_header_is_data(table))
    buffer_printf(out,
                  "  # The first line of %s looks like a row: if it has no names, say "
                  "source: {header: false} and name the columns.\n",
                  base_name(table->paths[0]));
  buffer_printf(out, "  %s:\n", table->name);
  put_files(out, table);
  put_source(out, table);
  if (table->key >= 0) buffer_printf(out, "    key: %s\n", table->columns[table->key].name);
  buffer_append_text(out, "    columns:\n");
  for (uint32_t c = 0; c < table->column_count; c++) put_column(out, in, table, &table->columns[c]);
}

static int32_t find_column_of(const InspectTable *table, TypeKind kind) {
  for (uint32_t c = 0; c < table->column_count; c++)
    if (table->columns[c].type.kind == kind && table->columns[c].link < 0) return (int32_t)c;
  return -1;
}

static void put_dimensions(Buffer *out, const Inspect *in) {
  bool time = false, any = false;
  for (uint32_t t = 0; t < in->table_count; t++) {
    time |= !in->tables[t].is_target && find_column_of(&in->tables[t], TYPE_DATE) >= 0;
    any |= in->tables[t].is_target;
  }
  if (!time && !any) return;
  buffer_append_text(out, "\ndimensions:\n");
  if (time) buffer_append_text(out, "  date_of_fact: {time: true}\n");
  for (uint32_t t = 0; t < in->table_count; t++) {
    const InspectTable *table = &in->tables[t];
    if (!table->is_target) continue;
    buffer_printf(out, "  %s: {table: %s, levels: [%s", table->name, table->name,
                  table->columns[table->key].name);
    for (uint32_t c = 0; c < table->column_count; c++) {
      const InspectColumn *column = &table->columns[c];
      bool level = column->type.kind == TYPE_STRING && (int32_t)c != table->key &&
                   column->link < 0 && column->values->count > 1 &&
                   column->values->count <= table->rows / 2;
      if (level) buffer_printf(out, ", %s", column->name);
    }
    buffer_append_text(out, "]}\n");
  }
}

// A measure for each amount: numbers that are no links and no keys, decimals and doubles above all.
static void put_measures(Buffer *out, const InspectTable *table) {
  buffer_append_text(out, "    measures:\n      line_count: {count: rows}\n");
  for (uint32_t c = 0; c < table->column_count; c++) {
    const InspectColumn *column = &table->columns[c];
    bool amount = column->type.kind == TYPE_DECIMAL || column->type.kind == TYPE_DOUBLE;
    if (!amount || column->link >= 0) continue;
    buffer_printf(out, "      sum_%.58s: {sum: %s}\n", column->name, column->name);
  }
}

static void put_cube(Buffer *out, const Inspect *in, const InspectTable *table, bool first) {
  if (first) buffer_append_text(out, "\ncubes:\n");
  buffer_printf(out, "  %s:\n    table: %s\n", table->name, table->name);
  int32_t date = find_column_of(table, TYPE_DATE);
  if (date >= 0) buffer_append_text(out, "    time: date_of_fact.day\n");
  buffer_append_text(out, "    dimensions: {");
  const char *separator = "";
  if (date >= 0) {
    buffer_printf(out, "date_of_fact: %s", table->columns[date].name);
    separator = ", ";
  }
  bool *seen = mem_alloc_zero(in->table_count + 1);
  for (uint32_t c = 0; c < table->column_count; c++) {
    int32_t link = table->columns[c].link;
    if (link < 0 || seen[link]) continue; // a second link to one table is for people to name
    seen[link] = true;
    buffer_printf(out, "%s%s: %s", separator, in->tables[link].name, table->columns[c].name);
    separator = ", ";
  }
  mem_free(seen);
  buffer_append_text(out, "}\n");
  put_measures(out, table);
}

static bool table_is_fact(const InspectTable *table) {
  bool linked = false;
  for (uint32_t c = 0; c < table->column_count; c++) linked |= table->columns[c].link >= 0;
  return !table->is_target && (linked || find_column_of(table, TYPE_DATE) >= 0);
}

static void put_model(Buffer *out, const Inspect *in) {
  buffer_append_text(out,
                     "# A first model, made from the files by inspection: read it, name things, "
                     "correct what was guessed.\ntessera: 1\nname: first_model\n\ntables:");
  for (uint32_t t = 0; t < in->table_count; t++) put_table(out, in, &in->tables[t]);
  put_dimensions(out, in);
  bool first = true;
  for (uint32_t t = 0; t < in->table_count; t++) {
    if (!table_is_fact(&in->tables[t])) continue;
    put_cube(out, in, &in->tables[t], first);
    first = false;
  }
}

static Status inspect_run(Inspect *in, const char *const *paths, uint32_t count, Error *error) {
  for (uint32_t i = 0; i < count; i++) TRY(table_add_file(in, paths[i], error));
  for (uint32_t t = 0; t < in->table_count; t++) {
    TRY(table_read(in, &in->tables[t], error));
    table_drop_empty(&in->tables[t]);
    table_choose_format(&in->tables[t]);
    table_choose_key(&in->tables[t]);
  }
  tables_choose_links(in);
  return STATUS_OK;
}

Status inspect_files(const char *const *paths, uint32_t count, Job *job, Buffer *out,
                     Error *error) {
  if (!count || count > 4096)
    return error_set(error, STATUS_INVALID, "name 1 to 4096 CSV files to inspect");
  Inspect in = {.arena = arena_create(), .job = job};
  in.tables = ARENA_ARRAY(in.arena, InspectTable, count);
  Status status = inspect_run(&in, paths, count, error);
  if (status == STATUS_OK) put_model(out, &in);
  for (uint32_t t = 0; t < in.table_count; t++)
    for (uint32_t c = 0; c < in.tables[t].column_count; c++) {
      profile_clear(&in.tables[t].columns[c].profile);
      dictionary_release(in.tables[t].columns[c].values);
    }
  arena_destroy(in.arena);
  return status;
}
