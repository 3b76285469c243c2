// An evaluation as JSON: a page that shows it needs no arithmetic.
//
// Numbers come in the unit that they are shown in: shares and changes in percent, differences of
// shares in percentage points. Words are given in both languages. What is unknown is null.
#include "experiment_json.h"
#include "experiment_verdict.h"

// ---- Parts -------------------------------------------------------------------------------------

// ---- The definition ----------------------------------------------------------------------------

void experiment_definition_write(const Experiment *experiment, JsonWriter *json) {
  object(json, "experiment");
  json_write_key_text(json, "id", experiment->id);
  words(json, "name", experiment->name.en, experiment->name.ru);
  json_write_key_text(json, "campaign", experiment->campaign);
  day(json, "start", experiment->has_dates, experiment->start);
  day(json, "end", experiment->has_dates, experiment->end);
  day(json, "as_of", experiment->has_dates, experiment->as_of);
  json_write_key_int(json, "window_days", experiment->window_days);
  json_write_key_int(json, "before_days", experiment->before_days);
  json_write_key_int(json, "return_days", experiment->return_days);
  json_write_key_text(json, "returns", experiment->returns_restated ? "restated" : "own_date");
  number(json, "minimal_effect", 100 * experiment->minimal_effect);
  json_write_object_close(json);
}

static void progress_write(const Experiment *experiment, const ExperimentData *data,
                           JsonWriter *json) {
  json_write_key_text(json, "state", data->is_final ? "final" : "running");
  json_write_key_text(json, "intervals", data->is_final ? "fixed" : "always_valid");
  number(json, "level", 100 * EXPERIMENT_LEVEL);
  object(json, "progress");
  json_write_key_int(json, "day", data->day < data->days ? data->day : data->days);
  json_write_key_int(json, "days", data->days);
  day(json, "verdict_day", experiment->has_dates, data->verdict_day);
  json_write_key_int(json, "window_days", data->window_days);
  json_write_object_close(json);
}

static void verdict_write(const Experiment *experiment, const ArmResult *arm, JsonWriter *json) {
  object(json, "verdict");
  json_write_key_text(json, "arm", experiment->arms[arm->arm].id);
  json_write_key_text(json, "code", verdict_code_name(arm->verdict.code));
  words(json, "words", arm->verdict.en, arm->verdict.ru);
  if (arm->verdict.has_balance)
    json_write_key_bool(json, "balanced", arm->verdict.balanced);
  else
    null(json, "balanced");
  json_write_object_close(json);
}

// ---- The split ---------------------------------------------------------------------------------

static void segment_value_write(const ExperimentSegment *segment, const char *value,
                                const char *value_ru, JsonWriter *json) {
  json_write_key_text(json, "segment", segment->id);
  words(json, "title", segment->title.en, segment->title.ru);
  if (value)
    words(json, "value", value, value_ru ? value_ru : value);
  else
    null(json, "value");
}

static void split_parts_write(const Experiment *experiment, const ExperimentResult *result,
                              JsonWriter *json) {
  array(json, "behind");
  for (uint32_t i = 0; i < result->split_part_count && i < 10; i++) {
    const SplitPart *part = &result->split_parts[i];
    int64_t all = 0;
    json_write_object_open(json);
    segment_value_write(&experiment->segments[part->segment], part->value, part->value_ru, json);
    for (uint32_t a = 0; a < experiment->arm_count; a++) all += part->counts[a];
    array(json, "arms");
    for (uint32_t a = 0; a < experiment->arm_count; a++) {
      json_write_object_open(json);
      json_write_key_text(json, "id", experiment->arms[a].id);
      json_write_key_int(json, "customers", part->counts[a]);
      number(json, "came", 100 * (double)part->counts[a] / (double)all);
      json_write_object_close(json);
    }
    json_write_array_close(json);
    number(json, "p_value", part->p_value);
    json_write_object_close(json);
  }
  json_write_array_close(json);
}

static int64_t analysed(const ExperimentData *data, uint32_t arm) {
  for (uint32_t i = 0; i < data->cell_count; i++)
    if (data->cells[i].segment < 0 && data->cells[i].arm == arm) return data->cells[i].count;
  return 0;
}

void experiment_split_write(const Experiment *experiment, const ExperimentData *data,
                            const ExperimentResult *result, JsonWriter *json) {
  double planned = 0, came = 0;
  for (uint32_t a = 0; a < experiment->arm_count; a++)
    planned += experiment->arms[a].share, came += (double)data->assigned[a];
  object(json, "split");
  json_write_key_bool(json, "spoiled", result->split_spoiled);
  json_write_key_bool(json, "acknowledged", experiment->split_acknowledged);
  json_write_key_bool(json, "effects_hidden", result->effects_hidden);
  number(json, "statistic", result->split.tested ? result->split.statistic : NAN);
  number(json, "degrees", result->split.tested ? result->split.degrees : NAN);
  number(json, "p_value", result->split.tested ? result->split.p_value : NAN);
  array(json, "arms");
  for (uint32_t a = 0; a < experiment->arm_count; a++) {
    const ExperimentArm *arm = &experiment->arms[a];
    json_write_object_open(json);
    json_write_key_text(json, "id", arm->id);
    words(json, "name", arm->name.en, arm->name.ru);
    json_write_key_bool(json, "control", a == experiment->control);
    json_write_key_int(json, "assigned", data->assigned[a]);
    json_write_key_int(json, "analysed", analysed(data, a));
    number(json, "planned", 100 * arm->share / planned);
    number(json, "came", came > 0 ? 100 * (double)data->assigned[a] / came : NAN);
    json_write_object_close(json);
  }
  json_write_array_close(json);
  split_parts_write(experiment, result, json);
  json_write_object_close(json);
}

static void overlap_write(const OverlapShare *overlap, JsonWriter *json) {
  double share = overlap->of > 0 && overlap->customers >= 0
                     ? (double)overlap->customers / (double)overlap->of
                     : NAN;
  const char *state = isnan(share)                       ? "unknown"
                      : share > EXPERIMENT_INVALID_SHARE ? "invalid"
                      : share > EXPERIMENT_WARN_SHARE    ? "warning"
                                                         : "sound";
  json_write_object_open(json);
  json_write_key_text(json, "id", overlap->id);
  words(json, "title", overlap->title.en, overlap->title.ru);
  if (overlap->customers >= 0)
    json_write_key_int(json, "customers", overlap->customers);
  else
    null(json, "customers");
  number(json, "share", 100 * share);
  json_write_key_text(json, "state", state);
  json_write_object_close(json);
}

static void members_write(const Experiment *experiment, const ExperimentData *data,
                          JsonWriter *json) {
  OverlapShare overlaps[OVERLAP_COUNT];
  experiment_overlaps(experiment, data, overlaps);
  array(json, "overlaps");
  for (uint32_t i = 0; i < OVERLAP_COUNT; i++) overlap_write(&overlaps[i], json);
  json_write_array_close(json);
  object(json, "left_out");
  json_write_key_int(json, "in_two_arms", data->in_two_arms);
  json_write_key_int(json, "in_no_arm", data->in_no_arm);
  json_write_key_int(json, "assigned_outside", data->outside);
  json_write_key_int(json, "window_too_short", data->incomplete);
  if (data->unknown >= 0) json_write_key_int(json, "unknown", data->unknown);
  json_write_object_close(json);
}

// ---- Metrics -----------------------------------------------------------------------------------

const AnalysisName analysis_names[ANALYSIS_COUNT] = {
    {"raw", {"As it is", "Как есть"}},
    {"cuped", {"Adjusted by the time before (CUPED)", "С поправкой на прошлое (CUPED)"}},
    {"capped", {"Largest sums capped", "Крупнейшие суммы ограничены"}},
    {"capped_cuped",
     {"Capped, adjusted by the time before (CUPED)",
      "С ограничением и поправкой на прошлое (CUPED)"}}};

static void analysis_write(const ExperimentMetric *metric, const Analysis *analysis,
                           JsonWriter *json) {
  double times = shown_times(metric);
  number(json, "control", analysis->control.known ? times * analysis->control.value : NAN);
  number(json, "treated", analysis->treated.known ? times * analysis->treated.value : NAN);
  interval(json, "difference", &analysis->difference, times, kind_name(metric->kind),
           difference_unit(metric));
  interval(json, "relative", &analysis->relative, 100, "change", "%");
  number(json, "p_value", analysis->difference.tested ? analysis->difference.p_value : NAN);
}

static void analyses_write(const ExperimentMetric *metric, const MetricResult *result,
                           JsonWriter *json) {
  array(json, "analyses");
  for (int kind = 0; kind < ANALYSIS_COUNT; kind++) {
    const Analysis *analysis = &result->analyses[kind];
    if (!analysis->known && kind != (int)result->shown) continue;
    json_write_object_open(json);
    json_write_key_text(json, "id", analysis_names[kind].id);
    words(json, "title", analysis_names[kind].title.en, analysis_names[kind].title.ru);
    json_write_key_bool(json, "shown", kind == (int)result->shown);
    analysis_write(metric, analysis, json);
    number(json, "theta", kind & 1 ? analysis->theta : NAN);
    number(json, "variance_left", kind & 1 ? 100 * analysis->variance_share : NAN);
    json_write_object_close(json);
  }
  json_write_array_close(json);
}

static void balance_write(const MetricResult *result, JsonWriter *json) {
  if (!result->has_balance) {
    null(json, "balance");
    return;
  }
  object(json, "balance");
  number(json, "standardised_difference", result->balance);
  number(json, "p_value", result->balance_p);
  number(json, "p_adjusted", result->balance_p_adjusted);
  json_write_key_bool(json, "sound", result->balance_sound);
  json_write_object_close(json);
}

static void power_write(const Experiment *experiment, const MetricResult *result,
                        JsonWriter *json) {
  object(json, "power");
  number(json, "detectable", 100 * result->detectable);
  number(json, "minimal_effect", 100 * experiment->minimal_effect);
  number(json, "power", 100 * result->power);
  if (result->needed && result->needed != INT64_MAX)
    json_write_key_int(json, "customers_needed", result->needed);
  else
    null(json, "customers_needed");
  json_write_object_close(json);
}

static void guardrail_write(const ExperimentMetric *metric, const MetricResult *result,
                            JsonWriter *json) {
  static const char *const states[] = {"unknown", "sound", "broken", "unclear"};
  static const ModelText titles[] = {{"Not known yet", "Пока неизвестно"},
                                     {"Sound", "В порядке"},
                                     {"Broken", "Нарушена"},
                                     {"Not shown to be sound", "Сохранность не показана"}};
  if (!metric->is_guardrail) {
    null(json, "guardrail");
    return;
  }
  object(json, "guardrail");
  json_write_key_text(json, "state", states[result->guardrail]);
  words(json, "title", titles[result->guardrail].en, titles[result->guardrail].ru);
  number(json, "permitted", 100 * metric->permitted);
  json_write_object_close(json);
}

static void metric_write(const Experiment *experiment, const ExperimentData *data, uint32_t m,
                         const MetricResult *result, JsonWriter *json) {
  const ExperimentMetric *metric = &experiment->metrics[m];
  json_write_object_open(json);
  json_write_key_text(json, "id", metric->id);
  words(json, "title", metric->title.en, metric->title.ru);
  json_write_key_text(json, "role",
                      m == 0                 ? "primary"
                      : metric->is_guardrail ? "guardrail"
                                             : "secondary");
  json_write_key_text(json, "kind", kind_name(metric->kind));
  json_write_key_text(json, "unit", value_unit(metric));
  json_write_key_text(json, "good", metric->good < 0 ? "down" : "up");
  number(json, "quantile", metric->quantile ? metric->quantile : NAN);
  json_write_key_bool(json, "exploratory", result->exploratory);
  json_write_key_text(json, "shown", analysis_names[result->shown].id);
  analyses_write(metric, result, json);
  number(json, "p_adjusted", result->p_adjusted);
  json_write_key_bool(json, "significant", result->p_adjusted < 1 - EXPERIMENT_LEVEL);
  number(json, "cap", data->has_cap[m] ? data->cap[m] : NAN);
  balance_write(result, json);
  power_write(experiment, result, json);
  guardrail_write(metric, result, json);
  json_write_object_close(json);
}

// ---- Arms --------------------------------------------------------------------------------------

static void segment_write(const Experiment *experiment, const SegmentResult *segment,
                          JsonWriter *json) {
  const ExperimentMetric *metric = &experiment->metrics[0];
  json_write_object_open(json);
  segment_value_write(&experiment->segments[segment->segment], segment->value, segment->value_ru,
                      json);
  json_write_key_int(json, "treated_customers", segment->treated_count);
  json_write_key_int(json, "control_customers", segment->control_count);
  json_write_key_bool(json, "few", segment->few);
  analysis_write(metric, &segment->analysis, json);
  object(json, "raw");
  analysis_write(metric, &segment->raw, json);
  json_write_object_close(json);
  number(json, "p_adjusted", segment->p_adjusted);
  json_write_key_bool(json, "significant", segment->p_adjusted < 1 - EXPERIMENT_LEVEL);
  json_write_key_bool(json, "exploratory", true);
  json_write_object_close(json);
}

// Null where they were not asked for, or the metric has none.
static void days_write(const Experiment *experiment, const ExperimentData *data,
                       const ArmResult *arm, JsonWriter *json) {
  if (!data->by_day) {
    null(json, "days");
    return;
  }
  array(json, "days");
  for (uint32_t d = 0; d < data->day_count; d++) {
    json_write_object_open(json);
    json_write_key_int(json, "day", d + 1);
    analysis_write(&experiment->metrics[0], &arm->days[d].analysis, json);
    number(json, "p_adjusted", arm->days[d].p_adjusted);
    json_write_key_bool(json, "significant", arm->days[d].p_adjusted < 1 - EXPERIMENT_LEVEL);
    json_write_object_close(json);
  }
  json_write_array_close(json);
}

static void monthly_write(const Experiment *experiment, const ArmResult *arm, JsonWriter *json) {
  if (!arm->has_monthly) {
    null(json, "monthly");
    return;
  }
  object(json, "monthly");
  number(json, "value", arm->monthly);
  number(json, "low", arm->monthly_low);
  number(json, "high", arm->monthly_high);
  json_write_key_text(json, "kind", "money");
  json_write_key_text(json, "unit", experiment->metrics[arm->monthly_metric].unit);
  json_write_key_text(json, "metric", experiment->metrics[arm->monthly_metric].id);
  json_write_key_int(json, "customers", arm->roll_out_customers);
  json_write_object_close(json);
}

static void arm_write(const Experiment *experiment, const ExperimentData *data,
                      const ExperimentResult *result, const ArmResult *arm, JsonWriter *json) {
  const ExperimentArm *defined = &experiment->arms[arm->arm];
  json_write_object_open(json);
  json_write_key_text(json, "id", defined->id);
  words(json, "name", defined->name.en, defined->name.ru);
  verdict_write(experiment, arm, json);
  if (result->effects_hidden) {
    null(json, "monthly");
    null(json, "metrics");
    null(json, "segments");
    null(json, "days");
  } else {
    monthly_write(experiment, arm, json);
    array(json, "metrics");
    for (uint32_t m = 0; m < experiment->metric_count; m++)
      metric_write(experiment, data, m, &arm->metrics[m], json);
    json_write_array_close(json);
    array(json, "segments");
    for (uint32_t s = 0; s < arm->segment_count; s++)
      segment_write(experiment, &arm->segments[s], json);
    json_write_array_close(json);
    days_write(experiment, data, arm, json);
  }
  json_write_object_close(json);
}

void experiment_write(const Experiment *experiment, const ExperimentData *data,
                      const ExperimentResult *result, JsonWriter *json) {
  experiment_definition_write(experiment, json);
  progress_write(experiment, data, json);
  verdict_write(experiment, &result->arms[result->best], json);
  experiment_split_write(experiment, data, result, json);
  members_write(experiment, data, json);
  array(json, "arms");
  for (uint32_t a = 0; a < result->arm_count; a++)
    arm_write(experiment, data, result, &result->arms[a], json);
  json_write_array_close(json);
}
