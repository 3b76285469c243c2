// A plan as JSON: shares, effects and powers in percent, as an evaluation has them.
#include "experiment_json.h"
#include "experiment_plan.h"

static void customers(JsonWriter *json, const char *key, int64_t count) {
  if (count == INT64_MAX)
    null(json, key);
  else
    json_write_key_int(json, key, count);
}

static void verdict_write(const ExperimentPlan *plan, JsonWriter *json) {
  static const char *const codes[] = {"enough", "too_small", "no_history", "nothing_varies",
                                      "split_spoiled"};
  object(json, "verdict");
  json_write_key_text(json, "code", codes[plan->code]);
  words(json, "words", plan->en, plan->ru);
  json_write_object_close(json);
}

// ---- Durations ---------------------------------------------------------------------------------

static void analyses_write(const ExperimentMetric *metric, const PlanDuration *duration,
                           JsonWriter *json) {
  double times = shown_times(metric);
  array(json, "analyses");
  for (int kind = 0; kind < ANALYSIS_COUNT; kind++) {
    const PlanAnalysis *analysis = &duration->analyses[kind];
    if (!analysis->known) continue;
    json_write_object_open(json);
    json_write_key_text(json, "id", analysis_names[kind].id);
    words(json, "title", analysis_names[kind].title.en, analysis_names[kind].title.ru);
    json_write_key_bool(json, "shown", kind == (int)duration->shown);
    number(json, "mean", times * analysis->mean);
    number(json, "deviation", times * analysis->deviation);
    number(json, "variance_left", kind & 1 ? 100 * analysis->variance_left : NAN);
    json_write_object_close(json);
  }
  json_write_array_close(json);
}

static void duration_write(const Experiment *experiment, const ExperimentPlan *plan,
                           const PlanDuration *duration, JsonWriter *json) {
  bool known = duration->known;
  json_write_object_open(json);
  json_write_key_int(json, "days", duration->days);
  json_write_key_bool(json, "planned", duration == &plan->durations[plan->planned]);
  day(json, "from", true, duration->from);
  day(json, "to", true, duration->to);
  json_write_key_bool(json, "has_history", duration->has_history);
  json_write_key_int(json, "members", duration->members);
  analyses_write(&experiment->metrics[0], duration, json);
  number(json, "detectable", known ? 100 * duration->detectable : NAN);
  number(json, "power", known ? 100 * duration->power : NAN);
  customers(json, "customers_needed", known ? duration->needed : INT64_MAX);
  customers(json, "customers_needed_raw", known ? duration->needed_raw : INT64_MAX);
  json_write_object_close(json);
}

static void sizes_write(const ExperimentPlan *plan, JsonWriter *json) {
  array(json, "sizes");
  for (uint32_t i = 0; i < plan->size_count; i++) {
    json_write_object_open(json);
    json_write_key_int(json, "customers", plan->sizes[i].customers);
    number(json, "detectable", 100 * plan->sizes[i].detectable);
    number(json, "power", 100 * plan->sizes[i].power);
    json_write_object_close(json);
  }
  json_write_array_close(json);
}

static void percents(JsonWriter *json, const char *key, const double *shares) {
  array(json, key);
  for (uint32_t i = 0; i < PLAN_EFFECTS; i++)
    json_write_value(json, &(Value){.type = TYPE_OF_DOUBLE, .d = 100 * shares[i]});
  json_write_array_close(json);
}

static void curve_write(const ExperimentPlan *plan, JsonWriter *json) {
  object(json, "curve");
  percents(json, "effects", plan->effects);
  array(json, "lines");
  for (uint32_t d = 0; d < plan->duration_count; d++) {
    if (!plan->durations[d].known) continue;
    json_write_object_open(json);
    json_write_key_int(json, "days", plan->durations[d].days);
    percents(json, "power", plan->durations[d].curve);
    json_write_object_close(json);
  }
  json_write_array_close(json);
  json_write_object_close(json);
}

// ---- The split ---------------------------------------------------------------------------------

static void balance_write(const Experiment *experiment, const ExperimentPlan *plan,
                          JsonWriter *json) {
  array(json, "balance");
  for (uint32_t a = 0; a < plan->result.arm_count; a++)
    for (uint32_t m = 0; m < experiment->metric_count; m++) {
      const ArmResult *arm = &plan->result.arms[a];
      const MetricResult *metric = &arm->metrics[m];
      if (!metric->has_balance) continue;
      json_write_object_open(json);
      json_write_key_text(json, "arm", experiment->arms[arm->arm].id);
      json_write_key_text(json, "metric", experiment->metrics[m].id);
      words(json, "title", experiment->metrics[m].title.en, experiment->metrics[m].title.ru);
      number(json, "standardised_difference", metric->balance);
      number(json, "p_value", metric->balance_p);
      number(json, "p_adjusted", metric->balance_p_adjusted);
      json_write_key_bool(json, "sound", metric->balance_sound);
      json_write_object_close(json);
    }
  json_write_array_close(json);
}

static const char *overlap_state(double share) {
  return share > EXPERIMENT_INVALID_SHARE ? "invalid"
         : share > EXPERIMENT_WARN_SHARE  ? "warning"
                                          : "sound";
}

static void share_write(int64_t count, int64_t all, JsonWriter *json) {
  double share = all > 0 ? (double)count / (double)all : 0;
  json_write_key_int(json, "customers", count);
  number(json, "share", 100 * share);
  json_write_key_text(json, "state", overlap_state(share));
}

// Customers of other tests at the same time: in all, and by test.
static void overlap_write(const ExperimentData *data, JsonWriter *json) {
  if (data->in_other_tests < 0) {
    null(json, "overlap");
    return;
  }
  object(json, "overlap");
  share_write(data->in_other_tests, data->assigned_total, json);
  array(json, "tests");
  for (uint32_t i = 0; i < data->other_count; i++) {
    json_write_object_open(json);
    json_write_key_text(json, "id", data->others[i].id);
    words(json, "name", data->others[i].name.en, data->others[i].name.ru);
    share_write(data->others[i].customers, data->assigned_total, json);
    json_write_object_close(json);
  }
  json_write_array_close(json);
  json_write_object_close(json);
}

void experiment_plan_write(const Experiment *experiment, const ExperimentPlan *plan,
                           JsonWriter *json) {
  experiment_definition_write(experiment, json);
  verdict_write(plan, json);
  metric_head(json, &experiment->metrics[0]);
  number(json, "alpha", 100 * plan->alpha);
  number(json, "wanted_power", 100 * plan->power);
  json_write_key_int(json, "customers", plan->customers);
  array(json, "durations");
  for (uint32_t d = 0; d < plan->duration_count; d++)
    duration_write(experiment, plan, &plan->durations[d], json);
  json_write_array_close(json);
  sizes_write(plan, json);
  curve_write(plan, json);
  experiment_split_write(experiment, &plan->data, &plan->result, json);
  balance_write(experiment, plan, json);
  overlap_write(&plan->data, json);
}
