// Definitions from JSON. Every object is read by its keys; a key that nobody knows is an error.
#include "cell_members.h"
#include "date.h"
#include "segment.h"
#include <jansson.h>
#include <stdlib.h>

typedef struct Reader {
  Arena *arena;
  Error *error;
  uint32_t rule_count;
} Reader;

static Status fault(Reader *reader, const char *path, Status status, const char *what) {
  error_set(reader->error, status, "%s", what);
  return path[0] ? error_prefix_path(reader->error, "%s", path) : status;
}

static const char *sub_path(Reader *reader, const char *path, const char *key) {
  return path[0] ? arena_printf(reader->arena, "%s.%s", path, key) : key;
}

static Status read_text(Reader *reader, const char *path, const json_t *value, const char *key,
                        const char **text) {
  if (!json_is_string(value))
    return fault(reader, sub_path(reader, path, key), STATUS_INVALID, "a text is expected");
  *text = arena_strdup(reader->arena, json_string_value(value));
  return STATUS_OK;
}

// The JSON of a value, keys sorted.
static Str json_text(Reader *reader, const json_t *value) {
  char *text =
      json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS | JSON_REAL_PRECISION(15));
  Str copy = str_from(arena_strdup(reader->arena, text ? text : ""));
  free(text);
  return copy;
}

static Status read_keys(Reader *reader, const char *path, json_t *object, const char *const *known,
                        size_t count) {
  const char *key;
  json_t *item;
  json_object_foreach(object, key, item) {
    bool found = false;
    for (size_t i = 0; i < count && !found; i++) found = !strcmp(known[i], key);
    if (found) continue;
    const char *nearest = text_nearest(key, known, count);
    error_set(reader->error, STATUS_INVALID, "unknown key \"%s\"%s%s%s", key,
              nearest ? "; did you mean \"" : "", nearest ? nearest : "", nearest ? "\"?" : "");
    return error_prefix_path(reader->error, "%s", sub_path(reader, path, key));
  }
  return STATUS_OK;
}
#define READ_KEYS(reader, path, object, known)                                                     \
  read_keys((reader), (path), (object), (known), sizeof(known) / sizeof *(known))

static Status read_rule(Reader *reader, const char *path, json_t *value, uint32_t depth,
                        SegmentRule *rule);

static Status read_items(Reader *reader, const char *key, const json_t *list, uint32_t depth,
                         SegmentRule *rule) {
  const char *path = sub_path(reader, rule->path, key);
  if (!json_is_array(list)) return fault(reader, path, STATUS_INVALID, "a list is expected");
  if (json_array_size(list) > SEGMENT_RULES_MAX)
    return fault(reader, path, STATUS_LIMIT, "a segment has at most 200 rules");
  rule->item_count = (uint32_t)json_array_size(list);
  rule->items = ARENA_ARRAY(reader->arena, SegmentRule, rule->item_count);
  for (uint32_t i = 0; i < rule->item_count; i++)
    TRY(read_rule(reader, arena_printf(reader->arena, "%s[%u]", path, i), json_array_get(list, i),
                  depth + 1, &rule->items[i]));
  return STATUS_OK;
}

static Status read_group(Reader *reader, json_t *value, uint32_t depth, SegmentRule *rule) {
  static const char *const names[] = {"all", "any", "not"};
  for (int kind = 0; kind < 3; kind++) {
    json_t *items = json_object_get(value, names[kind]);
    if (!items) continue;
    rule->kind = (SegmentKind)(SEGMENT_ALL + kind);
    if (json_object_size(value) != 1)
      return fault(reader, rule->path, STATUS_INVALID, "all, any and not stand alone in a rule");
    if (kind < 2) return read_items(reader, names[kind], items, depth, rule);
    rule->item_count = 1;
    rule->items = ARENA_NEW(reader->arena, SegmentRule);
    return read_rule(reader, sub_path(reader, rule->path, "not"), items, depth + 1, rule->items);
  }
  return STATUS_OK;
}

static Status read_level(Reader *reader, SegmentRule *rule) {
  rule->kind = SEGMENT_LEVEL;
  return cube_filter_read(reader->arena, rule->text, strlen(rule->text), rule->path, &rule->filter,
                          reader->error);
}

// Texts, numbers and truths, as texts.
static Status read_values(Reader *reader, const SegmentRule *rule, const char *key,
                          const json_t *list, CubeFilter *filter) {
  const char *path = sub_path(reader, rule->path, key);
  if (!json_is_array(list)) return fault(reader, path, STATUS_INVALID, "a list is expected");
  if (json_array_size(list) > CUBE_FILTER_VALUES_MAX)
    return fault(reader, path, STATUS_LIMIT, "a rule has at most 10000 values");
  filter->value_count = (uint32_t)json_array_size(list);
  filter->values = ARENA_ARRAY(reader->arena, CubeFilterValue, filter->value_count);
  for (uint32_t v = 0; v < filter->value_count; v++) {
    const json_t *value = json_array_get(list, v);
    if (!json_is_string(value) && !json_is_number(value) && !json_is_boolean(value))
      return fault(reader, arena_printf(reader->arena, "%s[%u]", path, v), STATUS_INVALID,
                   "a value is expected: a text, a number, true or false");
    Str text = json_is_string(value)
                   ? str_from(arena_strdup(reader->arena, json_string_value(value)))
                   : json_text(reader, value);
    filter->values[v] = (CubeFilterValue){.kind = CUBE_VALUE_TEXT, .text = text};
  }
  return STATUS_OK;
}

static Status read_attribute(Reader *reader, json_t *value, SegmentRule *rule) {
  static const char *const known[] = {"attribute", "in", "not_in", "null"};
  static const CubeFilterKind kinds[] = {CUBE_FILTER_IN, CUBE_FILTER_NOT_IN, CUBE_FILTER_NULL};
  rule->kind = SEGMENT_ATTRIBUTE;
  TRY(READ_KEYS(reader, rule->path, value, known));
  TRY(read_text(reader, rule->path, json_object_get(value, "attribute"), "attribute",
                &rule->attribute));
  if (json_object_size(value) != 2)
    return fault(reader, rule->path, STATUS_INVALID,
                 "a rule on an attribute has one of in, not_in, null");
  int k = json_object_get(value, "in") ? 0 : json_object_get(value, "not_in") ? 1 : 2;
  const json_t *given = json_object_get(value, known[1 + k]);
  rule->filter = (CubeFilter){.kind = kinds[k], .path = rule->path, .level = rule->attribute};
  if (k < 2) return read_values(reader, rule, known[1 + k], given, &rule->filter);
  rule->filter.is_null = json_is_true(given);
  if (json_is_boolean(given)) return STATUS_OK;
  return fault(reader, sub_path(reader, rule->path, "null"), STATUS_INVALID,
               "true or false is expected");
}

static Status read_date(Reader *reader, const char *path, const json_t *object, const char *key,
                        int32_t *date) {
  const json_t *value = json_object_get(object, key);
  if (json_is_string(value) &&
      date_parse(json_string_value(value), json_string_length(value), DATE_YMD, date))
    return STATUS_OK;
  return fault(reader, sub_path(reader, path, key), STATUS_INVALID,
               "a date is expected, as \"2025-12-31\"");
}

// How long before the day the window ends.
static Status read_ago(Reader *reader, const json_t *value, SegmentRule *rule) {
  const json_t *ago = json_object_get(value, "ago");
  if (!ago) return STATUS_OK;
  const char *path = sub_path(reader, rule->path, "ago");
  if (!rule->days)
    return fault(reader, path, STATUS_INVALID, "ago goes with days: the window ends so long ago");
  if (!json_is_integer(ago) || json_integer_value(ago) < 0 ||
      json_integer_value(ago) > MEASURE_WINDOW_ALL)
    return fault(reader, path, STATUS_INVALID, "a number of days, 0 or more, is expected");
  rule->ago = (int32_t)json_integer_value(ago);
  return STATUS_OK;
}

static Status read_window(Reader *reader, const json_t *value, SegmentRule *rule) {
  const json_t *days = json_object_get(value, "days");
  bool dates = json_object_get(value, "from") || json_object_get(value, "to");
  if (days && dates)
    return fault(reader, rule->path, STATUS_INVALID,
                 "a window is of so many days, or has from and to, not both");
  if (days) {
    if (!json_is_integer(days) || json_integer_value(days) < 1 ||
        json_integer_value(days) > MEASURE_WINDOW_ALL)
      return fault(reader, sub_path(reader, rule->path, "days"), STATUS_INVALID,
                   "a number of days, 1 or more, is expected");
    rule->days = (int32_t)json_integer_value(days);
  }
  TRY(read_ago(reader, value, rule));
  if (!dates) return STATUS_OK;
  TRY(read_date(reader, rule->path, value, "from", &rule->period.from));
  TRY(read_date(reader, rule->path, value, "to", &rule->period.to));
  rule->period.set = true;
  if (rule->period.from <= rule->period.to) return STATUS_OK;
  return fault(reader, rule->path, STATUS_INVALID, "the window ends before it begins");
}

// Rows of which purchase.
static Status read_purchase(Reader *reader, const json_t *value, SegmentRule *rule) {
  const json_t *purchase = json_object_get(value, "purchase");
  const char *name = json_is_string(purchase) ? json_string_value(purchase) : "";
  if (!purchase) return STATUS_OK;
  if (strcmp(name, "first") != 0 && strcmp(name, "last") != 0)
    return fault(reader, sub_path(reader, rule->path, "purchase"), STATUS_INVALID,
                 "\"first\" or \"last\" is expected; without it rows of all purchases count");
  rule->purchase = strcmp(name, "first") == 0 ? SEGMENT_PURCHASE_FIRST : SEGMENT_PURCHASE_LAST;
  return STATUS_OK;
}

static Status read_comparison(Reader *reader, const json_t *value, SegmentRule *rule) {
  static const char *const names[] = {"at_least", "at_most", "above", "below", "equal"};
  uint32_t found = 0;
  for (int c = 0; c < 5; c++) {
    const json_t *bound = json_object_get(value, names[c]);
    if (!bound) continue;
    found++;
    rule->comparison = (SegmentComparison)c;
    if (!json_is_number(bound) && !json_is_string(bound))
      return fault(reader, sub_path(reader, rule->path, names[c]), STATUS_INVALID,
                   "a number, or a text that is one, is expected");
    rule->value = json_is_string(bound)
                      ? str_from(arena_strdup(reader->arena, json_string_value(bound)))
                      : json_text(reader, bound);
  }
  if (found == 1) return STATUS_OK;
  return fault(reader, rule->path, STATUS_INVALID,
               "a rule on a measure needs one of at_least, at_most, above, below, equal");
}

// The rows of a measure are the member's own: whose segment he is in is a rule of its own.
static Status check_rows_filter(Reader *reader, const CubeFilter *filter) {
  if (filter->kind == CUBE_FILTER_SEGMENT)
    return fault(reader, filter->path, STATUS_INVALID,
                 "a filter on a measure's rows takes no segment: put {\"segment\": ...} beside the "
                 "rule, in \"all\"");
  for (uint32_t i = 0; i < filter->item_count; i++)
    TRY(check_rows_filter(reader, &filter->items[i]));
  return STATUS_OK;
}

static Status read_measure(Reader *reader, json_t *value, SegmentRule *rule) {
  static const char *const known[] = {"measure", "filters",  "purchase", "days",  "ago",   "from",
                                      "to",      "at_least", "at_most",  "above", "below", "equal"};
  rule->kind = SEGMENT_MEASURE;
  TRY(READ_KEYS(reader, rule->path, value, known));
  TRY(read_text(reader, rule->path, json_object_get(value, "measure"), "measure", &rule->measure));
  rule->filter = (CubeFilter){.kind = CUBE_FILTER_ALL};
  const json_t *filters = json_object_get(value, "filters");
  rule->rows = "";
  if (filters) {
    Str text = json_text(reader, filters);
    rule->rows = text.data;
    TRY(cube_filter_read(reader->arena, text.data, text.size,
                         sub_path(reader, rule->path, "filters"), &rule->filter, reader->error));
    TRY(check_rows_filter(reader, &rule->filter));
  }
  TRY(read_purchase(reader, value, rule));
  TRY(read_window(reader, value, rule));
  return read_comparison(reader, value, rule);
}

// Its rows are of a query's own filters: whose segment the member is in is a rule of its own.
static Status read_cell(Reader *reader, json_t *value, SegmentRule *rule) {
  static const char *const known[] = {"cell"};
  const char *path = sub_path(reader, rule->path, "cell");
  const json_t *cell = json_object_get(value, "cell");
  rule->kind = SEGMENT_CELL;
  TRY(READ_KEYS(reader, rule->path, value, known));
  if (!json_is_object(cell))
    return fault(reader, path, STATUS_INVALID,
                 "an object is expected, with \"query\", a cube query, and \"at\", its cell");
  if (cell_check(cell, false, reader->error) != STATUS_OK)
    return error_prefix_path(reader->error, "%s", path);
  if (cell_asks_segments(cell))
    return fault(reader, path, STATUS_INVALID,
                 "the query of a cell asks for no segment here: put {\"segment\": ...} beside the "
                 "rule, in \"all\"");
  rule->cell = json_text(reader, cell).data;
  return STATUS_OK;
}

static Status read_rule(Reader *reader, const char *path, json_t *value, uint32_t depth,
                        SegmentRule *rule) {
  *rule = (SegmentRule){.path = path};
  if (!json_is_object(value)) return fault(reader, path, STATUS_INVALID, "a rule is an object");
  if (depth > SEGMENT_DEPTH_MAX)
    return fault(reader, path, STATUS_LIMIT, "rules nest deeper than 20 levels");
  if (++reader->rule_count > SEGMENT_RULES_MAX)
    return fault(reader, path, STATUS_LIMIT, "a segment has at most 200 rules");
  rule->text = json_text(reader, value).data;
  if (json_object_get(value, "all") || json_object_get(value, "any") ||
      json_object_get(value, "not"))
    return read_group(reader, value, depth, rule);
  if (json_object_get(value, "level")) return read_level(reader, rule);
  if (json_object_get(value, "measure")) return read_measure(reader, value, rule);
  if (json_object_get(value, "attribute")) return read_attribute(reader, value, rule);
  if (json_object_get(value, "cell")) return read_cell(reader, value, rule);
  if (!json_object_get(value, "segment"))
    return fault(reader, path, STATUS_INVALID,
                 "a rule has all, any, not, level, measure, attribute, cell or segment");
  static const char *const known[] = {"segment"};
  rule->kind = SEGMENT_REFERENCE;
  TRY(READ_KEYS(reader, path, value, known));
  return read_text(reader, path, json_object_get(value, "segment"), "segment", &rule->segment);
}

Status segment_read(Arena *arena, const char *json, size_t size, SegmentRule *rule, Error *error) {
  Error local = ERROR_INIT;
  Reader reader = {.arena = arena, .error = error ? error : &local};
  json_error_t failure;
  if (size > CUBE_JSON_BYTES_MAX)
    return error_set(reader.error, STATUS_LIMIT,
                     "the definition has %zu bytes; at most %u are read", size,
                     CUBE_JSON_BYTES_MAX);
  json_t *root = json_loadb(json, size, JSON_REJECT_DUPLICATES, &failure);
  if (!root)
    return error_set_at(reader.error, STATUS_INVALID, failure.position,
                        "not JSON: %s (line %d, column %d)", failure.text, failure.line,
                        failure.column);
  Status status = read_rule(&reader, "", root, 0, rule);
  json_decref(root);
  return status;
}
