// What one pass over an arm's customers leaves: their count, and means and covariances of up to
// four numbers a customer. Every statistic of an experiment is a function of these.
//
//   0 the metric (or a ratio's numerator)       2 the same before the start
//   1 a ratio's denominator                     3 its denominator before the start
//
// Sums and sums of products are exact decimals; they are centred in integers and only the result is
// rounded, so that a metric with a large mean and a small spread loses no digit.
#pragma once
#include "decimal.h"

enum { MOMENT_VALUES_MAX = 4, MOMENT_NONE = UINT8_MAX };

// Value i of a customer is an integer times 10^-scale[i].
typedef struct ExactMoments {
  int64_t count; // customers
  uint32_t values;
  unsigned scale[MOMENT_VALUES_MAX];
  int128_t sum[MOMENT_VALUES_MAX];                        // at scale[i]
  int128_t product[MOMENT_VALUES_MAX][MOMENT_VALUES_MAX]; // j <= i: sum of i times j
} ExactMoments;

typedef struct Moments {
  int64_t count;
  uint32_t values;
  double mean[MOMENT_VALUES_MAX];                          // 0 where count is 0
  double covariance[MOMENT_VALUES_MAX][MOMENT_VALUES_MAX]; // by count - 1; 0 where count < 2
} Moments;

// Means and covariances of exact sums. STATUS_OVERFLOW where a centred sum leaves 38 digits.
Status moments_centre(const ExactMoments *exact, Moments *moments, Error *error) WARN_UNUSED;
// The moments of both groups together, about their common mean: Chan, Golub, LeVeque (1979),
// "Updating formulae and a pairwise algorithm for computing sample variances".
Moments moments_pool(const Moments *a, const Moments *b);

// A number that an arm is judged by: the mean of a value, or the ratio of two values' sums.
typedef struct MomentForm {
  uint8_t numerator;
  uint8_t denominator; // MOMENT_NONE: the mean of the numerator
} MomentForm;

// That number, and how it moves with each mean: its gradient. known is false without customers and
// where the denominator's mean is not above zero.
typedef struct MomentGradient {
  bool known;
  double value;
  double by_mean[MOMENT_VALUES_MAX];
} MomentGradient;

MomentGradient moment_gradient(const Moments *moments, MomentForm form);
// a' C b, C the covariances: the covariance, a customer, of two numbers with those gradients.
double moments_covariance(const Moments *moments, const double a[MOMENT_VALUES_MAX],
                          const double b[MOMENT_VALUES_MAX]);
// a' C a; zero where it is only what rounding left of larger terms (a ratio that never varies).
double moments_variance(const Moments *moments, const double a[MOMENT_VALUES_MAX]);

// An arm's number with the variance of its estimate.
typedef struct ArmValue {
  int64_t count; // customers
  bool known;    // value; the variance too where count > 1
  double value, variance;
} ArmValue;

// A mean's variance is s^2/n. A ratio's is by the delta method, the customer being the unit that
// was drawn (receipts of one customer are a cluster): Deng, Knoblich, Lu (2018), "Applying the
// Delta Method in Metric Analytics: A Practical Guide with Novel Ideas", section 2.
ArmValue arm_value(const Moments *moments, MomentForm form);
