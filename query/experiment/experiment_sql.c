// See experiment_sql.h.
#include "experiment_sql.h"
#include "buffer.h"

static const char *finish(Buffer *text, Arena *arena) {
  const char *kept = arena_strndup(arena, text->data, text->size);
  buffer_clear(text);
  return kept;
}

static void day_append(Buffer *text, int32_t day) {
  CivilDate civil = date_to_civil(day);
  buffer_printf(text, "DATE '%04d-%02d-%02d'", civil.year, civil.month, civil.day);
}

// ---- Metrics' slots ----------------------------------------------------------------------------

bool metric_has_slot(const ExperimentMetric *metric, uint32_t slot) {
  if (slot == SLOT_VALUE || metric->quantile) return slot == SLOT_VALUE;
  if (slot == SLOT_UNDER) return metric->is_ratio;
  bool before = metric->cube || metric->before;
  if (slot == SLOT_BEFORE) return before;
  return metric->is_ratio && (metric->cube || (before && metric->denominator_before));
}

static const char *slot_column(const ExperimentMetric *metric, uint32_t slot) {
  const char *const columns[] = {metric->column, metric->denominator_column, metric->before,
                                 metric->denominator_before};
  return columns[slot];
}

bool metric_is_capped(const ExperimentMetric *metric) {
  return metric->kind == METRIC_MONEY && !metric->is_ratio && !metric->quantile;
}

uint32_t experiment_cubes(const Experiment *experiment, const char **cubes) {
  uint32_t count = 0;
  for (uint32_t m = 0; m < experiment->metric_count; m++) {
    const char *cube = experiment->metrics[m].cube;
    uint32_t i = 0;
    while (cube && i < count && strcmp(cubes[i], cube) != 0) i++;
    if (cube && i == count) cubes[count++] = cube;
  }
  return count;
}

// ---- Members -----------------------------------------------------------------------------------

static void own_columns_append(const Experiment *experiment, Buffer *text, Arena *arena) {
  for (uint32_t m = 0; m < experiment->metric_count; m++)
    for (uint32_t slot = 0; slot < MOMENT_VALUES_MAX; slot++) {
      const ExperimentMetric *metric = &experiment->metrics[m];
      if (metric->cube || !metric_has_slot(metric, slot)) continue;
      buffer_printf(text, ", sum(%s) AS tessera_m%u_%u", sql_name(slot_column(metric, slot), arena),
                    m, slot);
    }
}

// The number of a row's arm: that of the definition, arm_count for any other, NULL for none.
static const char *arm_number_sql(const Experiment *experiment, Arena *arena) {
  const char *sql = "CASE CAST(arm AS text)";
  for (uint32_t a = 0; a < experiment->arm_count; a++)
    sql =
        arena_printf(arena, "%s WHEN %s THEN %u", sql, sql_text(experiment->arms[a].id, arena), a);
  return arena_printf(arena, "%s ELSE CASE WHEN arm IS NOT NULL THEN %u END END", sql,
                      experiment->arm_count);
}

const char *members_sql(const Experiment *experiment, Arena *arena) {
  const char *arm = arm_number_sql(experiment, arena);
  Buffer text;
  buffer_init(&text);
  if (experiment->seed) { // a key of the members' table comes once
    buffer_printf(&text,
                  "CREATE TABLE tessera_members AS SELECT customer AS tessera_member, %s AS "
                  "tessera_arm, 1 AS tessera_arms, ",
                  arm);
    day_append(&text, experiment->start);
    buffer_printf(&text, " AS tessera_from FROM (%s\n) AS tessera_source", experiment->members_sql);
    return finish(&text, arena);
  }
  buffer_printf(&text,
                "CREATE TABLE tessera_members AS SELECT customer AS tessera_member, min(%s) AS "
                "tessera_arm, CASE WHEN min(%s) <> max(%s) THEN 2 ELSE 1 END AS tessera_arms, ",
                arm, arm, arm);
  if (experiment->members_have_day)
    buffer_append_text(&text, "min(CAST(assigned_on AS date))");
  else
    buffer_append_text(&text, "min("), day_append(&text, experiment->start),
        buffer_append_text(&text, ")");
  buffer_append_text(&text, " AS tessera_from");
  own_columns_append(experiment, &text, arena);
  buffer_printf(&text,
                " FROM (%s\n) AS tessera_source WHERE customer IS NOT NULL GROUP BY customer",
                experiment->members_sql);
  return finish(&text, arena);
}

// The number of a MemberState for a member.
static void state_append(const Experiment *experiment, int32_t window_days, Buffer *text) {
  if (!experiment->has_dates) {
    buffer_append_text(text, "0");
    return;
  }
  buffer_append_text(text, "CASE WHEN tessera_from < ");
  day_append(text, experiment->start);
  buffer_append_text(text, " OR tessera_from > ");
  day_append(text, experiment->end);
  buffer_printf(text, " THEN %d WHEN tessera_from + %d > ", MEMBER_OUTSIDE, window_days - 1);
  day_append(text, experiment->as_of);
  buffer_printf(text, " THEN %d ELSE %d END", MEMBER_INCOMPLETE, MEMBER_COUNTS);
}

const char *member_counts_sql(const Experiment *experiment, int32_t window_days, Arena *arena) {
  Buffer text;
  buffer_init(&text);
  buffer_append_text(&text, "SELECT tessera_arm, tessera_arms > 1, ");
  state_append(experiment, window_days, &text);
  buffer_append_text(&text, " AS state, count(*), min(tessera_from), max(tessera_from) FROM "
                            "tessera_members GROUP BY 1, 2, 3");
  return finish(&text, arena);
}

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

static const char *slot_measure(const ExperimentMetric *metric, uint32_t slot) {
  return slot % 2 ? metric->denominator : metric->numerator;
}

// The column of a cube's values that holds a metric's slot: that of the first metric which asks for
// the same measure of the same time.
static const char *slot_source(const Experiment *experiment, uint32_t m, uint32_t slot,
                               Arena *arena) {
  const ExperimentMetric *metric = &experiment->metrics[m];
  for (uint32_t i = 0; i <= m; i++)
    for (uint32_t s = slot & SLOT_BEFORE; s <= (slot | SLOT_UNDER); s++) {
      const ExperimentMetric *other = &experiment->metrics[i];
      if (other->cube && strcmp(other->cube, metric->cube) == 0 && metric_has_slot(other, s) &&
          strcmp(slot_measure(other, s), slot_measure(metric, slot)) == 0)
        return arena_printf(arena, "tessera_m%u_%u", i, s);
    }
  return NULL; // never: a metric is its own
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

static const char *level_sql(const char *full_name, Arena *arena) {
  const char *point = strchr(full_name, '.');
  return arena_printf(arena, "%s.%s",
                      sql_name(arena_strndup(arena, full_name, (size_t)(point - full_name)), arena),
                      sql_name(point + 1, arena));
}

// Days of facts that any member can need.
static void range_append(const Experiment *experiment, const ExperimentData *data, const char *day,
                         Buffer *text) {
  int32_t last = data->last_day + data->window_days - 1 +
                 (experiment->returns_restated ? experiment->return_days : 0);
  buffer_printf(text, "%s >= ", day);
  day_append(text, data->first_day - experiment->before_days);
  buffer_printf(text, " AND %s <= ", day);
  day_append(text, last < experiment->as_of ? last : experiment->as_of);
}

// The day of the sale, where a fact undoes one.
static void returns_append(const Experiment *experiment, const char *cube, const ReturnLink *link,
                           const ExperimentData *data, Buffer *text, Arena *arena) {
  const char *table = sql_name(link->table, arena), *key = sql_name(link->key, arena);
  buffer_printf(text,
                " LEFT JOIN (SELECT r.%s AS tessera_return, min(o.date) AS tessera_sold FROM %s r "
                "JOIN %s o ON o.%s = r.original_receipt WHERE ",
                key, table, table, key);
  range_append(experiment, data, "r.date", text);
  buffer_printf(text, " GROUP BY r.%s) AS tessera_r ON %s.%s = tessera_return", key,
                sql_name(cube, arena), sql_name(link->column, arena));
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
  Buffer text;
  if (data->first_day != data->last_day) return arena_printf(arena, "tessera_from + %d", days);
  buffer_init(&text);
  day_append(&text, data->first_day + days);
  return finish(&text, arena);
}

static CubeTimes times_make(const Experiment *experiment, const ExperimentStore *store,
                            const char *cube_name, const ExperimentData *data, Arena *arena) {
  const CatalogCube *cube = store->catalog->find_cube(store->catalog, cube_name);
  CubeTimes times = {.customer = level_sql("customer.customer", arena),
                     .day = level_sql(cube->time_level, arena),
                     .one_day = data->first_day == data->last_day};
  const char *day = times.day;
  times.restated = experiment->returns_restated && return_link(store, cube, &times.link);
  const char *sold = times.restated ? arena_printf(arena, "coalesce(tessera_sold, %s)", day) : day;
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
  if (times->restated) returns_append(experiment, cube, &times->link, data, text, arena);
  buffer_append_text(text, " WHERE ");
  if (times->one_day)
    buffer_printf(text, "%s IN (SELECT tessera_member FROM tessera_members) AND ", times->customer);
  range_append(experiment, data, times->day, text);
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
  *sql = finish(&text, arena);
  return STATUS_OK;
}

// ---- Customers ---------------------------------------------------------------------------------

// The exact type that values of a type are summed in.
static const char *exact_type(Type type, Arena *arena) {
  unsigned scale = type.kind == TYPE_DECIMAL ? type.scale : type.kind == TYPE_DOUBLE ? 6 : 0;
  return arena_printf(arena, "decimal(18,%u)", scale > 9 ? 9 : scale);
}

static const char *exact_type_of(const Catalog *catalog, const char *table, const char *column,
                                 Arena *arena) {
  const CatalogTable *found = catalog->find_table(catalog, table);
  for (uint32_t i = 0; found && i < found->column_count; i++)
    if (strcmp(found->columns[i].name, column) == 0)
      return exact_type(found->columns[i].type, arena);
  return "decimal(18,6)";
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
  return finish(&text, arena);
}

// The column of tessera_customers that holds a metric's slot.
static const char *customer_column(const Experiment *experiment, uint32_t m, uint32_t slot,
                                   Arena *arena) {
  return experiment->metrics[m].cube ? slot_source(experiment, m, slot, arena)
                                     : arena_printf(arena, "tessera_m%u_%u", m, slot);
}

// Whether a percentile is taken of the column: then a customer without facts must count as zero.
// Sums and sums of products pass NULLs over, which is the same.
static bool column_is_capped(const Experiment *experiment, const char *column, Arena *arena) {
  for (uint32_t m = 0; m < experiment->metric_count; m++)
    for (uint32_t slot = SLOT_VALUE; slot <= SLOT_BEFORE; slot += SLOT_BEFORE)
      if ((metric_is_capped(&experiment->metrics[m]) || experiment->metrics[m].quantile) &&
          metric_has_slot(&experiment->metrics[m], slot) &&
          strcmp(customer_column(experiment, m, slot, arena), column) == 0)
        return true;
  return false;
}

static void customer_values_append(const Experiment *experiment, const Catalog *catalog,
                                   Buffer *text, Arena *arena) {
  const char *cubes[EXPERIMENT_METRICS_MAX];
  uint32_t cube_count = experiment_cubes(experiment, cubes);
  for (uint32_t m = 0; m < experiment->metric_count; m++)
    for (uint32_t slot = 0; slot < MOMENT_VALUES_MAX; slot++) {
      const ExperimentMetric *metric = &experiment->metrics[m];
      const char *own = arena_printf(arena, "tessera_m%u_%u", m, slot);
      if (!metric_has_slot(metric, slot) ||
          strcmp(customer_column(experiment, m, slot, arena), own) != 0)
        continue;
      uint32_t c = 0;
      while (metric->cube && c < cube_count && strcmp(cubes[c], metric->cube) != 0) c++;
      const char *table =
          metric->cube ? arena_printf(arena, "tessera_values_%u", c) : "tessera_members";
      const char *value = arena_printf(arena, "%s.%s", table, own);
      const char *type = exact_type_of(catalog, table, own, arena);
      if (!metric->cube) value = arena_printf(arena, "CAST(%s AS %s)", value, type);
      if (column_is_capped(experiment, own, arena))
        value = arena_printf(arena, "coalesce(%s, CAST(0 AS %s))", value, type);
      buffer_printf(text, ", %s AS %s", value, own);
    }
}

// A customer has one value of a segment: the least, where the SQL gives several.
static void segment_join_append(const ExperimentSegment *segment, uint32_t number, Buffer *text) {
  const char *least = segment->is_unique ? "" : "min", *russian = segment->has_russian ? "w" : "v";
  buffer_printf(text,
                " LEFT JOIN (SELECT k AS tessera_k%u, %s(CAST(v AS text)) AS tessera_s%u, "
                "%s(CAST(%s AS text)) AS tessera_t%u FROM (%s\n) AS tessera_q (k, v%s)%s) AS "
                "tessera_j%u ON tessera_k%u = tessera_member",
                number, least, number, least, russian, number, segment->sql,
                segment->has_russian ? ", w" : "", segment->is_unique ? "" : " GROUP BY k", number,
                number);
}

const char *customers_sql(const Experiment *experiment, const Catalog *catalog, int32_t window_days,
                          Arena *arena) {
  const char *cubes[EXPERIMENT_METRICS_MAX];
  uint32_t cube_count = experiment_cubes(experiment, cubes);
  Buffer text;
  buffer_init(&text);
  buffer_append_text(&text, "CREATE TABLE tessera_customers AS SELECT tessera_arm AS "
                            "tessera_arm_number, tessera_member");
  for (uint32_t s = 0; s < experiment->segment_count; s++) {
    if (experiment->segments[s].sql)
      buffer_printf(&text, ", tessera_s%u, tessera_t%u", s, s);
    else // the day of assignment
      buffer_printf(&text,
                    ", CAST(tessera_from AS text) AS tessera_s%u, CAST(tessera_from AS text) AS "
                    "tessera_t%u",
                    s, s);
  }
  customer_values_append(experiment, catalog, &text, arena);
  buffer_append_text(&text, " FROM tessera_members");
  for (uint32_t c = 0; c < cube_count; c++)
    buffer_printf(&text,
                  " LEFT JOIN tessera_values_%u ON tessera_values_%u.tessera_customer = "
                  "tessera_member",
                  c, c);
  for (uint32_t s = 0; s < experiment->segment_count; s++)
    if (experiment->segments[s].sql) segment_join_append(&experiment->segments[s], s, &text);
  buffer_printf(&text, " WHERE tessera_arms = 1 AND tessera_arm < %u AND ", experiment->arm_count);
  state_append(experiment, window_days, &text);
  buffer_append_text(&text, " = 0");
  return finish(&text, arena);
}

// ---- Sums --------------------------------------------------------------------------------------

const char *caps_sql(const Experiment *experiment, Arena *arena) {
  Buffer text;
  buffer_init(&text);
  buffer_append_text(&text, "SELECT count(*)");
  for (uint32_t m = 0; m < experiment->metric_count; m++) {
    const ExperimentMetric *metric = &experiment->metrics[m];
    if (!metric_is_capped(metric)) continue;
    for (uint32_t slot = SLOT_VALUE; slot <= SLOT_BEFORE; slot += SLOT_BEFORE)
      if (metric_has_slot(metric, slot))
        buffer_printf(&text, ", percentile_disc(0.999) WITHIN GROUP (ORDER BY %s)",
                      customer_column(experiment, m, slot, arena));
      else
        buffer_append_text(&text, ", NULL");
  }
  buffer_append_text(&text, " FROM tessera_customers");
  return finish(&text, arena);
}

static const char *value_sql(const Experiment *experiment, uint32_t m, uint32_t slot,
                             const char *cap, Arena *arena) {
  const char *column = customer_column(experiment, m, slot, arena);
  return cap ? arena_printf(arena, "least(%s, %s)", column, cap) : column;
}

// caps: NULL: the sums without a cap; else those with one. [2]: of values, of those before.
static void sums_append(const Experiment *experiment, uint32_t m, const char *const caps[2],
                        Buffer *text, Arena *arena) {
  const ExperimentMetric *metric = &experiment->metrics[m];
  for (uint32_t i = 0; i < MOMENT_VALUES_MAX; i++) {
    if (!metric_has_slot(metric, i)) continue;
    const char *value = value_sql(experiment, m, i, caps ? caps[i / 2] : NULL, arena);
    buffer_printf(text, ", sum(%s)", value);
    for (uint32_t j = 0; j <= i; j++)
      if (metric_has_slot(metric, j))
        buffer_printf(text, ", sum(%s * %s)", value,
                      value_sql(experiment, m, j, caps ? caps[j / 2] : NULL, arena));
  }
}

const char *arm_sums_sql(const Experiment *experiment, Arena *arena) {
  Buffer text;
  buffer_init(&text);
  buffer_append_text(&text, "SELECT tessera_arm_number, count(*)");
  for (uint32_t m = 0; m < experiment->metric_count; m++)
    sums_append(experiment, m, NULL, &text, arena);
  buffer_append_text(&text, " FROM tessera_customers GROUP BY tessera_arm_number");
  return finish(&text, arena);
}

const char *capped_sums_sql(const Experiment *experiment, uint32_t m, const char *const caps[2],
                            Arena *arena) {
  Buffer text;
  buffer_init(&text);
  buffer_append_text(&text, "SELECT tessera_arm_number, count(*)");
  sums_append(experiment, m, NULL, &text, arena);
  sums_append(experiment, m, caps, &text, arena);
  buffer_printf(&text, " FROM tessera_customers WHERE %s > %s",
                customer_column(experiment, m, SLOT_VALUE, arena), caps[0]);
  if (caps[1])
    buffer_printf(&text, " OR %s > %s", customer_column(experiment, m, SLOT_BEFORE, arena),
                  caps[1]);
  buffer_append_text(&text, " GROUP BY tessera_arm_number");
  return finish(&text, arena);
}

const char *ranks_sql(const Experiment *experiment, uint32_t m, uint32_t arm, int64_t count,
                      const int64_t ranks[3], Arena *arena) {
  const char *column = customer_column(experiment, m, SLOT_VALUE, arena);
  Buffer text;
  buffer_init(&text);
  buffer_append_text(&text, "SELECT ");
  for (int i = 0; i < 3; i++)
    buffer_printf(&text, "%spercentile_disc(%.17g) WITHIN GROUP (ORDER BY %s)", i ? ", " : "",
                  ((double)ranks[i] - 0.5) / (double)count, column);
  buffer_printf(&text, " FROM tessera_customers WHERE tessera_arm_number = %u", arm);
  return finish(&text, arena);
}

const char *segment_sums_sql(const Experiment *experiment, const char *const caps[][2],
                             Arena *arena) {
  Buffer text;
  buffer_init(&text);
  buffer_append_text(&text, "SELECT GROUPING(");
  for (uint32_t s = 0; s < experiment->segment_count; s++)
    buffer_printf(&text, "%stessera_s%u", s ? ", " : "", s);
  buffer_append_text(&text, "), tessera_arm_number, count(*)");
  for (uint32_t s = 0; s < experiment->segment_count; s++)
    buffer_printf(&text, ", tessera_s%u, tessera_t%u", s, s);
  sums_append(experiment, 0, NULL, &text, arena);
  if (caps[0][0]) sums_append(experiment, 0, caps[0], &text, arena);
  buffer_append_text(&text, " FROM tessera_customers GROUP BY GROUPING SETS (");
  for (uint32_t s = 0; s < experiment->segment_count; s++)
    buffer_printf(&text, "%s(tessera_arm_number, tessera_s%u, tessera_t%u)", s ? ", " : "", s, s);
  buffer_append_text(&text, ") ORDER BY 1 DESC");
  for (uint32_t s = 0; s < experiment->segment_count; s++)
    buffer_printf(&text, ", %u, %u", 4 + 2 * s, 5 + 2 * s);
  buffer_append_text(&text, ", 2");
  return finish(&text, arena);
}

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
  return finish(&text, arena);
}
