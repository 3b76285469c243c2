// See quantile.h.
#include "quantile.h"
#include "distribution.h"
#include <math.h>

#define EXPECTED_MIN 10

QuantileRanks quantile_ranks(int64_t count, double quantile, double level) {
  double n = (double)count, at = n * quantile;
  QuantileRanks ranks = {.known = at >= EXPECTED_MIN && n - at >= EXPECTED_MIN};
  if (!ranks.known) return ranks;
  double wide = normal_quantile((1 + level) / 2) * sqrt(at * (1 - quantile));
  ranks.at = (int64_t)ceil(at);
  ranks.low = (int64_t)fmax(1, floor(at - wide));
  ranks.high = (int64_t)fmin(n, ceil(at + wide) + 1);
  double chance = binomial_below(ranks.high - 1, count, quantile) -
                  binomial_below(ranks.low - 1, count, quantile);
  ranks.z = normal_quantile((1 + chance) / 2);
  ranks.known = isfinite(ranks.z) && ranks.z > 0;
  return ranks;
}

ArmValue quantile_value(const QuantileRanks *ranks, int64_t count, double low, double at,
                        double high) {
  ArmValue value = {.count = count, .known = ranks->known, .value = at};
  double error = (high - low) / (2 * ranks->z);
  if (ranks->known) value.variance = error * error;
  return value;
}
