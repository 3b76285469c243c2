// POST /api/v1/segments/compare: two segments, or one on two days, beside each other: what each
// comes to, who is in both, and every measure of their members' rows.
#include "api_segment_request.h"
#include "cube_request.h"
#include "date.h"
#include "model_words.h"
#include "segment_compare.h"
#include "sql_literal.h"
#include <stdlib.h>

#define COMPARE_DAYS_MAX 36525

typedef struct Compared {
  SegmentPreview previews[2];
  Rowset *sets[2];
  int32_t days;
  SegmentMeasured *measures;
  uint32_t measure_count;
} Compared;

// ---- Reading -----------------------------------------------------------------------------------

// A side is asked as a request of its own: {"segment": ID} or {"definition": ...} or {"text": ...},
// and maybe "as_of".
static Status side_evaluate(SegmentRequest *request, const json_t *item, SegmentPreview *preview,
                            Rowset **set, Error *error) {
  static const char *const known[] = {"segment", "definition", "text", "as_of"};
  SegmentRequest side = *request;
  SegmentRule *rule = ARENA_NEW(request->arena, SegmentRule);
  const char *text;
  if (!json_is_object(item))
    return error_set(error, STATUS_INVALID,
                     "an object is expected, as {\"segment\": \"vip\", \"as_of\": \"2025-12-31\"}");
  side.document = (json_t *)item;
  TRY(SEGMENT_KEYS_CHECK(&side, known, error));
  if (!json_object_get(item, "segment")) {
    TRY(segment_definition_read(&side, &text, rule, error));
    return segment_preview_of(&side, rule, preview, set, error);
  }
  if (json_object_get(item, "definition") || json_object_get(item, "text")) {
    error_set(error, STATUS_INVALID, "either \"segment\" or \"definition\" is expected");
    return error_prefix_path(error, "segment");
  }
  TRY(segment_text_member(&side, "segment", true, &text, error));
  *rule = (SegmentRule){.kind = SEGMENT_REFERENCE, .path = "segment", .segment = text};
  rule->text = arena_printf(request->arena, "{\"segment\":\"%s\"}", text);
  return segment_preview_of(&side, rule, preview, set, error);
}

static bool is_of_side(Status status) {
  return status == STATUS_INVALID || status == STATUS_NOT_FOUND || status == STATUS_UNSUPPORTED ||
         status == STATUS_LIMIT;
}

static Status sides_evaluate(SegmentRequest *request, Compared *compared, Error *error) {
  const json_t *sides = json_object_get(request->document, "sides");
  if (json_array_size(sides) != 2) { // 0 of what is no list
    error_set(error, STATUS_INVALID, "a list of two sides is expected");
    return error_prefix_path(error, "sides");
  }
  for (size_t s = 0; s < 2; s++) {
    Status status = side_evaluate(request, json_array_get(sides, s), &compared->previews[s],
                                  &compared->sets[s], error);
    if (is_of_side(status)) return error_prefix_path(error, "sides[%zu]", s);
    TRY(status);
  }
  return STATUS_OK;
}

static Status days_read(SegmentRequest *request, int32_t *days, Error *error) {
  const json_t *value = json_object_get(request->document, "days");
  *days = SEGMENT_SALES_DAYS;
  if (!value || json_is_null(value)) return STATUS_OK;
  if (json_is_integer(value) && json_integer_value(value) >= 1 &&
      json_integer_value(value) <= COMPARE_DAYS_MAX) {
    *days = (int32_t)json_integer_value(value);
    return STATUS_OK;
  }
  error_set(error, STATUS_INVALID, "a number of days, 1 to %d, is expected", COMPARE_DAYS_MAX);
  return error_prefix_path(error, "days");
}

// ---- Writing -----------------------------------------------------------------------------------

typedef struct Number { // unscaled
  bool known;
  int128_t unscaled;
  uint32_t scale;
} Number;

static Number number_of(const Value *value) {
  bool known =
      !value->is_null && (value->type.kind == TYPE_INT || value->type.kind == TYPE_DECIMAL);
  if (!known) return (Number){0};
  return (Number){true, literal_unscaled(value),
                  value->type.kind == TYPE_DECIMAL ? value->type.scale : 0};
}

// a / b with so many digits; unknown where b is 0 or there is no a.
static Number number_divide(Number a, Number b, uint32_t scale) {
  Number result = {.scale = scale};
  result.known = a.known && b.known && b.unscaled != 0 &&
                 decimal_divide(a.unscaled, a.scale, b.unscaled, b.scale, scale, &result.unscaled);
  return result;
}

static void number_write(JsonWriter *json, Number number) {
  if (!number.known) {
    json_write_null(json);
    return;
  }
  Value value = {.type = type_decimal(DECIMAL_DIGITS_MAX, number.scale), .wide = number.unscaled};
  json_write_value(json, &value);
}

// b - a, with the digits of both.
static Number number_minus(Number b, Number a) {
  Number result = {.scale = a.scale > b.scale ? a.scale : b.scale};
  int128_t left, right;
  result.known = a.known && b.known && decimal_rescale(b.unscaled, b.scale, result.scale, &left) &&
                 decimal_rescale(a.unscaled, a.scale, result.scale, &right) &&
                 !__builtin_sub_overflow(left, right, &result.unscaled);
  return result;
}

// From a to b in percent, with two digits; of shares in percentage points. Unknown from nothing or
// less (D8).
static Number number_change(Number a, Number b, bool share) {
  Number difference = number_minus(b, a);
  if (share) return number_divide(difference, (Number){true, 1, 2}, 2);
  if (!a.known || a.unscaled <= 0) return (Number){0};
  Number percent = number_divide(difference, a, 4);
  if (percent.known) percent.scale = 2; // by 100
  return percent;
}

static void change_write(JsonWriter *json, Number a, Number b, bool share) {
  json_write_key(json, "change");
  number_write(json, number_change(a, b, share));
  json_write_key_text(json, "change_unit", share ? "pp" : "%");
}

// The values; where they add up, by the member; and how the first differs from the second, by the
// member if there is that
static void figures_write(SegmentRequest *request, JsonWriter *json, const Compared *compared,
                          const SegmentMeasured *measure) {
  Number numbers[2];
  json_write_key(json, "values");
  json_write_array_open(json);
  for (int s = 0; s < 2; s++) {
    json_write_value(json, &measure->values[s]);
    numbers[s] = number_of(&measure->values[s]);
  }
  json_write_array_close(json);
  json_write_key(json, "per_member");
  if (measure->adds_up) {
    json_write_array_open(json);
    for (int s = 0; s < 2; s++) {
      Number members = {true, (int128_t)compared->previews[s].size, 0};
      number_write(json, number_divide(numbers[s], members, 4));
      numbers[s] = number_divide(numbers[s], members, 12);
    }
    json_write_array_close(json);
  } else {
    json_write_null(json);
  }
  change_write(json, numbers[1], numbers[0],
               api_measure_is_share((void *)request->view->model, measure->name));
}

static void measures_write(SegmentRequest *request, JsonWriter *json, const Compared *compared) {
  json_write_key(json, "measures");
  json_write_array_open(json);
  for (uint32_t m = 0; m < compared->measure_count; m++) {
    const SegmentMeasured *measure = &compared->measures[m];
    json_write_object_open(json);
    json_write_key_text(json, "name", measure->name);
    api_write_measure(json, model_measure_of(request->view->model, measure->name), measure->name,
                      measure->values[0].type);
    figures_write(request, json, compared, measure);
    json_write_object_close(json);
  }
  json_write_array_close(json);
}

static void sides_write(JsonWriter *json, const Compared *compared) {
  json_write_key(json, "sides");
  json_write_array_open(json);
  for (int s = 0; s < 2; s++) {
    const SegmentPreview *preview = &compared->previews[s];
    json_write_object_open(json);
    json_write_key(json, "from");
    json_write_date(json, preview->day - compared->days + 1);
    json_write_key(json, "as_of");
    json_write_date(json, preview->day);
    json_write_key_int(json, "base", (int64_t)preview->base);
    segment_figures_write(json, preview);
    json_write_object_close(json);
  }
  json_write_array_close(json);
}

static void compared_write(SegmentRequest *request, const Compared *compared) {
  Rowset *both = rowset_and(compared->sets[0], compared->sets[1]);
  int64_t shared = (int64_t)rowset_count(both);
  const SegmentPreview *a = &compared->previews[0], *b = &compared->previews[1];
  JsonWriter json;
  rowset_release(both);
  json_writer_init(&json, &request->reply->body);
  json_write_object_open(&json);
  json_write_key_int(&json, "days", compared->days);
  sides_write(&json, compared);
  json_write_key_int(&json, "both", shared);
  json_write_key_int(&json, "only_a", (int64_t)a->size - shared);
  json_write_key_int(&json, "only_b", (int64_t)b->size - shared);
  change_write(&json, (Number){true, (int128_t)b->size, 0}, (Number){true, (int128_t)a->size, 0},
               false);
  measures_write(request, &json, compared);
  data_state_write(&request->view->data, &json);
  json_write_key(&json, "elapsed_ms");
  json_write_ms(&json, clock_now_ns() - request->start_ns);
  json_write_object_close(&json);
  buffer_append_char(&request->reply->body, '\n');
}

static Status measures_compare(SegmentRequest *request, Compared *compared, Error *error) {
  const DataState *data = &request->view->data;
  SegmentSide sides[2];
  for (int s = 0; s < 2; s++)
    sides[s] = (SegmentSide){compared->sets[s], compared->previews[s].day};
  return segment_compare(&request->world, sides, compared->days, data->first,
                         data->has_days ? data->last : data->first - 1, request->arena,
                         &compared->measures, &compared->measure_count, error);
}

static Status compare_body(SegmentRequest *request, Error *error) {
  static const char *const known[] = {"sides", "days"};
  Compared compared = {0};
  TRY(SEGMENT_KEYS_CHECK(request, known, error));
  TRY(days_read(request, &compared.days, error));
  Status status = sides_evaluate(request, &compared, error);
  if (status == STATUS_OK) status = measures_compare(request, &compared, error);
  if (status == STATUS_OK) compared_write(request, &compared);
  for (int s = 0; s < 2; s++)
    if (compared.sets[s]) rowset_release(compared.sets[s]);
  return status;
}

Status api_segments_compare(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                            Error *error) {
  return segment_document_run(api, request, reply, compare_body, error);
}
