// The statements of an experiment, one after the other, and their answers as moments.
#include "experiment_list.h"
#include "experiment_sql.h"
#include "quantile.h"

typedef struct Collector {
  const Experiment *experiment;
  ExperimentSession session;
  Arena *arena;
  ExperimentData *data;
  const char *caps[EXPERIMENT_METRICS_MAX][2]; // literals, of the value and of the one before
} Collector;

// ---- Time --------------------------------------------------------------------------------------

// How far the test is. Without dates it is over.
static void time_fill(const Experiment *experiment, ExperimentData *data) {
  data->is_final = true;
  data->window_days = experiment->window_days;
  if (!experiment->has_dates) return;
  int32_t last = experiment->start + experiment->window_days - 1;
  if (last < experiment->end) last = experiment->end;
  data->verdict_day = last + experiment->return_days;
  data->days = experiment->end - experiment->start + 1;
  data->day = experiment->as_of - experiment->start + 1;
  data->is_final = experiment->as_of >= data->verdict_day;
  if (data->day < 0) data->day = 0;
  if (data->day < data->window_days) data->window_days = data->day;
}

// ---- Members -----------------------------------------------------------------------------------

static void member_group_count(Collector *collector, const QueryRows *rows, uint32_t row) {
  const Experiment *experiment = collector->experiment;
  ExperimentData *data = collector->data;
  int64_t count = query_int(rows, row, 3);
  uint32_t arm = query_value(rows, row, 0)->is_null ? experiment->arm_count
                                                    : (uint32_t)query_int(rows, row, 0);
  data->assigned_total += count;
  if (query_int(rows, row, 1)) {
    data->in_two_arms += count;
    return;
  }
  if (arm == experiment->arm_count) {
    data->in_no_arm += count;
    return;
  }
  data->assigned[arm] += count;
  MemberState state = (MemberState)query_int(rows, row, 2);
  if (state == MEMBER_OUTSIDE) data->outside += count;
  if (state == MEMBER_INCOMPLETE) data->incomplete += count;
  if (state != MEMBER_COUNTS) return;
  int32_t first = (int32_t)query_int(rows, row, 4), last = (int32_t)query_int(rows, row, 5);
  if (first < data->first_day) data->first_day = first;
  if (last > data->last_day) data->last_day = last;
}

static Status members_collect(Collector *collector, Error *error) {
  const Experiment *experiment = collector->experiment;
  ExperimentData *data = collector->data;
  QueryRows rows;
  Status status = experiment_query(&collector->session, members_sql(experiment, collector->arena),
                                   0, NULL, error);
  if (status != STATUS_OK) return error_prefix_path(error, "%s", experiment->members_path);
  TRY(experiment_query(&collector->session,
                       member_counts_sql(experiment, data->window_days, collector->arena),
                       EXPERIMENT_CELLS_MAX, &rows, error));
  data->first_day = DATE_MAX, data->last_day = DATE_MIN;
  for (uint32_t row = 0; row < rows.row_count; row++) member_group_count(collector, &rows, row);
  if (data->first_day > data->last_day) data->first_day = data->last_day = experiment->start;
  data->unknown = -1;
  if (!experiment->list) return STATUS_OK;
  return experiment_list_source_unknown(collector->session.store->lists, experiment->list,
                                        &data->unknown, error);
}

static Status people_count(Collector *collector, const char *sql, const char *condition,
                           int64_t *count, Error *error) {
  QueryRows rows;
  *count = -1;
  if (!sql) return STATUS_OK;
  TRY(experiment_query(&collector->session,
                       arena_printf(collector->arena,
                                    "SELECT count(*) FROM tessera_members WHERE %s AND "
                                    "tessera_member IN (SELECT tessera_k FROM (%s\n) AS tessera_q "
                                    "(tessera_k))",
                                    condition, sql),
                       1, &rows, error));
  *count = query_int(&rows, 0, 0);
  return STATUS_OK;
}

// How many of each other test's customers are in this one.
static Status others_collect(Collector *collector, Error *error) {
  const char *sql = collector->experiment->other_members_sql;
  ExperimentData *data = collector->data;
  Arena *arena = collector->arena;
  QueryRows rows;
  if (!sql || !collector->experiment->tell_others) return STATUS_OK;
  TRY(experiment_query(
      &collector->session,
      arena_printf(arena,
                   "SELECT tessera_t, min(tessera_en), min(tessera_ru), count(DISTINCT tessera_k) "
                   "FROM (%s) AS tessera_q (tessera_k, tessera_t, tessera_en, tessera_ru) WHERE "
                   "tessera_k IN (SELECT tessera_member FROM tessera_members) GROUP BY tessera_t "
                   "ORDER BY 4 DESC, 1",
                   sql),
      EXPERIMENT_CELLS_MAX, &rows, error));
  data->others = ARENA_ARRAY(arena, ExperimentOther, rows.row_count + 1);
  for (uint32_t row = 0; row < rows.row_count; row++) {
    const char *id = query_text(&rows, row, 0, arena), *en = query_text(&rows, row, 1, arena);
    const char *ru = query_text(&rows, row, 2, arena);
    data->others[data->other_count++] = (ExperimentOther){id,
                                                          {en   ? en
                                                           : ru ? ru
                                                                : id,
                                                           ru   ? ru
                                                           : en ? en
                                                                : id},
                                                          query_int(&rows, row, 3)};
  }
  return STATUS_OK;
}

static Status overlaps_collect(Collector *collector, Error *error) {
  const Experiment *experiment = collector->experiment;
  const char *control = arena_printf(collector->arena, "tessera_arm = %u", experiment->control);
  TRY(people_count(collector, experiment->other_members_sql, "true",
                   &collector->data->in_other_tests, error));
  TRY(others_collect(collector, error));
  Status status = people_count(collector, experiment->contacted_sql, control,
                               &collector->data->control_contacted, error);
  return status == STATUS_OK ? status : error_prefix_path(error, "contacted.sql");
}

// ---- Values ------------------------------------------------------------------------------------

static Status values_collect(Collector *collector, Error *error) {
  const Experiment *experiment = collector->experiment;
  const char *cubes[EXPERIMENT_METRICS_MAX], *sql;
  LogicalColumn *columns;
  uint32_t column_count, count = experiment_cubes(experiment, cubes);
  for (uint32_t c = 0; c < count; c++) {
    TRY(values_sql(experiment, collector->session.store, cubes[c], collector->data,
                   collector->arena, &sql, error));
    TRY(experiment_session_columns(&collector->session, sql, &columns, &column_count, error));
    sql = values_table_sql(c, sql, columns, column_count, collector->arena);
    TRY(experiment_query(&collector->session, sql, 0, NULL, error));
  }
  const Catalog *catalog = session_catalog(collector->session.session);
  return experiment_query(
      &collector->session,
      customers_sql(experiment, catalog, collector->data->window_days, collector->arena), 0, NULL,
      error);
}

static const char *cap_literal(const QueryRows *rows, uint32_t column, Arena *arena,
                               double *value) {
  const Value *cap = query_value(rows, 0, column);
  int128_t unscaled = query_wide(rows, 0, column);
  if (cap->is_null || unscaled <= 0) return NULL;
  unsigned scale = cap->type.kind == TYPE_DECIMAL ? cap->type.scale : 0;
  char *text = arena_alloc(arena, DECIMAL_TEXT_BYTES);
  decimal_format(unscaled, scale, text);
  *value = decimal_to_double(unscaled, scale);
  return text;
}

static Status caps_collect(Collector *collector, Error *error) {
  const Experiment *experiment = collector->experiment;
  ExperimentData *data = collector->data;
  QueryRows rows;
  TRY(experiment_query(&collector->session, caps_sql(experiment, collector->arena), 1, &rows,
                       error));
  uint32_t column = 1;
  for (uint32_t m = 0; m < experiment->metric_count; m++) {
    double before;
    if (!metric_is_capped(&experiment->metrics[m])) continue;
    collector->caps[m][0] = cap_literal(&rows, column++, collector->arena, &data->cap[m]);
    collector->caps[m][1] = cap_literal(&rows, column++, collector->arena, &before);
    data->has_cap[m] = collector->caps[m][0] != NULL;
  }
  return STATUS_OK;
}

// ---- Sums --------------------------------------------------------------------------------------

static unsigned scale_of(const QueryRows *rows, uint32_t column) {
  Type type = rows->columns[column].type;
  return type.kind == TYPE_DECIMAL ? type.scale : 0;
}

// The sums of one metric, from *column on, as the statement has them.
static ExactMoments sums_read(const ExperimentMetric *metric, const QueryRows *rows, uint32_t row,
                              int64_t count, uint32_t *column) {
  ExactMoments exact = {.count = count, .values = MOMENT_VALUES_MAX};
  for (uint32_t i = 0; i < MOMENT_VALUES_MAX; i++) {
    if (!metric_has_slot(metric, i)) continue;
    exact.scale[i] = scale_of(rows, *column);
    exact.sum[i] = query_wide(rows, row, (*column)++);
    for (uint32_t j = 0; j <= i; j++)
      if (metric_has_slot(metric, j)) exact.product[i][j] = query_wide(rows, row, (*column)++);
  }
  return exact;
}

static Status sums_centre(const ExperimentMetric *metric, const ExactMoments *exact,
                          Moments *moments, Error *error) {
  Status status = moments_centre(exact, moments, error);
  return status == STATUS_OK ? status : error_prefix_path(error, "%s", metric->path);
}

static ExperimentCell *cell_add(Collector *collector, uint32_t metric_count) {
  ExperimentCell *cell = &collector->data->cells[collector->data->cell_count++];
  cell->moments = arena_alloc(collector->arena, metric_count * sizeof *cell->moments);
  cell->quantiles = ARENA_ARRAY(collector->arena, ArmValue, metric_count);
  memset(cell->quantiles, 0, metric_count * sizeof *cell->quantiles);
  return cell;
}

// exact: [arm][EXPERIMENT_METRICS_MAX], filled.
static Status arms_read(Collector *collector, const QueryRows *rows,
                        ExactMoments (*exact)[EXPERIMENT_METRICS_MAX], Error *error) {
  const Experiment *experiment = collector->experiment;
  for (uint32_t row = 0; row < rows->row_count; row++) {
    ExperimentCell *cell = cell_add(collector, experiment->metric_count);
    uint32_t column = 2;
    cell->segment = -1;
    cell->arm = (uint32_t)query_int(rows, row, 0);
    cell->count = query_int(rows, row, 1);
    for (uint32_t m = 0; m < experiment->metric_count; m++) {
      const ExperimentMetric *metric = &experiment->metrics[m];
      exact[cell->arm][m] = sums_read(metric, rows, row, cell->count, &column);
      TRY(sums_centre(metric, &exact[cell->arm][m], &cell->moments[m][0], error));
    }
  }
  return STATUS_OK;
}

// What some customers add to the sums, taken away and put in anew.
static void sums_exchange(ExactMoments *all, const ExactMoments *old, const ExactMoments *anew) {
  for (uint32_t i = 0; i < all->values; i++) {
    all->sum[i] += anew->sum[i] - old->sum[i];
    for (uint32_t j = 0; j <= i; j++)
      all->product[i][j] += anew->product[i][j] - old->product[i][j];
  }
}

// Capped sums: those without a cap, with the few customers above it exchanged.
static Status capped_read(Collector *collector, uint32_t m,
                          ExactMoments (*exact)[EXPERIMENT_METRICS_MAX], Error *error) {
  const ExperimentMetric *metric = &collector->experiment->metrics[m];
  ExperimentData *data = collector->data;
  QueryRows rows;
  if (!data->has_cap[m]) return STATUS_OK;
  TRY(experiment_query(
      &collector->session,
      capped_sums_sql(collector->experiment, m, collector->caps[m], collector->arena),
      EXPERIMENT_ARMS_MAX, &rows, error));
  for (uint32_t row = 0; row < rows.row_count; row++) {
    uint32_t column = 2, arm = (uint32_t)query_int(&rows, row, 0);
    int64_t count = query_int(&rows, row, 1);
    ExactMoments old = sums_read(metric, &rows, row, count, &column);
    ExactMoments anew = sums_read(metric, &rows, row, count, &column);
    sums_exchange(&exact[arm][m], &old, &anew);
  }
  for (uint32_t i = 0; i < data->cell_count; i++)
    TRY(sums_centre(metric, &exact[data->cells[i].arm][m], &data->cells[i].moments[m][1], error));
  return STATUS_OK;
}

// GROUPING's bits are 1 for the segments that a row is not of.
static int32_t segment_of(int64_t grouping, uint32_t count) {
  for (uint32_t s = 0; s < count; s++)
    if (!(grouping >> (count - 1 - s) & 1)) return (int32_t)s;
  return -1;
}

static Status segments_read(Collector *collector, const QueryRows *rows, Error *error) {
  const ExperimentMetric *metric = &collector->experiment->metrics[0];
  uint32_t segments = collector->experiment->segment_count;
  for (uint32_t row = 0; row < rows->row_count; row++) {
    ExperimentCell *cell = cell_add(collector, 1);
    uint32_t column = 3 + 2 * segments;
    cell->segment = segment_of(query_int(rows, row, 0), segments);
    cell->arm = (uint32_t)query_int(rows, row, 1);
    cell->count = query_int(rows, row, 2);
    cell->value = query_text(rows, row, 3 + 2 * (uint32_t)cell->segment, collector->arena);
    cell->value_ru = query_text(rows, row, 4 + 2 * (uint32_t)cell->segment, collector->arena);
    for (int capped = 0; capped <= collector->data->has_cap[0]; capped++) {
      ExactMoments exact = sums_read(metric, rows, row, cell->count, &column);
      TRY(sums_centre(metric, &exact, &cell->moments[0][capped], error));
    }
  }
  return STATUS_OK;
}

static Status sums_collect(Collector *collector, Error *error) {
  const Experiment *experiment = collector->experiment;
  QueryRows arms, segments = {0};
  ExactMoments(*exact)[EXPERIMENT_METRICS_MAX] =
      arena_alloc(collector->arena, EXPERIMENT_ARMS_MAX * sizeof *exact);
  TRY(experiment_query(&collector->session, arm_sums_sql(experiment, collector->arena),
                       EXPERIMENT_ARMS_MAX, &arms, error));
  if (experiment->segment_count)
    TRY(experiment_query(
        &collector->session,
        segment_sums_sql(experiment, (const char *const(*)[2])collector->caps, collector->arena),
        EXPERIMENT_CELLS_MAX, &segments, error));
  collector->data->cells =
      ARENA_ARRAY(collector->arena, ExperimentCell, arms.row_count + segments.row_count + 1);
  TRY(arms_read(collector, &arms, exact, error));
  for (uint32_t m = 0; m < experiment->metric_count; m++)
    TRY(capped_read(collector, m, exact, error));
  return segments_read(collector, &segments, error);
}

// ---- Quantiles ---------------------------------------------------------------------------------

static double number_at(const QueryRows *rows, uint32_t column) {
  return decimal_to_double(query_wide(rows, 0, column), scale_of(rows, column));
}

static Status quantile_collect(Collector *collector, uint32_t m, ExperimentCell *cell,
                               Error *error) {
  QueryRows rows;
  QuantileRanks ranks =
      quantile_ranks(cell->count, collector->experiment->metrics[m].quantile, EXPERIMENT_LEVEL);
  if (!ranks.known) return STATUS_OK;
  const char *sql = ranks_sql(collector->experiment, m, cell,
                              (const int64_t[]){ranks.low, ranks.at, ranks.high}, collector->arena);
  TRY(experiment_query(&collector->session, sql, 1, &rows, error));
  cell->quantiles[m] = quantile_value(&ranks, cell->count, number_at(&rows, 0), number_at(&rows, 1),
                                      number_at(&rows, 2));
  return STATUS_OK;
}

// Of the arms all metrics' quantiles, of the segments' values the primary's: a sort of each cell's
// customers. Where the cells are too many, the segments have sizes and no effects.
static Status quantiles_collect(Collector *collector, Error *error) {
  const Experiment *experiment = collector->experiment;
  const ExperimentData *data = collector->data;
  bool in_segments = data->cell_count <= EXPERIMENT_QUANTILE_CELLS_MAX;
  for (uint32_t i = 0; i < data->cell_count; i++) {
    ExperimentCell *cell = &data->cells[i];
    bool of_segment = cell->segment >= 0;
    if (of_segment && (!in_segments || experiment->segments[cell->segment].split_only)) continue;
    for (uint32_t m = 0; m < (of_segment ? 1 : experiment->metric_count); m++)
      if (experiment->metrics[m].quantile) TRY(quantile_collect(collector, m, cell, error));
  }
  return STATUS_OK;
}

// ---- Days --------------------------------------------------------------------------------------

static int64_t arm_count(const ExperimentData *data, uint32_t arm) {
  for (uint32_t i = 0; i < data->cell_count; i++)
    if (data->cells[i].segment < 0 && data->cells[i].arm == arm) return data->cells[i].count;
  return 0;
}

// Customers without a value that day count as zero.
static Status days_read(Collector *collector, const QueryRows *rows, Error *error) {
  ExperimentData *data = collector->data;
  for (uint32_t day = 0; day < data->day_count; day++)
    for (uint32_t arm = 0; arm < collector->experiment->arm_count; arm++)
      data->by_day[day][arm] = (Moments){.count = arm_count(data, arm), .values = 1};
  for (uint32_t row = 0; row < rows->row_count; row++) {
    uint32_t arm = (uint32_t)query_int(rows, row, 0), day = (uint32_t)query_int(rows, row, 1);
    ExactMoments exact = {.count = arm_count(data, arm), .values = 1};
    exact.scale[0] = scale_of(rows, 2);
    exact.sum[0] = query_wide(rows, row, 2);
    exact.product[0][0] = query_wide(rows, row, 3);
    if (day < data->day_count) TRY(moments_centre(&exact, &data->by_day[day][arm], error));
  }
  return STATUS_OK;
}

// Of means of a cube's measures only: other metrics have no days.
static Status days_collect(Collector *collector, Error *error) {
  const Experiment *experiment = collector->experiment;
  ExperimentData *data = collector->data;
  QueryRows rows;
  const ExperimentMetric *primary = &experiment->metrics[0];
  if (!experiment->by_day || !primary->cube || primary->is_ratio || primary->quantile)
    return STATUS_OK;
  const Catalog *catalog = session_catalog(collector->session.session);
  data->day_count = (uint32_t)data->window_days;
  data->by_day = arena_alloc(collector->arena, (data->day_count + 1) * sizeof *data->by_day);
  TRY(experiment_query(
      &collector->session,
      day_sums_sql(experiment, collector->session.store, catalog, data, collector->arena),
      EXPERIMENT_CELLS_MAX * 2, &rows, error));
  return days_read(collector, &rows, error);
}

static Status all_collect(Collector *collector, Error *error) {
  time_fill(collector->experiment, collector->data);
  TRY(members_collect(collector, error));
  TRY(overlaps_collect(collector, error));
  TRY(values_collect(collector, error));
  TRY(caps_collect(collector, error));
  TRY(sums_collect(collector, error));
  TRY(quantiles_collect(collector, error));
  return days_collect(collector, error);
}

Status experiment_collect(const Experiment *experiment, const ExperimentStore *store, Job *job,
                          Arena *arena, ExperimentData *data, Error *error) {
  Collector collector = {.experiment = experiment, .arena = arena, .data = data};
  *data = (ExperimentData){0};
  TRY(experiment_session_init(&collector.session, store, job, arena, error));
  Status status = all_collect(&collector, error);
  data->rows_read = collector.session.rows_read;
  data->bytes_read = collector.session.bytes_read;
  experiment_session_clear(&collector.session);
  return status;
}
