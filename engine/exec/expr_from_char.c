// to_date and to_timestamp of a text and a format: the way back from to_char, by PostgreSQL's
// rules.
//
// The format is walked beside the text. A blank or separator of the format passes over one of the
// text, if there is one; another character passes over any character; a field may have blanks
// around it. A number has at most the digits of its pattern where another number follows at once
// (YYYYMMDD), and as many as there are elsewhere. What the text has behind the format is ignored,
// as are fields of the format behind the end of the text.
#include "date.h"
#include "expr_function.h"
#include "moment_pattern.h"
#include <ctype.h>
#include <strings.h>

typedef enum PartKind { PART_END, PART_FIELD, PART_SEPARATOR, PART_CHARACTER } PartKind;

typedef struct Part { // of the format
  PartKind kind;
  const Pattern *pattern; // of a field
  bool fill_mode, ordinal;
  char first; // of a separator or character
} Part;

typedef struct Walk { // over the format
  const char *at, *end;
  bool quoted;
} Walk;

typedef struct Fields { // 0: not given, as in PostgreSQL
  int64_t year, month, day, year_day;
  int64_t hour, minute, second, day_second, milli, micro;
  int64_t afternoon, weekday;
  bool twelve_hours;
} Fields;

typedef struct Source {
  Str text;
  const char *at, *end;
} Source;

#define READ_KINDS "YMDEHhmsSfugNnAaPpQ"
#define NAME_KINDS "NnAaPp"

static bool is_separator(char c) {
  return c > 0x20 && c < 0x7f && !isalnum((unsigned char)c);
}

// The field at the walk's place, behind its FM or TM; false: there is none.
static bool walk_field(Walk *walk, char prefix, Part *part) {
  const Pattern *pattern = pattern_at(walk->at, walk->end);
  if (!pattern) return false;
  walk->at += strlen(pattern->text);
  bool ordinal = walk->end - walk->at >= 2 && strncasecmp(walk->at, "th", 2) == 0;
  if (ordinal) walk->at += 2;
  *part = (Part){PART_FIELD, pattern, prefix == 'F', ordinal, 0};
  return true;
}

static Part walk_next(Walk *walk) {
  Part part = {.kind = PART_END};
  char prefix = 0;
  for (bool moves = true; moves && walk->at < walk->end;) { // past quotes and one FM or TM
    char now = walk->quoted || prefix ? 0 : pattern_prefix_at(walk->at, walk->end);
    moves = now || *walk->at == '"';
    if (now)
      walk->at += 2, prefix = now;
    else if (moves)
      walk->quoted = !walk->quoted, walk->at++, prefix = 0;
    else if (!walk->quoted && walk_field(walk, prefix, &part))
      return part;
  }
  if (walk->at == walk->end) return part;
  bool escaped =
      *walk->at == '\\' && walk->at + 1 < walk->end && (walk->quoted || walk->at[1] == '"');
  if (escaped) walk->at++;
  part.first = *walk->at;
  bool plain = !walk->quoted && !escaped;
  part.kind = plain && (isspace((unsigned char)part.first) || is_separator(part.first))
                  ? PART_SEPARATOR
                  : PART_CHARACTER;
  utf8_decode(&walk->at);
  return part;
}

static void skip_blanks(Source *source, int *skipped) {
  for (; source->at < source->end && isspace((unsigned char)*source->at); source->at++) ++*skipped;
}

static Status invalid_value(const Source *source, const char *at, const Part *part, Error *error) {
  int size = 0;
  while (at + size < source->end && size < 40 && !isspace((unsigned char)at[size])) size++;
  return error_set(error, STATUS_INVALID, "invalid value \"%.*s\" for \"%s\" in \"%.*s\"", size, at,
                   part->pattern->text, (int)(source->text.size > 100 ? 100 : source->text.size),
                   source->text.data);
}

static Status set_field(int64_t *field, int64_t value, const Part *part, Error *error) {
  if (*field && *field != value)
    return error_set(error, STATUS_INVALID,
                     "conflicting values for \"%s\" field in formatting string",
                     part->pattern->text);
  *field = value;
  return STATUS_OK;
}

// Whether the number of `part` ends where its digits do: what follows is no digit.
static bool ends_by_itself(const Part *part, Walk rest) {
  if (part->fill_mode || part->ordinal) return true;
  Part next = walk_next(&rest);
  if (next.kind == PART_FIELD) return strchr(NAME_KINDS, next.pattern->kind) != NULL;
  return next.kind == PART_END || !isdigit((unsigned char)next.first);
}

// *length: characters read, blanks before it among them.
static Status read_number(Source *source, const Part *part, unsigned digits, Walk rest,
                          int64_t *number, int64_t *length, Error *error) {
  const char *start = source->at, *limit = source->end, *at;
  int skipped = 0;
  skip_blanks(source, &skipped);
  const char *first = at = source->at;
  bool open = ends_by_itself(part, rest);
  if (!open) {
    if (source->end - first < (int64_t)digits)
      return error_set(error, STATUS_INVALID,
                       "source string too short for \"%s\" formatting field: \"%.*s\"",
                       part->pattern->text,
                       (int)(source->text.size > 100 ? 100 : source->text.size), source->text.data);
    limit = first + digits;
  }
  bool negative = at < limit && *at == '-';
  if (at < limit && (*at == '-' || *at == '+')) at++;
  const char *digit = at;
  for (*number = 0; at < limit && isdigit((unsigned char)*at); at++) {
    *number = *number * 10 + (*at - '0');
    if (*number > INT32_MAX)
      return error_set(error, STATUS_OVERFLOW, "value for \"%s\" in source string is out of range",
                       part->pattern->text);
  }
  if (at == digit || (!open && at != limit)) return invalid_value(source, first, part, error);
  if (negative) *number = -*number;
  source->at = at;
  *length = at - start;
  return STATUS_OK;
}

static Status read_name(Source *source, const Part *part, const char *const *names, int count,
                        size_t size, int64_t *index, Error *error) {
  for (int i = 0; i < count; i++) {
    size_t length = size ? size : strlen(names[i]);
    if ((size_t)(source->end - source->at) < length ||
        strncasecmp(source->at, names[i], length) != 0)
      continue;
    source->at += length;
    *index = i;
    return STATUS_OK;
  }
  return invalid_value(source, source->at, part, error);
}

static Status read_word(Source *source, const Part *part, Fields *fields, Error *error) {
  static const char *const months[] = {"January",   "February", "March",    "April",
                                       "May",       "June",     "July",     "August",
                                       "September", "October",  "November", "December"};
  static const char *const days[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                     "Thursday", "Friday", "Saturday"};
  static const char *const halves[] = {"am", "pm"}, *const dotted[] = {"a.m.", "p.m."};
  char kind = part->pattern->kind;
  int64_t index = 0;
  switch (kind) {
  case 'N':
  case 'n':
    TRY(read_name(source, part, months, 12, kind == 'n' ? 3 : 0, &index, error));
    return set_field(&fields->month, index + 1, part, error);
  case 'A':
  case 'a':
    TRY(read_name(source, part, days, 7, kind == 'a' ? 3 : 0, &index, error));
    TRY(set_field(&fields->weekday, index, part, error));
    fields->weekday++; // after it is compared, as there; the date does not regard it
    return STATUS_OK;
  default:
    TRY(read_name(source, part, kind == 'p' ? halves : dotted, 2, 0, &index, error));
    fields->twelve_hours = true;
    return set_field(&fields->afternoon, index, part, error);
  }
}

// Years of less than four digits are those next to 2020.
static int64_t full_year(int64_t year) {
  if (year < 70) return year + 2000;
  if (year < 100) return year + 1900;
  if (year < 520) return year + 2000;
  return year < 1000 ? year + 1000 : year;
}

static int64_t scaled(int64_t number, int64_t length, int64_t digits) {
  for (; length < digits; length++) number *= 10;
  return number;
}

static Status read_field(Source *source, const Part *part, Walk rest, Fields *fields,
                         Error *error) {
  const Pattern *pattern = part->pattern;
  if (!strchr(READ_KINDS, pattern->kind))
    return error_set(error, STATUS_UNSUPPORTED,
                     "the pattern \"%s\" is not supported where a text is read", pattern->text);
  if (strchr(NAME_KINDS, pattern->kind)) return read_word(source, part, fields, error);
  unsigned digits = strchr("SQ", pattern->kind) ? (unsigned)strlen(pattern->text) : pattern->width;
  int64_t number = 0, length = 0, ignored = 0, *field = &ignored;
  TRY(read_number(source, part, digits, rest, &number, &length, error));
  switch (pattern->kind) {
  case 'Y':
    field = &fields->year; // as it is written it must not contradict an earlier one
    TRY(set_field(field, number, part, error));
    if (pattern->width < 4 && length < 4) number = full_year(number);
    *field = number;
    break;
  case 'M':
    field = &fields->month;
    break;
  case 'D':
    field = &fields->day;
    break;
  case 'E':
    field = &fields->year_day;
    break;
  case 'h':
    fields->twelve_hours = true;
    field = &fields->hour;
    break;
  case 'H':
    field = &fields->hour;
    break;
  case 'm':
    field = &fields->minute;
    break;
  case 's':
    field = &fields->second;
    break;
  case 'S':
    field = &fields->day_second;
    break;
  case 'f': // 25 is a quarter of a second, and so is 250
    number = scaled(number, length, 3);
    field = &fields->milli;
    break;
  case 'u':
  case 'g':
    number = scaled(number, length, 6);
    field = &fields->micro;
    break;
  default: // Q says nothing of the day
    break;
  }
  TRY(set_field(field, number, part, error));
  for (int i = 0; part->ordinal && i < 2 && source->at < source->end; i++) utf8_decode(&source->at);
  return STATUS_OK;
}

static Status read_fields(Source *source, Str format, Fields *fields, Error *error) {
  Walk walk = {.at = format.data, .end = format.data + format.size};
  int skipped = 0; // characters passed over beyond those of the format
  bool first = true;
  while (source->at < source->end) {
    Part part = walk_next(&walk);
    if (part.kind == PART_END) break;
    if (part.kind == PART_FIELD || first) skip_blanks(source, &skipped);
    first = false;
    if (source->at == source->end && part.kind != PART_FIELD) break;
    if (part.kind == PART_FIELD) {
      TRY(read_field(source, &part, walk, fields, error));
      skipped = 0;
      skip_blanks(source, &skipped);
    } else if (part.kind == PART_SEPARATOR) {
      bool passes = isspace((unsigned char)*source->at) || is_separator(*source->at);
      source->at += passes;
      skipped -= !passes;
    } else if (skipped > 0) {
      skipped--;
    } else {
      utf8_decode(&source->at);
    }
  }
  return STATUS_OK;
}

static Status out_of_range(const Source *source, Error *error) {
  return error_set(error, STATUS_INVALID, "date/time field value out of range: \"%.*s\"",
                   (int)(source->text.size > 100 ? 100 : source->text.size), source->text.data);
}

static Status day_of(const Source *source, const Fields *fields, int64_t *day, Error *error) {
  int64_t month = fields->month ? fields->month : 1, of_month = fields->day ? fields->day : 1;
  bool by_year_day = fields->year_day && (month <= 1 || of_month <= 1);
  if (by_year_day && !fields->year)
    return error_set(error, STATUS_INVALID,
                     "cannot calculate day of year without year information");
  if (fields->year < 1 || fields->year > 9999) return out_of_range(source, error);
  int32_t year = (int32_t)fields->year;
  if (by_year_day) {
    int64_t days = date_civil_valid(year, 2, 29) ? 366 : 365;
    if (fields->year_day < 1 || fields->year_day > days) return out_of_range(source, error);
    CivilDate civil = date_to_civil(date_from_civil(year, 1, 1) + (int32_t)fields->year_day - 1);
    if (month <= 1) month = civil.month; // what else was given stays, as there
    if (of_month <= 1) of_month = civil.day;
  }
  bool valid = month >= 1 && month <= 12 && of_month >= 1 && of_month <= 31 &&
               date_civil_valid(year, (int32_t)month, (int32_t)of_month);
  if (!valid) return out_of_range(source, error);
  *day = date_from_civil(year, (int32_t)month, (int32_t)of_month);
  return STATUS_OK;
}

static Status time_of(const Source *source, Fields *fields, int64_t *usec, Error *error) {
  if (fields->day_second) {
    if (!fields->hour) fields->hour = fields->day_second / 3600;
    if (!fields->minute) fields->minute = fields->day_second / 60 % 60;
    if (!fields->second) fields->second = fields->day_second % 60;
  }
  if (fields->twelve_hours) {
    if (fields->hour < 1 || fields->hour > 12)
      return error_set(error, STATUS_INVALID, "hour \"%lld\" is invalid for the 12-hour clock",
                       (long long)fields->hour);
    fields->hour = fields->hour % 12 + (fields->afternoon ? 12 : 0);
  }
  int64_t fraction = fields->milli * 1000 + fields->micro;
  bool valid = fields->hour >= 0 && fields->hour < 24 && fields->minute >= 0 &&
               fields->minute < 60 && fields->second >= 0 && fields->second < 60 && fraction >= 0 &&
               fraction < USEC_PER_SECOND;
  if (!valid) return out_of_range(source, error);
  *usec = (fields->hour * 3600 + fields->minute * 60 + fields->second) * USEC_PER_SECOND + fraction;
  return STATUS_OK;
}

Status function_eval_from_char(const FunctionCall *call, Vector *out, Error *error) {
  int64_t *result = call_result(call, out);
  bool date = call->expr->type.kind == TYPE_DATE;
  for (uint32_t i = 0; i < call->row_count; i++) {
    result[i] = 0;
    if (!call_row_live(call, i)) continue;
    Str text = vector_text(&call->args[0], i);
    Source source = {text, text.data, text.data + text.size};
    Fields fields = {0};
    int64_t day = 0, usec = 0;
    TRY(read_fields(&source, vector_text(&call->args[1], i), &fields, error));
    TRY(time_of(&source, &fields, &usec, error));
    TRY(day_of(&source, &fields, &day, error));
    result[i] = date ? day : day * USEC_PER_DAY + usec;
  }
  return STATUS_OK;
}
