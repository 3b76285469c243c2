// See cuped.h.
#include "cuped.h"

static ArmValue arm_adjusted(const Moments *arm, MomentForm metric, MomentForm covariate,
                             double theta, double common) {
  MomentGradient f = moment_gradient(arm, metric), g = moment_gradient(arm, covariate);
  ArmValue value = {.count = arm->count, .known = f.known && g.known};
  double by_mean[MOMENT_VALUES_MAX];
  for (uint32_t i = 0; i < MOMENT_VALUES_MAX; i++) by_mean[i] = f.by_mean[i] - theta * g.by_mean[i];
  value.value = f.value - theta * (g.value - common);
  if (value.known) value.variance = moments_variance(arm, by_mean) / (double)arm->count;
  return value;
}

Cuped cuped_adjust(const Moments *treated, const Moments *control, MomentForm metric,
                   MomentForm covariate) {
  Cuped cuped = {0};
  Moments both = moments_pool(treated, control);
  MomentGradient f = moment_gradient(&both, metric), g = moment_gradient(&both, covariate);
  double varies = moments_variance(&both, g.by_mean);
  if (!f.known || !g.known || varies <= 0) return cuped;
  cuped.theta = moments_covariance(&both, f.by_mean, g.by_mean) / varies;
  cuped.treated = arm_adjusted(treated, metric, covariate, cuped.theta, g.value);
  cuped.control = arm_adjusted(control, metric, covariate, cuped.theta, g.value);
  ArmValue raw_treated = arm_value(treated, metric), raw_control = arm_value(control, metric);
  double raw = raw_treated.variance + raw_control.variance;
  cuped.known = cuped.treated.known && cuped.control.known && raw > 0;
  if (cuped.known) cuped.variance_share = (cuped.treated.variance + cuped.control.variance) / raw;
  return cuped;
}
