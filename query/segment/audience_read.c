// What an audience is asked to be, from JSON; and what must hold of one, whoever says it.
#include "audience.h"
#include "date.h"
#include "kept_file.h"
#include "sql_literal.h"
#include <jansson.h>
#include <stdlib.h>

#define AUDIENCE_NAME_BYTES_MAX 1000
#define LEVEL_BYTES_MAX 200
#define SHARE_DIGITS 6

typedef struct Reader {
  Arena *arena;
  Error *error;
} Reader;

Audience audience_copy(const Audience *audience, Arena *arena) {
  Audience copy = *audience;
  const char **texts[] = {&copy.id,      &copy.name,       &copy.description,
                          &copy.segment, &copy.definition, &copy.seed};
  for (size_t t = 0; t < sizeof texts / sizeof *texts; t++)
    if (*texts[t]) *texts[t] = arena_strdup(arena, *texts[t]);
  copy.stratify_by = ARENA_ARRAY(arena, const char *, audience->stratify_count);
  for (uint32_t l = 0; l < audience->stratify_count; l++)
    copy.stratify_by[l] = arena_strdup(arena, audience->stratify_by[l]);
  copy.arms = ARENA_ARRAY(arena, AudienceArm, audience->arm_count);
  for (uint32_t a = 0; a < audience->arm_count; a++) {
    copy.arms[a] = audience->arms[a];
    copy.arms[a].id = arena_strdup(arena, audience->arms[a].id);
    copy.arms[a].name = arena_strdup(arena, audience->arms[a].name);
  }
  return copy;
}

// ---------------------------------------------------------------- values

static Status fault(const Reader *reader, const char *path, const char *what) {
  error_set(reader->error, STATUS_INVALID, "%s", what);
  return error_prefix_path(reader->error, "%s", path);
}

static const json_t *member(const json_t *object, const char *key) {
  const json_t *value = json_object_get(object, key);
  return json_is_null(value) ? NULL : value;
}

static Status check_keys(const Reader *reader, const char *path, const json_t *object,
                         const char *const *known, size_t count) {
  const char *key;
  json_t *value;
  json_object_foreach((json_t *)object, key, value) {
    bool found = false;
    for (size_t i = 0; i < count && !found; i++) found = !strcmp(known[i], key);
    if (found) continue;
    const char *nearest = text_nearest(key, known, count);
    error_set(reader->error, STATUS_INVALID, "unknown key \"%.100s\"%s%s%s", key,
              nearest ? "; did you mean \"" : "", nearest ? nearest : "", nearest ? "\"?" : "");
    return *path ? error_prefix_path(reader->error, "%s", path) : STATUS_INVALID;
  }
  return STATUS_OK;
}
#define CHECK_KEYS(reader, path, object, known)                                                    \
  check_keys((reader), (path), (object), (known), sizeof(known) / sizeof *(known))

// A text without NUL bytes, at most bytes_max long; `otherwise` where it is absent (NULL: needed).
static Status read_text(const Reader *reader, const char *path, const json_t *value,
                        size_t bytes_max, const char *otherwise, const char **text) {
  *text = otherwise;
  if (!value && otherwise) return STATUS_OK;
  const char *found = json_string_value(value);
  if (!found || strlen(found) != json_string_length(value))
    return fault(reader, path, "a text is expected");
  if (strlen(found) > bytes_max) return fault(reader, path, "the text is too long");
  *text = arena_strdup(reader->arena, found);
  return STATUS_OK;
}

static Status read_id(const Reader *reader, const char *path, const json_t *value,
                      const char **id) {
  TRY(read_text(reader, path, value, KEPT_ID_BYTES_MAX, NULL, id));
  Status status = kept_id_check(*id, reader->error);
  return status == STATUS_OK ? status : error_prefix_path(reader->error, "%s", path);
}

// A number, or a text of its digits, above 0 and at most 1, in millionths.
static Status read_share(const Reader *reader, const char *path, const json_t *value,
                         uint32_t *share) {
  static const char WANTED[] = "a share above 0 and at most 1 is expected, with at most 6 digits "
                               "after the point, as 0.9";
  if (!json_is_number(value) && !json_is_string(value)) return fault(reader, path, WANTED);
  char *text = json_is_string(value) ? strdup(json_string_value(value))
                                     : json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
  Value number, exact;
  const Type type = type_decimal(SHARE_DIGITS + 1, SHARE_DIGITS);
  bool digits = text && *text && strspn(text, "0123456789.eE-+") == strlen(text);
  bool fits = digits && literal_parse_number(str_from(text), &number, NULL) == STATUS_OK &&
              literal_cast_exact(&number, type, &exact);
  free(text);
  if (!fits || literal_unscaled(&exact) <= 0 || literal_unscaled(&exact) > AUDIENCE_SHARE_WHOLE)
    return fault(reader, path, WANTED);
  *share = (uint32_t)literal_unscaled(&exact);
  return STATUS_OK;
}

// ---------------------------------------------------------------- arms

static Status read_arm(const Reader *reader, const char *path, const json_t *value,
                       AudienceArm *arm) {
  static const char *const known[] = {"id", "name", "share", "hold_out"};
  if (!json_is_object(value)) return fault(reader, path, "an object is expected");
  TRY(CHECK_KEYS(reader, path, value, known));
#define AT(key) arena_printf(reader->arena, "%s." key, path)
  TRY(read_id(reader, AT("id"), member(value, "id"), &arm->id));
  TRY(read_text(reader, AT("name"), member(value, "name"), AUDIENCE_NAME_BYTES_MAX, "",
                &arm->name));
  TRY(read_share(reader, AT("share"), member(value, "share"), &arm->share));
  const json_t *hold_out = member(value, "hold_out");
  if (hold_out && !json_is_boolean(hold_out))
    return fault(reader, AT("hold_out"), "true or false is expected");
#undef AT
  arm->hold_out = json_is_true(hold_out);
  return STATUS_OK;
}

static Status read_arms(const Reader *reader, const json_t *list, Audience *audience) {
  size_t count = list ? json_array_size(list) : 1;
  if ((list && !json_is_array(list)) || !count || count > AUDIENCE_ARMS_MAX)
    return fault(reader, "arms", "a list of 1 to 16 arms is expected");
  audience->arm_count = (uint32_t)count;
  audience->arms = ARENA_ARRAY(reader->arena, AudienceArm, count);
  if (!list) audience->arms[0] = (AudienceArm){"all", "", AUDIENCE_SHARE_WHOLE, false, 0};
  for (uint32_t a = 0; list && a < count; a++)
    TRY(read_arm(reader, arena_printf(reader->arena, "arms[%u]", a), json_array_get(list, a),
                 &audience->arms[a]));
  return audience_arms_check(audience, reader->error) == STATUS_OK
             ? STATUS_OK
             : error_prefix_path(reader->error, "arms");
}

Status audience_arms_check(const Audience *audience, Error *error) {
  uint64_t whole = 0;
  for (uint32_t a = 0; a < audience->arm_count; a++) {
    whole += audience->arms[a].share;
    for (uint32_t b = 0; b < a; b++)
      if (!strcmp(audience->arms[a].id, audience->arms[b].id))
        return error_set(error, STATUS_INVALID, "two arms are called \"%s\"", audience->arms[a].id);
  }
  if (whole == AUDIENCE_SHARE_WHOLE) return STATUS_OK;
  return error_set(
      error, STATUS_INVALID, "the shares of the arms make %u.%06u together; they must make 1",
      (unsigned)(whole / AUDIENCE_SHARE_WHOLE), (unsigned)(whole % AUDIENCE_SHARE_WHOLE));
}

// ---------------------------------------------------------------- the whole

static Status read_rules(const Reader *reader, const json_t *document, Audience *audience) {
  const json_t *definition = member(document, "definition"), *segment = member(document, "segment");
  if (!definition == !segment)
    return fault(
        reader, definition ? "definition" : "segment",
        "either \"segment\", the id of a saved one, or \"definition\", a rule, is expected");
  if (segment)
    return read_text(reader, "segment", segment, KEPT_ID_BYTES_MAX, NULL, &audience->segment);
  if (!json_is_object(definition))
    return fault(reader, "definition", "a rule is expected, as {\"all\": []}");
  char *text = json_dumps(definition, JSON_COMPACT | JSON_REAL_PRECISION(15));
  audience->definition = arena_strdup(reader->arena, text);
  free(text);
  return STATUS_OK;
}

static Status read_day(const Reader *reader, const json_t *value, Audience *audience) {
  audience->has_day = value;
  if (!value ||
      (json_is_string(value) &&
       date_parse(json_string_value(value), json_string_length(value), DATE_YMD, &audience->day)))
    return STATUS_OK;
  return fault(reader, "as_of", "a date is expected, as \"2025-12-31\"");
}

// A level, or a list of different ones.
static Status read_strata(const Reader *reader, const json_t *value, Audience *audience) {
  size_t count = json_is_array(value) ? json_array_size(value) : value ? 1 : 0;
  if (json_is_array(value) && (!count || count > AUDIENCE_LEVELS_MAX))
    return fault(reader, "stratify_by", "a level, or a list of 1 to 8 levels, is expected");
  audience->stratify_count = (uint32_t)count;
  audience->stratify_by = ARENA_ARRAY(reader->arena, const char *, count);
  for (size_t l = 0; l < count; l++) {
    const json_t *level = json_is_array(value) ? json_array_get(value, l) : value;
    const char *path =
        json_is_array(value) ? arena_printf(reader->arena, "stratify_by[%zu]", l) : "stratify_by";
    TRY(read_text(reader, path, level, LEVEL_BYTES_MAX, NULL, &audience->stratify_by[l]));
    for (size_t other = 0; other < l; other++)
      if (!strcmp(audience->stratify_by[l], audience->stratify_by[other]))
        return fault(reader, path, "the level stands in the list already");
  }
  return STATUS_OK;
}

Status audience_read(const struct json_t *document, Arena *arena, Audience *audience,
                     Error *error) {
  static const char *const known[] = {"id",    "name", "description", "segment", "definition",
                                      "as_of", "seed", "stratify_by", "arms"};
  Error local = ERROR_INIT;
  Reader reader = {arena, error ? error : &local};
  *audience = (Audience){0};
  if (!json_is_object(document))
    return error_set(reader.error, STATUS_INVALID, "an object is expected");
  TRY(CHECK_KEYS(&reader, "", document, known));
  TRY(read_id(&reader, "id", member(document, "id"), &audience->id));
  TRY(read_text(&reader, "name", member(document, "name"), AUDIENCE_NAME_BYTES_MAX, NULL,
                &audience->name));
  if (!*audience->name) return fault(&reader, "name", "an audience needs a name");
  TRY(read_text(&reader, "description", member(document, "description"), 1 << 16, "",
                &audience->description));
  TRY(read_rules(&reader, document, audience));
  TRY(read_day(&reader, member(document, "as_of"), audience));
  TRY(read_text(&reader, "seed", member(document, "seed"), AUDIENCE_SEED_BYTES_MAX, audience->id,
                &audience->seed));
  if (!*audience->seed) return fault(&reader, "seed", "a seed has at least one letter");
  TRY(read_strata(&reader, member(document, "stratify_by"), audience));
  return read_arms(&reader, member(document, "arms"), audience);
}
