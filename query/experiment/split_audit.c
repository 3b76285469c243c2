// See split_audit.h.
#include "split_audit.h"
#include "distribution.h"
#include <math.h>

SampleRatio sample_ratio(const int64_t *counts, const double *shares, uint32_t arms) {
  double all = 0, planned = 0;
  uint32_t cells = 0;
  SampleRatio ratio = {0};
  for (uint32_t i = 0; i < arms; i++) all += (double)counts[i], planned += shares[i];
  if (all <= 0 || planned <= 0) return ratio;
  for (uint32_t i = 0; i < arms; i++) {
    double expected = all * shares[i] / planned, off = (double)counts[i] - expected;
    if (expected > 0)
      ratio.statistic += off * off / expected, cells++;
    else if (counts[i] > 0)
      ratio.statistic = INFINITY, cells++;
  }
  ratio.tested = cells > 1;
  ratio.degrees = cells > 1 ? cells - 1 : 0;
  if (ratio.tested)
    ratio.p_value = isinf(ratio.statistic) ? 0 : chi_squared_above(ratio.statistic, ratio.degrees);
  return ratio;
}

// A row of the fourfold (or longer) table beside the columns' totals.
static double row_statistic(const int64_t *all, double total, double row_total, const double *row,
                            uint32_t arms) {
  double statistic = 0;
  for (uint32_t i = 0; i < arms; i++) {
    double expected = row_total * (double)all[i] / total, off = row[i] - expected;
    if (expected > 0) statistic += off * off / expected;
  }
  return statistic;
}

SampleRatio sample_ratio_apart(const int64_t *part, const int64_t *all, uint32_t arms) {
  double total = 0, inside = 0, in[SPLIT_ARMS_MAX], out[SPLIT_ARMS_MAX];
  uint32_t cells = 0;
  SampleRatio ratio = {0};
  for (uint32_t i = 0; i < arms; i++) {
    in[i] = (double)part[i], out[i] = (double)(all[i] - part[i]);
    total += (double)all[i], inside += in[i];
    cells += all[i] > 0;
  }
  ratio.tested = cells > 1 && inside > 0 && inside < total;
  if (!ratio.tested) return ratio;
  ratio.degrees = cells - 1;
  ratio.statistic = row_statistic(all, total, inside, in, arms) +
                    row_statistic(all, total, total - inside, out, arms);
  ratio.p_value = chi_squared_above(ratio.statistic, ratio.degrees);
  return ratio;
}

bool standardised_difference(const Moments *treated, const Moments *control, uint32_t value,
                             double *difference) {
  double spread = sqrt((treated->covariance[value][value] + control->covariance[value][value]) / 2);
  *difference = spread > 0 ? (treated->mean[value] - control->mean[value]) / spread : 0;
  return spread > 0;
}

bool balance_is_sound(double standardised, double p_adjusted) {
  return fabs(standardised) <= BALANCE_CLOSE || p_adjusted >= BALANCE_P;
}
