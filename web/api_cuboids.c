// /api/v1/cuboids: the tables of partial states that the store holds, and the questions that none
// of them served; building and dropping them (cuboid_keeper.h); what would pay.
#include "api.h"
#include "api_document.h"
#include "cube_advice.h"
#include "cuboid_keeper.h"
#include "cuboid_name.h"

static void names_write(JsonWriter *json, const char *key, const TableSchema *schema, uint32_t from,
                        uint32_t to) {
  json_write_key(json, key);
  json_write_array_open(json);
  for (uint32_t c = from; c < to; c++) json_write_text(json, schema->columns[c].name);
  json_write_array_close(json);
}

static void moment_write(JsonWriter *json, const char *key, int64_t moment) {
  json_write_key(json, key);
  if (moment)
    json_write_timestamptz(json, moment);
  else
    json_write_null(json);
}

typedef struct ListedCuboid {
  const Table *table;
  NamedCuboid named; // cube NULL: its levels are no longer known
} ListedCuboid;

typedef struct CuboidList {
  const DatabaseView *view;
  const CuboidLattice *lattice; // or NULL
  ListedCuboid *items;
  uint32_t count;
} CuboidList;

static void list_read(CuboidList *list, Arena *arena) {
  const Root *root = list->view->root;
  list->items = ARENA_ARRAY(arena, ListedCuboid, root->table_count + 1);
  for (uint32_t t = 0; t < root->table_count; t++) {
    ListedCuboid *item = &list->items[list->count];
    if (!table_is_cuboid(root->tables[t])) continue;
    list->count++;
    item->table = root->tables[t];
    if (!list->view->model ||
        cuboid_name_read(arena, list->view->catalog, list->view->model, item->table->schema->name,
                         &item->named, NULL) != STATUS_OK)
      item->named.cube = NULL;
  }
}

// The smallest cuboid of the cube that has cells within this one's, as the lattice knows levels;
// NULL: it stands over the fact's rows themselves.
static const char *finer_find(const CuboidList *list, const ListedCuboid *of) {
  const ListedCuboid *found = NULL;
  const LatticeCube *cube = list->lattice && of->named.cube
                                ? cuboid_lattice_find(list->lattice, of->named.cube->name)
                                : NULL;
  for (uint32_t i = 0; cube && i < list->count; i++) {
    const ListedCuboid *one = &list->items[i];
    if (one == of || one->named.cube != of->named.cube ||
        !lattice_refines(cube, one->named.declared, of->named.declared) ||
        lattice_refines(cube, of->named.declared, one->named.declared))
      continue;
    if (!found || one->table->row_count < found->table->row_count) found = one;
  }
  return found ? found->table->schema->name : NULL;
}

static void cuboid_write(const CuboidList *list, const ListedCuboid *item, JsonWriter *json) {
  const Table *table = item->table;
  const TableSchema *schema = table->schema;
  const char *newer = root_newer_source(list->view->root, table);
  const Table *fact = root_find(list->view->root, schema->sources[0]);
  json_write_object_open(json);
  json_write_key_text(json, "name", schema->name);
  json_write_key_text(json, "table", schema->sources[0]);
  json_write_key_int(json, "table_rows", fact ? (int64_t)fact->shown_count : 0);
  json_write_key_text(json, "finer", finer_find(list, item));
  names_write(json, "split_by", schema, 0, schema->split_count);
  names_write(json, "states", schema, schema->split_count, schema->column_count);
  json_write_key_int(json, "cells", (int64_t)table->row_count);
  json_write_key_int(json, "bytes", (int64_t)table_bytes(table));
  json_write_key_bool(json, "current", !newer);
  json_write_key_text(json, "newer", newer);
  json_write_key_bool(json, "by_name", schema->by_name);
  moment_write(json, "made_at", table->made_at);
  json_write_key(json, "made_ms");
  json_write_ms(json, table->made_ns);
  json_write_key_int(json, "scans", (int64_t)atomic_load(&table->scan_count));
  moment_write(json, "last_scan", atomic_load(&table->scanned_at));
  json_write_object_close(json);
}

Status api_cuboids(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                   Error *error) {
  (void)request;
  DatabaseView *view;
  TRY(database_pin(api->database, &view, error));
  Arena *arena = arena_create();
  CuboidList list = {.view = view};
  if (view->model && database_view_lattice(view, &list.lattice, NULL) != STATUS_OK)
    list.lattice = NULL;
  list_read(&list, arena);
  JsonWriter json;
  json_writer_init(&json, &reply->body);
  json_write_object_open(&json);
  json_write_key(&json, "cuboids");
  json_write_array_open(&json);
  for (uint32_t i = 0; i < list.count; i++) cuboid_write(&list, &list.items[i], &json);
  json_write_array_close(&json);
  cuboid_log_write(database_cuboid_log(api->database), &json);
  cuboid_keeper_write(api->keeper, &json);
  data_state_write(&view->data, &json);
  json_write_object_close(&json);
  buffer_append_char(&reply->body, '\n');
  arena_destroy(arena);
  database_unpin(view);
  return STATUS_OK;
}

// ---------------------------------------------------------------- advice

static Status advice_answer(const ApiContext *api, const DatabaseView *view, Arena *arena,
                            HttpReply *reply, Error *error) {
  Job job;
  CubeAdvice advice;
  CubeAdviceSource source = {.path = NULL};
  job_init(&job, "advice", api->query_memory_bytes, api->query_timeout_ms,
           database_budget(api->database));
  TRY(cube_advice_make(view, database_cuboid_log(api->database), &source, 0, arena, &job, &advice,
                       error));
  JsonWriter json;
  json_writer_init(&json, &reply->body);
  json_write_object_open(&json);
  cube_advice_write(&advice, arena, &json);
  json_write_object_close(&json);
  buffer_append_char(&reply->body, '\n');
  return STATUS_OK;
}

Status api_cuboids_advice(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                          Error *error) {
  (void)request;
  DatabaseView *view;
  TRY(database_pin(api->database, &view, error));
  Arena *arena = arena_create();
  Status status = advice_answer(api, view, arena, reply, error);
  arena_destroy(arena);
  database_unpin(view);
  return status;
}

// ---------------------------------------------------------------- building and dropping

static void building_answer(const ApiContext *api, HttpReply *reply) {
  JsonWriter json;
  json_writer_init(&json, &reply->body);
  json_write_object_open(&json);
  cuboid_keeper_write(api->keeper, &json);
  json_write_object_close(&json);
  buffer_append_char(&reply->body, '\n');
}

// The texts of "names", which must all name cuboids that can be.
static Status names_read(const json_t *document, const DatabaseView *view, Arena *arena,
                         const char ***names, uint32_t *count, Error *error) {
  const json_t *list = json_object_get(document, "names");
  *count = (uint32_t)json_array_size(list);
  if (!*count || json_object_size(document) != 1)
    return error_set(error, STATUS_INVALID,
                     "expected {\"names\": [\"sales(date.day, store.store)\"]}");
  *names = ARENA_ARRAY(arena, const char *, *count);
  for (uint32_t n = 0; n < *count; n++) {
    NamedCuboid named;
    (*names)[n] = json_string_value(json_array_get(list, n));
    if (!(*names)[n]) return error_set(error, STATUS_INVALID, "names[%u] is no text", n);
    if (!view->model) return error_set(error, STATUS_INVALID, "the store has no cubes");
    TRY(cuboid_name_read(arena, view->catalog, view->model, (*names)[n], &named, error));
  }
  return STATUS_OK;
}

static Status build_ask(const ApiContext *api, const json_t *document, Error *error) {
  DatabaseView *view;
  TRY(database_pin(api->database, &view, error));
  Arena *arena = arena_create();
  const char **names = NULL;
  uint32_t count = 0;
  Status status = names_read(document, view, arena, &names, &count, error);
  if (status == STATUS_OK) status = cuboid_keeper_ask(api->keeper, names, count, false, error);
  arena_destroy(arena);
  database_unpin(view);
  return status;
}

Status api_cuboids_build(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                         Error *error) {
  json_t *document;
  TRY(api_document_read(request, "an object with \"names\"", &document, error));
  Status status = build_ask(api, document, error);
  json_decref(document);
  if (status == STATUS_OK) building_answer(api, reply);
  return status;
}

Status api_cuboids_cancel(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                          Error *error) {
  (void)request;
  if (!cuboid_keeper_cancel(api->keeper))
    return error_set(error, STATUS_NOT_FOUND, "no cuboid is being built, and none waits");
  building_answer(api, reply);
  return STATUS_OK;
}

Status api_cuboids_drop(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                        Error *error) {
  DatabaseView *view;
  TRY(database_pin(api->database, &view, error));
  Arena *arena = arena_create();
  const char *name = cuboid_name_clean(arena, request->argument);
  const Table *table = name ? root_find(view->root, name) : NULL;
  Status status = STATUS_OK;
  if (!table || !table_is_cuboid(table))
    status = error_set(error, STATUS_NOT_FOUND, "there is no cuboid \"%s\"", request->argument);
  else
    status = cuboid_keeper_ask(api->keeper, &name, 1, true, error);
  if (status == STATUS_OK) building_answer(api, reply);
  arena_destroy(arena);
  database_unpin(view);
  return status;
}
