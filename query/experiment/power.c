// See power.h.
#include "power.h"
#include "distribution.h"
#include <math.h>

double power_of_test(double effect, double standard_error, double alpha) {
  if (!(standard_error > 0)) return NAN;
  double z = normal_quantile(1 - alpha / 2), shift = effect / standard_error;
  return normal_below(shift - z) + normal_below(-shift - z);
}

double power_detectable(double standard_error, double alpha, double power) {
  return (normal_quantile(1 - alpha / 2) + normal_quantile(power)) * standard_error;
}

int64_t power_sample_size(double effect, double treated_variance, double control_variance,
                          double ratio, double alpha, double power) {
  double z = normal_quantile(1 - alpha / 2) + normal_quantile(power);
  double count = z * z * (control_variance + treated_variance / ratio) / (effect * effect);
  if (!(count < 9e18)) return INT64_MAX;
  return count <= 2 ? 2 : (int64_t)ceil(count);
}

// ---- Arms --------------------------------------------------------------------------------------

static double share_of(const PowerSplit *split, uint32_t arm) {
  double all = 0;
  for (uint32_t a = 0; a < split->arm_count; a++) all += split->shares[a];
  return split->shares[arm] / all;
}

// The smallest test arm has the largest error.
static double smallest_share(const PowerSplit *split) {
  double least = INFINITY;
  for (uint32_t a = 0; a < split->arm_count; a++)
    if (a != split->control) least = fmin(least, share_of(split, a));
  return least;
}

double power_split_error(const PowerSplit *split, double total, double deviation) {
  double control = share_of(split, split->control), treated = smallest_share(split);
  return deviation * sqrt(1 / (total * control) + 1 / (total * treated));
}

int64_t power_split_size(const PowerSplit *split, double effect, double deviation, double alpha,
                         double power) {
  double control = share_of(split, split->control), variance = deviation * deviation;
  int64_t count =
      power_sample_size(effect, variance, variance, smallest_share(split) / control, alpha, power);
  double total = ceil((double)count / control);
  return count == INT64_MAX || !(total < 9e18) ? INT64_MAX : (int64_t)total;
}
