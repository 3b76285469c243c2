// A test before it starts: what it will be able to see, and whether its split is sound.
//
// Its figures come from rehearsals: the same test as if it had begun so many days earlier that it
// were over on the day before its start (or on the data's last day), with the members of then.
// Nothing was done to anybody, so all arms together tell how the metric varies, and how much of
// that the time before explains. A rehearsal for each duration, for a longer test has other sums a
// customer.
//
//   definition ─► a rehearsal a duration ─► mean, deviation ─► detectable effect, size, power
//              └► its split as of today  ─► sizes, balance, customers in other tests
#pragma once
#include "experiment.h"

enum {
  PLAN_DURATIONS_MAX = 8,
  PLAN_EFFECTS = 41, // of a power curve
  PLAN_SIZES_MAX = 8,
};

typedef struct PlanOptions {
  int32_t durations[PLAN_DURATIONS_MAX]; // days, ascending; the definition's own is among them
  uint32_t duration_count;
  double power; // with which an effect is to be found
} PlanOptions;

typedef struct PlanAnalysis {
  bool known;
  double mean, deviation; // a customer
  double variance_left;   // CUPED: of the variance without it
} PlanAnalysis;

typedef struct PlanDuration {
  int32_t days, from, to; // of the rehearsal
  bool has_history;       // false: the data begin later, and nothing below is known
  bool known;             // false: nothing varies, too
  int64_t members;        // of then
  PlanAnalysis analyses[ANALYSIS_COUNT];
  AnalysisKind shown;         // the one that will be judged
  double detectable, power;   // of the minimal effect; relative
  int64_t needed, needed_raw; // customers in all arms for the minimal effect; INT64_MAX: no number
  double curve[PLAN_EFFECTS];
} PlanDuration;

typedef struct PlanSize {
  int64_t customers; // in all arms
  double detectable, power;
} PlanSize;

typedef enum PlanCode {
  PLAN_ENOUGH,
  PLAN_TOO_SMALL,
  PLAN_NO_HISTORY,
  PLAN_NOTHING_VARIES,
  PLAN_SPLIT_SPOILED
} PlanCode;

typedef struct ExperimentPlan {
  double alpha, power; // alpha: of one comparison, 0.05 over the test arms
  int64_t customers;   // in the arms today
  PlanDuration durations[PLAN_DURATIONS_MAX];
  uint32_t duration_count, planned; // planned: which is the definition's own
  double effects[PLAN_EFFECTS];     // relative, of the curves; from zero on
  PlanSize sizes[PLAN_SIZES_MAX];   // at the planned duration
  uint32_t size_count;
  ExperimentData data; // of today's members: the split, the time before
  ExperimentResult result;
  PlanCode code;
  const char *en, *ru;
  uint64_t rows_read, bytes_read;
} ExperimentPlan;

// Takes "durations" (1 to 8 numbers of days, 1 to 366) and "power" (0.5 to 0.99; default 0.8) out
// of the document; what is left is a definition. experiment: that definition, read.
Status plan_options_take(struct json_t *document, PlanOptions *options, Error *error) WARN_UNUSED;
void plan_options_complete(const Experiment *experiment, PlanOptions *options);
// STATUS_UNSUPPORTED where the definition has no time, the data no days, or the primary metric is a
// column of the members: nothing has a history then. All memory is the arena's.
Status experiment_plan(const struct json_t *document, const Experiment *experiment,
                       const PlanOptions *options, const ExperimentStore *store, Job *job,
                       Arena *arena, ExperimentPlan *plan, Error *error) WARN_UNUSED;
// Writes the members of the answer into the object that is open.
void experiment_plan_write(const Experiment *experiment, const ExperimentPlan *plan,
                           JsonWriter *json);
