// Readers of single values. Each says what was expected and what stands there; texts keep their
// places, so that a later check of a name can point at the name.
#include "model_reader.h"
#include "reserved_words.h"
#include "text.h"
#include <errno.h>
#include <stdlib.h>

// ---- Places and suggestions --------------------------------------------------------------------

ModelPlace model_place(const YamlNode *node) {
  return (ModelPlace){node->line, node->column};
}

ModelPlace model_key_place(const YamlPair *pair) {
  return (ModelPlace){pair->line, pair->column};
}

static void text_remember(ModelReader *reader, const char *text, ModelPlace place) {
  uint32_t count = reader->placed_count;
  if (!(count & (count - 1))) {
    ModelPlacedText *larger = ARENA_ARRAY(reader->arena, ModelPlacedText, count ? 2 * count : 1);
    if (count) memcpy(larger, reader->placed, count * sizeof *larger);
    reader->placed = larger;
  }
  reader->placed[reader->placed_count++] = (ModelPlacedText){text, place};
}

// A linear search: it runs once a fault, and faults are few.
ModelPlace model_text_place(const ModelReader *reader, const char *text, ModelPlace otherwise) {
  for (uint32_t i = 0; i < reader->placed_count; i++) {
    if (reader->placed[i].text == text) return reader->placed[i].place;
  }
  return otherwise;
}

static const char *suggest_among(ModelReader *reader, const char *wanted,
                                 const char *const *candidates, uint32_t count) {
  const char *nearest = text_nearest(wanted, candidates, count);
  return nearest ? arena_printf(reader->arena, "; did you mean \"%s\"?", nearest) : "";
}

const char *model_suggest(ModelReader *reader, const char *wanted, const void *base, uint32_t count,
                          size_t struct_bytes) {
  if (!count || reader->faults.count >= MODEL_FAULTS_MAX) return "";
  const char **names = ARENA_ARRAY(reader->arena, const char *, count);
  for (uint32_t i = 0; i < count; i++) {
    names[i] = *(const char *const *)((const char *)base + i * struct_bytes);
  }
  return suggest_among(reader, wanted, names, count);
}

// ---- Maps --------------------------------------------------------------------------------------

const YamlPair *model_pair_find(const YamlNode *map, const char *key) {
  for (uint32_t i = 0; map->kind == YAML_MAP && i < map->count; i++) {
    if (!strcmp(map->pairs[i].key, key)) return &map->pairs[i];
  }
  return NULL;
}

static void fault_unknown_key(ModelReader *reader, const YamlPair *pair, const char *what,
                              const ModelKey *keys, uint32_t count) {
  if (reader->faults.count >= MODEL_FAULTS_MAX) { // only counted from here: build no text
    reader->faults.count++;
    return;
  }
  const char *suggestion = model_suggest(reader, pair->key, keys, count, sizeof *keys);
  if (!*suggestion) {
    suggestion = arena_printf(reader->arena, "; known keys: %s", keys[0].name);
    for (uint32_t i = 1; i < count; i++) {
      suggestion = arena_printf(reader->arena, "%s, %s", suggestion, keys[i].name);
    }
  }
  model_fault_add(&reader->faults, model_key_place(pair), "unknown key \"%s\" in %s%s", pair->key,
                  what, suggestion);
}

void model_keys_read(ModelReader *reader, const YamlNode *node, const char *what,
                     const ModelKey *keys, uint32_t key_count, void *target) {
  if (node->kind != YAML_MAP) {
    model_fault_add(&reader->faults, model_place(node), "%s must be a map, found %s", what,
                    yaml_kind_name(node->kind));
    return;
  }
  for (uint32_t i = 0; i < node->count; i++) {
    const YamlPair *pair = &node->pairs[i];
    uint32_t k = 0;
    while (k < key_count && strcmp(keys[k].name, pair->key) != 0) k++;
    if (k == key_count) {
      fault_unknown_key(reader, pair, what, keys, key_count);
    } else {
      keys[k].read(reader, pair, (char *)target + keys[k].offset);
    }
  }
}

// ---- Texts -------------------------------------------------------------------------------------

const char *model_text(ModelReader *reader, const char *key, const YamlNode *node) {
  if (node->kind != YAML_SCALAR) {
    model_fault_add(&reader->faults, model_place(node), "\"%s\" must be a text, found %s", key,
                    yaml_kind_name(node->kind));
    return NULL;
  }
  text_remember(reader, node->text, model_place(node));
  return node->text;
}

void model_read_string(ModelReader *reader, const YamlPair *pair, void *field) {
  const char *text = model_text(reader, pair->key, pair->value);
  if (text && !*text) {
    model_fault_add(&reader->faults, model_place(pair->value), "\"%s\" is empty", pair->key);
  } else if (text) {
    *(const char **)field = text;
  }
}

static bool name_well_formed(const char *name) {
  if (!((*name >= 'a' && *name <= 'z') || *name == '_')) return false;
  for (const char *c = name; *c; c++) {
    if (!((*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') || *c == '_')) return false;
  }
  return true;
}

bool model_name_check(ModelReader *reader, const char *what, const char *name, ModelPlace place) {
  if (strlen(name) > MODEL_NAME_BYTES_MAX) {
    model_fault_add(&reader->faults, place, "the name of a %s has more than %d characters", what,
                    MODEL_NAME_BYTES_MAX);
  } else if (!name_well_formed(name)) {
    model_fault_add(&reader->faults, place,
                    "\"%s\" is no name for a %s: expected lower-case letters (a-z), digits and _, "
                    "not beginning with a digit",
                    name, what);
  } else if (reserved_word_find(name)) {
    model_fault_add(&reader->faults, place,
                    "\"%s\" is a reserved word of SQL: choose another name for the %s", name, what);
  } else {
    return true;
  }
  return false;
}

void model_read_name(ModelReader *reader, const YamlPair *pair, void *field) {
  const char *name = model_text(reader, pair->key, pair->value);
  if (name) *(const char **)field = name;
}

bool model_read_strings(ModelReader *reader, const YamlPair *pair, const char ***strings,
                        uint32_t *count) {
  const YamlNode *node = pair->value;
  if (node->kind == YAML_MAP || node->kind == YAML_EMPTY ||
      (node->kind == YAML_LIST && !node->count)) {
    model_fault_add(&reader->faults, model_place(node),
                    "\"%s\" must be a text or a list of texts, found %s", pair->key,
                    node->kind == YAML_LIST ? "an empty list" : yaml_kind_name(node->kind));
    return false;
  }
  uint32_t n = node->kind == YAML_LIST ? node->count : 1;
  const char **texts = ARENA_ARRAY(reader->arena, const char *, n);
  for (uint32_t i = 0; i < n; i++) {
    texts[i] = model_text(reader, pair->key, node->kind == YAML_LIST ? node->items[i] : node);
    if (!texts[i]) return false;
  }
  *strings = texts;
  *count = n;
  return true;
}

bool model_read_path(ModelReader *reader, const YamlPair *pair, const char ***steps,
                     uint32_t *count) {
  const char *text = model_text(reader, pair->key, pair->value);
  if (!text) return false;
  uint32_t n = 1;
  for (const char *c = text; *c; c++) n += *c == '.';
  const char **parts = ARENA_ARRAY(reader->arena, const char *, n);
  for (uint32_t i = 0; i < n; i++) {
    size_t length = strcspn(text, ".");
    parts[i] = arena_strndup(reader->arena, text, length);
    text_remember(reader, parts[i], model_place(pair->value));
    text += length + 1;
    if (length) continue;
    model_fault_add(&reader->faults, model_place(pair->value),
                    "\"%s\" must be a path of names with single dots between, found \"%s\"",
                    pair->key, pair->value->text);
    return false;
  }
  *steps = parts;
  *count = n;
  return true;
}

// ---- Flags, numbers, choices -------------------------------------------------------------------

void model_read_bool(ModelReader *reader, const YamlPair *pair, void *field) {
  static const char *const CHOICES[] = {"false", "true"};
  int choice = model_read_choice(reader, pair, CHOICES, 2);
  if (choice >= 0) *(bool *)field = choice == 1;
}

bool model_read_int(ModelReader *reader, const YamlPair *pair, int64_t min, int64_t max,
                    int64_t *value) {
  const char *text = model_text(reader, pair->key, pair->value);
  if (!text) return false;
  char *end;
  errno = 0;
  long long number = strtoll(text, &end, 10);
  bool whole = *text && !*end && !errno && (*text == '-' || (*text >= '0' && *text <= '9'));
  if (!whole || number < min || number > max) {
    model_fault_add(&reader->faults, model_place(pair->value),
                    "\"%s\" must be a whole number from %lld to %lld, found \"%s\"", pair->key,
                    (long long)min, (long long)max, text);
    return false;
  }
  *value = number;
  return true;
}

static const char *choice_list(ModelReader *reader, const char *const *choices, uint32_t count) {
  const char *list = choices[0];
  for (uint32_t i = 1; i < count; i++) {
    list = arena_printf(reader->arena, "%s%s%s", list, i + 1 < count ? ", " : " or ", choices[i]);
  }
  return list;
}

int model_read_choice(ModelReader *reader, const YamlPair *pair, const char *const *choices,
                      uint32_t count) {
  const char *text = model_text(reader, pair->key, pair->value);
  if (!text) return -1;
  for (uint32_t i = 0; i < count; i++) {
    if (!strcmp(text, choices[i])) return (int)i;
  }
  model_fault_add(&reader->faults, model_place(pair->value), "\"%s\" must be %s, found \"%s\"%s",
                  pair->key, choice_list(reader, choices, count), text,
                  suggest_among(reader, text, choices, count));
  return -1;
}

// ---- Titles ------------------------------------------------------------------------------------

static const ModelKey TITLE_KEYS[] = {
    MODEL_KEY("en", model_read_string, ModelText, en),
    MODEL_KEY("ru", model_read_string, ModelText, ru),
};

void model_read_title(ModelReader *reader, const YamlPair *pair, void *field) {
  ModelText *text = field;
  if (pair->value->kind == YAML_SCALAR) {
    model_read_string(reader, pair, &text->en);
  } else {
    model_keys_read(reader, pair->value, "a title or definition (or a text)", TITLE_KEYS,
                    MODEL_KEY_COUNT(TITLE_KEYS), text);
  }
}
