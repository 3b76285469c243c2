// The SQL of a report's file.
//
// The names of parameters become numbers in place, filled up with blanks, so that a byte of the
// bound statement is the same byte of the file.
#include "report_read.h"
#include "text.h"
#include <stdio.h>
#include <stdlib.h>

void report_read_sql(ModelReader *reader, const YamlPair *pair, void *field) {
  ReportSql *sql = field;
  model_read_string(reader, pair, &sql->text);
  sql->place = model_key_place(pair);
}

void report_sql_locate(const char *text, size_t size, ReportSql *sql) {
  const char *line = text, *end = text + size;
  for (uint32_t i = 1; line && i < sql->place.line; i++) {
    line = memchr(line, '\n', (size_t)(end - line));
    if (line) line++;
  }
  if (!line) return;
  line += sql->place.column - 1; // names of keys before it are ASCII
  const char *next = line < end ? memchr(line, '\n', (size_t)(end - line)) : NULL;
  const char *colon = next ? memchr(line, ':', (size_t)(next - line)) : NULL;
  if (!colon) return;
  do colon++;
  while (*colon == ' ');
  sql->is_block = *colon == '|';
  do { // the first line with content tells
    line = next + 1;
    const char *c = line;
    while (c < end && *c == ' ') c++;
    sql->indent = (uint32_t)(c - line);
    next = c < end && *c == '\n' ? c : NULL;
  } while (next);
}

ModelPlace report_sql_place(const ReportSql *sql, int64_t position) {
  ModelPlace place = sql->place;
  if (!sql->is_block || position < 0) return place;
  place = (ModelPlace){place.line + 1, 1 + sql->indent};
  const char *start = sql->text;
  for (const char *c = sql->text; *c && c < sql->text + position; c++) {
    if (*c != '\n') continue;
    place.line++;
    start = c + 1;
  }
  place.column += (uint32_t)utf8_length(start, (size_t)(sql->text + position - start));
  return place;
}

const char *report_sql_skip(const char *c) {
  const char *end = NULL;
  if (*c == '\'' || *c == '"') {
    end = strchr(c + 1, *c);
    return end ? end + 1 : c + strlen(c);
  }
  if (c[0] == '-' && c[1] == '-') return c + strcspn(c, "\n");
  if (c[0] != '/' || c[1] != '*') return c;
  end = strstr(c + 2, "*/");
  return end ? end + 2 : c + strlen(c);
}

bool report_sql_uses(const char *sql, uint32_t number) {
  for (const char *c = sql; *c;) {
    const char *past = report_sql_skip(c);
    if (past == c && *c == '$' && strtoul(c + 1, NULL, 10) == number) return true;
    c = past == c ? c + 1 : past;
  }
  return false;
}

static bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

void report_sql_number(ModelReader *reader, ReportSql *sql,
                       uint32_t (*number_of)(void *context, const char *name, size_t size),
                       void *context) {
  char *text = arena_strdup(reader->arena, sql->text);
  for (char *c = text; *c;) {
    const char *past = report_sql_skip(c);
    if (past != c || *c != '$') {
      c = past != c ? text + (past - text) : c + 1;
      continue;
    }
    size_t size = 0;
    while (is_word(c[1 + size])) size++;
    uint32_t number = size ? number_of(context, c + 1, size) : 0;
    char digits[12];
    int length = snprintf(digits, sizeof digits, "%u", number);
    if (!number || (size_t)length > size) {
      model_fault_add(&reader->faults, report_sql_place(sql, c - text),
                      "there is no parameter \"%.*s\": name it under \"parameters\"",
                      (int)(1 + size), c);
    } else {
      memset(c + 1, ' ', size);
      memcpy(c + 1, digits, (size_t)length);
    }
    c += 1 + size;
  }
  sql->text = text;
}
