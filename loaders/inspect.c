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
    more = table_take_batch(table, &batch, bytes, chunk.file);
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
