// What tables say of each other: keys, links, histories, and the types that follow from them.
//
// A link has the type of its target's key, a copied column that of its source, so types are found
// by following columns depth first; a column that leads back to itself is a fault. A name that was
// told to be unknown is not complained of again by those who lean on it.
#include "model_reader.h"
#include "reserved_words.h"
#include "text.h"

#define CHAIN_MAX 64 // columns copied through columns copied through ...

typedef enum ColumnState { STATE_NEW, STATE_BUSY, STATE_DONE } ColumnState;

typedef struct TypeResolver {
  ModelReader *reader;
  uint8_t **states; // ColumnState [table][column]
  uint32_t depth;
} TypeResolver;

// ---- Names -------------------------------------------------------------------------------------

const ModelColumn *model_require_column(ModelReader *reader, const ModelTable *table,
                                        const char *name, ModelPlace place, const char *what) {
  const ModelColumn *column = model_find_column(table, name);
  if (column) return column;
  model_fault_add(
      &reader->faults, model_text_place(reader, name, place),
      "%s: table \"%s\" has no column \"%s\"%s", what, table->name, name,
      model_suggest(reader, name, table->columns, table->column_count, sizeof *table->columns));
  return NULL;
}

static const ModelTable *require_table(ModelReader *reader, const char *name, ModelPlace place,
                                       const char *what) {
  const ModelTable *table = model_find_table(reader->model, name);
  if (table) return table;
  model_fault_add(&reader->faults, model_text_place(reader, name, place),
                  "%s: there is no table \"%s\"%s", what, name,
                  model_suggest(reader, name, reader->model->tables, reader->model->table_count,
                                sizeof *reader->model->tables));
  return NULL;
}

const ModelTable *model_link_target(const ModelReader *reader, const ModelColumn *column) {
  return column->link ? model_find_table(reader->model, column->link) : NULL;
}

static bool column_is_link(const ModelColumn *column) {
  return column->link || column->kind == MODEL_COLUMN_LINK || column->kind == MODEL_COLUMN_AS_OF;
}

static void fault_no_link(ModelReader *reader, const ModelTable *table, const char *name,
                          ModelPlace place) {
  model_fault_add(&reader->faults, model_text_place(reader, name, place),
                  "column \"%s\" of table \"%s\" is no link: expected a column with \"link\"", name,
                  table->name);
}

const ModelTable *model_follow_links(ModelReader *reader, const ModelTable *table,
                                     const char *const *links, uint32_t count, ModelPlace place) {
  for (uint32_t i = 0; table && i < count; i++) {
    const ModelColumn *column = model_require_column(reader, table, links[i], place, "path");
    if (!column) return NULL;
    bool unresolved = column->kind == MODEL_COLUMN_THROUGH && column->type.kind == TYPE_NULL;
    if (!column_is_link(column) && !unresolved) fault_no_link(reader, table, links[i], place);
    table = model_link_target(reader, column);
  }
  return table;
}

static bool is_moment(Type type) {
  return type.kind == TYPE_DATE || type.kind == TYPE_TIMESTAMP || type.kind == TYPE_TIMESTAMPTZ;
}

static const char *type_text(ModelReader *reader, Type type) {
  char name[TYPE_NAME_BYTES];
  return arena_strdup(reader->arena, type_format(type, name));
}

// ---- Types -------------------------------------------------------------------------------------

static void resolve(TypeResolver *resolver, const ModelTable *table, ModelColumn *column);

// The column by name with its type resolved; NULL and a fault when there is none.
static const ModelColumn *resolve_named(TypeResolver *resolver, const ModelTable *table,
                                        const char *name, ModelPlace place, const char *what) {
  const ModelColumn *column = model_require_column(resolver->reader, table, name, place, what);
  if (column) resolve(resolver, table, &table->columns[column - table->columns]);
  return column;
}

static void resolve_link(TypeResolver *resolver, ModelColumn *column) {
  ModelReader *reader = resolver->reader;
  if (!column->link) return; // told while reading
  const ModelTable *target = require_table(reader, column->link, column->place, "link");
  if (!target) return;
  if (target->key) {
    const ModelColumn *key = model_find_column(target, target->key); // unknown: told by its table
    if (key) resolve(resolver, target, &target->columns[key - target->columns]);
    if (key) column->type = key->type;
    return;
  }
  model_fault_add(&reader->faults, model_text_place(reader, column->link, column->place),
                  target->history_key
                      ? "link: table \"%s\" is a history: add \"key\" and \"as_of\" to the link"
                      : "link: table \"%s\" has no \"key\" to link to",
                  target->name);
}

// Whose value the history has must be what this table's column holds.
static void check_history_key(ModelReader *reader, const ModelColumn *column,
                              const ModelColumn *own, const ModelTable *target,
                              const ModelColumn *theirs) {
  bool same_link = own->link && theirs->link && !strcmp(own->link, theirs->link);
  bool unknown = own->type.kind == TYPE_NULL || theirs->type.kind == TYPE_NULL;
  if (same_link || unknown ||
      (!own->link && !theirs->link && type_equal(own->type, theirs->type))) {
    return;
  }
  model_fault_add(&reader->faults, model_text_place(reader, column->link_key, column->place),
                  "key: column \"%s\" does not hold what \"%s\" of table \"%s\" holds: expected a "
                  "link to the same table, or the same type",
                  own->name, theirs->name, target->name);
}

static void check_moment(ModelReader *reader, const ModelColumn *column, const char *name,
                         ModelPlace place, const char *what) {
  if (!column || column->type.kind == TYPE_NULL || is_moment(column->type)) return;
  model_fault_add(&reader->faults, model_text_place(reader, name, place),
                  "%s: column \"%s\" must be a date or a time stamp, it is %s", what, column->name,
                  type_text(reader, column->type));
}

static void resolve_as_of(TypeResolver *resolver, const ModelTable *table, ModelColumn *column) {
  ModelReader *reader = resolver->reader;
  if (!column->link || !column->link_key || !column->as_of) return; // told while reading
  const ModelColumn *own = resolve_named(resolver, table, column->link_key, column->place, "key");
  const ModelColumn *time = resolve_named(resolver, table, column->as_of, column->place, "as_of");
  check_moment(reader, time, column->as_of, column->place, "as_of");
  const ModelTable *target = require_table(reader, column->link, column->place, "link");
  if (!target) return;
  if (!target->history_key) {
    model_fault_add(&reader->faults, model_text_place(reader, column->link, column->place),
                    "link: table \"%s\" has no \"history\" to look into as of a time",
                    target->name);
    return;
  }
  const ModelColumn *theirs = model_find_column(target, target->history_key);
  if (!theirs) return; // told by its table
  resolve(resolver, target, &target->columns[theirs - target->columns]);
  column->type = theirs->type;
  if (own) check_history_key(reader, column, own, target, theirs);
}

static void resolve_through(TypeResolver *resolver, const ModelTable *table, ModelColumn *column) {
  ModelReader *reader = resolver->reader;
  if (!column->through_link) return; // told while reading
  const ModelColumn *link =
      resolve_named(resolver, table, column->through_link, column->place, "through");
  if (!link) return;
  if (!column_is_link(link)) {
    if (link->type.kind != TYPE_NULL || link->kind == MODEL_COLUMN_EXPRESSION) {
      fault_no_link(reader, table, column->through_link, column->place);
    }
    return;
  }
  const ModelTable *target = model_link_target(reader, link);
  if (!target) return; // told by the link
  const ModelColumn *source =
      resolve_named(resolver, target, column->through_column, column->place, "through");
  if (!source) return;
  column->type = source->type;
  column->link = source->link;
}

static void check_zone(TypeResolver *resolver, const ModelTable *table, const ModelColumn *column,
                       const ModelColumn *of) {
  ModelReader *reader = resolver->reader;
  if (column->zone_link) {
    const ModelColumn *link =
        resolve_named(resolver, table, column->zone_link, column->place, "zone");
    if (link && !column_is_link(link)) {
      fault_no_link(reader, table, column->zone_link, column->place);
    }
    const ModelTable *target = link ? model_link_target(reader, link) : NULL;
    const ModelColumn *zone =
        target ? resolve_named(resolver, target, column->zone_column, column->place, "zone") : NULL;
    if (zone && zone->type.kind != TYPE_STRING && zone->type.kind != TYPE_NULL) {
      model_fault_add(&reader->faults, model_text_place(reader, column->zone_column, column->place),
                      "zone: column \"%s\" must be a string with names of time zones, it is %s",
                      zone->name, type_text(reader, zone->type));
    }
  }
  if (of->type.kind == TYPE_TIMESTAMP && (column->zone || column->zone_link)) {
    const char *text = column->zone ? column->zone : column->zone_link;
    model_fault_add(&reader->faults, model_text_place(reader, text, column->place),
                    "zone: column \"%s\" is a timestamp, which is local time already; a zone is "
                    "for timestamptz",
                    of->name);
  }
}

static void resolve_date_of(TypeResolver *resolver, const ModelTable *table, ModelColumn *column) {
  ModelReader *reader = resolver->reader;
  bool date = column->kind == MODEL_COLUMN_DATE_OF;
  column->type = date ? TYPE_OF_DATE : TYPE_OF_INT32;
  if (!column->of) return;
  const char *what = date ? "date_of" : "hour_of";
  const ModelColumn *of = resolve_named(resolver, table, column->of, column->place, what);
  if (!of) return;
  if (of->type.kind == TYPE_TIMESTAMP || of->type.kind == TYPE_TIMESTAMPTZ) {
    check_zone(resolver, table, column, of);
  } else if (of->type.kind != TYPE_NULL || of->kind == MODEL_COLUMN_EXPRESSION) {
    model_fault_add(
        &reader->faults, model_text_place(reader, column->of, column->place),
        "%s: column \"%s\" must be a timestamp or timestamptz, it is %s", what, of->name,
        of->kind == MODEL_COLUMN_EXPRESSION ? "an expression" : type_text(reader, of->type));
  }
}

// Finds type (and, for copied links, target) of a column; done once, faults told once.
static void resolve(TypeResolver *resolver, const ModelTable *table, ModelColumn *column) {
  const Model *model = resolver->reader->model;
  uint8_t *state = &resolver->states[table - model->tables][column - table->columns];
  if (*state == STATE_DONE) return;
  if (*state == STATE_BUSY || resolver->depth == CHAIN_MAX) {
    model_fault_add(&resolver->reader->faults, column->place,
                    *state == STATE_BUSY ? "column \"%s\" of table \"%s\" is defined by itself"
                                         : "column \"%s\" of table \"%s\": too long a chain of "
                                           "columns defined by columns",
                    column->name, table->name);
    return;
  }
  *state = STATE_BUSY;
  resolver->depth++;
  switch (column->kind) {
  case MODEL_COLUMN_PLAIN:
  case MODEL_COLUMN_EXPRESSION:
    break;
  case MODEL_COLUMN_LINK:
    resolve_link(resolver, column);
    break;
  case MODEL_COLUMN_AS_OF:
    resolve_as_of(resolver, table, column);
    break;
  case MODEL_COLUMN_THROUGH:
    resolve_through(resolver, table, column);
    break;
  case MODEL_COLUMN_DATE_OF:
  case MODEL_COLUMN_HOUR_OF:
    resolve_date_of(resolver, table, column);
    break;
  }
  resolver->depth--;
  *state = STATE_DONE;
}

static void resolve_all(ModelReader *reader) {
  Model *model = reader->model;
  TypeResolver resolver = {.reader = reader};
  resolver.states = ARENA_ARRAY(reader->arena, uint8_t *, model->table_count);
  for (uint32_t t = 0; t < model->table_count; t++) {
    resolver.states[t] = ARENA_ARRAY(reader->arena, uint8_t, model->tables[t].column_count);
  }
  for (uint32_t t = 0; t < model->table_count; t++) {
    const ModelTable *table = &model->tables[t];
    for (uint32_t c = 0; c < table->column_count; c++) {
      resolve(&resolver, table, &table->columns[c]);
    }
  }
}

// ---- Tables ------------------------------------------------------------------------------------

static void check_key(ModelReader *reader, const ModelTable *table) {
  if (!table->key) return;
  const ModelColumn *key = model_require_column(reader, table, table->key, table->place, "key");
  if (!key) return;
  ModelPlace place = model_text_place(reader, table->key, table->place);
  if (key->kind != MODEL_COLUMN_PLAIN && key->kind != MODEL_COLUMN_LINK) {
    model_fault_add(&reader->faults, place, "key: column \"%s\" must come from a field", key->name);
    return;
  }
  TypeKind kind = key->type.kind;
  if (kind == TYPE_INT || kind == TYPE_STRING || kind == TYPE_DATE || kind == TYPE_NULL) return;
  model_fault_add(&reader->faults, place,
                  "key: column \"%s\" must be an integer, a string or a date, it is %s", key->name,
                  type_text(reader, key->type));
}

static void check_history(ModelReader *reader, const ModelTable *table) {
  if (!table->history_key || !table->valid_from || !table->valid_to) return;
  model_require_column(reader, table, table->history_key, table->place, "history");
  const ModelColumn *from =
      model_require_column(reader, table, table->valid_from, table->place, "history");
  const ModelColumn *to =
      model_require_column(reader, table, table->valid_to, table->place, "history");
  check_moment(reader, from, table->valid_from, table->place, "history");
  check_moment(reader, to, table->valid_to, table->place, "history");
}

static void check_projection(ModelReader *reader, const ModelTable *table,
                             const ModelProjection *projection) {
  for (uint32_t i = 0; i < projection->order_count; i++) {
    model_require_column(reader, table, projection->order[i], table->place, "projection");
  }
  for (uint32_t i = 0; i < projection->column_count; i++) {
    bool ordered = false;
    for (uint32_t k = 0; k < projection->order_count; k++) {
      ordered |= projection->columns[i] == projection->order[k];
    }
    if (ordered) continue; // told above
    model_require_column(reader, table, projection->columns[i], table->place, "projection");
  }
}

static bool is_identifier_start(char c) {
  return (c >= 'a' && c <= 'z') || c == '_';
}

// True for "name" and "link.link.name".
static bool is_path(const char *text) {
  bool start = true;
  for (const char *c = text; *c; c++) {
    if (start ? !is_identifier_start(*c)
              : !(is_identifier_start(*c) || (*c >= '0' && *c <= '9') || *c == '.')) {
      return false;
    }
    start = *c == '.';
  }
  return !start;
}

void model_check_expression(ModelReader *reader, const ModelTable *table, const char *expression,
                            ModelPlace place) {
  if (!is_path(expression) || reserved_word_find(expression)) return;
  ModelPlace at = model_text_place(reader, expression, place);
  const char *dot;
  while ((dot = strchr(expression, '.')) && table) {
    const char *link = arena_strndup(reader->arena, expression, (size_t)(dot - expression));
    table = model_follow_links(reader, table, &link, 1, at);
    expression = dot + 1;
  }
  if (table) model_require_column(reader, table, expression, at, "expression");
}

static void check_table(ModelReader *reader, const ModelTable *table) {
  check_key(reader, table);
  check_history(reader, table);
  if (table->cluster) {
    model_require_column(reader, table, table->cluster, table->place, "cluster");
  }
  for (uint32_t i = 0; i < table->projection_count; i++) {
    check_projection(reader, table, &table->projections[i]);
  }
  for (uint32_t i = 0; i < table->column_count; i++) {
    const ModelColumn *column = &table->columns[i];
    if (column->expression) {
      model_check_expression(reader, table, column->expression, column->place);
    }
  }
}

void model_check_tables(ModelReader *reader) {
  resolve_all(reader);
  for (uint32_t i = 0; i < reader->model->table_count; i++) {
    check_table(reader, &reader->model->tables[i]);
  }
}
