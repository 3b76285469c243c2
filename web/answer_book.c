// See answer_book.h.
#include "answer_book.h"
#include "date.h"
#include "job.h"
#include <time.h>

#define MEMBERS_TOLD 100
#define COMMON_LINES 4 // that every book may have beside its own

typedef struct BookMaker {
  ResultBook *book;
  ResultBookLine *lines;
  Arena *arena;
} BookMaker;

static const char *said(const BookMaker *maker, const char *english, const char *russian) {
  return maker->book->language == RESULT_RUSSIAN ? russian : english;
}

static const char *said_of(const BookMaker *maker, const ModelText *text) {
  const char *wanted = said(maker, text->en, text->ru);
  return wanted ? wanted : text->en;
}

static BookMaker maker_begin(ResultLanguage language, uint32_t own_lines, Arena *arena) {
  BookMaker maker = {ARENA_NEW(arena, ResultBook),
                     ARENA_ARRAY(arena, ResultBookLine, own_lines + COMMON_LINES), arena};
  *maker.book = (ResultBook){.language = language, .lines = maker.lines};
  return maker;
}

static void line_add(BookMaker *maker, const char *label, const char *value) {
  maker->lines[maker->book->line_count++] = (ResultBookLine){label, value};
}

static const char *moment_text(int64_t timestamp, Arena *arena) {
  char *text = arena_alloc(arena, TIMESTAMP_TEXT_BYTES);
  timestamp -= timestamp % USEC_PER_SECOND;
  text[timestamp_format(timestamp, text)] = '\0';
  return text;
}

static const ResultBook *maker_end(BookMaker *maker, const DataState *data) {
  if (data->has_moment)
    line_add(maker, said(maker, "Data as of", "Данные на"), moment_text(data->as_of, maker->arena));
  const char *now = moment_text((int64_t)time(NULL) * USEC_PER_SECOND, maker->arena);
  line_add(maker, said(maker, "Made at", "Составлено"), arena_printf(maker->arena, "%s UTC", now));
  return maker->book;
}

const ResultBook *answer_book_sql(const char *sql, ResultLanguage language, const DataState *data,
                                  Arena *arena) {
  BookMaker maker = maker_begin(language, 1, arena);
  maker.book->sheet = said(&maker, "Rows", "Строки");
  line_add(&maker, said(&maker, "Statement", "Запрос"), sql);
  return maker_end(&maker, data);
}

static bool is_day(const ReportParameter *parameter) {
  return parameter->type == REPORT_DATE || parameter->type == REPORT_MONTH;
}

static const char *list_text(const BookMaker *maker, const SqlParameter *list) {
  const char *text = said(maker, "all", "все");
  if (list->kind == PARAMETER_LIST && list->truth && !list->item_count)
    return said(maker, "no value", "без значения");
  for (uint32_t i = 0; i < list->item_count && i < MEMBERS_TOLD; i++)
    text = arena_printf(maker->arena, "%s%s%.*s", i ? text : "", i ? ", " : "",
                        (int)list->items[i].size, list->items[i].data);
  if (list->item_count > MEMBERS_TOLD)
    text = arena_printf(maker->arena, "%s (+%u)", text, list->item_count - MEMBERS_TOLD);
  if (list->kind == PARAMETER_LIST && list->truth)
    text = arena_printf(maker->arena, "%s, %s", text, said(maker, "no value", "без значения"));
  return text;
}

// As a request would give it: a month is bound as its first day.
static const char *value_text(const ReportParameter *parameter, const SqlParameter *value,
                              Arena *arena) {
  uint32_t size = value->text.size;
  if (parameter->type == REPORT_MONTH && size > 3) size -= 3;
  return arena_strndup(arena, value->text.data ? value->text.data : "", size);
}

// Numbers that are names, of which no thousands are told apart; the pages know the same.
static const char *column_format(const ReportColumn *column) {
  static const char *const named[] = {"weekday", "hour", "year"};
  for (size_t i = 0; i < sizeof named / sizeof *named; i++)
    if (strcmp(column->name, named[i]) == 0) return "text";
  return column->format;
}

const ResultBook *answer_book_report(const Report *report, const SqlParameter *values,
                                     ResultLanguage language, const DataState *data, Arena *arena) {
  BookMaker maker = maker_begin(language, 2 + report->parameter_count, arena);
  maker.book->sheet = said_of(&maker, &report->title);
  ResultBookColumn *columns = ARENA_ARRAY(arena, ResultBookColumn, report->shown_count + 1);
  for (uint32_t i = 0; i < report->shown_count; i++)
    columns[i] = (ResultBookColumn){said_of(&maker, &report->shown[i].title),
                                    column_format(&report->shown[i])};
  maker.book->columns = columns;
  maker.book->column_count = report->shown_count;
  line_add(&maker, maker.book->sheet, NULL);
  line_add(&maker, said(&maker, "Definition", "Определение"), said_of(&maker, &report->definition));
  for (uint32_t i = 0; i < report->parameter_count; i++)
    line_add(&maker, said_of(&maker, &report->parameters[i].title),
             values[i].kind == PARAMETER_LIST || values[i].kind == PARAMETER_EVERYBODY
                 ? list_text(&maker, &values[i])
                 : value_text(&report->parameters[i], &values[i], arena));
  return maker_end(&maker, data);
}

const char *answer_book_report_file(const Report *report, const SqlParameter *values,
                                    Arena *arena) {
  const char *name = report->id;
  for (uint32_t i = 0; i < report->parameter_count; i++)
    if (is_day(&report->parameters[i]))
      name =
          arena_printf(arena, "%s %s", name, value_text(&report->parameters[i], &values[i], arena));
  return arena_printf(arena, "%s.xlsx", name);
}
