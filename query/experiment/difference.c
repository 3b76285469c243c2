// See difference.h.
#include "difference.h"
#include "distribution.h"
#include <math.h>

// Fills in what follows from estimate, standard error and degrees.
static Difference difference_finish(Difference difference, double level) {
  difference.tested = difference.known && difference.standard_error > 0;
  if (!difference.tested)
    return (Difference){.known = difference.known, .estimate = difference.estimate};
  double z = difference.estimate / difference.standard_error, p = (1 + level) / 2;
  double wide =
      difference.degrees > 0 ? student_quantile(p, difference.degrees) : normal_quantile(p);
  difference.statistic = z;
  difference.p_value =
      difference.degrees > 0 ? student_two_sided(z, difference.degrees) : normal_two_sided(z);
  difference.low = difference.estimate - wide * difference.standard_error;
  difference.high = difference.estimate + wide * difference.standard_error;
  return difference;
}

static Difference difference_raw(const ArmValue *treated, const ArmValue *control) {
  Difference difference = {.known = treated->known && control->known};
  if (!difference.known) return difference;
  difference.estimate = treated->value - control->value;
  if (treated->count > 1 && control->count > 1)
    difference.standard_error = sqrt(treated->variance + control->variance);
  return difference;
}

Difference difference_welch(const ArmValue *treated, const ArmValue *control, double level) {
  Difference difference = difference_raw(treated, control);
  if (difference.standard_error > 0) {
    double both = treated->variance + control->variance;
    difference.degrees = both * both /
                         (treated->variance * treated->variance / (double)(treated->count - 1) +
                          control->variance * control->variance / (double)(control->count - 1));
  }
  return difference_finish(difference, level);
}

Difference difference_normal(const ArmValue *treated, const ArmValue *control, double level) {
  return difference_finish(difference_raw(treated, control), level);
}

// ---- Shares ------------------------------------------------------------------------------------

// Wilson's score interval of one share.
static void share_interval(double share, double n, double z, double *low, double *high) {
  double middle = share + z * z / (2 * n);
  double half = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n));
  *low = (middle - half) / (1 + z * z / n);
  *high = (middle + half) / (1 + z * z / n);
}

Difference difference_proportions(int64_t treated_successes, int64_t treated_count,
                                  int64_t control_successes, int64_t control_count, double level) {
  Difference difference = {.known = treated_count > 0 && control_count > 0};
  if (!difference.known) return difference;
  double n1 = (double)treated_count, n0 = (double)control_count;
  double p1 = (double)treated_successes / n1, p0 = (double)control_successes / n0;
  double pooled = (double)(treated_successes + control_successes) / (n1 + n0);
  difference.estimate = p1 - p0;
  difference.standard_error = sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n0));
  difference = difference_finish(difference, level);
  if (!difference.tested) return difference;
  double low1, high1, low0, high0, z = normal_quantile((1 + level) / 2);
  share_interval(p1, n1, z, &low1, &high1);
  share_interval(p0, n0, z, &low0, &high0);
  difference.low = difference.estimate - hypot(p1 - low1, high0 - p0);
  difference.high = difference.estimate + hypot(high1 - p1, p0 - low0);
  return difference;
}

// ---- Relative effects, guardrails --------------------------------------------------------------

Difference difference_relative(const ArmValue *treated, const ArmValue *control, double level) {
  Difference difference = {.known = treated->known && control->known && control->value > 0};
  if (!difference.known) return difference;
  double ratio = treated->value / control->value;
  difference.estimate = ratio - 1;
  if (treated->count > 1 && control->count > 1)
    difference.standard_error =
        sqrt(treated->variance + ratio * ratio * control->variance) / control->value;
  return difference_finish(difference, level);
}

GuardrailState guardrail_judge(const Difference *change, double permitted, bool good_is_up) {
  if (!change->tested) return GUARDRAIL_UNKNOWN;
  double best = good_is_up ? change->high : -change->low;
  double worst = good_is_up ? change->low : -change->high;
  double estimate = good_is_up ? change->estimate : -change->estimate;
  if (worst >= -permitted) return GUARDRAIL_SOUND;
  return estimate < -permitted && best < 0 ? GUARDRAIL_BROKEN : GUARDRAIL_UNCLEAR;
}
