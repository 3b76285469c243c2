// CUPED: what a customer did before the start explains part of what he did after it; taken out, the
// same difference is seen with a smaller error.
//
// Deng, Xu, Kohavi, Walker (2013), "Improving the Sensitivity of Online Controlled Experiments by
// Utilizing Pre-Experiment Data"; ratios by the delta method, their appendix B.
#pragma once
#include "moments.h"

typedef struct Cuped {
  bool known; // false: the covariate does not vary, or an arm has no value
  double theta;
  double variance_share; // of the raw difference's variance that is left, 0..1 or a little above
  ArmValue treated, control; // adjusted
} Cuped;

// An arm's adjusted value is f - theta (g - g of both arms together), f the metric, g the
// covariate; theta = cov(f, g) / var(g), over the two arms together about their common mean.
Cuped cuped_adjust(const Moments *treated, const Moments *control, MomentForm metric,
                   MomentForm covariate);
