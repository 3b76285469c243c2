// Values of parameters: what a request gave, else the default; checked by type, bound as SQL's own
// parameters.
#include "date.h"
#include "report.h"
#include "text.h"
#include <stdio.h>
#include <stdlib.h>

const char *report_parameter_type_name(ReportParameterType type) {
  static const char *const names[] = {"date",   "month",   "number", "text",
                                      "choice", "members", "segment"};
  return names[type];
}

// "last_day - 30" after the word: 30; no more than that is 0. False: something else stands there.
static bool offset_read(const char *rest, long *offset) {
  char *end;
  while (*rest == ' ') rest++;
  *offset = 0;
  if (!*rest) return true;
  if (*rest++ != '-') return false;
  *offset = strtol(rest, &end, 10);
  return end != rest && !*end && *offset >= 0 && *offset <= 100000;
}

static const char *after_word(const char *text, const char *word) {
  size_t size = strlen(word);
  return strncmp(text, word, size) == 0 && (!text[size] || text[size] == ' ') ? text + size : NULL;
}

static int32_t month_begin(int32_t day) {
  CivilDate civil = date_to_civil(day);
  return date_from_civil(civil.year, civil.month, 1);
}

// The begin of the last calendar month that the data hold to its end.
static int32_t last_full_month(int32_t last) {
  int32_t begin = month_begin(last);
  return date_add_months(begin, 1) == last + 1 ? begin : date_add_months(begin, -1);
}

static const char *day_text(int32_t day, bool month, Arena *arena) {
  char *text = arena_alloc(arena, 40);
  text[date_format(day, text)] = 0;
  if (month && strlen(text) > 3) text[strlen(text) - 3] = 0;
  return text;
}

static const char *relative_day(const char *standard, const ReportDays *days, Arena *arena) {
  long offset;
  const char *rest = after_word(standard, "last_day");
  bool from_last = rest != NULL;
  if (!rest) rest = after_word(standard, "first_day");
  if (!rest || !offset_read(rest, &offset)) return standard;
  if (!days->known) return NULL;
  return day_text((from_last ? days->last : days->first) - (int32_t)offset, false, arena);
}

static const char *relative_month(const char *standard, const ReportDays *days, Arena *arena) {
  long offset;
  const char *rest = after_word(standard, "last_full_month");
  if (!rest || !offset_read(rest, &offset)) return standard;
  if (!days->known) return NULL;
  return day_text(date_add_months(last_full_month(days->last), -(int32_t)offset), true, arena);
}

const char *report_default(const ReportParameter *parameter, const ReportDays *days,
                           const Model *model, Arena *arena) {
  const char *standard = parameter->standard;
  if (!standard) return NULL;
  if (parameter->type == REPORT_DATE) return relative_day(standard, days, arena);
  if (parameter->type == REPORT_MONTH) return relative_month(standard, days, arena);
  for (uint32_t i = 0; model && parameter->type == REPORT_NUMBER && i < model->definition_count;
       i++)
    if (strcmp(model->definitions[i].name, standard) == 0) return model->definitions[i].value;
  return standard;
}

// ---- Binding -----------------------------------------------------------------------------------

static bool iso_day(const char *text, bool month, int32_t *day) {
  char whole[16];
  size_t size = strlen(text);
  if (size != (month ? 7 : 10) || text[4] != '-') return false;
  snprintf(whole, sizeof whole, "%s%s", text, month ? "-01" : "");
  return date_parse(whole, 10, DATE_YMD, day);
}

static bool is_decimal(const char *text) {
  const char *c = text + (*text == '-');
  size_t digits = 0, points = 0;
  for (; *c; c++) {
    if (*c == '.')
      points++;
    else if (*c >= '0' && *c <= '9')
      digits++;
    else
      return false;
  }
  return digits && digits <= 30 && points <= 1;
}

static bool is_choice(const ReportParameter *parameter, const char *text) {
  for (uint32_t i = 0; i < parameter->choice_count; i++)
    if (strcmp(parameter->choices[i], text) == 0) return true;
  return false;
}

static const char *expected(const ReportParameter *parameter, Arena *arena) {
  const char *list = "";
  switch (parameter->type) {
  case REPORT_DATE:
    return "a date such as \"2025-12-31\"";
  case REPORT_MONTH:
    return "a month such as \"2025-12\"";
  case REPORT_NUMBER:
    return "a number";
  case REPORT_TEXT:
    return "a text";
  case REPORT_CHOICE:
    for (uint32_t i = 0; i < parameter->choice_count; i++)
      list = arena_printf(arena, "%s%s\"%s\"", list, i ? ", " : "one of ", parameter->choices[i]);
    return list;
  case REPORT_SEGMENT:
    return "the id of a saved segment";
  case REPORT_MEMBERS:
    return arena_printf(arena, "a list of at most %d members of %s", REPORT_MEMBERS_MAX,
                        parameter->level);
  }
  return list;
}

static Status value_bind(const ReportParameter *parameter, const char *text, bool is_number,
                         SqlParameter *bound, Arena *arena, Error *error) {
  int32_t day;
  bool right = is_number == (parameter->type == REPORT_NUMBER);
  *bound =
      (SqlParameter){.kind = is_number ? PARAMETER_NUMBER : PARAMETER_TEXT, .text = str_from(text)};
  if (right && parameter->type == REPORT_DATE) right = iso_day(text, false, &day);
  if (right && parameter->type == REPORT_MONTH) right = iso_day(text, true, &day);
  if (right && parameter->type == REPORT_NUMBER) right = is_decimal(text);
  if (right && parameter->type == REPORT_CHOICE) right = is_choice(parameter, text);
  if (!right) {
    error_set(error, STATUS_INVALID, "expected %s, found \"%.100s\"", expected(parameter, arena),
              text);
    return error_prefix_path(error, "parameters.%s", parameter->name);
  }
  if (parameter->type == REPORT_SEGMENT && !*text)
    *bound = (SqlParameter){.kind = PARAMETER_EVERYBODY};
  if (parameter->type == REPORT_MONTH) bound->text = str_from(day_text(day, false, arena));
  return STATUS_OK;
}

static Status given_bind(const ReportParameter *parameter, const ReportGiven *given,
                         SqlParameter *bound, Arena *arena, Error *error) {
  bool is_members = parameter->type == REPORT_MEMBERS;
  if (!is_members && !given->is_list)
    return value_bind(parameter, given->text, given->is_number, bound, arena, error);
  if (!is_members || !given->is_list || given->item_count > REPORT_MEMBERS_MAX) {
    error_set(error, STATUS_INVALID, "expected %s, found %s", expected(parameter, arena),
              !given->is_list ? arena_printf(arena, "\"%.100s\"", given->text)
                              : arena_printf(arena, "a list of %u", given->item_count));
    return error_prefix_path(error, "parameters.%s", parameter->name);
  }
  *bound = (SqlParameter){.kind = PARAMETER_LIST,
                          .truth = given->has_null,
                          .items = given->items,
                          .item_count = given->item_count};
  return STATUS_OK;
}

static Status names_check(const Report *report, const ReportGiven *given, uint32_t count,
                          Arena *arena, Error *error) {
  const char **names = ARENA_ARRAY(arena, const char *, report->parameter_count + 1);
  for (uint32_t i = 0; i < report->parameter_count; i++) names[i] = report->parameters[i].name;
  for (uint32_t g = 0; g < count; g++) {
    uint32_t i = 0;
    while (i < report->parameter_count && strcmp(names[i], given[g].name) != 0) i++;
    if (i < report->parameter_count) continue;
    const char *nearest = text_nearest(given[g].name, names, report->parameter_count);
    error_set(error, STATUS_INVALID, "the report %s has no such parameter%s%s%s", report->id,
              nearest ? "; did you mean \"" : "", nearest ? nearest : "", nearest ? "\"?" : "");
    return error_prefix_path(error, "parameters.%.60s", given[g].name);
  }
  return STATUS_OK;
}

static Status parameter_bind(const ReportParameter *parameter, const ReportDays *days,
                             const Model *model, const ReportGiven *given, uint32_t given_count,
                             SqlParameter *bound, Arena *arena, Error *error) {
  for (uint32_t g = 0; g < given_count; g++)
    if (strcmp(given[g].name, parameter->name) == 0)
      return given_bind(parameter, &given[g], bound, arena, error);
  if (parameter->type == REPORT_MEMBERS) {
    *bound = (SqlParameter){.kind = PARAMETER_LIST};
    return STATUS_OK;
  }
  if (parameter->type == REPORT_SEGMENT) {
    *bound = (SqlParameter){.kind = PARAMETER_EVERYBODY};
    return STATUS_OK;
  }
  const char *text = report_default(parameter, days, model, arena);
  if (text)
    return value_bind(parameter, text, parameter->type == REPORT_NUMBER, bound, arena, error);
  error_set(error, STATUS_INVALID, "expected %s: there is no default", expected(parameter, arena));
  return error_prefix_path(error, "parameters.%s", parameter->name);
}

Status report_bind(const Report *report, const ReportDays *days, const Model *model,
                   const ReportGiven *given, uint32_t given_count, Arena *arena,
                   SqlParameter **parameters, Error *error) {
  *parameters = ARENA_ARRAY(arena, SqlParameter, report->parameter_count + 1);
  TRY(names_check(report, given, given_count, arena, error));
  for (uint32_t i = 0; i < report->parameter_count; i++)
    TRY(parameter_bind(&report->parameters[i], days, model, given, given_count, &(*parameters)[i],
                       arena, error));
  return STATUS_OK;
}

// ---- A row -------------------------------------------------------------------------------------

Status report_bind_row(const Report *report, const ReportDrillCustomers *customers,
                       const SqlParameter *values, const ReportRowValue *row, uint32_t row_count,
                       Arena *arena, SqlParameter **bound, Error *error) {
  *bound = ARENA_ARRAY(arena, SqlParameter, customers->value_count + 1);
  for (uint32_t i = 0; i < customers->value_count; i++) {
    if (i < report->parameter_count) {
      (*bound)[i] = values[i];
      continue;
    }
    const char *name = customers->row_values[i - report->parameter_count];
    uint32_t r = 0;
    while (r < row_count && strcmp(row[r].name, name) != 0) r++;
    if (r == row_count) {
      error_set(error, STATUS_INVALID, "expected the row's value of the column %s", name);
      return error_prefix_path(error, "row.%s", name);
    }
    (*bound)[i] = row[r].value;
  }
  return STATUS_OK;
}
