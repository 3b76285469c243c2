// Intervals: months, days and microseconds, kept apart as PostgreSQL keeps them (a month has no
// fixed length until it is added to a date), and what makes or takes them.
#include "date.h"
#include "expr_function.h"
#include <math.h>

#define MONTH_DAYS 30 // where an interval must be one number: comparison, multiplication

static Status interval_range(Error *error) {
  return error_set(error, STATUS_OVERFLOW, "interval out of range");
}

static Status moment_range(Error *error) {
  return error_set(error, STATUS_OVERFLOW, "timestamp out of range");
}

// months, days and usec in range of their fields.
static Status interval_make(int64_t months, int64_t days, int128_t usec, IntervalValue *out,
                            Error *error) {
  if (months != (int32_t)months || days != (int32_t)days || usec > INT64_MAX || usec < INT64_MIN)
    return interval_range(error);
  *out = (IntervalValue){.months = (int32_t)months, .days = (int32_t)days, .usec = (int64_t)usec};
  return STATUS_OK;
}

static Status interval_add(IntervalValue a, IntervalValue b, int sign, IntervalValue *out,
                           Error *error) {
  return interval_make((int64_t)a.months + sign * (int64_t)b.months,
                       (int64_t)a.days + sign * (int64_t)b.days,
                       (int128_t)a.usec + sign * (int128_t)b.usec, out, error);
}

// Months, then days, then time (PostgreSQL's order).
static Status moment_add(int64_t usec, IntervalValue by, int sign, int64_t *out, Error *error) {
  int64_t months = sign * (int64_t)by.months;
  int32_t day = timestamp_date(usec);
  int64_t time = timestamp_time_of_day(usec);
  if (months) {
    CivilDate civil = date_to_civil(day);
    int64_t month = (int64_t)civil.year * 12 + civil.month - 1 + months;
    if (month < 12 || month >= 120000) return moment_range(error);
    day = date_add_months(day, (int32_t)months);
  }
  int128_t moved =
      ((int128_t)day + sign * (int128_t)by.days) * USEC_PER_DAY + time + sign * (int128_t)by.usec;
  if (moved < (int128_t)DATE_MIN * USEC_PER_DAY || moved >= ((int128_t)DATE_MAX + 1) * USEC_PER_DAY)
    return moment_range(error);
  *out = (int64_t)moved;
  return STATUS_OK;
}

// Months and days that are not whole go down to the next smaller field, as PostgreSQL does.
static Status interval_multiply(IntervalValue a, double factor, IntervalValue *out, Error *error) {
  double months = a.months * factor, days = a.days * factor;
  double whole_months = trunc(months), rest_days = (months - whole_months) * MONTH_DAYS;
  rest_days = round(rest_days * 1e6) / 1e6;
  double whole_days = trunc(days), whole_rest = trunc(rest_days);
  double rest_usec = (days - whole_days + rest_days - whole_rest) * (double)USEC_PER_DAY;
  double usec = (double)a.usec * factor + rest_usec;
  if (!isfinite(months) || fabs(whole_months) > INT32_MAX ||
      fabs(whole_days + whole_rest) > INT32_MAX || !(fabs(usec) < 9.2e18))
    return interval_range(error);
  return interval_make((int64_t)whole_months, (int64_t)(whole_days + whole_rest),
                       (int128_t)llrint(usec), out, error);
}

// ts - ts: whole days and the rest, of one sign.
static IntervalValue moment_difference(int64_t a, int64_t b) {
  int128_t usec = (int128_t)a - b;
  return (IntervalValue){.days = (int32_t)(usec / USEC_PER_DAY),
                         .usec = (int64_t)(usec % USEC_PER_DAY)};
}

// age(a, b): years and months as a calendar counts them, then days and time. After PostgreSQL's
// timestamp_age: fields are subtracted and borrowed, the days of a month being those of the earlier
// date's month.
static IntervalValue moment_age(int64_t a, int64_t b) {
  bool negative = a < b;
  int64_t late = negative ? b : a, early = negative ? a : b;
  CivilDate x = date_to_civil(timestamp_date(late)), y = date_to_civil(timestamp_date(early));
  int64_t usec = timestamp_time_of_day(late) - timestamp_time_of_day(early);
  int32_t days = x.day - y.day, months = (x.year - y.year) * 12 + x.month - y.month;
  if (usec < 0) {
    usec += USEC_PER_DAY;
    days--;
  }
  if (days < 0) {
    int32_t first = date_from_civil(y.year, y.month, 1);
    days += date_add_months(first, 1) - first;
    months--;
  }
  int sign = negative ? -1 : 1;
  return (IntervalValue){.months = sign * months, .days = sign * days, .usec = sign * usec};
}

// Seconds since 1970, or of an interval with years of 365.25 days: in microseconds.
static int128_t interval_epoch(IntervalValue value) {
  int64_t years = value.months / 12, months = value.months % 12;
  return (int128_t)years * (USEC_PER_DAY * 1461 / 4) +
         ((int128_t)months * MONTH_DAYS + value.days) * USEC_PER_DAY + value.usec;
}

static IntervalValue interval_at(const Vector *v, uint32_t row) {
  return ((const IntervalValue *)v->data)[v->constant ? 0 : row];
}

static bool is_interval(const Vector *v) {
  return v->type.kind == TYPE_INTERVAL;
}

// A date or time stamp as microseconds.
static int64_t moment_at(const Vector *v, uint32_t row) {
  int64_t value = vector_int(v, row);
  return v->type.kind == TYPE_DATE ? value * USEC_PER_DAY : value;
}

// ---------------------------------------------------------------- kernels

static Status to_interval(const FunctionCall *call, uint32_t i, IntervalValue *out, Error *error) {
  const Vector *a = &call->args[0], *b = &call->args[1];
  switch (call->expr->function) {
  case FUNCTION_INTERVAL_ADD:
    return interval_add(interval_at(a, i), interval_at(b, i), 1, out, error);
  case FUNCTION_INTERVAL_SUBTRACT:
    return interval_add(interval_at(a, i), interval_at(b, i), -1, out, error);
  case FUNCTION_INTERVAL_NEGATE:
    return interval_add((IntervalValue){0}, interval_at(a, i), -1, out, error);
  case FUNCTION_INTERVAL_MULTIPLY:
  case FUNCTION_INTERVAL_DIVIDE: {
    double by = ((const double *)b->data)[b->constant ? 0 : i];
    bool divide = call->expr->function == FUNCTION_INTERVAL_DIVIDE;
    if (divide && by == 0) return error_set(error, STATUS_DIVISION, "division by zero");
    return interval_multiply(interval_at(a, i), divide ? 1 / by : by, out, error);
  }
  case FUNCTION_MOMENT_DIFFERENCE:
    *out = moment_difference(moment_at(a, i), moment_at(b, i));
    return STATUS_OK;
  case FUNCTION_AGE:
    *out = moment_age(moment_at(a, i), moment_at(b, i));
    return STATUS_OK;
  default: { // MAKE_INTERVAL: years, months, weeks, days, hours, minutes; seconds
    int64_t field[6];
    for (int f = 0; f < 6; f++) field[f] = vector_int(&call->args[f], i);
    const Vector *v = &call->args[6];
    double seconds = ((const double *)v->data)[v->constant ? 0 : i] * 1e6;
    if (!(fabs(seconds) < 9e18)) return interval_range(error);
    return interval_make(field[0] * 12 + field[1], field[2] * 7 + field[3],
                         (int128_t)field[4] * 3600 * USEC_PER_SECOND +
                             (int128_t)field[5] * 60 * USEC_PER_SECOND + llrint(seconds),
                         out, error);
  }
  }
}

static Status make_date(const FunctionCall *call, uint32_t i, int64_t *out, Error *error) {
  int64_t year = vector_int(&call->args[0], i), month = vector_int(&call->args[1], i);
  int64_t day = vector_int(&call->args[2], i);
  bool valid = year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 && day <= 31 &&
               date_civil_valid((int32_t)year, (int32_t)month, (int32_t)day);
  if (!valid)
    return error_set(error, STATUS_INVALID, "date field value out of range: %lld-%02lld-%02lld",
                     (long long)year, (long long)month, (long long)day);
  *out = date_from_civil((int32_t)year, (int32_t)month, (int32_t)day);
  return STATUS_OK;
}

static double double_at(const Vector *v, uint32_t row) {
  return ((const double *)v->data)[v->constant ? 0 : row];
}

// make_timestamp(year, month, day, hour, minute, seconds): 24:00:00 is the next midnight, and 60
// seconds the next minute, as in PostgreSQL.
static Status make_timestamp(const FunctionCall *call, uint32_t i, int64_t *out, Error *error) {
  int64_t day, hour = vector_int(&call->args[3], i), minute = vector_int(&call->args[4], i);
  double seconds = double_at(&call->args[5], i);
  TRY(make_date(call, i, &day, error));
  bool valid = hour >= 0 && hour <= 24 && minute >= 0 && minute <= 59 && seconds >= 0 &&
               rint(seconds * 1e6) <= 60e6;
  int64_t usec = 0;
  if (valid) usec = (hour * 3600 + minute * 60) * USEC_PER_SECOND + (int64_t)rint(seconds * 1e6);
  if (!valid || usec > USEC_PER_DAY)
    return error_set(error, STATUS_INVALID, "time field value out of range: %lld:%02lld:%02g",
                     (long long)hour, (long long)minute, seconds);
  *out = day * USEC_PER_DAY + usec;
  return *out > (int64_t)DATE_MAX * USEC_PER_DAY + USEC_PER_DAY - 1 ? moment_range(error)
                                                                    : STATUS_OK;
}

// date_bin(stride, moment, origin): the start of the bin, bins being counted from the origin.
static Status date_bin(IntervalValue stride, int64_t usec, int64_t origin, int64_t *out,
                       Error *error) {
  if (stride.months)
    return error_set(error, STATUS_INVALID,
                     "timestamps cannot be binned into intervals containing months or years");
  int128_t width = (int128_t)stride.days * USEC_PER_DAY + stride.usec;
  if (width <= 0) return error_set(error, STATUS_INVALID, "stride must be greater than zero");
  int128_t rest = ((int128_t)usec - origin) % width;
  int128_t start = usec - rest - (rest < 0 ? width : 0);
  if (start < (int128_t)DATE_MIN * USEC_PER_DAY) return moment_range(error);
  *out = (int64_t)start;
  return STATUS_OK;
}

// Seconds since 1970; counted from 2000 before they are rounded, as PostgreSQL does.
static Status from_epoch(double seconds, int64_t *out, Error *error) {
  const int64_t year_2000 = INT64_C(946684800);
  double usec = rint((seconds - (double)year_2000) * 1e6);
  if (!(fabs(usec) < 9e18)) return moment_range(error);
  *out = (int64_t)usec + year_2000 * USEC_PER_SECOND;
  bool fits = *out >= DATE_MIN * USEC_PER_DAY && *out < (DATE_MAX + INT64_C(1)) * USEC_PER_DAY;
  return fits ? STATUS_OK : moment_range(error);
}

static int64_t interval_field(Str name, IntervalValue value) {
  int64_t seconds = value.usec / USEC_PER_SECOND;
  switch (name.data[0]) {
  case 'y':
    return value.months / 12;
  case 'q':
    return value.months % 12 / 3 + 1;
  case 'd':
    return value.days;
  case 'h':
    return seconds / 3600;
  case 's':
    return seconds % 60;
  default: // month, minute
    return name.data[1] == 'o' ? value.months % 12 : seconds / 60 % 60;
  }
}

static Status to_int(const FunctionCall *call, const TimeZone *zone, uint32_t i, int64_t *out,
                     Error *error) {
  const Vector *a = &call->args[0], *b = &call->args[1];
  switch (call->expr->function) {
  case FUNCTION_MOMENT_ADD:
    return moment_add(moment_at(a, i), interval_at(b, i), 1, out, error);
  case FUNCTION_MOMENT_SUBTRACT:
    return moment_add(moment_at(a, i), interval_at(b, i), -1, out, error);
  case FUNCTION_MAKE_DATE:
    return make_date(call, i, out, error);
  case FUNCTION_MAKE_TIMESTAMP:
    return make_timestamp(call, i, out, error);
  case FUNCTION_DATE_BIN:
    return date_bin(interval_at(a, i), moment_at(b, i), moment_at(&call->args[2], i), out, error);
  case FUNCTION_FROM_EPOCH:
    return from_epoch(double_at(a, i), out, error);
  case FUNCTION_INTERVAL_FIELD:
    *out = interval_field(vector_text(a, 0), interval_at(b, i));
    return STATUS_OK;
  case FUNCTION_EPOCH: {
    int128_t usec = is_interval(a) ? interval_epoch(interval_at(a, i)) : moment_at(a, i);
    if (usec != (int64_t)usec) return interval_range(error);
    *out = (int64_t)usec;
    return STATUS_OK;
  }
  case FUNCTION_TO_LOCAL:
    *out = time_zone_to_local(zone, vector_int(b, i));
    return STATUS_OK;
  default: // TO_UTC
    *out = time_zone_to_utc_later(zone, moment_at(b, i));
    return STATUS_OK;
  }
}

static Status zone_of(const FunctionCall *call, const TimeZone **zone, Error *error) {
  *zone = NULL;
  FunctionId function = call->expr->function;
  if (function != FUNCTION_TO_LOCAL && function != FUNCTION_TO_UTC) return STATUS_OK;
  char name[64];
  Str text = vector_text(&call->args[0], 0);
  if (text.size >= sizeof name)
    return error_set(error, STATUS_INVALID, "time zone \"%.60s...\" not recognized", text.data);
  memcpy(name, text.data, text.size);
  name[text.size] = 0;
  return time_zone_find(name, zone, error);
}

Status function_eval_interval(const FunctionCall *call, Vector *out, Error *error) {
  const TimeZone *zone;
  void *result = call_result(call, out);
  TRY(zone_of(call, &zone, error));
  bool intervals = call->expr->type.kind == TYPE_INTERVAL;
  for (uint32_t i = 0; i < call->row_count; i++) {
    IntervalValue interval = {0};
    int64_t number = 0;
    if (call_row_live(call, i))
      TRY(intervals ? to_interval(call, i, &interval, error)
                    : to_int(call, zone, i, &number, error));
    if (intervals)
      ((IntervalValue *)result)[i] = interval;
    else
      ((int64_t *)result)[i] = number;
  }
  return STATUS_OK;
}
