// See audience_file.h. A file may be anything: each member is looked at before it is used.
#include "audience_file.h"
#include "date.h"
#include "kept_file.h"
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *arm_json(const AudienceArm *arm, uint64_t bytes) {
  return json_pack("{s:s,s:s,s:I,s:b,s:I,s:I}", "id", arm->id, "name", arm->name, "millionths",
                   (json_int_t)arm->share, "hold_out", arm->hold_out, "size", (json_int_t)arm->size,
                   "bytes", (json_int_t)bytes);
}

char *audience_file_text(const Audience *audience, const AudienceRows *rows) {
  char day[DATE_TEXT_BYTES], checksum[20];
  date_format(audience->day, day);
  snprintf(checksum, sizeof checksum, "%016" PRIx64, rows->xxh64);
  json_t *arms = json_array();
  for (uint32_t a = 0; a < audience->arm_count; a++)
    json_array_append_new(arms, arm_json(&audience->arms[a], rows->bytes[a]));
  json_t *levels = json_array();
  for (uint32_t l = 0; l < audience->stratify_count; l++)
    json_array_append_new(levels, json_string(audience->stratify_by[l]));
  json_t *object = json_pack("{s:s,s:s?,s:o,s:s,s:s,s:o,s:I,s:o,s:I,s:s}", "description",
                             audience->description, "segment", audience->segment, "definition",
                             json_loads(audience->definition, JSON_REJECT_DUPLICATES, NULL),
                             "as_of", day, "seed", audience->seed, "stratify_by", levels, "strata",
                             (json_int_t)audience->strata, "arms", arms, "size",
                             (json_int_t)audience->size, "rows_xxh64", checksum);
  char *text = object ? json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(15)) : NULL;
  json_decref(object);
  return text;
}

// A copy of the member's text; NULL: it is none.
static const char *text_of(const json_t *object, const char *key, Arena *arena) {
  const char *text = json_string_value(json_object_get(object, key));
  return text ? arena_strdup(arena, text) : NULL;
}

// A whole number that is not negative; false: the member is none.
static bool count_of(const json_t *object, const char *key, uint64_t *count) {
  const json_t *value = json_object_get(object, key);
  if (!json_is_integer(value) || json_integer_value(value) < 0) return false;
  *count = (uint64_t)json_integer_value(value);
  return true;
}

static bool arm_take(const json_t *object, Arena *arena, AudienceArm *arm, uint64_t *bytes) {
  uint64_t share;
  *arm = (AudienceArm){.id = text_of(object, "id", arena), .name = text_of(object, "name", arena)};
  arm->hold_out = json_is_true(json_object_get(object, "hold_out"));
  if (!arm->id || !kept_id_is_good(arm->id) || !arm->name) return false;
  if (!count_of(object, "millionths", &share) || !share || share > AUDIENCE_SHARE_WHOLE)
    return false;
  arm->share = (uint32_t)share;
  return count_of(object, "size", &arm->size) && count_of(object, "bytes", bytes);
}

static const char *arms_take(const json_t *list, Arena *arena, Audience *audience,
                             AudienceRows *rows) {
  size_t count = json_array_size(list);
  uint64_t size = 0;
  if (!count || count > AUDIENCE_ARMS_MAX) return "it has no \"arms\"";
  audience->arm_count = (uint32_t)count;
  audience->arms = ARENA_ARRAY(arena, AudienceArm, count);
  for (uint32_t a = 0; a < count; a++) {
    if (!arm_take(json_array_get(list, a), arena, &audience->arms[a], &rows->bytes[a]))
      return "one of its \"arms\" is none";
    size += audience->arms[a].size;
  }
  if (audience_arms_check(audience, NULL) != STATUS_OK) return "its \"arms\" do not make a whole";
  return size == audience->size ? NULL : "its \"size\" is not that of its arms";
}

// A list of levels; of an older file one level, or null.
static bool levels_take(const json_t *value, Arena *arena, Audience *audience) {
  if (!value || json_is_null(value)) return true;
  size_t count = json_is_array(value) ? json_array_size(value) : 1;
  if (count > AUDIENCE_LEVELS_MAX) return false;
  audience->stratify_count = (uint32_t)count;
  audience->stratify_by = ARENA_ARRAY(arena, const char *, count);
  for (size_t l = 0; l < count; l++) {
    const char *level = json_string_value(json_is_array(value) ? json_array_get(value, l) : value);
    if (!level) return false;
    audience->stratify_by[l] = arena_strdup(arena, level);
  }
  return true;
}

static bool checksum_take(const char *text, uint64_t *checksum) {
  char end;
  return text && strlen(text) == 16 && sscanf(text, "%16" SCNx64 "%c", checksum, &end) == 1;
}

const char *audience_file_take(const struct json_t *object, Arena *arena, Audience *audience,
                               AudienceRows *rows) {
  uint64_t strata;
  const char *day = text_of(object, "as_of", arena);
  const json_t *definition = json_object_get(object, "definition");
  *audience = (Audience){.has_day = true};
  *rows = (AudienceRows){0};
  audience->description = text_of(object, "description", arena);
  audience->segment = text_of(object, "segment", arena);
  audience->seed = text_of(object, "seed", arena);
  if (!audience->description) return "it has no \"description\"";
  if (!audience->seed || !*audience->seed) return "it has no \"seed\"";
  if (!levels_take(json_object_get(object, "stratify_by"), arena, audience))
    return "its \"stratify_by\" is no list of levels";
  if (!json_is_object(definition)) return "it has no \"definition\"";
  char *text = json_dumps(definition, JSON_COMPACT | JSON_REAL_PRECISION(15));
  audience->definition = arena_strdup(arena, text);
  free(text);
  if (!day || !date_parse(day, strlen(day), DATE_YMD, &audience->day)) return "it has no \"as_of\"";
  if (!count_of(object, "size", &audience->size) || !count_of(object, "strata", &strata) ||
      strata > UINT32_MAX)
    return "its \"size\" or \"strata\" is no number";
  audience->strata = (uint32_t)strata;
  if (!checksum_take(text_of(object, "rows_xxh64", arena), &rows->xxh64))
    return "it has no \"rows_xxh64\"";
  return arms_take(json_object_get(object, "arms"), arena, audience, rows);
}
