// The statements by which an experiment is collected, as texts in the arena. Tables of the session:
//
//   tessera_members       a row a member: number of the arm (arm_count: of no arm of the test),
//                         number of arms, day of assignment, own columns
//   tessera_values_<n>    a row a member with facts in the n-th cube: its measures, now and before
//   tessera_customers     a row a customer that counts: arm's number, values, segments where
//                         they are not joined (experiment_sql_slots.h); NULL stands for zero
//                         where no percentile is taken
#pragma once
#include "experiment_query.h"

// The slots of a metric's values, as in moments.h, and whether the metric has one.
enum { SLOT_VALUE, SLOT_UNDER, SLOT_BEFORE, SLOT_UNDER_BEFORE };
bool metric_has_slot(const ExperimentMetric *metric, uint32_t slot);
bool metric_is_capped(const ExperimentMetric *metric); // means of money
// Cubes that the metrics name, each once; [EXPERIMENT_METRICS_MAX].
uint32_t experiment_cubes(const Experiment *experiment, const char **cubes);

const char *members_sql(const Experiment *experiment, Arena *arena);
// A row an arm, state and day range: arm's number, arms > 1, state, count, first and last day.
typedef enum MemberState { MEMBER_COUNTS, MEMBER_OUTSIDE, MEMBER_INCOMPLETE } MemberState;
const char *member_counts_sql(const Experiment *experiment, int32_t window_days, Arena *arena);
// The measures of the members with facts in a cube. window_days: those that have passed, equal for
// all.
Status values_sql(const Experiment *experiment, const ExperimentStore *store, const char *cube,
                  const ExperimentData *data, Arena *arena, const char **sql,
                  Error *error) WARN_UNUSED;
// tessera_values_<n> of that statement, whose columns are given: measures in the exact types that
// their products are summed in.
const char *values_table_sql(uint32_t cube_number, const char *values, const LogicalColumn *columns,
                             uint32_t column_count, Arena *arena);
// catalog: the session's, which has the tables above.
const char *customers_sql(const Experiment *experiment, const Catalog *catalog, int32_t window_days,
                          Arena *arena);
// One row: for every metric of money whose mean is asked, the 99.9th percentile of its values, then
// of those before the start. NULL: there is none.
const char *caps_sql(const Experiment *experiment, Arena *arena);
// A row an arm: its number, customers, then by metric, slot: the sum and the sums of products with
// the slots up to it.
const char *arm_sums_sql(const Experiment *experiment, Arena *arena);
// The same of one metric and of those customers alone who are above a cap, and again with the caps
// in place. caps: literals, of the values and of those before; the latter may be NULL.
const char *capped_sums_sql(const Experiment *experiment, uint32_t m, const char *const caps[2],
                            Arena *arena);
// One row: the order statistics of those ranks (from 1 on) among the customers of the cell: of an
// arm, or of an arm's part that a value of a segment makes up.
const char *ranks_sql(const Experiment *experiment, uint32_t m, const ExperimentCell *cell,
                      const int64_t ranks[3], Arena *arena);
// A row a segment's value and arm: GROUPING of all segments, arm, customers, [value, Russian] of
// each segment, then the same sums of the primary metric, and, where it has a cap, those with it.
// Arms of a value are next to each other. caps: [metric][2].
const char *segment_sums_sql(const Experiment *experiment, const char *const caps[][2],
                             Arena *arena);
// A row an arm and day from assignment, 0 the first: arm's number, day, sum and sum of squares of
// the primary metric's values of the customers who have any; it must be a mean of a cube's measure.
const char *day_sums_sql(const Experiment *experiment, const ExperimentStore *store,
                         const Catalog *catalog, const ExperimentData *data, Arena *arena);
