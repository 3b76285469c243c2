// A file's map to a Report, by tables of keys as models are read; then the checks that need no
// data.
//
// report_sql has what becomes of the SQL, report_drill what stands behind its rows.
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
  static const char *const CHOICES[] = {"date",   "month",   "number", "text",
                                        "choice", "members", "segment"};
  int choice = model_read_choice(reader, pair, CHOICES, 7);
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

static void read_column_levels(ModelReader *reader, const YamlPair *pair, void *field) {
  ReportColumn *column = field;
  model_read_strings(reader, pair, &column->levels, &column->level_count);
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
    {"level", read_column_levels, 0},
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
  else if (parameter->type == REPORT_SEGMENT && parameter->standard)
    model_fault_add(&reader->faults, model_place(node),
                    "a parameter of type segment has no default: without one it is everybody");
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

static const ModelKey REPORT_KEYS[] = {
    REPORT_KEY("id", read_id, id),           REPORT_KEY("group", read_id, group),
    REPORT_KEY("title", read_words, title),  REPORT_KEY("definition", read_words, definition),
    {"parameters", read_parameters, 0},      {"requires", read_requires, 0},
    REPORT_KEY("sql", report_read_sql, sql), {"columns", read_columns, 0},
    REPORT_KEY("chart", read_chart, chart),  REPORT_KEY("drill", report_read_drill, drill),
};

// ---- The report --------------------------------------------------------------------------------

typedef struct NamesUsed {
  const Report *report;
  bool used[REPORT_PARAMETERS_MAX];
} NamesUsed;

static uint32_t parameter_number(void *context, const char *name, size_t size) {
  NamesUsed *names = context;
  const ReportParameter *parameter = report_find_parameter(names->report, name, size);
  if (!parameter) return 0;
  uint32_t index = (uint32_t)(parameter - names->report->parameters);
  names->used[index] = true;
  return index + 1;
}

static void sql_names_number(ModelReader *reader, Report *report) {
  NamesUsed names = {.report = report};
  report_sql_number(reader, &report->sql, parameter_number, &names);
  for (uint32_t i = 0; i < report->parameter_count; i++)
    if (!names.used[i] && *report->parameters[i].name)
      model_fault_add(&reader->faults, report->sql.place, "the SQL does not use the parameter $%s",
                      report->parameters[i].name);
}

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
  if (report->sql.text) {
    report_sql_locate(text, size, &report->sql);
    sql_names_number(&reader, report);
  }
  chart_column_check(&reader, report, report->chart.x);
  chart_column_check(&reader, report, report->chart.y);
  chart_column_check(&reader, report, report->chart.value);
  report_drill_finish(&reader, text, size, report);
  *faults = reader.faults;
}
