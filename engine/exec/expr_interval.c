// Functions that take or make intervals, and what else is of time: moments and intervals added,
// made of fields, binned, and put into a zone.
#include "date.h"
#include "expr_function.h"
#include "interval.h"
#include <math.h>

static Status moment_range(Error *error) {
  return error_set(error, STATUS_OVERFLOW, "timestamp out of range");
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
         ((int128_t)months * 30 + value.days) * USEC_PER_DAY + value.usec;
}

// Fields below the named one are left out; the binder knows the names.
static IntervalValue interval_truncated(Str name, IntervalValue value) {
  static const struct {
    char first, second;
    int32_t months; // kept in multiples of so many; 0: months stay, as do, with usec, the days
    int64_t usec;
  } fields[] = {{'y', 'e', 12, 0},
                {'q', 'u', 3, 0},
                {'m', 'o', 1, 0},
                {'d', 'a', 0, USEC_PER_DAY},
                {'h', 'o', 0, 3600 * USEC_PER_SECOND},
                {'m', 'i', 0, 60 * USEC_PER_SECOND},
                {'s', 'e', 0, USEC_PER_SECOND}};
  size_t f = 0;
  while (fields[f].first != name.data[0] || fields[f].second != name.data[1]) f++;
  if (fields[f].months)
    return (IntervalValue){.months = value.months / fields[f].months * fields[f].months};
  value.usec = name.data[0] == 'd' ? 0 : value.usec / fields[f].usec * fields[f].usec;
  return value;
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
    return divide ? interval_divide(interval_at(a, i), by, out, error)
                  : interval_multiply(interval_at(a, i), by, out, error);
  }
  case FUNCTION_INTERVAL_TRUNC:
    *out = interval_truncated(vector_text(a, 0), interval_at(b, i));
    return STATUS_OK;
  case FUNCTION_JUSTIFY_DAYS:
    return interval_justify(interval_at(a, i), JUSTIFY_DAYS, out, error);
  case FUNCTION_JUSTIFY_HOURS:
    return interval_justify(interval_at(a, i), JUSTIFY_HOURS, out, error);
  case FUNCTION_JUSTIFY_INTERVAL:
    return interval_justify(interval_at(a, i), JUSTIFY_ALL, out, error);
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
    if (!(fabs(seconds) < 9e18)) seconds = 9e18, field[4] = INT64_MAX; // beyond any interval
    return interval_make((int128_t)field[0] * 12 + field[1], (int128_t)field[2] * 7 + field[3],
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

// To so many digits of a second; halves away from the start of 2000, as PostgreSQL does.
static Status moment_round(int64_t usec, int64_t digits, int64_t *out, Error *error) {
  const int64_t year_2000 = INT64_C(946684800) * USEC_PER_SECOND;
  int64_t unit = decimal_pow10_64((unsigned)(6 - digits)), since = usec - year_2000;
  int64_t up = since < 0 ? -(unit / 2) : unit / 2;
  *out = (since + up) / unit * unit + year_2000;
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
  case FUNCTION_MOMENT_ROUND:
    return moment_round(moment_at(a, i), vector_int(b, i), out, error);
  case FUNCTION_FROM_EPOCH:
    return from_epoch(double_at(a, i), out, error);
  case FUNCTION_INTERVAL_FIELD:
    *out = interval_field(vector_text(a, 0), interval_at(b, i));
    return STATUS_OK;
  case FUNCTION_EPOCH: {
    int128_t usec = is_interval(a) ? interval_epoch(interval_at(a, i)) : moment_at(a, i);
    if (usec != (int64_t)usec) return moment_range(error);
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

#define ZONES_KEPT 8

typedef struct ZoneCache { // of a batch: zones by name, the last one found in turn
  Str names[ZONES_KEPT];
  const TimeZone *zones[ZONES_KEPT];
  uint32_t count, next;
} ZoneCache;

static Status zone_find(ZoneCache *cache, Str text, const TimeZone **zone, Error *error) {
  for (uint32_t i = 0; i < cache->count; i++)
    if (str_equal(cache->names[i], text)) return *zone = cache->zones[i], STATUS_OK;
  char name[64];
  bool whole = text.size < sizeof name && !memchr(text.data, 0, text.size);
  if (!whole)
    return error_set(error, STATUS_INVALID, "time zone \"%.*s...\" not recognized",
                     (int)(text.size > 60 ? 60 : text.size), text.data);
  memcpy(name, text.data, text.size);
  name[text.size] = 0;
  TRY(time_zone_find(name, zone, error));
  cache->names[cache->next] = text;
  cache->zones[cache->next] = *zone;
  cache->next = (cache->next + 1) % ZONES_KEPT;
  if (cache->count < ZONES_KEPT) cache->count++;
  return STATUS_OK;
}

Status function_eval_interval(const FunctionCall *call, Vector *out, Error *error) {
  const TimeZone *zone = NULL;
  ZoneCache zones = {.count = 0};
  FunctionId function = call->expr->function;
  bool zoned = function == FUNCTION_TO_LOCAL || function == FUNCTION_TO_UTC;
  void *result = call_result(call, out);
  bool intervals = call->expr->type.kind == TYPE_INTERVAL;
  for (uint32_t i = 0; i < call->row_count; i++) {
    IntervalValue interval = {0};
    int64_t number = 0;
    bool live = call_row_live(call, i);
    if (live && zoned) TRY(zone_find(&zones, vector_text(&call->args[0], i), &zone, error));
    if (live)
      TRY(intervals ? to_interval(call, i, &interval, error)
                    : to_int(call, zone, i, &number, error));
    if (intervals)
      ((IntervalValue *)result)[i] = interval;
    else
      ((int64_t *)result)[i] = number;
  }
  return STATUS_OK;
}
