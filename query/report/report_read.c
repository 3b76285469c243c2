// A file's map to a Report, by tables of keys as models are read; then the checks that need no
// data.
//
// The names of the SQL's parameters become numbers in place, filled up with blanks, so that a byte
// of the bound statement is the same byte of the file.
#include "report_read.h"
#include "model_reader.h"
#include "text.h"

#define REPORT_KEY(name, read, member) MODEL_KEY(name, read, Report, member)

// ---- Values ------------------------------------------------------------------------------------

static bool id_well_formed(const char *id) {
  for (const char *c = id; *c; c++)
    if (!((*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') || *c == '_' || *c == '-'))
      return false;
  return *id && strlen(id) <= MODEL_NAME_BYTES_MAX;
}

static void read_id(ModelReader *reader, const YamlPair *pair, void *field) {
  const char *id = model_text(reader, pair->key, pair->value);
  if (id && !id_well_formed(id))
    model_fault_add(
        &reader->faults, model_place(pair->value),
        "\"%s\" must be 1 to %d lower-case letters (a-z), digits, _ and -, found \"%s\"", pair->key,
        MODEL_NAME_BYTES_MAX, id);
  else
    *(const char **)field = id;
}

// A title or a definition: both languages, for every page has both.
static void read_words(ModelReader *reader, const YamlPair *pair, void *field) {
  ModelText *text = field;
  uint32_t before = reader->faults.count;
  if (pair->value->kind == YAML_MAP) model_read_title(reader, pair, text);
  if (reader->faults.count == before && !(text->en && text->ru))
    model_fault_add(&reader->faults, model_place(pair->value),
                    "\"%s\" must be given in both languages: {en: ..., ru: ...}", pair->key);
}

static void read_parameter_type(ModelReader *reader, const YamlPair *pair, void *field) {
  static const char *const CHOICES[] = {"date", "month", "number", "text", "choice", "members"};
  int choice = model_read_choice(reader, pair, CHOICES, 6);
  if (choice >= 0) *(ReportParameterType *)field = (ReportParameterType)choice;
}

static void read_default(ModelReader *reader, const YamlPair *pair, void *field) {
  *(const char **)field = model_text(reader, pair->key, pair->value); // may be empty
}

static void read_column_format(ModelReader *reader, const YamlPair *pair, void *field) {
  static const char *const CHOICES[] = {"text",    "money", "count", "number",
                                        "percent", "date",  "month"};
  int choice = model_read_choice(reader, pair, CHOICES, 7);
  if (choice >= 0) *(const char **)field = CHOICES[choice];
}

static void read_chart_kind(ModelReader *reader, const YamlPair *pair, void *field) {
  static const char *const CHOICES[] = {"bar", "line", "heatmap", "waterfall"};
  int choice = model_read_choice(reader, pair, CHOICES, 4);
  if (choice >= 0) *(const char **)field = CHOICES[choice];
}

static void read_choices(ModelReader *reader, const YamlPair *pair, void *field) {
  ReportParameter *parameter = field;
  model_read_strings(reader, pair, &parameter->choices, &parameter->choice_count);
}

static void read_level(ModelReader *reader, const YamlPair *pair, void *field) {
  ReportParameter *parameter = field;
  model_read_string(reader, pair, &parameter->level);
  parameter->level_place = model_place(pair->value);
}

static void require(ModelReader *reader, const YamlNode *map, const char *what, const char *key) {
  if (map->kind != YAML_MAP || model_pair_find(map, key)) return;
  model_fault_add(&reader->faults, model_place(map), "%s needs \"%s\"", what, key);
}

// ---- Lists of maps -----------------------------------------------------------------------------

static const ModelKey PARAMETER_KEYS[] = {
    MODEL_KEY("name", read_id, ReportParameter, name),
    MODEL_KEY("type", read_parameter_type, ReportParameter, type),
    MODEL_KEY("title", read_words, ReportParameter, title),
    MODEL_KEY("default", read_default, ReportParameter, standard),
    {"choices", read_choices, 0},
    {"level", read_level, 0},
};

static const ModelKey COLUMN_KEYS[] = {
    MODEL_KEY("name", model_read_string, ReportColumn, name),
    MODEL_KEY("title", read_words, ReportColumn, title),
    MODEL_KEY("format", read_column_format, ReportColumn, format),
};

static bool is_list(ModelReader *reader, const YamlPair *pair, uint32_t max) {
  const YamlNode *list = pair->value;
  if (list->kind != YAML_LIST)
    model_fault_add(&reader->faults, model_place(list), "\"%s\" must be a list, found %s",
                    pair->key, yaml_kind_name(list->kind));
  else if (list->count > max)
    model_fault_add(&reader->faults, model_place(list), "\"%s\" has more than %u entries",
                    pair->key, max);
  else
    return true;
  return false;
}

static void choices_check(ModelReader *reader, const ReportParameter *parameter,
                          const YamlNode *node) {
  bool known = !parameter->standard || !parameter->choice_count;
  for (uint32_t i = 0; i < parameter->choice_count; i++)
    known = known || strcmp(parameter->choices[i], parameter->standard) == 0;
  if ((parameter->type == REPORT_CHOICE) != (parameter->choice_count > 0))
    model_fault_add(&reader->faults, model_place(node),
                    "\"choices\" belongs to a parameter of type choice, and to no other");
  else if (!known)
    model_fault_add(&reader->faults, model_place(node), "the default \"%s\" is none of the choices",
                    parameter->standard);
}

static void members_check(ModelReader *reader, const ReportParameter *parameter,
                          const YamlNode *node) {
  if ((parameter->type == REPORT_MEMBERS) != (parameter->level != NULL))
    model_fault_add(&reader->faults, model_place(node),
                    "\"level\" belongs to a parameter of type members, and to no other");
  else if (parameter->level && parameter->standard)
    model_fault_add(&reader->faults, model_place(node),
                    "a parameter of type members has no default: without a list it is all members");
}

static void read_parameters(ModelReader *reader, const YamlPair *pair, void *field) {
  Report *report = field;
  if (!is_list(reader, pair, REPORT_PARAMETERS_MAX)) return;
  const YamlNode *list = pair->value;
  report->parameters = ARENA_ARRAY(reader->arena, ReportParameter, list->count + 1);
  for (uint32_t i = 0; i < list->count; i++) {
    ReportParameter *parameter = &report->parameters[report->parameter_count++];
    *parameter = (ReportParameter){.name = ""};
    model_keys_read(reader, list->items[i], "a parameter", PARAMETER_KEYS,
                    MODEL_KEY_COUNT(PARAMETER_KEYS), parameter);
    require(reader, list->items[i], "a parameter", "name");
    require(reader, list->items[i], "a parameter", "type");
    require(reader, list->items[i], "a parameter", "title");
    choices_check(reader, parameter, list->items[i]);
    members_check(reader, parameter, list->items[i]);
    for (uint32_t other = 0; other < i; other++)
      if (*parameter->name && strcmp(report->parameters[other].name, parameter->name) == 0)
        model_fault_add(&reader->faults, model_place(list->items[i]),
                        "there are two parameters \"%s\"", parameter->name);
  }
}

static void read_columns(ModelReader *reader, const YamlPair *pair, void *field) {
  Report *report = field;
  if (!is_list(reader, pair, 200)) return;
  const YamlNode *list = pair->value;
  report->shown = ARENA_ARRAY(reader->arena, ReportColumn, list->count + 1);
  for (uint32_t i = 0; i < list->count; i++) {
    ReportColumn *column = &report->shown[report->shown_count++];
    *column = (ReportColumn){.name = "", .format = "text"};
    model_keys_read(reader, list->items[i], "a column", COLUMN_KEYS, MODEL_KEY_COUNT(COLUMN_KEYS),
                    column);
    require(reader, list->items[i], "a column", "name");
    require(reader, list->items[i], "a column", "title");
  }
}

// ---- Maps within the report --------------------------------------------------------------------

static void read_required_tables(ModelReader *reader, const YamlPair *pair, void *field) {
  Report *report = field;
  model_read_strings(reader, pair, &report->tables, &report->table_count);
}

static void read_required_columns(ModelReader *reader, const YamlPair *pair, void *field) {
  Report *report = field;
  if (!model_read_strings(reader, pair, &report->columns, &report->required_column_count)) return;
  for (uint32_t i = 0; i < report->required_column_count; i++)
    if (!strchr(report->columns[i], '.'))
      model_fault_add(&reader->faults, model_place(pair->value),
                      "a required column is written table.column, found \"%s\"",
                      report->columns[i]);
}

static void read_required_cubes(ModelReader *reader, const YamlPair *pair, void *field) {
  Report *report = field;
  model_read_strings(reader, pair, &report->cubes, &report->cube_count);
}

static const ModelKey REQUIRES_KEYS[] = {
    {"tables", read_required_tables, 0},
    {"columns", read_required_columns, 0},
    {"cubes", read_required_cubes, 0},
};

static void read_requires(ModelReader *reader, const YamlPair *pair, void *report) {
  model_keys_read(reader, pair->value, "\"requires\"", REQUIRES_KEYS,
                  MODEL_KEY_COUNT(REQUIRES_KEYS), report);
}

static const ModelKey CHART_KEYS[] = {
    MODEL_KEY("kind", read_chart_kind, ReportChart, kind),
    MODEL_KEY("x", model_read_string, ReportChart, x),
    MODEL_KEY("y", model_read_string, ReportChart, y),
    MODEL_KEY("value", model_read_string, ReportChart, value),
};

static void read_chart(ModelReader *reader, const YamlPair *pair, void *field) {
  model_keys_read(reader, pair->value, "a chart", CHART_KEYS, MODEL_KEY_COUNT(CHART_KEYS), field);
  require(reader, pair->value, "a chart", "kind");
  require(reader, pair->value, "a chart", "x");
}

static void read_sql(ModelReader *reader, const YamlPair *pair, void *field) {
  Report *report = field;
  model_read_string(reader, pair, &report->sql);
  report->sql_place = model_key_place(pair);
}

static const ModelKey REPORT_KEYS[] = {
    REPORT_KEY("id", read_id, id),
    REPORT_KEY("group", read_id, group),
    REPORT_KEY("title", read_words, title),
    REPORT_KEY("definition", read_words, definition),
    {"parameters", read_parameters, 0},
    {"requires", read_requires, 0},
    {"sql", read_sql, 0},
    {"columns", read_columns, 0},
    REPORT_KEY("chart", read_chart, chart),
};

// ---- SQL ---------------------------------------------------------------------------------------

// Whether the value begins with | at the end of its key's line, and how far its lines are indented.
static void sql_block_find(const char *text, size_t size, Report *report) {
  const char *line = text, *end = text + size;
  for (uint32_t i = 1; line && i < report->sql_place.line; i++) {
    line = memchr(line, '\n', (size_t)(end - line));
    if (line) line++;
  }
  if (!line) return;
  const char *next = memchr(line, '\n', (size_t)(end - line));
  const char *colon = memchr(line, ':', (size_t)(end - line));
  if (!next || !colon || colon > next) return;
  do colon++;
  while (*colon == ' ');
  report->sql_is_block = *colon == '|';
  do { // the first line with content tells
    line = next + 1;
    const char *c = line;
    while (c < end && *c == ' ') c++;
    report->sql_indent = (uint32_t)(c - line);
    next = c < end && *c == '\n' ? c : NULL;
  } while (next);
}

ModelPlace report_sql_place(const Report *report, int64_t position) {
  ModelPlace place = report->sql_place;
  if (!report->sql_is_block || position < 0) return place;
  place = (ModelPlace){place.line + 1, 1 + report->sql_indent};
  const char *start = report->sql;
  for (const char *c = report->sql; *c && c < report->sql + position; c++) {
    if (*c != '\n') continue;
    place.line++;
    start = c + 1;
  }
  place.column += (uint32_t)utf8_length(start, (size_t)(report->sql + position - start));
  return place;
}

// The end of what is no SQL text to look into at `c` (a quoted text or name, a comment), else `c`.
static const char *quoted_skip(const char *c) {
  const char *end = NULL;
  if (*c == '\'' || *c == '"') {
    end = strchr(c + 1, *c);
    return end ? end + 1 : c + strlen(c);
  }
  if (c[0] == '-' && c[1] == '-') return c + strcspn(c, "\n");
  if (c[0] != '/' || c[1] != '*') return c;
  end = strstr(c + 2, "*/");
  return end ? end + 2 : c + strlen(c);
}

static bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static int32_t parameter_find(const Report *report, const char *name, size_t size) {
  for (uint32_t i = 0; i < report->parameter_count; i++)
    if (strlen(report->parameters[i].name) == size &&
        memcmp(report->parameters[i].name, name, size) == 0)
      return (int32_t)i;
  return -1;
}

static void sql_names_number(ModelReader *reader, Report *report) {
  char *sql = arena_strdup(reader->arena, report->sql);
  bool used[REPORT_PARAMETERS_MAX] = {false};
  for (char *c = sql; *c;) {
    const char *past = quoted_skip(c);
    if (past != c || *c != '$') {
      c = past != c ? sql + (past - sql) : c + 1;
      continue;
    }
    size_t size = 0;
    while (is_word(c[1 + size])) size++;
    int32_t index = parameter_find(report, c + 1, size);
    if (index < 0 || !size) {
      model_fault_add(&reader->faults, report_sql_place(report, c - sql),
                      "there is no parameter \"%.*s\": name it under \"parameters\"",
                      (int)(1 + size), c);
    } else {
      used[index] = true;
      c[1] = (char)('1' + index);
      memset(c + 2, ' ', size - 1);
    }
    c += 1 + size;
  }
  for (uint32_t i = 0; i < report->parameter_count; i++)
    if (!used[i] && *report->parameters[i].name)
      model_fault_add(&reader->faults, report->sql_place, "the SQL does not use the parameter $%s",
                      report->parameters[i].name);
  report->sql = sql;
}

// ---- The report --------------------------------------------------------------------------------

static void chart_column_check(ModelReader *reader, const Report *report, const char *name) {
  if (!name) return;
  for (uint32_t i = 0; i < report->shown_count; i++)
    if (strcmp(report->shown[i].name, name) == 0) return;
  model_fault_add(&reader->faults, model_text_place(reader, name, (ModelPlace){1, 1}),
                  "the chart's \"%s\" is none of the report's columns", name);
}

static void tree_fault(void *context, uint32_t line, uint32_t column, const char *message) {
  model_fault_add(context, (ModelPlace){line, column}, "%s", message);
}

void report_read(const char *text, size_t size, Arena *arena, ModelFaults *faults, Report *report) {
  *report = (Report){.file = faults->file};
  const YamlNode *root = yaml_tree_read(text, size, arena, tree_fault, faults);
  if (!root) return;
  ModelReader reader = {.arena = arena, .faults = *faults};
  static const char *const needed[] = {"id", "group", "title", "definition", "sql", "columns"};
  model_keys_read(&reader, root, "a report", REPORT_KEYS, MODEL_KEY_COUNT(REPORT_KEYS), report);
  for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
    require(&reader, root, "a report", needed[i]);
  if (report->sql) {
    sql_block_find(text, size, report);
    sql_names_number(&reader, report);
  }
  chart_column_check(&reader, report, report->chart.x);
  chart_column_check(&reader, report, report->chart.y);
  chart_column_check(&reader, report, report->chart.value);
  *faults = reader.faults;
}
