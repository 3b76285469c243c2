// What a cube's facts say of each member, in the days that count, and by the day. See
// experiment_sql.h.
#include "experiment_sql_slots.h"

// ---- Values by cube ----------------------------------------------------------------------------

// Returns of a receipt count on the day of the sale: by the fact's link to a table that has
// original_receipt and date. NULL: the fact has no such link.
typedef struct ReturnLink {
  const char *column, *table, *key;
} ReturnLink;

static bool table_has(const CatalogTable *table, const char *column) {
  for (uint32_t i = 0; i < table->column_count; i++)
    if (strcmp(table->columns[i].name, column) == 0) return true;
  return false;
}

static bool return_link(const ExperimentStore *store, const CatalogCube *cube, ReturnLink *link) {
  const CatalogTable *fact = store->catalog->find_table(store->catalog, cube->table);
  for (uint32_t i = 0; fact && i < fact->column_count; i++) {
    const CatalogColumn *column = &fact->columns[i];
    const CatalogTable *to =
        column->link_table ? store->catalog->find_table(store->catalog, column->link_table) : NULL;
    if (!to || !to->key || !table_has(to, "original_receipt") || !table_has(to, "date")) continue;
    *link = (ReturnLink){column->name, to->name, to->key};
    return true;
  }
  return false;
}

// A metric's measure of one customer's facts; `when`: of which, or NULL.
static const char *measure_sql(const ExperimentMetric *metric, uint32_t slot, const char *when,
                               Arena *arena) {
  bool present = metric->presence && slot % 2 == 0;
  const char *name = sql_name(present ? metric->presence : slot_measure(metric, slot), arena);
  const char *measure = when ? arena_printf(arena, "measure(%s) FILTER (WHERE %s)", name, when)
                             : arena_printf(arena, "measure(%s)", name);
  return present ? arena_printf(arena, "CASE WHEN %s > 0 THEN 1 ELSE 0 END", measure) : measure;
}

static void measures_append(const Experiment *experiment, const char *cube, const char *during,
                            const char *before, Buffer *text, Arena *arena) {
  for (uint32_t m = 0; m < experiment->metric_count; m++)
    for (uint32_t slot = 0; slot < MOMENT_VALUES_MAX; slot++) {
      const ExperimentMetric *metric = &experiment->metrics[m];
      const char *column = arena_printf(arena, "tessera_m%u_%u", m, slot);
      if (!metric->cube || strcmp(metric->cube, cube) != 0 || !metric_has_slot(metric, slot) ||
          strcmp(slot_source(experiment, m, slot, arena), column) != 0)
        continue;
      buffer_printf(text, ", %s AS %s",
                    measure_sql(metric, slot, slot >= SLOT_BEFORE ? before : during, arena),
                    column);
    }
}

// Days of facts that any member can need.
static void range_append(const Experiment *experiment, const ExperimentData *data, const char *day,
                         Buffer *text, Arena *arena) {
  int32_t last = data->last_day + data->window_days - 1 +
                 (experiment->returns_restated ? experiment->return_days : 0);
  buffer_printf(text, "%s >= %s AND %s <= %s", day,
                sql_day(data->first_day - experiment->before_days, arena), day,
                sql_day(last < experiment->as_of ? last : experiment->as_of, arena));
}

// The receipt of a fact, and the one that it undoes, each on its key: the engine follows links.
static void returns_append(const char *cube, const ReturnLink *link, Buffer *text, Arena *arena) {
  const char *table = sql_name(link->table, arena), *key = sql_name(link->key, arena);
  buffer_printf(text,
                " LEFT JOIN %s AS tessera_r ON %s.%s = tessera_r.%s LEFT JOIN %s AS tessera_o ON "
                "tessera_o.%s = tessera_r.original_receipt",
                table, sql_name(cube, arena), sql_name(link->column, arena), key, table, key);
}

// A cube's times as SQL.
typedef struct CubeTimes {
  bool restated, one_day; // one_day: all that count were assigned on the same day
  ReturnLink link;
  const char *customer, *day, *sold; // sold: the day that a fact counts on
  const char *during, *before;       // conditions
} CubeTimes;

// The day so many days after the assignment: a literal where it is the same for all that count.
static const char *from_sql(const ExperimentData *data, int32_t days, Arena *arena) {
  if (data->first_day != data->last_day) return arena_printf(arena, "tessera_from + %d", days);
  return sql_day(data->first_day + days, arena);
}

static CubeTimes times_make(const Experiment *experiment, const ExperimentStore *store,
                            const char *cube_name, const ExperimentData *data, Arena *arena) {
  const CatalogCube *cube = store->catalog->find_cube(store->catalog, cube_name);
  CubeTimes times = {.customer = sql_level("customer.customer", "", arena),
                     .day = sql_level(cube->time_level, "", arena),
                     .one_day = data->first_day == data->last_day};
  const char *day = times.day;
  times.restated = experiment->returns_restated && return_link(store, cube, &times.link);
  const char *sold =
      times.restated ? arena_printf(arena, "coalesce(tessera_o.date, %s)", day) : day;
  times.sold = sold;
  const char *from = from_sql(data, 0, arena);
  times.during = arena_printf(
      arena, "%s >= %s AND %s < %s AND %s < %s", sold, from, sold,
      from_sql(data, data->window_days, arena), day,
      from_sql(data, data->window_days + (times.restated ? experiment->return_days : 0), arena));
  times.before =
      arena_printf(arena, "%s >= %s AND %s < %s AND %s < %s", sold,
                   from_sql(data, -experiment->before_days, arena), sold, from, day, from);
  return times;
}

// The cube's facts of members, within the days that can matter.
static void facts_append(const Experiment *experiment, const char *cube, const CubeTimes *times,
                         const ExperimentData *data, Buffer *text, Arena *arena) {
  buffer_printf(text, " FROM cube.%s", sql_name(cube, arena));
  if (!times->one_day)
    buffer_printf(text,
                  " JOIN (SELECT tessera_member, min(tessera_from) AS tessera_from FROM "
                  "tessera_members GROUP BY tessera_member) AS tessera_m ON %s = tessera_member",
                  times->customer);
  if (times->restated) returns_append(cube, &times->link, text, arena);
  buffer_append_text(text, " WHERE ");
  if (times->one_day)
    buffer_printf(text, "%s IN (SELECT tessera_member FROM tessera_members) AND ", times->customer);
  range_append(experiment, data, times->day, text, arena);
}

Status values_sql(const Experiment *experiment, const ExperimentStore *store, const char *cube,
                  const ExperimentData *data, Arena *arena, const char **sql, Error *error) {
  if (!experiment->has_dates)
    return error_set(error, STATUS_INVALID,
                     "metrics of the cube %s need the test's \"start\" and \"end\"", cube);
  CubeTimes times = times_make(experiment, store, cube, data, arena);
  Buffer text;
  buffer_init(&text);
  buffer_printf(&text, "SELECT %s AS tessera_customer", times.customer);
  measures_append(experiment, cube, times.during, times.before, &text, arena);
  facts_append(experiment, cube, &times, data, &text, arena);
  buffer_printf(&text, " GROUP BY %s", times.customer);
  *sql = sql_take(&text, arena);
  return STATUS_OK;
}

const char *values_table_sql(uint32_t cube_number, const char *values, const LogicalColumn *columns,
                             uint32_t column_count, Arena *arena) {
  Buffer text;
  buffer_init(&text);
  buffer_printf(&text, "CREATE TABLE tessera_values_%u AS SELECT tessera_customer", cube_number);
  for (uint32_t i = 1; i < column_count; i++)
    buffer_printf(&text, ", CAST(%s AS %s) AS %s", columns[i].name,
                  exact_type(columns[i].type, arena), columns[i].name);
  buffer_printf(&text, " FROM (%s) AS tessera_v", values);
  return sql_take(&text, arena);
}

// ---- By the day -------------------------------------------------------------------------------

const char *day_sums_sql(const Experiment *experiment, const ExperimentStore *store,
                         const Catalog *catalog, const ExperimentData *data, Arena *arena) {
  const ExperimentMetric *metric = &experiment->metrics[0]; // its cube is the first of all
  CubeTimes times = times_make(experiment, store, metric->cube, data, arena);
  const char *type = exact_type_of(catalog, "tessera_values_0", "tessera_m0_0", arena);
  Buffer text;
  buffer_init(&text);
  buffer_printf(
      &text,
      "SELECT tessera_arm_number, tessera_day, sum(tessera_v), sum(tessera_v * tessera_v) "
      "FROM tessera_customers JOIN (SELECT tessera_customer, tessera_day, CAST(tessera_v "
      "AS %s) AS tessera_v FROM (SELECT %s AS tessera_customer, %s - (%s) AS "
      "tessera_day, %s AS tessera_v",
      type, times.customer, times.sold, from_sql(data, 0, arena),
      measure_sql(metric, SLOT_VALUE, NULL, arena));
  facts_append(experiment, metric->cube, &times, data, &text, arena);
  buffer_printf(&text,
                " AND %s GROUP BY 1, 2) AS tessera_d) AS tessera_e ON tessera_customer = "
                "tessera_member GROUP BY 1, 2",
                times.during);
  return sql_take(&text, arena);
}
