// What a definition's objects are read with: every value against what it may be, every fault with
// its path. Texts are kept in the reader's arena. Where a key is absent or null the target stays as
// it is.
#pragma once
#include "experiment_query.h"
#include <jansson.h>

#define EXPERIMENT_DAYS_MAX 3660

typedef struct DefinitionReader {
  const ExperimentStore *store;
  Arena *arena;
  Experiment *experiment;
  Error *error;
} DefinitionReader;

// STATUS_INVALID: "PATH: expected WHAT".
Status reader_wrong(DefinitionReader *reader, const char *path, const char *expected) WARN_UNUSED;
const char *reader_path(DefinitionReader *reader, const char *path, const char *key);
const json_t *reader_member(const json_t *object, const char *key); // NULL: absent, or null

// An object whose keys are all known.
Status reader_keys_check(DefinitionReader *reader, const json_t *object, const char *path,
                         const char *const *known, uint32_t count) WARN_UNUSED;
#define READER_KEYS_CHECK(reader, object, path, ...)                                               \
  reader_keys_check((reader), (object), (path), (const char *const[]){__VA_ARGS__},                \
                    sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

// A text without NUL bytes, not empty.
Status reader_text(DefinitionReader *reader, const json_t *object, const char *path,
                   const char *key, const char **text) WARN_UNUSED;
// The text of "sql": a statement that will stand in brackets, without the semicolon at its end.
Status reader_sql(DefinitionReader *reader, const json_t *object, const char *path,
                  const char **sql) WARN_UNUSED;
Status reader_number(DefinitionReader *reader, const json_t *object, const char *path,
                     const char *key, double low, double high, double *number) WARN_UNUSED;
Status reader_whole(DefinitionReader *reader, const json_t *object, const char *key, int64_t low,
                    int64_t high, int64_t *number) WARN_UNUSED;
// At most EXPERIMENT_DAYS_MAX.
Status reader_days(DefinitionReader *reader, const json_t *object, const char *key, int64_t low,
                   int32_t *days) WARN_UNUSED;
Status reader_truth(DefinitionReader *reader, const json_t *object, const char *path,
                    const char *key, bool *truth) WARN_UNUSED;
Status reader_date(DefinitionReader *reader, const json_t *object, const char *key, bool *given,
                   int32_t *date) WARN_UNUSED;
// "Name", or {"en": "Name", "ru": "Имя"}.
Status reader_words(DefinitionReader *reader, const json_t *object, const char *path,
                    const char *key, ModelText *words) WARN_UNUSED;
// What a statement gives, without running it.
Status reader_sql_columns(DefinitionReader *reader, const char *sql, const char *path,
                          LogicalColumn **columns, uint32_t *count) WARN_UNUSED;

// "arms", and "members": these after the arms and the test's time, which a seeded split needs.
Status experiment_arms_read(DefinitionReader *reader, const json_t *document) WARN_UNUSED;
Status experiment_members_read(DefinitionReader *reader, const json_t *document) WARN_UNUSED;
