// Dimensions and cubes from what the columns are for.
//
// A cube's paths are found breadth first: the fact's own columns, then the tables it links to,
// then, through events (lines > receipts), what those link to. What other tables link to (a store's
// region) becomes levels of the dimension instead. A dimension is one across all cubes that reach
// its table, so that a filter on it cuts them all; a second way to the same table is a dimension of
// its own, called by the link.
#include "inspect_names.h"
#include "inspect_parts.h"

#define LEVELS_MAX 60
#define DEPTH_MAX 3 // links from a dimension's table to others whose columns are its levels
#define PATHS_MAX 120

typedef struct Making {
  Inspect *in;
  InspectCubes *out;
  const char **names; // of dimensions
  uint32_t capacity;
} Making;

static const char *making_name(Making *m, const char *name) {
  return inspect_name(m->in->arena, name, m->names, m->out->dimension_count);
}

static uint32_t dimension_add(Making *m, const InspectDimension *dimension) {
  InspectCubes *out = m->out;
  if (out->dimension_count == m->capacity) {
    uint32_t capacity = m->capacity ? m->capacity * 2 : 64;
    InspectDimension *more = ARENA_ARRAY(m->in->arena, InspectDimension, capacity);
    const char **names = ARENA_ARRAY(m->in->arena, const char *, capacity);
    if (m->capacity) {
      memcpy(more, out->dimensions, m->capacity * sizeof *more);
      memcpy(names, m->names, m->capacity * sizeof *names);
    }
    out->dimensions = more;
    m->names = names;
    m->capacity = capacity;
  }
  out->dimensions[out->dimension_count] = *dimension;
  m->names[out->dimension_count] = dimension->name;
  return out->dimension_count++;
}

// The dimension of time or of plain values that columns of this name share.
static uint32_t plain_dimension(Making *m, const char *column, const char *title, bool time,
                                TypeKind type) {
  for (uint32_t d = 0; d < m->out->dimension_count; d++) {
    const InspectDimension *dimension = &m->out->dimensions[d];
    bool kind = dimension->kind == (time ? INSPECT_TIME : INSPECT_PLAIN);
    if (kind && (time || dimension->type == type) && !strcmp(dimension->column, column)) return d;
  }
  return dimension_add(m, &(InspectDimension){.name = making_name(m, column),
                                              .title = title,
                                              .kind = time ? INSPECT_TIME : INSPECT_PLAIN,
                                              .table = -1,
                                              .column = column,
                                              .type = type});
}

// --- Levels of a table's dimension ---

static const char *path_join(const Inspect *in, const char *path, const char *step) {
  return *path ? arena_printf(in->arena, "%s.%s", path, step) : step;
}

static int32_t level_add(const Inspect *in, InspectDimension *dimension, const char *path,
                         const InspectColumn *column, const char *label) {
  const char *names[LEVELS_MAX + 1];
  for (uint32_t l = 0; l < dimension->level_count; l++) names[l] = dimension->levels[l].name;
  dimension->levels[dimension->level_count] =
      (InspectLevel){.name = inspect_name(in->arena, column->name, names, dimension->level_count),
                     .path = path_join(in, path, column->name),
                     .label = label,
                     .title = column->field,
                     .parent = -1};
  return (int32_t)dimension->level_count++;
}

static uint32_t levels_above(const InspectDimension *dimension, int32_t level) {
  uint32_t count = 0;
  for (; level >= 0; level = dimension->levels[level].parent) count++;
  return count;
}

// Adds the levels of a table and of those that it links to; returns its key's, or -1.
static int32_t levels_add(const Inspect *in, InspectDimension *dimension, uint32_t t,
                          const char *path, uint32_t depth) {
  const InspectTable *table = &in->tables[t];
  int32_t *levels = ARENA_ARRAY(in->arena, int32_t, table->column_count);
  int32_t key = -1, above = -1;
  const InspectColumn *key_column = table->key >= 0 ? &table->columns[table->key] : NULL;
  int32_t label = key_column ? key_column->label : -1;
  for (uint32_t c = 0; c < table->column_count; c++) {
    const InspectColumn *column = &table->columns[c];
    levels[c] = -1;
    if (dimension->level_count >= LEVELS_MAX || column->link >= 0) continue;
    if ((int32_t)c == table->key)
      levels[c] = key =
          level_add(in, dimension, path, column, label >= 0 ? table->columns[label].name : NULL);
    else if (column->level && (int32_t)c != label)
      levels[c] = level_add(in, dimension, path, column, NULL);
  }
  for (uint32_t c = 0; c < table->column_count; c++) {
    int32_t parent = table->columns[c].parent;
    if (levels[c] >= 0 && parent >= 0) dimension->levels[levels[c]].parent = levels[parent];
  }
  for (uint32_t c = 0; c < table->column_count && depth < DEPTH_MAX && !table->is_event; c++) {
    int32_t link = table->columns[c].link;
    if (link < 0 || link == dimension->table || in->tables[link].is_event) continue;
    if (in->tables[link].is_calendar) continue;
    const char *further = path_join(in, path, table->columns[c].name);
    int32_t found = levels_add(in, dimension, (uint32_t)link, further, depth + 1);
    if (above < 0) above = found;
  }
  if (key >= 0 && above >= 0 &&
      levels_above(dimension, above) >= levels_above(dimension, dimension->levels[key].parent))
    dimension->levels[key].parent = above;
  return key;
}

// The dimension of a table; role: the column that leads there besides another one, or NULL.
static uint32_t table_dimension(Making *m, uint32_t t, const char *role) {
  for (uint32_t d = 0; d < m->out->dimension_count; d++) {
    const InspectDimension *dimension = &m->out->dimensions[d];
    if (dimension->kind != INSPECT_TABLE || dimension->table != (int32_t)t) continue;
    if (dimension->column) continue; // of the table's own hierarchy
    if (role ? dimension->role && !strcmp(dimension->role, role) : !dimension->role) return d;
  }
  const InspectTable *table = &m->in->tables[t];
  InspectDimension dimension = {.name = making_name(m, role ? role : table->name),
                                .title = role ? role : table->file_name,
                                .kind = INSPECT_TABLE,
                                .table = (int32_t)t,
                                .role = role};
  dimension.levels = ARENA_ARRAY(m->in->arena, InspectLevel, LEVELS_MAX + 1);
  levels_add(m->in, &dimension, t, "", 0);
  return dimension_add(m, &dimension);
}

// A hierarchy among the fact's own columns: a dimension whose members are the rows.
static uint32_t chain_dimension(Making *m, uint32_t t, uint32_t foot, bool *used) {
  const InspectTable *table = &m->in->tables[t];
  const InspectColumn *column = &table->columns[foot];
  InspectDimension dimension = {.name = making_name(m, column->name),
                                .title = column->field,
                                .kind = INSPECT_TABLE,
                                .table = (int32_t)t,
                                .column = column->name};
  dimension.levels = ARENA_ARRAY(m->in->arena, InspectLevel, LEVELS_MAX + 1);
  int32_t below = -1;
  for (int32_t c = (int32_t)foot; c >= 0 && !used[c]; c = table->columns[c].parent) {
    int32_t level = level_add(m->in, &dimension, "", &table->columns[c], NULL);
    if (below >= 0) dimension.levels[below].parent = level;
    below = level;
    used[c] = true;
  }
  return dimension_add(m, &dimension);
}

// --- A cube's paths ---

static void path_add(InspectCube *cube, uint32_t dimension, const char *path) {
  if (cube->path_count < PATHS_MAX)
    cube->paths[cube->path_count++] = (InspectPath){dimension, path};
}

static bool cube_has(const InspectCube *cube, uint32_t dimension) {
  for (uint32_t p = 0; p < cube->path_count; p++)
    if (cube->paths[p].dimension == dimension) return true;
  return false;
}

// The day, and the hour of a time stamp.
static void cube_add_time(Making *m, InspectCube *cube, const InspectTable *table,
                          const char *path) {
  const char *day = table->date_name ? table->date_name : table->columns[table->time].name;
  cube->time = (int32_t)plain_dimension(m, "date", NULL, true, TYPE_DATE);
  path_add(cube, (uint32_t)cube->time, path_join(m->in, path, day));
  if (table->hour_name)
    path_add(cube, plain_dimension(m, "hour", NULL, false, TYPE_INT),
             path_join(m->in, path, table->hour_name));
}

// The time of a table that the fact links to. At one hop its day is copied into the fact: then the
// days of the data are those of the fact's rows, not all that a calendar has.
static void cube_add_far_time(Making *m, InspectCube *cube, const InspectTable *from,
                              const char *path) {
  InspectTable *table = &m->in->tables[cube->table];
  const char *day = from->date_name ? from->date_name : from->columns[from->time].name;
  cube_add_time(m, cube, from, path);
  if (strchr(path, '.')) return;
  table->date_through = arena_printf(m->in->arena, "%s.%s", path, day);
  table->date_name = inspect_name_derived(m->in, table, "date");
  for (uint32_t p = 0; p < cube->path_count; p++)
    if (cube->paths[p].dimension == (uint32_t)cube->time) cube->paths[p].path = table->date_name;
}

static void cube_add_own(Making *m, InspectCube *cube, const InspectTable *table) {
  bool *used = ARENA_ARRAY(m->in->arena, bool, table->column_count);
  if (table->is_target) path_add(cube, table_dimension(m, cube->table, NULL), "");
  for (uint32_t c = 0; c < table->column_count && !table->is_target; c++) {
    const InspectColumn *column = &table->columns[c];
    if (!column->level || column->link >= 0 || column->is_parent || column->parent < 0) continue;
    if (used[column->parent]) continue; // of the hierarchy that came first
    path_add(cube, chain_dimension(m, cube->table, c, used), "");
  }
  for (uint32_t c = 0; c < table->column_count; c++) {
    const InspectColumn *column = &table->columns[c];
    TypeKind kind = column->type.kind;
    bool time = (kind == TYPE_DATE || kind == TYPE_TIMESTAMP) && (int32_t)c != table->time;
    bool plain = column->level && !used[c] && !table->is_target;
    if (column->link >= 0 || (!time && !plain)) continue;
    uint32_t dimension = plain_dimension(m, column->name, column->field, time, kind);
    if (!cube_has(cube, dimension)) path_add(cube, dimension, column->name);
  }
}

typedef struct Step { // a table on the way, and the links that lead there
  uint32_t table;
  const char *path;
} Step;

static void cube_add_links(Making *m, InspectCube *cube) {
  const Inspect *in = m->in;
  uint32_t room = in->table_count + 1, count = 1;
  Step *steps = ARENA_ARRAY(in->arena, Step, room);
  bool *seen = ARENA_ARRAY(in->arena, bool, room);
  steps[0] = (Step){cube->table, ""};
  seen[cube->table] = true;
  for (uint32_t s = 0; s < count; s++) {
    const InspectTable *table = &in->tables[steps[s].table];
    if (s && !table->is_event) continue;
    for (uint32_t c = 0; c < table->column_count; c++) {
      int32_t link = table->columns[c].link;
      if (link < 0 || (seen[link] && s)) continue;
      const char *path = path_join(in, steps[s].path, table->columns[c].name);
      path_add(cube, table_dimension(m, (uint32_t)link, seen[link] ? table->columns[c].name : NULL),
               path);
      if (seen[link]) continue;
      seen[link] = true;
      steps[count++] = (Step){(uint32_t)link, path};
    }
  }
  for (uint32_t s = 1; s < count && cube->time < 0; s++) {
    const InspectTable *table = &in->tables[steps[s].table];
    if (table->time >= 0 && (table->is_event || table->is_calendar))
      cube_add_far_time(m, cube, table, steps[s].path);
  }
}

static bool table_has_amount(const InspectTable *table) {
  for (uint32_t c = 0; c < table->column_count; c++)
    if (table->columns[c].aggregate == INSPECT_SUM) return true;
  return false;
}

static uint64_t cube_weight(const Inspect *in, const InspectCube *cube) {
  const InspectTable *table = &in->tables[cube->table];
  uint64_t weight = (cube->time >= 0 ? 2 : 0) + (table_has_amount(table) ? 1 : 0);
  return weight << 60 | (table->rows < UINT64_C(1) << 60 ? table->rows : 0);
}

// The cube that a page opens with comes first: one with days and amounts, the largest of these.
static void cubes_sort(const Inspect *in, InspectCubes *out) {
  for (uint32_t c = 1; c < out->cube_count; c++) {
    InspectCube cube = out->cubes[c];
    uint32_t at = c;
    for (; at && cube_weight(in, &out->cubes[at - 1]) < cube_weight(in, &cube); at--)
      out->cubes[at] = out->cubes[at - 1];
    out->cubes[at] = cube;
  }
}

void inspect_make_cubes(Inspect *in, InspectCubes *out) {
  *out = (InspectCubes){0};
  out->cubes = ARENA_ARRAY(in->arena, InspectCube, in->table_count + 1);
  Making m = {.in = in, .out = out};
  for (uint32_t t = 0; t < in->table_count; t++) {
    const InspectTable *table = &in->tables[t];
    if (!table->is_fact || !table->column_count) continue;
    InspectCube *cube = &out->cubes[out->cube_count++];
    *cube = (InspectCube){.table = t, .time = -1};
    cube->paths = ARENA_ARRAY(in->arena, InspectPath, PATHS_MAX);
    if (table->time >= 0) cube_add_time(&m, cube, table, "");
    cube_add_own(&m, cube, table);
    cube_add_links(&m, cube);
  }
  cubes_sort(in, out);
}
