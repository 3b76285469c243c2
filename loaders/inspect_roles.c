// What each column is for: the rows' own time, a level, a sum or an average, a distinct count, the
// name of a key, the level above another.
//
// Types and counts decide as far as they can; where they cannot (is a whole number an amount or a
// code?), the words of the name do. A parent is one that the values prove: each value of the child
// has one of the parent on all rows, and so often that chance would have broken it.
#include "inspect_names.h"
#include "inspect_parts.h"
#include <math.h>

#define LEVEL_VALUES_MAX 20000 // different values; more are counted only
#define FEW_VALUES 31          // of whole numbers that are levels besides
#define FEW_ROWS 1000          // among which few values may be many
#define DISTINCT_MIN 100       // different texts that are worth counting
#define LONG_TEXT_BYTES 60     // on average: prose
#define PARENT_VALUES_MAX 5000
#define CHANCE_MAX 0.001 // of a parent that is none

static bool type_is_time(Type type) {
  return type.kind == TYPE_DATE || type.kind == TYPE_TIMESTAMP || type.kind == TYPE_TIMESTAMPTZ;
}

// --- Single columns ---

// Two values at least, or one and rows without it.
static bool has_groups(const InspectTable *table, const InspectColumn *column) {
  uint64_t count = column->values->count, missing = profile_missing(&column->profile, column->type);
  return count >= 2 || (count == 1 && missing && missing * 20 < table->rows * 19);
}

static void text_choose(const InspectTable *table, InspectColumn *column) {
  uint64_t count = column->values->count, rows = table->rows;
  if (inspect_name_is(column->name, INSPECT_NAME_PERSON)) return;
  uint64_t most = table->is_target ? rows - 1 : rows - rows / 4;
  bool repeats = has_groups(table, column) && count <= LEVEL_VALUES_MAX && count <= most;
  bool code = inspect_name_is(column->name, INSPECT_NAME_CODE);
  bool prose = column->profile.values &&
               column->profile.text_bytes / column->profile.values > LONG_TEXT_BYTES;
  column->level = repeats && !(prose && count > rows / 10);
  bool many = count > FEW_VALUES || rows < FEW_ROWS;
  bool named = inspect_name_is(column->name, INSPECT_NAME_NAME); // its code is counted
  column->distinct = !prose && !named && count < rows &&
                     (code ? count > 2 && many : count >= DISTINCT_MIN && count <= rows / 2);
}

static void number_choose(const InspectTable *table, InspectColumn *column) {
  const char *name = column->name;
  uint64_t count = column->values->count, rows = table->rows;
  bool whole = column->type.kind == TYPE_INT;
  bool amount = inspect_name_is(name, INSPECT_NAME_AMOUNT);
  bool rate = inspect_name_is(name, INSPECT_NAME_RATE);
  bool few = count >= 2 && count <= FEW_VALUES && count <= rows / 3;
  if (whole && inspect_name_is(name, INSPECT_NAME_TIME_PART)) {
    column->level = count >= 2 && count < rows;
    return;
  }
  const char *key = table->key >= 0 ? table->columns[table->key].name : "";
  bool own_key = *key && !amount && !rate && inspect_name_hints(name, key, key); // returned_line
  if (whole && (own_key || inspect_name_is(name, INSPECT_NAME_CODE))) {
    column->level = count >= 2 && count <= LEVEL_VALUES_MAX && count < rows;
    column->distinct = count > 2 && count < rows;
    return;
  }
  bool flag = whole && column->profile.flags == column->profile.values;
  bool money = inspect_name_is(name, INSPECT_NAME_MONEY);
  if (column->reading.marked)
    for (uint32_t s = 0; s < profile_sign_count; s++)
      rate |= (column->profile.signs >> s & 1) && profile_sign_is_percent(s);
  column->aggregate = rate && !money ? INSPECT_AVG : INSPECT_SUM;
  column->level = whole && few && (flag || !amount);
}

static void column_choose(const InspectTable *table, InspectColumn *column) {
  if (column->is_time || type_is_time(column->type)) return;
  if (column->link >= 0)
    column->distinct = column->values->count < table->rows;
  else if (column->type.kind == TYPE_STRING)
    text_choose(table, column);
  else if (column->type.kind == TYPE_BOOL)
    column->level = has_groups(table, column);
  else
    number_choose(table, column);
}

// --- Time ---

// The day something happened: rather not one of birth or of an end, rather one that all rows have.
static void table_choose_time(InspectTable *table) {
  double best = -1;
  for (uint32_t c = 0; c < table->column_count; c++) {
    const InspectColumn *column = &table->columns[c];
    if (!type_is_time(column->type) || column->link >= 0) continue;
    if (inspect_name_is(column->name, INSPECT_NAME_LIFE_DATE)) continue;
    uint64_t fields = profile_fields(&column->profile);
    double filled = fields ? (double)column->profile.values / (double)fields : 0;
    if (filled < 0.5 || filled <= best) continue;
    best = filled;
    table->time = (int32_t)c;
  }
  if (table->time < 0) return;
  InspectColumn *column = &table->columns[table->time];
  column->is_time = true;
  bool days = column->profile.unique && !column->profile.nulls && table->rows > 1;
  table->is_calendar = days && table->key >= 0 &&
                       (inspect_name_is(table->name, INSPECT_NAME_DATE) ||
                        inspect_name_is(table->columns[table->key].name, INSPECT_NAME_DATE));
}

const char *inspect_name_derived(const Inspect *in, const InspectTable *table, const char *name) {
  const char **used = ARENA_ARRAY(in->arena, const char *, table->column_count + 1);
  for (uint32_t c = 0; c < table->column_count; c++) used[c] = table->columns[c].name;
  return inspect_name(in->arena, name, used, table->column_count);
}

static void table_derive_time(const Inspect *in, InspectTable *table) {
  if (table->time < 0 || table->columns[table->time].type.kind == TYPE_DATE) return;
  table->date_name = inspect_name_derived(in, table, "date");
  table->hour_name = inspect_name_derived(in, table, "hour");
}

// --- Names of keys ---

static void table_choose_label(InspectTable *table) {
  if (table->key < 0) return;
  uint32_t best = 0;
  for (uint32_t c = 0; c < table->column_count; c++) {
    const InspectColumn *column = &table->columns[c];
    if (column->type.kind != TYPE_STRING || column->link >= 0 || (int32_t)c == table->key) continue;
    if (!inspect_name_is(column->name, INSPECT_NAME_NAME)) continue;
    if (column->profile.nulls * 10 > table->rows || column->values->count <= best) continue;
    if (column->profile.text_bytes > column->profile.values * LONG_TEXT_BYTES) continue;
    best = column->values->count;
    table->columns[table->key].label = (int32_t)c;
  }
}

// --- Parents ---

// Whether each value of the child has one value of the parent, on so many repeated rows that it is
// no chance. parents: room for a code of each of the child's values.
static bool column_determines(const InspectTable *table, const InspectColumn *child,
                              const InspectColumn *parent, uint32_t *parents) {
  memset(parents, 0xFF, child->values->count * sizeof *parents);
  uint64_t repeats = 0;
  uint64_t *counts = mem_alloc_zero((parent->values->count + 1) * sizeof *counts);
  bool determines = true;
  uint64_t rows = 0;
  for (uint64_t row = 0; row < table->rows && determines; row++) {
    uint32_t code = child->codes[row], above = parent->codes[row];
    if (code == PROFILE_NO_CODE) continue;
    if (above == PROFILE_NO_CODE) above = parent->values->count;
    rows++;
    counts[above]++;
    if (parents[code] == UINT32_MAX)
      parents[code] = above;
    else if (parents[code] == above)
      repeats++;
    else
      determines = false;
  }
  double alike = 0; // the chance that two rows have the same parent
  for (uint32_t p = 0; p <= parent->values->count && rows; p++)
    alike += ((double)counts[p] / (double)rows) * ((double)counts[p] / (double)rows);
  mem_free(counts);
  return determines && alike < 1 && (double)repeats * log(alike) < log(CHANCE_MAX);
}

static bool column_can_be_related(const InspectTable *table, const InspectColumn *column) {
  const Profile *p = &column->profile;
  bool kind = column->type.kind == TYPE_STRING ||
              (column->type.kind == TYPE_INT && !column->aggregate && !p->pluses);
  return column->level && kind && column->codes && column->code_count == table->rows &&
         column->link < 0 && !p->quoted_empty && !column->reading.misfits &&
         column->values->count <= PARENT_VALUES_MAX;
}

// The nearest of the columns that this one determines: the one with the most values.
static int32_t column_find_parent(const InspectTable *table, const InspectColumn *child,
                                  uint32_t *room) {
  int32_t best = -1;
  uint32_t most = 1;
  for (uint32_t p = 0; p < table->column_count; p++) {
    const InspectColumn *parent = &table->columns[p];
    if (parent == child || !column_can_be_related(table, parent)) continue;
    if (parent->values->count >= child->values->count || parent->values->count <= most) continue;
    if (!column_determines(table, child, parent, room)) continue;
    best = (int32_t)p;
    most = parent->values->count;
  }
  return best;
}

static uint32_t chain_length(const InspectTable *table, int32_t column) {
  uint32_t length = 0;
  for (; column >= 0; column = table->columns[column].parent) length++;
  return length;
}

// The key determines all: its parent is the foot of the longest chain, of single levels the one
// that is called a group, or the only one.
static void key_choose_parent(InspectTable *table) {
  uint32_t best = 0, most = 0, singles = 0;
  InspectColumn *key = &table->columns[table->key];
  for (uint32_t c = 0; c < table->column_count; c++) {
    InspectColumn *column = &table->columns[c];
    if ((int32_t)c == table->key || !column_can_be_related(table, column)) continue;
    if (column->is_parent || (int32_t)c == key->label) continue;
    uint32_t length = 2 * chain_length(table, (int32_t)c);
    singles += length == 2;
    if (length == 2 && inspect_name_is(column->name, INSPECT_NAME_GROUP)) length++;
    if (length < best || (length == best && column->values->count <= most)) continue;
    best = length;
    most = column->values->count;
    key->parent = (int32_t)c;
  }
  if (best == 2 && singles > 1) key->parent = -1; // any would do, so none is said
}

static void table_choose_parents(InspectTable *table) {
  uint32_t *room = mem_alloc((PARENT_VALUES_MAX + 1) * sizeof *room);
  for (uint32_t c = 0; c < table->column_count; c++) {
    InspectColumn *child = &table->columns[c];
    if ((int32_t)c == table->key || !column_can_be_related(table, child)) continue;
    child->parent = column_find_parent(table, child, room);
    if (child->parent >= 0) table->columns[child->parent].is_parent = true;
  }
  mem_free(room);
  if (table->key >= 0) key_choose_parent(table);
}

// --- Tables ---

static uint32_t table_count_links(const InspectTable *table) {
  uint32_t count = 0;
  for (uint32_t c = 0; c < table->column_count; c++) count += table->columns[c].link >= 0;
  return count;
}

static bool table_has_amount(const InspectTable *table) {
  for (uint32_t c = 0; c < table->column_count; c++)
    if (table->columns[c].aggregate == INSPECT_SUM && table->columns[c].link < 0) return true;
  return false;
}

// Events are tables whose links are as good as those of who links to them: a receipt's shop is that
// of its lines, a customer's home shop is not that of his purchases.
static bool table_is_event(const InspectTable *table) {
  return table->time >= 0 && !table->is_calendar &&
         inspect_name_is(table->name, INSPECT_NAME_EVENT);
}

static bool table_has_far_time(const Inspect *in, const InspectTable *table) {
  for (uint32_t c = 0; c < table->column_count; c++) {
    int32_t link = table->columns[c].link;
    if (link >= 0 && (in->tables[link].is_event || in->tables[link].is_calendar)) return true;
  }
  return false;
}

// Facts: what nobody links to, and of the others those with a day, of their own or of what they
// link to, and something to count by it.
static bool table_is_fact(const Inspect *in, const InspectTable *table) {
  bool amount = table_has_amount(table), own = table->time >= 0 && !table->is_calendar;
  return !table->is_target || (own && (table_count_links(table) || amount)) ||
         (amount && table_has_far_time(in, table));
}

void inspect_choose_roles(Inspect *in) {
  for (uint32_t t = 0; t < in->table_count; t++) {
    InspectTable *table = &in->tables[t];
    table_choose_time(table);
    table_derive_time(in, table);
    for (uint32_t c = 0; c < table->column_count; c++)
      if ((int32_t)c != table->key) column_choose(table, &table->columns[c]);
    table_choose_label(table);
    if (!table->sampled) table_choose_parents(table);
    table->is_event = table_is_event(table);
  }
  for (uint32_t t = 0; t < in->table_count; t++)
    in->tables[t].is_fact = table_is_fact(in, &in->tables[t]);
}
