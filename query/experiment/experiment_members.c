// Whose test it is: its arms, and the statement that gives each customer's arm.
//
// Members come by SQL, from the table `assignments`, from an uploaded list (experiment_list.h), or
// by a seeded split of a segment: then the arms lie one after the other along stable_hash(customer,
// seed), as an audience's do (audience_split.h), so that the same seed and shares split the same
// customers alike.
#include "experiment_list.h"
#include "experiment_query.h"
#include "experiment_reader.h"
#include <math.h>
#include <stdlib.h>

#define SEED_BYTES_MAX 200
#define MEMBERS_EXPECTED                                                                           \
  "one of {\"sql\": \"SELECT customer, arm ...\"}, {\"experiment\": 7}, {\"list\": \"3f...\"} "    \
  "and "                                                                                           \
  "{\"segment\": \"vip\", \"seed\": \"spring\"}"

static bool columns_have(const LogicalColumn *columns, uint32_t count, const char *name) {
  for (uint32_t i = 0; i < count; i++)
    if (strcmp(columns[i].name, name) == 0) return true;
  return false;
}

// ---- Other tests -------------------------------------------------------------------------------

// The customers of the store's tests at the same time, but for the one of that key (-1: none).
static void others_of_tables(DefinitionReader *reader, int64_t key) {
  Experiment *experiment = reader->experiment;
  if (!experiment->has_dates || !experiment_tables_exist(reader->store)) return;
  experiment->other_members_sql = arena_printf(
      reader->arena,
      "SELECT a.customer, CAST(e.experiment AS text), CAST(e.name_en AS text), CAST(e.name AS "
      "text) FROM assignments a JOIN experiments e ON e.experiment = a.experiment WHERE "
      "e.start_date <= %s AND e.end_date >= %s AND e.experiment <> %lld",
      sql_day(experiment->end, reader->arena), sql_day(experiment->start, reader->arena),
      (long long)key);
}

void experiment_add_other(Experiment *experiment, const Experiment *other, Arena *arena) {
  const char *sql = arena_printf(arena, "SELECT customer, %s, %s, %s FROM (%s\n) AS tessera_o",
                                 sql_text(other->id, arena), sql_text(other->name.en, arena),
                                 sql_text(other->name.ru, arena), other->members_sql);
  experiment->other_members_sql =
      experiment->other_members_sql
          ? arena_printf(arena, "%s UNION ALL %s", experiment->other_members_sql, sql)
          : sql;
}

// ---- The tables, and a seed --------------------------------------------------------------------

static Status members_of_table(DefinitionReader *reader, const json_t *members) {
  const json_t *value = reader_member(members, "experiment");
  if (!json_is_integer(value) || json_integer_value(value) < 0)
    return reader_wrong(reader, "members.experiment", "a key of the table experiments, such as 7");
  int64_t key = (int64_t)json_integer_value(value);
  reader->experiment->members_sql = arena_printf(
      reader->arena,
      "SELECT customer, arm, assigned_at AS assigned_on FROM assignments WHERE experiment = %lld",
      (long long)key);
  reader->experiment->members_path = "members.experiment";
  others_of_tables(reader, key);
  return STATUS_OK;
}

// The arm of a member, along the places of his hash. Bounds are those of audience_split.
static const char *arm_name_sql(const Experiment *experiment, uint32_t arm, bool numbers,
                                Arena *arena) {
  return numbers ? arena_printf(arena, "%u", arm) : sql_text(experiment->arms[arm].id, arena);
}

static const char *arm_sql(const Experiment *experiment, const char *key, const char *seed,
                           bool numbers, Arena *arena) {
  double all = 0, end = 0;
  const char *sql = "CASE";
  for (uint32_t a = 0; a < experiment->arm_count; a++) all += experiment->arms[a].share;
  for (uint32_t a = 0; a + 1 < experiment->arm_count; a++) {
    end += experiment->arms[a].share;
    uint128_t millionths = (uint128_t)llround(1e6 * end / all);
    if (millionths >= 1000000) millionths = 999999;
    sql = arena_printf(arena, "%s WHEN stable_hash(%s, %s) < %llu THEN %s", sql, key,
                       sql_text(seed, arena),
                       (unsigned long long)(((millionths << 63) + 999999) / 1000000),
                       arm_name_sql(experiment, a, numbers, arena));
  }
  return arena_printf(arena, "%s ELSE %s END", sql,
                      arm_name_sql(experiment, experiment->arm_count - 1, numbers, arena));
}

// What in_segment asks: the rule, where one is given (that of a saved experiment is, frozen), else
// the saved segment, else everybody.
static Status segment_of(DefinitionReader *reader, const json_t *members, const char **segment,
                         const char **path) {
  const json_t *rule = reader_member(members, "definition");
  *segment = "{\"all\": []}";
  *path = rule ? "members.definition" : "members.segment";
  TRY(reader_text(reader, members, "members", "segment", segment));
  if (!rule) return STATUS_OK;
  if (!json_is_object(rule)) return reader_wrong(reader, *path, "a rule, as {\"all\": []}");
  char *text = json_dumps(rule, JSON_COMPACT | JSON_REAL_PRECISION(15));
  *segment = arena_strdup(reader->arena, text);
  free(text);
  return STATUS_OK;
}

// A test that has not begun has the members of the data's last day.
static Status members_by_seed(DefinitionReader *reader, const json_t *members) {
  Experiment *experiment = reader->experiment;
  const ExperimentStore *store = reader->store;
  const char *segment, *seed = NULL;
  CatalogSegment found;
  TRY(segment_of(reader, members, &segment, &experiment->members_path));
  TRY(reader_text(reader, members, "members", "seed", &seed));
  if (!seed || strlen(seed) > SEED_BYTES_MAX)
    return reader_wrong(reader, "members.seed", "the salt of the split, a text of 1 to 200 bytes");
  if (!experiment->has_dates)
    return reader_wrong(reader, "start", "a date, before which the members are known");
  int32_t day = experiment->start - 1;
  if (store->has_days && day > store->last_day) day = store->last_day;
  experiment->members_day = day;
  if (catalog_segment(store->catalog, segment, &day, &found, reader->error) != STATUS_OK)
    return error_prefix_path(reader->error, "%s", experiment->members_path);
  const char *key = sql_name(found.key, reader->arena);
  experiment->segment = segment;
  experiment->seed = seed;
  experiment->members_sql = arena_printf(
      reader->arena,
      "SELECT %s AS customer, %s AS arm, %s AS tessera_number FROM %s WHERE in_segment(%s, %s, %s)",
      key, arm_sql(experiment, key, seed, false, reader->arena),
      arm_sql(experiment, key, seed, true, reader->arena), sql_name(found.table, reader->arena),
      key, sql_text(segment, reader->arena), sql_day(day, reader->arena));
  others_of_tables(reader, -1);
  return STATUS_OK;
}

// ---- An uploaded list --------------------------------------------------------------------------

static Status list_fault(DefinitionReader *reader, const char *path, const char *message) {
  error_set(reader->error, STATUS_INVALID, "%s", message);
  return error_prefix_path(reader->error, "%s", path);
}

static uint32_t arm_index(const Experiment *experiment, const char *name) {
  uint32_t a = 0;
  while (a < experiment->arm_count && strcmp(experiment->arms[a].id, name) != 0) a++;
  return a;
}

// The list names the test's arms, all of them and no others. numbers: which of the test's arms each
// is.
static Status list_arms_check(DefinitionReader *reader, const char *const *names, uint32_t count,
                              uint32_t *numbers) {
  const Experiment *experiment = reader->experiment;
  bool named[EXPERIMENT_ARMS_MAX] = {0};
  const char *ids[EXPERIMENT_ARMS_MAX], *known = "";
  for (uint32_t a = 0; a < experiment->arm_count; a++) {
    ids[a] = experiment->arms[a].id;
    known = arena_printf(reader->arena, "%s%s\"%.60s\"", known, a ? ", " : "", ids[a]);
  }
  for (uint32_t i = 0; i < count; i++) {
    numbers[i] = arm_index(experiment, names[i]);
    if (numbers[i] < experiment->arm_count) {
      named[numbers[i]] = true;
      continue;
    }
    const char *nearest = text_nearest(names[i], ids, experiment->arm_count);
    return list_fault(reader, "members.list",
                      arena_printf(reader->arena,
                                   "the list has the arm \"%.60s\", and the test has %s%s%.60s%s: "
                                   "name it in \"arms\", or mend the list",
                                   names[i], known, nearest ? " (did you mean \"" : "",
                                   nearest ? nearest : "", nearest ? "\"?)" : ""));
  }
  for (uint32_t a = 0; a < experiment->arm_count; a++)
    if (!named[a])
      return list_fault(reader, arena_printf(reader->arena, "arms[%u]", a),
                        arena_printf(reader->arena, "the list puts nobody into \"%.60s\"", ids[a]));
  return STATUS_OK;
}

// A key comes once on a list, so that the arm's number is known without grouping. The statement has
// the columns that it must: it need not be looked at, which would read the list.
static Status members_by_list(DefinitionReader *reader, const json_t *members) {
  Experiment *experiment = reader->experiment;
  Arena *arena = reader->arena;
  const char *id = NULL, *arm = "CASE", *number = "CASE", *const * names;
  uint32_t count, numbers[EXPERIMENT_ARMS_MAX];
  CatalogSegment where;
  TRY(reader_text(reader, members, "members", "list", &id));
  if (!reader->store->lists)
    return list_fault(reader, "members.list", "uploaded lists are known to the server alone");
  if (!experiment->has_dates) return reader_wrong(reader, "start", "a date");
  Status status =
      experiment_list_source_arms(reader->store->lists, id, arena, &names, &count, reader->error);
  if (status == STATUS_OK)
    status = experiment_list_source_members(reader->store->lists, &where, reader->error);
  if (status != STATUS_OK) return error_prefix_path(reader->error, "members.list");
  TRY(list_arms_check(reader, names, count, numbers));
  const char *key = sql_name(where.key, arena);
  for (uint32_t i = 0; i < count; i++) {
    const char *when = arena_printf(arena, " WHEN in_segment(%s, 'list/%s/%u') THEN ", key, id, i);
    arm = arena_printf(arena, "%s%s%s", arm, when, sql_text(names[i], arena));
    number = arena_printf(arena, "%s%s%u", number, when, numbers[i]);
  }
  experiment->list = id;
  experiment->members_path = "members.list";
  experiment->members_sql =
      arena_printf(arena,
                   "SELECT %s AS customer, %s END AS arm, %s END AS tessera_number FROM %s WHERE "
                   "in_segment(%s, 'list/%s')",
                   key, arm, number, sql_name(where.table, arena), key, id);
  others_of_tables(reader, -1);
  return STATUS_OK;
}

// ---- Members -----------------------------------------------------------------------------------

static Status members_of(DefinitionReader *reader, const json_t *members) {
  bool list = reader_member(members, "list");
  bool sql = reader_member(members, "sql"), table = reader_member(members, "experiment");
  bool seeded = reader_member(members, "segment") || reader_member(members, "definition") ||
                reader_member(members, "seed");
  if (sql + table + seeded + list != 1) return reader_wrong(reader, "members", MEMBERS_EXPECTED);
  if (table) return members_of_table(reader, members);
  if (seeded) return members_by_seed(reader, members);
  if (list) return members_by_list(reader, members);
  reader->experiment->members_path = "members.sql";
  return reader_sql(reader, members, "members", &reader->experiment->members_sql);
}

Status experiment_members_read(DefinitionReader *reader, const json_t *document) {
  Experiment *experiment = reader->experiment;
  const json_t *members = reader_member(document, "members");
  if (!members) return reader_wrong(reader, "members", MEMBERS_EXPECTED);
  TRY(READER_KEYS_CHECK(reader, members, "members", "sql", "experiment", "list", "segment",
                        "definition", "seed"));
  TRY(members_of(reader, members));
  if (experiment->list) return STATUS_OK;
  LogicalColumn *columns;
  uint32_t count;
  TRY(reader_sql_columns(reader, experiment->members_sql, experiment->members_path, &columns,
                         &count));
  experiment->members_have_day = columns_have(columns, count, "assigned_on");
  if (columns_have(columns, count, "customer") && columns_have(columns, count, "arm"))
    return STATUS_OK;
  return reader_wrong(reader, experiment->members_path, "columns of the names customer and arm");
}

// ---- Arms --------------------------------------------------------------------------------------

static Status arm_read(DefinitionReader *reader, const json_t *value, const char *path,
                       ExperimentArm *arm, bool *control) {
  *control = false;
  TRY(READER_KEYS_CHECK(reader, value, path, "id", "name", "share", "control"));
  TRY(reader_text(reader, value, path, "id", &arm->id));
  if (!arm->id) return reader_wrong(reader, reader_path(reader, path, "id"), "a text");
  *control = strcmp(arm->id, "control") == 0;
  arm->name = (ModelText){arm->id, arm->id};
  TRY(reader_words(reader, value, path, "name", &arm->name));
  TRY(reader_number(reader, value, path, "share", 1e-6, 1e9, &arm->share));
  if (!arm->share)
    return reader_wrong(reader, reader_path(reader, path, "share"), "the planned share");
  return reader_truth(reader, value, path, "control", control);
}

Status experiment_arms_read(DefinitionReader *reader, const json_t *document) {
  Experiment *experiment = reader->experiment;
  const json_t *arms = reader_member(document, "arms");
  size_t count = json_array_size(arms);
  uint32_t controls = 0;
  if (!json_is_array(arms) || count < 2 || count > EXPERIMENT_ARMS_MAX)
    return reader_wrong(reader, "arms",
                        "two to eight arms: [{\"id\": \"control\", \"share\": 0.5}, ...]");
  for (uint32_t i = 0; i < count; i++) {
    bool control;
    const char *path = arena_printf(reader->arena, "arms[%u]", i);
    TRY(arm_read(reader, json_array_get(arms, i), path, &experiment->arms[i], &control));
    for (uint32_t j = 0; j < i; j++)
      if (strcmp(experiment->arms[j].id, experiment->arms[i].id) == 0)
        return reader_wrong(reader, path, "an id that no other arm has");
    if (control) experiment->control = i, controls++;
  }
  experiment->arm_count = (uint32_t)count;
  if (controls == 1) return STATUS_OK;
  return reader_wrong(reader, "arms", "one arm with \"control\": true");
}
