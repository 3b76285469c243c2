// The model as YAML, with a remark at each guess: what was seen, and an example of what did not
// fit.
#include "inspect_names.h"
#include "inspect_parts.h"

#define DOUBLE_DIGITS 15 // decimal digits that a double always keeps
#define REJECT_SHARE 10  // more bad rows than one in so many: the file is read wrongly
#define MEASURES_MAX 100
#define SAMPLE_REJECT_SHARE 1000 // of rows that nobody has seen yet

static void put_quoted(Buffer *out, const char *text) {
  static const char named[] = "\tt\nn\rr\"\"\\\\";
  buffer_append_char(out, '"');
  for (; *text; text++) {
    const char *name = named;
    while (*name && *name != *text) name += 2;
    if (*name)
      buffer_printf(out, "\\%c", name[1]);
    else if ((unsigned char)*text < ' ' || *text == 0x7F)
      buffer_printf(out, "\\x%02x", (unsigned)*text);
    else
      buffer_append_char(out, *text);
  }
  buffer_append_char(out, '"');
}

// What the header calls it, on one line.
static void put_title(Buffer *out, const char *title) {
  char *line = mem_strdup(title), *to = line;
  for (const char *from = title; *from; from++) {
    bool blank = (unsigned char)*from <= ' ';
    if (blank && (to == line || to[-1] == ' ')) continue;
    *to++ = blank ? ' ' : *from;
  }
  while (to > line && to[-1] == ' ') to--;
  *to = 0;
  put_quoted(out, line);
  mem_free(line);
}

// A pattern that is met by this file alone.
static const char *pattern_of(const Inspect *in, const char *file) {
  char *pattern = arena_alloc(in->arena, strlen(file) * 2 + 1), *to = pattern;
  for (; *file; file++) {
    if (strchr("*?[\\", *file)) *to++ = '\\';
    *to++ = *file;
  }
  return pattern;
}

static void put_files(Buffer *out, const Inspect *in, const InspectTable *table) {
  buffer_append_text(out, "    files: [");
  for (uint32_t f = 0; f < table->path_count; f++) {
    if (f) buffer_append_text(out, ", ");
    put_quoted(out, pattern_of(in, table->paths[f] + in->folder_size));
  }
  buffer_append_text(out, "]\n");
}

static void put_list(Buffer *out, const char *key, const char *const *texts, uint32_t count,
                     uint64_t chosen) {
  bool any = false;
  for (uint32_t t = 0; t < count; t++) {
    if (!(chosen >> t & 1)) continue;
    if (any)
      buffer_append_text(out, ", ");
    else
      buffer_printf(out, "%s: [", key);
    put_quoted(out, texts[t]);
    any = true;
  }
  if (any) buffer_append_char(out, ']');
}

static uint32_t table_signs(const InspectTable *table) {
  uint32_t signs = 0;
  for (uint32_t c = 0; c < table->column_count; c++)
    if (table->columns[c].reading.marked) signs |= table->columns[c].profile.signs;
  return signs;
}

// How the files are written, where it is not as usual.
static void put_source(Buffer *out, const Inspect *in, const InspectTable *table) {
  const ModelSource *format = &table->format;
  static const char *const encodings[] = {NULL, "cp1251", "cp1252", NULL};
  const char *encoding =
      format->encoding_name ? format->encoding_name : encodings[format->encoding];
  Buffer parts;
  buffer_init(&parts);
  if (format->format == MODEL_FORMAT_JSONL) buffer_append_text(&parts, ", format: json");
  if (format->decimal_point == ',') buffer_append_text(&parts, ", decimal: \",\"");
  if (format->thousands == ' ')
    buffer_append_text(&parts, ", thousands: space");
  else if (format->thousands)
    buffer_printf(&parts, ", thousands: \"%c\"", format->thousands);
  if (table_signs(table)) buffer_append_text(&parts, ", ");
  put_list(&parts, "signs", profile_signs, profile_sign_count, table_signs(table));
  if (encoding) buffer_printf(&parts, ", encoding: %s", encoding);
  if (format->date_order == DATE_DMY) buffer_append_text(&parts, ", dates: dmy");
  if (format->date_order == DATE_MDY) buffer_append_text(&parts, ", dates: mdy");
  if (table->ragged_rows) buffer_append_text(&parts, ", ragged: true");
  if (table->skipped) buffer_append_text(&parts, ", ");
  put_list(&parts, "skip", format->skip, format->skip_count, table->skip_tokens);
  if (parts.size) {
    buffer_printf(out, "    source: {%s}", parts.data + 2);
    const char *remarks[3];
    uint32_t count = 0;
    if (encoding) remarks[count++] = "not UTF-8: the encoding is a guess";
    if (table->ragged_rows)
      remarks[count++] = arena_printf(in->arena, "%llu rows have fewer or more fields",
                                      (unsigned long long)table->ragged_rows);
    if (table->skipped)
      remarks[count++] = arena_printf(in->arena, "%llu lines of sums or of nothing are left out",
                                      (unsigned long long)table->skipped);
    for (uint32_t i = 0; i < count; i++) buffer_printf(out, "%s %s", i ? ";" : "  #", remarks[i]);
    buffer_append_char(out, '\n');
  }
  buffer_clear(&parts);
}

// Words for "no value" in columns of numbers and dates; \N everywhere.
static void put_nulls(Buffer *out, const InspectColumn *column) {
  bool any = false;
  for (uint32_t w = 0; w < PROFILE_WORDS; w++) {
    if (!column->profile.words[w] || (w && column->type.kind == TYPE_STRING)) continue;
    buffer_append_text(out, any ? ", " : ", nulls: [");
    put_quoted(out, profile_word(w));
    any = true;
  }
  if (any) buffer_append_char(out, ']');
}

// What a text column may be besides: kept as texts, nothing is lost.
static void put_text_remark(Buffer *out, const InspectColumn *column) {
  const Profile *p = &column->profile;
  bool any = false;
  for (uint32_t w = 1; w < PROFILE_WORDS; w++) {
    if (!p->words[w]) continue;
    buffer_printf(out, "%s %s", any ? "," : "", profile_word(w));
    any = true;
  }
  if (any) buffer_append_text(out, " among them as texts: \"nulls\" would make that no value;");
  uint64_t grouped = p->grouped[0] + p->grouped[1];
  if (grouped && p->ints + grouped == p->values)
    buffer_append_text(out, " may be numbers with marks between thousands, kept as texts;");
}

// "99.95 % are dates; line 4004: '32.13.2025' is a bad row".
static void put_misfit_remark(Buffer *out, const InspectTable *table, const InspectColumn *column) {
  const ProfileReading *reading = &column->reading;
  if (!reading->misfits) return;
  const char *kind = column->type.kind == TYPE_DATE ? "dates"
                     : column->type.kind == TYPE_TIMESTAMP || column->type.kind == TYPE_TIMESTAMPTZ
                         ? "time stamps"
                         : "numbers";
  uint64_t n = column->profile.values;
  buffer_printf(out, " %.2f %% are %s;", 100.0 * (double)(n - reading->misfits) / (double)n, kind);
  if (!reading->misfit) return;
  buffer_printf(out, " line %llu", (unsigned long long)reading->misfit->line);
  if (table->path_count > 1)
    buffer_printf(out, " of %s", inspect_base_name(table->paths[reading->misfit->file]));
  buffer_append_text(out, ": ");
  put_quoted(out, reading->misfit->example);
  buffer_append_text(out, " is none, a bad row;");
}

static void put_guess_remark(Buffer *out, const InspectTable *table, const InspectColumn *column) {
  const Profile *p = &column->profile;
  TypeKind kind = column->type.kind;
  bool comma = table->format.decimal_point == ',';
  if (column->unnamed) buffer_append_text(out, " the header has no name for it;");
  if (kind == TYPE_STRING) put_text_remark(out, column);
  put_misfit_remark(out, table, column);
  if (column->reading.marked) {
    buffer_append_text(out, " numbers with marks, as ");
    put_quoted(out, column->reading.marked->example);
    buffer_append_char(out, ';');
  }
  if (kind == TYPE_INT && p->whole_exponents)
    buffer_append_text(out, " some are written with an exponent, as 1e+05;");
  if (column->reading.round) buffer_printf(out, " few have more digits, which are rounded away;");
  if (kind == TYPE_DECIMAL && p->fractions[comma] && p->fractions[comma] == p->grouped[comma] &&
      !column->reading.marked)
    buffer_printf(out, " a decimal %s, or one between thousands?;", comma ? "comma" : "point");
  if (kind == TYPE_DOUBLE && p->whole_digits + p->scale > DOUBLE_DIGITS)
    buffer_printf(out, " some have more than the %d digits that a double keeps;", DOUBLE_DIGITS);
  bool date = kind == TYPE_DATE || kind == TYPE_TIMESTAMP || kind == TYPE_TIMESTAMPTZ;
  if (date && table->order_open)
    buffer_append_text(out, " day and month may be the other way round: all dates allow both;");
}

static void put_column_remark(Buffer *out, const Inspect *in, const InspectTable *table,
                              const InspectColumn *column) {
  const Profile *p = &column->profile;
  uint64_t missing = profile_missing(p, column->type);
  buffer_append_text(out, "  #");
  if (column == &table->columns[table->key >= 0 ? table->key : 0] && table->key >= 0)
    buffer_append_text(out, " unique;");
  if (missing)
    buffer_printf(out, " %.1f %% empty;", 100.0 * (double)missing / (double)profile_fields(p));
  if (column->link >= 0)
    buffer_printf(out, " %.1f %% of its values are keys of %s;", 100 * column->link_share,
                  in->tables[column->link].name);
  put_guess_remark(out, table, column);
  buffer_printf(out, " %u%s different\n", column->values->count,
                !p->unique && column->values->count >= p->distinct_limit ? " or more" : "");
}

static void put_column(Buffer *out, const Inspect *in, const InspectTable *table,
                       const InspectColumn *column) {
  char type[TYPE_NAME_BYTES];
  type_format(column->type, type);
  if (column->type.kind == TYPE_INT) strcpy(type, "int");
  if (column->type.kind == TYPE_STRING) strcpy(type, "string");
  if (column->type.kind == TYPE_BOOL) strcpy(type, "bool");
  if (column->type.kind == TYPE_DOUBLE) strcpy(type, "double");
  bool renamed = strcmp(column->name, column->field) != 0;
  buffer_printf(out, "      %s: {", column->name);
  if (column->link >= 0)
    buffer_printf(out, "link: %s", in->tables[column->link].name);
  else
    buffer_printf(out, "type: \"%s\"", type);
  if (renamed) {
    buffer_append_text(out, ", field: ");
    put_quoted(out, column->field);
    if (!column->unnamed) {
      buffer_append_text(out, ", title: ");
      put_title(out, column->field);
    }
  }
  if (column->reading.round) buffer_append_text(out, ", round: true");
  if (column->unix_ticks)
    buffer_printf(out, ", unix: %s",
                  column->unix_ticks == 1      ? "seconds"
                  : column->unix_ticks == 1000 ? "milliseconds"
                                               : "microseconds");
  put_nulls(out, column);
  buffer_append_char(out, '}');
  put_column_remark(out, in, table, column);
}

// How many bad rows a load may have: those that were seen; of a sample in proportion.
static uint64_t table_reject_limit(const InspectTable *table) {
  uint64_t bad = table->bad_rows;
  for (uint32_t c = 0; c < table->column_count; c++) bad += table->columns[c].reading.misfits;
  if (bad * REJECT_SHARE > table->rows + table->bad_rows) return 0;
  if (table->sampled && bad < table->rows / SAMPLE_REJECT_SHARE)
    bad = table->rows / SAMPLE_REJECT_SHARE;
  return bad;
}

static void put_rejects(Buffer *out, const InspectTable *table) {
  uint64_t limit = table_reject_limit(table);
  if (!limit) return;
  buffer_printf(out, "    rejects: {limit: %llu}  # %s\n", (unsigned long long)limit,
                table->sampled ? "in proportion to what was seen"
                               : "as many as there are now: look at them");
}

// The day and the hour that are made from the rows' time stamp, or the day of what they link to.
static void put_derived(Buffer *out, const InspectTable *table) {
  if (!table->date_name) return;
  if (table->date_through) {
    buffer_printf(out, "      %s: {through: %s}\n", table->date_name, table->date_through);
    return;
  }
  const char *moment = table->columns[table->time].name;
  buffer_printf(out, "      %s: {date_of: %s}\n", table->date_name, moment);
  buffer_printf(out, "      %s: {hour_of: %s}\n", table->hour_name, moment);
}

static void put_table(Buffer *out, const Inspect *in, const InspectTable *table) {
  buffer_printf(out, "\n  # %llu rows%s%s", (unsigned long long)table->rows,
                table->sampled ? " read; types are those of the first 64 MiB" : "",
                table->bad_rows ? "" : "\n");
  if (table->bad_rows)
    buffer_printf(out, "; a load refuses %llu of them, see rejects: %s\n",
                  (unsigned long long)table->bad_rows, table->first_fault);
  if (inspect_header_is_data(table))
    buffer_printf(out,
                  "  # The first line of %s looks like a row: if it has no names, say "
                  "source: {header: false} and name the columns.\n",
                  inspect_base_name(table->paths[0]));
  buffer_printf(out, "  %s:\n", table->name);
  if (strcmp(table->name, table->file_name)) {
    buffer_append_text(out, "    title: ");
    put_title(out, table->file_name);
    buffer_append_char(out, '\n');
  }
  put_files(out, in, table);
  put_source(out, in, table);
  put_rejects(out, table);
  if (table->key >= 0) buffer_printf(out, "    key: %s\n", table->columns[table->key].name);
  buffer_append_text(out, "    columns:\n");
  for (uint32_t c = 0; c < table->column_count; c++) put_column(out, in, table, &table->columns[c]);
  put_derived(out, table);
}

// --- Dimensions ---

static void put_levels(Buffer *out, const InspectDimension *dimension) {
  for (uint32_t l = 0; l < dimension->level_count; l++) {
    const InspectLevel *level = &dimension->levels[l];
    const char *parts[4];
    uint32_t count = 0;
    buffer_printf(out, "      %s: {", level->name);
    if (strcmp(level->path, level->name)) parts[count++] = "column";
    if (level->label) parts[count++] = "label";
    if (level->parent >= 0) parts[count++] = "parents";
    if (strcmp(level->title, level->name)) parts[count++] = "title";
    for (uint32_t i = 0; i < count; i++) {
      buffer_printf(out, "%s%s: ", i ? ", " : "", parts[i]);
      if (*parts[i] == 'c') buffer_append_text(out, level->path);
      if (*parts[i] == 'l') buffer_append_text(out, level->label);
      if (*parts[i] == 'p') buffer_printf(out, "[%s]", dimension->levels[level->parent].name);
      if (*parts[i] == 't') put_title(out, level->title);
    }
    buffer_append_char(out, '}');
    if (level->parent >= 0)
      buffer_printf(out, "  # each has one %s in all rows", dimension->levels[level->parent].name);
    buffer_append_char(out, '\n');
  }
}

static void put_dimension(Buffer *out, const Inspect *in, const InspectDimension *dimension) {
  buffer_printf(out, "  %s:", dimension->name);
  if (dimension->kind == INSPECT_TABLE) {
    if (strcmp(dimension->title, dimension->name)) {
      buffer_append_text(out, "\n    title: ");
      put_title(out, dimension->title);
    }
    buffer_printf(out, "\n    table: %s\n    levels:\n", in->tables[dimension->table].name);
    put_levels(out, dimension);
    return;
  }
  buffer_append_text(out, dimension->kind == INSPECT_TIME ? " {time: true" : " {");
  const char *separator = dimension->kind == INSPECT_TIME ? ", " : "";
  if (dimension->title && !strcmp(dimension->title, dimension->name)) {
    buffer_append_text(out, "}\n");
    return;
  }
  if (dimension->title) {
    buffer_printf(out, "%stitle: ", separator);
    put_title(out, dimension->title);
  } else if (dimension->kind == INSPECT_TIME) {
    buffer_printf(out, "%stitle: {en: Date, ru: Дата}", separator);
  } else {
    buffer_printf(out, "%stitle: {en: Hour, ru: Час}", separator);
  }
  buffer_append_text(out, "}\n");
}

// --- Measures ---

typedef struct Measures {
  const Inspect *in;
  Buffer *out;
  const char *names[MEASURES_MAX + 1];
  uint32_t count;
} Measures;

// A name that no other measure, nor a dimension of the cube, has; NULL: there are enough.
static const char *measure_name(Measures *m, const InspectCubes *cubes, const InspectCube *cube,
                                const char *prefix, const char *name) {
  if (m->count >= MEASURES_MAX) return NULL;
  Arena *arena = m->in->arena;
  const char *used[MEASURES_MAX + 1];
  bool taken = false;
  for (uint32_t p = 0; p < cube->path_count; p++)
    taken |= !strcmp(cubes->dimensions[cube->paths[p].dimension].name, name);
  memcpy(used, m->names, m->count * sizeof *used);
  const char *wanted = taken || *prefix != 's' ? arena_printf(arena, "%s_%s", prefix, name) : name;
  const char *made = inspect_name(arena, wanted, used, m->count);
  m->names[m->count++] = made;
  return made;
}

static int32_t column_named(const InspectTable *table, InspectNameSense sense) {
  for (uint32_t c = 0; c < table->column_count; c++)
    if (table->columns[c].aggregate && inspect_name_is(table->columns[c].name, sense))
      return (int32_t)c;
  return -1;
}

// Quantity times price, where there is no column of money.
static void put_product(Measures *m, const InspectCubes *cubes, const InspectCube *cube) {
  const InspectTable *table = &m->in->tables[cube->table];
  int32_t quantity = column_named(table, INSPECT_NAME_QUANTITY),
          price = column_named(table, INSPECT_NAME_PRICE);
  if (quantity < 0 || price < 0 || quantity == price) return;
  if (column_named(table, INSPECT_NAME_MONEY) >= 0) return;
  const InspectColumn *a = &table->columns[quantity], *b = &table->columns[price];
  const char *name = measure_name(m, cubes, cube, "sum", "revenue");
  if (!name) return;
  buffer_printf(m->out, "      %s: {sum: %s * %s, format: money, title: ", name, a->name, b->name);
  put_title(m->out, arena_printf(m->in->arena, "%s × %s", a->field, b->field));
  buffer_append_text(m->out, "}  # a guess from the names: no column says what was paid\n");
}

static void put_aggregate(Measures *m, const InspectCubes *cubes, const InspectCube *cube,
                          const InspectColumn *column) {
  bool sum = column->aggregate == INSPECT_SUM;
  const char *name = measure_name(m, cubes, cube, sum ? "sum" : "average", column->name);
  if (!name) return;
  buffer_printf(m->out, "      %s: {%s: %s", name, sum ? "sum" : "avg", column->name);
  if (sum && column->type.kind == TYPE_INT) buffer_append_text(m->out, ", format: integer");
  Arena *arena = m->in->arena;
  if (sum) {
    if (strcmp(name, column->field)) {
      buffer_append_text(m->out, ", title: ");
      put_title(m->out, column->field);
    }
    buffer_append_text(m->out, "}\n");
    return;
  }
  buffer_append_text(m->out, ", title: {en: ");
  put_title(m->out, arena_printf(arena, "Average %s", column->field));
  buffer_append_text(m->out, ", ru: ");
  put_title(m->out, arena_printf(arena, "Среднее: %s", column->field));
  buffer_append_text(m->out, "}}\n");
}

static void put_distinct(Measures *m, const InspectCubes *cubes, const InspectCube *cube,
                         const char *column, const char *path, const char *title) {
  const char *name = measure_name(m, cubes, cube, "count", column);
  if (!name) return;
  Arena *arena = m->in->arena;
  buffer_printf(m->out, "      %s: {distinct: %s, title: {en: ", name, path);
  put_title(m->out, arena_printf(arena, "Different %s", title));
  buffer_append_text(m->out, ", ru: ");
  put_title(m->out, arena_printf(arena, "Разных: %s", title));
  buffer_append_text(m->out, "}}\n");
}

// Own columns, and the links of what the rows link to: the customers of the lines' receipts.
static void put_distincts(Measures *m, const InspectCubes *cubes, const InspectCube *cube) {
  const InspectTable *table = &m->in->tables[cube->table];
  for (uint32_t c = 0; c < table->column_count; c++) {
    const InspectColumn *column = &table->columns[c];
    if (column->distinct) put_distinct(m, cubes, cube, column->name, column->name, column->field);
  }
  for (uint32_t p = 0; p < cube->path_count; p++) {
    const InspectDimension *dimension = &cubes->dimensions[cube->paths[p].dimension];
    if (dimension->kind == INSPECT_TABLE && strchr(cube->paths[p].path, '.'))
      put_distinct(m, cubes, cube, dimension->name, cube->paths[p].path, dimension->title);
  }
}

typedef enum MeasureTurn { TURN_MONEY, TURN_SUM, TURN_FLAG, TURN_AVERAGE } MeasureTurn;

static void put_turn(Measures *m, const InspectCubes *cubes, const InspectCube *cube,
                     MeasureTurn turn) {
  const InspectTable *table = &m->in->tables[cube->table];
  for (uint32_t c = 0; c < table->column_count; c++) {
    const InspectColumn *column = &table->columns[c];
    if (!column->aggregate) continue;
    bool flag = column->type.kind == TYPE_INT && column->profile.flags == column->profile.values;
    bool money = column->type.kind != TYPE_INT && inspect_name_is(column->name, INSPECT_NAME_MONEY);
    MeasureTurn its = column->aggregate == INSPECT_AVG ? TURN_AVERAGE
                      : flag                           ? TURN_FLAG
                      : money                          ? TURN_MONEY
                                                       : TURN_SUM;
    if (its == turn) put_aggregate(m, cubes, cube, column);
  }
}

// In the order of the page's tiles: what matters most comes first.
static void put_measures(Buffer *out, const Inspect *in, const InspectCubes *cubes,
                         const InspectCube *cube) {
  Measures m = {.in = in, .out = out, .names = {"row_count"}, .count = 1};
  buffer_append_text(out, "    measures:\n");
  put_product(&m, cubes, cube);
  put_turn(&m, cubes, cube, TURN_MONEY);
  buffer_append_text(out, "      row_count: {count: rows, title: {en: Rows, ru: Строки}}\n");
  put_turn(&m, cubes, cube, TURN_SUM);
  put_distincts(&m, cubes, cube);
  put_turn(&m, cubes, cube, TURN_FLAG);
  put_turn(&m, cubes, cube, TURN_AVERAGE);
}

// --- Cubes ---

static void put_cube(Buffer *out, const Inspect *in, const InspectCubes *cubes,
                     const InspectCube *cube) {
  const InspectTable *table = &in->tables[cube->table];
  buffer_printf(out, "  %s:\n    table: %s\n", table->name, table->name);
  if (strcmp(table->name, table->file_name)) {
    buffer_append_text(out, "    title: ");
    put_title(out, table->file_name);
    buffer_append_char(out, '\n');
  }
  if (cube->time >= 0) buffer_printf(out, "    time: %s.day\n", cubes->dimensions[cube->time].name);
  buffer_append_text(out, cube->path_count ? "    dimensions:\n" : "    dimensions: {}\n");
  for (uint32_t p = 0; p < cube->path_count; p++)
    buffer_printf(out, "      %s: %s\n", cubes->dimensions[cube->paths[p].dimension].name,
                  *cube->paths[p].path ? cube->paths[p].path : "[]");
  put_measures(out, in, cubes, cube);
}

// What the data are called: their one table, else their folder.
static const char *model_title(const Inspect *in) {
  if (in->table_count == 1) return in->tables[0].file_name;
  size_t end = in->folder_size; // the folder's path and the slash after it
  if (end < 2) return "files";
  const char *path = in->tables[0].paths[0], *start = path + end - 1;
  while (start > path && start[-1] != '/') start--;
  const char *folder = arena_strndup(in->arena, start, (size_t)(path + end - 1 - start));
  return !strcmp(folder, ".") || !strcmp(folder, "..") ? "files" : folder;
}

void inspect_write(const Inspect *in, const InspectCubes *cubes, Buffer *out) {
  const char *title = model_title(in);
  buffer_printf(out,
                "# A first model, made from the files by inspection: read it, name things, "
                "correct what was guessed.\ntessera: 1\nname: %s\ntitle: ",
                inspect_name(in->arena, title, NULL, 0));
  put_title(out, title);
  buffer_append_text(out, "\n\ntables:");
  for (uint32_t t = 0; t < in->table_count; t++) put_table(out, in, &in->tables[t]);
  if (cubes->dimension_count) buffer_append_text(out, "\ndimensions:\n");
  for (uint32_t d = 0; d < cubes->dimension_count; d++)
    put_dimension(out, in, &cubes->dimensions[d]);
  if (cubes->cube_count) buffer_append_text(out, "\ncubes:\n");
  for (uint32_t c = 0; c < cubes->cube_count; c++) put_cube(out, in, cubes, &cubes->cubes[c]);
}
