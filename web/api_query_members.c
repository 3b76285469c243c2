// POST /api/v1/query/members: who is behind a cell of a cube query, a total or a row, or all other
// rows. What is asked and which members these are: cell_members.h.
#include "api.h"
#include "api_document.h"
#include "cell_members.h"
#include "executor.h"

#define LIMIT_DEFAULT 1000
#define LIMIT_MAX 1000000

typedef struct MembersAnswer {
  const ApiContext *api;
  const DatabaseView *view;
  LogicalContext context;
  const CatalogMeasure *measure;
  SegmentMembers where;
  uint64_t limit, count;
  Buffer members; // the first ones, as JSON
  JsonWriter json;
  ApiJob job;
  QueryStats stats;
} MembersAnswer;

// ---------------------------------------------------------------- the question

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

static Status members_run(MembersAnswer *answer, const json_t *document, Error *error) {
  const DataState *data = &answer->view->data;
  CellDays days = {data->first, data->has_days ? data->last : data->first - 1, false, 0};
  SegmentSource *segments = api_segment_source(answer->api, answer->view, &answer->job.job);
  Catalog catalog = *answer->view->catalog;
  ResultSink sink = {answer, members_begin, members_add};
  Logical *tree;
  catalog.segments = segment_source_catalog(segments);
  json_writer_init(&answer->json, &answer->members);
  json_write_array_open(&answer->json);
  Status status =
      cell_tree(document, &catalog, &answer->where, &days, &answer->context, &tree, error);
  if (status == STATUS_OK)
    status = executor_run(tree, answer->view->root, &answer->context,
                          database_pool(answer->api->database), &answer->job.job, NULL, &sink,
                          &answer->stats, error);
  json_write_array_close(&answer->json);
  segment_source_destroy(segments);
  return status;
}

static void answer_write(const MembersAnswer *answer, int64_t start_ns, Buffer *out) {
  JsonWriter json;
  json_writer_init(&json, out);
  json_write_object_open(&json);
  json_write_key_text(&json, "level", answer->where.key->name);
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
  const DatabaseView *view = answer->view;
  TRY(cell_check(document, true, error));
  TRY(limit_read(answer, document, error));
  TRY(cell_measure(document, view->catalog, &answer->measure, error));
  TRY(segment_members_find(view->root, view->catalog, &answer->where, error));
  int64_t start_ns = clock_now_ns();
  ApiJobOptions options = {.kind = "cube", .text = request->body};
  TRY(api_job_begin(answer->api, request, &options, reply, &answer->job, error));
  Status status = members_run(answer, document, error);
  QueryOutcome outcome = {answer->stats.rows_read, answer->stats.bytes_read, NULL};
  status = api_job_end(answer->api, &answer->job, &outcome, status, error);
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
