// Before a test, and after one that decided nothing: what it can see, and how many it needs.
// Two-sided tests, the normal distribution: Cohen (1988), "Statistical Power Analysis for the
// Behavioral Sciences", chapter 2; van Belle (2008), "Statistical Rules of Thumb", chapter 2.
#pragma once
#include <stdint.h>

// The chance that a test at alpha finds `effect`, whose estimate has that standard error.
double power_of_test(double effect, double standard_error, double alpha);
// The effect that is found with the chance `power`; the far tail is left out (below 1e-5 from a
// power of 0.5 on).
double power_detectable(double standard_error, double alpha, double power);
// How many customers the control arm needs, the test arm having `ratio` times as many, for a
// difference of means `effect` with the variances a customer. Rounded up, at least 2; INT64_MAX
// where no number does (no effect).
int64_t power_sample_size(double effect, double treated_variance, double control_variance,
                          double ratio, double alpha, double power);

// A test of several arms before it starts: one control, and test arms that are each compared with
// it.
typedef struct PowerSplit {
  const double *shares; // [arm_count], above zero; need not sum to one
  uint32_t arm_count, control;
} PowerSplit;

// The standard error of the difference between the control and the test arm that is seen worst, of
// `total` customers who vary by `deviation` in every arm.
double power_split_error(const PowerSplit *split, double total, double deviation);
// How many customers all arms need together so that every test arm finds `effect`; INT64_MAX: no
// number does.
int64_t power_split_size(const PowerSplit *split, double effect, double deviation, double alpha,
                         double power);
