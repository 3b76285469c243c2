// Which columns hold a metric's values, for the texts of experiment_sql.h: tessera_m<metric>_<slot>
// of the members, of a cube's values, of the customers. Metrics that ask for the same measure of
// the same time share the column of the first. All texts are in the arena.
#pragma once
#include "buffer.h"
#include "experiment_sql.h"

// The members' own column of a slot; NULL: it has none.
const char *slot_column(const ExperimentMetric *metric, uint32_t slot);
// The measure of a cube that a slot holds.
const char *slot_measure(const ExperimentMetric *metric, uint32_t slot);
// The column of a cube's values that holds a metric's slot.
const char *slot_source(const Experiment *experiment, uint32_t m, uint32_t slot, Arena *arena);
// The column of tessera_customers that holds it.
const char *customer_column(const Experiment *experiment, uint32_t m, uint32_t slot, Arena *arena);
// The exact type that values of a type, or of a column of a table, are summed in.
const char *exact_type(Type type, Arena *arena);
const char *exact_type_of(const Catalog *catalog, const char *table, const char *column,
                          Arena *arena);

// Whether a segment's values are joined where sums by segment are asked, and are no columns of
// tessera_customers: texts of every customer cost more to keep than to join once. Order statistics
// ask for each value by itself, and so are asked of columns.
bool segment_is_joined(const Experiment *experiment, uint32_t segment);
// LEFT JOIN of tessera_s<number> and tessera_t<number> by tessera_member.
void segment_join_append(const ExperimentSegment *segment, uint32_t number, Buffer *text);
