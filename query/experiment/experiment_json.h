// How an experiment's answers are written: numbers in the unit that they are shown in, words in
// both languages, what is unknown as null. For the writers of this folder.
#pragma once
#include "experiment.h"
#include <math.h>

static inline void number(JsonWriter *json, const char *key, double value) {
  json_write_key(json, key);
  Value number = {.type = TYPE_OF_DOUBLE, .is_null = !isfinite(value), .d = value};
  json_write_value(json, &number);
}

static inline void words(JsonWriter *json, const char *key, const char *en, const char *ru) {
  json_write_key(json, key);
  json_write_object_open(json);
  json_write_key_text(json, "en", en);
  json_write_key_text(json, "ru", ru);
  json_write_object_close(json);
}

static inline void day(JsonWriter *json, const char *key, bool known, int32_t date) {
  json_write_key(json, key);
  if (known)
    json_write_date(json, date);
  else
    json_write_null(json);
}

static inline void array(JsonWriter *json, const char *key) {
  json_write_key(json, key);
  json_write_array_open(json);
}

static inline void object(JsonWriter *json, const char *key) {
  json_write_key(json, key);
  json_write_object_open(json);
}

static inline void null(JsonWriter *json, const char *key) {
  json_write_key(json, key);
  json_write_null(json);
}

// How a metric's values are shown.
static inline double shown_times(const ExperimentMetric *metric) {
  return metric->kind == METRIC_SHARE ? 100 : 1;
}

static inline const char *value_unit(const ExperimentMetric *metric) {
  return metric->kind == METRIC_SHARE ? "%" : metric->unit;
}

static inline const char *difference_unit(const ExperimentMetric *metric) {
  return metric->kind == METRIC_SHARE ? "pp" : metric->unit;
}

static inline const char *kind_name(MetricKind kind) {
  static const char *const names[] = {"money", "count", "number", "share"};
  return names[kind];
}

static inline void interval(JsonWriter *json, const char *key, const Difference *difference,
                            double times, const char *kind, const char *unit) {
  object(json, key);
  number(json, "value", difference->known ? times * difference->estimate : NAN);
  number(json, "low", difference->tested ? times * difference->low : NAN);
  number(json, "high", difference->tested ? times * difference->high : NAN);
  json_write_key_text(json, "kind", kind);
  json_write_key_text(json, "unit", unit);
  json_write_object_close(json);
}

// The member "metric" of an answer about one.
static inline void metric_head(JsonWriter *json, const ExperimentMetric *metric) {
  object(json, "metric");
  json_write_key_text(json, "id", metric->id);
  words(json, "title", metric->title.en, metric->title.ru);
  json_write_key_text(json, "kind", kind_name(metric->kind));
  json_write_key_text(json, "unit", value_unit(metric));
  json_write_key_text(json, "good", metric->good < 0 ? "down" : "up");
  json_write_object_close(json);
}

typedef struct AnalysisName {
  const char *id;
  ModelText title;
} AnalysisName;
extern const AnalysisName analysis_names[ANALYSIS_COUNT];

// The members "experiment" and "split" of an answer.
void experiment_definition_write(const Experiment *experiment, JsonWriter *json);
void experiment_split_write(const Experiment *experiment, const ExperimentData *data,
                            const ExperimentResult *result, JsonWriter *json);
