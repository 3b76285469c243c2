// An experiment: what is asked, what the store holds of it, what follows.
//
//   JSON ─ experiment_read ─► Experiment ─ experiment_collect ─► ExperimentData (moments by arm)
//                                                                     │ experiment_judge
//                          JSON ◄─ experiment_write ◄─ ExperimentResult ◄┘
//
// Collecting is SQL in a session over the store's moment: a table of members (arm, day), one of
// their values by cube, one query of sums. Judging is arithmetic on moments, and knows no SQL.
// What each number means: docs/EXPERIMENTS.md. All memory is the caller's arena.
#pragma once
#include "cuped.h"
#include "difference.h"
#include "job.h"
#include "json_writer.h"
#include "model.h"
#include "result_sink.h"
#include "sequential.h"
#include "session.h"
#include "split_audit.h"

enum {
  EXPERIMENT_ARMS_MAX = 8,
  EXPERIMENT_METRICS_MAX = 12,
  EXPERIMENT_SEGMENTS_MAX = 8,
  EXPERIMENT_CELLS_MAX = 20000,       // arms by values of segments
  EXPERIMENT_QUANTILE_CELLS_MAX = 400 // the same, of which a quantile is asked
};
#define EXPERIMENT_LEVEL 0.95        // of intervals
#define EXPERIMENT_POWER 0.8         // with which an effect counts as reliably detected
#define EXPERIMENT_SPLIT_P 0.001     // below it the split is spoiled
#define EXPERIMENT_WARN_SHARE 0.01   // of customers in two arms and the like: a warning,
#define EXPERIMENT_INVALID_SHARE 0.1 // and invalid

// ---- The definition ----------------------------------------------------------------------------

typedef enum MetricKind { METRIC_MONEY, METRIC_COUNT, METRIC_NUMBER, METRIC_SHARE } MetricKind;

typedef struct MetricWords {     // within a sentence
  const char *en, *ru;           // "sales per customer", "продажи на клиента"
  const char *ru_rose, *ru_fell; // "выросли", "снизились"
} MetricWords;

typedef struct ExperimentMetric {
  const char *id, *path; // path: of the request, for errors: "metrics[2]"
  ModelText title;
  MetricWords words;
  MetricKind kind;
  const char *unit; // MONEY: "RUB", or NULL
  int8_t good;      // 1: more is better, -1: less
  bool is_guardrail;
  double permitted;    // guardrail: what may be lost, as a share of the control's value
  bool is_ratio;       // else a mean over all customers
  double quantile;     // or a quantile of them, above 0 and below 1; 0: the mean
  const char *measure; // its full name, of a cube's measure
  // Of a cube's measures,
  const char *cube, *numerator, *denominator;
  const char
      *presence; // a count of rows that is above zero where the numerator counts the customer
  // or of columns of the members' own rows, with those before the start or NULL.
  const char *column, *denominator_column, *before, *denominator_before;
} ExperimentMetric;

typedef struct ExperimentArm {
  const char *id;
  ModelText name;
  double share; // planned; shares need not sum to one
} ExperimentArm;

typedef struct ExperimentSegment {
  const char *id, *path;
  ModelText title;
  const char *sql;  // gives customer, value[, its name in Russian]; NULL: the day of assignment
  bool has_russian; // sql gives a third column
  bool is_unique;   // sql gives a customer once at most
  bool split_only;  // shown in the audit of the split alone
} ExperimentSegment;

typedef struct Experiment {
  const char *id;
  ModelText name;
  const char *campaign;          // the key of the campaign that it tests, as text; NULL: of none
  const char *members_sql;       // gives customer, arm[, assigned_on][, columns of metrics]
  const char *members_path;      // of the request, for errors
  bool members_have_day;         // assigned_on
  const char *segment, *seed;    // of members by a seeded split; else NULL
  int32_t members_day;           // of these: as of which the segment is
  const char *list;              // of members by an uploaded list: its id; else NULL
  const char *other_members_sql; // customer, id, name_en, name of tests at the same time, or NULL
  const char *contacted_sql;     // customers whom the action reached, or NULL
  ExperimentArm arms[EXPERIMENT_ARMS_MAX];
  uint32_t arm_count, control;
  bool has_dates;
  int32_t start, end, as_of; // as_of: the last day that is looked at
  int32_t window_days, before_days, return_days;
  bool returns_restated; // a return counts on the day of the sale that it undoes
  double minimal_effect; // relative: what pays back
  ExperimentMetric metrics[EXPERIMENT_METRICS_MAX]; // the first is the primary
  uint32_t metric_count;
  ExperimentSegment segments[EXPERIMENT_SEGMENTS_MAX];
  uint32_t segment_count;
  bool split_acknowledged, by_day;
  bool tell_others;           // ExperimentData.others
  int64_t roll_out_customers; // 0: all that were assigned
} Experiment;

// Where an experiment is evaluated: one moment of a store.
typedef struct ExperimentStore {
  const Root *root;
  const Model *model; // may be NULL
  const Catalog *catalog;
  MemoryBudget *budget;
  ThreadPool *pool;
  bool has_days;
  int32_t first_day, last_day;        // of the data
  struct ExperimentListSource *lists; // uploaded ones; NULL: none are known
} ExperimentStore;

// Whether members_sql gives each customer once, with tessera_number, the number of the arm.
static inline bool experiment_members_numbered(const Experiment *experiment) {
  return experiment->seed || experiment->list;
}

// Reads a definition (docs/EXPERIMENTS.md has its keys) and looks up its metrics. document: a
// json_t object. Faults are STATUS_INVALID or STATUS_NOT_FOUND, with a path.
struct json_t;
Status experiment_read(const struct json_t *document, const ExperimentStore *store, Arena *arena,
                       Experiment *experiment, Error *error) WARN_UNUSED;
// Counts the other one's members among those of tests at the same time.
void experiment_add_other(Experiment *experiment, const Experiment *other, Arena *arena);
// A metric by its name: one of the usual ("sales_per_customer") or a cube's measure
// ("receipts.average_check"). Fills all but `path` and guardrails.
Status experiment_metric_find(const char *name, const ExperimentStore *store, Arena *arena,
                              ExperimentMetric *metric, Error *error) WARN_UNUSED;
// The title of the metric's own measure, which knows no customer.
ModelText experiment_measure_title(const ExperimentStore *store, const ExperimentMetric *metric);
// The segments that every store with members has: "status", "acquisition_channel", or
// "customers.COLUMN". false: there is none of that name in this store.
bool experiment_segment_find(const char *name, const Experiment *experiment,
                             const ExperimentStore *store, Arena *arena,
                             ExperimentSegment *segment);

// Writes what a definition may name without more ado, into the open object: the usual metrics and
// segments that this store has, as "metrics" and "segments".
void experiment_choices_write(const ExperimentStore *store, Arena *arena, JsonWriter *json);

// ---- The data ----------------------------------------------------------------------------------

// An arm, or its part that a value of a segment makes up.
typedef struct ExperimentCell {
  int32_t segment;   // -1: the whole arm
  const char *value; // of the segment; NULL: unknown
  const char *value_ru;
  uint32_t arm;
  int64_t count;
  Moments (*moments)[2]; // [metric][capped]; of a segment's values the primary metric alone
  ArmValue *quantiles;   // [metric], as the moments; of metrics that are one, else not known
} ExperimentCell;

// Another test at the same time, and how many of its customers are in this one too.
typedef struct ExperimentOther {
  const char *id;
  ModelText name;
  int64_t customers;
} ExperimentOther;

typedef struct ExperimentData {
  int64_t assigned[EXPERIMENT_ARMS_MAX];               // in this arm alone
  int64_t assigned_total;                              // all members, whatever their arms
  int64_t in_two_arms, in_no_arm, outside, incomplete; // members left out
  int64_t unknown; // of an uploaded list: customers whom the data do not have; else -1
  int64_t in_other_tests, control_contacted; // counted, -1: not known
  ExperimentOther *others; // where the experiment asks: those with customers of this, most first
  uint32_t other_count;
  int32_t first_day, last_day;                 // of assignment
  bool is_final;                               // the end and the days for returns have passed
  int32_t day, days, verdict_day, window_days; // window_days: those that have passed
  bool has_cap[EXPERIMENT_METRICS_MAX];
  double cap[EXPERIMENT_METRICS_MAX];
  ExperimentCell *cells;
  uint32_t cell_count;
  Moments (*by_day)[EXPERIMENT_ARMS_MAX]; // of the primary metric, by day from assignment, or NULL
  uint32_t day_count;
  uint64_t rows_read, bytes_read;
} ExperimentData;

Status experiment_collect(const Experiment *experiment, const ExperimentStore *store, Job *job,
                          Arena *arena, ExperimentData *data, Error *error) WARN_UNUSED;

// ---- The result --------------------------------------------------------------------------------

typedef enum AnalysisKind {
  ANALYSIS_RAW,
  ANALYSIS_CUPED,
  ANALYSIS_CAPPED,
  ANALYSIS_CAPPED_CUPED,
  ANALYSIS_COUNT
} AnalysisKind;

typedef struct Analysis {
  bool known;
  double theta, variance_share; // CUPED
  ArmValue treated, control;
  Difference difference, relative; // while the test runs: always-valid intervals
} Analysis;

typedef struct MetricResult {
  Analysis analyses[ANALYSIS_COUNT];
  AnalysisKind shown; // which one is judged
  double p_adjusted;  // NAN: not tested
  bool exploratory;   // not the primary
  GuardrailState guardrail;
  bool has_balance, balance_sound;               // before the start
  double balance, balance_p, balance_p_adjusted; // Holm, over all metrics and arms
  double detectable;                             // relative, with EXPERIMENT_POWER; NAN: unknown
  double power;                                  // of finding the minimal effect
  int64_t needed;                                // customers an arm for it; 0: unknown
} MetricResult;

typedef struct SegmentResult { // the primary metric
  uint32_t segment;
  const char *value, *value_ru;
  int64_t treated_count, control_count;
  Analysis analysis, raw; // as the metric is judged; without capping and CUPED
  double p_adjusted;
  bool few; // under 30 customers in an arm
} SegmentResult;

typedef struct DayResult { // the primary metric on one day from assignment
  Analysis analysis;
  double p_adjusted;
} DayResult;

typedef enum VerdictCode {
  VERDICT_ROLL_OUT,
  VERDICT_BELOW_MINIMUM,
  VERDICT_NOT_DECIDED,
  VERDICT_SPLIT_SPOILED,
  VERDICT_GUARDRAIL_BROKEN,
  VERDICT_TOO_EARLY,
  VERDICT_NOT_ROBUST,
  VERDICT_INVALID, // contaminated, or too many in two arms
  VERDICT_GUARDRAIL_UNCLEAR,
  VERDICT_NO_DATA
} VerdictCode;

typedef struct Verdict {
  VerdictCode code;
  bool has_balance, balanced; // whether all metrics were alike before the start, where one is known
  const char *en, *ru;
} Verdict;

typedef struct ArmResult { // a test arm against the control
  uint32_t arm;
  MetricResult metrics[EXPERIMENT_METRICS_MAX];
  SegmentResult *segments;
  uint32_t segment_count;
  DayResult *days;  // [data's day_count]
  bool has_monthly; // money a month at full roll-out
  uint32_t monthly_metric;
  double monthly, monthly_low, monthly_high;
  int64_t roll_out_customers;
  Verdict verdict;
} ArmResult;

typedef struct SplitPart { // where the split is off
  uint32_t segment;
  const char *value, *value_ru;
  int64_t counts[EXPERIMENT_ARMS_MAX];
  double p_value; // Benjamini-Hochberg
} SplitPart;

typedef struct ExperimentResult {
  SampleRatio split;
  bool split_spoiled, effects_hidden;
  SplitPart *split_parts;
  uint32_t split_part_count;
  ArmResult arms[EXPERIMENT_ARMS_MAX];
  uint32_t arm_count; // test arms
  uint32_t best;      // of arms: whose verdict is the experiment's
} ExperimentResult;

void experiment_judge(const Experiment *experiment, const ExperimentData *data, Arena *arena,
                      ExperimentResult *result);
// Writes the members of the answer into the object that is open.
void experiment_write(const Experiment *experiment, const ExperimentData *data,
                      const ExperimentResult *result, JsonWriter *json);

// ---- Experiments of the store's own tables -----------------------------------------------------

// Whether the store has the tables, with their columns.
bool experiment_tables_exist(const ExperimentStore *store);
// The definitions of all experiments that the tables `experiments` and `assignments` describe, as a
// JSON array that the caller releases; empty where the store has no such tables. `id` (NULL: all)
// picks one.
Status experiment_stored(const ExperimentStore *store, const char *id, Job *job, Arena *arena,
                         struct json_t **definitions, Error *error) WARN_UNUSED;
