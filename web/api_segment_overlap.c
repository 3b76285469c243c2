// POST /api/v1/segments/overlap: two or more segments, what each comes to, and how they lie over
// each other. Each is the id of a saved one or a rule.
#include "api_segment_request.h"
#include "segment_overlap.h"
#include <stdlib.h>

#define OVERLAP_SEGMENTS_MIN 2
#define OVERLAP_SEGMENTS_MAX 10

typedef struct Overlapped {
  SegmentPreview *previews; // [count]
  Rowset **sets;            // [count]
  uint32_t count;           // evaluated so far
} Overlapped;

static Status item_rule(SegmentRequest *request, const json_t *item, SegmentRule *rule,
                        Error *error) {
  json_t *reference = json_is_string(item) ? json_pack("{s:O}", "segment", item) : NULL;
  if (!reference && !json_is_object(item))
    return error_set(error, STATUS_INVALID,
                     "the id of a segment or a rule is expected, as \"vip\" or {\"all\": []}");
  char *json = json_dumps(reference ? reference : item, JSON_COMPACT | JSON_REAL_PRECISION(15));
  Status status =
      segment_read(request->arena, arena_strdup(request->arena, json), strlen(json), rule, error);
  free(json);
  json_decref(reference);
  return status;
}

static Status item_evaluate(SegmentRequest *request, const json_t *item, Overlapped *overlapped,
                            Error *error) {
  SegmentRule *rule = ARENA_NEW(request->arena, SegmentRule);
  uint32_t at = overlapped->count;
  TRY(item_rule(request, item, rule, error));
  TRY(segment_preview_of(request, rule, &overlapped->previews[at], &overlapped->sets[at], error));
  overlapped->count++;
  return STATUS_OK;
}

static bool is_of_item(Status status) { // what is wrong stands in the definition
  return status == STATUS_INVALID || status == STATUS_NOT_FOUND || status == STATUS_UNSUPPORTED ||
         status == STATUS_LIMIT;
}

static Status items_evaluate(SegmentRequest *request, const json_t *items, Overlapped *overlapped,
                             Error *error) {
  int32_t day;
  TRY(segment_day_read(request, &day, error)); // a wrong one is no fault of the first segment
  for (size_t i = 0; i < json_array_size(items); i++) {
    TRY(job_check(&request->job.job, error));
    Status status = item_evaluate(request, json_array_get(items, i), overlapped, error);
    if (is_of_item(status)) return error_prefix_path(error, "segments[%zu]", i);
    TRY(status);
  }
  return STATUS_OK;
}

static void pairs_write(JsonWriter *json, const Overlapped *overlapped,
                        const SegmentOverlap *overlap) {
  json_write_key(json, "pairs");
  json_write_array_open(json);
  for (uint32_t p = 0; p < overlap->pair_count; p++) {
    const SegmentPair *pair = &overlap->pairs[p];
    const SegmentPreview *a = &overlapped->previews[pair->a], *b = &overlapped->previews[pair->b];
    json_write_object_open(json);
    json_write_key_int(json, "a", pair->a);
    json_write_key_int(json, "b", pair->b);
    json_write_key_int(json, "both", (int64_t)pair->both);
    json_write_key_int(json, "either", (int64_t)pair->either);
    segment_share_write(json, "share_of_a", pair->both, a->size);
    segment_share_write(json, "share_of_b", pair->both, b->size);
    segment_share_write(json, "jaccard", pair->both, pair->either);
    segment_share_write(json, "lift", (int128_t)pair->both * a->base, (int128_t)a->size * b->size);
    json_write_object_close(json);
  }
  json_write_array_close(json);
}

static void overlap_write(SegmentRequest *request, const Overlapped *overlapped) {
  SegmentOverlap overlap;
  JsonWriter json;
  segment_overlap(overlapped->sets, overlapped->count, request->arena, &overlap);
  json_writer_init(&json, &request->reply->body);
  json_write_object_open(&json);
  json_write_key(&json, "as_of");
  json_write_date(&json, overlapped->previews[0].day);
  json_write_key_int(&json, "base", (int64_t)overlapped->previews[0].base);
  json_write_key_int(&json, "all", (int64_t)overlap.all);
  json_write_key_int(&json, "any", (int64_t)overlap.any);
  json_write_key(&json, "segments");
  json_write_array_open(&json);
  for (uint32_t i = 0; i < overlapped->count; i++) {
    json_write_object_open(&json);
    segment_figures_write(&json, &overlapped->previews[i]);
    json_write_key_int(&json, "only", (int64_t)overlap.only[i]);
    json_write_object_close(&json);
  }
  json_write_array_close(&json);
  pairs_write(&json, overlapped, &overlap);
  data_state_write(&request->view->data, &json);
  json_write_key(&json, "elapsed_ms");
  json_write_ms(&json, clock_now_ns() - request->start_ns);
  json_write_object_close(&json);
  buffer_append_char(&request->reply->body, '\n');
}

static Status overlap_body(SegmentRequest *request, Error *error) {
  static const char *const known[] = {"segments", "as_of"};
  TRY(SEGMENT_KEYS_CHECK(request, known, error));
  const json_t *items = json_object_get(request->document, "segments");
  size_t count = json_array_size(items); // 0 of what is no list
  if (count < OVERLAP_SEGMENTS_MIN || count > OVERLAP_SEGMENTS_MAX) {
    error_set(error, STATUS_INVALID,
              "a list of %d to %d segments is expected, as [\"vip\", \"new\"]",
              OVERLAP_SEGMENTS_MIN, OVERLAP_SEGMENTS_MAX);
    return error_prefix_path(error, "segments");
  }
  Overlapped overlapped = {.previews = ARENA_ARRAY(request->arena, SegmentPreview, count),
                           .sets = ARENA_ARRAY(request->arena, Rowset *, count)};
  Status status = items_evaluate(request, items, &overlapped, error);
  if (status == STATUS_OK) overlap_write(request, &overlapped);
  for (uint32_t i = 0; i < overlapped.count; i++) rowset_release(overlapped.sets[i]);
  return status;
}

Status api_segments_overlap(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                            Error *error) {
  return segment_document_run(api, request, reply, overlap_body, error);
}
