// See pilot.h.
#include "pilot.h"
#include "distribution.h"
#include <math.h>
#include <stdlib.h>

// ---- Sums --------------------------------------------------------------------------------------

typedef struct Mean { // Welford (1962)
  double count, mean, square;
} Mean;

static void mean_add(Mean *mean, double value) {
  double off = value - mean->mean;
  mean->count++;
  mean->mean += off / mean->count;
  mean->square += off * (value - mean->mean);
}

// The mean with the variance of its estimate.
static ArmValue mean_value(const Mean *mean) {
  ArmValue value = {.count = (int64_t)mean->count, .known = mean->count > 0, .value = mean->mean};
  if (mean->count > 1) value.variance = mean->square / (mean->count - 1) / mean->count;
  return value;
}

// ---- The time of a unit ------------------------------------------------------------------------

static double change_of(const PilotUnit *unit, bool placebo) {
  return placebo ? unit->late - unit->early : unit->after - unit->before;
}

// What the pilot's units would have had, and how the relative effect moves with the difference and
// with their mean: r = d / (a - d).
typedef struct Relative {
  bool known;
  double value, by_difference, by_after;
} Relative;

static Relative relative_of(double difference, double after) {
  double expected = after - difference;
  Relative relative = {.known = expected > 0};
  relative.value = difference / expected;
  relative.by_difference = after / (expected * expected);
  relative.by_after = -difference / (expected * expected);
  return relative;
}

// ---- All units ---------------------------------------------------------------------------------

static void means_fill(const PilotUnit *units, uint32_t count, PilotEstimate *estimate) {
  Mean before[2] = {0}, after[2] = {0};
  for (uint32_t i = 0; i < count; i++) {
    mean_add(&before[units[i].is_pilot], units[i].before);
    mean_add(&after[units[i].is_pilot], units[i].after);
  }
  estimate->pilot_count = (uint32_t)before[1].count;
  estimate->other_count = (uint32_t)before[0].count;
  estimate->pilot_before = before[1].mean, estimate->pilot_after = after[1].mean;
  estimate->other_before = before[0].mean, estimate->other_after = after[0].mean;
}

static Difference changes_compare(const PilotUnit *units, uint32_t count, bool placebo,
                                  double level) {
  Mean change[2] = {0};
  for (uint32_t i = 0; i < count; i++)
    mean_add(&change[units[i].is_pilot], change_of(&units[i], placebo));
  ArmValue pilot = mean_value(&change[1]), other = mean_value(&change[0]);
  return difference_welch(&pilot, &other, level);
}

PilotEstimate pilot_difference(const PilotUnit *units, uint32_t count, double level) {
  PilotEstimate estimate = {0};
  Mean line[2] = {0};
  means_fill(units, count, &estimate);
  estimate.difference = changes_compare(units, count, false, level);
  estimate.trend = changes_compare(units, count, true, level);
  if (!estimate.difference.tested) return estimate;
  Relative relative = relative_of(estimate.difference.estimate, estimate.pilot_after);
  if (!relative.known) return estimate;
  for (uint32_t i = 0; i < count; i++)
    mean_add(&line[units[i].is_pilot],
             relative.by_difference * change_of(&units[i], false) +
                 (units[i].is_pilot ? relative.by_after * units[i].after : 0));
  ArmValue pilot = mean_value(&line[1]), other = mean_value(&line[0]);
  estimate.relative = difference_welch(&pilot, &other, level);
  double off = relative.value - estimate.relative.estimate; // the line is right but for its height
  estimate.relative.estimate = relative.value;
  estimate.relative.low += off, estimate.relative.high += off;
  return estimate;
}

// ---- Pairs -------------------------------------------------------------------------------------

// One mean against zero, with Student's t.
static Difference mean_test(const Mean *mean, double estimate, double level) {
  ArmValue value = mean_value(mean);
  Difference difference = {.known = value.known, .estimate = estimate};
  difference.standard_error = sqrt(value.variance);
  difference.tested = value.count > 1 && value.variance > 0;
  if (!difference.tested) return difference;
  difference.degrees = (double)value.count - 1;
  double wide = student_quantile((1 + level) / 2, difference.degrees) * difference.standard_error;
  difference.low = estimate - wide, difference.high = estimate + wide;
  difference.p_value = student_two_sided(estimate / difference.standard_error, difference.degrees);
  return difference;
}

PilotEstimate pilot_matched(const PilotUnit *units, uint32_t count, double level) {
  PilotEstimate estimate = {0};
  Mean effect = {0}, trend = {0}, line = {0}, mine[2] = {0}, theirs[2] = {0};
  for (uint32_t i = 0; i < count; i++) {
    if (!units[i].is_pilot || units[i].match == PILOT_NONE) continue;
    const PilotUnit *unit = &units[i], *match = &units[unit->match];
    mean_add(&effect, change_of(unit, false) - change_of(match, false));
    mean_add(&trend, change_of(unit, true) - change_of(match, true));
    mean_add(&mine[0], unit->before), mean_add(&mine[1], unit->after);
    mean_add(&theirs[0], match->before), mean_add(&theirs[1], match->after);
  }
  estimate.pilot_count = estimate.other_count = (uint32_t)effect.count;
  estimate.pilot_before = mine[0].mean, estimate.pilot_after = mine[1].mean;
  estimate.other_before = theirs[0].mean, estimate.other_after = theirs[1].mean;
  estimate.difference = mean_test(&effect, effect.mean, level);
  estimate.trend = mean_test(&trend, trend.mean, level);
  Relative relative = relative_of(effect.mean, mine[1].mean);
  if (!estimate.difference.tested || !relative.known) return estimate;
  for (uint32_t i = 0; i < count; i++) {
    if (!units[i].is_pilot || units[i].match == PILOT_NONE) continue;
    const PilotUnit *unit = &units[i], *match = &units[unit->match];
    mean_add(&line, relative.by_difference * (change_of(unit, false) - change_of(match, false)) +
                        relative.by_after * unit->after);
  }
  estimate.relative = mean_test(&line, relative.value, level);
  return estimate;
}

// ---- Matching ----------------------------------------------------------------------------------

typedef struct Scale {
  double centre[PILOT_COVARIATES_MAX]; // of the others
  double weight[PILOT_COVARIATES_MAX]; // 1 / deviation over all units; 0: does not vary
  uint32_t count;
} Scale;

static Scale scale_make(const PilotUnit *units, uint32_t count, uint32_t covariates) {
  Scale scale = {.count = covariates};
  for (uint32_t c = 0; c < covariates; c++) {
    Mean all = {0}, others = {0};
    for (uint32_t i = 0; i < count; i++) {
      mean_add(&all, units[i].covariates[c]);
      if (!units[i].is_pilot) mean_add(&others, units[i].covariates[c]);
    }
    double variance = all.count > 1 ? all.square / (all.count - 1) : 0;
    scale.centre[c] = others.mean;
    scale.weight[c] = variance > 0 ? 1 / sqrt(variance) : 0;
  }
  return scale;
}

static double distance_of(const Scale *scale, const double *a, const double *b) {
  double sum = 0;
  for (uint32_t c = 0; c < scale->count; c++) {
    double off = (a[c] - b[c]) * scale->weight[c];
    sum += off * off;
  }
  return sqrt(sum);
}

typedef struct Turn {
  double distance;
  uint32_t unit;
} Turn;

static int turn_compare(const void *a, const void *b) {
  const Turn *x = a, *y = b;
  if (x->distance != y->distance) return x->distance > y->distance ? -1 : 1;
  return x->unit < y->unit ? -1 : x->unit > y->unit;
}

static void nearest_take(PilotUnit *units, uint32_t count, const Scale *scale, bool *taken,
                         PilotUnit *unit) {
  for (uint32_t i = 0; i < count; i++) {
    if (units[i].is_pilot || taken[i]) continue;
    double distance = distance_of(scale, unit->covariates, units[i].covariates);
    if (unit->match != PILOT_NONE && distance >= unit->distance) continue;
    unit->match = i;
    unit->distance = distance;
  }
  if (unit->match != PILOT_NONE) taken[unit->match] = true;
}

Status pilot_match(PilotUnit *units, uint32_t count, uint32_t covariate_count, Job *job,
                   Error *error) {
  Scale scale = scale_make(units, count, covariate_count);
  Turn *turns = mem_alloc((count + 1) * sizeof *turns);
  bool *taken = mem_alloc_zero(count + 1);
  uint32_t pilots = 0;
  Status status = STATUS_OK;
  for (uint32_t i = 0; i < count; i++) {
    units[i].match = PILOT_NONE;
    if (!units[i].is_pilot) continue;
    turns[pilots++] = (Turn){distance_of(&scale, units[i].covariates, scale.centre), i};
  }
  qsort(turns, pilots, sizeof *turns, turn_compare);
  for (uint32_t p = 0; p < pilots && status == STATUS_OK; p++) {
    nearest_take(units, count, &scale, taken, &units[turns[p].unit]);
    status = job ? job_check(job, error) : STATUS_OK;
  }
  mem_free(turns);
  mem_free(taken);
  return status;
}

double pilot_balance(const PilotUnit *units, uint32_t count, uint32_t covariate, bool matched) {
  Mean pilot = {0}, other = {0};
  for (uint32_t i = 0; i < count; i++) {
    const PilotUnit *unit = &units[i];
    if (unit->is_pilot && (!matched || unit->match != PILOT_NONE))
      mean_add(&pilot, unit->covariates[covariate]);
    if (!unit->is_pilot && !matched) mean_add(&other, unit->covariates[covariate]);
    if (unit->is_pilot && matched && unit->match != PILOT_NONE)
      mean_add(&other, units[unit->match].covariates[covariate]);
  }
  if (pilot.count < 2 || other.count < 2) return NAN;
  double spread = sqrt((pilot.square / (pilot.count - 1) + other.square / (other.count - 1)) / 2);
  return spread > 0 ? (pilot.mean - other.mean) / spread : NAN;
}
