// See sequential.h.
#include "sequential.h"
#include <math.h>

// The root of u = 2 ln(1/alpha) + ln(1 + u): the right side's slope is below 1, so its repeated
// application converges, a digit or so a step.
static double mixture_at_end(double alpha) {
  double fixed = -2 * log(alpha), u = fixed + 2;
  for (int i = 0; i < 40; i++) u = fixed + log1p(u);
  return u;
}

SequentialInterval sequential_interval(double estimate, double standard_error, double progress,
                                       double alpha) {
  SequentialInterval interval = {.known = standard_error > 0 && progress > 0};
  if (!interval.known) return interval;
  double u = mixture_at_end(alpha) * progress, z = estimate / standard_error;
  double wide = standard_error * sqrt((1 + u) / u * (log1p(u) - 2 * log(alpha)));
  interval.low = estimate - wide;
  interval.high = estimate + wide;
  interval.p_value = fmin(1, sqrt(1 + u) * exp(-z * z * u / (2 * (1 + u))));
  return interval;
}
