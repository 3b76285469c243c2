// See customer_card.h. A section is a table with a link to members and paths to what is shown of
// its rows; sections and fields that the model lacks are left out.
#include "customer_card.h"
#include "date.h"
#include "member_columns.h"
#include "model_words.h"
#include "sql_literal.h"
#include <stdlib.h>

#define FIELDS_MAX 12
#define STEPS_MAX 4
#define MEMBER_LINK "customer"

typedef struct FieldSpec {
  const char *name, *path;
} FieldSpec;

typedef struct SectionSpec {
  const char *key, *table, *order; // the newest first by this path
  FieldSpec fields[FIELDS_MAX];
} SectionSpec;

static const SectionSpec SECTIONS[] = {
    {"identities",
     "identities",
     "valid_from",
     {{"kind", "kind"}, {"value", "value"}, {"from", "valid_from"}, {"to", "valid_to"}}},
    {"tiers",
     "tier_history",
     "valid_from",
     {{"tier", "tier"}, {"from", "valid_from"}, {"to", "valid_to"}}},
    {"consents",
     "consents",
     "valid_from",
     {{"channel", "channel"},
      {"purpose", "purpose"},
      {"given", "given"},
      {"from", "valid_from"},
      {"to", "valid_to"}}},
    {"receipts",
     "receipt_totals",
     "receipt.sold_at",
     {{"receipt", "receipt"},
      {"at", "receipt.sold_at"},
      {"kind", "receipt.kind"},
      {"store", "store.name"},
      {"channel", "channel.name"},
      {"items", "units"},
      {"paid", "paid"}}},
    {"points",
     "points",
     "posted_at",
     {{"at", "posted_at"}, {"kind", "kind"}, {"amount", "amount"}, {"expires", "expires"}}},
    {"contacts",
     "contacts",
     "sent_at",
     {{"at", "sent_at"},
      {"campaign", "campaign.name"},
      {"medium", "medium"},
      {"arm", "arm"},
      {"sent", "sent"},
      {"opened", "opened"},
      {"clicked", "clicked"}}},
    {"tests",
     "assignments",
     "assigned_at",
     {{"at", "assigned_at"}, {"test", "experiment.name"}, {"arm", "arm"}}},
};
#define SECTION_COUNT (sizeof SECTIONS / sizeof *SECTIONS)

// ---- Paths -------------------------------------------------------------------------------------

typedef struct Path { // columns to follow: all but the last are links
  const Column *columns[STEPS_MAX];
  uint32_t count;
  bool personal;
} Path;

static bool path_step(const CustomerCard *card, const Table **table, const char *name, Path *path) {
  int32_t at = schema_find((*table)->schema, name);
  if (at < 0 || path->count == STEPS_MAX) return false;
  const Model *model = card->world->model;
  const ModelTable *of = model ? model_find_table(model, (*table)->schema->name) : NULL;
  const ModelColumn *column = of ? model_find_column(of, name) : NULL;
  path->personal |= column && model_column_is_personal(model, of, column);
  path->columns[path->count++] = (*table)->columns[at];
  const char *link = (*table)->schema->columns[at].link;
  *table = link ? root_find(card->world->root, link) : NULL;
  return !link || *table;
}

// "receipt.sold_at"; a link at the end is told by its key. False: the model has it not.
static bool path_find(const CustomerCard *card, const Table *table, const char *text, Path *path) {
  char *rest = arena_strdup(card->arena, text);
  *path = (Path){0};
  for (char *name = strsep(&rest, "."); name; name = strsep(&rest, "."))
    if (!table || !path_step(card, &table, name, path)) return false;
  while (table) { // the last was a link
    if (table->schema->key < 0) return false;
    if (!path_step(card, &table, table->schema->columns[table->schema->key].name, path))
      return false;
  }
  return path->count > 0;
}

static Value path_value(const Path *path, uint64_t row) {
  Value value = {.is_null = true};
  for (uint32_t s = 0; s < path->count; s++) {
    value = column_value(path->columns[s], row);
    if (value.is_null || s + 1 == path->count) return value;
    if (value.i <= 0) return (Value){.is_null = true};
    row = (uint64_t)value.i;
  }
  return value;
}

// What the value is, or what of it may be shown.
static void value_write(const CustomerCard *card, JsonWriter *json, const Path *path,
                        const Value *value) {
  if (!card->masked || !path->personal || value->is_null) {
    json_write_value(json, value);
    return;
  }
  Buffer text;
  buffer_init(&text);
  if (value->type.kind == TYPE_DATE) {
    value_format(value, &text);
    if (text.size > 4) text.data[text.size = 4] = 0; // the year
  } else {
    if (value->type.kind == TYPE_STRING)
      buffer_append(&text, value->s.data, text_letter_bytes(value->s));
    buffer_append_text(&text, "***");
  }
  json_write_text(json, text.data);
  buffer_clear(&text);
}

// ---- Rows --------------------------------------------------------------------------------------

typedef struct OrderedRow {
  int64_t order;
  uint32_t row;
} OrderedRow;

static int compare_newest(const void *a, const void *b) {
  const OrderedRow *x = a, *y = b;
  if (x->order != y->order) return x->order > y->order ? -1 : 1;
  return x->row > y->row ? -1 : x->row < y->row;
}

// The table's link to members; -1: it has none.
static int32_t member_link(const CustomerCard *card, const Table *table) {
  int32_t link = table ? schema_find(table->schema, MEMBER_LINK) : -1;
  const char *to = link < 0 ? NULL : table->schema->columns[link].link;
  return to && !strcmp(to, card->members->table->schema->name) ? link : -1;
}

// The member's rows of the table; none where it has no link to members.
static Status rows_find(const CustomerCard *card, const Table *table, const uint32_t **rows,
                        uint32_t *count, Error *error) {
  int32_t link = member_link(card, table);
  *count = 0;
  if (link < 0) return STATUS_OK;
  return member_rows_find(card->rows, table, (uint32_t)link, card->member,
                          card->members->table->row_count, card->world->job, card->arena, rows,
                          count, error);
}

// The same, the newest first.
static Status rows_ordered(const CustomerCard *card, const SectionSpec *section, const Table *table,
                           OrderedRow **rows, uint32_t *count, Error *error) {
  const uint32_t *found;
  Path order;
  bool ordered = table && path_find(card, table, section->order, &order);
  TRY(rows_find(card, table, &found, count, error));
  *rows = ARENA_ARRAY(card->arena, OrderedRow, *count + 1);
  for (uint32_t i = 0; i < *count; i++) {
    Value value = ordered ? path_value(&order, found[i]) : (Value){.is_null = true};
    (*rows)[i] = (OrderedRow){value.is_null ? INT64_MIN : value.i, found[i]};
  }
  if (*count) qsort(*rows, *count, sizeof **rows, compare_newest);
  return STATUS_OK;
}

typedef struct Fields { // those of a section that the model has
  Path paths[FIELDS_MAX];
  bool has[FIELDS_MAX];
} Fields;

static void fields_find(const CustomerCard *card, const SectionSpec *section, const Table *table,
                        Fields *fields) {
  for (uint32_t f = 0; f < FIELDS_MAX; f++)
    fields->has[f] = section->fields[f].name &&
                     path_find(card, table, section->fields[f].path, &fields->paths[f]);
}

static void rows_write(const CustomerCard *card, const SectionSpec *section, const Fields *fields,
                       const OrderedRow *rows, uint32_t count, JsonWriter *json) {
  json_write_array_open(json);
  for (uint32_t i = 0; i < count; i++) {
    json_write_object_open(json);
    for (uint32_t f = 0; f < FIELDS_MAX; f++) {
      if (!fields->has[f]) continue;
      Value value = path_value(&fields->paths[f], rows[i].row);
      json_write_key(json, section->fields[f].name);
      value_write(card, json, &fields->paths[f], &value);
    }
    json_write_object_close(json);
  }
  json_write_array_close(json);
}

static Status section_write(const CustomerCard *card, const SectionSpec *section, JsonWriter *json,
                            Error *error) {
  const Table *table = root_find(card->world->root, section->table);
  OrderedRow *rows;
  uint32_t count;
  Fields fields;
  if (!table) return STATUS_OK;
  TRY(rows_ordered(card, section, table, &rows, &count, error));
  fields_find(card, section, table, &fields);
  json_write_key(json, section->key);
  json_write_object_open(json);
  json_write_key_int(json, "total", count);
  json_write_key(json, "rows");
  rows_write(card, section, &fields, rows, count < card->limit ? count : card->limit, json);
  json_write_object_close(json);
  return STATUS_OK;
}

// ---- The profile -------------------------------------------------------------------------------

// Columns of the members' table; a link by the name of what it leads to, if that has one.
static void profile_write(const CustomerCard *card, JsonWriter *json) {
  const Table *table = card->members->table;
  const Model *model = card->world->model;
  const ModelTable *words = model ? model_find_table(model, table->schema->name) : NULL;
  json_write_key(json, "profile");
  json_write_array_open(json);
  for (uint32_t c = 0; c < table->schema->column_count; c++) {
    const ColumnSchema *column = &table->schema->columns[c];
    const ModelColumn *word = words ? model_find_column(words, column->name) : NULL;
    Path path;
    bool own = column->link && strcmp(column->link, table->schema->name) == 0;
    if (column->hidden || (int32_t)c == table->schema->key) continue;
    if ((own || !column->link ||
         !path_find(card, table, arena_printf(card->arena, "%s.name", column->name), &path)) &&
        !path_find(card, table, column->name, &path))
      continue;
    Value value = path_value(&path, card->member);
    json_write_object_open(json);
    json_write_key_text(json, "name", column->name);
    api_write_title(json, "title", word ? &word->title : NULL, column->name);
    json_write_key(json, "value");
    value_write(card, json, &path, &value);
    json_write_key_bool(json, "masked", card->masked && path.personal && !value.is_null);
    json_write_object_close(json);
  }
  json_write_array_close(json);
}

// ---- Sums --------------------------------------------------------------------------------------

typedef struct Sum {
  int128_t unscaled;
  uint32_t scale;
} Sum;

static void sum_add(Sum *sum, const Value *value) {
  if (value->is_null) return;
  sum->unscaled += literal_unscaled(value);
  if (value->type.kind == TYPE_DECIMAL) sum->scale = value->type.scale;
}

static void sum_write(JsonWriter *json, const char *key, const Sum *sum) {
  Value value = {.type = type_decimal(DECIMAL_DIGITS_MAX, sum->scale), .wide = sum->unscaled};
  json_write_key(json, key);
  json_write_value(json, &value);
}

static void day_write(JsonWriter *json, const char *key, int32_t day, bool known) {
  json_write_key(json, key);
  if (known)
    json_write_date(json, day);
  else
    json_write_null(json);
}

// Purchases and sales of all time (D3, D4), and the balance of points.
static Status summary_write(const CustomerCard *card, JsonWriter *json, Error *error) {
  const Root *root = card->world->root;
  const Table *receipts = root_find(root, "receipt_totals"), *points = root_find(root, "points");
  const uint32_t *rows;
  uint32_t count, purchases = 0;
  int32_t first = DATE_MAX, last = DATE_MIN;
  Sum sales = {0}, balance = {0};
  Path lines, day, paid, amount;
  TRY(rows_find(card, receipts, &rows, &count, error));
  bool known = receipts && path_find(card, receipts, "purchase_lines", &lines) &&
               path_find(card, receipts, "date", &day) && path_find(card, receipts, "paid", &paid);
  for (uint32_t i = 0; known && i < count; i++) {
    Value bought = path_value(&lines, rows[i]), on = path_value(&day, rows[i]),
          money = path_value(&paid, rows[i]);
    sum_add(&sales, &money);
    if (bought.is_null || bought.i <= 0 || on.is_null) continue;
    purchases++;
    if (on.i < first) first = (int32_t)on.i;
    if (on.i > last) last = (int32_t)on.i;
  }
  TRY(rows_find(card, points, &rows, &count, error));
  bool has_points = points && path_find(card, points, "amount", &amount);
  for (uint32_t i = 0; has_points && i < count; i++) {
    Value change = path_value(&amount, rows[i]);
    sum_add(&balance, &change);
  }
  json_write_key(json, "summary");
  json_write_object_open(json);
  day_write(json, "first_purchase", first, purchases);
  day_write(json, "last_purchase", last, purchases);
  json_write_key_int(json, "receipts", purchases);
  sum_write(json, "sales", &sales);
  sum_write(json, "points", &balance);
  json_write_object_close(json);
  return STATUS_OK;
}

// ---- Lines of the receipts that are shown ------------------------------------------------------

static const SectionSpec LINES = {"lines",
                                  "sales",
                                  "receipt",
                                  {{"receipt", "receipt"},
                                   {"product", "product.name"},
                                   {"quantity", "quantity"},
                                   {"paid", "paid"},
                                   {"points_earned", "points_earned"},
                                   {"points_spent", "points_spent"}}};

static int compare_rows(const void *a, const void *b) {
  const OrderedRow *x = a, *y = b;
  return (x->row > y->row) - (x->row < y->row);
}

static int compare_places(const void *a, const void *b) {
  const OrderedRow *x = a, *y = b;
  if (x->order != y->order) return x->order < y->order ? -1 : 1;
  return compare_rows(a, b);
}

// The rows of receipts that are shown, by row, each with its place among them.
static Status receipts_shown(const CustomerCard *card, const Table *totals, OrderedRow **shown,
                             uint32_t *count, Error *error) {
  int32_t link = schema_find(totals->schema, "receipt");
  OrderedRow *rows;
  uint32_t all;
  TRY(rows_ordered(card, &SECTIONS[3], totals, &rows, &all, error));
  *shown = ARENA_ARRAY(card->arena, OrderedRow, all + 1);
  *count = 0;
  for (uint32_t i = 0; link >= 0 && i < all && i < card->limit; i++) {
    Value receipt = column_value(totals->columns[link], rows[i].row);
    if (!receipt.is_null) (*shown)[(*count)++] = (OrderedRow){i, (uint32_t)receipt.i};
  }
  if (*count) qsort(*shown, *count, sizeof **shown, compare_rows);
  return STATUS_OK;
}

// The member's rows of sales that are of these receipts, receipt by receipt.
static Status lines_find(const CustomerCard *card, const Table *sales, const OrderedRow *shown,
                         uint32_t shown_count, OrderedRow **lines, uint32_t *count, Error *error) {
  const Column *receipts = sales->columns[schema_find(sales->schema, "receipt")];
  const uint32_t *rows;
  uint32_t all;
  TRY(rows_find(card, sales, &rows, &all, error));
  *lines = ARENA_ARRAY(card->arena, OrderedRow, all + 1);
  *count = 0;
  for (uint32_t i = 0; shown_count && i < all; i++) {
    Value receipt = column_value(receipts, rows[i]);
    OrderedRow wanted = {0, receipt.is_null ? 0 : (uint32_t)receipt.i};
    const OrderedRow *found = bsearch(&wanted, shown, shown_count, sizeof *shown, compare_rows);
    if (found) (*lines)[(*count)++] = (OrderedRow){found->order, rows[i]};
  }
  if (*count) qsort(*lines, *count, sizeof **lines, compare_places);
  return STATUS_OK;
}

static bool links_to(const Table *table, const char *column, const char *target) {
  int32_t at = table ? schema_find(table->schema, column) : -1;
  const char *link = at < 0 ? NULL : table->schema->columns[at].link;
  return link && !strcmp(link, target);
}

static Status lines_write(const CustomerCard *card, JsonWriter *json, Error *error) {
  const Table *totals = root_find(card->world->root, SECTIONS[3].table),
              *sales = root_find(card->world->root, LINES.table);
  OrderedRow *shown, *lines;
  uint32_t shown_count, count;
  Fields fields;
  if (!links_to(totals, "receipt", "receipts") || !links_to(sales, "receipt", "receipts"))
    return STATUS_OK;
  TRY(receipts_shown(card, totals, &shown, &shown_count, error));
  TRY(lines_find(card, sales, shown, shown_count, &lines, &count, error));
  fields_find(card, &LINES, sales, &fields);
  json_write_key(json, LINES.key);
  rows_write(card, &LINES, &fields, lines, count, json);
  return STATUS_OK;
}

Status customer_card_write(const CustomerCard *card, JsonWriter *json, Error *error) {
  profile_write(card, json);
  TRY(summary_write(card, json, error));
  for (size_t s = 0; s < SECTION_COUNT; s++) TRY(section_write(card, &SECTIONS[s], json, error));
  return lines_write(card, json, error);
}

// ---- Indexes -----------------------------------------------------------------------------------

static const Table *section_table(const CustomerCard *card, size_t s) {
  return root_find(card->world->root, s < SECTION_COUNT ? SECTIONS[s].table : LINES.table);
}

// The column of identities that are looked for; -1: the model has none.
static int32_t identity_column(const Table *table) {
  int32_t column = table ? schema_find(table->schema, "value") : -1;
  return column >= 0 && table->schema->columns[column].type.kind == TYPE_STRING ? column : -1;
}

int64_t customer_card_index_bytes(const CustomerCard *card) {
  const Table *identities = root_find(card->world->root, SECTIONS[0].table);
  uint64_t members = card->members->table->row_count;
  int64_t bytes =
      identity_column(identities) < 0 ? 0 : member_rows_index_bytes(identities->row_count, 0);
  for (size_t s = 0; s <= SECTION_COUNT; s++) {
    const Table *table = section_table(card, s);
    if (member_link(card, table) >= 0) bytes += member_rows_index_bytes(table->row_count, members);
  }
  return bytes;
}

Status customer_card_prepare(const CustomerCard *card, Error *error) {
  const Table *identities = root_find(card->world->root, SECTIONS[0].table);
  int32_t column = identity_column(identities);
  const uint32_t *rows;
  uint32_t count;
  for (size_t s = 0; s <= SECTION_COUNT; s++)
    TRY(rows_find(card, section_table(card, s), &rows, &count, error));
  if (column < 0) return STATUS_OK;
  return member_values_find(card->rows, identities, (uint32_t)column, str_from(""),
                            card->world->job, card->arena, &rows, &count, error);
}

// ---- Finding -----------------------------------------------------------------------------------

Status customer_find(const CustomerCard *card, const char *kind, const char *value,
                     uint32_t *member, Error *error) {
  const Table *table = root_find(card->world->root, SECTIONS[0].table);
  int32_t column = identity_column(table);
  int32_t link = table ? schema_find(table->schema, MEMBER_LINK) : -1;
  Path kinds, until;
  if (column < 0 || link < 0 || !path_find(card, table, "kind", &kinds) ||
      !path_find(card, table, "valid_to", &until))
    return error_set(error, STATUS_UNSUPPORTED,
                     "the model has no table \"identities\" of kind, value, customer, valid_to");
  const uint32_t *rows;
  uint32_t count;
  int64_t latest = INT64_MIN;
  TRY(member_values_find(card->rows, table, (uint32_t)column, str_from(value), card->world->job,
                         card->arena, &rows, &count, error));
  *member = 0;
  for (uint32_t i = 0; i < count; i++) {
    Value is = path_value(&kinds, rows[i]), to = path_value(&until, rows[i]),
          whose = column_value(table->columns[link], rows[i]);
    int64_t end = to.is_null ? INT64_MAX : to.i;
    if (whose.is_null || whose.i <= 0 || end < latest ||
        (kind && (is.is_null || !str_equal(is.s, str_from(kind)))))
      continue;
    latest = end;
    *member = (uint32_t)whose.i;
  }
  return STATUS_OK;
}
