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
