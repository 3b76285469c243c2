// Whether the arms are what was planned: their sizes, and what they were before the start.
#pragma once
#include "difference.h"

enum { SPLIT_ARMS_MAX = 64 };

typedef struct SampleRatio {
  bool tested; // false: fewer than two arms with a share, or nobody was assigned
  double statistic, degrees, p_value;
} SampleRatio;

// Pearson's chi-squared (1900) of the arms' sizes against the planned shares, over all arms:
// Fabijan et al. (2019), "Diagnosing Sample Ratio Mismatch in Online Controlled Experiments".
// Shares need not sum to one; someone in an arm whose share is zero makes the p-value zero.
SampleRatio sample_ratio(const int64_t *counts, const double *shares, uint32_t arms);

// Whether a part of the customers is split otherwise than the rest of them: Pearson's chi-squared
// of the two rows, without continuity correction. all: the part and the rest together.
SampleRatio sample_ratio_apart(const int64_t *part, const int64_t *all, uint32_t arms);

// The standardised difference of a covariate: (mean - mean) / root of the mean variance. Beyond 0.1
// it is looked at: Austin (2009), "Balance diagnostics for comparing the distribution of baseline
// covariates". False: nothing varies.
bool standardised_difference(const Moments *treated, const Moments *control, uint32_t value,
                             double *difference);

#define BALANCE_CLOSE 0.1 // a standardised difference that is close, however sure it is
#define BALANCE_P 0.05    // the chance that a fair split of any size is called unbalanced, at most

// Whether a covariate's difference is close, or no more than chance makes. Its size alone says
// nothing in small arms: of 200 customers each, every third covariate of a fair split lies beyond
// 0.1. Its p-value alone says nothing in large ones, where the smallest difference is sure. Hansen,
// Bowers (2008), "Covariate balance in simple, stratified and clustered comparative studies".
// p_adjusted: of Welch's test of the covariate's means, after Holm's correction over all covariates
// that are looked at, so that many of them raise no more false alarms than one.
bool balance_is_sound(double standardised, double p_adjusted);
