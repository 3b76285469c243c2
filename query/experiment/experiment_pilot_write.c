// A pilot's answer as JSON.
#include "experiment_json.h"
#include "experiment_pilot.h"

static void definition_write(const Pilot *pilot, JsonWriter *json) {
  object(json, "pilot");
  json_write_key_text(json, "id", pilot->id);
  words(json, "name", pilot->name.en, pilot->name.ru);
  json_write_key_text(json, "design",
                      pilot->design == PILOT_MATCHED ? "matched_control"
                                                     : "difference_in_differences");
  json_write_key_text(json, "level", pilot->level);
  day(json, "start", true, pilot->start);
  day(json, "end", true, pilot->end);
  json_write_key_int(json, "before_days", pilot->before_days);
  json_write_object_close(json);
  metric_head(json, &pilot->metric);
}

static void units_write(const PilotResult *result, JsonWriter *json) {
  object(json, "units");
  json_write_key_int(json, "pilot", result->estimate.pilot_count);
  json_write_key_int(json, "others", result->estimate.other_count);
  json_write_key_int(json, "pilot_left_out", result->pilots_left_out);
  json_write_key_int(json, "others_left_out", result->others_left_out);
  array(json, "not_found");
  for (uint32_t i = 0; i < result->not_found_count; i++)
    json_write_text(json, result->not_found[i]);
  json_write_array_close(json);
  json_write_object_close(json);
}

static void means_write(const Pilot *pilot, const PilotEstimate *estimate, JsonWriter *json) {
  double times = shown_times(&pilot->metric);
  object(json, "means");
  number(json, "pilot_before", times * estimate->pilot_before);
  number(json, "pilot_after", times * estimate->pilot_after);
  number(json, "others_before", times * estimate->other_before);
  number(json, "others_after", times * estimate->other_after);
  json_write_object_close(json);
}

static void trend_write(const Pilot *pilot, const Difference *trend, JsonWriter *json) {
  object(json, "trend");
  interval(json, "difference", trend, shown_times(&pilot->metric), kind_name(pilot->metric.kind),
           difference_unit(&pilot->metric));
  number(json, "p_value", trend->tested ? trend->p_value : NAN);
  json_write_key_bool(json, "sound", trend->tested && trend->p_value >= PILOT_TREND_P);
  json_write_object_close(json);
}

static void course_write(const Pilot *pilot, const PilotResult *result, JsonWriter *json) {
  double times = shown_times(&pilot->metric);
  if (!result->course) {
    null(json, "course");
    return;
  }
  object(json, "course");
  json_write_key_int(json, "days", result->course_days);
  array(json, "points");
  for (uint32_t i = 0; i < result->course_count; i++) {
    const PilotPoint *point = &result->course[i];
    json_write_object_open(json);
    day(json, "from", true, point->from);
    day(json, "to", true, point->to);
    json_write_key_bool(json, "before", point->to < pilot->start);
    number(json, "pilot", times * point->pilot);
    number(json, "others", times * point->others);
    json_write_object_close(json);
  }
  json_write_array_close(json);
  json_write_object_close(json);
}

// ---- Matches -----------------------------------------------------------------------------------

static void balance_write(const Pilot *pilot, const PilotResult *result, JsonWriter *json) {
  static const ModelText halves[] = {
      {"The first half before the start", "Первая половина до начала"},
      {"The second half before the start", "Вторая половина до начала"}};
  uint32_t count = pilot->covariate_count ? pilot->covariate_count : 2;
  array(json, "balance");
  for (uint32_t c = 0; c < count; c++) {
    const ModelText *title = pilot->covariate_count ? &pilot->covariate_titles[c] : &halves[c];
    double before = pilot_balance(result->units, result->unit_count, c, false);
    double after = pilot_balance(result->units, result->unit_count, c, true);
    json_write_object_open(json);
    json_write_key_text(json, "covariate",
                        pilot->covariate_count ? pilot->covariates[c]
                        : c                    ? "late"
                                               : "early");
    words(json, "title", title->en, title->ru);
    number(json, "all", before);
    number(json, "matched", after);
    json_write_key_bool(json, "sound", fabs(after) <= 0.1);
    json_write_object_close(json);
  }
  json_write_array_close(json);
}

static void matches_write(const PilotResult *result, JsonWriter *json) {
  array(json, "matches");
  for (uint32_t i = 0; i < result->unit_count; i++) {
    const PilotUnit *unit = &result->units[i];
    if (!unit->is_pilot) continue;
    json_write_object_open(json);
    const PilotUnit *match = unit->match == PILOT_NONE ? NULL : &result->units[unit->match];
    json_write_key_text(json, "pilot", unit->name);
    json_write_key_text(json, "pilot_label", unit->label);
    json_write_key_text(json, "other", match ? match->name : NULL);
    json_write_key_text(json, "other_label", match ? match->label : NULL);
    number(json, "distance", match ? unit->distance : NAN);
    json_write_object_close(json);
  }
  json_write_array_close(json);
}

void experiment_pilot_write(const Pilot *pilot, const PilotResult *result, JsonWriter *json) {
  static const char *const codes[] = {"gained",        "lost",      "not_decided",
                                      "trends_differ", "too_early", "no_data"};
  const PilotEstimate *estimate = &result->estimate;
  definition_write(pilot, json);
  object(json, "verdict");
  json_write_key_text(json, "code", codes[result->code]);
  json_write_key_text(json, "evidence", "weaker");
  words(json, "words", result->en, result->ru);
  json_write_object_close(json);
  units_write(result, json);
  means_write(pilot, estimate, json);
  interval(json, "difference", &estimate->difference, shown_times(&pilot->metric),
           kind_name(pilot->metric.kind), difference_unit(&pilot->metric));
  interval(json, "relative", &estimate->relative, 100, "change", "%");
  number(json, "p_value", estimate->difference.tested ? estimate->difference.p_value : NAN);
  trend_write(pilot, &estimate->trend, json);
  course_write(pilot, result, json);
  if (pilot->design != PILOT_MATCHED) {
    null(json, "balance");
    null(json, "matches");
    return;
  }
  balance_write(pilot, result, json);
  matches_write(result, json);
}
