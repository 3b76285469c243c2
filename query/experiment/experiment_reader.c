// See experiment_reader.h.
#include "experiment_reader.h"
#include "text.h"

Status reader_wrong(DefinitionReader *reader, const char *path, const char *expected) {
  error_set(reader->error, STATUS_INVALID, "expected %s", expected);
  return error_prefix_path(reader->error, "%s", path);
}

const char *reader_path(DefinitionReader *reader, const char *path, const char *key) {
  return *path ? arena_printf(reader->arena, "%s.%s", path, key) : arena_strdup(reader->arena, key);
}

Status reader_keys_check(DefinitionReader *reader, const json_t *object, const char *path,
                         const char *const *known, uint32_t count) {
  const char *key;
  json_t *value;
  if (!json_is_object(object)) return reader_wrong(reader, path, "an object");
  json_object_foreach((json_t *)object, key, value) {
    (void)value;
    uint32_t i = 0;
    while (i < count && strcmp(known[i], key) != 0) i++;
    if (i < count) continue;
    const char *nearest = text_nearest(key, known, count);
    error_set(reader->error, STATUS_INVALID, "unknown key%s%s%s",
              nearest ? "; did you mean \"" : "", nearest ? nearest : "", nearest ? "\"?" : "");
    return error_prefix_path(reader->error, "%.200s", reader_path(reader, path, key));
  }
  return STATUS_OK;
}
const json_t *reader_member(const json_t *object, const char *key) {
  const json_t *value = json_object_get(object, key);
  return json_is_null(value) ? NULL : value;
}

// A text without NUL bytes; *text stays as it is where the key is absent.
Status reader_text(DefinitionReader *reader, const json_t *object, const char *path,
                   const char *key, const char **text) {
  const json_t *value = reader_member(object, key);
  if (!value) return STATUS_OK;
  const char *found = json_string_value(value);
  if (!found || strlen(found) != json_string_length(value) || !*found)
    return reader_wrong(reader, reader_path(reader, path, key), "a text");
  *text = arena_strdup(reader->arena, found);
  return STATUS_OK;
}

// A statement that will stand in brackets: the semicolon at its end is not part of it.
Status reader_sql(DefinitionReader *reader, const json_t *object, const char *path,
                  const char **sql) {
  TRY(reader_text(reader, object, path, "sql", sql));
  size_t size = *sql ? strlen(*sql) : 0;
  while (size && strchr(" \t\r\n;", (*sql)[size - 1])) size--;
  if (*sql) *sql = arena_strndup(reader->arena, *sql, size);
  return STATUS_OK;
}

Status reader_number(DefinitionReader *reader, const json_t *object, const char *path,
                     const char *key, double low, double high, double *number) {
  const json_t *value = reader_member(object, key);
  if (!value) return STATUS_OK;
  *number = json_number_value(value);
  if (json_is_number(value) && *number >= low && *number <= high) return STATUS_OK;
  return reader_wrong(reader, reader_path(reader, path, key),
                      arena_printf(reader->arena, "a number from %g to %g", low, high));
}

Status reader_whole(DefinitionReader *reader, const json_t *object, const char *key, int64_t low,
                    int64_t high, int64_t *number) {
  const json_t *value = reader_member(object, key);
  if (!value) return STATUS_OK;
  *number = json_integer_value(value);
  if (json_is_integer(value) && *number >= low && *number <= high) return STATUS_OK;
  return reader_wrong(reader, key,
                      arena_printf(reader->arena, "a whole number from %lld to %lld",
                                   (long long)low, (long long)high));
}

Status reader_days(DefinitionReader *reader, const json_t *object, const char *key, int64_t low,
                   int32_t *days) {
  int64_t number = *days;
  TRY(reader_whole(reader, object, key, low, EXPERIMENT_DAYS_MAX, &number));
  *days = (int32_t)number;
  return STATUS_OK;
}

Status reader_truth(DefinitionReader *reader, const json_t *object, const char *path,
                    const char *key, bool *truth) {
  const json_t *value = reader_member(object, key);
  if (!value) return STATUS_OK;
  if (!json_is_boolean(value))
    return reader_wrong(reader, reader_path(reader, path, key), "true or false");
  *truth = json_is_true(value);
  return STATUS_OK;
}

Status reader_date(DefinitionReader *reader, const json_t *object, const char *key, bool *given,
                   int32_t *date) {
  const json_t *value = reader_member(object, key);
  const char *text = json_string_value(value);
  *given = value != NULL;
  if (!value) return STATUS_OK;
  if (text && strlen(text) == 10 && text[4] == '-' && date_parse(text, 10, DATE_YMD, date))
    return STATUS_OK;
  return reader_wrong(reader, key, "a date such as \"2025-12-31\"");
}

// "Name", or {"en": "Name", "ru": "Имя"}.
Status reader_words(DefinitionReader *reader, const json_t *object, const char *path,
                    const char *key, ModelText *words) {
  const json_t *value = reader_member(object, key);
  if (!value) return STATUS_OK;
  if (json_is_string(value)) {
    TRY(reader_text(reader, object, path, key, &words->en));
    words->ru = words->en;
    return STATUS_OK;
  }
  const char *at = reader_path(reader, path, key);
  TRY(READER_KEYS_CHECK(reader, value, at, "en", "ru"));
  words->en = words->ru = NULL;
  TRY(reader_text(reader, value, at, "en", &words->en));
  TRY(reader_text(reader, value, at, "ru", &words->ru));
  if (!words->en) return reader_wrong(reader, reader_path(reader, at, "en"), "a text");
  if (!words->ru) words->ru = words->en;
  return STATUS_OK;
}

Status reader_sql_columns(DefinitionReader *reader, const char *sql, const char *path,
                          LogicalColumn **columns, uint32_t *count) {
  Status status =
      experiment_query_columns(reader->store, sql, reader->arena, columns, count, reader->error);
  return status == STATUS_OK ? status : error_prefix_path(reader->error, "%s", path);
}
