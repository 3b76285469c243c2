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
