// Columns: a type (`city: string`) or a map that says what kind of column it is. The kind follows
// from the one key that defines it (link, through, date_of, hour_of, expression; none: plain), and
// each other key is allowed for some kinds only.
#include "model_reader.h"
#include "text.h"

// ---- Types -------------------------------------------------------------------------------------

static const char *const TYPE_NAMES[] = {
    "bool", "smallint", "int",       "bigint",      "decimal(12,2)",
    "date", "double",   "timestamp", "timestamptz", "string",
};
#define TYPE_NAME_COUNT (sizeof TYPE_NAMES / sizeof *TYPE_NAMES)

static void read_type(ModelReader *reader, const YamlPair *pair, void *field) {
  const char *text = model_text(reader, pair->key, pair->value);
  if (!text) return;
  Type type;
  if (type_parse(text, &type) && type.kind != TYPE_NULL && type.kind != TYPE_INTERVAL) {
    *(Type *)field = type;
    return;
  }
  if (strchr(text, '(') && !strchr(text, ')')) { // cut off at the comma inside { }
    model_fault_add(&reader->faults, model_place(pair->value),
                    "a type with a comma needs quotes inside { }: {type: \"decimal(12,2)\"}");
    return;
  }
  const char *nearest = text_nearest(text, TYPE_NAMES, TYPE_NAME_COUNT);
  model_fault_add(&reader->faults, model_place(pair->value),
                  "there is no column type \"%s\": expected bool, int, decimal(p,s), double, date, "
                  "timestamp, timestamptz or string%s",
                  text, nearest ? arena_printf(reader->arena, "; did you mean %s?", nearest) : "");
}

// ---- Paths -------------------------------------------------------------------------------------

static void read_through(ModelReader *reader, const YamlPair *pair, void *field) {
  ModelColumn *column = field;
  const char **steps;
  uint32_t count;
  if (!model_read_path(reader, pair, &steps, &count)) return;
  if (count != 2) {
    model_fault_add(&reader->faults, model_place(pair->value),
                    "\"through\" must be a link and a column of its table (receipt.store), found "
                    "\"%s\"",
                    pair->value->text);
    return;
  }
  column->through_link = steps[0];
  column->through_column = steps[1];
}

static void read_zone_path(ModelReader *reader, const YamlPair *pair, ModelColumn *column) {
  const char **steps;
  uint32_t count;
  if (!model_read_path(reader, pair, &steps, &count)) return;
  if (count == 2) {
    column->zone_link = steps[0];
    column->zone_column = steps[1];
    return;
  }
  model_fault_add(&reader->faults, model_place(pair->value),
                  "\"zone\" must be a time zone (Europe/Moscow) or a link and a column "
                  "(store.time_zone), found \"%s\"",
                  pair->value->text);
}

// A zone has no dot, a path has one and no slash.
static void read_zone(ModelReader *reader, const YamlPair *pair, void *column) {
  const char *text = model_text(reader, pair->key, pair->value);
  if (!text) return;
  const TimeZone *zone;
  if (strchr(text, '.') && !strchr(text, '/')) {
    read_zone_path(reader, pair, column);
  } else if (time_zone_find(text, &zone, NULL) == STATUS_OK) {
    ((ModelColumn *)column)->zone = text;
  } else {
    model_fault_add(&reader->faults, model_place(pair->value),
                    "there is no time zone \"%s\": expected an IANA name such as Europe/Moscow, or "
                    "a link and a column (store.time_zone)",
                    text);
  }
}

static void read_unmatched(ModelReader *reader, const YamlPair *pair, void *inferred) {
  static const char *const CHOICES[] = {"infer", "reject"};
  int choice = model_read_choice(reader, pair, CHOICES, 2);
  if (choice >= 0) *(bool *)inferred = choice == 0;
}

static void read_unix(ModelReader *reader, const YamlPair *pair, void *ticks) {
  static const char *const CHOICES[] = {"seconds", "milliseconds", "microseconds"};
  static const int64_t TICKS[] = {1, 1000, 1000000};
  int choice = model_read_choice(reader, pair, CHOICES, 3);
  if (choice >= 0) *(int64_t *)ticks = TICKS[choice];
}

static void read_nulls(ModelReader *reader, const YamlPair *pair, void *field) {
  ModelColumn *column = field;
  column->null_tokens = ARENA_ARRAY(reader->arena, const char *, 1); // [] takes back the source's
  if (pair->value->kind == YAML_LIST && !pair->value->count) return;
  model_read_strings(reader, pair, &column->null_tokens, &column->null_token_count);
}

// ---- Kinds -------------------------------------------------------------------------------------

static const ModelKey COLUMN_KEYS[] = {
    MODEL_KEY("title", model_read_title, ModelColumn, title),
    MODEL_KEY("type", read_type, ModelColumn, type),
    MODEL_KEY("field", model_read_string, ModelColumn, field),
    MODEL_KEY("not_null", model_read_bool, ModelColumn, not_null),
    MODEL_KEY("raw", model_read_bool, ModelColumn, raw_text),
    MODEL_KEY("round", model_read_bool, ModelColumn, round),
    {"unix", read_unix, offsetof(ModelColumn, unix_ticks)},
    {"nulls", read_nulls, 0},
    MODEL_KEY("hidden", model_read_bool, ModelColumn, hidden),
    MODEL_KEY("personal", model_read_bool, ModelColumn, personal),
    MODEL_KEY("link", model_read_name, ModelColumn, link),
    MODEL_KEY("unmatched", read_unmatched, ModelColumn, inferred_members),
    MODEL_KEY("key", model_read_name, ModelColumn, link_key),
    MODEL_KEY("as_of", model_read_name, ModelColumn, as_of),
    {"through", read_through, 0},
    MODEL_KEY("date_of", model_read_name, ModelColumn, of),
    MODEL_KEY("hour_of", model_read_name, ModelColumn, of),
    {"zone", read_zone, 0},
    MODEL_KEY("expression", model_read_string, ModelColumn, expression),
};

#define KIND_BIT(kind) (1u << (kind))
#define PLAIN KIND_BIT(MODEL_COLUMN_PLAIN)
#define LINK KIND_BIT(MODEL_COLUMN_LINK)
#define AS_OF KIND_BIT(MODEL_COLUMN_AS_OF)
#define DATE_HOUR (KIND_BIT(MODEL_COLUMN_DATE_OF) | KIND_BIT(MODEL_COLUMN_HOUR_OF))

// Keys that are for some kinds of column only.
static const struct {
  const char *key;
  uint32_t kinds;
  const char *names; // of those kinds
} KEY_KINDS[] = {
    {"type", PLAIN, "columns that come from a field"},
    {"field", PLAIN | LINK, "columns that come from a field"},
    {"not_null", PLAIN | LINK, "columns that come from a field"},
    {"raw", PLAIN, "columns that come from a field"},
    {"round", PLAIN, "columns that come from a field"},
    {"unix", PLAIN, "columns that come from a field"},
    {"nulls", PLAIN | LINK, "columns that come from a field"},
    {"unmatched", LINK, "links by key"},
    {"key", AS_OF, "links as of a time"},
    {"as_of", AS_OF, "links as of a time"},
    {"zone", DATE_HOUR, "date_of and hour_of"},
};

static const struct {
  const char *key;
  ModelColumnKind kind;
} DEFINING_KEYS[] = {
    {"link", MODEL_COLUMN_LINK},
    {"through", MODEL_COLUMN_THROUGH},
    {"date_of", MODEL_COLUMN_DATE_OF},
    {"hour_of", MODEL_COLUMN_HOUR_OF},
    {"expression", MODEL_COLUMN_EXPRESSION},
};

// The kind that the keys say; the second of two that contradict each other is a fault.
static ModelColumnKind column_kind(ModelReader *reader, const YamlNode *node) {
  const YamlPair *first = NULL;
  ModelColumnKind kind = MODEL_COLUMN_PLAIN;
  for (uint32_t i = 0; i < sizeof DEFINING_KEYS / sizeof *DEFINING_KEYS; i++) {
    const YamlPair *pair = model_pair_find(node, DEFINING_KEYS[i].key);
    if (pair && first) {
      model_fault_add(&reader->faults, model_key_place(pair),
                      "a column has one of link, through, date_of, hour_of and expression, found "
                      "\"%s\" and \"%s\"",
                      first->key, pair->key);
    } else if (pair) {
      first = pair;
      kind = DEFINING_KEYS[i].kind;
    }
  }
  bool as_of =
      kind == MODEL_COLUMN_LINK && (model_pair_find(node, "as_of") || model_pair_find(node, "key"));
  return as_of ? MODEL_COLUMN_AS_OF : kind;
}

static void check_keys_of_kind(ModelReader *reader, const YamlNode *node,
                               const ModelColumn *column) {
  for (uint32_t i = 0; i < sizeof KEY_KINDS / sizeof *KEY_KINDS; i++) {
    const YamlPair *pair = model_pair_find(node, KEY_KINDS[i].key);
    if (!pair || KEY_KINDS[i].kinds & KIND_BIT(column->kind)) continue;
    model_fault_add(&reader->faults, model_key_place(pair),
                    "\"%s\" is for %s, which column \"%s\" is not", pair->key, KEY_KINDS[i].names,
                    column->name);
  }
  if (column->kind == MODEL_COLUMN_PLAIN && !model_pair_find(node, "type")) {
    model_fault_add(
        &reader->faults, column->place,
        "column \"%s\" needs a \"type\" (or link, through, date_of, hour_of, expression)",
        column->name);
  }
  if (column->kind == MODEL_COLUMN_AS_OF && (!column->link_key || !column->as_of)) {
    model_fault_add(&reader->faults, column->place,
                    "column \"%s\" needs both \"key\" and \"as_of\" to link to a history",
                    column->name);
  }
  if (column->raw_text && column->type.kind != TYPE_STRING && column->kind == MODEL_COLUMN_PLAIN) {
    model_fault_add(&reader->faults, column->place, "\"raw\" is for strings, column \"%s\" is none",
                    column->name);
  }
  if (column->round && column->type.kind != TYPE_DECIMAL && column->kind == MODEL_COLUMN_PLAIN) {
    model_fault_add(&reader->faults, column->place,
                    "\"round\" is for decimals, column \"%s\" is none", column->name);
  }
  if (column->unix_ticks && column->type.kind != TYPE_TIMESTAMPTZ &&
      column->kind == MODEL_COLUMN_PLAIN) {
    model_fault_add(&reader->faults, column->place,
                    "\"unix\" is for columns of type timestamptz, column \"%s\" is none",
                    column->name);
  }
}

// ---- A column ----------------------------------------------------------------------------------

static void read_column(ModelReader *reader, const YamlPair *pair, ModelColumn *column) {
  *column = (ModelColumn){.name = pair->key,
                          .place = model_key_place(pair),
                          .field = pair->key,
                          .inferred_members = true};
  model_name_check(reader, "column", column->name, column->place);
  if (pair->value->kind == YAML_SCALAR) {
    read_type(reader, pair, &column->type);
    return;
  }
  const char *what = arena_printf(reader->arena, "column \"%s\" (or its type)", column->name);
  model_keys_read(reader, pair->value, what, COLUMN_KEYS, MODEL_KEY_COUNT(COLUMN_KEYS), column);
  if (pair->value->kind != YAML_MAP) return;
  column->kind = column_kind(reader, pair->value);
  check_keys_of_kind(reader, pair->value, column);
}

void model_read_columns(ModelReader *reader, const YamlPair *pair, void *field) {
  ModelTable *table = field;
  const YamlNode *map = pair->value;
  if (map->kind != YAML_MAP || !map->count) {
    model_fault_add(&reader->faults, model_place(map),
                    "\"columns\" must be a map of names to types or columns, found %s",
                    map->kind == YAML_MAP ? "nothing" : yaml_kind_name(map->kind));
    return;
  }
  if (map->count > MODEL_TABLE_COLUMNS_MAX) {
    model_fault_add(&reader->faults, model_place(map), "table \"%s\" has %u columns, over %d",
                    table->name, map->count, MODEL_TABLE_COLUMNS_MAX);
    return;
  }
  table->columns = ARENA_ARRAY(reader->arena, ModelColumn, map->count);
  table->column_count = map->count;
  for (uint32_t i = 0; i < map->count; i++) {
    read_column(reader, &map->pairs[i], &table->columns[i]);
  }
}
