// The usual metrics of a shop, and measures of cubes as metrics a customer.
#include "experiment.h"
#include "experiment_query.h"
#include "text.h"

typedef struct UsualMetric {
  const char *id, *measure; // of the cube "receipts"
  ModelText title;
  MetricWords words;
} UsualMetric;

static const UsualMetric usual_metrics[] = {
    {"sales_per_customer",
     "receipts.sales",
     {"Sales per customer", "Продажи на клиента"},
     {"sales per customer", "продажи на клиента", "выросли", "снизились"}},
    {"margin_per_customer",
     "receipts.margin",
     {"Margin per customer", "Валовая прибыль на клиента"},
     {"margin per customer", "маржа", "выросла", "снизилась"}},
    {"receipts_per_customer",
     "receipts.count",
     {"Receipts per customer", "Чеков на клиента"},
     {"receipts per customer", "число чеков на клиента", "выросло", "снизилось"}},
    {"items_per_customer",
     "receipts.items",
     {"Items per customer", "Товаров на клиента"},
     {"items per customer", "число товаров на клиента", "выросло", "снизилось"}},
    {"buyers_share",
     "receipts.buyers",
     {"Share of buyers", "Доля покупателей"},
     {"the share of buyers", "доля покупателей", "выросла", "снизилась"}},
    {"average_check",
     "receipts.average_check",
     {"Average check", "Средний чек"},
     {"the average check", "средний чек", "вырос", "снизился"}},
    {"items_per_check",
     "receipts.items_per_check",
     {"Items per check", "Товаров в чеке"},
     {"items per check", "число товаров в чеке", "выросло", "снизилось"}},
};
#define USUAL_COUNT (sizeof usual_metrics / sizeof usual_metrics[0])

static const UsualMetric *usual_find(const char *id) {
  for (size_t i = 0; i < USUAL_COUNT; i++)
    if (strcmp(usual_metrics[i].id, id) == 0) return &usual_metrics[i];
  return NULL;
}

// ---- Names -------------------------------------------------------------------------------------

static Status metric_unknown(const char *name, const ExperimentStore *store, Arena *arena,
                             Error *error) {
  const char *const *cubes;
  uint32_t cube_count = store->catalog->cube_names(store->catalog, &cubes), count = 0;
  const char **names = ARENA_ARRAY(arena, const char *, USUAL_COUNT + 1);
  for (size_t i = 0; i < USUAL_COUNT; i++) names[count++] = usual_metrics[i].id;
  for (uint32_t c = 0; c < cube_count; c++) {
    const CatalogCube *cube = store->catalog->find_cube(store->catalog, cubes[c]);
    const char **more = ARENA_ARRAY(arena, const char *, count + cube->measure_count + 1);
    memcpy(more, names, count * sizeof *names);
    for (uint32_t m = 0; m < cube->measure_count; m++) more[count++] = cube->measures[m].name;
    names = more;
  }
  const char *nearest = text_nearest(name, names, count);
  return error_set(error, STATUS_NOT_FOUND, "there is no metric \"%.100s\"%s%s%s", name,
                   nearest ? "; did you mean \"" : "", nearest ? nearest : "",
                   nearest ? "\"?" : "");
}

static const CatalogMeasure *measure_find(const CatalogCube *cube, const char *full_name) {
  for (uint32_t i = 0; i < cube->measure_count; i++)
    if (strcmp(cube->measures[i].name, full_name) == 0) return &cube->measures[i];
  return NULL;
}

static const ModelMeasure *model_measure(const Model *model, const char *cube_name,
                                         const char *name) {
  const ModelCube *cube = model ? model_find_cube(model, cube_name) : NULL;
  for (uint32_t i = 0; cube && i < cube->measure_count; i++)
    if (strcmp(cube->measures[i].name, name) == 0) return &cube->measures[i];
  return NULL;
}

// ---- A measure as a number a customer ----------------------------------------------------------

static const CatalogLevel *level_find(const CatalogCube *cube, const char *name) {
  for (uint32_t i = 0; i < cube->level_count; i++)
    if (strcmp(cube->levels[i].name, name) == 0) return &cube->levels[i];
  return NULL;
}

// Counts of distinct customers are 0 or 1 a customer.
static bool counts_customers(const CatalogCube *cube, const CatalogMeasure *measure) {
  const CatalogLevel *level = level_find(cube, "customer.customer");
  return measure->aggregate == AGGREGATE_COUNT_DISTINCT && measure->expression && level &&
         ((level->link_count == 1 && strcmp(measure->expression, level->links[0]) == 0) ||
          strcmp(measure->expression, level->column) == 0);
}

// The cube's count of the same rows. Whether a customer has any is cheaper told by it than by a set
// of distinct customers for each customer. NULL: there is none.
static const char *presence_find(const CatalogCube *cube, const CatalogMeasure *measure) {
  for (uint32_t i = 0; i < cube->measure_count; i++) {
    const CatalogMeasure *other = &cube->measures[i];
    const char *a = measure->filter, *b = other->filter;
    if (other->kind == MEASURE_AGGREGATE && other->aggregate == AGGREGATE_COUNT_ROWS &&
        !other->window_days && (a && b ? strcmp(a, b) == 0 : a == b))
      return strrchr(other->name, '.') + 1;
  }
  return NULL;
}

static Status measure_check(const CatalogMeasure *measure, Error *error) {
  if (measure->window_days)
    return error_set(error, STATUS_UNSUPPORTED,
                     "the measure %s looks back from a period's end and is no metric of a test",
                     measure->name);
  if (measure->aggregate == AGGREGATE_SUM || measure->aggregate == AGGREGATE_COUNT ||
      measure->aggregate == AGGREGATE_COUNT_ROWS || measure->aggregate == AGGREGATE_COUNT_DISTINCT)
    return STATUS_OK;
  return error_set(error, STATUS_UNSUPPORTED,
                   "the measure %s is no sum, count or ratio of such: it has no mean a customer",
                   measure->name);
}

static const char *short_name(const char *full_name) {
  return strrchr(full_name, '.') + 1;
}

static Status source_fill(const CatalogCube *cube, const CatalogMeasure *measure,
                          ExperimentMetric *metric, Error *error) {
  metric->cube = cube->name;
  if (!cube->time_level || !level_find(cube, "customer.customer"))
    return error_set(error, STATUS_UNSUPPORTED,
                     "the cube %s has no time or no level customer.customer, by which a test's "
                     "members have their values",
                     cube->name);
  if (measure->kind != MEASURE_RATIO) {
    metric->numerator = short_name(measure->name);
    if (counts_customers(cube, measure)) metric->presence = presence_find(cube, measure);
    return measure_check(measure, error);
  }
  const CatalogMeasure *over = measure_find(cube, measure->numerator);
  const CatalogMeasure *under = measure_find(cube, measure->denominator);
  if (over->kind == MEASURE_RATIO || under->kind == MEASURE_RATIO)
    return error_set(error, STATUS_UNSUPPORTED, "the measure %s is a ratio of ratios",
                     measure->name);
  metric->numerator = short_name(measure->numerator);
  metric->denominator = short_name(measure->denominator);
  metric->is_ratio = true;
  TRY(measure_check(over, error));
  return measure_check(under, error);
}

static MetricKind kind_of(const CatalogCube *cube, const CatalogMeasure *measure,
                          const ModelMeasure *described) {
  if (measure->kind != MEASURE_RATIO && counts_customers(cube, measure)) return METRIC_SHARE;
  const char *format = described ? described->format : NULL;
  if (format && strcmp(format, "money") == 0) return METRIC_MONEY;
  if (format && strcmp(format, "percent") == 0) return METRIC_SHARE;
  return measure->kind == MEASURE_RATIO ? METRIC_NUMBER : METRIC_COUNT;
}

// "Net sales" becomes "net sales per customer" within a sentence.
static void words_make(ExperimentMetric *metric, Arena *arena) {
  bool mean = !metric->is_ratio && metric->kind != METRIC_SHARE;
  const char *en = metric->title.en, *ru = metric->title.ru;
  metric->title.en = mean ? arena_printf(arena, "%s per customer", en) : en;
  metric->title.ru = mean ? arena_printf(arena, "%s на клиента", ru) : ru;
  char *lower = arena_strdup(arena, metric->title.en);
  if (lower[0] >= 'A' && lower[0] <= 'Z' && !(lower[1] >= 'A' && lower[1] <= 'Z')) lower[0] |= 32;
  metric->words = (MetricWords){lower, arena_printf(arena, "показатель «%s»", metric->title.ru),
                                "вырос", "снизился"};
}

Status experiment_metric_find(const char *name, const ExperimentStore *store, Arena *arena,
                              ExperimentMetric *metric, Error *error) {
  const UsualMetric *usual = usual_find(name);
  const char *full = usual ? usual->measure : name, *point = strchr(full, '.');
  const CatalogCube *cube =
      point ? store->catalog->find_cube(store->catalog,
                                        arena_strndup(arena, full, (size_t)(point - full)))
            : NULL;
  const CatalogMeasure *measure = cube ? measure_find(cube, full) : NULL;
  if (!measure && usual)
    return error_set(error, STATUS_NOT_FOUND,
                     "the metric %s is the measure %s, which this model does not have", name, full);
  if (!measure) return metric_unknown(name, store, arena, error);
  const ModelMeasure *described = model_measure(store->model, cube->name, short_name(full));
  *metric = (ExperimentMetric){
      .id = name, .measure = full, .good = described && described->good < 0 ? -1 : 1};
  TRY(source_fill(cube, measure, metric, error));
  metric->kind = kind_of(cube, measure, described);
  metric->unit = metric->kind == METRIC_MONEY && described ? described->unit : NULL;
  metric->title = described ? described->title : (ModelText){name, name};
  words_make(metric, arena);
  if (usual) metric->title = usual->title, metric->words = usual->words;
  return STATUS_OK;
}

ModelText experiment_measure_title(const ExperimentStore *store, const ExperimentMetric *metric) {
  const ModelMeasure *described =
      model_measure(store->model, metric->cube, short_name(metric->measure));
  return described ? described->title : (ModelText){metric->measure, metric->measure};
}

// ---- Choices -----------------------------------------------------------------------------------

static void choice_write(const char *id, const ModelText *title, JsonWriter *json) {
  json_write_object_open(json);
  json_write_key_text(json, "id", id);
  json_write_key(json, "title");
  json_write_object_open(json);
  json_write_key_text(json, "en", title->en);
  json_write_key_text(json, "ru", title->ru);
  json_write_object_close(json);
  json_write_object_close(json);
}

void experiment_choices_write(const ExperimentStore *store, Arena *arena, JsonWriter *json) {
  static const char *const segments[] = {"status", "acquisition_channel"};
  const Experiment dated = {.has_dates = true};
  ExperimentMetric metric;
  ExperimentSegment segment;
  json_write_key(json, "metrics");
  json_write_array_open(json);
  for (size_t i = 0; i < USUAL_COUNT; i++)
    if (experiment_metric_find(usual_metrics[i].id, store, arena, &metric, NULL) == STATUS_OK)
      choice_write(metric.id, &metric.title, json);
  json_write_array_close(json);
  json_write_key(json, "segments");
  json_write_array_open(json);
  for (size_t i = 0; i < sizeof segments / sizeof segments[0]; i++)
    if (experiment_segment_find(segments[i], &dated, store, arena, &segment))
      choice_write(segment.id, &segment.title, json);
  json_write_array_close(json);
}

// ---- Segments ----------------------------------------------------------------------------------

static bool has_columns(const ExperimentStore *store, const char *table_name,
                        const char *const *names) {
  const CatalogTable *table = store->catalog->find_table(store->catalog, table_name);
  if (!table) return false;
  for (; *names; names++) {
    uint32_t i = 0;
    while (i < table->column_count && strcmp(table->columns[i].name, *names) != 0) i++;
    if (i == table->column_count || table->columns[i].hidden) return false;
  }
  return true;
}

static const char *definition_of(const Model *model, const char *name, const char *otherwise) {
  for (uint32_t i = 0; model && i < model->definition_count; i++)
    if (strcmp(model->definitions[i].name, name) == 0) return model->definitions[i].value;
  return otherwise;
}

// D10: the status by the age of the last purchase on the day before the start.
static const char *status_sql(const Experiment *experiment, const ExperimentStore *store,
                              Arena *arena) {
  const char *start = sql_day(experiment->start, arena);
  const char *last = arena_printf(
      arena,
      "SELECT c.customer, (%s - r.last) AS age FROM customers c LEFT JOIN (SELECT customer, "
      "max(date) AS last FROM receipt_totals WHERE purchase_lines > 0 AND date < %s GROUP BY "
      "customer) r ON r.customer = c.customer",
      start, start);
  const char *active = definition_of(store->model, "active_days", "90");
  const char *slipping = definition_of(store->model, "slipping_days", "180");
  const char *dormant = definition_of(store->model, "dormant_days", "365");
  const char *en =
      arena_printf(arena,
                   "CASE WHEN age IS NULL THEN 'never' WHEN age <= %s THEN 'active' WHEN age <= %s "
                   "THEN 'slipping' WHEN age <= %s THEN 'dormant' ELSE 'lapsed' END",
                   active, slipping, dormant);
  const char *ru = arena_printf(
      arena,
      "CASE WHEN age IS NULL THEN 'без покупок' WHEN age <= %s THEN 'активные' WHEN age <= %s "
      "THEN 'остывающие' WHEN age <= %s THEN 'спящие' ELSE 'ушедшие' END",
      active, slipping, dormant);
  return arena_printf(arena, "SELECT customer, %s, %s FROM (%s) ages", en, ru, last);
}

static bool column_segment(const char *name, const ExperimentStore *store, Arena *arena,
                           ExperimentSegment *segment) {
  static const char prefix[] = "customers.";
  if (strncmp(name, prefix, sizeof prefix - 1) != 0) return false;
  const char *column = name + sizeof prefix - 1;
  if (!has_columns(store, "customers", (const char *[]){"customer", column, NULL})) return false;
  const ModelTable *table = store->model ? model_find_table(store->model, "customers") : NULL;
  const ModelColumn *described = table ? model_find_column(table, column) : NULL;
  segment->title = described ? described->title : (ModelText){column, column};
  segment->sql = arena_printf(arena, "SELECT customer, \"%s\" FROM customers", column);
  return strchr(column, '"') == NULL;
}

bool experiment_segment_find(const char *name, const Experiment *experiment,
                             const ExperimentStore *store, Arena *arena,
                             ExperimentSegment *segment) {
  *segment = (ExperimentSegment){.id = name, .is_unique = true};
  if (strcmp(name, "status") == 0) {
    segment->title = (ModelText){"Status at the start", "Статус на начало"};
    if (!experiment->has_dates ||
        !has_columns(store, "customers", (const char *[]){"customer", NULL}) ||
        !has_columns(store, "receipt_totals",
                     (const char *[]){"customer", "date", "purchase_lines", NULL}))
      return false;
    segment->sql = status_sql(experiment, store, arena);
    segment->has_russian = true;
    return true;
  }
  if (strcmp(name, "acquisition_channel") == 0) {
    segment->title = (ModelText){"Acquisition channel", "Канал привлечения"};
    segment->sql = "SELECT c.customer, h.name_en, h.name FROM customers c JOIN channels h ON "
                   "h.channel = c.acquisition_channel";
    segment->has_russian = true;
    return has_columns(store, "customers",
                       (const char *[]){"customer", "acquisition_channel", NULL}) &&
           has_columns(store, "channels", (const char *[]){"channel", "name", "name_en", NULL});
  }
  return column_segment(name, store, arena, segment);
}
