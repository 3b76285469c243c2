// Attributes of members as of a day: a query by $day that gives members and values. What a segment
// can ask beside the columns of the members' table, whose values are those of today.
//
//   attributes:
//     tier: {title: {en: Tier}, values: tier.tier, query: "SELECT customer, tier FROM ..."}
//
// `values` is a map of what may occur to its titles, or a level whose values they are; without it
// anything may occur. `same_query` names an attribute whose query has this one's column too.
#include "model_reader.h"
#include <string.h>

#define ATTRIBUTE_VALUES_MAX 1000

static void read_values(ModelReader *reader, const YamlPair *pair, void *field) {
  ModelAttribute *attribute = field;
  const YamlNode *node = pair->value;
  if (node->kind == YAML_SCALAR) {
    attribute->level = model_text(reader, pair->key, node);
    return;
  }
  if (node->kind != YAML_MAP || !node->count || node->count > ATTRIBUTE_VALUES_MAX) {
    model_fault_add(
        &reader->faults, model_place(node),
        "\"values\" must be a map of 1 to %d values to their titles, or a level such as "
        "tier.tier, found %s",
        ATTRIBUTE_VALUES_MAX,
        node->kind == YAML_MAP ? arena_printf(reader->arena, "%u", node->count)
                               : yaml_kind_name(node->kind));
    return;
  }
  attribute->values = ARENA_ARRAY(reader->arena, ModelAttributeValue, node->count);
  for (uint32_t i = 0; i < node->count; i++) {
    ModelAttributeValue *value = &attribute->values[attribute->value_count++];
    *value = (ModelAttributeValue){.value = node->pairs[i].key};
    if (node->pairs[i].value->kind != YAML_EMPTY)
      model_read_title(reader, &node->pairs[i], &value->title);
  }
}

static const ModelKey ATTRIBUTE_KEYS[] = {
    MODEL_KEY("title", model_read_title, ModelAttribute, title),
    {"values", read_values, 0},
    MODEL_KEY("query", model_read_string, ModelAttribute, query),
    MODEL_KEY("same_query", model_read_name, ModelAttribute, same_query),
};

void model_read_attributes(ModelReader *reader, const YamlPair *pair, void *field) {
  Model *model = field;
  const YamlNode *map = pair->value;
  if (map->kind != YAML_MAP) {
    model_fault_add(&reader->faults, model_place(map),
                    "\"attributes\" must be a map of names to attributes, found %s",
                    yaml_kind_name(map->kind));
    return;
  }
  model->attributes = ARENA_ARRAY(reader->arena, ModelAttribute, map->count);
  for (uint32_t i = 0; i < map->count; i++) {
    const YamlPair *entry = &map->pairs[i];
    ModelPlace place = model_key_place(entry);
    if (!model_name_check(reader, "member attribute", entry->key, place)) continue;
    ModelAttribute *attribute = &model->attributes[model->attribute_count++];
    *attribute = (ModelAttribute){.name = entry->key, .place = place};
    const char *what = arena_printf(reader->arena, "attribute \"%s\"", entry->key);
    model_keys_read(reader, entry->value, what, ATTRIBUTE_KEYS, MODEL_KEY_COUNT(ATTRIBUTE_KEYS),
                    attribute);
    if (!attribute->query == !attribute->same_query && entry->value->kind == YAML_MAP)
      model_fault_add(&reader->faults, place,
                      "attribute \"%s\" needs either a \"query\" or a \"same_query\"",
                      attribute->name);
  }
}

static bool level_exists(const Model *model, const char *name) {
  const char *dot = strchr(name, '.');
  for (uint32_t d = 0; dot && d < model->dimension_count; d++) {
    const ModelDimension *dimension = &model->dimensions[d];
    if (strlen(dimension->name) != (size_t)(dot - name) ||
        strncmp(dimension->name, name, (size_t)(dot - name)) != 0)
      continue;
    for (uint32_t l = 0; l < dimension->level_count; l++)
      if (!strcmp(dimension->levels[l].name, dot + 1)) return true;
    return false;
  }
  return false;
}

void model_check_attributes(ModelReader *reader) {
  const Model *model = reader->model;
  for (uint32_t a = 0; a < model->attribute_count; a++) {
    const ModelAttribute *attribute = &model->attributes[a];
    if (attribute->level && !level_exists(model, attribute->level))
      model_fault_add(&reader->faults, model_text_place(reader, attribute->level, attribute->place),
                      "attribute \"%s\": there is no level \"%s\"", attribute->name,
                      attribute->level);
    if (!attribute->same_query) continue;
    const ModelAttribute *other = model_find_attribute(model, attribute->same_query);
    ModelPlace place = model_text_place(reader, attribute->same_query, attribute->place);
    if (!other)
      model_fault_add(&reader->faults, place, "attribute \"%s\": there is no attribute \"%s\"%s",
                      attribute->name, attribute->same_query,
                      model_suggest(reader, attribute->same_query, model->attributes,
                                    model->attribute_count, sizeof *model->attributes));
    else if (!other->query)
      model_fault_add(&reader->faults, place,
                      "attribute \"%s\": attribute \"%s\" has no \"query\" of its own",
                      attribute->name, attribute->same_query);
  }
}
