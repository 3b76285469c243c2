// See distribution.h.
#include "distribution.h"
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <math.h>
#include <pthread.h>

// GSL's own handler ends the process.
static void handler_off(void) {
  gsl_set_error_handler_off();
}

static void gsl_prepare(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, handler_off);
}

double normal_two_sided(double z) {
  return 2 * gsl_cdf_ugaussian_Q(fabs(z));
}

double normal_below(double z) {
  return gsl_cdf_ugaussian_P(z);
}

double normal_quantile(double p) {
  gsl_prepare();
  return p > 0 && p < 1 ? gsl_cdf_ugaussian_Pinv(p) : NAN;
}

double student_two_sided(double t, double degrees) {
  gsl_prepare();
  return degrees > 0 ? 2 * gsl_cdf_tdist_Q(fabs(t), degrees) : NAN;
}

double student_quantile(double p, double degrees) {
  gsl_prepare();
  return p > 0 && p < 1 && degrees > 0 ? gsl_cdf_tdist_Pinv(p, degrees) : NAN;
}

double chi_squared_above(double x, double degrees) {
  gsl_prepare();
  return x >= 0 && degrees > 0 ? gsl_cdf_chisq_Q(x, degrees) : NAN;
}

double binomial_below(int64_t k, int64_t count, double p) {
  if (count < 0 || count > UINT32_MAX || !(p >= 0 && p <= 1)) return NAN;
  gsl_prepare();
  if (k < 0) return 0;
  return k >= count ? 1 : gsl_cdf_binomial_P((unsigned)k, p, (unsigned)count);
}
