// POST /api/v1/changes: which members of which levels make up the difference of a measure.
//
//   request ─ for the whole and each level: cube_query_read ─► tree ─ executor_run ─► ChangeLevel
//                                                              └─ change_levels_sort ─► reply
//
// All queries see one root, in one job with its limits.
#include "api.h"
#include "api_document.h"
#include "catalog_words.h"
#include "cube_changes.h"
#include "cube_fact.h"
#include "cube_query.h"
#include "executor.h"
#include "model_words.h"
#include <math.h>
#include <stdlib.h>

#define LEVELS_MAX 40
#define MEMBERS_FOUND_MAX 200 // of a level that was not asked for by name
#define MEMBERS_ASKED_MAX 10000
#define MEMBERS_SHOWN 10
#define MEMBERS_SHOWN_MAX 1000

typedef struct Changes {
  const ApiContext *api;
  const DatabaseView *view;
  Catalog catalog; // the view's, with the segments
  LogicalContext context;
  ApiJob job;
  json_t *document;
  const char *measure;
  const CatalogCube *cube;
  const json_t *levels_asked; // or NULL
  uint32_t members_shown;
  ChangeLevel whole, levels[LEVELS_MAX];
  uint32_t level_count;
  const char *left_out[LEVELS_MAX];
  uint32_t left_out_count;
  CubeQuery query; // of the whole
  uint64_t rows_read, bytes_read;
} Changes;

// ---- The question ------------------------------------------------------------------------------

static Status member_fault(Error *error, const char *path, const char *expected) {
  error_set(error, STATUS_INVALID, "expected %s", expected);
  return error_prefix_path(error, "%s", path);
}

static Status keys_check(const json_t *document, Error *error) {
  static const char *const known[] = {"measure", "levels",  "filters",
                                      "period",  "compare", "members"};
  json_t *object = (json_t *)document;
  const char *key;
  const json_t *value;
  json_object_foreach(object, key, value) {
    bool found = false;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
      found |= strcmp(key, known[i]) == 0;
    if (found) continue;
    error_set(error, STATUS_INVALID,
              "unknown key; there are measure, levels, filters, period, compare and members");
    return error_prefix_path(error, "%s", key);
  }
  return STATUS_OK;
}

// The measure and its cube; a measure whose parts do not add up cannot be taken apart.
static Status measure_find(Changes *changes, Error *error) {
  changes->measure = json_string_value(json_object_get(changes->document, "measure"));
  if (!changes->measure)
    return member_fault(error, "measure", "a measure's name, such as \"sales.revenue\"");
  const char *dot = strchr(changes->measure, '.');
  const char *cube = dot ? arena_strndup(changes->context.arena, changes->measure,
                                         (size_t)(dot - changes->measure))
                         : changes->measure;
  changes->cube = changes->catalog.find_cube(&changes->catalog, cube);
  const CatalogMeasure *measure =
      changes->cube ? cube_find_measure(changes->cube, changes->measure) : NULL;
  if (!measure) return STATUS_OK; // the first query says it, with the nearest name
  const char *parts = catalog_measure_parts(measure);
  if (parts && strcmp(parts, "add") == 0) return STATUS_OK;
  error_set(error, STATUS_INVALID,
            "\"%s\" has no parts that add up (it is a ratio, a mean or a distinct count), so no "
            "member contributes to its change; ask for a sum or a count",
            changes->measure);
  return error_prefix_path(error, "measure");
}

static Status request_read(Changes *changes, Error *error) {
  const json_t *members = json_object_get(changes->document, "members");
  TRY(keys_check(changes->document, error));
  changes->levels_asked = json_object_get(changes->document, "levels");
  if (changes->levels_asked &&
      (!json_is_array(changes->levels_asked) || json_array_size(changes->levels_asked) < 1 ||
       json_array_size(changes->levels_asked) > LEVELS_MAX))
    return member_fault(error, "levels", "a list of 1 to 40 levels");
  changes->members_shown = MEMBERS_SHOWN;
  if (members) {
    json_int_t count = json_integer_value(members);
    if (!json_is_integer(members) || count < 1 || count > MEMBERS_SHOWN_MAX)
      return member_fault(error, "members", "how many members of a level to tell, 1 to 1000");
    changes->members_shown = (uint32_t)count;
  }
  return measure_find(changes, error);
}

// The cube query of one level, or of the whole (NULL), as its JSON; in the arena.
static const char *question_text(const Changes *changes, const char *level) {
  static const char *const shared[] = {"filters", "period", "compare"};
  json_t *question = json_pack("{s:[s]}", "measures", changes->measure);
  if (level) json_object_set_new(question, "dimensions", json_pack("[s]", level));
  for (size_t i = 0; i < sizeof(shared) / sizeof(shared[0]); i++) {
    json_t *value = json_object_get(changes->document, shared[i]);
    if (value) json_object_set(question, shared[i], value);
  }
  if (!json_object_get(question, "compare"))
    json_object_set_new(question, "compare", json_string("previous"));
  char *text = json_dumps(question, JSON_COMPACT | JSON_REAL_PRECISION(17));
  const char *kept = arena_strdup(changes->context.arena, text ? text : "");
  free(text);
  json_decref(question);
  return kept;
}

// Faults name the places of this request, not those of the query that was made of it.
static Status path_rename(Error *error, const char *level, size_t index) {
  char path[ERROR_PATH_BYTES];
  if (strcmp(error->path, "measures[0]") == 0)
    snprintf(path, sizeof(path), "measure");
  else if (strcmp(error->path, "dimensions[0]") == 0 && level)
    snprintf(path, sizeof(path), "levels[%zu]", index);
  else
    return error->status;
  memcpy(error->path, path, sizeof(path));
  return error->status;
}

// ---- The answer --------------------------------------------------------------------------------

static uint32_t column_of(const CubeQuery *query, CubeColumnKind kind) {
  for (uint32_t c = 0; c < query->column_count; c++)
    if (query->columns[c].kind == kind) return c;
  return UINT32_MAX;
}

static Status level_run(Changes *changes, const char *name, size_t index, uint32_t members_max,
                        ChangeLevel *level, CubeQuery *query, Error *error) {
  const DataState *data = &changes->view->data;
  int32_t last = data->has_days ? data->last : data->first - 1;
  const char *text = question_text(changes, name);
  QueryStats stats = {0};
  *level = (ChangeLevel){
      .name = name ? name : "", .arena = changes->context.arena, .members_max = members_max};
  Status status = cube_query_read(text, strlen(text), &changes->catalog, data->first, last,
                                  api_measure_is_share, (void *)changes->view->model,
                                  &changes->context, query, error);
  if (status != STATUS_OK) return error ? path_rename(error, name, index) : status;
  level->level_at = column_of(query, CUBE_LEVEL);
  level->value_at = column_of(query, CUBE_MEASURE);
  level->compared_at = column_of(query, CUBE_COMPARE);
  if (level->compared_at == UINT32_MAX)
    return member_fault(error, "compare", "a period to compare with");
  ResultSink sink = change_level_sink(level);
  TRY(executor_run(query->tree, changes->view->root, &changes->context,
                   database_pool(changes->api->database), &changes->job.job, NULL, &sink, &stats,
                   error));
  changes->rows_read += stats.rows_read;
  changes->bytes_read += stats.bytes_read;
  Misses misses = database_misses(changes->view, &changes->context);
  database_note_misses(changes->api->database, &misses, stats.rows_read);
  query_record_add_rows(changes->job.record, level->member_count);
  change_level_finish(level);
  return STATUS_OK;
}

static Status asked_run(Changes *changes, Error *error) {
  for (size_t i = 0; i < json_array_size(changes->levels_asked); i++) {
    const char *name = json_string_value(json_array_get(changes->levels_asked, i));
    CubeQuery query;
    char path[32];
    snprintf(path, sizeof(path), "levels[%zu]", i);
    if (!name) return member_fault(error, path, "a level's name");
    Status status = level_run(changes, name, i, MEMBERS_ASKED_MAX,
                              &changes->levels[changes->level_count], &query, error);
    if (status == STATUS_LIMIT) error_prefix_path(error, "%s", path);
    TRY(status);
    changes->level_count++;
  }
  return STATUS_OK;
}

// Those of the cube that a person can take in: not those of time, and none with very many members.
static Status found_run(Changes *changes, Error *error) {
  const CatalogCube *cube = changes->cube;
  const char *dot = cube->time_level ? strchr(cube->time_level, '.') : NULL;
  size_t time_bytes = dot ? (size_t)(dot - cube->time_level) + 1 : 0;
  for (uint32_t l = 0; l < cube->level_count; l++) {
    const CatalogLevel *level = &cube->levels[l];
    CubeQuery query;
    if (time_bytes && strncmp(level->name, cube->time_level, time_bytes) == 0) continue;
    if (changes->level_count + changes->left_out_count == LEVELS_MAX) break;
    Error own = ERROR_INIT;
    Status status = STATUS_LIMIT;
    if (catalog_level_values(changes->view, cube, level) <= MEMBERS_FOUND_MAX)
      status = level_run(changes, level->name, 0, MEMBERS_FOUND_MAX,
                         &changes->levels[changes->level_count], &query, &own);
    if (status == STATUS_LIMIT) {
      changes->left_out[changes->left_out_count++] = level->name;
    } else if (status != STATUS_OK) {
      *error = own;
      return status;
    } else if (changes->levels[changes->level_count].member_count > 1) {
      changes->level_count++; // one member alone says nothing that the whole does not
    }
  }
  return STATUS_OK;
}

static Status changes_run(Changes *changes, Error *error) {
  TRY(request_read(changes, error));
  TRY(level_run(changes, NULL, 0, 1, &changes->whole, &changes->query, error));
  TRY(changes->levels_asked ? asked_run(changes, error) : found_run(changes, error));
  change_levels_sort(changes->levels, changes->level_count);
  return STATUS_OK;
}

// ---- The reply ---------------------------------------------------------------------------------

static void figure_write(JsonWriter *json, const char *key, int128_t figure, unsigned scale) {
  Value value = {.type = type_decimal(DECIMAL_DIGITS_MAX, scale), .wide = figure};
  json_write_key(json, key);
  json_write_value(json, &value);
}

static void rounded_write(JsonWriter *json, const char *key, double figure, unsigned scale) {
  int128_t exact;
  if (isnan(figure) || !decimal_from_double(figure, 0, &exact)) {
    json_write_key(json, key);
    json_write_null(json);
  } else {
    figure_write(json, key, exact, scale);
  }
}

// 100 * part / whole with two digits; null where the whole is 0, or below where it must be above.
static void percent_write(JsonWriter *json, const char *key, int128_t part, int128_t whole,
                          bool above) {
  int128_t hundredfold, percent;
  bool known = whole != 0 && (!above || whole > 0) && decimal_multiply(part, 100, &hundredfold) &&
               decimal_divide(hundredfold, 0, whole, 0, 2, &percent);
  if (known) {
    figure_write(json, key, percent, 2);
  } else {
    json_write_key(json, key);
    json_write_null(json);
  }
}

static void sums_write(JsonWriter *json, int128_t value, int128_t compared, unsigned scale) {
  figure_write(json, "value", value, scale);
  figure_write(json, "compare", compared, scale);
  figure_write(json, "change", value - compared, scale);
  percent_write(json, "growth", value - compared, compared, true);
}

static void member_write(const ChangeLevel *level, const ChangeMember *member, int128_t change,
                         JsonWriter *json) {
  json_write_object_open(json);
  json_write_key(json, "member"); // JSON already
  buffer_append(json->out, member->member.data, member->member.size);
  json->comma = true;
  sums_write(json, member->value, member->compared, level->scale);
  percent_write(json, "share", member->change, change, false);
  rounded_write(json, "excess", member->excess, level->scale);
  json_write_object_close(json);
}

// All that are not told one by one.
static void others_write(const ChangeLevel *level, uint32_t shown, int128_t change,
                         JsonWriter *json) {
  int128_t value = 0, compared = 0;
  json_write_key(json, "others");
  if (shown == level->member_count) {
    json_write_null(json);
    return;
  }
  for (uint32_t m = shown; m < level->member_count; m++) {
    value += level->members[m].value;
    compared += level->members[m].compared;
  }
  json_write_object_open(json);
  json_write_key_int(json, "count", level->member_count - shown);
  sums_write(json, value, compared, level->scale);
  percent_write(json, "share", value - compared, change, false);
  json_write_object_close(json);
}

static void level_write(const Changes *changes, const ChangeLevel *level, JsonWriter *json) {
  const ModelLevel *words = model_level_of(changes->view->model, level->name);
  int128_t change = changes->whole.sum[0] - changes->whole.sum[1];
  uint32_t shown =
      level->member_count < changes->members_shown ? level->member_count : changes->members_shown;
  json_write_object_open(json);
  json_write_key_text(json, "level", level->name);
  api_write_title(json, "title", words ? &words->title : NULL, level->name);
  json_write_key_int(json, "count", level->member_count);
  rounded_write(json, "shift", level->shift, level->scale);
  json_write_key(json, "members");
  json_write_array_open(json);
  for (uint32_t m = 0; m < shown; m++) member_write(level, &level->members[m], change, json);
  json_write_array_close(json);
  others_write(level, shown, change, json);
  json_write_object_close(json);
}

static void period_write(JsonWriter *json, const char *key, const CubePeriod *period,
                         const char *note) {
  json_write_key(json, key);
  if (!period->set) {
    json_write_null(json);
    return;
  }
  json_write_object_open(json);
  json_write_key(json, "from");
  json_write_date(json, period->from);
  json_write_key(json, "to");
  json_write_date(json, period->to);
  json_write_key_text(json, "note", note);
  json_write_object_close(json);
}

static void measure_write(const Changes *changes, JsonWriter *json) {
  const CubeColumn *column = &changes->query.columns[changes->whole.value_at];
  json_write_key(json, "measure");
  json_write_object_open(json);
  json_write_key_text(json, "name", column->name);
  api_write_measure(json, model_measure_of(changes->view->model, column->name), column->name,
                    column->type);
  json_write_object_close(json);
}

static void answer_write(const Changes *changes, int64_t start_ns, Buffer *out) {
  JsonWriter json;
  json_writer_init(&json, out);
  json_write_object_open(&json);
  measure_write(changes, &json);
  json_write_key(&json, "total");
  json_write_object_open(&json);
  sums_write(&json, changes->whole.sum[0], changes->whole.sum[1], changes->whole.scale);
  json_write_object_close(&json);
  json_write_key(&json, "levels");
  json_write_array_open(&json);
  for (uint32_t l = 0; l < changes->level_count; l++)
    level_write(changes, &changes->levels[l], &json);
  json_write_array_close(&json);
  json_write_key(&json, "left_out");
  json_write_array_open(&json);
  for (uint32_t l = 0; l < changes->left_out_count; l++)
    json_write_text(&json, changes->left_out[l]);
  json_write_array_close(&json);
  period_write(&json, "period", &changes->query.period, changes->query.period_note);
  period_write(&json, "compare", &changes->query.compare, changes->query.compare_note);
  json_write_key_int(&json, "rows_read", (int64_t)changes->rows_read);
  json_write_key(&json, "data");
  json_write_object_open(&json);
  data_state_write_age(&changes->view->data, &json);
  json_write_object_close(&json);
  json_write_key(&json, "elapsed_ms");
  json_write_ms(&json, clock_now_ns() - start_ns);
  json_write_object_close(&json);
  buffer_append_char(out, '\n');
}

static Status changes_answer(Changes *changes, const HttpRequest *request, HttpReply *reply,
                             Error *error) {
  int64_t start_ns = clock_now_ns();
  ApiJobOptions options = {.kind = "cube", .text = request->body};
  TRY(api_job_begin(changes->api, request, &options, reply, &changes->job, error));
  SegmentSource *segments = api_segment_source(changes->api, changes->view, &changes->job.job);
  changes->catalog = *changes->view->catalog;
  changes->catalog.segments = segment_source_catalog(segments);
  Status status = changes_run(changes, error);
  segment_source_destroy(segments);
  QueryOutcome outcome = {changes->rows_read, changes->bytes_read, NULL};
  status = api_job_end(changes->api, &changes->job, &outcome, status, error);
  if (status == STATUS_OK) answer_write(changes, start_ns, &reply->body);
  return status;
}

Status api_changes(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                   Error *error) {
  json_t *document;
  DatabaseView *view;
  TRY(api_document_read(request, "an object: a measure, a period, what to compare it with",
                        &document, error));
  Status status = database_pin(api->database, &view, error);
  if (status == STATUS_OK) {
    Changes *changes = mem_alloc_zero(sizeof(Changes));
    changes->api = api;
    changes->view = view;
    changes->document = document;
    changes->context = (LogicalContext){.arena = arena_create(), .next_id = 1};
    status = changes_answer(changes, request, reply, error);
    arena_destroy(changes->context.arena);
    mem_free(changes);
    database_unpin(view);
  }
  json_decref(document);
  return status;
}
