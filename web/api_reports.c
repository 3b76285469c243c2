// The report catalogue: GET /api/v1/reports, POST /api/v1/reports/{id}/run and .../customers.
//
// A report's answer is that of its SQL at /api/v1/sql, by the same code; here its parameters get
// their values.
#include "answer_book.h"
#include "api_segment_request.h"
#include "report_members.h"
#include "sql_run.h"
#include <stdlib.h>

static ReportDays days_of(const DatabaseView *view) {
  return (ReportDays){view->data.has_days, view->data.first, view->data.last};
}

// ---- The catalogue -----------------------------------------------------------------------------

static void words_write(JsonWriter *json, const char *key, const ModelText *text) {
  json_write_key(json, key);
  json_write_object_open(json);
  json_write_key_text(json, "en", text->en);
  json_write_key_text(json, "ru", text->ru);
  json_write_object_close(json);
}

static void parameter_write(JsonWriter *json, const ReportParameter *parameter,
                            const DatabaseView *view, Arena *arena) {
  ReportDays days = days_of(view);
  json_write_object_open(json);
  json_write_key_text(json, "name", parameter->name);
  json_write_key_text(json, "type", report_parameter_type_name(parameter->type));
  words_write(json, "title", &parameter->title);
  if (parameter->level) {
    json_write_key_text(json, "level", parameter->level);
    json_write_key(json, "default");
    json_write_array_open(json);
    json_write_array_close(json);
  } else if (parameter->type == REPORT_SEGMENT) {
    json_write_key_text(json, "default", "");
  } else {
    json_write_key_text(json, "default", report_default(parameter, &days, view->model, arena));
  }
  if (parameter->choice_count) {
    json_write_key(json, "choices");
    json_write_array_open(json);
    for (uint32_t i = 0; i < parameter->choice_count; i++)
      json_write_text(json, parameter->choices[i]);
    json_write_array_close(json);
  }
  json_write_object_close(json);
}

static void column_write(JsonWriter *json, const ReportColumn *column) {
  json_write_object_open(json);
  json_write_key_text(json, "name", column->name);
  words_write(json, "title", &column->title);
  json_write_key_text(json, "format", column->format);
  json_write_key_texts(json, "levels", column->levels, column->level_count);
  json_write_object_close(json);
}

static void chart_write(JsonWriter *json, const ReportChart *chart) {
  json_write_key(json, "chart");
  if (!chart->kind) {
    json_write_null(json);
    return;
  }
  json_write_object_open(json);
  json_write_key_text(json, "kind", chart->kind);
  json_write_key_text(json, "x", chart->x);
  json_write_key_text(json, "y", chart->y);
  json_write_key_text(json, "value", chart->value);
  json_write_object_close(json);
}

static void drill_rows_write(JsonWriter *json, const ReportDrill *drill) {
  json_write_key(json, "rows");
  if (!drill->measure_count) {
    json_write_null(json);
    return;
  }
  json_write_object_open(json);
  json_write_key(json, "measures");
  json_write_array_open(json);
  for (uint32_t i = 0; i < drill->measure_count; i++) {
    json_write_object_open(json);
    json_write_key_text(json, "column", drill->measures[i].column);
    json_write_key_text(json, "measure", drill->measures[i].measure);
    json_write_object_close(json);
  }
  json_write_array_close(json);
  json_write_key_texts(json, "period", drill->period, drill->period_count);
  json_write_key_text(json, "by", drill->by);
  json_write_key(json, "levels");
  json_write_array_open(json);
  for (uint32_t i = 0; i < drill->level_count; i++) {
    json_write_object_open(json);
    json_write_key_text(json, "column", drill->levels[i].column);
    json_write_key_text(json, "level", drill->levels[i].level);
    json_write_key_text(json, "when", drill->levels[i].when);
    json_write_object_close(json);
  }
  json_write_array_close(json);
  json_write_object_close(json);
}

// For each figure whose customers are known: its column, and which values of the row are asked.
static void drill_customers_write(JsonWriter *json, const ReportDrill *drill) {
  json_write_key(json, "customers");
  json_write_array_open(json);
  for (uint32_t i = 0; i < drill->customer_count; i++) {
    json_write_object_open(json);
    json_write_key_text(json, "column", drill->customers[i].column);
    json_write_key_texts(json, "row", drill->customers[i].row_values,
                         drill->customers[i].row_value_count);
    json_write_object_close(json);
  }
  json_write_array_close(json);
}

static void drill_write(JsonWriter *json, const ReportDrill *drill) {
  json_write_key(json, "drill");
  json_write_object_open(json);
  drill_rows_write(json, drill);
  drill_customers_write(json, drill);
  json_write_key(json, "segment");
  if (drill->attribute) {
    json_write_object_open(json);
    json_write_key_text(json, "attribute", drill->attribute);
    json_write_key_text(json, "column", drill->attribute_column);
    json_write_key_text(json, "day", drill->attribute_day);
    json_write_object_close(json);
  } else {
    json_write_null(json);
  }
  json_write_object_close(json);
}

static void report_write(JsonWriter *json, const Report *report, const DatabaseView *view,
                         Arena *arena) {
  const char *reason = report_missing(report, view->catalog, view->model, arena);
  json_write_object_open(json);
  json_write_key_text(json, "id", report->id);
  json_write_key_text(json, "group", report->group);
  words_write(json, "title", &report->title);
  words_write(json, "definition", &report->definition);
  json_write_key(json, "parameters");
  json_write_array_open(json);
  for (uint32_t i = 0; i < report->parameter_count; i++)
    parameter_write(json, &report->parameters[i], view, arena);
  json_write_array_close(json);
  json_write_key(json, "columns");
  json_write_array_open(json);
  for (uint32_t i = 0; i < report->shown_count; i++) column_write(json, &report->shown[i]);
  json_write_array_close(json);
  chart_write(json, &report->chart);
  drill_write(json, &report->drill);
  json_write_key_bool(json, "available", !reason);
  json_write_key_text(json, "reason", reason);
  json_write_object_close(json);
}

Status api_reports(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                   Error *error) {
  (void)request;
  DatabaseView *view;
  TRY(database_pin(api->database, &view, error));
  Arena *arena = arena_create();
  JsonWriter json;
  json_writer_init(&json, &reply->body);
  json_write_object_open(&json);
  json_write_key(&json, "reports");
  json_write_array_open(&json);
  for (uint32_t i = 0; i < report_catalogue_count(api->reports); i++)
    report_write(&json, report_catalogue_at(api->reports, i), view, arena);
  json_write_array_close(&json);
  json_write_object_close(&json);
  buffer_append_char(&reply->body, '\n');
  arena_destroy(arena);
  database_unpin(view);
  return STATUS_OK;
}

// ---- A run -------------------------------------------------------------------------------------

static const char *number_text(const json_t *value, Arena *arena) {
  char *text = json_dumps(value, JSON_ENCODE_ANY);
  const char *kept = arena_strdup(arena, text);
  free(text);
  return kept;
}

static const char *value_text(const json_t *value, Arena *arena) {
  return json_is_number(value) ? number_text(value, arena) : json_string_value(value);
}

static void list_make(const json_t *list, Arena *arena, ReportGiven *given) {
  Str *items = ARENA_ARRAY(arena, Str, json_array_size(list) + 1);
  given->is_list = true;
  given->items = items;
  for (size_t i = 0; i < json_array_size(list); i++) {
    const json_t *item = json_array_get(list, i);
    if (json_is_null(item))
      given->has_null = true;
    else
      items[given->item_count++] = str_from(value_text(item, arena));
  }
}

static uint32_t given_make(const json_t *parameters, Arena *arena, ReportGiven **given) {
  uint32_t count = 0;
  const char *key;
  json_t *value;
  *given = ARENA_ARRAY(arena, ReportGiven, json_object_size(parameters) + 1);
  json_object_foreach((json_t *)parameters, key, value) {
    ReportGiven *one = &(*given)[count++];
    *one = (ReportGiven){.name = key, .is_number = json_is_number(value)};
    if (json_is_array(value))
      list_make(value, arena, one);
    else
      one->text = value_text(value, arena);
  }
  return count;
}

// The members of the request's lists exist. It is asked before the query begins, within its limits.
static Status members_check(const ApiContext *api, const DatabaseView *view, const Report *report,
                            const SqlParameter *values, const SqlRequest *sql, Error *error) {
  Job job;
  int64_t timeout_ms = sql->timeout_ms ? sql->timeout_ms : api->query_timeout_ms;
  job_init(&job, "report members", api->query_memory_bytes, timeout_ms,
           database_budget(api->database));
  return report_members_check(report, values, view->catalog, view->root,
                              database_pool(api->database), &job, error);
}

static Status segments_check(const ApiContext *api, const Report *report,
                             const SqlParameter *values, Arena *arena, Error *error) {
  for (uint32_t i = 0; i < report->parameter_count; i++) {
    if (report->parameters[i].type != REPORT_SEGMENT || values[i].kind != PARAMETER_TEXT) continue;
    const char *id = arena_strndup(arena, values[i].text.data, values[i].text.size);
    if (segment_saved_rule(api->segments->store, id, arena)) continue;
    error_set(error, STATUS_INVALID, "there is no saved segment \"%.100s\"", id);
    return error_prefix_path(error, "parameters.%s", report->parameters[i].name);
  }
  return STATUS_OK;
}

// The values of the report's parameters, [report->parameter_count], checked.
static Status values_bind(const ApiContext *api, const DatabaseView *view, const Report *report,
                          const SqlRequest *sql, SqlParameter **values, Arena *arena,
                          Error *error) {
  const char *reason = report_missing(report, view->catalog, view->model, arena);
  if (reason)
    return error_set(error, STATUS_UNSUPPORTED, "the report %s is not available: %s", report->id,
                     reason);
  ReportDays days = days_of(view);
  ReportGiven *given;
  uint32_t count = given_make(sql->parameters, arena, &given);
  TRY(report_bind(report, &days, view->model, given, count, arena, values, error));
  TRY(segments_check(api, report, *values, arena, error));
  return members_check(api, view, report, *values, sql, error);
}

// In an answer that is asked for in English, members of levels have their English names.
static Status names_bind(const ApiContext *api, const DatabaseView *view, const Report *report,
                         SqlRequest *sql, Arena *arena, Error *error) {
  if (!sql->is_english) return STATUS_OK;
  MemberNames *names = ARENA_ARRAY(arena, MemberNames, report->shown_count + 1);
  for (uint32_t c = 0; c < report->shown_count; c++) {
    const ReportColumn *column = &report->shown[c];
    if (!column->level_count) continue;
    MemberNames *one = &names[sql->name_count];
    one->column = column->name;
    TRY(member_names_read(api, view, column->levels, column->level_count, arena, one, error));
    if (one->count) sql->name_count++;
  }
  sql->names = names;
  return STATUS_OK;
}

static Status report_run(const ApiContext *api, const HttpRequest *request,
                         const DatabaseView *view, const Report *report, SqlRequest *sql,
                         HttpReply *reply, Arena *arena, Error *error) {
  SqlParameter *values;
  TRY(values_bind(api, view, report, sql, &values, arena, error));
  sql->sql = report->sql.text;
  sql->values = values;
  sql->value_count = report->parameter_count;
  TRY(names_bind(api, view, report, sql, arena, error));
  if (sql->format == RESULT_XLSX) {
    sql->book = answer_book_report(report, values, sql->language, &view->data, arena);
    if (!sql->filename) sql->filename = answer_book_report_file(report, values, arena);
  }
  return sql_run(api, request, view, "report", sql, reply, error);
}

// ---- Customers ---------------------------------------------------------------------------------

static SqlParameter row_value(const json_t *value, Arena *arena) {
  if (json_is_boolean(value))
    return (SqlParameter){.kind = PARAMETER_BOOL, .truth = json_is_true(value)};
  if (json_is_null(value)) return (SqlParameter){.kind = PARAMETER_NULL};
  return (SqlParameter){.kind = json_is_number(value) ? PARAMETER_NUMBER : PARAMETER_TEXT,
                        .text = str_from(value_text(value, arena))};
}

static uint32_t row_make(const json_t *object, Arena *arena, ReportRowValue **row) {
  uint32_t count = 0;
  const char *key;
  json_t *value;
  *row = ARENA_ARRAY(arena, ReportRowValue, json_object_size(object) + 1);
  json_object_foreach((json_t *)object, key, value) {
    (*row)[count++] = (ReportRowValue){key, row_value(value, arena)};
  }
  return count;
}

static Status customers_run(const ApiContext *api, const HttpRequest *request,
                            const DatabaseView *view, const Report *report, SqlRequest *sql,
                            HttpReply *reply, Arena *arena, Error *error) {
  const ReportDrillCustomers *customers = report_find_customers(report, sql->column);
  SqlParameter *values, *bound;
  ReportRowValue *row;
  if (!customers) {
    error_set(error, STATUS_INVALID, "the report %s names no customers of \"%.60s\"", report->id,
              sql->column);
    return error_prefix_path(error, "column");
  }
  TRY(values_bind(api, view, report, sql, &values, arena, error));
  uint32_t count = row_make(sql->row, arena, &row);
  TRY(report_bind_row(report, customers, values, row, count, arena, &bound, error));
  sql->sql = customers->sql;
  sql->values = bound;
  sql->value_count = customers->value_count;
  if (sql->format == RESULT_XLSX)
    sql->book = answer_book_sql(customers->sql, sql->language, &view->data, arena);
  return sql_run(api, request, view, "report", sql, reply, error);
}

// ---- The doors ---------------------------------------------------------------------------------

typedef Status (*ReportAnswer)(const ApiContext *api, const HttpRequest *request,
                               const DatabaseView *view, const Report *report, SqlRequest *sql,
                               HttpReply *reply, Arena *arena, Error *error);

static Status report_answer(const ApiContext *api, const HttpRequest *request, SqlRequestKind kind,
                            ReportAnswer answer, HttpReply *reply, Error *error) {
  const Report *report = report_catalogue_find(api->reports, request->argument);
  if (!report)
    return error_set(error, STATUS_NOT_FOUND,
                     "there is no report \"%.100s\"; see GET /api/v1/reports", request->argument);
  SqlRequest sql;
  DatabaseView *view;
  TRY(sql_request_read(api, request, kind, &sql, error));
  Status status = database_pin(api->database, &view, error);
  if (status == STATUS_OK) {
    Arena *arena = arena_create();
    status = answer(api, request, view, report, &sql, reply, arena, error);
    arena_destroy(arena);
    database_unpin(view);
  }
  sql_request_clear(&sql);
  return status;
}

Status api_reports_run(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                       Error *error) {
  return report_answer(api, request, REQUEST_REPORT, report_run, reply, error);
}

Status api_reports_customers(const ApiContext *api, const HttpRequest *request, HttpReply *reply,
                             Error *error) {
  return report_answer(api, request, REQUEST_CUSTOMERS, customers_run, reply, error);
}
