// All reports of a server, and what the data allow of them.
#include "buffer.h"
#include "catalogue_texts.h"
#include "report_members.h"
#include "report_read.h"
#include "yaml_tree.h"
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

struct ReportCatalogue {
  Arena *arena;
  Report *reports; // by file: the shipped ones first
  uint32_t count, capacity;
};

typedef struct CatalogueReader {
  ReportCatalogue *catalogue;
  ModelFaultSink faults;
  void *context;
  Status status;
  Error *error; // of the first fault
} CatalogueReader;

static void faults_tell(CatalogueReader *reader, ModelFaults *faults) {
  Error own = ERROR_INIT;
  Status status = model_faults_finish(faults, reader->faults, reader->context, &own);
  if (reader->status != STATUS_OK || status == STATUS_OK) return;
  reader->status = error_set(reader->error, status, "%s", own.message);
}

static void text_read(CatalogueReader *reader, const char *file, const char *text, size_t size) {
  ReportCatalogue *catalogue = reader->catalogue;
  if (catalogue->count == catalogue->capacity) {
    catalogue->capacity = catalogue->capacity ? 2 * catalogue->capacity : 64;
    catalogue->reports =
        mem_realloc(catalogue->reports, catalogue->capacity * sizeof *catalogue->reports);
  }
  Report *report = &catalogue->reports[catalogue->count];
  ModelFaults faults;
  model_faults_init(&faults, catalogue->arena, arena_strdup(catalogue->arena, file));
  report_read(text, size, catalogue->arena, &faults, report);
  const Report *same = report->id ? report_catalogue_find(catalogue, report->id) : NULL;
  if (same)
    model_fault_add(&faults, (ModelPlace){1, 1}, "%s has a report \"%s\" already", same->file,
                    report->id);
  if (!faults.count) catalogue->count++;
  faults_tell(reader, &faults);
}

// ---- A folder ----------------------------------------------------------------------------------

static int is_report_file(const struct dirent *entry) {
  size_t size = strlen(entry->d_name);
  return entry->d_name[0] != '.' && size > 5 && strcmp(entry->d_name + size - 5, ".yaml") == 0;
}

static Status file_read(CatalogueReader *reader, const char *path, Error *error) {
  FILE *file = fopen(path, "rb");
  if (!file)
    return error_set(error, STATUS_IO, "cannot open the report %s: %s", path, strerror(errno));
  char *text = mem_alloc(YAML_TEXT_BYTES_MAX + 1);
  size_t size = fread(text, 1, YAML_TEXT_BYTES_MAX + 1, file);
  Status status = STATUS_OK;
  if (ferror(file))
    status = error_set(error, STATUS_IO, "cannot read the report %s: %s", path, strerror(errno));
  else
    text_read(reader, path, text, size);
  fclose(file);
  mem_free(text);
  return status;
}

static Status folder_read(CatalogueReader *reader, const char *folder, Error *error) {
  struct dirent **entries;
  Status status = STATUS_OK;
  int count = scandir(folder, &entries, is_report_file, alphasort);
  if (count < 0)
    return error_set(error, errno == ENOENT ? STATUS_NOT_FOUND : STATUS_IO,
                     "cannot read the folder of reports %s: %s", folder, strerror(errno));
  for (int i = 0; i < count; i++) {
    const char *path = arena_printf(reader->catalogue->arena, "%s/%s", folder, entries[i]->d_name);
    if (status == STATUS_OK) status = file_read(reader, path, error);
    free(entries[i]);
  }
  free(entries);
  return status;
}

Status report_catalogue_create(const char *folder, ModelFaultSink faults, void *context,
                               ReportCatalogue **catalogue, Error *error) {
  *catalogue = mem_alloc_zero(sizeof **catalogue);
  (*catalogue)->arena = arena_create();
  CatalogueReader reader = {
      .catalogue = *catalogue, .faults = faults, .context = context, .error = error};
  for (uint32_t i = 0; i < report_catalogue_text_count; i++) {
    const ReportText *text = &report_catalogue_texts[i];
    text_read(&reader, text->name, text->text, text->size);
  }
  Status status = folder ? folder_read(&reader, folder, error) : STATUS_OK;
  if (status == STATUS_OK) status = reader.status;
  if (status == STATUS_OK) return status;
  report_catalogue_destroy(*catalogue);
  *catalogue = NULL;
  return status;
}

void report_catalogue_destroy(ReportCatalogue *catalogue) {
  if (!catalogue) return;
  arena_destroy(catalogue->arena);
  mem_free(catalogue->reports);
  mem_free(catalogue);
}

uint32_t report_catalogue_count(const ReportCatalogue *catalogue) {
  return catalogue->count;
}

const Report *report_catalogue_at(const ReportCatalogue *catalogue, uint32_t index) {
  return &catalogue->reports[index];
}

const Report *report_catalogue_find(const ReportCatalogue *catalogue, const char *id) {
  for (uint32_t i = 0; i < catalogue->count; i++)
    if (strcmp(catalogue->reports[i].id, id) == 0) return &catalogue->reports[i];
  return NULL;
}

// ---- What the data allow -----------------------------------------------------------------------

static bool has_column(const Catalog *catalog, const char *path, Arena *arena) {
  const char *point = strchr(path, '.');
  const CatalogTable *table =
      catalog->find_table(catalog, arena_strndup(arena, path, (size_t)(point - path)));
  for (uint32_t i = 0; table && i < table->column_count; i++)
    if (strcmp(table->columns[i].name, point + 1) == 0) return true;
  return false;
}

static const ModelDefinition *definition_find(const Model *model, const char *name) {
  for (uint32_t i = 0; model && i < model->definition_count; i++)
    if (strcmp(model->definitions[i].name, name) == 0) return &model->definitions[i];
  return NULL;
}

static bool is_definition_name(const ReportParameter *parameter) {
  return parameter->type == REPORT_NUMBER && parameter->standard && *parameter->standard >= 'a' &&
         *parameter->standard <= 'z';
}

const char *report_missing(const Report *report, const Catalog *catalog, const Model *model,
                           Arena *arena) {
  for (uint32_t i = 0; i < report->table_count; i++)
    if (!catalog->find_table(catalog, report->tables[i]))
      return arena_printf(arena, "the data have no table %s", report->tables[i]);
  for (uint32_t i = 0; i < report->required_column_count; i++)
    if (!has_column(catalog, report->columns[i], arena))
      return arena_printf(arena, "the data have no column %s", report->columns[i]);
  for (uint32_t i = 0; i < report->cube_count; i++)
    if (!catalog->find_cube(catalog, report->cubes[i]))
      return arena_printf(arena, "the data have no cube %s", report->cubes[i]);
  const CatalogTable *table;
  for (uint32_t i = 0; i < report->parameter_count; i++)
    if (report->parameters[i].level &&
        !report_level_find(catalog, report->parameters[i].level, &table))
      return arena_printf(arena, "the data have no level %s", report->parameters[i].level);
  for (uint32_t i = 0; i < report->parameter_count; i++)
    if (is_definition_name(&report->parameters[i]) &&
        !definition_find(model, report->parameters[i].standard))
      return arena_printf(arena, "the model has no definition %s", report->parameters[i].standard);
  return NULL;
}

// ---- The check against the data ----------------------------------------------------------------

static void columns_check(const Report *report, const Logical *tree, ModelFaults *faults) {
  uint32_t count = tree->column_count;
  for (uint32_t i = 0; i < count && i < report->shown_count; i++)
    if (strcmp(tree->columns[i].name, report->shown[i].name) != 0)
      model_fault_add(faults, report->sql.place,
                      "column %u of the SQL is \"%s\", that of \"columns\" is \"%s\"", i + 1,
                      tree->columns[i].name, report->shown[i].name);
  if (count != report->shown_count)
    model_fault_add(faults, report->sql.place, "the SQL has %u columns, \"columns\" names %u",
                    count, report->shown_count);
}

static void levels_check(const Report *report, const Catalog *catalog, ModelFaults *faults) {
  const CatalogTable *table;
  for (uint32_t i = 0; i < report->parameter_count; i++) {
    const ReportParameter *parameter = &report->parameters[i];
    if (parameter->level && report_level_find(catalog, parameter->level, &table) && !table)
      model_fault_add(faults, parameter->level_place,
                      "the members of %s stand in no table of their own: choose a level of a "
                      "dimension with a table",
                      parameter->level);
  }
}

// A statement of the report's, bound without its values: NULL at a fault, which is at its place.
static const Logical *statement_check(const char *sql, const SqlParameter *values, uint32_t count,
                                      const Catalog *catalog, Arena *arena, Error *error) {
  LogicalContext context = {.arena = arena, .next_id = 1};
  SqlOptions options = {.parameters = values, .parameter_count = count, .undated = true};
  Statement statement;
  if (sql_statement(sql, catalog, &context, &options, &statement, error) != STATUS_OK) return NULL;
  if (statement.kind == STATEMENT_SELECT) return statement.tree;
  error->position = -1;
  return error_set(error, STATUS_INVALID, "the SQL of a report must be a SELECT"), NULL;
}

// The values of a row are of any type; parameters that only the report's own SQL uses are NULL.
static void customers_check(const Report *report, const ReportDrillCustomers *customers,
                            const SqlParameter *values, const Catalog *catalog, ModelFaults *faults,
                            Arena *arena) {
  SqlParameter *all = ARENA_ARRAY(arena, SqlParameter, customers->value_count + 1);
  for (uint32_t i = 0; i < customers->value_count; i++)
    if (!report_sql_uses(customers->sql, i + 1))
      all[i] = (SqlParameter){.kind = PARAMETER_NULL};
    else
      all[i] = i < report->parameter_count ? values[i] : (SqlParameter){.kind = PARAMETER_UNGIVEN};
  Error error = ERROR_INIT;
  const Logical *tree =
      statement_check(customers->sql, all, customers->value_count, catalog, arena, &error);
  if (!tree)
    model_fault_add(faults, report_customers_place(report, customers, error.position), "%s",
                    error.message);
  else if (tree->column_count != 1)
    model_fault_add(faults, customers->own.place,
                    "the SQL of customers must have one column, their key; it has %u",
                    tree->column_count);
}

// No values yet, but what is a list or a segment: those stand in IN (...), in_segment(...) alone.
static const SqlParameter *values_to_come(const Report *report, Arena *arena) {
  SqlParameter *values = ARENA_ARRAY(arena, SqlParameter, report->parameter_count + 1);
  for (uint32_t i = 0; i < report->parameter_count; i++)
    values[i].kind = report->parameters[i].type == REPORT_MEMBERS   ? PARAMETER_LIST
                     : report->parameters[i].type == REPORT_SEGMENT ? PARAMETER_EVERYBODY
                                                                    : PARAMETER_UNGIVEN;
  return values;
}

static void report_check(const Report *report, const Catalog *catalog, const Model *model,
                         ModelFaults *faults, Arena *arena) {
  if (report_missing(report, catalog, model, arena)) return;
  levels_check(report, catalog, faults);
  const SqlParameter *values = values_to_come(report, arena);
  Error error = ERROR_INIT;
  const Logical *tree =
      statement_check(report->sql.text, values, report->parameter_count, catalog, arena, &error);
  if (!tree) {
    model_fault_add(faults, report_sql_place(&report->sql, error.position), "%s", error.message);
    return;
  }
  columns_check(report, tree, faults);
  for (uint32_t i = 0; i < report->drill.customer_count; i++)
    customers_check(report, &report->drill.customers[i], values, catalog, faults, arena);
}

Status report_catalogue_check(const ReportCatalogue *catalogue, const Catalog *catalog,
                              const Model *model, ModelFaultSink sink, void *context,
                              Error *error) {
  CatalogueReader reader = {.faults = sink, .context = context, .error = error};
  for (uint32_t i = 0; i < catalogue->count; i++) {
    Arena *arena = arena_create();
    ModelFaults faults;
    model_faults_init(&faults, arena, catalogue->reports[i].file);
    report_check(&catalogue->reports[i], catalog, model, &faults, arena);
    faults_tell(&reader, &faults);
    arena_destroy(arena);
  }
  return reader.status;
}
