// POST /api/v1/query/members: who is behind a cell of a cube query, a total or a row.
//
//   {"query": Q, "at": {level: value}, "measure": M} ─► Q by member, with M alone, where the levels
//   have these values
//     ─► the members for whom M has a value: not NULL, and of a count not 0
//
// So the members behind "buyers" are as many as the cell says, and those behind a sum are whose
// rows it adds up.
#include "api.h"
#include "api_document.h"
#include "cube_query.h"
#include "executor.h"
#include "model_words.h"
#include "segment.h"

#define LIMIT_DEFAULT 1000
#define LIMIT_MAX 1000000

typedef struct MembersAnswer {
  const ApiContext *api;
  const DatabaseView *view;
  LogicalContext context;
  const CatalogMeasure *measure;
  const CatalogLevel *level; // of the members' keys
  uint64_t limit, count;
  Buffer members; // the first ones, as JSON
  JsonWriter json;
  ApiJob job;
  QueryStats stats;
} MembersAnswer;

// ---------------------------------------------------------------- the question

static Status at_path(const char *level, const char *what, Error *error) {
  (void)error_set(error, STATUS_INVALID, "%s", what);
  return error_prefix_path(error, "at.%s", level);
}

// What a level's value is, as a filter.
static json_t *at_filter(const char *level, json_t *value) {
  if (json_is_null(value)) return json_pack("{s:s,s:b}", "level", level, "null", 1);
  return json_pack("{s:s,s:[O]}", "level", level, "in", value);
}

// Whether a filter asks for values of the level, at any depth.
static bool filter_asks(const json_t *filter, const char *level) {
  const json_t *inner, *name = json_object_get(filter, "level");
  const char *key;
  size_t i;
  if (json_is_string(name) && !strcmp(json_string_value(name), level)) return true;
  json_array_foreach(filter, i, inner) if (filter_asks(inner, level)) return true;
  json_object_foreach((json_t *)filter, key, inner) if (filter_asks(inner, level)) return true;
  return false;
}

static bool has_dimension(const json_t *query, const char *level) {
  size_t i;
  const json_t *one;
  json_array_foreach(json_object_get(query, "dimensions"), i, one) {
    const char *name = json_string_value(json_is_object(one) ? json_object_get(one, "level") : one);
    if (name && !strcmp(name, level)) return true;
  }
  return false;
}

static Status filters_make(const json_t *query, json_t *at, json_t *filters, Error *error) {
  const json_t *own = json_object_get(query, "filters");
  if (json_is_array(own)) json_array_extend(filters, (json_t *)own);
  const char *level;
  json_t *value;
  json_object_foreach(at, level, value) {
    if (!has_dimension(query, level))
      return at_path(level, "the query has no such dimension", error);
    if (json_is_object(value) || json_is_array(value))
      return at_path(level, "a value is expected: a text, a number, true, false or null", error);
    json_array_append_new(filters, at_filter(level, value));
  }
  return STATUS_OK;
}

// The query that asks the same by member; the caller releases it. What orders and cuts rows, and
// what a period is compared with, concerns no member.
static json_t *query_by_member(const MembersAnswer *answer, const json_t *query, json_t *filters) {
  json_t *made = json_object();
  json_object_set_new(made, "measures", json_pack("[s]", answer->measure->name));
  json_object_set_new(made, "dimensions", json_pack("[s]", answer->level->name));
  json_object_set(made, "filters", filters);
  json_t *period = json_object_get(query, "period");
  if (period) json_object_set(made, "period", period);
  return made;
}

static const CatalogMeasure *measure_find(const Catalog *catalog, const char *name) {
  const char *point = strchr(name, '.');
  const char *const *cubes;
  uint32_t count = catalog->cube_names(catalog, &cubes);
  for (uint32_t c = 0; point && c < count; c++) {
    const CatalogCube *cube = catalog->find_cube(catalog, cubes[c]);
    for (uint32_t m = 0; m < cube->measure_count; m++)
      if (!strcmp(cube->measures[m].name, name)) return &cube->measures[m];
  }
  return NULL;
}

// The measure that is named, else the query's first.
static Status measure_choose(MembersAnswer *answer, const json_t *document, const json_t *query,
                             Error *error) {
  const json_t *named = json_object_get(document, "measure");
  const json_t *measures = json_object_get(query, "measures");
  const char *name = json_string_value(named ? named : json_array_get(measures, 0));
  if (!name)
    return error_set(error, STATUS_INVALID,
                     "expected \"query\" with \"measures\", as POST "
                     "/api/v1/query takes them, and \"measure\", one of them");
  answer->measure = measure_find(answer->view->catalog, name);
  if (answer->measure) return STATUS_OK;
  return error_set(error, STATUS_NOT_FOUND, "unknown measure \"%s\"", name);
}

static Status limit_read(MembersAnswer *answer, const json_t *document, Error *error) {
  const json_t *limit = json_object_get(document, "limit");
  json_int_t value = limit ? json_integer_value(limit) : LIMIT_DEFAULT;
  if ((limit && !json_is_integer(limit)) || value < 0 || value > LIMIT_MAX)
    return error_set(error, STATUS_INVALID,
                     "\"limit\" must be a whole number of members to return, at most %d",
                     LIMIT_MAX);
  answer->limit = (uint64_t)value;
  return STATUS_OK;
}

static Status keys_check(const json_t *document, Error *error) {
  static const char *const known[] = {"query", "at", "measure", "limit"};
  const char *key;
  json_t *value;
  json_object_foreach((json_t *)document, key, value) {
    size_t k = 0;
    while (k < 4 && strcmp(known[k], key) != 0) k++;
    if (k == 4)
      return error_set(error, STATUS_INVALID,
                       "unknown key \"%s\"; expected query, at, measure and limit", key);
  }
  const json_t *at = json_object_get(document, "at");
  if (at && !json_is_object(at))
    return error_set(error, STATUS_INVALID, "\"at\" must be an object: a value for each level");
  if (!json_is_object(json_object_get(document, "query")))
    return error_set(error, STATUS_INVALID, "\"query\" must be an object: a cube query");
  return STATUS_OK;
}

// Keys stand for labels in the query that is made, so that it must not name any.
static Status level_find(MembersAnswer *answer, const json_t *query, Error *error) {
  SegmentMembers members;
  TRY(segment_members_find(answer->view->root, answer->view->catalog, &members, error));
  answer->level = members.key;
  if (!members.key->key || !filter_asks(json_object_get(query, "filters"), members.key->name))
    return STATUS_OK;
  return error_set(error, STATUS_UNSUPPORTED,
                   "a filter asks for %s, which shows a label, and members are told by their keys",
                   members.key->name);
}

// A catalog whose cubes show the key of a member instead of its label.
typedef struct KeysCatalog {
  Catalog catalog; // the first member: what is handed on
  const Catalog *own;
  const CatalogLevel *level;
  Arena *arena;
} KeysCatalog;

static const CatalogCube *keys_find_cube(const Catalog *catalog, const char *name) {
  const KeysCatalog *keys = (const KeysCatalog *)catalog;
  const CatalogCube *cube = keys->own->find_cube(keys->own, name);
  if (!cube || !keys->level->key) return cube;
  CatalogCube *copy = ARENA_NEW(keys->arena, CatalogCube);
  CatalogLevel *levels = ARENA_ARRAY(keys->arena, CatalogLevel, cube->level_count);
  memcpy(levels, cube->levels, cube->level_count * sizeof *levels);
  for (uint32_t l = 0; l < cube->level_count; l++)
    if (!strcmp(levels[l].name, keys->level->name) && levels[l].key) {
      levels[l].column = levels[l].key;
      levels[l].key = NULL;
    }
  *copy = *cube;
  copy->levels = levels;
  return copy;
}

// ---------------------------------------------------------------- the answer

static Status members_begin(void *context, const ResultColumn *columns, uint32_t count,
                            Error *error) {
  (void)context, (void)columns, (void)count, (void)error;
  return STATUS_OK;
}

static Status members_add(void *context, const Batch *batch, Error *error) {
  (void)error;
  MembersAnswer *answer = context;
  for (uint32_t i = 0; i < batch->row_count && answer->count + i < answer->limit; i++) {
    Value value = vector_value(&batch->columns[0], i);
    json_write_value(&answer->json, &value);
  }
  answer->count += batch->row_count;
  return STATUS_OK;
}

static bool is_count(const CatalogMeasure *measure) {
  return measure->kind == MEASURE_AGGREGATE &&
         (measure->aggregate == AGGREGATE_COUNT || measure->aggregate == AGGREGATE_COUNT_ROWS ||
          measure->aggregate == AGGREGATE_COUNT_DISTINCT);
}

static Expr *is_there(Arena *arena, Expr *value) {
  Expr *null = expr_make(arena, EXPR_IS_NULL, TYPE_OF_BOOL, &value, 1, -1);
  return expr_make(arena, EXPR_NOT, TYPE_OF_BOOL, &null, 1, -1);
}

// The members of the query's rows for whom the measure has a value, in the order of their keys.
static Logical *members_tree(MembersAnswer *answer, Logical *tree) {
  LogicalContext *context = &answer->context;
  Arena *arena = context->arena;
  Expr *member = logical_ref(context, tree, 0), *value = logical_ref(context, tree, 1);
  Expr *wanted = expr_and(arena, is_there(arena, member), is_there(arena, value));
  if (is_count(answer->measure)) {
    Expr *zero = expr_constant(arena, (Value){.type = TYPE_OF_INT, .i = 0}, -1);
    Expr *pair[] = {value, zero};
    wanted = expr_and(arena, wanted, expr_call(arena, FUNCTION_GREATER, TYPE_OF_BOOL, pair, 2, -1));
  }
  return logical_filter(context, tree, wanted);
}

static Status members_compute(MembersAnswer *answer, json_t *made, const Catalog *catalog,
                              Error *error) {
  const DataState *data = &answer->view->data;
  int32_t last = data->has_days ? data->last : data->first - 1; // before `first`: there are none
  char *text = json_dumps(made, JSON_COMPACT | JSON_REAL_PRECISION(17));
  CubeQuery query;
  Status status =
      cube_query_read(text, strlen(text), catalog, data->first, last, api_measure_is_share,
                      (void *)answer->view->model, &answer->context, &query, error);
  free(text);
  TRY(status);
  ResultSink sink = {answer, members_begin, members_add};
  return executor_run(members_tree(answer, query.tree), answer->view->root, &answer->context,
                      database_pool(answer->api->database), &answer->job.job, NULL, &sink,
                      &answer->stats, error);
}

static Status members_run(MembersAnswer *answer, json_t *made, Error *error) {
  SegmentSource *segments = api_segment_source(answer->api, answer->view, &answer->job.job);
  KeysCatalog keys = {.catalog = *answer->view->catalog,
                      .own = answer->view->catalog,
                      .level = answer->level,
                      .arena = answer->context.arena};
  keys.catalog.segments = segment_source_catalog(segments);
  keys.catalog.find_cube = keys_find_cube;
  json_writer_init(&answer->json, &answer->members);
  json_write_array_open(&answer->json);
  Status status = members_compute(answer, made, &keys.catalog, error);
  json_write_array_close(&answer->json);
  segment_source_destroy(segments);
  return status;
}

static void answer_write(const MembersAnswer *answer, int64_t start_ns, Buffer *out) {
  JsonWriter json;
  json_writer_init(&json, out);
  json_write_object_open(&json);
  json_write_key_text(&json, "level", answer->level->name);
  json_write_key_text(&json, "measure", answer->measure->name);
  json_write_key_int(&json, "count", (int64_t)answer->count);
  buffer_append_text(out, ",\"members\":");
  buffer_append(out, answer->members.data, answer->members.size);
  json_write_key_bool(&json, "truncated", answer->count > answer->limit);
  json_write_key_text(&json, "source", answer->stats.source);
  json_write_key_int(&json, "rows_read", (int64_t)answer->stats.rows_read);
  json_write_key(&json, "elapsed_ms");
  json_write_ms(&json, clock_now_ns() - start_ns);
  json_write_object_close(&json);
  buffer_append_char(out, '\n');
}

static Status members_answer(MembersAnswer *answer, const HttpRequest *request,
                             const json_t *document, HttpReply *reply, Error *error) {
  const json_t *query = json_object_get(document, "query");
  TRY(keys_check(document, error));
  TRY(limit_read(answer, document, error));
  TRY(measure_choose(answer, document, query, error));
  TRY(level_find(answer, query, error));
  json_t *filters = json_array(), *made = NULL;
  int64_t start_ns = clock_now_ns();
  ApiJobOptions options = {.kind = "cube", .text = request->body};
  Status status = filters_make(query, json_object_get(document, "at"), filters, error);
  if (status == STATUS_OK)
    status = api_job_begin(answer->api, request, &options, reply, &answer->job, error);
  if (status == STATUS_OK) {
    made = query_by_member(answer, query, filters);
    status = members_run(answer, made, error);
    QueryOutcome outcome = {answer->stats.rows_read, answer->stats.bytes_read, NULL};
    status = api_job_end(answer->api, &answer->job, &outcome, status, error);
  }
  json_decref(filters);
  json_decref(made);
  if (status == STATUS_OK) answer_write(answer, start_ns, &reply->body);
  return status;
}

Status api_query_members(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                         Error *error) {
  json_t *document;
  DatabaseView *view;
  TRY(api_document_read(request, "an object with \"query\" and \"at\"", &document, error));
  Status status = database_pin(api->database, &view, error);
  if (status == STATUS_OK) {
    MembersAnswer answer = {
        .api = api, .view = view, .context = {.arena = arena_create(), .next_id = 1}};
    buffer_init(&answer.members);
    status = members_answer(&answer, request, document, reply, error);
    buffer_clear(&answer.members);
    arena_destroy(answer.context.arena);
    database_unpin(view);
  }
  json_decref(document);
  return status;
}
