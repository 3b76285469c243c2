// Intervals and p-values that stay true however often one looks, and whenever one stops.
//
// The mixture sequential probability ratio test of Johari, Koomen, Pekelis, Walsh (2022), "Always
// Valid Inference: Continuous Monitoring of A/B Tests", Operations Research 70(3), after Robbins
// (1970), "Statistical methods related to the law of the iterated logarithm". With the estimate D
// of variance V and the mixture N(0, tau^2) over effects, the likelihood ratio against "the effect
// is d"
//
//   L = sqrt(V / (V + tau^2)) exp(tau^2 (D - d)^2 / (2 V (V + tau^2)))
//
// is a martingale under d, so that it ever reaches 1 / alpha with a chance of at most alpha. The
// interval holds every d whose L is below 1 / alpha; the p-value is 1 / L of d = 0.
//
// tau is chosen before the first look: it makes the interval tightest at the planned end. There
// tau^2 / V = u, the root of u = 2 ln(1/alpha) + ln(1 + u); at a share t of the plan V is 1/t of
// that, so tau^2 / V = u t. The variance is the data's own: Waudby-Smith, Arbour, Sinha, Kennedy,
// Ramdas (2024), "Time-uniform central limit theory and asymptotic confidence sequences".
#pragma once
#include <stdbool.h>

typedef struct SequentialInterval {
  bool known; // false: no standard error, or nothing of the plan has passed
  double low, high, p_value;
} SequentialInterval;

// progress: the share of the plan that has passed (customers of those planned; where all are
// assigned at the start and sums grow, days of those planned); above 1 after its end.
SequentialInterval sequential_interval(double estimate, double standard_error, double progress,
                                       double alpha);
