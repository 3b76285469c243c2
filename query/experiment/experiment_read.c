// A definition in JSON to an Experiment. Every object is read against the keys that it may have, so
// that none is passed over in silence.
#include "experiment_reader.h"

// ---- Time --------------------------------------------------------------------------------------

static double definition_number(const ExperimentStore *store, const char *name, double otherwise) {
  const Model *model = store->model;
  for (uint32_t i = 0; model && i < model->definition_count; i++)
    if (strcmp(model->definitions[i].name, name) == 0) return atof(model->definitions[i].value);
  return otherwise;
}

static Status as_of_read(DefinitionReader *reader, const json_t *document) {
  Experiment *experiment = reader->experiment;
  const ExperimentStore *store = reader->store;
  bool given;
  experiment->as_of = store->has_days ? store->last_day : DATE_MAX - EXPERIMENT_DAYS_MAX;
  TRY(reader_date(reader, document, "as_of", &given, &experiment->as_of));
  if (!given || !store->has_days || experiment->as_of <= store->last_day) return STATUS_OK;
  return reader_wrong(reader, "as_of", "a day that the data have");
}

static Status time_read(DefinitionReader *reader, const json_t *document) {
  Experiment *experiment = reader->experiment;
  bool has_start, has_end, own_date = false;
  const char *returns = "restated";
  experiment->before_days = 84;
  experiment->return_days = (int32_t)definition_number(reader->store, "return_days", 14);
  TRY(reader_date(reader, document, "start", &has_start, &experiment->start));
  TRY(reader_date(reader, document, "end", &has_end, &experiment->end));
  if (has_start != has_end) return reader_wrong(reader, has_start ? "end" : "start", "a date");
  if (has_start && (experiment->end < experiment->start ||
                    experiment->end - experiment->start >= EXPERIMENT_DAYS_MAX))
    return reader_wrong(reader, "end", "a day from the start on, within ten years");
  experiment->has_dates = has_start;
  experiment->window_days = has_start ? experiment->end - experiment->start + 1 : 1;
  TRY(as_of_read(reader, document));
  TRY(reader_days(reader, document, "window_days", 1, &experiment->window_days));
  TRY(reader_days(reader, document, "before_days", 1, &experiment->before_days));
  TRY(reader_days(reader, document, "return_days", 0, &experiment->return_days));
  TRY(reader_text(reader, document, "", "returns", &returns));
  own_date = strcmp(returns, "own_date") == 0;
  experiment->returns_restated = !own_date;
  if (own_date || strcmp(returns, "restated") == 0) return STATUS_OK;
  return reader_wrong(reader, "returns", "\"restated\" or \"own_date\"");
}

// ---- Metrics -----------------------------------------------------------------------------------

static Status metric_kind_read(DefinitionReader *reader, const json_t *value, const char *path,
                               ExperimentMetric *metric) {
  static const char *const names[] = {"money", "count", "number", "share"};
  const char *kind = "number";
  TRY(reader_text(reader, value, path, "kind", &kind));
  for (uint32_t i = 0; i < 4; i++)
    if (strcmp(names[i], kind) == 0) {
      metric->kind = (MetricKind)i;
      return STATUS_OK;
    }
  return reader_wrong(reader, reader_path(reader, path, "kind"),
                      "\"money\", \"count\", \"number\" or \"share\"");
}

// A metric of columns of the members' own rows.
static Status column_metric_read(DefinitionReader *reader, const json_t *value, const char *path,
                                 ExperimentMetric *metric) {
  metric->id = metric->column;
  metric->good = 1;
  TRY(reader_text(reader, value, path, "denominator", &metric->denominator_column));
  TRY(reader_text(reader, value, path, "before", &metric->before));
  TRY(reader_text(reader, value, path, "denominator_before", &metric->denominator_before));
  metric->is_ratio = metric->denominator_column != NULL;
  if (metric->is_ratio && !metric->denominator_before) metric->before = NULL;
  TRY(metric_kind_read(reader, value, path, metric));
  metric->title = (ModelText){metric->column, metric->column};
  return STATUS_OK;
}

// A quantile has an id and words of its own.
static void quantile_name(DefinitionReader *reader, ExperimentMetric *metric) {
  Arena *arena = reader->arena;
  bool median = metric->quantile == 0.5;
  const char *en = arena_printf(arena, "%g", metric->quantile), *ru = arena_strdup(arena, en);
  char *point = strchr(ru, '.');
  if (point) *point = ',';
  const char *of_en = metric->words.en ? metric->words.en : metric->title.en;
  const char *of_ru = metric->title.ru;
  metric->words.en = median ? arena_printf(arena, "the median of %s", of_en)
                            : arena_printf(arena, "the %s quantile of %s", en, of_en);
  metric->words.ru = median ? arena_printf(arena, "медиана показателя «%s»", of_ru)
                            : arena_printf(arena, "квантиль %s показателя «%s»", ru, of_ru);
  metric->words.ru_rose = median ? "выросла" : "вырос";
  metric->words.ru_fell = median ? "снизилась" : "снизился";
  metric->title.en = median ? arena_printf(arena, "%s, median", metric->title.en)
                            : arena_printf(arena, "%s, quantile %s", metric->title.en, en);
  metric->title.ru = median ? arena_printf(arena, "%s, медиана", metric->title.ru)
                            : arena_printf(arena, "%s, квантиль %s", metric->title.ru, ru);
}

static Status quantile_read(DefinitionReader *reader, const json_t *value, const char *path,
                            ExperimentMetric *metric) {
  TRY(reader_number(reader, value, path, "quantile", 0.01, 0.99, &metric->quantile));
  if (!metric->quantile) return STATUS_OK;
  if (metric->is_ratio || metric->kind == METRIC_SHARE)
    return reader_wrong(reader, reader_path(reader, path, "quantile"),
                        "no quantile of a ratio or a share");
  metric->before = NULL;
  metric->id = arena_printf(reader->arena, "%s_q%g", metric->id, 100 * metric->quantile);
  quantile_name(reader, metric);
  return STATUS_OK;
}

static Status metric_words_read(DefinitionReader *reader, const json_t *value, const char *path,
                                ExperimentMetric *metric) {
  const char *good = NULL, *title = metric->title.en;
  TRY(reader_text(reader, value, path, "id", &metric->id));
  TRY(reader_text(reader, value, path, "unit", &metric->unit));
  TRY(reader_text(reader, value, path, "good", &good));
  if (good && strcmp(good, "up") != 0 && strcmp(good, "down") != 0)
    return reader_wrong(reader, reader_path(reader, path, "good"), "\"up\" or \"down\"");
  if (good) metric->good = *good == 'u' ? 1 : -1;
  TRY(reader_words(reader, value, path, "title", &metric->title));
  if (metric->title.en == title && metric->words.en) return STATUS_OK;
  metric->words = (MetricWords){metric->title.en,
                                arena_printf(reader->arena, "показатель «%s»", metric->title.ru),
                                "вырос", "снизился"};
  return STATUS_OK;
}

static Status metric_object_read(DefinitionReader *reader, const json_t *value, const char *path,
                                 ExperimentMetric *metric) {
  const char *measure = NULL;
  TRY(READER_KEYS_CHECK(reader, value, path, "id", "title", "measure", "column", "denominator",
                        "before", "denominator_before", "kind", "unit", "good", "permitted",
                        "quantile"));
  TRY(reader_text(reader, value, path, "measure", &measure));
  TRY(reader_text(reader, value, path, "column", &metric->column));
  if (!measure == !metric->column)
    return reader_wrong(reader, path, "either \"measure\" or \"column\"");
  if (measure) {
    Status status =
        experiment_metric_find(measure, reader->store, reader->arena, metric, reader->error);
    if (status != STATUS_OK) return error_prefix_path(reader->error, "%s.measure", path);
  } else {
    TRY(column_metric_read(reader, value, path, metric));
  }
  TRY(quantile_read(reader, value, path, metric));
  metric->permitted = 0.005;
  TRY(reader_number(reader, value, path, "permitted", 0, 1, &metric->permitted));
  return metric_words_read(reader, value, path, metric);
}

static Status metric_add(DefinitionReader *reader, const json_t *value, const char *path,
                         bool guardrail) {
  Experiment *experiment = reader->experiment;
  if (experiment->metric_count == EXPERIMENT_METRICS_MAX)
    return reader_wrong(reader, path, "at most 12 metrics in all");
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
      return reader_wrong(reader, path, "a metric that is not named before");
  experiment->metric_count++;
  return STATUS_OK;
}

static Status metrics_read(DefinitionReader *reader, const json_t *document) {
  static const char *const lists[] = {"metrics", "guardrails"};
  const json_t *primary = reader_member(document, "primary");
  if (!primary) return reader_wrong(reader, "primary", "a metric, such as \"sales_per_customer\"");
  TRY(metric_add(reader, primary, "primary", false));
  for (int list = 0; list < 2; list++) {
    const json_t *values = reader_member(document, lists[list]);
    if (values && !json_is_array(values))
      return reader_wrong(reader, lists[list], "an array of metrics");
    for (size_t i = 0; i < json_array_size(values); i++)
      TRY(metric_add(reader, json_array_get(values, i),
                     arena_printf(reader->arena, "%s[%zu]", lists[list], i), list == 1));
  }
  return STATUS_OK;
}

// ---- Segments ----------------------------------------------------------------------------------

static Status segment_object_read(DefinitionReader *reader, const json_t *value, const char *path,
                                  ExperimentSegment *segment) {
  LogicalColumn *columns;
  uint32_t count;
  TRY(READER_KEYS_CHECK(reader, value, path, "id", "title", "sql"));
  TRY(reader_text(reader, value, path, "id", &segment->id));
  TRY(reader_sql(reader, value, path, &segment->sql));
  if (!segment->id || !segment->sql)
    return reader_wrong(reader, path, "\"id\" and \"sql\": a SELECT of customer and value");
  segment->title = (ModelText){segment->id, segment->id};
  TRY(reader_words(reader, value, path, "title", &segment->title));
  const char *at = reader_path(reader, path, "sql");
  TRY(reader_sql_columns(reader, segment->sql, at, &columns, &count));
  segment->has_russian = count == 3;
  if (count == 2 || count == 3) return STATUS_OK;
  return reader_wrong(reader, at,
                      "two columns, customer and value, or three: its name in Russian too");
}

static Status segment_add(DefinitionReader *reader, const json_t *value, const char *path) {
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

static Status segments_read(DefinitionReader *reader, const json_t *document) {
  Experiment *experiment = reader->experiment;
  const json_t *values = reader_member(document, "segments");
  if (values && (!json_is_array(values) || json_array_size(values) >= EXPERIMENT_SEGMENTS_MAX))
    return reader_wrong(reader, "segments", "an array of at most seven segments");
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

static Status contacted_read(DefinitionReader *reader, const json_t *document) {
  const json_t *contacted = reader_member(document, "contacted");
  LogicalColumn *columns;
  uint32_t count;
  if (!contacted) return STATUS_OK;
  TRY(READER_KEYS_CHECK(reader, contacted, "contacted", "sql"));
  TRY(reader_sql(reader, contacted, "contacted", &reader->experiment->contacted_sql));
  if (!reader->experiment->contacted_sql)
    return reader_wrong(reader, "contacted.sql",
                        "a SELECT of the customers whom the action reached");
  TRY(reader_sql_columns(reader, reader->experiment->contacted_sql, "contacted.sql", &columns,
                         &count));
  return count == 1 ? STATUS_OK : reader_wrong(reader, "contacted.sql", "one column, customer");
}

// A key of the table of campaigns, which may be a number.
static Status campaign_read(DefinitionReader *reader, const json_t *document) {
  const json_t *campaign = reader_member(document, "campaign");
  if (!json_is_integer(campaign))
    return reader_text(reader, document, "", "campaign", &reader->experiment->campaign);
  reader->experiment->campaign =
      arena_printf(reader->arena, "%lld", (long long)json_integer_value(campaign));
  return STATUS_OK;
}

static Status document_read(DefinitionReader *reader, const json_t *document) {
  Experiment *experiment = reader->experiment;
  TRY(READER_KEYS_CHECK(reader, document, "", "id", "name", "campaign", "members", "arms", "start",
                        "end", "as_of", "window_days", "before_days", "return_days", "returns",
                        "minimal_effect", "primary", "metrics", "guardrails", "segments", "by_day",
                        "contacted", "acknowledge_split", "roll_out_customers"));
  experiment->id = "experiment";
  TRY(reader_text(reader, document, "", "id", &experiment->id));
  experiment->name = (ModelText){experiment->id, experiment->id};
  experiment->minimal_effect = 0.01;
  TRY(reader_words(reader, document, "", "name", &experiment->name));
  TRY(campaign_read(reader, document));
  TRY(experiment_arms_read(reader, document));
  TRY(time_read(reader, document));
  TRY(experiment_members_read(reader, document));
  TRY(reader_number(reader, document, "", "minimal_effect", 1e-6, 10, &experiment->minimal_effect));
  TRY(metrics_read(reader, document));
  TRY(segments_read(reader, document));
  TRY(contacted_read(reader, document));
  TRY(reader_whole(reader, document, "roll_out_customers", 0, INT64_C(10000000000),
                   &experiment->roll_out_customers));
  TRY(reader_truth(reader, document, "", "by_day", &experiment->by_day));
  return reader_truth(reader, document, "", "acknowledge_split", &experiment->split_acknowledged);
}

Status experiment_read(const json_t *document, const ExperimentStore *store, Arena *arena,
                       Experiment *experiment, Error *error) {
  *experiment = (Experiment){0};
  DefinitionReader reader = {store, arena, experiment, error};
  return document_read(&reader, document);
}
