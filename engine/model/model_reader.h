// What the passes of reading a model share: the model being built, its faults, the readers of
// values, and where each text of the model stands in the file.
//
//   YAML tree ─► model_root ─► model_tables, model_cubes ─► check_tables ─► check_cubes ─► Model
//
// The reading passes fill structs from maps by tables of keys (ModelKey), so that each table *is*
// the list of what may be written; the checking passes see plain structs. A check that names a
// wrong text asks for its place by the text's address.
#pragma once
#include "model_fault.h"
#include "yaml_tree.h"

#define MODEL_NAME_BYTES_MAX 63
#define MODEL_TABLE_COLUMNS_MAX 2000
#define MODEL_DIMENSION_LEVELS_MAX 100
#define MODEL_CUBE_MEASURES_MAX 500
#define MODEL_DAYS_MAX 3660

typedef struct ModelPlacedText {
  const char *text;
  ModelPlace place;
} ModelPlacedText;

typedef struct ModelReader {
  Model *model;
  Arena *arena;
  ModelFaults faults;
  ModelSource source; // the model's: defaults of every table
  ModelPlacedText *placed;
  uint32_t placed_count;
} ModelReader;

// One key that a map may have: `read` fills what is at `offset` of the map's struct.
typedef struct ModelKey {
  const char *name;
  void (*read)(ModelReader *reader, const YamlPair *pair, void *field);
  size_t offset;
} ModelKey;
#define MODEL_KEY(name, read, Struct, member)                                                      \
  { name, read, offsetof(Struct, member) }
#define MODEL_KEY_COUNT(keys) ((uint32_t)(sizeof(keys) / sizeof *(keys)))

// Reads map `node` ("a table") by its keys: another kind of value and unknown keys are faults.
void model_keys_read(ModelReader *reader, const YamlNode *node, const char *what,
                     const ModelKey *keys, uint32_t key_count, void *target);
const YamlPair *model_pair_find(const YamlNode *map, const char *key); // or NULL

// ---- Values: each leaves the field as it is when there is a fault ----
void model_read_string(ModelReader *reader, const YamlPair *pair, void *field); // const char *
void model_read_name(ModelReader *reader, const YamlPair *pair, void *field);   // const char *
void model_read_bool(ModelReader *reader, const YamlPair *pair, void *field);   // bool
void model_read_title(ModelReader *reader, const YamlPair *pair, void *field);  // ModelText
bool model_read_int(ModelReader *reader, const YamlPair *pair, int64_t min, int64_t max,
                    int64_t *value);
// Index of the text among `choices`; -1 at a fault.
int model_read_choice(ModelReader *reader, const YamlPair *pair, const char *const *choices,
                      uint32_t count);
// A text or a list of texts; false at a fault.
bool model_read_strings(ModelReader *reader, const YamlPair *pair, const char ***strings,
                        uint32_t *count);
// "receipt.store" -> {"receipt", "store"}; false at a fault.
bool model_read_path(ModelReader *reader, const YamlPair *pair, const char ***steps,
                     uint32_t *count);
// The scalar's text, its place remembered; NULL and a fault when it is none.
const char *model_text(ModelReader *reader, const char *key, const YamlNode *node);
// False and a fault unless `name` is one: lower-case letters, digits, _; no reserved word of SQL.
bool model_name_check(ModelReader *reader, const char *what, const char *name, ModelPlace place);

// ---- Faults ----
ModelPlace model_place(const YamlNode *node);
ModelPlace model_key_place(const YamlPair *pair);
// Where a text of the model stands, or `otherwise` for one that was not written.
ModelPlace model_text_place(const ModelReader *reader, const char *text, ModelPlace otherwise);
// "; did you mean \"x\"?" or "", in the arena. `base` is an array of structs that begin with a
// name.
const char *model_suggest(ModelReader *reader, const char *wanted, const void *base, uint32_t count,
                          size_t struct_bytes);

// ---- The passes ----
void model_read_root(ModelReader *reader, const YamlNode *root); // model_root.c
void model_read_source(ModelReader *reader, const YamlPair *pair, void *source);
void model_read_reject_limit(ModelReader *reader, const YamlPair *pair, void *limit);
void model_read_tables(ModelReader *reader, const YamlPair *pair, void *model);  // model_tables.c
void model_read_columns(ModelReader *reader, const YamlPair *pair, void *table); // model_columns.c
void model_read_dimensions(ModelReader *reader, const YamlPair *pair, void *model);
void model_read_cubes(ModelReader *reader, const YamlPair *pair, void *model); // model_cubes.c
void model_read_measures(ModelReader *reader, const YamlPair *pair, void *cube);
void model_read_attributes(ModelReader *reader, const YamlPair *pair, void *model);
void model_check_attributes(ModelReader *reader); // model_attributes.c
void model_check_tables(ModelReader *reader); // check_tables.c: also types, titles
void model_check_cubes(ModelReader *reader);  // check_cubes.c

// ---- What checks share ----
// The table that a column leads to, when it is a link (or a link copied through one), else NULL.
const ModelTable *model_link_target(const ModelReader *reader, const ModelColumn *column);
// Follows link columns from `table`; NULL and a fault when a step is no link.
const ModelTable *model_follow_links(ModelReader *reader, const ModelTable *table,
                                     const char *const *links, uint32_t count, ModelPlace place);
// A column that must exist, else NULL and a fault that begins with `what`.
const ModelColumn *model_require_column(ModelReader *reader, const ModelTable *table,
                                        const char *name, ModelPlace place, const char *what);
// Checks an expression that is no more than a name or a path; anything else is the binder's.
void model_check_expression(ModelReader *reader, const ModelTable *table, const char *expression,
                            ModelPlace place);
