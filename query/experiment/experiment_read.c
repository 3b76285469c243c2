// A definition in JSON to an Experiment. Every object is read against the keys that it may have, so
// that none is passed over in silence.
#include "experiment_query.h"
#include "text.h"
#include <jansson.h>

#define DAYS_MAX 3660

typedef struct Reader {
  const ExperimentStore *store;
  Arena *arena;
  Experiment *experiment;
  Error *error;
} Reader;

// ---- Values ------------------------------------------------------------------------------------

static Status wrong(Reader *reader, const char *path, const char *expected) {
  error_set(reader->error, STATUS_INVALID, "expected %s", expected);
  return error_prefix_path(reader->error, "%s", path);
}

static const char *inner(Reader *reader, const char *path, const char *key) {
  return *path ? arena_printf(reader->arena, "%s.%s", path, key) : arena_strdup(reader->arena, key);
}

static Status keys_check(Reader *reader, const json_t *object, const char *path,
                         const char *const *known, uint32_t count) {
  const char *key;
  json_t *value;
  if (!json_is_object(object)) return wrong(reader, path, "an object");
  json_object_foreach((json_t *)object, key, value) {
    (void)value;
    uint32_t i = 0;
    while (i < count && strcmp(known[i], key) != 0) i++;
    if (i < count) continue;
    const char *nearest = text_nearest(key, known, count);
    error_set(reader->error, STATUS_INVALID, "unknown key%s%s%s",
              nearest ? "; did you mean \"" : "", nearest ? nearest : "", nearest ? "\"?" : "");
    return error_prefix_path(reader->error, "%.200s", inner(reader, path, key));
  }
  return STATUS_OK;
}
#define KEYS_CHECK(reader, object, path, ...)                                                      \
  keys_check((reader), (object), (path), (const char *const[]){__VA_ARGS__},                       \
             sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

static const json_t *member(const json_t *object, const char *key) {
  const json_t *value = json_object_get(object, key);
  return json_is_null(value) ? NULL : value;
}

// A text without NUL bytes; *text stays as it is where the key is absent.
static Status text_read(Reader *reader, const json_t *object, const char *path, const char *key,
                        const char **text) {
  const json_t *value = member(object, key);
  if (!value) return STATUS_OK;
  const char *found = json_string_value(value);
  if (!found || strlen(found) != json_string_length(value) || !*found)
    return wrong(reader, inner(reader, path, key), "a text");
  *text = arena_strdup(reader->arena, found);
  return STATUS_OK;
}

// A statement that will stand in brackets: the semicolon at its end is not part of it.
static Status sql_read(Reader *reader, const json_t *object, const char *path, const char **sql) {
  TRY(text_read(reader, object, path, "sql", sql));
  size_t size = *sql ? strlen(*sql) : 0;
  while (size && strchr(" \t\r\n;", (*sql)[size - 1])) size--;
  if (*sql) *sql = arena_strndup(reader->arena, *sql, size);
  return STATUS_OK;
}

static Status number_read(Reader *reader, const json_t *object, const char *path, const char *key,
                          double low, double high, double *number) {
  const json_t *value = member(object, key);
  if (!value) return STATUS_OK;
  *number = json_number_value(value);
  if (json_is_number(value) && *number >= low && *number <= high) return STATUS_OK;
  return wrong(reader, inner(reader, path, key),
               arena_printf(reader->arena, "a number from %g to %g", low, high));
}

static Status whole_read(Reader *reader, const json_t *object, const char *key, int64_t low,
                         int64_t high, int64_t *number) {
  const json_t *value = member(object, key);
  if (!value) return STATUS_OK;
  *number = json_integer_value(value);
  if (json_is_integer(value) && *number >= low && *number <= high) return STATUS_OK;
  return wrong(reader, key,
               arena_printf(reader->arena, "a whole number from %lld to %lld", (long long)low,
                            (long long)high));
}

static Status days_read(Reader *reader, const json_t *object, const char *key, int64_t low,
                        int32_t *days) {
  int64_t number = *days;
  TRY(whole_read(reader, object, key, low, DAYS_MAX, &number));
  *days = (int32_t)number;
  return STATUS_OK;
}

static Status truth_read(Reader *reader, const json_t *object, const char *path, const char *key,
                         bool *truth) {
  const json_t *value = member(object, key);
  if (!value) return STATUS_OK;
  if (!json_is_boolean(value)) return wrong(reader, inner(reader, path, key), "true or false");
  *truth = json_is_true(value);
  return STATUS_OK;
}

static Status date_read(Reader *reader, const json_t *object, const char *key, bool *given,
                        int32_t *date) {
  const json_t *value = member(object, key);
  const char *text = json_string_value(value);
  *given = value != NULL;
  if (!value) return STATUS_OK;
  if (text && strlen(text) == 10 && text[4] == '-' && date_parse(text, 10, DATE_YMD, date))
    return STATUS_OK;
  return wrong(reader, key, "a date such as \"2025-12-31\"");
}

// "Name", or {"en": "Name", "ru": "Имя"}.
static Status words_read(Reader *reader, const json_t *object, const char *path, const char *key,
                         ModelText *words) {
  const json_t *value = member(object, key);
  if (!value) return STATUS_OK;
  if (json_is_string(value)) {
    TRY(text_read(reader, object, path, key, &words->en));
    words->ru = words->en;
    return STATUS_OK;
  }
  const char *at = inner(reader, path, key);
  TRY(KEYS_CHECK(reader, value, at, "en", "ru"));
  words->en = words->ru = NULL;
  TRY(text_read(reader, value, at, "en", &words->en));
  TRY(text_read(reader, value, at, "ru", &words->ru));
  if (!words->en) return wrong(reader, inner(reader, at, "en"), "a text");
  if (!words->ru) words->ru = words->en;
  return STATUS_OK;
}

// ---- Members, arms, time -----------------------------------------------------------------------

static Status sql_check(Reader *reader, const char *sql, const char *path, LogicalColumn **columns,
                        uint32_t *count) {
  Status status =
      experiment_query_columns(reader->store, sql, reader->arena, columns, count, reader->error);
  return status == STATUS_OK ? status : error_prefix_path(reader->error, "%s", path);
}

static bool columns_have(const LogicalColumn *columns, uint32_t count, const char *name) {
  for (uint32_t i = 0; i < count; i++)
    if (strcmp(columns[i].name, name) == 0) return true;
  return false;
}

static Status members_table(Reader *reader, const json_t *members) {
  Experiment *experiment = reader->experiment;
  int64_t key = 0;
  const json_t *value = member(members, "experiment");
  if (!json_is_integer(value) || json_integer_value(value) < 0)
    return wrong(reader, "members",
                 "{\"sql\": \"SELECT customer, arm ...\"} or {\"experiment\": 7}");
  key = (int64_t)json_integer_value(value);
  experiment->members_sql = arena_printf(
      reader->arena,
      "SELECT customer, arm, assigned_at AS assigned_on FROM assignments WHERE experiment = %lld",
      (long long)key);
  experiment->members_path = "members.experiment";
  if (reader->store->catalog->find_table(reader->store->catalog, "experiments"))
    experiment->other_members_sql = arena_printf(
        reader->arena,
        "SELECT a.customer FROM assignments a JOIN experiments e ON e.experiment = a.experiment "
        "JOIN experiments own ON own.experiment = %lld WHERE a.experiment <> %lld AND e.start_date "
        "<= own.end_date AND e.end_date >= own.start_date",
        (long long)key, (long long)key);
  return STATUS_OK;
}

static Status members_read(Reader *reader, const json_t *document) {
  Experiment *experiment = reader->experiment;
  const json_t *members = member(document, "members");
  if (!members)
    return wrong(reader, "members",
                 "{\"sql\": \"SELECT customer, arm ...\"} or {\"experiment\": 7}");
  TRY(KEYS_CHECK(reader, members, "members", "sql", "experiment"));
  TRY(sql_read(reader, members, "members", &experiment->members_sql));
  experiment->members_path = "members.sql";
  if (!experiment->members_sql) TRY(members_table(reader, members));
  LogicalColumn *columns;
  uint32_t count;
  TRY(sql_check(reader, experiment->members_sql, experiment->members_path, &columns, &count));
  experiment->members_have_day = columns_have(columns, count, "assigned_on");
  if (columns_have(columns, count, "customer") && columns_have(columns, count, "arm"))
    return STATUS_OK;
  return wrong(reader, experiment->members_path, "columns of the names customer and arm");
}

static Status arm_read(Reader *reader, const json_t *value, const char *path, ExperimentArm *arm,
                       bool *control) {
  *control = false;
  TRY(KEYS_CHECK(reader, value, path, "id", "name", "share", "control"));
  TRY(text_read(reader, value, path, "id", &arm->id));
  if (!arm->id) return wrong(reader, inner(reader, path, "id"), "a text");
  *control = strcmp(arm->id, "control") == 0;
  arm->name = (ModelText){arm->id, arm->id};
  TRY(words_read(reader, value, path, "name", &arm->name));
  TRY(number_read(reader, value, path, "share", 1e-6, 1e9, &arm->share));
  if (!arm->share) return wrong(reader, inner(reader, path, "share"), "the planned share");
  return truth_read(reader, value, path, "control", control);
}

static Status arms_read(Reader *reader, const json_t *document) {
  Experiment *experiment = reader->experiment;
  const json_t *arms = member(document, "arms");
  size_t count = json_array_size(arms);
  uint32_t controls = 0;
  if (!json_is_array(arms) || count < 2 || count > EXPERIMENT_ARMS_MAX)
    return wrong(reader, "arms", "two to eight arms: [{\"id\": \"control\", \"share\": 0.5}, ...]");
  for (uint32_t i = 0; i < count; i++) {
    bool control;
    const char *path = arena_printf(reader->arena, "arms[%u]", i);
    TRY(arm_read(reader, json_array_get(arms, i), path, &experiment->arms[i], &control));
    for (uint32_t j = 0; j < i; j++)
      if (strcmp(experiment->arms[j].id, experiment->arms[i].id) == 0)
        return wrong(reader, path, "an id that no other arm has");
    if (control) experiment->control = i, controls++;
  }
  experiment->arm_count = (uint32_t)count;
  if (controls == 1) return STATUS_OK;
  return wrong(reader, "arms", "one arm with \"control\": true");
}

static double definition_number(const ExperimentStore *store, const char *name, double otherwise) {
  const Model *model = store->model;
  for (uint32_t i = 0; model && i < model->definition_count; i++)
    if (strcmp(model->definitions[i].name, name) == 0) return atof(model->definitions[i].value);
  return otherwise;
}

static Status as_of_read(Reader *reader, const json_t *document) {
  Experiment *experiment = reader->experiment;
  const ExperimentStore *store = reader->store;
  bool given;
  experiment->as_of = store->has_days ? store->last_day : DATE_MAX - DAYS_MAX;
  TRY(date_read(reader, document, "as_of", &given, &experiment->as_of));
  if (!given || !store->has_days || experiment->as_of <= store->last_day) return STATUS_OK;
  return wrong(reader, "as_of", "a day that the data have");
}

static Status time_read(Reader *reader, const json_t *document) {
  Experiment *experiment = reader->experiment;
  bool has_start, has_end, own_date = false;
  const char *returns = "restated";
  experiment->before_days = 84;
  experiment->return_days = (int32_t)definition_number(reader->store, "return_days", 14);
  TRY(date_read(reader, document, "start", &has_start, &experiment->start));
  TRY(date_read(reader, document, "end", &has_end, &experiment->end));
  if (has_start != has_end) return wrong(reader, has_start ? "end" : "start", "a date");
  if (has_start &&
      (experiment->end < experiment->start || experiment->end - experiment->start >= DAYS_MAX))
    return wrong(reader, "end", "a day from the start on, within ten years");
  experiment->has_dates = has_start;
  experiment->window_days = has_start ? experiment->end - experiment->start + 1 : 1;
  TRY(as_of_read(reader, document));
  TRY(days_read(reader, document, "window_days", 1, &experiment->window_days));
  TRY(days_read(reader, document, "before_days", 1, &experiment->before_days));
  TRY(days_read(reader, document, "return_days", 0, &experiment->return_days));
  TRY(text_read(reader, document, "", "returns", &returns));
  own_date = strcmp(returns, "own_date") == 0;
  experiment->returns_restated = !own_date;
  if (own_date || strcmp(returns, "restated") == 0) return STATUS_OK;
  return wrong(reader, "returns", "\"restated\" or \"own_date\"");
}

// ---- Metrics -----------------------------------------------------------------------------------

static Status metric_kind_read(Reader *reader, const json_t *value, const char *path,
                               ExperimentMetric *metric) {
  static const char *const names[] = {"money", "count", "number", "share"};
  const char *kind = "number";
  TRY(text_read(reader, value, path, "kind", &kind));
  for (uint32_t i = 0; i < 4; i++)
    if (strcmp(names[i], kind) == 0) {
      metric->kind = (MetricKind)i;
      return STATUS_OK;
    }
  return wrong(reader, inner(reader, path, "kind"),
               "\"money\", \"count\", \"number\" or \"share\"");
}

// A metric of columns of the members' own rows.
static Status column_metric_read(Reader *reader, const json_t *value, const char *path,
                                 ExperimentMetric *metric) {
  metric->id = metric->column;
  metric->good = 1;
  TRY(text_read(reader, value, path, "denominator", &metric->denominator_column));
  TRY(text_read(reader, value, path, "before", &metric->before));
  TRY(text_read(reader, value, path, "denominator_before", &metric->denominator_before));
  metric->is_ratio = metric->denominator_column != NULL;
  if (metric->is_ratio && !metric->denominator_before) metric->before = NULL;
  TRY(metric_kind_read(reader, value, path, metric));
  metric->title = (ModelText){metric->column, metric->column};
  return STATUS_OK;
}

static Status metric_words_read(Reader *reader, const json_t *value, const char *path,
                                ExperimentMetric *metric) {
  const char *good = NULL, *title = metric->title.en;
  TRY(text_read(reader, value, path, "id", &metric->id));
  TRY(text_read(reader, value, path, "unit", &metric->unit));
  TRY(text_read(reader, value, path, "good", &good));
  if (good && strcmp(good, "up") != 0 && strcmp(good, "down") != 0)
    return wrong(reader, inner(reader, path, "good"), "\"up\" or \"down\"");
  if (good) metric->good = *good == 'u' ? 1 : -1;
  TRY(words_read(reader, value, path, "title", &metric->title));
  if (metric->title.en == title && metric->words.en) return STATUS_OK;
  metric->words = (MetricWords){metric->title.en,
                                arena_printf(reader->arena, "показатель «%s»", metric->title.ru),
                                "вырос", "снизился"};
  return STATUS_OK;
}

static Status metric_object_read(Reader *reader, const json_t *value, const char *path,
                                 ExperimentMetric *metric) {
  const char *measure = NULL;
  TRY(KEYS_CHECK(reader, value, path, "id", "title", "measure", "column", "denominator", "before",
                 "denominator_before", "kind", "unit", "good", "permitted"));
  TRY(text_read(reader, value, path, "measure", &measure));
  TRY(text_read(reader, value, path, "column", &metric->column));
  if (!measure == !metric->column) return wrong(reader, path, "either \"measure\" or \"column\"");
  if (measure) {
    Status status =
        experiment_metric_find(measure, reader->store, reader->arena, metric, reader->error);
    if (status != STATUS_OK) return error_prefix_path(reader->error, "%s.measure", path);
  } else {
    TRY(column_metric_read(reader, value, path, metric));
  }
  metric->permitted = 0.005;
  TRY(number_read(reader, value, path, "permitted", 0, 1, &metric->permitted));
  return metric_words_read(reader, value, path, metric);
}

static Status metric_add(Reader *reader, const json_t *value, const char *path, bool guardrail) {
  Experiment *experiment = reader->experiment;
  if (experiment->metric_count == EXPERIMENT_METRICS_MAX)
    return wrong(reader, path, "at most 12 metrics in all");
  ExperimentMetric *metric = &experiment->metrics[experiment->metric_count];
  if (json_is_string(value)) {
    const char *name = arena_strdup(reader->arena, json_string_value(value));
    Status status =
        experiment_metric_find(name, reader->store, reader->arena, metric, reader->error);
    if (status != STATUS_OK) return error_prefix_path(reader->error, "%s", path);
    metric->permitted = 0.005;
  } else {
    TRY(metric_object_read(reader, value, path, metric));
  }
  metric->path = path;
  metric->is_guardrail = guardrail;
  for (uint32_t i = 0; i < experiment->metric_count; i++)
    if (strcmp(experiment->metrics[i].id, metric->id) == 0)
      return wrong(reader, path, "a metric that is not named before");
  experiment->metric_count++;
  return STATUS_OK;
}

static Status metrics_read(Reader *reader, const json_t *document) {
  static const char *const lists[] = {"metrics", "guardrails"};
  const json_t *primary = member(document, "primary");
  if (!primary) return wrong(reader, "primary", "a metric, such as \"sales_per_customer\"");
  TRY(metric_add(reader, primary, "primary", false));
  for (int list = 0; list < 2; list++) {
    const json_t *values = member(document, lists[list]);
    if (values && !json_is_array(values)) return wrong(reader, lists[list], "an array of metrics");
    for (size_t i = 0; i < json_array_size(values); i++)
      TRY(metric_add(reader, json_array_get(values, i),
                     arena_printf(reader->arena, "%s[%zu]", lists[list], i), list == 1));
  }
  return STATUS_OK;
}

// ---- Segments ----------------------------------------------------------------------------------

static Status segment_object_read(Reader *reader, const json_t *value, const char *path,
                                  ExperimentSegment *segment) {
  LogicalColumn *columns;
  uint32_t count;
  TRY(KEYS_CHECK(reader, value, path, "id", "title", "sql"));
  TRY(text_read(reader, value, path, "id", &segment->id));
  TRY(sql_read(reader, value, path, &segment->sql));
  if (!segment->id || !segment->sql)
    return wrong(reader, path, "\"id\" and \"sql\": a SELECT of customer and value");
  segment->title = (ModelText){segment->id, segment->id};
  TRY(words_read(reader, value, path, "title", &segment->title));
  const char *at = inner(reader, path, "sql");
  TRY(sql_check(reader, segment->sql, at, &columns, &count));
  segment->has_russian = count == 3;
  if (count == 2 || count == 3) return STATUS_OK;
  return wrong(reader, at, "two columns, customer and value, or three: its name in Russian too");
}

static Status segment_add(Reader *reader, const json_t *value, const char *path) {
  Experiment *experiment = reader->experiment;
  ExperimentSegment *segment = &experiment->segments[experiment->segment_count];
  if (json_is_string(value)) {
    const char *name = arena_strdup(reader->arena, json_string_value(value));
    if (!experiment_segment_find(name, experiment, reader->store, reader->arena, segment)) {
      error_set(reader->error, STATUS_NOT_FOUND,
                "there is no segment \"%.100s\"; there are \"status\", \"acquisition_channel\", "
                "\"customers.COLUMN\" where the data have them, and {\"id\", \"sql\"}",
                name);
      return error_prefix_path(reader->error, "%s", path);
    }
  } else {
    TRY(segment_object_read(reader, value, path, segment));
  }
  segment->path = path;
  experiment->segment_count++;
  return STATUS_OK;
}

static Status segments_read(Reader *reader, const json_t *document) {
  Experiment *experiment = reader->experiment;
  const json_t *values = member(document, "segments");
  if (values && (!json_is_array(values) || json_array_size(values) >= EXPERIMENT_SEGMENTS_MAX))
    return wrong(reader, "segments", "an array of at most seven segments");
  for (size_t i = 0; i < json_array_size(values); i++)
    TRY(segment_add(reader, json_array_get(values, i),
                    arena_printf(reader->arena, "segments[%zu]", i)));
  if (experiment->members_have_day)
    experiment->segments[experiment->segment_count++] =
        (ExperimentSegment){.id = "assigned_on",
                            .path = "segments",
                            .title = {"Day of assignment", "День распределения"},
                            .split_only = true};
  return STATUS_OK;
}

// ---- The whole ---------------------------------------------------------------------------------

static Status contacted_read(Reader *reader, const json_t *document) {
  const json_t *contacted = member(document, "contacted");
  LogicalColumn *columns;
  uint32_t count;
  if (!contacted) return STATUS_OK;
  TRY(KEYS_CHECK(reader, contacted, "contacted", "sql"));
  TRY(sql_read(reader, contacted, "contacted", &reader->experiment->contacted_sql));
  if (!reader->experiment->contacted_sql)
    return wrong(reader, "contacted.sql", "a SELECT of the customers whom the action reached");
  TRY(sql_check(reader, reader->experiment->contacted_sql, "contacted.sql", &columns, &count));
  return count == 1 ? STATUS_OK : wrong(reader, "contacted.sql", "one column, customer");
}

static Status document_read(Reader *reader, const json_t *document) {
  Experiment *experiment = reader->experiment;
  TRY(KEYS_CHECK(reader, document, "", "id", "name", "members", "arms", "start", "end", "as_of",
                 "window_days", "before_days", "return_days", "returns", "minimal_effect",
                 "primary", "metrics", "guardrails", "segments", "by_day", "contacted",
                 "acknowledge_split", "roll_out_customers"));
  experiment->id = "experiment";
  TRY(text_read(reader, document, "", "id", &experiment->id));
  experiment->name = (ModelText){experiment->id, experiment->id};
  experiment->minimal_effect = 0.01;
  TRY(words_read(reader, document, "", "name", &experiment->name));
  TRY(members_read(reader, document));
  TRY(arms_read(reader, document));
  TRY(time_read(reader, document));
  TRY(number_read(reader, document, "", "minimal_effect", 1e-6, 10, &experiment->minimal_effect));
  TRY(metrics_read(reader, document));
  TRY(segments_read(reader, document));
  TRY(contacted_read(reader, document));
  TRY(whole_read(reader, document, "roll_out_customers", 0, INT64_C(10000000000),
                 &experiment->roll_out_customers));
  TRY(truth_read(reader, document, "", "by_day", &experiment->by_day));
  return truth_read(reader, document, "", "acknowledge_split", &experiment->split_acknowledged);
}

Status experiment_read(const json_t *document, const ExperimentStore *store, Arena *arena,
                       Experiment *experiment, Error *error) {
  *experiment = (Experiment){0};
  Reader reader = {store, arena, experiment, error};
  return document_read(&reader, document);
}
