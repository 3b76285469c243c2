// See segment_expand.h.
#include "segment_expand.h"
#include <jansson.h>
#include <stdlib.h>

#define NAMES_DEPTH_MAX 8
#define NODES_MAX 10000 // beyond it the whole is more than a segment may have, by far
#define DEPTH_MAX 400   // of rules in rules; a definition may have 20

typedef struct Expansion {
  SegmentStore *store;
  Arena *arena;
  Error *error;
  uint32_t names, nodes, depth;
} Expansion;

static Status expand(Expansion *expansion, const json_t *rule, json_t **out);

static Status expand_list(Expansion *expansion, const char *key, const json_t *list, json_t **out) {
  *out = json_array();
  for (size_t i = 0; i < json_array_size(list); i++) {
    json_t *item = NULL;
    Status status = expand(expansion, json_array_get(list, i), &item);
    if (status != STATUS_OK) {
      json_decref(*out);
      *out = NULL;
      return error_prefix_path(expansion->error, "%s[%zu]", key, i);
    }
    json_array_append_new(*out, item);
  }
  return STATUS_OK;
}

static Status expand_name(Expansion *expansion, const char *id, json_t **out) {
  SavedSegment saved;
  if (!segment_store_find(expansion->store, id, expansion->arena, &saved))
    return error_set(expansion->error, STATUS_NOT_FOUND, "there is no segment \"%.100s\"", id);
  if (expansion->names == NAMES_DEPTH_MAX)
    return error_set(expansion->error, STATUS_INVALID,
                     "segment \"%s\" leads back to itself, or through more than %d others", id,
                     NAMES_DEPTH_MAX);
  json_t *definition = json_loads(saved.definition, JSON_REJECT_DUPLICATES, NULL);
  expansion->names++;
  Status status = expand(expansion, definition, out);
  expansion->names--;
  json_decref(definition);
  return status;
}

// A new reference to what the rule becomes.
static Status expand(Expansion *expansion, const json_t *rule, json_t **out) {
  static const char *const groups[] = {"all", "any", "not"};
  *out = NULL;
  if (++expansion->nodes > NODES_MAX || expansion->depth == DEPTH_MAX)
    return error_set(expansion->error, STATUS_LIMIT,
                     "with the segments that it names the definition has too many rules");
  const json_t *name = json_object_get(rule, "segment");
  if (json_is_string(name) && json_object_size(rule) == 1)
    return expand_name(expansion, json_string_value(name), out);
  expansion->depth++;
  Status status = STATUS_OK;
  for (int g = 0; g < 3 && !*out && status == STATUS_OK; g++) {
    const json_t *items = json_object_get(rule, groups[g]);
    json_t *inner = NULL;
    if (!items || json_object_size(rule) != 1) continue;
    if (g < 2 && json_is_array(items))
      status = expand_list(expansion, groups[g], items, &inner);
    else if (g == 2) {
      status = expand(expansion, items, &inner);
      if (status != STATUS_OK) status = error_prefix_path(expansion->error, "not");
    }
    if (inner) *out = json_pack("{s:o}", groups[g], inner);
  }
  expansion->depth--;
  if (status == STATUS_OK && !*out) *out = json_incref((json_t *)rule);
  return status;
}

Status segment_expand(SegmentStore *store, const char *definition, Arena *arena, const char **out,
                      Error *error) {
  Error local = ERROR_INIT;
  Expansion expansion = {.store = store, .arena = arena, .error = error ? error : &local};
  json_t *rule = json_loads(definition, JSON_REJECT_DUPLICATES, NULL), *whole;
  if (!rule) return error_set(expansion.error, STATUS_INVALID, "the definition is no JSON object");
  Status status = expand(&expansion, rule, &whole);
  json_decref(rule);
  if (status != STATUS_OK) return status;
  char *text = json_dumps(whole, JSON_COMPACT | JSON_REAL_PRECISION(15));
  *out = arena_strdup(arena, text);
  free(text);
  json_decref(whole);
  return STATUS_OK;
}
