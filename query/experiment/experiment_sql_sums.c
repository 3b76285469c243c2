// Caps, sums and order statistics of the customers' values. See experiment_sql.h.
#include "experiment_sql_slots.h"

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
  return sql_take(&text, arena);
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
  return sql_take(&text, arena);
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
  return sql_take(&text, arena);
}

static void value_condition(const char *column, int32_t segment, const char *value, Buffer *text,
                            Arena *arena) {
  if (value)
    buffer_printf(text, " AND %s%d = %s", column, segment, sql_text(value, arena));
  else
    buffer_printf(text, " AND %s%d IS NULL", column, segment);
}

const char *ranks_sql(const Experiment *experiment, uint32_t m, const ExperimentCell *cell,
                      const int64_t ranks[3], Arena *arena) {
  const char *column = customer_column(experiment, m, SLOT_VALUE, arena);
  Buffer text;
  buffer_init(&text);
  buffer_append_text(&text, "SELECT ");
  for (int i = 0; i < 3; i++)
    buffer_printf(&text, "%spercentile_disc(%.17g) WITHIN GROUP (ORDER BY %s)", i ? ", " : "",
                  ((double)ranks[i] - 0.5) / (double)cell->count, column);
  buffer_printf(&text, " FROM tessera_customers WHERE tessera_arm_number = %u", cell->arm);
  if (cell->segment >= 0) {
    value_condition("tessera_s", cell->segment, cell->value, &text, arena);
    value_condition("tessera_t", cell->segment, cell->value_ru, &text, arena);
  }
  return sql_take(&text, arena);
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
  buffer_append_text(&text, " FROM tessera_customers");
  for (uint32_t s = 0; s < experiment->segment_count; s++)
    if (segment_is_joined(experiment, s)) segment_join_append(&experiment->segments[s], s, &text);
  buffer_append_text(&text, " GROUP BY GROUPING SETS (");
  for (uint32_t s = 0; s < experiment->segment_count; s++)
    buffer_printf(&text, "%s(tessera_arm_number, tessera_s%u, tessera_t%u)", s ? ", " : "", s, s);
  buffer_append_text(&text, ") ORDER BY 1 DESC");
  for (uint32_t s = 0; s < experiment->segment_count; s++)
    buffer_printf(&text, ", %u, %u", 4 + 2 * s, 5 + 2 * s);
  buffer_append_text(&text, ", 2");
  return sql_take(&text, arena);
}
