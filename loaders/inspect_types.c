// Types, decimal points and orders of dates, keys and links: what the values of the columns allow.
#include "inspect_names.h"
#include "inspect_parts.h"

#define LINK_SHARE 0.9       // of the different values that must be keys
#define COMPACT_DATES_MIN 20 // different numbers that are all YYYYMMDD

// A misfit in a thousand is a slip among amounts and dates; among what identifies things it is one
// more of them.
static ProfileReading column_read(const InspectColumn *column, uint32_t dialect, DateOrder order) {
  bool exact = inspect_name_is(column->name, INSPECT_NAME_CODE);
  return profile_read(&column->profile, dialect, order, exact);
}

// 20251231 all the way down, which no numbers do by chance, or in a few rows called a date.
static bool column_is_compact_date(const InspectTable *table, const InspectColumn *column) {
  const Profile *p = &column->profile;
  if (table->format.date_order != DATE_YMD || !p->values || p->compact != p->values) return false;
  return inspect_name_is(column->name, INSPECT_NAME_DATE) ||
         dictionary_builder_count(p->distinct) >= COMPACT_DATES_MIN;
}

static bool table_proves_point(const InspectTable *table, char point) {
  bool proof = false;
  for (uint32_t c = 0; c < table->column_count; c++)
    proof |= profile_proves_point(&table->columns[c].profile, point);
  return proof;
}

// Seconds, milliseconds or microseconds since 1970: numbers of one length that is that of our
// time's, by a name that speaks of it.
static void column_choose_unix(InspectColumn *column) {
  const Profile *p = &column->profile;
  bool alike = p->ints == p->values && p->least_digits == p->whole_digits && !p->minuses;
  if (!alike || !inspect_name_is(column->name, INSPECT_NAME_MOMENT)) return;
  if (p->whole_digits == 10) column->unix_ticks = 1;
  if (p->whole_digits == 13) column->unix_ticks = 1000;
  if (p->whole_digits == 16) column->unix_ticks = 1000000;
  if (column->unix_ticks) column->reading.type = TYPE_OF_TIMESTAMPTZ;
}

// A mark between thousands needs a value that it alone explains: 1,234,567 or 1,234.50.
static bool table_proves_thousands(const InspectTable *table, char thousands) {
  bool proof = false;
  for (uint32_t d = 0; d < PROFILE_DIALECTS; d++)
    for (uint32_t c = 0; c < table->column_count && profile_dialects[d].thousands == thousands; c++)
      proof |= (table->columns[c].profile.proofs >> d & 1) != 0;
  return proof;
}

// The way to write numbers and the date order under which most columns have a type of their own. A
// decimal comma needs a proof: 1,234 alone may as well be a thousand.
static void table_choose_format(InspectTable *table) {
  static const DateOrder orders[] = {DATE_YMD, DATE_DMY, DATE_MDY};
  uint32_t best = 0, best_open = 0;
  bool chosen = false, comma = table_proves_point(table, ',');
  for (uint32_t d = 0; d < PROFILE_DIALECTS; d++) {
    const ProfileDialect *dialect = &profile_dialects[d];
    if (dialect->point == ',' && !comma) continue;
    if (dialect->thousands && !table_proves_thousands(table, dialect->thousands)) continue;
    for (int o = 0; o < 3; o++) {
      uint32_t typed = 0, open = 0;
      for (uint32_t c = 0; c < table->column_count; c++) {
        typed += column_read(&table->columns[c], d, orders[o]).type.kind != TYPE_STRING;
        open += profile_order_open(&table->columns[c].profile);
      }
      if (chosen && typed <= best) continue;
      best = typed;
      best_open = open;
      chosen = true;
      table->dialect = d;
      table->format.decimal_point = dialect->point;
      table->format.thousands = dialect->thousands;
      table->format.date_order = orders[o];
    }
  }
  table->order_open = table->format.date_order != DATE_YMD && best_open > 0;
}

static bool type_is_time(Type type) {
  return type.kind == TYPE_DATE || type.kind == TYPE_TIMESTAMP || type.kind == TYPE_TIMESTAMPTZ;
}

void inspect_choose_types(Inspect *in, InspectTable *table) {
  (void)in;
  table_choose_format(table);
  uint32_t dates = 0, open = 0;
  for (uint32_t c = 0; c < table->column_count; c++) {
    InspectColumn *column = &table->columns[c];
    column->reading = column_read(column, table->dialect, table->format.date_order);
    if (column->reading.type.kind == TYPE_INT && column_is_compact_date(table, column))
      column->reading.type = TYPE_OF_DATE;
    if (column->reading.type.kind == TYPE_INT) column_choose_unix(column);
    column->type = column->reading.type;
    dates += type_is_time(column->type);
    open += profile_order_open(&column->profile);
  }
  table->order_open &= dates == open;
}

// The names themselves have the types of their columns, where these have any.
bool inspect_header_is_data(const InspectTable *table) {
  bool any = false;
  for (uint32_t c = 0; c < table->column_count; c++) {
    const InspectColumn *column = &table->columns[c];
    if (column->unnamed || column->type.kind == TYPE_STRING || column->type.kind == TYPE_BOOL)
      continue;
    Profile name;
    profile_init(&name);
    profile_add(&name, str_from(column->field), false, (ProfilePlace){0});
    Type type = profile_read(&name, table->dialect, table->format.date_order, true).type;
    profile_clear(&name);
    bool numbers = type_is_numeric(type) && type_is_numeric(column->type);
    if (!numbers && type.kind != column->type.kind) return false;
    any = true;
  }
  return any;
}

static bool column_can_be_key(const InspectTable *table, const InspectColumn *column) {
  const Profile *p = &column->profile;
  return p->unique && !profile_missing(p, column->type) && p->values > 1 && table->rows > 1 &&
         (column->type.kind == TYPE_INT || column->type.kind == TYPE_STRING);
}

// The first unique column, rather one whose name says so.
void inspect_choose_key(InspectTable *table) {
  int best_score = -1;
  for (uint32_t c = 0; c < table->column_count; c++) {
    const InspectColumn *column = &table->columns[c];
    if (!column_can_be_key(table, column)) continue;
    size_t n = strlen(column->name);
    bool id = (n >= 2 && !strcmp(column->name + n - 2, "id")) ||
              (n >= 3 && !strcmp(column->name + n - 3, "key"));
    if (inspect_name_is(column->name, INSPECT_NAME_TIME_PART)) continue;
    int score = 2 * id + (c == 0) + 2 * inspect_name_hints(column->name, table->name, table->name);
    if (score <= best_score || (score == 0 && c > 0)) continue;
    best_score = score;
    table->key = (int32_t)c;
  }
}

// Words for "no value" among numbers are no keys.
static double share_contained(const Dictionary *values, const Dictionary *keys, bool numbers) {
  uint32_t found = 0, count = 0;
  for (uint32_t code = 0; code < values->count; code++) {
    Str value = dictionary_get(values, code);
    if (numbers && profile_find_word(value) >= 0) continue;
    count++;
    found += dictionary_find(keys, value) != DICTIONARY_NONE;
  }
  return count ? (double)found / count : 0;
}

static uint32_t key_count_of(const Inspect *in, int32_t table) {
  return in->tables[table].columns[in->tables[table].key].values->count;
}

// Two tables of the same things (stores, and stores of last year): what identifies them has one
// name.
static bool tables_are_alike(const InspectTable *a, const InspectTable *b) {
  return a->key >= 0 && b->key >= 0 && !strcmp(a->columns[a->key].name, b->columns[b->key].name);
}

static void column_choose_link(Inspect *in, uint32_t t, InspectColumn *column) {
  for (uint32_t k = 0; k < in->table_count; k++) {
    const InspectTable *target = &in->tables[k];
    if (k == t || target->key < 0 || !column->values->count) continue;
    const InspectColumn *key = &target->columns[target->key];
    if (tables_are_alike(&in->tables[t], target)) continue;
    if (key->type.kind != column->type.kind) continue;
    bool hinted = inspect_name_hints(column->name, target->name, key->name) &&
                  !inspect_name_is(column->name, INSPECT_NAME_TIME_PART);
    bool numbers = column->type.kind == TYPE_INT;
    double share = share_contained(column->values, key->values, numbers);
    bool good = hinted ? share >= LINK_SHARE : !numbers && share >= 1 && column->values->count >= 3;
    // Of equals the larger set of keys is the master's.
    bool larger = column->link >= 0 && share >= column->link_share &&
                  key->values->count > key_count_of(in, column->link);
    if (!good || (share <= column->link_share && !larger)) continue;
    column->link = (int32_t)k;
    column->link_share = share;
  }
}

// Two keys that contain each other: the table that came first is not made a child of the later one.
void inspect_choose_links(Inspect *in) {
  for (uint32_t t = 0; t < in->table_count; t++)
    for (uint32_t c = 0; c < in->tables[t].column_count; c++) {
      InspectColumn *column = &in->tables[t].columns[c];
      column->values = dictionary_builder_finish(column->profile.distinct, false, NULL);
      column->profile.distinct = NULL;
    }
  for (uint32_t t = 0; t < in->table_count; t++)
    for (uint32_t c = 0; c < in->tables[t].column_count; c++) {
      InspectColumn *column = &in->tables[t].columns[c];
      if ((int32_t)c == in->tables[t].key) continue; // keys are read, not looked up
      if (column->type.kind == TYPE_INT || column->type.kind == TYPE_STRING)
        column_choose_link(in, t, column);
      if (column->link >= 0) in->tables[column->link].is_target = true;
    }
}
