// See moments.h.
#include "moments.h"
#include <math.h>

// ---- Centring ----------------------------------------------------------------------------------

// product - a b / n, without a product that is larger than what it is subtracted from. With
// a = p n + r and b = q n + s:
//   a b / n = a q + p s + r s / n
// |a q| <= |a b| / n, which by Cauchy and Schwarz is no larger than the root of the sums of
// squares; |p s| <= |a|; |r s| < n^2. False: it does not fit 128 bits all the same.
static bool centred(int128_t product, int128_t a, int128_t b, int64_t n, int128_t *whole,
                    double *rest) {
  int128_t q = b / n, s = b % n, p = a / n, r = a % n, first, second, cross = r * s;
  if (__builtin_mul_overflow(a, q, &first) || __builtin_mul_overflow(p, s, &second)) return false;
  if (__builtin_sub_overflow(product, first, whole)) return false;
  if (__builtin_sub_overflow(*whole, second, whole)) return false;
  if (__builtin_sub_overflow(*whole, cross / n, whole)) return false;
  *rest = -(double)(cross % n) / (double)n;
  return true;
}

static double power_of_ten(unsigned n) {
  double power = 1;
  while (n--) power *= 10;
  return power;
}

// The mean: whole part and remainder apart, so that a huge sum keeps its last digits.
static double mean_of(int128_t sum, int64_t n, unsigned scale) {
  return ((double)(sum / n) + (double)(sum % n) / (double)n) / power_of_ten(scale);
}

static Status covariance_fill(const ExactMoments *exact, uint32_t i, uint32_t j, Moments *moments,
                              Error *error) {
  int128_t whole;
  double rest;
  if (!centred(exact->product[i][j], exact->sum[i], exact->sum[j], exact->count, &whole, &rest))
    return error_set(error, STATUS_OVERFLOW,
                     "the sums of the experiment's values leave 38 digits; use a larger unit");
  double value = ((double)whole + rest) / power_of_ten(exact->scale[i] + exact->scale[j]) /
                 (double)(exact->count - 1);
  moments->covariance[i][j] = moments->covariance[j][i] = value;
  return STATUS_OK;
}

Status moments_centre(const ExactMoments *exact, Moments *moments, Error *error) {
  *moments = (Moments){.count = exact->count, .values = exact->values};
  for (uint32_t i = 0; exact->count > 0 && i < exact->values; i++) {
    moments->mean[i] = mean_of(exact->sum[i], exact->count, exact->scale[i]);
    for (uint32_t j = 0; exact->count > 1 && j <= i; j++)
      TRY(covariance_fill(exact, i, j, moments, error));
  }
  return STATUS_OK;
}

Moments moments_pool(const Moments *a, const Moments *b) {
  if (!a->count) return *b;
  if (!b->count) return *a;
  double na = (double)a->count, nb = (double)b->count, n = na + nb;
  Moments both = {.count = a->count + b->count, .values = a->values};
  for (uint32_t i = 0; i < a->values; i++) {
    both.mean[i] = a->mean[i] + (b->mean[i] - a->mean[i]) * nb / n;
    for (uint32_t j = 0; j < a->values; j++) {
      double apart = (b->mean[i] - a->mean[i]) * (b->mean[j] - a->mean[j]) * na * nb / n;
      both.covariance[i][j] =
          (a->covariance[i][j] * (na - 1) + b->covariance[i][j] * (nb - 1) + apart) / (n - 1);
    }
  }
  return both;
}

// ---- Numbers of an arm -------------------------------------------------------------------------

MomentGradient moment_gradient(const Moments *moments, MomentForm form) {
  MomentGradient gradient = {.known = moments->count > 0, .value = moments->mean[form.numerator]};
  gradient.by_mean[form.numerator] = 1;
  if (form.denominator == MOMENT_NONE || !gradient.known) return gradient;
  double under = moments->mean[form.denominator];
  gradient.known = under > 0;
  if (!gradient.known) return gradient;
  gradient.value /= under;
  gradient.by_mean[form.numerator] = 1 / under;
  gradient.by_mean[form.denominator] = -gradient.value / under;
  return gradient;
}

double moments_covariance(const Moments *moments, const double a[MOMENT_VALUES_MAX],
                          const double b[MOMENT_VALUES_MAX]) {
  double sum = 0;
  for (uint32_t i = 0; i < moments->values; i++)
    for (uint32_t j = 0; j < moments->values; j++) sum += a[i] * moments->covariance[i][j] * b[j];
  return sum;
}

double moments_variance(const Moments *moments, const double a[MOMENT_VALUES_MAX]) {
  double sum = 0, size = 0;
  for (uint32_t i = 0; i < moments->values; i++)
    for (uint32_t j = 0; j < moments->values; j++) {
      double term = a[i] * moments->covariance[i][j] * a[j];
      sum += term;
      size += fabs(term);
    }
  return sum > size * 1e-13 ? sum : 0;
}

ArmValue arm_value(const Moments *moments, MomentForm form) {
  MomentGradient gradient = moment_gradient(moments, form);
  ArmValue arm = {.count = moments->count, .known = gradient.known, .value = gradient.value};
  if (arm.known)
    arm.variance = moments_variance(moments, gradient.by_mean) / (double)moments->count;
  return arm;
}
