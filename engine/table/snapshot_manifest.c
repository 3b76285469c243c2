// The manifest as JSON and back.
//
// Reading goes through a Reader that remembers the first fault and where it was ("tables[2].columns
// [0].type"); after a fault every further read gives zeros, so that the code below reads straight
// on and asks once. Counts are those of JSON arrays in memory, never numbers that a file claims.
#include "snapshot_manifest.h"
#include "buffer.h"
#include "hash.h"
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHECKSUM_LINE_BYTES 23 // "xxh64 0123456789abcdef\n"
#define MANIFEST_BYTES_MAX (256 << 20)
#define ROWS_MAX (INT64_C(1) << 47)

// ---- printing

static void put(json_t *object, const char *key, json_t *value, bool *ok) {
  *ok &= json_object_set_new(object, key, value) == 0;
}

static void add(json_t *array, json_t *value, bool *ok) {
  *ok &= json_array_append_new(array, value) == 0;
}

static json_t *hex_json(uint64_t number) {
  char text[17];
  snprintf(text, sizeof text, "%016llx", (unsigned long long)number);
  return json_string(text);
}

static json_t *ref_json(SectionRef ref) {
  return json_pack("[I,I]", (json_int_t)ref.file, (json_int_t)ref.section);
}

static json_t *type_json(Type type) {
  char text[TYPE_NAME_BYTES];
  return json_string(type_format(type, text));
}

static json_t *column_json(const ColumnSchema *schema, const ManifestColumn *column, bool *ok) {
  json_t *object = json_object(), *blocks = json_array();
  put(object, "name", json_string(schema->name), ok);
  put(object, "type", type_json(schema->type), ok);
  if (!type_equal(schema->type, column->type)) put(object, "held_as", type_json(column->type), ok);
  if (schema->link) put(object, "link", json_string(schema->link), ok);
  if (schema->as_of) put(object, "as_of", json_string(schema->as_of), ok);
  if (schema->hidden) put(object, "hidden", json_true(), ok);
  if (schema->through_column) {
    put(object, "through_link", json_string(schema->through_link), ok);
    put(object, "through_column", json_string(schema->through_column), ok);
  }
  if (section_ref_exists(column->dictionary))
    put(object, "dictionary", ref_json(column->dictionary), ok);
  for (uint32_t r = 0; r < column->run_count; r++) {
    const ManifestRun *run = &column->runs[r];
    add(blocks,
        json_pack("[I,I,I]", (json_int_t)run->file, (json_int_t)run->first, (json_int_t)run->count),
        ok);
  }
  put(object, "blocks", blocks, ok);
  return object;
}

static json_t *names_json(const char *const *names, uint32_t count, bool *ok) {
  json_t *array = json_array();
  for (uint32_t i = 0; i < count; i++) add(array, json_string(names[i]), ok);
  return array;
}

static void cuboid_put(json_t *object, const ManifestTable *table, bool *ok) {
  const TableSchema *schema = &table->schema;
  put(object, "sources", names_json(schema->sources, schema->source_count, ok), ok);
  put(object, "split", json_integer(schema->split_count), ok);
  if (schema->by_name) put(object, "by_name", json_true(), ok);
  if (schema->measure_count)
    put(object, "measures", names_json(schema->measures, schema->measure_count, ok), ok);
  put(object, "made_at", json_integer(table->made_at), ok);
  put(object, "made_ns", json_integer(table->made_ns), ok);
}

static json_t *table_json(const ManifestTable *table, bool *ok) {
  const TableSchema *schema = &table->schema;
  json_t *object = json_object(), *columns = json_array();
  put(object, "name", json_string(schema->name), ok);
  put(object, "rows", json_integer((json_int_t)table->row_count), ok);
  put(object, "version", json_integer((json_int_t)table->version), ok);
  put(object, "key", json_integer(schema->key), ok);
  put(object, "cluster", json_integer(schema->cluster), ok);
  put(object, "has_members", json_boolean(schema->has_members), ok);
  if (section_ref_exists(table->hidden)) put(object, "hidden", ref_json(table->hidden), ok);
  if (section_ref_exists(table->inferred)) put(object, "inferred", ref_json(table->inferred), ok);
  for (uint32_t c = 0; c < schema->column_count; c++)
    add(columns, column_json(&schema->columns[c], &table->columns[c], ok), ok);
  put(object, "columns", columns, ok);
  if (schema->source_count) cuboid_put(object, table, ok);
  if (!table->projection_count) return object;
  json_t *projections = json_array();
  for (uint32_t p = 0; p < table->projection_count; p++)
    add(projections, table_json(&table->projections[p], ok), ok);
  put(object, "projections", projections, ok);
  return object;
}

static json_t *manifest_json(const Manifest *manifest, bool *ok) {
  json_t *root = json_object(), *batches = json_array(), *files = json_array(),
         *tables = json_array();
  put(root, "format", json_integer(SNAPSHOT_FORMAT), ok);
  put(root, "version", json_integer((json_int_t)manifest->version), ok);
  put(root, "published_at", json_integer(manifest->published_at), ok);
  if (manifest->model) put(root, "model", json_string(manifest->model), ok);
  for (uint32_t b = 0; b < manifest->batch_count; b++)
    add(batches, json_string(manifest->batches[b]), ok);
  put(root, "batches", batches, ok);
  for (uint32_t f = 0; f < manifest->file_count; f++) {
    json_t *file = json_object();
    put(file, "number", json_integer(manifest->files[f].number), ok);
    put(file, "bytes", json_integer((json_int_t)manifest->files[f].bytes), ok);
    put(file, "checksum", hex_json(manifest->files[f].checksum), ok);
    add(files, file, ok);
  }
  put(root, "files", files, ok);
  for (uint32_t t = 0; t < manifest->table_count; t++)
    add(tables, table_json(&manifest->tables[t], ok), ok);
  put(root, "tables", tables, ok);
  return root;
}

static int buffer_append_dump(const char *bytes, size_t size, void *buffer) {
  buffer_append(buffer, bytes, size);
  return 0;
}

Status manifest_print(const Manifest *manifest, char **text, size_t *size, Error *error) {
  bool ok = true;
  json_t *root = manifest_json(manifest, &ok);
  Buffer buffer;
  buffer_init(&buffer);
  ok = ok && json_dump_callback(root, buffer_append_dump, &buffer, JSON_INDENT(1)) == 0;
  json_decref(root);
  if (!ok) {
    buffer_clear(&buffer);
    return error_set(error, STATUS_INVALID,
                     "the snapshot cannot be written: a name in the store is not valid UTF-8");
  }
  buffer_append_char(&buffer, '\n');
  uint64_t checksum = hash_xxh64(buffer.data, buffer.size, 0);
  buffer_printf(&buffer, "xxh64 %016llx\n", (unsigned long long)checksum);
  *text = buffer.data;
  *size = buffer.size;
  return STATUS_OK;
}

// ---- reading

typedef struct Reader {
  Arena *arena;
  const Manifest *manifest; // for the number of files
  char where[256];
  char fault[400]; // "" while all is well
} Reader;

static void reader_fail(Reader *reader, const char *key, const char *what) {
  if (reader->fault[0]) return;
  snprintf(reader->fault, sizeof reader->fault, "%s%s%s: %s", reader->where,
           reader->where[0] && key[0] ? "." : "", key, what);
}

// A member of the wanted type; NULL (and a fault, unless it may be absent) where it is not.
static json_t *get(Reader *reader, json_t *object, const char *key, json_type type, bool optional) {
  json_t *value = json_object_get(object, key);
  if (!value && !optional) reader_fail(reader, key, "it is missing");
  if (value && json_typeof(value) != type) {
    reader_fail(reader, key, "it has the wrong kind");
    return NULL;
  }
  return value;
}

static int64_t get_int(Reader *reader, json_t *object, const char *key, int64_t min, int64_t max) {
  json_t *value = get(reader, object, key, JSON_INTEGER, false);
  int64_t number = value ? json_integer_value(value) : min;
  if (number >= min && number <= max) return number;
  reader_fail(reader, key, "it is out of range");
  return min;
}

static const char *get_text(Reader *reader, json_t *object, const char *key, bool optional) {
  json_t *value = get(reader, object, key, JSON_STRING, optional);
  if (!value) return optional ? NULL : "";
  return arena_strdup(reader->arena, json_string_value(value));
}

static uint64_t get_hex(Reader *reader, json_t *object, const char *key) {
  const char *text = get_text(reader, object, key, false);
  if (strlen(text) != 16 || strspn(text, "0123456789abcdef") != 16)
    reader_fail(reader, key, "it is no checksum");
  return strtoull(text, NULL, 16);
}

static bool get_flag(Reader *reader, json_t *object, const char *key) {
  json_t *value = json_object_get(object, key);
  if (value && !json_is_boolean(value)) reader_fail(reader, key, "it has the wrong kind");
  return json_is_true(value);
}

static Type get_type(Reader *reader, json_t *object, const char *key) {
  Type type = {.kind = TYPE_NULL};
  const char *text = get_text(reader, object, key, false);
  if (strcmp(text, "null") != 0 && !type_parse(text, &type))
    reader_fail(reader, key, "it is no type");
  return type;
}

// One number of an array of references: below the number of files, or any.
static uint32_t get_index(Reader *reader, json_t *array, size_t i, int64_t limit, const char *key) {
  json_t *value = json_array_get(array, i);
  if (json_is_integer(value) && json_integer_value(value) >= 0 && json_integer_value(value) < limit)
    return (uint32_t)json_integer_value(value);
  reader_fail(reader, key, "it does not name a section of a file");
  return 0;
}

static SectionRef get_ref(Reader *reader, json_t *object, const char *key) {
  json_t *array = get(reader, object, key, JSON_ARRAY, true);
  if (!array) return SECTION_NONE;
  if (json_array_size(array) != 2) reader_fail(reader, key, "it does not name a section of a file");
  return (SectionRef){get_index(reader, array, 0, reader->manifest->file_count, key),
                      get_index(reader, array, 1, UINT32_MAX, key)};
}

// A list of names; *count of them.
static const char **get_names(Reader *reader, json_t *object, const char *key, bool optional,
                              uint32_t *count) {
  json_t *array = get(reader, object, key, JSON_ARRAY, optional);
  *count = (uint32_t)json_array_size(array);
  const char **names = ARENA_ARRAY(reader->arena, const char *, *count);
  for (uint32_t i = 0; i < *count; i++) {
    json_t *name = json_array_get(array, i);
    if (!json_is_string(name)) reader_fail(reader, key, "a name is not a text");
    names[i] = json_is_string(name) ? arena_strdup(reader->arena, json_string_value(name)) : "";
  }
  return names;
}

static void read_runs(Reader *reader, json_t *object, ManifestColumn *column) {
  json_t *blocks = get(reader, object, "blocks", JSON_ARRAY, false);
  column->run_count = (uint32_t)json_array_size(blocks);
  column->runs = ARENA_ARRAY(reader->arena, ManifestRun, column->run_count);
  for (uint32_t r = 0; r < column->run_count; r++) {
    json_t *run = json_array_get(blocks, r);
    if (json_array_size(run) != 3) reader_fail(reader, "blocks", "a run is not of three numbers");
    column->runs[r] =
        (ManifestRun){get_index(reader, run, 0, reader->manifest->file_count, "blocks"),
                      get_index(reader, run, 1, UINT32_MAX, "blocks"),
                      get_index(reader, run, 2, UINT32_MAX, "blocks")};
  }
}

static void read_column(Reader *reader, json_t *object, ColumnSchema *schema,
                        ManifestColumn *column) {
  schema->name = get_text(reader, object, "name", false);
  schema->type = get_type(reader, object, "type");
  schema->link = get_text(reader, object, "link", true);
  schema->as_of = get_text(reader, object, "as_of", true);
  schema->hidden = get_flag(reader, object, "hidden");
  schema->through_link = get_text(reader, object, "through_link", true);
  schema->through_column = get_text(reader, object, "through_column", !schema->through_link);
  column->type =
      json_object_get(object, "held_as") ? get_type(reader, object, "held_as") : schema->type;
  column->dictionary = get_ref(reader, object, "dictionary");
  read_runs(reader, object, column);
}

// The key index takes integers and strings only.
static void check_key(Reader *reader, const ManifestTable *table) {
  if (table->schema.key < 0) return;
  Physical physical = type_physical(table->columns[table->schema.key].type);
  if (physical != PHYSICAL_INT && physical != PHYSICAL_TEXT)
    reader_fail(reader, "key", "its column's type cannot be a key");
}

// What a store of an earlier time does not say is 0.
static int64_t get_int_or_zero(Reader *reader, json_t *object, const char *key) {
  return json_object_get(object, key) ? get_int(reader, object, key, 0, INT64_MAX) : 0;
}

static void read_cuboid(Reader *reader, json_t *object, ManifestTable *table) {
  TableSchema *schema = &table->schema;
  schema->sources = get_names(reader, object, "sources", true, &schema->source_count);
  if (!schema->source_count) return;
  schema->split_count = (uint32_t)get_int(reader, object, "split", 0, schema->column_count);
  schema->by_name = get_flag(reader, object, "by_name");
  schema->measures = get_names(reader, object, "measures", true, &schema->measure_count);
  table->made_at = get_int_or_zero(reader, object, "made_at");
  table->made_ns = get_int_or_zero(reader, object, "made_ns");
}

static void read_table(Reader *reader, json_t *object, ManifestTable *table, bool is_projection) {
  TableSchema *schema = &table->schema;
  char where[sizeof reader->where];
  memcpy(where, reader->where, sizeof where);
  json_t *columns = get(reader, object, "columns", JSON_ARRAY, false);
  schema->column_count = (uint32_t)json_array_size(columns);
  schema->name = get_text(reader, object, "name", false);
  schema->key = (int32_t)get_int(reader, object, "key", -1, (int64_t)schema->column_count - 1);
  schema->cluster =
      (int32_t)get_int(reader, object, "cluster", -1, (int64_t)schema->column_count - 1);
  schema->has_members = get_flag(reader, object, "has_members");
  table->row_count =
      (uint64_t)get_int(reader, object, "rows", 0, schema->has_members ? UINT32_MAX : ROWS_MAX);
  table->version = (uint64_t)get_int(reader, object, "version", 0, INT64_MAX);
  table->hidden = get_ref(reader, object, "hidden");
  table->inferred = get_ref(reader, object, "inferred");
  schema->columns = ARENA_ARRAY(reader->arena, ColumnSchema, schema->column_count);
  table->columns = ARENA_ARRAY(reader->arena, ManifestColumn, schema->column_count);
  for (uint32_t c = 0; c < schema->column_count && !reader->fault[0]; c++) {
    snprintf(reader->where, sizeof reader->where, "%.200s.columns[%u]", where, c);
    read_column(reader, json_array_get(columns, c), &schema->columns[c], &table->columns[c]);
  }
  memcpy(reader->where, where, sizeof where);
  if (!reader->fault[0]) check_key(reader, table);
  read_cuboid(reader, object, table);
  json_t *projections = get(reader, object, "projections", JSON_ARRAY, true);
  if (projections && is_projection)
    return reader_fail(reader, "projections", "a projection has projections");
  table->projection_count = (uint32_t)json_array_size(projections);
  table->projections = ARENA_ARRAY(reader->arena, ManifestTable, table->projection_count);
  for (uint32_t p = 0; p < table->projection_count && !reader->fault[0]; p++) {
    snprintf(reader->where, sizeof reader->where, "%.200s.projections[%u]", where, p);
    read_table(reader, json_array_get(projections, p), &table->projections[p], true);
    if (table->projections[p].row_count != table->row_count)
      reader_fail(reader, "rows", "a projection has another number of rows than its table");
  }
  memcpy(reader->where, where, sizeof where);
}

static void read_files(Reader *reader, json_t *root, Manifest *manifest) {
  json_t *files = get(reader, root, "files", JSON_ARRAY, false);
  manifest->file_count = (uint32_t)json_array_size(files);
  manifest->files = ARENA_ARRAY(reader->arena, ManifestFile, manifest->file_count);
  for (uint32_t f = 0; f < manifest->file_count && !reader->fault[0]; f++) {
    json_t *file = json_array_get(files, f);
    snprintf(reader->where, sizeof reader->where, "files[%u]", f);
    manifest->files[f] =
        (ManifestFile){.number = (uint32_t)get_int(reader, file, "number", 0, UINT32_MAX),
                       .bytes = (uint64_t)get_int(reader, file, "bytes", 0, INT64_MAX),
                       .checksum = get_hex(reader, file, "checksum")};
  }
  reader->where[0] = 0;
}

static void read_tables(Reader *reader, json_t *root, Manifest *manifest) {
  json_t *tables = get(reader, root, "tables", JSON_ARRAY, false);
  manifest->table_count = (uint32_t)json_array_size(tables);
  manifest->tables = ARENA_ARRAY(reader->arena, ManifestTable, manifest->table_count);
  for (uint32_t t = 0; t < manifest->table_count && !reader->fault[0]; t++) {
    snprintf(reader->where, sizeof reader->where, "tables[%u]", t);
    read_table(reader, json_array_get(tables, t), &manifest->tables[t], false);
    // Ascending names: none twice.
    if (t && strcmp(manifest->tables[t - 1].schema.name, manifest->tables[t].schema.name) >= 0)
      reader_fail(reader, "name", "the tables are not in order");
  }
  reader->where[0] = 0;
}

// Verifies the last line and gives the length of the JSON before it.
static Status checksum_verify(const char *text, size_t size, const char *path, size_t *json_bytes,
                              Error *error) {
  char line[CHECKSUM_LINE_BYTES + 1];
  if (size <= CHECKSUM_LINE_BYTES)
    return snapshot_corrupt(error, path, "it has only %zu bytes", size);
  *json_bytes = size - CHECKSUM_LINE_BYTES;
  snprintf(line, sizeof line, "xxh64 %016llx\n",
           (unsigned long long)hash_xxh64(text, *json_bytes, 0));
  if (memcmp(line, text + *json_bytes, CHECKSUM_LINE_BYTES) != 0)
    return snapshot_corrupt(error, path, "its checksum is wrong, or it was cut short");
  return STATUS_OK;
}

Status manifest_parse(const char *text, size_t size, const char *path, Arena *arena,
                      Manifest *manifest, Error *error) {
  size_t json_bytes = 0;
  TRY(checksum_verify(text, size, path, &json_bytes, error));
  json_error_t fault;
  json_t *root = json_loadb(text, json_bytes, JSON_REJECT_DUPLICATES, &fault);
  if (!root || !json_is_object(root)) {
    json_decref(root);
    return snapshot_corrupt(error, path, "it is not JSON: line %d: %s", fault.line,
                            root ? "not an object" : fault.text);
  }
  *manifest = (Manifest){0};
  Reader reader = {.arena = arena, .manifest = manifest};
  int64_t format = get_int(&reader, root, "format", INT64_MIN, INT64_MAX);
  Status status = STATUS_OK;
  if (!reader.fault[0] && format != SNAPSHOT_FORMAT) {
    status = snapshot_corrupt(error, path, "its format is %lld, this program reads format %d",
                              (long long)format, SNAPSHOT_FORMAT);
  } else {
    manifest->version = (uint64_t)get_int(&reader, root, "version", 0, INT64_MAX);
    manifest->published_at = get_int(&reader, root, "published_at", INT64_MIN, INT64_MAX);
    manifest->model = get_text(&reader, root, "model", true);
    manifest->batches = get_names(&reader, root, "batches", false, &manifest->batch_count);
    read_files(&reader, root, manifest);
    read_tables(&reader, root, manifest);
    if (reader.fault[0]) status = snapshot_corrupt(error, path, "%s", reader.fault);
  }
  json_decref(root);
  return status;
}

static Status manifest_read_fd(int fd, const char *path, char **text, size_t *size, Error *error) {
  struct stat info;
  if (fstat(fd, &info) != 0) return error_set(error, STATUS_IO, "%s: %s", path, strerror(errno));
  if (!S_ISREG(info.st_mode) || info.st_size > MANIFEST_BYTES_MAX)
    return snapshot_corrupt(error, path, "it is not a manifest");
  *size = (size_t)info.st_size;
  *text = mem_alloc(*size + 1);
  Status status = file_read_at(fd, *text, *size, 0, path, error);
  if (status != STATUS_OK) mem_free(*text);
  return status;
}

Status manifest_load(const char *folder, char **text, size_t *size, Error *error) {
  char path[SNAPSHOT_PATH_BYTES];
  snprintf(path, sizeof path, "%s/" SNAPSHOT_MANIFEST, folder);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
    return error_set(error, STATUS_NOT_FOUND, "there is no store in %s", folder);
  if (fd < 0) return error_set(error, STATUS_IO, "%s: %s", path, strerror(errno));
  Status status = manifest_read_fd(fd, path, text, size, error);
  close(fd);
  return status;
}
