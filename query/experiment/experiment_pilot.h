// A pilot as it is asked and answered: which values of a level (shops, regions) had it, from when
// on, judged by a cube's measure against the other values or against matched ones (pilot.h).
#pragma once
#include "experiment.h"
#include "pilot.h"

#define PILOT_UNITS_MAX 200000
#define PILOT_COURSE_MAX 1000000           // units times stretches that a course may be read from
#define PILOT_PAIRS_MAX INT64_C(200000000) // distances that matching may take
#define PILOT_TREND_P 0.05 // below it the units moved apart before the start already

typedef enum PilotDesign { PILOT_DIFFERENCE, PILOT_MATCHED } PilotDesign;

typedef struct Pilot {
  const char *id;
  ModelText name;
  PilotDesign design;
  const char *level; // "store.store"
  bool has_labels;   // the level's values have labels beside their keys
  const char **pilot, **others;
  uint32_t pilot_count, other_count; // others: 0: all other values
  int32_t start, end, before_days;
  ExperimentMetric metric;
  const char *covariates[PILOT_COVARIATES_MAX]; // measures of the metric's cube; names
  ModelText covariate_titles[PILOT_COVARIATES_MAX];
  uint32_t covariate_count;
} Pilot;

// A stretch of days, and what a day of it was in the units that are compared: the mean over them.
// Of a ratio: over those that have one. NAN: none has.
typedef struct PilotPoint {
  int32_t from, to;
  double pilot, others;
} PilotPoint;

typedef enum PilotCode {
  PILOT_GAINED,
  PILOT_LOST,
  PILOT_NOT_DECIDED,
  PILOT_TRENDS_DIFFER,
  PILOT_TOO_EARLY,
  PILOT_NO_DATA
} PilotCode;

typedef struct PilotResult {
  PilotUnit *units; // that have figures before and after the start
  uint32_t unit_count, pilots_left_out, others_left_out;
  const char **not_found; // values of the pilot that the data do not have
  uint32_t not_found_count;
  PilotEstimate estimate;
  PilotPoint *course; // by time, from before the start on; NULL: too much to read
  uint32_t course_count;
  int32_t course_days; // of a stretch; the first and the last may be shorter
  PilotCode code;
  const char *en, *ru;
  uint64_t rows_read, bytes_read;
} PilotResult;

// Whether a definition is a pilot's and not a test's: it names units that had the pilot.
struct json_t;
bool experiment_is_pilot(const struct json_t *document);
// Faults are STATUS_INVALID, STATUS_NOT_FOUND or STATUS_UNSUPPORTED, with a path.
Status experiment_pilot_read(const struct json_t *document, const ExperimentStore *store,
                             Arena *arena, Pilot *pilot, Error *error) WARN_UNUSED;
// STATUS_LIMIT: too many units, or too many to match.
Status experiment_pilot_judge(const Pilot *pilot, const ExperimentStore *store, Job *job,
                              Arena *arena, PilotResult *result, Error *error) WARN_UNUSED;
// Fills the course of the units that the estimate compares, in stretches of a week, or of a day
// where either side of the start has less than two weeks.
typedef struct ExperimentSession ExperimentSession; // experiment_query.h
Status pilot_course_read(const Pilot *pilot, ExperimentSession *session, PilotResult *result,
                         Error *error) WARN_UNUSED;
// A value of the metric from its cube: a sum is by the day; a ratio is what it is, and unknown
// (NAN) where there was nothing.
double pilot_value(const Pilot *pilot, const Value *value, int32_t days);
// Writes the members of the answer into the object that is open.
void experiment_pilot_write(const Pilot *pilot, const PilotResult *result, JsonWriter *json);
