// The top of a model: what it is called, its time and money, how its files are written, its
// parameters. `source` and `rejects` are read first, whatever their place, since tables inherit
// them.
#include "model_reader.h"

#include "text.h"

// ---- Source: how files are written -------------------------------------------------------------

static void read_format(ModelReader *reader, const YamlPair *pair, void *source) {
  static const char *const CHOICES[] = {"csv", "jsonl", "json"};
  int choice = model_read_choice(reader, pair, CHOICES, 3);
  if (choice >= 0) ((ModelSource *)source)->format = choice ? MODEL_FORMAT_JSONL : MODEL_FORMAT_CSV;
}

static void read_delimiter(ModelReader *reader, const YamlPair *pair, void *source) {
  const char *text = model_text(reader, pair->key, pair->value);
  if (!text) return;
  char *delimiter = &((ModelSource *)source)->delimiter;
  if (!strcmp(text, "auto")) {
    *delimiter = 0;
  } else if (!strcmp(text, "tab")) {
    *delimiter = '\t';
  } else if (strlen(text) == 1 && !strchr("\"\n\r", *text)) {
    *delimiter = *text;
  } else {
    model_fault_add(&reader->faults, model_place(pair->value),
                    "\"delimiter\" must be auto, tab or one character, found \"%s\"", text);
  }
}

static void read_decimal_point(ModelReader *reader, const YamlPair *pair, void *source) {
  static const char *const CHOICES[] = {".", ","};
  int choice = model_read_choice(reader, pair, CHOICES, 2);
  if (choice >= 0) ((ModelSource *)source)->decimal_point = *CHOICES[choice];
}

static void read_dates(ModelReader *reader, const YamlPair *pair, void *field) {
  static const char *const CHOICES[] = {"auto", "iso", "dmy", "mdy"};
  static const DateOrder ORDERS[] = {DATE_YMD, DATE_YMD, DATE_DMY, DATE_MDY};
  int choice = model_read_choice(reader, pair, CHOICES, 4);
  if (choice < 0) return;
  ModelSource *source = field;
  source->date_order = ORDERS[choice];
  source->date_order_set = choice > 0;
}

static void read_thousands(ModelReader *reader, const YamlPair *pair, void *source) {
  static const char *const CHOICES[] = {"none", ",", ".", "'", " ", "space"};
  int choice = model_read_choice(reader, pair, CHOICES, 6);
  if (choice >= 0) ((ModelSource *)source)->thousands = choice ? " ,.'  "[choice] : 0;
}

// A list that a table may take back with an empty one.
static void read_texts(ModelReader *reader, const YamlPair *pair, const char ***texts,
                       uint32_t *count) {
  *count = 0;
  if (pair->value->kind == YAML_LIST && !pair->value->count) return;
  model_read_strings(reader, pair, texts, count);
}

static void read_signs(ModelReader *reader, const YamlPair *pair, void *field) {
  ModelSource *source = field;
  read_texts(reader, pair, &source->signs, &source->sign_count);
}

static void read_skip(ModelReader *reader, const YamlPair *pair, void *field) {
  ModelSource *source = field;
  read_texts(reader, pair, &source->skip, &source->skip_count);
}

static void read_encoding(ModelReader *reader, const YamlPair *pair, void *field) {
  // The first in the order of the enum; the others are converted as they are read.
  static const char *const CHOICES[] = {
      "utf-8",  "cp1251", "cp1252",     "utf-16",     "utf-16le",   "utf-16be",   "cp1250",
      "cp866",  "koi8-r", "koi8-u",     "iso-8859-1", "iso-8859-2", "iso-8859-5", "iso-8859-15",
      "cp1253", "cp1254", "iso-8859-9", "gb18030",    "shift_jis",  "macintosh"};
  int choice = model_read_choice(reader, pair, CHOICES, sizeof CHOICES / sizeof *CHOICES);
  if (choice < 0) return;
  ModelSource *source = field;
  bool other = choice >= MODEL_ENCODING_OTHER;
  source->encoding = other ? MODEL_ENCODING_OTHER : choice;
  source->encoding_name = other ? CHOICES[choice] : NULL;
}

static void read_sheet(ModelReader *reader, const YamlPair *pair, void *field) {
  ((ModelSource *)field)->sheet = model_text(reader, pair->key, pair->value);
}

static void read_each(ModelReader *reader, const YamlPair *pair, void *field) {
  ((ModelSource *)field)->each = model_text(reader, pair->key, pair->value);
}

static void read_nulls(ModelReader *reader, const YamlPair *pair, void *field) {
  ModelSource *source = field;
  read_texts(reader, pair, &source->null_tokens, &source->null_token_count);
}

static const ModelKey SOURCE_KEYS[] = {
    {"format", read_format, 0},
    {"delimiter", read_delimiter, 0},
    {"decimal", read_decimal_point, 0},
    {"dates", read_dates, 0},
    {"encoding", read_encoding, 0},
    {"thousands", read_thousands, 0},
    {"signs", read_signs, 0},
    {"skip", read_skip, 0},
    {"sheet", read_sheet, 0},
    {"each", read_each, 0},
    MODEL_KEY("ragged", model_read_bool, ModelSource, ragged),
    {"nulls", read_nulls, 0},
    MODEL_KEY("header", model_read_bool, ModelSource, has_header),
};

void model_read_source(ModelReader *reader, const YamlPair *pair, void *source) {
  model_keys_read(reader, pair->value, "a source", SOURCE_KEYS, MODEL_KEY_COUNT(SOURCE_KEYS),
                  source);
  const ModelSource *read = source;
  if (read->format == MODEL_FORMAT_CSV && read->delimiter == read->decimal_point) {
    model_fault_add(&reader->faults, model_key_place(pair),
                    "\"delimiter\" and \"decimal\" are both \"%c\"", read->delimiter);
  }
  if (read->format == MODEL_FORMAT_CSV && read->each) {
    model_fault_add(&reader->faults, model_key_place(pair),
                    "\"each\" is of JSON: say format: jsonl beside it");
  }
  if (read->thousands && read->thousands == read->decimal_point) {
    model_fault_add(&reader->faults, model_key_place(pair),
                    "\"thousands\" and \"decimal\" are both \"%c\"", read->thousands);
  }
}

// ---- Rejects -----------------------------------------------------------------------------------

static void read_limit(ModelReader *reader, const YamlPair *pair, void *limit) {
  model_read_int(reader, pair, 0, INT64_C(1000000000000), limit);
}

static const ModelKey REJECT_KEYS[] = {{"limit", read_limit, 0}};

void model_read_reject_limit(ModelReader *reader, const YamlPair *pair, void *limit) {
  model_keys_read(reader, pair->value, "\"rejects\"", REJECT_KEYS, MODEL_KEY_COUNT(REJECT_KEYS),
                  limit);
}

// ---- Time and money ----------------------------------------------------------------------------

static void read_version(ModelReader *reader, const YamlPair *pair, void *unused) {
  (void)unused;
  int64_t version;
  model_read_int(reader, pair, 1, 1, &version);
}

static void read_time_zone(ModelReader *reader, const YamlPair *pair, void *field) {
  const char *name = model_text(reader, pair->key, pair->value);
  if (!name) return;
  const TimeZone *zone;
  if (time_zone_find(name, &zone, NULL) == STATUS_OK) {
    *(const char **)field = name;
    return;
  }
  model_fault_add(&reader->faults, model_place(pair->value),
                  "there is no time zone \"%s\": expected an IANA name such as Europe/Moscow",
                  name);
}

static void read_day_start(ModelReader *reader, const YamlPair *pair, void *minutes) {
  const char *text = model_text(reader, pair->key, pair->value);
  if (!text) return;
  bool shaped = strlen(text) == 5 && text[2] == ':' && strspn(text, "0123456789") == 2 &&
                strspn(text + 3, "0123456789") == 2;
  int32_t hour = shaped ? (text[0] - '0') * 10 + text[1] - '0' : 24;
  int32_t minute = shaped ? (text[3] - '0') * 10 + text[4] - '0' : 60;
  if (hour < 24 && minute < 60) {
    *(int32_t *)minutes = hour * 60 + minute;
    return;
  }
  model_fault_add(&reader->faults, model_place(pair->value),
                  "\"day_start\" must be a time from 00:00 to 23:59, found \"%s\"", text);
}

static void read_currency(ModelReader *reader, const YamlPair *pair, void *field) {
  const char *text = model_text(reader, pair->key, pair->value);
  if (!text) return;
  if (strlen(text) == 3 && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 3) {
    *(const char **)field = text;
    return;
  }
  model_fault_add(&reader->faults, model_place(pair->value),
                  "\"currency\" must be a code of three capital letters (ISO 4217), found \"%s\"",
                  text);
}

// ---- Parameters and completeness ---------------------------------------------------------------

static void read_definitions(ModelReader *reader, const YamlPair *pair, void *field) {
  Model *model = field;
  const YamlNode *map = pair->value;
  if (map->kind != YAML_MAP) {
    model_fault_add(&reader->faults, model_place(map),
                    "\"definitions\" must be a map of names to "
                    "values, found %s",
                    yaml_kind_name(map->kind));
    return;
  }
  model->definitions = ARENA_ARRAY(reader->arena, ModelDefinition, map->count);
  for (uint32_t i = 0; i < map->count; i++) {
    const YamlPair *entry = &map->pairs[i];
    const char *value = model_text(reader, entry->key, entry->value);
    if (!model_name_check(reader, "definition", entry->key, model_key_place(entry)) || !value) {
      continue;
    }
    model->definitions[model->definition_count++] =
        (ModelDefinition){.name = entry->key, .value = value, .place = model_key_place(entry)};
  }
}

static void read_days(ModelReader *reader, const YamlPair *pair, void *field) {
  int64_t days;
  if (model_read_int(reader, pair, 1, MODEL_DAYS_MAX, &days)) *(int32_t *)field = (int32_t)days;
}

static const ModelKey COMPLETENESS_KEYS[] = {
    MODEL_KEY("cube", model_read_name, ModelCompleteness, cube),
    MODEL_KEY("dimension", model_read_name, ModelCompleteness, dimension),
    MODEL_KEY("opened", model_read_name, ModelCompleteness, opened),
    MODEL_KEY("closed", model_read_name, ModelCompleteness, closed),
    MODEL_KEY("days", read_days, ModelCompleteness, days),
};

static void read_completeness(ModelReader *reader, const YamlPair *pair, void *field) {
  ModelCompleteness *completeness = ARENA_NEW(reader->arena, ModelCompleteness);
  completeness->days = 28;
  model_keys_read(reader, pair->value, "\"completeness\"", COMPLETENESS_KEYS,
                  MODEL_KEY_COUNT(COMPLETENESS_KEYS), completeness);
  if (completeness->cube && completeness->dimension) {
    *(ModelCompleteness **)field = completeness;
  } else if (pair->value->kind == YAML_MAP) {
    model_fault_add(&reader->faults, model_key_place(pair),
                    "\"completeness\" needs a \"cube\" and a \"dimension\"");
  }
}

// ---- The root ----------------------------------------------------------------------------------

static void read_before(ModelReader *reader, const YamlPair *pair, void *unused) {
  (void)reader, (void)pair, (void)unused; // see model_read_root
}

static void read_model_name(ModelReader *reader, const YamlPair *pair, void *field) {
  const char *name = model_text(reader, pair->key, pair->value);
  if (name && model_name_check(reader, "model", name, model_place(pair->value))) {
    *(const char **)field = name;
  }
}

static const ModelKey ROOT_KEYS[] = {
    {"tessera", read_version, 0},
    MODEL_KEY("name", read_model_name, Model, name),
    MODEL_KEY("title", model_read_title, Model, title),
    MODEL_KEY("time_zone", read_time_zone, Model, time_zone),
    MODEL_KEY("day_start", read_day_start, Model, day_start_minutes),
    MODEL_KEY("currency", read_currency, Model, currency),
    {"rejects", read_before, 0},
    {"source", read_before, 0},
    {"tables", model_read_tables, 0},
    {"dimensions", model_read_dimensions, 0},
    {"cubes", model_read_cubes, 0},
    {"attributes", model_read_attributes, 0},
    {"definitions", read_before, 0},
    MODEL_KEY("completeness", read_completeness, Model, completeness),
};

static void require_key(ModelReader *reader, const YamlNode *root, const char *key,
                        const char *example) {
  if (model_pair_find(root, key)) return;
  model_fault_add(&reader->faults, model_place(root), "a model needs \"%s\", such as %s", key,
                  example);
}

void model_read_root(ModelReader *reader, const YamlNode *root) {
  Model *model = reader->model;
  if (root->kind != YAML_MAP) {
    model_fault_add(&reader->faults, model_place(root),
                    "a model must be a map that begins with tessera: 1, found %s",
                    yaml_kind_name(root->kind));
    return;
  }
  require_key(reader, root, "tessera", "tessera: 1");
  require_key(reader, root, "name", "name: retail");
  require_key(reader, root, "tables",
              "tables: {stores: {files: stores.csv, columns: {store: int}}}");
  const YamlPair *source = model_pair_find(root, "source");
  if (source) model_read_source(reader, source, &reader->source);
  const YamlPair *rejects = model_pair_find(root, "rejects");
  if (rejects) model_read_reject_limit(reader, rejects, &model->reject_limit);
  const YamlPair *definitions = model_pair_find(root, "definitions");
  if (definitions) read_definitions(reader, definitions, model);
  model_keys_read(reader, root, "a model", ROOT_KEYS, MODEL_KEY_COUNT(ROOT_KEYS), model);
}
