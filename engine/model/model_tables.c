// Tables: where their rows come from (files or a query), what identifies a row, how rows lie.
#include "model_reader.h"
#include "text.h"

static void read_files(ModelReader *reader, const YamlPair *pair, void *field) {
  ModelTable *table = field;
  if (!model_read_strings(reader, pair, &table->files, &table->file_count)) return;
  for (uint32_t i = 0; i < table->file_count; i++) {
    const char *glob = table->files[i];
    if (*glob && *glob != '/' && !strstr(glob, "..")) continue;
    model_fault_add(&reader->faults, model_text_place(reader, glob, table->place),
                    "\"%s\" is no file pattern: expected one inside the data folder, such as "
                    "sales*.csv",
                    glob);
  }
}

// ---- History -----------------------------------------------------------------------------------

static const ModelKey HISTORY_KEYS[] = {
    MODEL_KEY("key", model_read_name, ModelTable, history_key),
    MODEL_KEY("from", model_read_name, ModelTable, valid_from),
    MODEL_KEY("to", model_read_name, ModelTable, valid_to),
};

static void read_history(ModelReader *reader, const YamlPair *pair, void *field) {
  ModelTable *table = field;
  model_keys_read(reader, pair->value, "a history", HISTORY_KEYS, MODEL_KEY_COUNT(HISTORY_KEYS),
                  table);
  if (pair->value->kind != YAML_MAP) return;
  if (table->history_key && table->valid_from && table->valid_to) return;
  model_fault_add(&reader->faults, model_key_place(pair),
                  "a history needs \"key\", \"from\" and \"to\": the columns of whose value it is, "
                  "and of when it begins and ends");
}

// ---- Projections -------------------------------------------------------------------------------

static void read_order(ModelReader *reader, const YamlPair *pair, void *field) {
  ModelProjection *projection = field;
  model_read_strings(reader, pair, &projection->order, &projection->order_count);
}

static void read_kept(ModelReader *reader, const YamlPair *pair, void *field) {
  ModelProjection *projection = field;
  model_read_strings(reader, pair, &projection->columns, &projection->column_count);
}

static const ModelKey PROJECTION_KEYS[] = {{"order", read_order, 0}, {"columns", read_kept, 0}};

static bool names_contain(const char *const *names, uint32_t count, const char *name) {
  for (uint32_t i = 0; i < count; i++) {
    if (!strcmp(names[i], name)) return true;
  }
  return false;
}

// The columns that a projection is sorted by are always kept in it.
static void projection_keep_order(ModelReader *reader, ModelProjection *projection) {
  if (!projection->column_count) return;
  const char **kept =
      ARENA_ARRAY(reader->arena, const char *, projection->column_count + projection->order_count);
  uint32_t count = 0;
  for (uint32_t i = 0; i < projection->order_count; i++) {
    const char *name = projection->order[i];
    if (!names_contain(projection->columns, projection->column_count, name)) kept[count++] = name;
  }
  memcpy(kept + count, projection->columns, projection->column_count * sizeof *kept);
  projection->columns = kept;
  projection->column_count += count;
}

static void read_projection(ModelReader *reader, const YamlNode *node,
                            ModelProjection *projection) {
  model_keys_read(reader, node, "a projection", PROJECTION_KEYS, MODEL_KEY_COUNT(PROJECTION_KEYS),
                  projection);
  if (node->kind == YAML_MAP && !projection->order_count) {
    model_fault_add(&reader->faults, model_place(node),
                    "a projection needs \"order\", such as [customer, date]");
  }
  projection_keep_order(reader, projection);
}

static void read_projections(ModelReader *reader, const YamlPair *pair, void *field) {
  ModelTable *table = field;
  const YamlNode *list = pair->value;
  if (list->kind != YAML_LIST) {
    model_fault_add(&reader->faults, model_place(list), "\"projections\" must be a list, found %s",
                    yaml_kind_name(list->kind));
    return;
  }
  table->projections = ARENA_ARRAY(reader->arena, ModelProjection, list->count);
  table->projection_count = list->count;
  for (uint32_t i = 0; i < list->count; i++) {
    read_projection(reader, list->items[i], &table->projections[i]);
  }
}

// ---- A table -----------------------------------------------------------------------------------

static const ModelKey TABLE_KEYS[] = {
    MODEL_KEY("title", model_read_title, ModelTable, title),
    {"files", read_files, 0},
    MODEL_KEY("query", model_read_string, ModelTable, query),
    MODEL_KEY("optional", model_read_bool, ModelTable, optional),
    MODEL_KEY("source", model_read_source, ModelTable, source),
    MODEL_KEY("rejects", model_read_reject_limit, ModelTable, reject_limit),
    MODEL_KEY("key", model_read_name, ModelTable, key),
    {"history", read_history, 0},
    MODEL_KEY("cluster", model_read_name, ModelTable, cluster),
    {"columns", model_read_columns, 0},
    {"projections", read_projections, 0},
};

static void check_table_shape(ModelReader *reader, const YamlNode *node, const ModelTable *table) {
  const YamlPair *files = model_pair_find(node, "files"), *query = model_pair_find(node, "query");
  if (!files == !query) {
    model_fault_add(&reader->faults, query ? model_key_place(query) : table->place,
                    "table \"%s\" %s: its rows come either from files or from a query", table->name,
                    files ? "has both \"files\" and \"query\""
                          : "has neither \"files\" nor \"query\"");
  }
  if (!model_pair_find(node, "columns")) {
    model_fault_add(&reader->faults, table->place, "table \"%s\" needs \"columns\"", table->name);
  }
  static const char *const FILES_ONLY[] = {"optional", "source", "rejects"};
  for (uint32_t i = 0; query && !files && i < 3; i++) {
    const YamlPair *pair = model_pair_find(node, FILES_ONLY[i]);
    if (!pair) continue;
    model_fault_add(&reader->faults, model_key_place(pair),
                    "\"%s\" is for tables with files; table \"%s\" comes from a query", pair->key,
                    table->name);
  }
}

static void read_table(ModelReader *reader, const YamlPair *pair, ModelTable *table) {
  *table = (ModelTable){.name = pair->key,
                        .place = model_key_place(pair),
                        .source = reader->source,
                        .reject_limit = -1};
  model_name_check(reader, "table", table->name, table->place);
  model_keys_read(reader, pair->value, arena_printf(reader->arena, "table \"%s\"", pair->key),
                  TABLE_KEYS, MODEL_KEY_COUNT(TABLE_KEYS), table);
  if (pair->value->kind == YAML_MAP) check_table_shape(reader, pair->value, table);
}

void model_read_tables(ModelReader *reader, const YamlPair *pair, void *field) {
  Model *model = field;
  const YamlNode *map = pair->value;
  if (map->kind != YAML_MAP || !map->count) {
    model_fault_add(&reader->faults, model_place(map),
                    "\"tables\" must be a map of names to tables, found %s",
                    map->kind == YAML_MAP ? "nothing" : yaml_kind_name(map->kind));
    return;
  }
  model->tables = ARENA_ARRAY(reader->arena, ModelTable, map->count);
  model->table_count = map->count;
  for (uint32_t i = 0; i < map->count; i++) {
    read_table(reader, &map->pairs[i], &model->tables[i]);
  }
}
