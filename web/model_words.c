// Titles, units, formats and directions, from the model to JSON.
#include "model_words.h"

static bool name_is(const char *name, const char *text, size_t size) {
  return strlen(name) == size && memcmp(name, text, size) == 0;
}

const ModelMeasure *model_measure_of(const Model *model, const char *full_name) {
  size_t size = strcspn(full_name, ".");
  if (!model || !full_name[size]) return NULL;
  for (uint32_t c = 0; c < model->cube_count; c++) {
    const ModelCube *cube = &model->cubes[c];
    if (!name_is(cube->name, full_name, size)) continue;
    for (uint32_t m = 0; m < cube->measure_count; m++)
      if (strcmp(cube->measures[m].name, full_name + size + 1) == 0) return &cube->measures[m];
  }
  return NULL;
}

const ModelLevel *model_level_of(const Model *model, const char *full_name) {
  size_t size = strcspn(full_name, ".");
  if (!model || !full_name[size]) return NULL;
  for (uint32_t d = 0; d < model->dimension_count; d++) {
    const ModelDimension *dimension = &model->dimensions[d];
    if (!name_is(dimension->name, full_name, size)) continue;
    for (uint32_t l = 0; l < dimension->level_count; l++)
      if (strcmp(dimension->levels[l].name, full_name + size + 1) == 0)
        return &dimension->levels[l];
  }
  return NULL;
}

const char *api_type_name(Type type) {
  switch ((TypeKind)type.kind) {
  case TYPE_BOOL:
    return "boolean";
  case TYPE_INT:
    return "integer";
  case TYPE_DECIMAL:
    return type.scale ? "decimal" : "integer";
  case TYPE_DOUBLE:
    return "double";
  case TYPE_DATE:
    return "date";
  case TYPE_TIMESTAMP:
    return "timestamp";
  case TYPE_TIMESTAMPTZ:
    return "timestamptz";
  case TYPE_INTERVAL:
    return "interval";
  case TYPE_NULL:
  case TYPE_STRING:
    return "string";
  }
  return "string";
}

void api_write_title(JsonWriter *json, const char *key, const ModelText *text, const char *name) {
  const char *en = text && text->en ? text->en : name;
  const char *ru = text && text->ru ? text->ru : en;
  json_write_key(json, key);
  if (!en) {
    json_write_null(json);
    return;
  }
  json_write_object_open(json);
  json_write_key_text(json, "en", en);
  json_write_key_text(json, "ru", ru);
  json_write_object_close(json);
}

static const char *good_name(int8_t good) {
  return good > 0 ? "up" : good < 0 ? "down" : NULL;
}

void api_write_measure(JsonWriter *json, const ModelMeasure *measure, const char *name, Type type) {
  json_write_key_text(json, "type", api_type_name(type));
  json_write_key_int(json, "scale", measure ? measure->digits : type.scale);
  json_write_key_text(json, "unit", measure ? measure->unit : NULL);
  json_write_key_text(json, "format", measure && measure->format ? measure->format : "decimal");
  api_write_title(json, "title", measure ? &measure->title : NULL, name);
  api_write_title(json, "definition", measure ? &measure->definition : NULL, NULL);
  json_write_key_text(json, "good", measure ? good_name(measure->good) : NULL);
}

bool api_measure_is_share(void *context, const char *measure) {
  const ModelMeasure *found = model_measure_of(context, measure);
  return found && found->format && strcmp(found->format, "percent") == 0;
}
