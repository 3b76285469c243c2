// Who counts in an experiment: its members, and the customers with all their values. See
// experiment_sql.h.
#include "experiment_sql_slots.h"

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
  const char *arm = experiment_members_numbered(experiment) ? "tessera_number"
                                                            : arm_number_sql(experiment, arena);
  Buffer text;
  buffer_init(&text);
  if (experiment_members_numbered(experiment)) { // a key of the members' table comes once
    buffer_printf(&text,
                  "CREATE TABLE tessera_members AS SELECT customer AS tessera_member, %s AS "
                  "tessera_arm, 1 AS tessera_arms, ",
                  arm);
    buffer_printf(&text, "%s AS tessera_from FROM (%s\n) AS tessera_source",
                  sql_day(experiment->start, arena), experiment->members_sql);
    return sql_take(&text, arena);
  }
  buffer_printf(&text,
                "CREATE TABLE tessera_members AS SELECT customer AS tessera_member, min(%s) AS "
                "tessera_arm, CASE WHEN min(%s) <> max(%s) THEN 2 ELSE 1 END AS tessera_arms, ",
                arm, arm, arm);
  if (experiment->members_have_day)
    buffer_append_text(&text, "min(CAST(assigned_on AS date))");
  else
    buffer_printf(&text, "min(%s)", sql_day(experiment->start, arena));
  buffer_append_text(&text, " AS tessera_from");
  own_columns_append(experiment, &text, arena);
  buffer_printf(&text,
                " FROM (%s\n) AS tessera_source WHERE customer IS NOT NULL GROUP BY customer",
                experiment->members_sql);
  return sql_take(&text, arena);
}

// The number of a MemberState for a member.
static void state_append(const Experiment *experiment, int32_t window_days, Buffer *text,
                         Arena *arena) {
  if (!experiment->has_dates) {
    buffer_append_text(text, "0");
    return;
  }
  buffer_printf(
      text,
      "CASE WHEN tessera_from < %s OR tessera_from > %s THEN %d WHEN tessera_from + %d > %s "
      "THEN %d ELSE %d END",
      sql_day(experiment->start, arena), sql_day(experiment->end, arena), MEMBER_OUTSIDE,
      window_days - 1, sql_day(experiment->as_of, arena), MEMBER_INCOMPLETE, MEMBER_COUNTS);
}

const char *member_counts_sql(const Experiment *experiment, int32_t window_days, Arena *arena) {
  Buffer text;
  buffer_init(&text);
  buffer_append_text(&text, "SELECT tessera_arm, tessera_arms > 1, ");
  state_append(experiment, window_days, &text, arena);
  buffer_append_text(&text, " AS state, count(*), min(tessera_from), max(tessera_from) FROM "
                            "tessera_members GROUP BY 1, 2, 3");
  return sql_take(&text, arena);
}

// ---- Customers ---------------------------------------------------------------------------------

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

const char *customers_sql(const Experiment *experiment, const Catalog *catalog, int32_t window_days,
                          Arena *arena) {
  const char *cubes[EXPERIMENT_METRICS_MAX];
  uint32_t cube_count = experiment_cubes(experiment, cubes);
  Buffer text;
  buffer_init(&text);
  buffer_append_text(&text, "CREATE TABLE tessera_customers AS SELECT tessera_arm AS "
                            "tessera_arm_number, tessera_member");
  for (uint32_t s = 0; s < experiment->segment_count; s++) {
    if (segment_is_joined(experiment, s)) continue;
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
    if (experiment->segments[s].sql && !segment_is_joined(experiment, s))
      segment_join_append(&experiment->segments[s], s, &text);
  buffer_printf(&text, " WHERE tessera_arms = 1 AND tessera_arm < %u AND ", experiment->arm_count);
  state_append(experiment, window_days, &text, arena);
  buffer_append_text(&text, " = 0");
  return sql_take(&text, arena);
}
