// Measures: one aggregate each, named by its key (`sum: paid`), how it is restricted (where,
// window) and how it is shown (format, digits, unit, good).
#include "model_reader.h"
#include "text.h"
#include <stdlib.h>

// ---- Aggregates --------------------------------------------------------------------------------

static const struct {
  const char *key;
  ModelAggregate aggregate;
} AGGREGATES[] = {
    {"sum", MODEL_SUM},     {"count", MODEL_COUNT},     {"min", MODEL_MIN},
    {"max", MODEL_MAX},     {"avg", MODEL_AVG},         {"distinct", MODEL_DISTINCT},
    {"ratio", MODEL_RATIO}, {"balance", MODEL_BALANCE},
};
#define AGGREGATE_COUNT (sizeof AGGREGATES / sizeof *AGGREGATES)

static void read_aggregate(ModelReader *reader, const YamlPair *pair, void *field) {
  model_read_string(reader, pair, &((ModelMeasure *)field)->expression);
}

static void read_count(ModelReader *reader, const YamlPair *pair, void *field) {
  ModelMeasure *measure = field;
  model_read_string(reader, pair, &measure->expression);
  if (measure->expression && !strcmp(measure->expression, "rows")) measure->expression = NULL;
}

static void read_ratio(ModelReader *reader, const YamlPair *pair, void *field) {
  ModelMeasure *measure = field;
  const char **names;
  uint32_t count;
  if (pair->value->kind != YAML_LIST || pair->value->count != 2) {
    model_fault_add(&reader->faults, model_place(pair->value),
                    "\"ratio\" must be a list of two measures: [what is divided, by what]");
  } else if (model_read_strings(reader, pair, &names, &count)) {
    measure->numerator = names[0];
    measure->denominator = names[1];
  }
}

// ---- Restriction -------------------------------------------------------------------------------

// The number before `unit` (" days"; one may be " day"); -1 when the text is none.
static int64_t days_parse(const char *text, const char *unit) {
  size_t digits = strspn(text, "0123456789");
  bool one = *unit && !strcmp(text, "1 day");
  if (!digits || digits > 4 || !(one || !strcmp(text + digits, unit))) return -1;
  return strtoll(text, NULL, 10);
}

static const ModelDefinition *find_definition(const Model *model, const char *name) {
  for (uint32_t i = 0; i < model->definition_count; i++) {
    if (!strcmp(model->definitions[i].name, name)) return &model->definitions[i];
  }
  return NULL;
}

// "90 days", or the name of a definition whose value is 90.
static void read_window(ModelReader *reader, const YamlPair *pair, void *field) {
  const char *text = model_text(reader, pair->key, pair->value);
  if (!text) return;
  const Model *model = reader->model;
  const ModelDefinition *definition = find_definition(model, text);
  int64_t days = days_parse(definition ? definition->value : text, definition ? "" : " days");
  if (days >= 1 && days <= MODEL_DAYS_MAX) {
    *(int32_t *)field = (int32_t)days;
  } else if (definition) {
    model_fault_add(&reader->faults, model_place(pair->value),
                    "\"window\" names definition \"%s\", which is no number of days from 1 to %d: "
                    "\"%s\"",
                    text, MODEL_DAYS_MAX, definition->value);
  } else {
    model_fault_add(&reader->faults, model_place(pair->value),
                    "\"window\" must be from 1 day to %d days, such as 90 days, or the name of a "
                    "definition, found \"%s\"%s",
                    MODEL_DAYS_MAX, text,
                    model_suggest(reader, text, model->definitions, model->definition_count,
                                  sizeof *model->definitions));
  }
}

// ---- Looks -------------------------------------------------------------------------------------

static const char *const FORMATS[] = {"money", "integer", "decimal", "percent"};
static const uint32_t FORMAT_DIGITS[] = {2, 0, 2, 1};

static void read_format(ModelReader *reader, const YamlPair *pair, void *field) {
  int choice = model_read_choice(reader, pair, FORMATS, 4);
  if (choice >= 0) *(const char **)field = FORMATS[choice];
}

static void read_digits(ModelReader *reader, const YamlPair *pair, void *field) {
  int64_t digits;
  if (model_read_int(reader, pair, 0, 9, &digits)) *(uint32_t *)field = (uint32_t)digits;
}

static void read_good(ModelReader *reader, const YamlPair *pair, void *field) {
  static const char *const CHOICES[] = {"up", "down", "neither"};
  static const int8_t VALUES[] = {1, -1, 0};
  int choice = model_read_choice(reader, pair, CHOICES, 3);
  if (choice >= 0) *(int8_t *)field = VALUES[choice];
}

// ---- A measure ---------------------------------------------------------------------------------

static const ModelKey MEASURE_KEYS[] = {
    MODEL_KEY("title", model_read_title, ModelMeasure, title),
    MODEL_KEY("definition", model_read_title, ModelMeasure, definition),
    {"sum", read_aggregate, 0},
    {"count", read_count, 0},
    {"min", read_aggregate, 0},
    {"max", read_aggregate, 0},
    {"avg", read_aggregate, 0},
    {"distinct", read_aggregate, 0},
    {"ratio", read_ratio, 0},
    {"balance", read_aggregate, 0},
    MODEL_KEY("where", model_read_string, ModelMeasure, filter),
    MODEL_KEY("window", read_window, ModelMeasure, window_days),
    MODEL_KEY("unit", model_read_string, ModelMeasure, unit),
    MODEL_KEY("format", read_format, ModelMeasure, format),
    MODEL_KEY("digits", read_digits, ModelMeasure, digits),
    MODEL_KEY("good", read_good, ModelMeasure, good),
};

static void measure_set_aggregate(ModelReader *reader, const YamlNode *node,
                                  ModelMeasure *measure) {
  const YamlPair *first = NULL;
  for (uint32_t i = 0; i < AGGREGATE_COUNT; i++) {
    const YamlPair *pair = model_pair_find(node, AGGREGATES[i].key);
    if (pair && first) {
      model_fault_add(&reader->faults, model_key_place(pair),
                      "a measure has one aggregate, found \"%s\" and \"%s\"", first->key,
                      pair->key);
    } else if (pair) {
      first = pair;
      measure->aggregate = AGGREGATES[i].aggregate;
    }
  }
  if (first) return;
  model_fault_add(
      &reader->faults, measure->place,
      "measure \"%s\" needs an aggregate: sum, count, min, max, avg, distinct, ratio or "
      "balance",
      measure->name);
}

// A ratio has no rows of its own to restrict.
static void check_ratio_keys(ModelReader *reader, const YamlNode *node,
                             const ModelMeasure *measure) {
  static const char *const ROW_KEYS[] = {"where", "window"};
  for (uint32_t i = 0; measure->aggregate == MODEL_RATIO && i < 2; i++) {
    const YamlPair *pair = model_pair_find(node, ROW_KEYS[i]);
    if (!pair) continue;
    model_fault_add(&reader->faults, model_key_place(pair),
                    "\"%s\" is for measures over rows: give it to the two measures of ratio \"%s\"",
                    pair->key, measure->name);
  }
}

static void measure_set_looks(const YamlNode *node, ModelMeasure *measure) {
  bool counts = measure->aggregate == MODEL_COUNT || measure->aggregate == MODEL_DISTINCT;
  if (!measure->format) measure->format = FORMATS[counts ? 1 : 2];
  if (model_pair_find(node, "digits")) return;
  for (uint32_t i = 0; i < 4; i++) {
    if (measure->format == FORMATS[i]) measure->digits = FORMAT_DIGITS[i];
  }
}

static void read_measure(ModelReader *reader, const YamlPair *pair, ModelMeasure *measure) {
  *measure = (ModelMeasure){.name = pair->key, .place = model_key_place(pair)};
  model_name_check(reader, "measure", measure->name, measure->place);
  const char *what = arena_printf(reader->arena, "measure \"%s\"", measure->name);
  model_keys_read(reader, pair->value, what, MEASURE_KEYS, MODEL_KEY_COUNT(MEASURE_KEYS), measure);
  if (pair->value->kind != YAML_MAP) return;
  measure_set_aggregate(reader, pair->value, measure);
  check_ratio_keys(reader, pair->value, measure);
  measure_set_looks(pair->value, measure);
}

void model_read_measures(ModelReader *reader, const YamlPair *pair, void *field) {
  ModelCube *cube = field;
  const YamlNode *map = pair->value;
  if (map->kind != YAML_MAP || !map->count) {
    model_fault_add(&reader->faults, model_place(map),
                    "\"measures\" must be a map of names to measures, found %s",
                    map->kind == YAML_MAP ? "nothing" : yaml_kind_name(map->kind));
    return;
  }
  if (map->count > MODEL_CUBE_MEASURES_MAX) {
    model_fault_add(&reader->faults, model_place(map), "cube \"%s\" has %u measures, over %d",
                    cube->name, map->count, MODEL_CUBE_MEASURES_MAX);
    return;
  }
  cube->measures = ARENA_ARRAY(reader->arena, ModelMeasure, map->count);
  cube->measure_count = map->count;
  for (uint32_t i = 0; i < map->count; i++) {
    read_measure(reader, &map->pairs[i], &cube->measures[i]);
  }
}
