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
#include "inspect_parts.h"
#include "json_fields.h"
#include "reader.h"
#include <stdio.h>

#define SAMPLE_BYTES (64 * 1024 * 1024)
#define CODES_DISTINCT_MAX 65536 // more different values are no level of others

// --- Files into tables ---

const char *inspect_base_name(const char *path) {
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
    *column =
        (InspectColumn){.field = table->header.names[f], .link = -1, .label = -1, .parent = -1};
    column->unnamed = !*column->field;
    if (column->unnamed) column->field = arena_printf(in->arena, "column %u", f + 1);
    column->name = names[table->column_count] =
        inspect_name(in->arena, column->field, names, table->column_count);
    profile_init(&column->profile);
    table->column_count++;
  }
}

// First words of a line that adds up those before it, and the empty text of rows without any.
static const char *const skip_words[] = {
    "",       "total",  "totals", "grand total", "итого",     "всего", "итог",
    "summe",  "gesamt", "sum",    "общий итог",  "total sum", "suma",  "razem",
    "celkem", "ИТОГО",  "Итого",  "ВСЕГО",       "Всего",     "Итог",  "Общий итог"};
#define SKIP_WORDS (sizeof skip_words / sizeof *skip_words)

#define JSON_NAMES_BYTES (8 * 1024 * 1024) // in which all names are looked for

// The names of a JSON file's values, from its first objects; none: it is no JSON.
static Status json_names_read(Inspect *in, const char *path, const ModelSource *format,
                              CsvHeader *out, Error *error) {
  SourceSpec spec = {.table = "", .paths = &path, .path_count = 1, .format = format};
  Source *source = json_lines_source_create(&spec);
  Chunk chunk = {0};
  JsonFields fields = {0};
  Status status = STATUS_OK;
  bool end = false;
  for (size_t bytes = 0; status == STATUS_OK && !end && bytes < JSON_NAMES_BYTES;) {
    status = source->read(source, &chunk, &end, error);
    if (status != STATUS_OK || end) break;
    json_fields_add(&fields, chunk.data, chunk.size, UINT32_MAX, NULL);
    bytes += chunk.size;
  }
  *out = (CsvHeader){.count = fields.count};
  out->names = ARENA_ARRAY(in->arena, const char *, fields.count + 1);
  for (uint32_t f = 0; f < fields.count; f++)
    out->names[f] = arena_strdup(in->arena, fields.names[f]);
  json_fields_clear(&fields);
  chunk_clear(&chunk);
  source->destroy(source);
  return status;
}

static Status file_first_byte(const char *path, char *first, Error *error) {
  Reader *reader;
  char text[64];
  size_t size, at = 0;
  TRY(reader_open(path, NULL, NULL, &reader, error));
  Status status = reader_read(reader, text, sizeof text, &size, error);
  reader_close(reader);
  if (status != STATUS_OK) return status;
  while (at < size && (unsigned char)text[at] <= ' ') at++;
  *first = at < size ? text[at] : 0;
  return STATUS_OK;
}

// A header, or, of a file that begins as JSON does and is some, its objects' names.
static Status file_read_names(Inspect *in, const char *path, ModelSource *format, CsvHeader *out,
                              Error *error) {
  char first = 0;
  TRY(file_first_byte(path, &first, error));
  if (first == '{' || first == '[') {
    ModelSource json = *format;
    json.format = MODEL_FORMAT_JSONL;
    TRY(json_names_read(in, path, &json, out, error));
    if (out->count) {
      *format = json;
      return STATUS_OK;
    }
  }
  return csv_header_read(path, format, in->arena, out, error);
}

static Status table_add_file(Inspect *in, const char *path, Error *error) {
  ModelSource format = {.has_header = true,
                        .decimal_point = '.',
                        .ragged = true,
                        .skip = (const char **)skip_words,
                        .skip_count = SKIP_WORDS};
  TRY(inspect_encoding(path, SAMPLE_BYTES, &format, error));
  CsvHeader header;
  const char *file_name = inspect_file_name(in->arena, path);
  TRY(file_read_names(in, path, &format, &header, error));
  for (uint32_t t = 0; t < in->table_count; t++) {
    InspectTable *table = &in->tables[t];
    if (table->format.format != format.format) continue;
    if (strcmp(table->file_name, file_name) || !headers_equal(&table->header, &header)) continue;
    table->paths[table->path_count++] = path;
    return STATUS_OK;
  }
  const char **names = ARENA_ARRAY(in->arena, const char *, in->table_count + 1);
  for (uint32_t t = 0; t < in->table_count; t++) names[t] = in->tables[t].name;
  InspectTable *table = &in->tables[in->table_count];
  *table = (InspectTable){.format = format,
                          .header = header,
                          .key = -1,
                          .time = -1,
                          .path_count = 1,
                          .file_name = file_name};
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
      inspect_base_name(table->paths[file]), *first->column ? ": " : "", first->column,
      *first->column ? first->reason : arena_printf(in->arena, "has %s", first->reason));
}

static void column_drop_codes(InspectColumn *column) {
  mem_free(column->codes);
  column->codes = NULL;
  column->codes_ended = true;
}

static void column_take_code(InspectColumn *column, uint32_t code) {
  if (column->codes_ended) return;
  if (dictionary_builder_count(column->profile.distinct) > CODES_DISTINCT_MAX) {
    column_drop_codes(column);
    return;
  }
  if (column->code_count == column->code_capacity) {
    column->code_capacity = column->code_capacity ? column->code_capacity * 2 : 1024;
    column->codes = mem_realloc(column->codes, column->code_capacity * sizeof *column->codes);
  }
  column->codes[column->code_count++] = code;
}

static void column_take_sample(InspectColumn *column, const Batch *batch, const BatchColumn *from,
                               uint32_t file) {
  for (uint32_t row = 0; row < batch->row_count; row++) {
    bool null = bits_get(from->nulls, row);
    Str value = null ? (Str){"", 0} : ((const Str *)from->values)[row];
    ProfilePlace place = {file, batch_line(batch, row)};
    column_take_code(column,
                     profile_add(&column->profile, value, bits_get(from->quoted, row), place));
  }
}

// Beyond the sample: whether the column may still be a key.
static void column_take_rest(InspectColumn *column, const Batch *batch, const BatchColumn *from) {
  Profile *profile = &column->profile;
  column_drop_codes(column);
  if (!profile->unique || profile->nulls) return;
  for (uint32_t row = 0; row < batch->row_count; row++) {
    Str value = ((const Str *)from->values)[row];
    if (bits_get(from->nulls, row) || !value.size)
      profile->nulls++;
    else
      profile_add_key(profile, value);
  }
}

// False once nothing more is to be learnt.
static bool table_take_batch(InspectTable *table, const Batch *batch, uint64_t bytes,
                             uint32_t file) {
  bool sample = bytes <= SAMPLE_BYTES, more = sample;
  table->rows += batch->row_count;
  table->bad_rows += batch->reject_count;
  table->ragged_rows += batch->ragged_rows;
  table->skipped += batch->skipped;
  table->skip_tokens |= batch->skip_tokens;
  table->sampled |= !sample;
  for (uint32_t c = 0; c < table->column_count; c++) {
    InspectColumn *column = &table->columns[c];
    const Profile *profile = &column->profile;
    if (sample)
      column_take_sample(column, batch, &batch->columns[c], file);
    else
      column_take_rest(column, batch, &batch->columns[c]);
    more |= profile->unique && !profile->nulls;
  }
  return more;
}

// A line that begins with "total" is one of sums when it is the last, once in a file; else it is a
// row like others, and the files are read anew.
static bool sums_are_rows(const InspectTable *table, const uint64_t *last_rows,
                          const uint64_t *first_sums) {
  bool rows = false;
  for (uint32_t f = 0; f < table->path_count; f++)
    rows |= first_sums[f] && last_rows[f] > first_sums[f];
  return rows;
}

static void table_forget(InspectTable *table) {
  table->rows = table->bad_rows = table->ragged_rows = table->skipped = table->skip_tokens = 0;
  table->sampled = false;
  table->first_fault = NULL;
  for (uint32_t c = 0; c < table->column_count; c++) {
    InspectColumn *column = &table->columns[c];
    column_drop_codes(column);
    column->codes_ended = false;
    column->code_count = column->code_capacity = 0;
    profile_clear(&column->profile);
    profile_init(&column->profile);
  }
}

// Reads the table's files once. last_rows, first_sums: of each file the line of its last row, and
// of the first that was skipped for its first word (0: none).
static Status table_read_once(Inspect *in, InspectTable *table, uint64_t *last_rows,
                              uint64_t *first_sums, Error *error) {
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
  Source *source = source_create(&spec);
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
    if (batch.row_count) last_rows[chunk.file] = batch_line(&batch, batch.row_count - 1);
    if (batch.skip_tokens > 1 && !first_sums[chunk.file]) first_sums[chunk.file] = batch.skip_line;
    more = table_take_batch(table, &batch, bytes, chunk.file);
  }
  batch_clear(&batch);
  chunk_clear(&chunk);
  source->destroy(source);
  return status;
}

static Status table_read(Inspect *in, InspectTable *table, Error *error) {
  uint64_t *last_rows = ARENA_ARRAY(in->arena, uint64_t, table->path_count);
  uint64_t *first_sums = ARENA_ARRAY(in->arena, uint64_t, table->path_count);
  TRY(table_read_once(in, table, last_rows, first_sums, error));
  if (!sums_are_rows(table, last_rows, first_sums)) return STATUS_OK;
  table_forget(table);
  table->format.skip_count = 1; // empty rows alone
  return table_read_once(in, table, last_rows, first_sums, error);
}

// A column without a name and without values is an end of line with a delimiter.
static void table_drop_empty(InspectTable *table) {
  uint32_t kept = 0;
  for (uint32_t c = 0; c < table->column_count; c++) {
    InspectColumn *column = &table->columns[c];
    if (column->unnamed && profile_fields(&column->profile) == column->profile.nulls) {
      column_drop_codes(column);
      profile_clear(&column->profile);
    } else {
      table->columns[kept++] = *column;
    }
  }
  table->column_count = kept;
}

static Status inspect_run(Inspect *in, const char *const *paths, uint32_t count, Error *error) {
  for (uint32_t i = 0; i < count; i++) TRY(table_add_file(in, paths[i], error));
  for (uint32_t t = 0; t < in->table_count; t++) {
    TRY(table_read(in, &in->tables[t], error));
    table_drop_empty(&in->tables[t]);
    inspect_choose_types(in, &in->tables[t]);
    inspect_choose_key(&in->tables[t]);
  }
  inspect_choose_links(in);
  inspect_choose_roles(in);
  return STATUS_OK;
}

size_t inspect_folder_size(const char *const *paths, uint32_t count) {
  const char *slash = strrchr(paths[0], '/');
  size_t size = slash ? (size_t)(slash + 1 - paths[0]) : 0;
  for (uint32_t i = 1; i < count; i++)
    while (size && strncmp(paths[i], paths[0], size) != 0)
      for (size--; size && paths[0][size - 1] != '/';) size--;
  return size;
}

Status inspect_files(const char *const *paths, uint32_t count, Job *job, Buffer *out,
                     Error *error) {
  if (!count || count > 4096)
    return error_set(error, STATUS_INVALID, "name 1 to 4096 CSV files to inspect");
  Inspect in = {.arena = arena_create(), .job = job};
  in.tables = ARENA_ARRAY(in.arena, InspectTable, count);
  in.folder_size = inspect_folder_size(paths, count);
  Status status = inspect_run(&in, paths, count, error);
  if (status == STATUS_OK) {
    InspectCubes cubes;
    inspect_make_cubes(&in, &cubes);
    inspect_write(&in, &cubes, out);
  }
  for (uint32_t t = 0; t < in.table_count; t++)
    for (uint32_t c = 0; c < in.tables[t].column_count; c++) {
      mem_free(in.tables[t].columns[c].codes);
      profile_clear(&in.tables[t].columns[c].profile);
      dictionary_release(in.tables[t].columns[c].values);
    }
  arena_destroy(in.arena);
  return status;
}
