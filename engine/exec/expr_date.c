// Functions of dates and time stamps. Zoned time stamps are taken in UTC.
#include "date.h"
#include "expr_function.h"
#include <strings.h>

typedef enum Field {
  FIELD_MICROSECOND,
  FIELD_MILLISECOND,
  FIELD_SECOND,
  FIELD_MINUTE,
  FIELD_HOUR,
  FIELD_DAY,
  FIELD_WEEK,
  FIELD_MONTH,
  FIELD_QUARTER,
  FIELD_YEAR,
  FIELD_DECADE,
  FIELD_CENTURY,
  FIELD_MILLENNIUM,
  FIELD_ISODOW,
  FIELD_DOW,
  FIELD_DOY,
  FIELD_ISOYEAR,
  FIELD_EPOCH,
  FIELD_COUNT_
} Field;

static const char *const field_names[FIELD_COUNT_] = {
    "microseconds", "milliseconds", "second",  "minute", "hour",    "day",
    "week",         "month",        "quarter", "year",   "decade",  "century",
    "millennium",   "isodow",       "dow",     "doy",    "isoyear", "epoch"};

static Status field_find(const FunctionCall *call, Field *field, Error *error) {
  Str name = vector_text(&call->args[0], 0);
  for (int f = 0; f < FIELD_COUNT_; f++)
    if (strlen(field_names[f]) == name.size && !strncasecmp(field_names[f], name.data, name.size))
      return *field = (Field)f, STATUS_OK;
  return error_set(error, STATUS_INVALID,
                   "unknown field \"%.*s\" in %s: expected microseconds, milliseconds, second, "
                   "minute, hour, day, week, month, quarter, year, decade, century, millennium, "
                   "isodow, dow, doy, isoyear or epoch",
                   (int)name.size, name.data, function_name(call->expr->function));
}

static int32_t date_truncated(Field field, int32_t date) {
  CivilDate civil = date_to_civil(date);
  switch (field) {
  case FIELD_WEEK:
    return date - (date_weekday(date) - 1);
  case FIELD_MONTH:
    return date_from_civil(civil.year, civil.month, 1);
  case FIELD_QUARTER:
    return date_from_civil(civil.year, (civil.month - 1) / 3 * 3 + 1, 1);
  case FIELD_YEAR:
    return date_from_civil(civil.year, 1, 1);
  case FIELD_DECADE: // years 2020 to 2029; the first one is years 1 to 9
    return date_from_civil(civil.year < 10 ? 1 : civil.year / 10 * 10, 1, 1);
  case FIELD_CENTURY: // 2001 to 2100
    return date_from_civil((civil.year - 1) / 100 * 100 + 1, 1, 1);
  case FIELD_MILLENNIUM:
    return date_from_civil((civil.year - 1) / 1000 * 1000 + 1, 1, 1);
  default:
    return date;
  }
}

static int64_t timestamp_truncated(Field field, int64_t timestamp) {
  static const int64_t units[] = {1, 1000, 1000000, 60000000, INT64_C(3600000000)};
  int64_t day = (int64_t)timestamp_date(timestamp) * USEC_PER_DAY;
  if (field <= FIELD_HOUR)
    return day + timestamp_time_of_day(timestamp) / units[field] * units[field];
  return (int64_t)date_truncated(field, timestamp_date(timestamp)) * USEC_PER_DAY;
}

static int64_t date_field(Field field, int32_t date) {
  CivilDate civil = date_to_civil(date);
  int32_t iso_year, iso_week = date_iso_week(date, &iso_year);
  switch (field) {
  case FIELD_DAY:
    return civil.day;
  case FIELD_WEEK:
    return iso_week;
  case FIELD_MONTH:
    return civil.month;
  case FIELD_QUARTER:
    return (civil.month - 1) / 3 + 1;
  case FIELD_YEAR:
    return civil.year;
  case FIELD_DECADE:
    return civil.year / 10;
  case FIELD_CENTURY:
    return (civil.year + 99) / 100;
  case FIELD_MILLENNIUM:
    return (civil.year + 999) / 1000;
  case FIELD_ISODOW:
    return date_weekday(date);
  case FIELD_DOW:
    return date_weekday(date) % 7;
  case FIELD_DOY:
    return date - date_from_civil(civil.year, 1, 1) + 1;
  case FIELD_ISOYEAR:
    return iso_year;
  default:
    return 0;
  }
}

static int64_t timestamp_field(Field field, int64_t timestamp) {
  int64_t time = timestamp_time_of_day(timestamp);
  switch (field) {
  case FIELD_MICROSECOND:
    return time % 60000000;
  case FIELD_MILLISECOND:
    return time % 60000000 / 1000;
  case FIELD_SECOND:
    return time / 1000000 % 60;
  case FIELD_MINUTE:
    return time / 60000000 % 60;
  case FIELD_HOUR:
    return time / INT64_C(3600000000);
  case FIELD_EPOCH:
    return (timestamp - time % 1000000) / 1000000;
  default:
    return date_field(field, timestamp_date(timestamp));
  }
}

static Status eval_field(const FunctionCall *call, Vector *out, Error *error) {
  Field field = FIELD_DAY;
  int64_t in[VECTOR_ROWS], *result = call_result(call, out);
  TRY(field_find(call, &field, error));
  vector_flatten_int(&call->args[1], call->row_count, in);
  bool trunc = call->expr->function == FUNCTION_DATE_TRUNC;
  bool date = call->args[1].type.kind == TYPE_DATE;
  if (trunc && (field > FIELD_MILLENNIUM || (date && field < FIELD_DAY)))
    return error_set(error, STATUS_INVALID, "date_trunc to \"%s\" is not supported for this type",
                     field_names[field]);
  for (uint32_t i = 0; i < call->row_count; i++) {
    if (!call_row_live(call, i))
      result[i] = 0;
    else if (date && trunc)
      result[i] = date_truncated(field, (int32_t)in[i]);
    else if (date && field == FIELD_EPOCH)
      result[i] = in[i] * 86400;
    else if (date)
      result[i] = date_field(field, (int32_t)in[i]);
    else
      result[i] = trunc ? timestamp_truncated(field, in[i]) : timestamp_field(field, in[i]);
  }
  return STATUS_OK;
}

static bool date_arith(const Expr *expr, bool date, int64_t a, int64_t b, int64_t *out) {
  switch (expr->function) {
  case FUNCTION_DATE_ADD_DAYS:
    return !__builtin_add_overflow(a, b, out) && *out >= DATE_MIN && *out <= DATE_MAX;
  case FUNCTION_DATE_DIFF_DAYS:
    *out = a - b;
    return true;
  case FUNCTION_DATE_ADD_MONTHS: {
    if (b < -120000 || b > 120000) return false;
    int32_t day = date ? (int32_t)a : timestamp_date(a);
    CivilDate civil = date_to_civil(day);
    int64_t month = (int64_t)civil.year * 12 + civil.month - 1 + b;
    if (month < 12 || month >= 120000) return false; // years 1 to 9999
    int32_t moved = date_add_months(day, (int32_t)b);
    *out = date ? moved : (int64_t)moved * USEC_PER_DAY + timestamp_time_of_day(a);
    return true;
  }
  default: // TIMESTAMP_ADD
    return !__builtin_add_overflow(a, b, out) && *out >= (int64_t)DATE_MIN * USEC_PER_DAY &&
           *out < ((int64_t)DATE_MAX + 1) * USEC_PER_DAY;
  }
}

static Status eval_date_arith(const FunctionCall *call, Vector *out, Error *error) {
  int64_t a[VECTOR_ROWS], b[VECTOR_ROWS], *result = call_result(call, out);
  vector_flatten_int(&call->args[0], call->row_count, a);
  vector_flatten_int(&call->args[1], call->row_count, b);
  bool date = call->args[0].type.kind == TYPE_DATE;
  for (uint32_t i = 0; i < call->row_count; i++) {
    result[i] = 0;
    if (call_row_live(call, i) && !date_arith(call->expr, date, a[i], b[i], &result[i]))
      return error_set(error, STATUS_OVERFLOW, "date or time stamp out of range (years 1 to 9999)");
  }
  return STATUS_OK;
}

Status function_eval_date(const FunctionCall *call, Vector *out, Error *error) {
  bool field =
      call->expr->function == FUNCTION_DATE_TRUNC || call->expr->function == FUNCTION_EXTRACT;
  return field ? eval_field(call, out, error) : eval_date_arith(call, out, error);
}
