// See member_names.h.
#include "member_names.h"
#include "report_members.h"
#include "sql_answer.h"
#include <stdlib.h>

static bool has_texts(const CatalogTable *table, const char *name) {
  for (uint32_t c = 0; c < table->column_count; c++)
    if (strcmp(table->columns[c].name, name) == 0)
      return table->columns[c].type.kind == TYPE_STRING;
  return false;
}

bool name_columns_find(const Catalog *catalog, const char *level, Arena *arena,
                       NameColumns *columns) {
  const CatalogTable *table;
  const CatalogLevel *found = report_level_find(catalog, level, &table);
  if (!found || !table) return false;
  const char *english = arena_printf(arena, "%s_en", found->column);
  *columns = (NameColumns){table->name, found->column, english};
  return has_texts(table, found->column) && has_texts(table, english);
}

void name_columns_write(JsonWriter *json, const char *key, const Catalog *catalog,
                        const char *level, Arena *arena) {
  NameColumns columns;
  json_write_key(json, key);
  if (!name_columns_find(catalog, level, arena, &columns)) {
    json_write_null(json);
    return;
  }
  json_write_object_open(json);
  json_write_key_text(json, "table", columns.table);
  json_write_key_text(json, "column", columns.column);
  json_write_key_text(json, "en", columns.english);
  json_write_object_close(json);
}

// ---- Names -------------------------------------------------------------------------------------

typedef struct NamesRead {
  MemberNames *names;
  uint32_t capacity;
  Arena *arena;
} NamesRead;

static Status read_begin(void *context, const ResultColumn *columns, uint32_t count, Error *error) {
  (void)context, (void)columns, (void)count, (void)error;
  return STATUS_OK;
}

static Str str_keep(Str text, Arena *arena) {
  return (Str){arena_strndup(arena, text.data, text.size), text.size};
}

static Status read_rows(void *context, const Batch *batch, Error *error) {
  (void)error;
  NamesRead *read = context;
  MemberNames *names = read->names;
  if (names->count + batch->row_count > read->capacity) {
    read->capacity = 2 * (names->count + batch->row_count);
    MemberName *list = ARENA_ARRAY(read->arena, MemberName, read->capacity);
    if (names->count) memcpy(list, names->list, names->count * sizeof *list);
    names->list = list;
  }
  for (uint32_t i = 0; i < batch->row_count; i++)
    names->list[names->count++] =
        (MemberName){str_keep(vector_text(&batch->columns[0], i), read->arena),
                     str_keep(vector_text(&batch->columns[1], i), read->arena)};
  return STATUS_OK;
}

static const char *name_quoted(const char *name, Arena *arena) {
  Buffer text;
  buffer_init(&text);
  for (const char *c = name; *c; c++) {
    if (*c == '"') buffer_append_char(&text, '"');
    buffer_append_char(&text, *c);
  }
  const char *quoted = arena_printf(arena, "\"%.*s\"", (int)text.size, text.size ? text.data : "");
  buffer_clear(&text);
  return quoted;
}

static int name_order(const void *a, const void *b) {
  int order = str_compare(((const MemberName *)a)->name, ((const MemberName *)b)->name);
  return order ? order
               : str_compare(((const MemberName *)a)->english, ((const MemberName *)b)->english);
}

Status member_names_read(const ApiContext *api, const DatabaseView *view, const char *const *levels,
                         uint32_t level_count, Arena *arena, MemberNames *names, Error *error) {
  NamesRead read = {.names = names, .arena = arena};
  ResultSink sink = {&read, read_begin, read_rows};
  names->list = NULL;
  names->count = 0;
  for (uint32_t l = 0; l < level_count; l++) {
    NameColumns at;
    if (!name_columns_find(view->catalog, levels[l], arena, &at)) continue;
    const char *name = name_quoted(at.column, arena), *english = name_quoted(at.english, arena);
    const char *sql = arena_printf(
        arena, "SELECT %s, min(%s) FROM %s WHERE %s IS NOT NULL AND %s <> '' GROUP BY %s", name,
        english, name_quoted(at.table, arena), name, english, name);
    Job job;
    QueryStats stats = {0};
    job_init(&job, "names of members", api->query_memory_bytes, api->query_timeout_ms,
             database_budget(api->database));
    TRY(sql_answer(api->database, view, NULL, sql, NULL, NULL, &job, &sink, &stats, error));
  }
  if (names->count) qsort(names->list, names->count, sizeof *names->list, name_order);
  return STATUS_OK;
}

static Str english_of(const MemberNames *names, Str name) {
  uint32_t low = 0, high = names->count; // the first that is not before it
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (str_compare(names->list[middle].name, name) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  bool found = low < names->count && str_compare(names->list[low].name, name) == 0;
  return found ? names->list[low].english : name;
}

// ---- The sink ----------------------------------------------------------------------------------

static Status named_begin(void *context, const ResultColumn *columns, uint32_t count,
                          Error *error) {
  NamedSink *sink = context;
  sink->of_column = ARENA_ARRAY(sink->arena, const MemberNames *, count + 1);
  sink->vectors = ARENA_ARRAY(sink->arena, Vector, count + 1);
  sink->texts = ARENA_ARRAY(sink->arena, Str *, count + 1);
  for (uint32_t c = 0; c < count; c++) {
    sink->of_column[c] = NULL;
    for (uint32_t n = 0; columns[c].type.kind == TYPE_STRING && n < sink->name_count; n++)
      if (sink->names[n].count && strcmp(sink->names[n].column, columns[c].name) == 0)
        sink->of_column[c] = &sink->names[n];
    if (sink->of_column[c]) sink->texts[c] = ARENA_ARRAY(sink->arena, Str, VECTOR_ROWS);
  }
  return sink->inner.begin(sink->inner.context, columns, count, error);
}

static Status named_rows(void *context, const Batch *batch, Error *error) {
  NamedSink *sink = context;
  Batch named = *batch;
  named.columns = sink->vectors;
  for (uint32_t c = 0; c < batch->column_count; c++) {
    const Vector *from = &batch->columns[c];
    sink->vectors[c] = *from;
    if (!sink->of_column[c]) continue;
    uint32_t count = from->constant ? 1 : batch->row_count;
    for (uint32_t i = 0; i < count; i++)
      sink->texts[c][i] = vector_is_valid(from, i)
                              ? english_of(sink->of_column[c], vector_text(from, i))
                              : (Str){"", 0};
    sink->vectors[c] = (Vector){.type = from->type,
                                .physical = PHYSICAL_TEXT,
                                .constant = from->constant,
                                .data = sink->texts[c],
                                .validity = from->validity};
  }
  return sink->inner.rows(sink->inner.context, &named, error);
}

ResultSink named_sink_open(NamedSink *sink, const MemberNames *names, uint32_t name_count,
                           Arena *arena) {
  *sink = (NamedSink){.names = names, .name_count = name_count, .arena = arena};
  return (ResultSink){sink, named_begin, named_rows};
}
