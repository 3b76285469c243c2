// Reading the JSON of a cube query. Every object is read by one loop over its keys, so that a key
// nobody knows is never passed over in silence: it is an error that names the nearest known one.
#include "cube_request.h"
#include "date.h"
#include <jansson.h>
#include <stdio.h>

typedef struct Reader {
  Arena *arena;
  Error *error;
  uint32_t value_count; // filter values so far
} Reader;

static const char *type_name(const json_t *value) {
  static const char *const names[] = {"an object", "an array", "a string", "a number",
                                      "a number",  "true",     "false",    "null"};
  return names[json_typeof(value)];
}

static Status expected(Reader *reader, const char *path, const char *what, const json_t *value) {
  error_set(reader->error, STATUS_INVALID, "%s is expected, not %s", what, type_name(value));
  return error_prefix_path(reader->error, "%s", path);
}

static Status unknown_key(Reader *reader, const char *path, const char *key,
                          const char *const *known, size_t count) {
  const char *nearest = text_nearest(key, known, count);
  if (nearest)
    error_set(reader->error, STATUS_INVALID, "unknown key \"%s\"; did you mean \"%s\"?", key,
              nearest);
  else
    error_set(reader->error, STATUS_INVALID, "unknown key \"%s\"", key);
  return error_prefix_path(reader->error, "%s%s%s", path, path[0] ? "." : "", key);
}

static bool is_known(const char *key, const char *const *known, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (strcmp(key, known[i]) == 0) return true;
  return false;
}

// value is an object whose keys are all known.
static Status check_object(Reader *reader, const char *path, json_t *value,
                           const char *const *known, size_t count) {
  if (!json_is_object(value)) return expected(reader, path, "an object", value);
  const char *key;
  json_t *item;
  json_object_foreach(value, key, item) {
    (void)item;
    if (!is_known(key, known, count)) return unknown_key(reader, path, key, known, count);
  }
  return STATUS_OK;
}
#define CHECK_OBJECT(reader, path, value, known)                                                   \
  check_object((reader), (path), (value), (known), sizeof(known) / sizeof *(known))

// The member, or NULL when it is absent or null.
static json_t *member(const json_t *object, const char *key) {
  json_t *value = json_object_get(object, key);
  return value && !json_is_null(value) ? value : NULL;
}

static const char *sub_path(Reader *reader, const char *path, const char *key) {
  return path[0] ? arena_printf(reader->arena, "%s.%s", path, key) : key;
}

static const char *item_path(Reader *reader, const char *path, size_t index) {
  return arena_printf(reader->arena, "%s[%zu]", path, index);
}

static Status check_array(Reader *reader, const char *path, const json_t *value, size_t count_max) {
  if (!json_is_array(value)) return expected(reader, path, "an array", value);
  if (json_array_size(value) <= count_max) return STATUS_OK;
  error_set(reader->error, STATUS_LIMIT, "%zu entries; at most %zu are possible",
            json_array_size(value), count_max);
  return error_prefix_path(reader->error, "%s", path);
}

static Status read_text(Reader *reader, const char *path, const json_t *value, const char **text) {
  if (!json_is_string(value)) return expected(reader, path, "a string", value);
  *text = arena_strndup(reader->arena, json_string_value(value), json_string_length(value));
  return STATUS_OK;
}

static Status read_flag(Reader *reader, const json_t *object, const char *key, bool *flag) {
  const json_t *value = member(object, key);
  *flag = false;
  if (!value) return STATUS_OK;
  if (!json_is_boolean(value)) return expected(reader, key, "true or false", value);
  *flag = json_is_true(value);
  return STATUS_OK;
}

static Status read_count(Reader *reader, const json_t *object, const char *key, int64_t *count) {
  const json_t *value = member(object, key);
  if (!value) return STATUS_OK;
  if (!json_is_integer(value) || json_integer_value(value) < 0)
    return expected(reader, key, "a whole number, 0 or more,", value);
  *count = json_integer_value(value);
  return STATUS_OK;
}

static Status read_date(Reader *reader, const char *path, const json_t *object, const char *key,
                        int32_t *date) {
  const json_t *value = member(object, key);
  const char *at = sub_path(reader, path, key);
  if (value && json_is_string(value) &&
      date_parse(json_string_value(value), json_string_length(value), DATE_YMD, date))
    return STATUS_OK;
  error_set(reader->error, STATUS_INVALID, "a date is expected, as \"2025-12-31\"");
  return error_prefix_path(reader->error, "%s", at);
}

static Status read_period(Reader *reader, const char *path, json_t *value, CubePeriod *period) {
  static const char *const known[] = {"from", "to"};
  TRY(CHECK_OBJECT(reader, path, value, known));
  TRY(read_date(reader, path, value, "from", &period->from));
  TRY(read_date(reader, path, value, "to", &period->to));
  period->set = true;
  if (period->from <= period->to) return STATUS_OK;
  error_set(reader->error, STATUS_INVALID, "the period ends before it begins");
  return error_prefix_path(reader->error, "%s", path);
}

static Status read_compare(Reader *reader, json_t *value, CubeRequest *request) {
  static const char *const names[] = {"previous", "last_year", "last_year_calendar"};
  if (json_is_object(value)) {
    request->compare = CUBE_COMPARE_DATES;
    return read_period(reader, "compare", value, &request->compare_dates);
  }
  const char *name;
  TRY(read_text(reader, "compare", value, &name));
  for (int i = 0; i < 3; i++) {
    if (strcmp(name, names[i]) != 0) continue;
    request->compare = (CubeCompareKind)(CUBE_COMPARE_PREVIOUS + i);
    return STATUS_OK;
  }
  const char *nearest = text_nearest(name, names, 3);
  error_set(
      reader->error, STATUS_INVALID,
      "unknown comparison \"%s\"; %s%s%sknown are previous, last_year, last_year_calendar and "
      "{\"from\", \"to\"}",
      name, nearest ? "did you mean \"" : "", nearest ? nearest : "", nearest ? "\"? " : "");
  return error_prefix_path(reader->error, "compare");
}

static Status read_measures(Reader *reader, const json_t *value, CubeRequest *request) {
  TRY(check_array(reader, "measures", value, CUBE_MEASURES_MAX));
  request->measures = ARENA_ARRAY(reader->arena, const char *, json_array_size(value));
  for (size_t i = 0; i < json_array_size(value); i++)
    TRY(read_text(reader, item_path(reader, "measures", i), json_array_get(value, i),
                  &request->measures[request->measure_count++]));
  return STATUS_OK;
}

// {"segments": ["vip", "new"], "as_of": "2025-12-31"}, once.
static Status read_segments(Reader *reader, const char *path, json_t *item, CubeRequest *request) {
  CubeSegments *segments = &request->segments;
  const json_t *ids = member(item, "segments");
  const char *list = sub_path(reader, path, "segments");
  if (json_object_get(item, "level") || segments->count) {
    error_set(reader->error, STATUS_INVALID,
              "a dimension is a level or \"segments\", and one may be segments");
    return error_prefix_path(reader->error, "%s", path);
  }
  TRY(check_array(reader, list, ids, CUBE_SEGMENTS_MAX));
  if (!json_array_size(ids)) {
    error_set(reader->error, STATUS_INVALID, "a list of segments is expected, as [\"vip\"]");
    return error_prefix_path(reader->error, "%s", list);
  }
  segments->ids = ARENA_ARRAY(reader->arena, const char *, json_array_size(ids));
  segments->paths = ARENA_ARRAY(reader->arena, const char *, json_array_size(ids));
  for (uint32_t i = 0; i < json_array_size(ids); i++) {
    segments->paths[i] = item_path(reader, list, i);
    TRY(read_text(reader, segments->paths[i], json_array_get(ids, i), &segments->ids[i]));
    for (uint32_t k = 0; k < i; k++) {
      if (strcmp(segments->ids[k], segments->ids[i]) != 0) continue;
      error_set(reader->error, STATUS_INVALID, "segment \"%s\" is asked for twice",
                segments->ids[i]);
      return error_prefix_path(reader->error, "%s", segments->paths[i]);
    }
  }
  segments->count = (uint32_t)json_array_size(ids);
  segments->has_day = member(item, "as_of");
  request->dimensions[request->dimension_count++] = CUBE_SEGMENTS_LEVEL;
  return segments->has_day ? read_date(reader, path, item, "as_of", &segments->day) : STATUS_OK;
}

// A level is "store.region" or {"level": "store.region"}.
static Status read_dimensions(Reader *reader, const json_t *value, CubeRequest *request) {
  static const char *const known[] = {"level", "segments", "as_of"};
  TRY(check_array(reader, "dimensions", value, CUBE_DIMENSIONS_MAX));
  request->dimensions = ARENA_ARRAY(reader->arena, const char *, json_array_size(value));
  for (size_t i = 0; i < json_array_size(value); i++) {
    const char *path = item_path(reader, "dimensions", i);
    json_t *item = json_array_get(value, i);
    if (json_is_object(item)) {
      TRY(CHECK_OBJECT(reader, path, item, known));
      if (member(item, "segments")) {
        TRY(read_segments(reader, path, item, request));
        continue;
      }
      path = sub_path(reader, path, "level");
      item = json_object_get(item, "level");
      if (!item) item = json_array_get(value, i);
    }
    TRY(read_text(reader, path, item, &request->dimensions[request->dimension_count++]));
  }
  return STATUS_OK;
}

// --- filters ---

static Status read_value(Reader *reader, const char *path, const json_t *value,
                         CubeFilterValue *result) {
  if (++reader->value_count > CUBE_FILTER_VALUES_MAX) {
    error_set(reader->error, STATUS_LIMIT, "the filters have more than %d values",
              CUBE_FILTER_VALUES_MAX);
    return error_prefix_path(reader->error, "%s", path);
  }
  if (json_is_null(value))
    result->kind = CUBE_VALUE_NULL;
  else if (json_is_boolean(value)) {
    result->kind = CUBE_VALUE_BOOL;
    result->truth = json_is_true(value);
  } else if (json_is_string(value)) {
    result->kind = CUBE_VALUE_TEXT;
    const char *text = json_string_value(value);
    uint32_t size = (uint32_t)json_string_length(value);
    result->text = (Str){arena_strndup(reader->arena, text, size), size};
  } else if (json_is_number(value)) {
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
    result->kind = CUBE_VALUE_TEXT;
    result->text = str_from(arena_strdup(reader->arena, text));
    free(text);
  } else
    return expected(reader, path, "a string, a number, true, false or null", value);
  return STATUS_OK;
}

static Status read_list(Reader *reader, const char *path, const json_t *value, CubeFilter *filter) {
  TRY(check_array(reader, path, value, CUBE_FILTER_VALUES_MAX));
  filter->value_count = (uint32_t)json_array_size(value);
  filter->values = ARENA_ARRAY(reader->arena, CubeFilterValue, filter->value_count);
  for (uint32_t i = 0; i < filter->value_count; i++)
    TRY(read_value(reader, item_path(reader, path, i), json_array_get(value, i),
                   &filter->values[i]));
  return STATUS_OK;
}

static Status read_range(Reader *reader, const char *path, const json_t *object,
                         CubeFilter *filter) {
  static const char *const ends[] = {"from", "to"};
  filter->kind = CUBE_FILTER_RANGE;
  filter->value_count = 2;
  filter->values = ARENA_ARRAY(reader->arena, CubeFilterValue, 2);
  for (int i = 0; i < 2; i++) {
    const json_t *value = member(object, ends[i]);
    if (value) TRY(read_value(reader, sub_path(reader, path, ends[i]), value, &filter->values[i]));
  }
  return STATUS_OK;
}

static Status wrong_filter(Reader *reader, const char *path) {
  error_set(reader->error, STATUS_INVALID,
            "a filter has a level and one of in, not_in, from and to, null; or segment and maybe "
            "as_of; or any, all or not");
  return error_prefix_path(reader->error, "%s", path);
}

static Status read_leaf(Reader *reader, const char *path, json_t *value, CubeFilter *filter) {
  const json_t *level = member(value, "level"), *in = member(value, "in"),
               *not_in = member(value, "not_in"), *null = member(value, "null");
  bool range = member(value, "from") || member(value, "to");
  if (!level || (in != NULL) + (not_in != NULL) + (null != NULL) + range != 1)
    return wrong_filter(reader, path);
  TRY(read_text(reader, sub_path(reader, path, "level"), level, &filter->level));
  if (range) return read_range(reader, path, value, filter);
  if (null) {
    filter->kind = CUBE_FILTER_NULL;
    filter->is_null = json_is_true(null);
    return json_is_boolean(null)
               ? STATUS_OK
               : expected(reader, sub_path(reader, path, "null"), "true or false", null);
  }
  filter->kind = in ? CUBE_FILTER_IN : CUBE_FILTER_NOT_IN;
  return read_list(reader, sub_path(reader, path, in ? "in" : "not_in"), in ? in : not_in, filter);
}

static Status read_filter(Reader *reader, const char *path, json_t *value, uint32_t depth,
                          CubeFilter *filter);

static Status read_filters(Reader *reader, const char *path, const json_t *value, uint32_t depth,
                           CubeFilter *filter) {
  TRY(check_array(reader, path, value, CUBE_FILTER_VALUES_MAX));
  filter->item_count = (uint32_t)json_array_size(value);
  filter->items = ARENA_ARRAY(reader->arena, CubeFilter, filter->item_count);
  for (uint32_t i = 0; i < filter->item_count; i++)
    TRY(read_filter(reader, item_path(reader, path, i), json_array_get(value, i), depth + 1,
                    &filter->items[i]));
  return STATUS_OK;
}

static Status read_segment(Reader *reader, const char *path, const json_t *value,
                           CubeFilter *filter) {
  filter->kind = CUBE_FILTER_SEGMENT;
  filter->has_day = member(value, "as_of");
  if (json_object_size(value) != 1u + (json_object_get(value, "as_of") != NULL))
    return wrong_filter(reader, path);
  filter->segment_path = sub_path(reader, path, "segment");
  TRY(read_text(reader, filter->segment_path, member(value, "segment"), &filter->segment));
  return filter->has_day ? read_date(reader, path, value, "as_of", &filter->day) : STATUS_OK;
}

static Status read_filter(Reader *reader, const char *path, json_t *value, uint32_t depth,
                          CubeFilter *filter) {
  static const char *const known[] = {"level", "in",  "not_in", "from",    "to",   "null",
                                      "any",   "all", "not",    "segment", "as_of"};
  TRY(CHECK_OBJECT(reader, path, value, known));
  filter->path = path;
  if (depth > CUBE_FILTER_DEPTH_MAX) {
    error_set(reader->error, STATUS_LIMIT, "filters nest deeper than %d levels",
              CUBE_FILTER_DEPTH_MAX);
    return error_prefix_path(reader->error, "%s", path);
  }
  json_t *any = member(value, "any"), *all = member(value, "all"), *not = member(value, "not");
  if (member(value, "segment")) return read_segment(reader, path, value, filter);
  if (member(value, "as_of")) return wrong_filter(reader, path);
  if (!any && !all && !not ) return read_leaf(reader, path, value, filter);
  if (json_object_size(value) != 1) return wrong_filter(reader, path);
  filter->kind = any ? CUBE_FILTER_ANY : all ? CUBE_FILTER_ALL : CUBE_FILTER_NOT;
  if (any || all)
    return read_filters(reader, sub_path(reader, path, any ? "any" : "all"), any ? any : all, depth,
                        filter);
  filter->item_count = 1;
  filter->items = ARENA_NEW(reader->arena, CubeFilter);
  return read_filter(reader, sub_path(reader, path, "not"), not, depth + 1, filter->items);
}

static Status read_order(Reader *reader, const json_t *value, CubeRequest *request) {
  static const char *const known[] = {"by", "desc"};
  TRY(check_array(reader, "order", value, CUBE_ORDER_MAX));
  request->order = ARENA_ARRAY(reader->arena, CubeOrder, json_array_size(value));
  for (size_t i = 0; i < json_array_size(value); i++) {
    const char *path = item_path(reader, "order", i);
    json_t *item = json_array_get(value, i);
    CubeOrder *order = &request->order[request->order_count++];
    TRY(CHECK_OBJECT(reader, path, item, known));
    const json_t *by = json_object_get(item, "by"), *desc = member(item, "desc");
    TRY(read_text(reader, sub_path(reader, path, "by"), by ? by : item, &order->by));
    if (desc && !json_is_boolean(desc))
      return expected(reader, sub_path(reader, path, "desc"), "true or false", desc);
    order->descending = desc && json_is_true(desc);
  }
  return STATUS_OK;
}

static Status read_request(Reader *reader, json_t *root, CubeRequest *request) {
  static const char *const known[] = {"measures", "dimensions", "filters", "period",
                                      "compare",  "order",      "limit",   "offset",
                                      "totals",   "explain",    "audience"};
  TRY(CHECK_OBJECT(reader, "", root, known));
  json_t *measures = member(root, "measures"), *dimensions = member(root, "dimensions"),
         *filters = member(root, "filters"), *period = member(root, "period"),
         *compare = member(root, "compare"), *order = member(root, "order");
  *request = (CubeRequest){.limit = -1, .filter.kind = CUBE_FILTER_ALL};
  if (measures) TRY(read_measures(reader, measures, request));
  if (request->measure_count == 0) {
    error_set(reader->error, STATUS_INVALID, "at least one measure is needed");
    return error_prefix_path(reader->error, "measures");
  }
  if (dimensions) TRY(read_dimensions(reader, dimensions, request));
  if (filters) TRY(read_filters(reader, "filters", filters, 0, &request->filter));
  if (period) TRY(read_period(reader, "period", period, &request->period));
  if (compare) TRY(read_compare(reader, compare, request));
  if (compare && !request->period.set) {
    error_set(reader->error, STATUS_INVALID, "a comparison needs a period");
    return error_prefix_path(reader->error, "compare");
  }
  if (order) TRY(read_order(reader, order, request));
  TRY(read_count(reader, root, "limit", &request->limit));
  TRY(read_count(reader, root, "offset", &request->offset));
  TRY(read_flag(reader, root, "totals", &request->totals));
  TRY(read_flag(reader, root, "audience", &request->audience));
  return read_flag(reader, root, "explain", &request->explain);
}

// The document; NULL and the error where it is too long or broken.
static json_t *json_read(const char *json, size_t size, Error *error) {
  json_error_t failure;
  if (size > CUBE_JSON_BYTES_MAX) {
    error_set(error, STATUS_LIMIT, "the request has %zu bytes; at most %u are read", size,
              CUBE_JSON_BYTES_MAX);
    return NULL;
  }
  json_t *root = json_loadb(json, size, JSON_REJECT_DUPLICATES, &failure);
  if (!root)
    error_set_at(error, STATUS_INVALID, failure.position, "not JSON: %s (line %d, column %d)",
                 failure.text, failure.line, failure.column);
  return root;
}

Status cube_filter_read(Arena *arena, const char *json, size_t size, const char *path,
                        CubeFilter *filter, Error *error) {
  Error local = ERROR_INIT;
  Reader reader = {.arena = arena, .error = error ? error : &local};
  json_t *root = json_read(json, size, reader.error);
  if (!root) return reader.error->status;
  *filter = (CubeFilter){.kind = CUBE_FILTER_ALL, .path = path};
  Status status = json_is_array(root) ? read_filters(&reader, path, root, 0, filter)
                                      : read_filter(&reader, path, root, 0, filter);
  json_decref(root);
  return status;
}

Status cube_request_read(Arena *arena, const char *json, size_t size, CubeRequest *request,
                         Error *error) {
  Error local = ERROR_INIT; // key paths need a place, even when nobody asks
  Reader reader = {.arena = arena, .error = error ? error : &local};
  json_t *root = json_read(json, size, reader.error);
  if (!root) return reader.error->status;
  Status status = read_request(&reader, root, request);
  json_decref(root);
  return status;
}
