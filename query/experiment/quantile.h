// A quantile of an arm's customers, with the variance of its estimate, from three order statistics.
//
// The interval between two of them holds the quantile with a chance that the binomial distribution
// gives exactly, whatever the values' distribution: David, Nagaraja (2003), "Order Statistics",
// section 7.1. Its width over twice the normal quantile of that chance is the standard error, from
// which differences have theirs: McKean, Schrader (1984); Price, Bonett (2002), "Distribution-free
// confidence intervals for difference and ratio of medians".
#pragma once
#include "moments.h"

typedef struct QuantileRanks {
  bool known;            // false: under ten customers are expected on a side of the quantile
  int64_t low, at, high; // of the order statistics, from 1 on
  double z;              // half the interval's width in standard errors
} QuantileRanks;

// quantile: above 0, below 1. level: about that of the interval; 0.95.
QuantileRanks quantile_ranks(int64_t count, double quantile, double level);
// The values of those ranks, as an arm's number. Many equal values: the variance may be zero.
ArmValue quantile_value(const QuantileRanks *ranks, int64_t count, double low, double at,
                        double high);
