// See interval.h.
#include "interval.h"
#include "date.h"
#include <math.h>

#define MONTH_DAYS 30 // where an interval must be one number: comparison, multiplication

static Status interval_range(Error *error) {
  return error_set(error, STATUS_OVERFLOW, "interval out of range");
}

Status interval_make(int128_t months, int128_t days, int128_t usec, IntervalValue *out,
                     Error *error) {
  if (months != (int32_t)months || days != (int32_t)days || usec != (int64_t)usec)
    return interval_range(error);
  *out = (IntervalValue){.months = (int32_t)months, .days = (int32_t)days, .usec = (int64_t)usec};
  return STATUS_OK;
}

Status interval_add(IntervalValue a, IntervalValue b, int sign, IntervalValue *out, Error *error) {
  return interval_make((int128_t)a.months + sign * (int128_t)b.months,
                       (int128_t)a.days + sign * (int128_t)b.days,
                       (int128_t)a.usec + sign * (int128_t)b.usec, out, error);
}

// To the microsecond of a day, which doubles are not exact to.
static double rounded(double value) {
  return rint(value * 1e6) / 1e6;
}

// The fields times or by a number, as doubles; whole months and days are kept.
static Status interval_of_doubles(double months, double days, double usec, IntervalValue *out,
                                  Error *error) {
  double whole_months = trunc(months), rest_days = rounded((months - whole_months) * MONTH_DAYS);
  double whole_days = trunc(days), whole_rest = trunc(rest_days);
  double rest_seconds = rounded((days - whole_days + rest_days - whole_rest) * 86400);
  if (fabs(rest_seconds) >= 86400) { // of rounding
    whole_days += trunc(rest_seconds / 86400);
    rest_seconds = fmod(rest_seconds, 86400);
  }
  double all_days = whole_days + whole_rest, all_usec = rint(usec + rest_seconds * 1e6);
  if (!isfinite(months) || fabs(whole_months) > INT32_MAX || !(fabs(all_days) <= INT32_MAX) ||
      !(fabs(all_usec) < 9.2e18))
    return interval_range(error);
  return interval_make((int128_t)whole_months, (int128_t)all_days, (int128_t)all_usec, out, error);
}

Status interval_multiply(IntervalValue a, double factor, IntervalValue *out, Error *error) {
  return interval_of_doubles(a.months * factor, a.days * factor, (double)a.usec * factor, out,
                             error);
}

Status interval_divide(IntervalValue a, double by, IntervalValue *out, Error *error) {
  if (by == 0) return error_set(error, STATUS_DIVISION, "division by zero");
  return interval_of_doubles(a.months / by, a.days / by, (double)a.usec / by, out, error);
}

// Moves whole units of `size` from *small to *large.
static void carry(int128_t *small, int128_t *large, int64_t size) {
  *large += *small / size;
  *small %= size;
}

// Gives *small the sign of *large.
static void borrow(int128_t *small, int128_t *large, int64_t size) {
  if (*large > 0 && *small < 0) *small += size, --*large;
  if (*large < 0 && *small > 0) *small -= size, ++*large;
}

Status interval_justify(IntervalValue value, IntervalJustify what, IntervalValue *out,
                        Error *error) {
  int128_t months = value.months, days = value.days, usec = value.usec;
  if (what != JUSTIFY_DAYS) carry(&usec, &days, USEC_PER_DAY);
  if (what == JUSTIFY_HOURS) borrow(&usec, &days, USEC_PER_DAY);
  if (what != JUSTIFY_HOURS) carry(&days, &months, MONTH_DAYS);
  if (what == JUSTIFY_DAYS) borrow(&days, &months, MONTH_DAYS);
  if (what == JUSTIFY_ALL) {
    if (months > 0 && (days < 0 || (days == 0 && usec < 0))) days += MONTH_DAYS, months--;
    if (months < 0 && (days > 0 || (days == 0 && usec > 0))) days -= MONTH_DAYS, months++;
    borrow(&usec, &days, USEC_PER_DAY);
  }
  return interval_make(months, days, usec, out, error);
}
