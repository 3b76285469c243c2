// What stands behind a report's rows: its map as tables of keys, the checks of the names in it, and
// the statements that find the customers. What the model lacks is the pages' to see: they make no
// link of it.
//
//   the report's SQL     WITH member AS (...), moved AS (...) | SELECT ...
//   a drill's own        SELECT customer FROM moved WHERE segment_before = $row_segment_before
//   the whole statement  WITH member AS (...), moved AS (...)   SELECT customer FROM moved ...
#include "report_read.h"
#include "text.h"
#include <ctype.h>
#include <strings.h>

#define ROW_PREFIX "row_"
#define DRILL_LISTS_MAX 20

#define DRILL_KEY(name, read, member) MODEL_KEY(name, read, ReportDrill, member)

// ---- Lists of maps -----------------------------------------------------------------------------

static const ModelKey MEASURE_KEYS[] = {
    MODEL_KEY("column", model_read_string, ReportDrillMeasure, column),
    MODEL_KEY("measure", model_read_string, ReportDrillMeasure, measure),
};

static const ModelKey LEVEL_KEYS[] = {
    MODEL_KEY("column", model_read_string, ReportDrillLevel, column),
    MODEL_KEY("level", model_read_string, ReportDrillLevel, level),
    MODEL_KEY("when", model_read_string, ReportDrillLevel, when),
};

static const ModelKey CUSTOMER_KEYS[] = {
    MODEL_KEY("column", model_read_string, ReportDrillCustomers, column),
    MODEL_KEY("sql", report_read_sql, ReportDrillCustomers, own),
};

static bool needs(ModelReader *reader, const YamlNode *map, const char *what, const char *key) {
  if (map->kind != YAML_MAP || model_pair_find(map, key)) return true;
  model_fault_add(&reader->faults, model_place(map), "%s needs \"%s\"", what, key);
  return false;
}

typedef struct ListOf {
  const char *what;  // "a level"
  const char *other; // the key beside "column" that must be there
  const ModelKey *keys;
  uint32_t key_count;
  size_t item_bytes;
} ListOf;

// Items of list->item_bytes, zeroed before they are read; those with faults are counted too.
static void *list_read(ModelReader *reader, const YamlPair *pair, const ListOf *list,
                       uint32_t *count) {
  const YamlNode *node = pair->value;
  if (node->kind != YAML_LIST || node->count > DRILL_LISTS_MAX) {
    model_fault_add(&reader->faults, model_place(node),
                    "\"%s\" must be a list of at most %d entries", pair->key, DRILL_LISTS_MAX);
    return NULL;
  }
  char *items = arena_alloc(reader->arena, (node->count + 1) * list->item_bytes);
  memset(items, 0, (node->count + 1) * list->item_bytes);
  for (uint32_t i = 0; i < node->count; i++) {
    model_keys_read(reader, node->items[i], list->what, list->keys, list->key_count,
                    items + i * list->item_bytes);
    needs(reader, node->items[i], list->what, "column");
    needs(reader, node->items[i], list->what, list->other);
  }
  *count = node->count;
  return items;
}

static void read_measures(ModelReader *reader, const YamlPair *pair, void *field) {
  static const ListOf list = {"a measure of a drill", "measure", MEASURE_KEYS,
                              MODEL_KEY_COUNT(MEASURE_KEYS), sizeof(ReportDrillMeasure)};
  ReportDrill *drill = field;
  drill->measures = list_read(reader, pair, &list, &drill->measure_count);
}

static void read_levels(ModelReader *reader, const YamlPair *pair, void *field) {
  static const ListOf list = {"a level of a drill", "level", LEVEL_KEYS,
                              MODEL_KEY_COUNT(LEVEL_KEYS), sizeof(ReportDrillLevel)};
  ReportDrill *drill = field;
  drill->levels = list_read(reader, pair, &list, &drill->level_count);
}

static void read_customers(ModelReader *reader, const YamlPair *pair, void *field) {
  static const ListOf list = {"a drill to customers", "sql", CUSTOMER_KEYS,
                              MODEL_KEY_COUNT(CUSTOMER_KEYS), sizeof(ReportDrillCustomers)};
  ReportDrill *drill = field;
  drill->customers = list_read(reader, pair, &list, &drill->customer_count);
}

static void read_period(ModelReader *reader, const YamlPair *pair, void *field) {
  ReportDrill *drill = field;
  if (model_read_strings(reader, pair, &drill->period, &drill->period_count) &&
      drill->period_count > 2)
    model_fault_add(&reader->faults, model_place(pair->value),
                    "\"period\" must be a first and a last parameter, or one month");
}

// ---- The maps ----------------------------------------------------------------------------------

static const ModelKey ROWS_KEYS[] = {
    {"measures", read_measures, 0},
    {"period", read_period, 0},
    DRILL_KEY("by", model_read_string, by),
    {"levels", read_levels, 0},
};

static const ModelKey SEGMENT_KEYS[] = {
    DRILL_KEY("attribute", model_read_string, attribute),
    DRILL_KEY("column", model_read_string, attribute_column),
    DRILL_KEY("day", model_read_string, attribute_day),
};

static void read_rows(ModelReader *reader, const YamlPair *pair, void *field) {
  model_keys_read(reader, pair->value, "the rows of a drill", ROWS_KEYS, MODEL_KEY_COUNT(ROWS_KEYS),
                  field);
  needs(reader, pair->value, "the rows of a drill", "measures");
  needs(reader, pair->value, "the rows of a drill", "levels");
}

static void read_segment(ModelReader *reader, const YamlPair *pair, void *field) {
  const char *what = "the segment of a drill";
  model_keys_read(reader, pair->value, what, SEGMENT_KEYS, MODEL_KEY_COUNT(SEGMENT_KEYS), field);
  needs(reader, pair->value, what, "attribute");
  needs(reader, pair->value, what, "column");
  needs(reader, pair->value, what, "day");
}

static const ModelKey DRILL_KEYS[] = {
    {"rows", read_rows, 0},
    {"customers", read_customers, 0},
    {"segment", read_segment, 0},
};

void report_read_drill(ModelReader *reader, const YamlPair *pair, void *field) {
  model_keys_read(reader, pair->value, "a drill", DRILL_KEYS, MODEL_KEY_COUNT(DRILL_KEYS), field);
}

// ---- Names -------------------------------------------------------------------------------------

static void fault_at(ModelReader *reader, const char *name, const char *what) {
  model_fault_add(&reader->faults, model_text_place(reader, name, (ModelPlace){1, 1}),
                  "the drill's \"%s\" is %s", name, what);
}

static int32_t column_find(const Report *report, const char *name, size_t size) {
  for (uint32_t i = 0; i < report->shown_count; i++)
    if (strlen(report->shown[i].name) == size && memcmp(report->shown[i].name, name, size) == 0)
      return (int32_t)i;
  return -1;
}

static void column_check(ModelReader *reader, const Report *report, const char *name) {
  if (name && column_find(report, name, strlen(name)) < 0)
    fault_at(reader, name, "none of the report's columns");
}

const ReportParameter *report_find_parameter(const Report *report, const char *name, size_t size) {
  for (uint32_t i = 0; i < report->parameter_count; i++)
    if (strlen(report->parameters[i].name) == size &&
        memcmp(report->parameters[i].name, name, size) == 0)
      return &report->parameters[i];
  return NULL;
}

static void period_check(ModelReader *reader, const Report *report) {
  const ReportDrill *drill = &report->drill;
  for (uint32_t i = 0; i < drill->period_count; i++) {
    const char *name = drill->period[i];
    const ReportParameter *parameter = report_find_parameter(report, name, strlen(name));
    if (drill->period_count == 1 && !(parameter && parameter->type == REPORT_MONTH))
      fault_at(reader, name, "no parameter of type month");
    else if (!(parameter && (parameter->type == REPORT_DATE || parameter->type == REPORT_MONTH)))
      fault_at(reader, name, "no parameter of type date or month");
  }
}

static void by_check(ModelReader *reader, const Report *report) {
  const ReportDrill *drill = &report->drill;
  const ReportParameter *by =
      drill->by ? report_find_parameter(report, drill->by, strlen(drill->by)) : NULL;
  if (drill->by && !(by && by->type == REPORT_CHOICE))
    fault_at(reader, drill->by, "no parameter of type choice");
  for (uint32_t i = 0; i < drill->level_count; i++) {
    const char *when = drill->levels[i].when;
    bool known = !when;
    for (uint32_t c = 0; by && when && c < by->choice_count; c++)
      known = known || strcmp(by->choices[c], when) == 0;
    if (!known) fault_at(reader, when, "no choice of the parameter that \"by\" names");
  }
}

static void names_check(ModelReader *reader, const Report *report) {
  const ReportDrill *drill = &report->drill;
  for (uint32_t i = 0; i < drill->measure_count; i++)
    column_check(reader, report, drill->measures[i].column);
  for (uint32_t i = 0; i < drill->level_count; i++)
    column_check(reader, report, drill->levels[i].column);
  for (uint32_t i = 0; i < drill->customer_count; i++)
    column_check(reader, report, drill->customers[i].column);
  column_check(reader, report, drill->attribute_column);
  period_check(reader, report);
  by_check(reader, report);
  const char *day = drill->attribute_day;
  const ReportParameter *parameter = day ? report_find_parameter(report, day, strlen(day)) : NULL;
  if (day && !(parameter && parameter->type == REPORT_DATE))
    fault_at(reader, day, "no parameter of type date");
}

// ---- Statements --------------------------------------------------------------------------------

// How many bytes of a SELECT name things by WITH: those before the first SELECT outside of all
// brackets; 0 where it begins with none.
static size_t with_size(const char *sql) {
  const char *c = sql;
  while (isspace((unsigned char)*c)) c++;
  if (strncasecmp(c, "with", 4) != 0) return 0;
  for (int depth = 0; *c;) {
    const char *past = report_sql_skip(c);
    if (past != c) {
      c = past;
      continue;
    }
    if (depth == 0 && strncasecmp(c, "select", 6) == 0 && isspace((unsigned char)c[-1]))
      return (size_t)(c - sql);
    depth += (*c == '(') - (*c == ')');
    c++;
  }
  return 0;
}

typedef struct RowNames {
  ModelReader *reader;
  Report *report;
  ReportDrillCustomers *customers;
} RowNames;

// A parameter's number, or the number of a value of the row: those come after the parameters.
static uint32_t value_number(void *context, const char *name, size_t size) {
  RowNames *names = context;
  ReportDrillCustomers *customers = names->customers;
  const Report *report = names->report;
  const ReportParameter *parameter = report_find_parameter(report, name, size);
  if (parameter) return (uint32_t)(parameter - report->parameters) + 1;
  size_t prefix = strlen(ROW_PREFIX);
  if (size <= prefix || memcmp(name, ROW_PREFIX, prefix) != 0) return 0;
  int32_t column = column_find(report, name + prefix, size - prefix);
  if (column < 0) return 0;
  uint32_t i = 0;
  while (i < customers->row_value_count && customers->row_values[i] != report->shown[column].name)
    i++;
  if (i == customers->row_value_count)
    customers->row_values[customers->row_value_count++] = report->shown[column].name;
  return report->parameter_count + i + 1;
}

static void statement_make(ModelReader *reader, const char *text, size_t size, Report *report,
                           ReportDrillCustomers *customers) {
  if (!customers->own.text || !report->sql.text) return;
  RowNames names = {reader, report, customers};
  customers->row_values = ARENA_ARRAY(reader->arena, const char *, report->shown_count + 1);
  report_sql_locate(text, size, &customers->own);
  report_sql_number(reader, &customers->own, value_number, &names);
  customers->own_begin = (uint32_t)with_size(report->sql.text);
  customers->sql = arena_printf(reader->arena, "%.*s%s", (int)customers->own_begin,
                                report->sql.text, customers->own.text);
  customers->value_count = report->parameter_count + customers->row_value_count;
  while (customers->value_count && !report_sql_uses(customers->sql, customers->value_count))
    customers->value_count--;
}

void report_drill_finish(ModelReader *reader, const char *text, size_t size, Report *report) {
  names_check(reader, report);
  for (uint32_t i = 0; i < report->drill.customer_count; i++)
    statement_make(reader, text, size, report, &report->drill.customers[i]);
}

ModelPlace report_customers_place(const Report *report, const ReportDrillCustomers *customers,
                                  int64_t position) {
  if (position >= 0 && position < customers->own_begin)
    return report_sql_place(&report->sql, position);
  return report_sql_place(&customers->own,
                          position < 0 ? position : position - (int64_t)customers->own_begin);
}

const ReportDrillCustomers *report_find_customers(const Report *report, const char *column) {
  for (uint32_t i = 0; i < report->drill.customer_count; i++)
    if (strcmp(report->drill.customers[i].column, column) == 0) return &report->drill.customers[i];
  return NULL;
}
