// POST /api/v1/query: a cube query to rows, totals, and where they came from.
//
//   request ─ cube_query_read ─► tree, totals ─ executor_prepare ─► plans, kept by the request's
//   text plans ─ executor_run_prepared, twice ─► cells ─► reply
//
// Both runs see the same pinned root. The cells are written once the query has succeeded, so a
// failure half-way is still a plain error.
#include "api.h"
#include "cube_query.h"
#include "executor.h"
#include "model_words.h"
#include "plan_cache.h"
#include "query_audience.h"
#include "result_writer.h"

// These answers are held whole, for their totals stand beside their rows.
#define ROWS_MAX UINT64_C(1000000)
#define BYTES_MAX (UINT64_C(256) << 20)

typedef struct QueryAnswer {
  const ApiContext *api;
  const DatabaseView *view;
  LogicalContext context; // its arena: NULL where the plan is the cache's
  Arena *arena;           // of the run
  CubeQuery query;
  const CachedPlan *plan; // held; NULL: it is not kept
  ApiJob job;
  Buffer rows, totals, explained, profile; // JSON cells, JSON cells, text, text
  Buffer audience;                         // a member of the answer
  QueryStats rows_stats, totals_stats;
} QueryAnswer;

static Status plan_run(QueryAnswer *answer, const PreparedQuery *prepared, Buffer *cells,
                       QueryStats *stats, Error *error) {
  const ApiContext *api = answer->api;
  ResultOptions options = {
      .row_limit = api->result_rows_max < ROWS_MAX ? api->result_rows_max : ROWS_MAX,
      .bytes_limit = api->result_bytes_max < BYTES_MAX ? api->result_bytes_max : BYTES_MAX,
      .budget = &answer->job.job.memory};
  ResultWriter *writer = result_writer_create(RESULT_JSON_CELLS, &options, cells);
  ResultSink sink = result_writer_sink(writer);
  Status status = executor_run_prepared(prepared, answer->arena, database_pool(api->database),
                                        &answer->job.job, &sink, stats, error);
  if (status == STATUS_OK) status = result_writer_finish(writer, error);
  query_record_add_rows(answer->job.record, result_writer_rows(writer));
  result_writer_destroy(writer);
  return status;
}

static Status plans_run(QueryAnswer *answer, const CachedPlan *plan, Error *error) {
  answer->rows_stats.profile = answer->totals_stats.profile = &answer->profile;
  TRY(plan_run(answer, &plan->rows, &answer->rows, &answer->rows_stats, error));
  if (plan->totals.plan)
    TRY(plan_run(answer, &plan->totals, &answer->totals, &answer->totals_stats, error));
  Database *database = answer->api->database;
  database_note_misses(database, &plan->rows_missed, answer->rows_stats.rows_read);
  database_note_misses(database, &plan->totals_missed, answer->totals_stats.rows_read);
  return STATUS_OK;
}

static Status plans_make(QueryAnswer *answer, CachedPlan *plan, Error *error) {
  const CubeQuery *query = &answer->query;
  const DatabaseView *view = answer->view;
  *plan = (CachedPlan){.query = *query};
  TRY(executor_prepare(query->tree, view->root, &answer->context, NULL, &plan->rows, error));
  plan->rows_missed = database_misses(view, &answer->context);
  if (!query->totals) return STATUS_OK;
  TRY(executor_prepare(query->totals, view->root, &answer->context, NULL, &plan->totals, error));
  plan->totals_missed = database_misses(view, &answer->context);
  return STATUS_OK;
}

// The query was read: plans it, keeps the plan where it is as good at another time, and runs it.
static Status answer_compute(QueryAnswer *answer, Str key, bool is_lasting, Error *error) {
  LogicalContext *context = &answer->context;
  CachedPlan plan;
  TRY(plans_make(answer, &plan, error));
  if (is_lasting && !answer->query.explain)
    answer->plan = plan_cache_put(answer->view->plans, key, &plan, context->arena);
  if (answer->plan) context->arena = NULL; // the cache's now
  TRY(plans_run(answer, &plan, error));
  if (!answer->query.explain) return STATUS_OK;
  return executor_explain(answer->query.tree, answer->view->root, context,
                          database_pool(answer->api->database), &answer->job.job, false,
                          &answer->explained, error);
}

static void column_write(const QueryAnswer *answer, const CubeColumn *column, JsonWriter *json) {
  static const char *const kinds[] = {[CUBE_LEVEL] = "level",
                                      [CUBE_MEASURE] = "measure",
                                      [CUBE_COMPARE] = "compare",
                                      [CUBE_CHANGE] = "change"};
  const Model *model = answer->view->model;
  json_write_object_open(json);
  json_write_key_text(json, "name", column->name);
  json_write_key_text(json, "kind", kinds[column->kind]);
  const ModelMeasure *measure =
      column->kind == CUBE_LEVEL ? NULL : model_measure_of(model, column->name);
  if (column->kind == CUBE_LEVEL) {
    const ModelLevel *level = model_level_of(model, column->name);
    json_write_key_text(json, "type", api_type_name(column->type));
    api_write_title(json, "title", level ? &level->title : NULL, column->name);
  } else if (column->kind == CUBE_CHANGE) {
    bool share = api_measure_is_share((void *)model, column->name);
    json_write_key_text(json, "type", api_type_name(column->type));
    json_write_key_int(json, "scale", 2);
    json_write_key_text(json, "unit", share ? "pp" : "%");
    api_write_title(json, "title", measure ? &measure->title : NULL, column->name);
    json_write_key_text(json, "good",
                        !measure || !measure->good ? NULL
                        : measure->good > 0        ? "up"
                                                   : "down");
  } else {
    api_write_measure(json, measure, column->name, column->type);
  }
  json_write_object_close(json);
}

static void range_write(const CubePeriod *period, JsonWriter *json) {
  json_write_key(json, "from");
  json_write_date(json, period->from);
  json_write_key(json, "to");
  json_write_date(json, period->to);
}

// The totals as a full row: null in the place of each level.
static void totals_write(const QueryAnswer *answer, Buffer *out) {
  uint32_t levels = 0, count = answer->query.column_count;
  while (levels < count && answer->query.columns[levels].kind == CUBE_LEVEL) levels++;
  bool known = answer->totals.size > 0; // else not even one row
  buffer_append_text(out, ",\"totals\":[");
  for (uint32_t i = 0; i < (known ? levels : count); i++)
    buffer_append_text(out, i + 1 < count ? "null," : "null");
  buffer_append_text(out, known ? answer->totals.data + 1 : "]");
}

static void source_write(const QueryAnswer *answer, JsonWriter *json) {
  const QueryStats *a = &answer->rows_stats, *b = &answer->totals_stats;
  json_write_key(json, "source");
  json_write_object_open(json);
  json_write_key_text(json, "kind", a->source);
  json_write_key_texts(json, "tables", a->tables, a->table_count);
  json_write_key_int(json, "rows_read", (int64_t)(a->rows_read + b->rows_read));
  json_write_key_int(json, "bytes_read", (int64_t)(a->bytes_read + b->bytes_read));
  json_write_key_int(json, "blocks_read", (int64_t)(a->blocks_read + b->blocks_read));
  json_write_key_int(json, "blocks_skipped", (int64_t)(a->blocks_skipped + b->blocks_skipped));
  json_write_object_close(json);
}

static void period_write(const QueryAnswer *answer, JsonWriter *json) {
  const CubeQuery *query = &answer->query;
  const DataState *data = &answer->view->data;
  CubePeriod period = query->period;
  if (!period.set) period = (CubePeriod){data->has_days, data->first, data->last};
  if (period.set) {
    json_write_key(json, "period");
    json_write_object_open(json);
    range_write(&period, json);
    json_write_key_text(json, "note", query->period_note);
    json_write_object_close(json);
  }
  if (query->compare.set) {
    json_write_key(json, "compare");
    json_write_object_open(json);
    range_write(&query->compare, json);
    json_write_key_text(json, "note", query->compare_note);
    json_write_object_close(json);
  }
}

static void answer_write(const QueryAnswer *answer, int64_t start_ns, Buffer *out) {
  JsonWriter json;
  json_writer_init(&json, out);
  json_write_object_open(&json);
  json_write_key(&json, "columns");
  json_write_array_open(&json);
  for (uint32_t c = 0; c < answer->query.column_count; c++)
    column_write(answer, &answer->query.columns[c], &json);
  json_write_array_close(&json);
  buffer_append_text(out, ",\"rows\":[");
  buffer_append(out, answer->rows.data ? answer->rows.data : "", answer->rows.size);
  buffer_append_text(out, "]");
  if (answer->query.totals) totals_write(answer, out);
  buffer_append(out, answer->audience.data ? answer->audience.data : "", answer->audience.size);
  period_write(answer, &json);
  source_write(answer, &json);
  json_write_key(&json, "data");
  json_write_object_open(&json);
  data_state_write_age(&answer->view->data, &json);
  json_write_object_close(&json);
  if (answer->query.explain) json_write_key_text(&json, "explain", answer->explained.data);
  json_write_key(&json, "elapsed_ms");
  json_write_ms(&json, clock_now_ns() - start_ns);
  json_write_object_close(&json);
  buffer_append_char(out, '\n');
}

static Status answer_read(QueryAnswer *answer, const HttpRequest *request, Catalog *catalog,
                          Error *error) {
  const DataState *data = &answer->view->data;
  int32_t last = data->has_days ? data->last : data->first - 1; // before `first`: there are none
  return cube_query_read(request->body.data, request->body.size, catalog, data->first, last,
                         api_measure_is_share, (void *)answer->view->model, &answer->context,
                         &answer->query, error);
}

// Reading the question evaluates the segments that it names: with its limits, in its place.
static Status text_answer(QueryAnswer *answer, const HttpRequest *request, Str key, Error *error) {
  SegmentSource *segments = api_segment_source(answer->api, answer->view, &answer->job.job);
  SegmentsWatch watch;
  Catalog catalog = *answer->view->catalog;
  segments_watch_init(&watch, segment_source_catalog(segments));
  catalog.segments = &watch.segments;
  answer->context.arena = arena_create();
  Status status = answer_read(answer, request, &catalog, error);
  if (status == STATUS_OK && answer->query.audience)
    status = query_audience_check(answer->view, &answer->query, error);
  if (status == STATUS_OK) status = answer_compute(answer, key, !watch.asked, error);
  segment_source_destroy(segments);
  return status;
}

// By a plan that is kept of the same text, or from the start.
static Status question_answer(QueryAnswer *answer, const HttpRequest *request, Error *error) {
  Buffer text;
  buffer_init(&text);
  buffer_append_text(&text, "cube ");
  buffer_append(&text, request->body.data, request->body.size);
  Str key = {text.data, (uint32_t)text.size};
  answer->plan = plan_cache_find(answer->view->plans, key);
  Status status;
  if (answer->plan) {
    answer->query = answer->plan->query;
    status = plans_run(answer, answer->plan, error);
  } else {
    status = text_answer(answer, request, key, error);
  }
  buffer_clear(&text);
  return status;
}

static Status audience_answer(QueryAnswer *answer, const HttpRequest *request, Error *error) {
  JsonWriter json;
  Str rows = {answer->rows.data ? answer->rows.data : "", (uint32_t)answer->rows.size};
  json_writer_init(&json, &answer->audience);
  json.comma = true; // it follows the rows
  return query_audience_write(request->body, &answer->query, rows, &json, error);
}

static Status query_answer(QueryAnswer *answer, const HttpRequest *request, int64_t start_ns,
                           HttpReply *reply, Error *error) {
  ApiJobOptions options = {.kind = "cube", .text = request->body};
  TRY(api_job_begin(answer->api, request, &options, reply, &answer->job, error));
  Status status = question_answer(answer, request, error);
  if (status == STATUS_OK && answer->query.audience)
    status = audience_answer(answer, request, error);
  const QueryStats *a = &answer->rows_stats, *b = &answer->totals_stats;
  QueryOutcome outcome = {a->rows_read + b->rows_read, a->bytes_read + b->bytes_read,
                          answer->profile.data};
  status = api_job_end(answer->api, &answer->job, &outcome, status, error);
  if (status == STATUS_OK) answer_write(answer, start_ns, &reply->body);
  return status;
}

Status api_query(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                 Error *error) {
  int64_t start_ns = clock_now_ns();
  DatabaseView *view;
  TRY(database_pin(api->database, &view, error));
  QueryAnswer answer = {
      .api = api, .view = view, .arena = arena_create(), .context = {.next_id = 1}};
  Status status = query_answer(&answer, request, start_ns, reply, error);
  buffer_clear(&answer.rows);
  buffer_clear(&answer.totals);
  buffer_clear(&answer.audience);
  buffer_clear(&answer.explained);
  buffer_clear(&answer.profile);
  plan_cache_release(view->plans, answer.plan);
  arena_destroy(answer.arena);
  arena_destroy(answer.context.arena);
  database_unpin(view);
  return status;
}
