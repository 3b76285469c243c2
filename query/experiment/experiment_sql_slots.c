// See experiment_sql_slots.h.
#include "experiment_sql_slots.h"

bool metric_has_slot(const ExperimentMetric *metric, uint32_t slot) {
  if (slot == SLOT_VALUE || metric->quantile) return slot == SLOT_VALUE;
  if (slot == SLOT_UNDER) return metric->is_ratio;
  bool before = metric->cube || metric->before;
  if (slot == SLOT_BEFORE) return before;
  return metric->is_ratio && (metric->cube || (before && metric->denominator_before));
}

const char *slot_column(const ExperimentMetric *metric, uint32_t slot) {
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

const char *slot_measure(const ExperimentMetric *metric, uint32_t slot) {
  return slot % 2 ? metric->denominator : metric->numerator;
}

// The column of a cube's values that holds a metric's slot: that of the first metric which asks for
// the same measure of the same time.
const char *slot_source(const Experiment *experiment, uint32_t m, uint32_t slot, Arena *arena) {
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

// The column of tessera_customers that holds a metric's slot.
const char *customer_column(const Experiment *experiment, uint32_t m, uint32_t slot, Arena *arena) {
  return experiment->metrics[m].cube ? slot_source(experiment, m, slot, arena)
                                     : arena_printf(arena, "tessera_m%u_%u", m, slot);
}

// The exact type that values of a type are summed in.
const char *exact_type(Type type, Arena *arena) {
  unsigned scale = type.kind == TYPE_DECIMAL ? type.scale : type.kind == TYPE_DOUBLE ? 6 : 0;
  return arena_printf(arena, "decimal(18,%u)", scale > 9 ? 9 : scale);
}

const char *exact_type_of(const Catalog *catalog, const char *table, const char *column,
                          Arena *arena) {
  const CatalogTable *found = catalog->find_table(catalog, table);
  for (uint32_t i = 0; found && i < found->column_count; i++)
    if (strcmp(found->columns[i].name, column) == 0)
      return exact_type(found->columns[i].type, arena);
  return "decimal(18,6)";
}

bool segment_is_joined(const Experiment *experiment, uint32_t segment) {
  return experiment->segments[segment].sql && !experiment->metrics[0].quantile;
}

// A customer has one value of a segment: the least, where the SQL gives several.
void segment_join_append(const ExperimentSegment *segment, uint32_t number, Buffer *text) {
  const char *least = segment->is_unique ? "" : "min", *russian = segment->has_russian ? "w" : "v";
  buffer_printf(text,
                " LEFT JOIN (SELECT k AS tessera_k%u, %s(CAST(v AS text)) AS tessera_s%u, "
                "%s(CAST(%s AS text)) AS tessera_t%u FROM (%s\n) AS tessera_q (k, v%s)%s) AS "
                "tessera_j%u ON tessera_k%u = tessera_member",
                number, least, number, least, russian, number, segment->sql,
                segment->has_russian ? ", w" : "", segment->is_unique ? "" : " GROUP BY k", number,
                number);
}
