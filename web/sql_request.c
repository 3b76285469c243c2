// See sql_request.h. A table of members, a table of limits.
#include "sql_request.h"
#include <strings.h>

#define FILENAME_BYTES_MAX 200
#define PARAMS_MAX 1000

static Status text_read(const json_t *value, const char *expected, const char **text,
                        Error *error) {
  *text = json_string_value(value);
  if (!*text || strlen(*text) != json_string_length(value))
    return error_set(error, STATUS_INVALID, "expected a text: %s", expected);
  return STATUS_OK;
}

static Status sql_read(const json_t *value, SqlRequest *sql, Error *error) {
  return text_read(value, "the statement", &sql->sql, error);
}

static Status query_id_read(const json_t *value, SqlRequest *sql, Error *error) {
  return text_read(value, "a name for the query", &sql->query_id, error);
}

static Status passes_off_read(const json_t *value, SqlRequest *sql, Error *error) {
  return text_read(value, "names separated by commas", &sql->passes_off, error);
}

Status sql_request_read_filename(const json_t *value, const char **filename, Error *error) {
  TRY(text_read(value, "a file's name", filename, error));
  const char *name = *filename;
  size_t size = strlen(name);
  bool plain = size && size <= FILENAME_BYTES_MAX && name[0] != '.';
  for (size_t i = 0; i < size; i++)
    plain = plain && (unsigned char)name[i] >= 0x20 && !strchr("/\\\"\x7f", name[i]);
  if (plain) return STATUS_OK;
  return error_set(error, STATUS_INVALID,
                   "expected a file's name of 1 to %d bytes, without folders and quotes, not "
                   "beginning with a point",
                   FILENAME_BYTES_MAX);
}

static Status filename_read(const json_t *value, SqlRequest *sql, Error *error) {
  return sql_request_read_filename(value, &sql->filename, error);
}

static Status format_read(const json_t *value, SqlRequest *sql, Error *error) {
  const char *text = json_string_value(value);
  if (text && result_format_parse(text, &sql->format)) return STATUS_OK;
  return error_set(error, STATUS_INVALID,
                   "expected \"json\", \"csv\", \"ndjson\", \"xlsx\", \"table\" or \"record\"");
}

Status sql_request_read_language(const json_t *value, ResultLanguage *language, Error *error) {
  const char *text = json_string_value(value);
  if (text && strcmp(text, "en") == 0)
    *language = RESULT_ENGLISH;
  else if (text && strcmp(text, "ru") == 0)
    *language = RESULT_RUSSIAN;
  else
    return error_set(error, STATUS_INVALID, "expected \"en\" or \"ru\"");
  return STATUS_OK;
}

static Status language_read(const json_t *value, SqlRequest *sql, Error *error) {
  TRY(sql_request_read_language(value, &sql->language, error));
  sql->is_english = sql->language == RESULT_ENGLISH;
  return STATUS_OK;
}

static Status numbers_read(const json_t *value, SqlRequest *sql, Error *error) {
  const char *text = json_string_value(value);
  sql->large_text = text && strcmp(text, "text") == 0;
  if (sql->large_text || (text && strcmp(text, "number") == 0)) return STATUS_OK;
  return error_set(error, STATUS_INVALID,
                   "expected \"number\", or \"text\": JSON numbers beyond 2^53 as texts");
}

static Status params_read(const json_t *value, SqlRequest *sql, Error *error) {
  if (!json_is_array(value) || json_array_size(value) > PARAMS_MAX)
    return error_set(error, STATUS_INVALID, "expected an array of at most %d values, for $1, $2...",
                     PARAMS_MAX);
  sql->params = value;
  for (size_t i = 0; i < json_array_size(value); i++)
    if (json_is_object(json_array_get(value, i)) || json_is_array(json_array_get(value, i))) {
      error_set(error, STATUS_INVALID, "expected a text, a number, true, false or null");
      return error_prefix_path(error, "[%zu]", i);
    }
  return STATUS_OK;
}

static bool is_text(const json_t *value) {
  return json_is_string(value) && strlen(json_string_value(value)) == json_string_length(value);
}

static Status parameter_check(const json_t *value, Error *error) {
  if (is_text(value) || json_is_number(value)) return STATUS_OK;
  if (!json_is_array(value))
    return error_set(error, STATUS_INVALID, "expected a text, a number or a list of them");
  for (size_t i = 0; i < json_array_size(value); i++) {
    const json_t *item = json_array_get(value, i);
    if (is_text(item) || json_is_number(item) || json_is_null(item)) continue;
    error_set(error, STATUS_INVALID, "expected a text, a number or null");
    return error_prefix_path(error, "[%zu]", i);
  }
  return STATUS_OK;
}

static Status parameters_read(const json_t *value, SqlRequest *sql, Error *error) {
  const char *key;
  json_t *member;
  if (!json_is_object(value))
    return error_set(error, STATUS_INVALID, "expected an object of names and values");
  sql->parameters = value;
  json_object_foreach((json_t *)value, key, member) {
    if (parameter_check(member, error) == STATUS_OK) continue;
    return error_prefix_path(error, "%.60s", key);
  }
  return STATUS_OK;
}

static Status row_read(const json_t *value, SqlRequest *sql, Error *error) {
  const char *key;
  json_t *member;
  if (!json_is_object(value))
    return error_set(error, STATUS_INVALID, "expected an object of columns and their values");
  sql->row = value;
  json_object_foreach((json_t *)value, key, member) {
    if (is_text(member) || json_is_number(member) || json_is_boolean(member) ||
        json_is_null(member))
      continue;
    error_set(error, STATUS_INVALID, "expected a text, a number, true, false or null");
    return error_prefix_path(error, "%.60s", key);
  }
  return STATUS_OK;
}

static Status figure_read(const json_t *value, SqlRequest *sql, Error *error) {
  return text_read(value, "a column of the report", &sql->column, error);
}

typedef struct LimitMember {
  const char *name;
  size_t offset; // of the int64_t in SqlRequest
} LimitMember;

static const LimitMember limit_members[] = {
    {"rows", offsetof(SqlRequest, rows_max)},
    {"bytes", offsetof(SqlRequest, bytes_max)},
    {"timeout_ms", offsetof(SqlRequest, timeout_ms)},
    {"memory_mb", offsetof(SqlRequest, memory_mb)},
};
#define LIMIT_COUNT (sizeof(limit_members) / sizeof(limit_members[0]))

static Status limit_read(const char *key, const json_t *value, SqlRequest *sql, Error *error) {
  for (size_t i = 0; i < LIMIT_COUNT; i++) {
    if (strcmp(limit_members[i].name, key) != 0) continue;
    if (!json_is_integer(value) || json_integer_value(value) <= 0)
      return error_set(error, STATUS_INVALID, "expected a whole number above 0");
    *(int64_t *)((char *)sql + limit_members[i].offset) = json_integer_value(value);
    return STATUS_OK;
  }
  return error_set(error, STATUS_INVALID,
                   "unknown limit; expected rows, bytes, timeout_ms or memory_mb");
}

static Status limits_read(const json_t *value, SqlRequest *sql, Error *error) {
  if (!json_is_object(value))
    return error_set(error, STATUS_INVALID,
                     "expected an object of rows, bytes, timeout_ms and memory_mb");
  const char *key;
  json_t *limit;
  json_object_foreach((json_t *)value, key, limit) {
    if (limit_read(key, limit, sql, error) != STATUS_OK) return error_prefix_path(error, "%s", key);
  }
  return STATUS_OK;
}

typedef struct Member {
  const char *name;
  Status (*read)(const json_t *value, SqlRequest *sql, Error *error);
  unsigned kinds; // of requests that may have it
} Member;

#define REQUEST_ANY (REQUEST_SQL | REQUEST_REPORT | REQUEST_CUSTOMERS)

static const Member members[] = {
    {"sql", sql_read, REQUEST_SQL},
    {"params", params_read, REQUEST_SQL},
    {"parameters", parameters_read, REQUEST_REPORT | REQUEST_CUSTOMERS},
    {"column", figure_read, REQUEST_CUSTOMERS},
    {"row", row_read, REQUEST_CUSTOMERS},
    {"format", format_read, REQUEST_ANY},
    {"numbers", numbers_read, REQUEST_ANY},
    {"language", language_read, REQUEST_ANY},
    {"limits", limits_read, REQUEST_ANY},
    {"query_id", query_id_read, REQUEST_ANY},
    {"filename", filename_read, REQUEST_ANY},
    {"passes_off", passes_off_read, REQUEST_SQL},
};
#define MEMBER_COUNT (sizeof(members) / sizeof(members[0]))

static const char *members_expected(SqlRequestKind kind) {
  if (kind == REQUEST_REPORT)
    return "parameters, format, numbers, language, limits, query_id or filename";
  if (kind == REQUEST_CUSTOMERS)
    return "parameters, column, row, format, numbers, language, limits, query_id or filename";
  return "sql, params, format, numbers, language, limits, query_id, filename or passes_off";
}

static const char *shape_expected(SqlRequestKind kind) {
  if (kind == REQUEST_REPORT) return "{\"parameters\": {...}}";
  if (kind == REQUEST_CUSTOMERS)
    return "{\"parameters\": {...}, \"column\": \"...\", \"row\": {...}}";
  return "{\"sql\": \"SELECT ...\"}";
}

static Status member_read(const char *key, const json_t *value, SqlRequestKind kind,
                          SqlRequest *sql, Error *error) {
  Status status = STATUS_OK;
  size_t i = 0;
  while (i < MEMBER_COUNT && !((members[i].kinds & kind) && strcmp(members[i].name, key) == 0)) i++;
  if (i < MEMBER_COUNT)
    status = members[i].read(value, sql, error);
  else
    status =
        error_set(error, STATUS_INVALID, "unknown member; expected %s", members_expected(kind));
  return status == STATUS_OK ? status : error_prefix_path(error, "%s", key);
}

// The format that an Accept header names first, whatever its weights; JSON where it names none.
static ResultFormat accepted_format(const char *accept) {
  static const ResultFormat known[] = {RESULT_JSON, RESULT_CSV, RESULT_NDJSON, RESULT_XLSX};
  ResultFormat found = RESULT_JSON;
  const char *first = NULL;
  for (size_t i = 0; accept && i < sizeof(known) / sizeof(known[0]); i++) {
    const char *mime = result_format_mime(known[i]);
    char name[80];
    snprintf(name, sizeof(name), "%.*s", (int)strcspn(mime, ";"), mime);
    const char *at = strcasestr(accept, name);
    if (!at || (first && at > first)) continue;
    first = at;
    found = known[i];
  }
  return found;
}

static Status limit_check(const char *name, int64_t asked, int64_t allowed, Error *error) {
  if (allowed <= 0 || asked <= allowed) return STATUS_OK;
  error_set(error, STATUS_INVALID, "this server allows at most %lld", (long long)allowed);
  return error_prefix_path(error, "limits.%s", name);
}

static Status limits_check(const ApiContext *api, const SqlRequest *sql, Error *error) {
  TRY(limit_check("rows", sql->rows_max, (int64_t)api->result_rows_max, error));
  TRY(limit_check("bytes", sql->bytes_max, (int64_t)api->result_bytes_max, error));
  TRY(limit_check("timeout_ms", sql->timeout_ms, api->query_timeout_ms, error));
  int64_t memory_mb = (api->query_memory_bytes + (1 << 20) - 1) >> 20;
  return limit_check("memory_mb", sql->memory_mb, memory_mb, error);
}

static Status document_read(const ApiContext *api, SqlRequestKind kind, SqlRequest *sql,
                            Error *error) {
  Status status = STATUS_OK;
  if (!json_is_object(sql->document))
    return error_set(error, STATUS_INVALID, "expected %s", shape_expected(kind));
  const char *key;
  json_t *value;
  json_object_foreach(sql->document, key, value) {
    if (status == STATUS_OK) status = member_read(key, value, kind, sql, error);
  }
  TRY(status);
  if ((kind == REQUEST_SQL && !sql->sql) || (kind == REQUEST_CUSTOMERS && !sql->column))
    return error_set(error, STATUS_INVALID, "expected %s", shape_expected(kind));
  return limits_check(api, sql, error);
}

Status sql_request_read(const ApiContext *api, const HttpRequest *request, SqlRequestKind kind,
                        SqlRequest *sql, Error *error) {
  json_error_t fault;
  *sql = (SqlRequest){.format = accepted_format(request->accept)};
  sql->document = json_loadb(request->body.data ? request->body.data : "", request->body.size,
                             JSON_REJECT_DUPLICATES, &fault);
  if (!sql->document)
    return error_set_at(error, STATUS_INVALID, fault.position, "the request is not JSON: %s",
                        fault.text);
  Status status = document_read(api, kind, sql, error);
  if (status != STATUS_OK) sql_request_clear(sql);
  return status;
}

void sql_request_clear(SqlRequest *sql) {
  json_decref(sql->document);
  sql->document = NULL;
}

// RFC 6266: a plain name in quotes, and the whole name percent-encoded where it is not ASCII.
char *sql_request_disposition(const char *filename) {
  Buffer out;
  bool ascii = true;
  buffer_init(&out);
  buffer_append_text(&out, "attachment; filename=\"");
  for (const char *c = filename; *c; c++) {
    bool plain = (unsigned char)*c < 0x80;
    ascii = ascii && plain;
    buffer_append_char(&out, plain ? *c : '_');
  }
  buffer_append_char(&out, '"');
  if (!ascii) buffer_append_text(&out, "; filename*=UTF-8''");
  for (const char *c = filename; !ascii && *c; c++) {
    bool plain = (unsigned char)*c < 0x80 && strchr("-._~", *c);
    plain = plain || (*c >= '0' && *c <= '9') || ((*c | 32) >= 'a' && (*c | 32) <= 'z');
    if (plain)
      buffer_append_char(&out, *c);
    else
      buffer_printf(&out, "%%%02X", (unsigned char)*c);
  }
  return out.data;
}
