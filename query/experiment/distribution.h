// Tails and quantiles of the distributions that the tests of an experiment stand on. The one place
// that knows the GNU Scientific Library; everything else here is arithmetic on moments.
// Safe from any thread. Arguments out of a distribution's range give NAN, never an abort.
#pragma once
#include <stdint.h>

// P(|Z| >= |z|) and the z with P(Z <= z) = p, 0 < p < 1, Z standard normal.
double normal_two_sided(double z);
double normal_below(double z); // P(Z <= z)
double normal_quantile(double p);
// The same for Student's t; degrees > 0, need not be whole.
double student_two_sided(double t, double degrees);
double student_quantile(double p, double degrees);
// P(X <= k), X the successes of `count` trials.
double binomial_below(int64_t k, int64_t count, double p);
// P(X >= x), X chi-squared.
double chi_squared_above(double x, double degrees);
