// A test arm against the control arm: difference, interval, p-value.
#pragma once
#include "moments.h"

typedef struct Difference {
  bool known; // estimate; false where an arm has no value
  double estimate;
  // false: an arm has fewer than two customers, or nothing varies. The rest is then zero.
  bool tested;
  double standard_error, statistic, degrees; // degrees 0: the normal distribution
  double p_value, low, high;                 // two-sided; the interval of the asked level
} Difference;

// Means of unequal variances: Welch (1947), "The generalization of 'Student's' problem when several
// different population variances are involved", degrees after Satterthwaite (1946). level: 0.95.
Difference difference_welch(const ArmValue *treated, const ArmValue *control, double level);
// Ratios and other numbers whose variance is by the delta method: the normal distribution.
Difference difference_normal(const ArmValue *treated, const ArmValue *control, double level);
// Shares of customers. The p-value is the pooled z-test's, which is the chi-squared test of the
// fourfold table without continuity correction (Pearson 1900); the interval is Newcombe's (1998,
// "Interval estimation for the difference between independent proportions", method 10), which stays
// honest for rare events. tested is false where nobody or everybody succeeded in both arms.
Difference difference_proportions(int64_t treated_successes, int64_t treated_count,
                                  int64_t control_successes, int64_t control_count, double level);
// The relative effect, treated / control - 1, by the delta method (Deng et al. 2018, section 3).
// known is false where the control's value is not above zero (D8: a dash).
Difference difference_relative(const ArmValue *treated, const ArmValue *control, double level);

// Non-inferiority of a guardrail: whether the harm stays within what is permitted (ICH E9, 1998,
// section 3.3.2). `change` is the relative effect with its interval, permitted >= 0 the share that
// may be lost, good_is_up whether more is better.
typedef enum GuardrailState {
  GUARDRAIL_UNKNOWN, // not tested
  GUARDRAIL_SOUND,   // the whole interval lies within what is permitted
  GUARDRAIL_BROKEN,  // it is worse by more than is permitted, and surely worse than no change
  GUARDRAIL_UNCLEAR  // neither
} GuardrailState;
GuardrailState guardrail_judge(const Difference *change, double permitted, bool good_is_up);
