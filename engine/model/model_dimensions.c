// Dimensions: what facts are looked at by. Three kinds: of a table (levels are columns of its
// members, or of tables that they link to), of time (levels are built in), and plain (no table: its
// one level is the value itself of the column that a cube's path ends in).
#include "model_reader.h"
#include "text.h"
#include "time_levels.h"

// ---- Levels of a table -------------------------------------------------------------------------

static void read_level_column(ModelReader *reader, const YamlPair *pair, void *field) {
  ModelLevel *level = field;
  const char **steps;
  uint32_t count;
  if (!model_read_path(reader, pair, &steps, &count)) return;
  level->links = steps;
  level->link_count = count - 1;
  level->column = steps[count - 1];
}

static void read_parents(ModelReader *reader, const YamlPair *pair, void *field) {
  ModelLevel *level = field;
  model_read_strings(reader, pair, &level->parents, &level->parent_count);
}

static const ModelKey LEVEL_KEYS[] = {
    MODEL_KEY("title", model_read_title, ModelLevel, title),
    {"column", read_level_column, 0},
    MODEL_KEY("label", model_read_name, ModelLevel, label),
    {"parents", read_parents, 0},
};

static void read_table_level(ModelReader *reader, const YamlPair *pair, ModelLevel *level) {
  level->column = level->name;
  if (pair->value->kind == YAML_SCALAR) {
    read_level_column(reader, pair, level);
  } else if (pair->value->kind != YAML_EMPTY) {
    const char *what = arena_printf(reader->arena, "level \"%s\" (or its column)", level->name);
    model_keys_read(reader, pair->value, what, LEVEL_KEYS, MODEL_KEY_COUNT(LEVEL_KEYS), level);
  }
}

// ---- Levels of time, and of a plain dimension --------------------------------------------------

static const ModelKey TITLE_ONLY_KEYS[] = {MODEL_KEY("title", model_read_title, ModelLevel, title)};

static void read_title_only(ModelReader *reader, const YamlPair *pair, ModelLevel *level) {
  if (pair->value->kind == YAML_EMPTY) return;
  const char *what = arena_printf(reader->arena, "level \"%s\"", level->name);
  model_keys_read(reader, pair->value, what, TITLE_ONLY_KEYS, 1, level);
}

static void level_set_time(ModelLevel *level, const TimeLevel *time) {
  level->time = time->time;
  if (!level->title.en) level->title.en = time->title.en;
  if (!level->title.ru) level->title.ru = time->title.ru;
}

static bool level_listed(const ModelDimension *dimension, const char *name) {
  for (uint32_t i = 0; i < dimension->level_count; i++) {
    if (!strcmp(dimension->levels[i].name, name)) return true;
  }
  return false;
}

// The built-in parents among the levels that this dimension has; month without quarter determines
// the year directly.
static void level_set_time_parents(ModelReader *reader, const ModelDimension *dimension,
                                   ModelLevel *level) {
  level->parents = ARENA_ARRAY(reader->arena, const char *, 8);
  const char *pending[8];
  uint32_t count = 0;
  pending[count++] = level->name;
  while (count) {
    const TimeLevel *time = time_level_find(pending[--count]);
    for (uint32_t i = 0; time && i < 3 && time->parents[i]; i++) {
      if (level_listed(dimension, time->parents[i])) {
        level->parents[level->parent_count++] = time->parents[i];
      } else {
        pending[count++] = time->parents[i];
      }
    }
  }
}

static void read_time_level(ModelReader *reader, const YamlPair *pair, ModelLevel *level) {
  const TimeLevel *time = time_level_find(level->name);
  read_title_only(reader, pair, level);
  if (time) {
    level_set_time(level, time);
    return;
  }
  model_fault_add(&reader->faults, level->place,
                  "there is no level of time \"%s\": expected day, week, month, quarter, year, "
                  "weekday or hour%s",
                  level->name,
                  model_suggest(reader, level->name, time_level_at(0), 7, sizeof(TimeLevel)));
}

// ---- A dimension's levels ----------------------------------------------------------------------

// A list of names is a map of names to nothing.
static const YamlNode *levels_as_map(ModelReader *reader, const YamlNode *levels) {
  if (levels->kind != YAML_LIST) return levels;
  YamlNode *map = ARENA_NEW(reader->arena, YamlNode);
  *map = (YamlNode){.kind = YAML_MAP, .line = levels->line, .column = levels->column};
  map->pairs = ARENA_ARRAY(reader->arena, YamlPair, levels->count);
  for (uint32_t i = 0; i < levels->count; i++) {
    const YamlNode *item = levels->items[i];
    const char *name = model_text(reader, "levels", item);
    if (!name) continue;
    YamlNode *nothing = ARENA_NEW(reader->arena, YamlNode);
    *nothing = (YamlNode){.line = item->line, .column = item->column};
    map->pairs[map->count++] = (YamlPair){name, item->line, item->column, nothing};
  }
  return map;
}

static void read_level(ModelReader *reader, const YamlPair *pair, ModelDimension *dimension) {
  ModelPlace place = model_key_place(pair);
  if (!model_name_check(reader, "level", pair->key, place)) return;
  if (level_listed(dimension, pair->key)) { // only a list can repeat one
    model_fault_add(&reader->faults, place, "level \"%s\" is listed twice", pair->key);
    return;
  }
  ModelLevel *level = &dimension->levels[dimension->level_count++];
  *level = (ModelLevel){.name = pair->key, .place = place};
  if (dimension->is_time) {
    read_time_level(reader, pair, level);
  } else if (dimension->table) {
    read_table_level(reader, pair, level);
  } else {
    read_title_only(reader, pair, level);
  }
}

static void read_levels(ModelReader *reader, const YamlNode *node, ModelDimension *dimension) {
  const YamlNode *map = levels_as_map(reader, node);
  if (map->kind != YAML_MAP || !map->count) {
    model_fault_add(&reader->faults, model_place(node),
                    "\"levels\" must be a map or a list of names, found %s",
                    map->kind == YAML_MAP ? "nothing" : yaml_kind_name(node->kind));
    return;
  }
  if (map->count > MODEL_DIMENSION_LEVELS_MAX) {
    model_fault_add(&reader->faults, model_place(node), "dimension \"%s\" has %u levels, over %d",
                    dimension->name, map->count, MODEL_DIMENSION_LEVELS_MAX);
    return;
  }
  dimension->levels = ARENA_ARRAY(reader->arena, ModelLevel, map->count);
  for (uint32_t i = 0; i < map->count; i++) read_level(reader, &map->pairs[i], dimension);
}

static void dimension_set_all_time_levels(ModelReader *reader, ModelDimension *dimension) {
  dimension->levels = ARENA_ARRAY(reader->arena, ModelLevel, 8);
  const TimeLevel *time;
  for (uint32_t i = 0; (time = time_level_at(i)) && time->time != MODEL_TIME_HOUR; i++) {
    ModelLevel *level = &dimension->levels[dimension->level_count++];
    *level = (ModelLevel){.name = time->name, .place = dimension->place};
    level_set_time(level, time);
  }
}

static void dimension_set_plain_level(ModelReader *reader, ModelDimension *dimension) {
  dimension->levels = ARENA_NEW(reader->arena, ModelLevel);
  dimension->level_count = 1;
  *dimension->levels =
      (ModelLevel){.name = dimension->name, .place = dimension->place, .title = dimension->title};
}

// ---- A dimension -------------------------------------------------------------------------------

static void read_levels_later(ModelReader *reader, const YamlPair *pair, void *unused) {
  (void)reader, (void)pair, (void)unused; // when the dimension's kind is known
}

static const ModelKey DIMENSION_KEYS[] = {
    MODEL_KEY("title", model_read_title, ModelDimension, title),
    MODEL_KEY("table", model_read_name, ModelDimension, table),
    MODEL_KEY("time", model_read_bool, ModelDimension, is_time),
    {"levels", read_levels_later, 0},
};

static void check_dimension_shape(ModelReader *reader, const ModelDimension *dimension,
                                  bool has_levels) {
  if (dimension->table && dimension->is_time) {
    model_fault_add(&reader->faults, dimension->place,
                    "dimension \"%s\" has both \"table\" and \"time\": the levels of time need no "
                    "table",
                    dimension->name);
  } else if (dimension->table && !has_levels) {
    model_fault_add(&reader->faults, dimension->place,
                    "dimension \"%s\" needs \"levels\": columns of table \"%s\"", dimension->name,
                    dimension->table);
  } else if (!dimension->table && !dimension->is_time && dimension->level_count > 1) {
    model_fault_add(
        &reader->faults, dimension->levels[1].place,
        "dimension \"%s\" has neither \"table\" nor \"time\", so it has one level only: "
        "the value itself",
        dimension->name);
  }
}

static void read_dimension(ModelReader *reader, const YamlPair *pair, ModelDimension *dimension) {
  *dimension = (ModelDimension){.name = pair->key, .place = model_key_place(pair)};
  model_name_check(reader, "dimension", dimension->name, dimension->place);
  if (pair->value->kind != YAML_EMPTY) {
    const char *what = arena_printf(reader->arena, "dimension \"%s\"", dimension->name);
    model_keys_read(reader, pair->value, what, DIMENSION_KEYS, MODEL_KEY_COUNT(DIMENSION_KEYS),
                    dimension);
  }
  const YamlPair *levels = model_pair_find(pair->value, "levels");
  if (levels) {
    read_levels(reader, levels->value, dimension);
  } else if (dimension->is_time) {
    dimension_set_all_time_levels(reader, dimension);
  } else if (!dimension->table) {
    dimension_set_plain_level(reader, dimension);
  }
  for (uint32_t i = 0; dimension->is_time && i < dimension->level_count; i++) {
    level_set_time_parents(reader, dimension, &dimension->levels[i]);
  }
  check_dimension_shape(reader, dimension, levels != NULL);
}

void model_read_dimensions(ModelReader *reader, const YamlPair *pair, void *field) {
  Model *model = field;
  const YamlNode *map = pair->value;
  if (map->kind != YAML_MAP) {
    model_fault_add(&reader->faults, model_place(map),
                    "\"dimensions\" must be a map of names to dimensions, found %s",
                    yaml_kind_name(map->kind));
    return;
  }
  model->dimensions = ARENA_ARRAY(reader->arena, ModelDimension, map->count);
  model->dimension_count = map->count;
  for (uint32_t i = 0; i < map->count; i++) {
    read_dimension(reader, &map->pairs[i], &model->dimensions[i]);
  }
}
