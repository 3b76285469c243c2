// Audiences: the split against one computed by counting points; what is asked, and files, however
// broken they are; the store, across reopening, damage and threads.
#include "audience_file.h"
#include "audience_split.h"
#include "audience_store.h"
#include "hash.h"
#include "kept_file.h"
#include "segment_expand.h"
#include "unit_table.h"
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

// ---------------------------------------------------------------- the split

enum { ROWS = 5000 };

typedef struct World {
  Column *keys;
  Rowset *members;
  uint32_t of_row[ROWS];
  Str values[ROWS];
  AudienceStrata strata;
} World;

static int64_t key_of(uint32_t row) {
  return 7 * (int64_t)row + 1000;
}

// Every third row is no member; strata_count 0: none.
static void world_init(World *world, uint32_t strata_count) {
  static char texts[ROWS][16];
  int64_t *keys = mem_alloc(ROWS * sizeof *keys);
  uint32_t *rows = mem_alloc(ROWS * sizeof *rows), count = 0;
  for (uint32_t r = 0; r < ROWS; r++) {
    keys[r] = key_of(r);
    if (r % 3) rows[count++] = r;
    world->of_row[r] = strata_count ? (uint32_t)(hash_u64(r) % strata_count) : 0;
  }
  for (uint32_t s = 0; s < strata_count; s++) {
    int size = snprintf(texts[s], sizeof texts[s], "value %u", s);
    world->values[s] = (Str){texts[s], (uint32_t)size};
  }
  if (strata_count) world->values[strata_count - 1] = STR_LITERAL(""); // of those without a value
  world->keys = unit_int_column(TYPE_OF_INT, NULL, -1, keys, NULL, ROWS);
  world->members = rowset_of_rows(rows, count, ROWS);
  world->strata = (AudienceStrata){world->of_row, world->values, strata_count};
  mem_free(keys);
  mem_free(rows);
}

static void world_clear(World *world) {
  column_destroy(world->keys);
  rowset_release(world->members);
}

static int64_t place_of(uint32_t row, const char *seed) {
  char text[24];
  int size = snprintf(text, sizeof text, "%lld", (long long)key_of(row));
  return hash_stable(text, (size_t)size, seed, strlen(seed));
}

// The sizes by walking the points u, u + 1, ... over the line of parts.
static void sizes_by_points(Str value, const char *seed, uint64_t n, const uint32_t *shares,
                            uint32_t arms, uint64_t *sizes) {
  int64_t hash = hash_stable(value.size ? value.data : "", value.size, seed, strlen(seed));
  uint64_t u = (uint64_t)(((int128_t)hash * AUDIENCE_SHARE_WHOLE) >> 63), from = 0, whole = 0;
  for (uint32_t a = 0; a < arms; a++) {
    sizes[a] = n * shares[a] / AUDIENCE_SHARE_WHOLE;
    uint64_t to = from + n * shares[a] % AUDIENCE_SHARE_WHOLE;
    for (uint64_t point = u; point < to; point += AUDIENCE_SHARE_WHOLE) sizes[a] += point >= from;
    whole += sizes[a];
    from = to;
  }
  ck_assert_uint_eq(whole, n);
}

// The arm of a member: how many of his stratum come before him.
static uint32_t arm_by_rank(const World *world, const char *seed, uint32_t row,
                            const uint64_t *sizes, uint32_t arms) {
  uint64_t before = 0;
  int64_t place = place_of(row, seed);
  for (uint32_t r = 0; r < ROWS; r++)
    before += r % 3 && world->of_row[r] == world->of_row[row] && place_of(r, seed) < place;
  uint32_t arm = 0;
  for (; arm + 1 < arms && before >= sizes[arm]; arm++) before -= sizes[arm];
  return arm;
}

static void arms_check(Rowset **arms, uint32_t count, const Rowset *members) {
  Rowset *all = rowset_retain(arms[0]);
  uint64_t size = rowset_count(arms[0]);
  for (uint32_t a = 1; a < count; a++) {
    Rowset *more = rowset_or(all, arms[a]);
    rowset_release(all);
    all = more;
    size += rowset_count(arms[a]);
  }
  ck_assert(rowset_equal(all, members));
  ck_assert_uint_eq(size, rowset_count(members)); // nobody is in two
  rowset_release(all);
}

static const uint32_t SHARES[][3] = {
    {1000000}, {500000, 500000}, {900000, 100000}, {333333, 333333, 333334}, {1, 999998, 1}};
static const uint32_t ARMS[] = {1, 2, 2, 3, 3};

static void split_check(uint32_t way, const char *seed, uint32_t strata_count) {
  World world;
  world_init(&world, strata_count);
  AudienceSplit split = {world.keys, str_from(seed), SHARES[way], ARMS[way],
                         strata_count ? &world.strata : NULL};
  Rowset *arms[AUDIENCE_ARMS_MAX];
  uint32_t strata, seen = 0;
  ck_assert_int_eq(audience_split(&split, world.members, NULL, arms, &strata, NULL), STATUS_OK);
  arms_check(arms, ARMS[way], world.members);
  bool *has = mem_alloc_zero((strata_count + 1) * sizeof *has);
  for (uint32_t r = 0; r < ROWS; r++) {
    if (r % 3 == 0) continue;
    if (strata_count && !has[world.of_row[r]]) seen++;
    has[world.of_row[r]] = true;
    if (strata_count && r % 17) continue; // a rank is counted anew for each
    uint32_t arm = 0;
    if (strata_count) {
      uint64_t n = 0, sizes[3];
      for (uint32_t o = 0; o < ROWS; o++) n += o % 3 && world.of_row[o] == world.of_row[r];
      sizes_by_points(world.values[world.of_row[r]], seed, n, SHARES[way], ARMS[way], sizes);
      arm = arm_by_rank(&world, seed, r, sizes, ARMS[way]);
    } else {
      long double share = (long double)place_of(r, seed) / 9223372036854775808.0L, end = 0;
      for (; arm + 1 < ARMS[way]; arm++)
        if (share < (end += (long double)SHARES[way][arm] / 1e6L)) break;
    }
    ck_assert(rowset_has(arms[arm], r));
  }
  ck_assert_uint_eq(strata, seen);
  mem_free(has);
  for (uint32_t a = 0; a < ARMS[way]; a++) rowset_release(arms[a]);
  world_clear(&world);
}

START_TEST(test_a_split_is_what_its_hash_says) {
  for (uint32_t way = 0; way < sizeof ARMS / sizeof *ARMS; way++) {
    split_check(way, "spring", 0);
    split_check(way, "autumn", 0);
    split_check(way, "spring", 1);
    split_check(way, "spring", 7);
    split_check(way, "spring", 400);
  }
}
END_TEST

// Strata of one member each: no arm is favoured by rounding, and all sizes are whole.
START_TEST(test_small_strata_favour_no_arm) {
  World world;
  uint64_t sum[3] = {0}, sizes[3];
  world_init(&world, ROWS);
  AudienceSplit split = {world.keys, STR_LITERAL("s"), SHARES[3], 3, &world.strata};
  for (uint32_t s = 0; s < ROWS; s++) {
    audience_stratum_sizes(&split, world.values[s], 1, sizes);
    ck_assert_uint_eq(sizes[0] + sizes[1] + sizes[2], 1);
    for (int a = 0; a < 3; a++) sum[a] += sizes[a];
  }
  for (int a = 0; a < 3; a++) // five standard deviations: 33.3
    ck_assert(sum[a] > ROWS / 3 - 170 && sum[a] < ROWS / 3 + 170);
  for (uint64_t n = 0; n < 5000; n += 37) { // and large ones differ by less than one
    audience_stratum_sizes(&split, world.values[n % ROWS], n, sizes);
    for (int a = 0; a < 3; a++) {
      uint64_t exact = n * SHARES[3][a];
      ck_assert(sizes[a] * AUDIENCE_SHARE_WHOLE < exact + AUDIENCE_SHARE_WHOLE);
      ck_assert(sizes[a] * AUDIENCE_SHARE_WHOLE + AUDIENCE_SHARE_WHOLE > exact);
    }
  }
  world_clear(&world);
}
END_TEST

START_TEST(test_nobody_is_split_too) {
  World world;
  world_init(&world, 3);
  Rowset *none = rowset_of_rows(NULL, 0, ROWS), *arms[2];
  uint32_t strata;
  for (int s = 0; s < 2; s++) {
    AudienceSplit split = {world.keys, STR_LITERAL("s"), SHARES[1], 2, s ? &world.strata : NULL};
    ck_assert_int_eq(audience_split(&split, none, NULL, arms, &strata, NULL), STATUS_OK);
    ck_assert_uint_eq(rowset_count(arms[0]) + rowset_count(arms[1]) + strata, 0);
    rowset_release(arms[0]);
    rowset_release(arms[1]);
  }
  Job job;
  Error error = ERROR_INIT;
  job_init(&job, "query", 1000, 0, NULL);
  AudienceSplit split = {world.keys, STR_LITERAL("s"), SHARES[1], 2, &world.strata};
  ck_assert_int_eq(audience_split(&split, world.members, &job, arms, &strata, &error),
                   STATUS_MEMORY);
  ck_assert_int_eq(job.memory.used_bytes, 0);
  job_init(&job, "query", 0, 0, NULL);
  job_cancel(&job);
  ck_assert_int_eq(audience_split(&split, world.members, &job, arms, &strata, &error),
                   STATUS_CANCELLED);
  rowset_release(none);
  world_clear(&world);
}
END_TEST

// ---------------------------------------------------------------- what is asked

#define ASKED "\"id\":\"a\",\"name\":\"A\",\"segment\":\"vip\""

START_TEST(test_broken_questions) {
  static const struct {
    const char *json, *path, *message;
  } CASES[] = {
      {"[]", "", "object"},
      {"{}", "id", "text"},
      {"{\"id\":5}", "id", "text"},
      {"{\"id\":\"A b\"}", "id", "lower-case"},
      {"{\"id\":\"\"}", "id", "lower-case"},
      {"{\"id\":\"..\"}", "id", "lower-case"},
      {"{\"id\":\"a\"}", "name", "text"},
      {"{\"id\":\"a\",\"name\":\"\",\"segment\":\"vip\"}", "name", "needs a name"},
      {"{\"id\":\"a\",\"name\":\"A\"}", "segment", "either"},
      {"{" ASKED ",\"definition\":{}}", "definition", "either"},
      {"{\"id\":\"a\",\"name\":\"A\",\"definition\":[]}", "definition", "a rule"},
      {"{\"id\":\"a\",\"name\":\"A\",\"segment\":{}}", "segment", "text"},
      {"{" ASKED ",\"as_of\":\"2025-02-30\"}", "as_of", "a date"},
      {"{" ASKED ",\"as_of\":20250228}", "as_of", "a date"},
      {"{" ASKED ",\"seed\":\"\"}", "seed", "at least one letter"},
      {"{" ASKED ",\"seed\":7}", "seed", "text"},
      {"{" ASKED ",\"description\":{}}", "description", "text"},
      {"{" ASKED ",\"stratify_by\":[]}", "stratify_by", "1 to 8 levels"},
      {"{" ASKED ",\"stratify_by\":{}}", "stratify_by", "text"},
      {"{" ASKED ",\"stratify_by\":[\"a\",null]}", "stratify_by[1]", "text"},
      {"{" ASKED ",\"stratify_by\":[\"a\",\"a\"]}", "stratify_by[1]", "already"},
      {"{" ASKED ",\"arms\":{}}", "arms", "1 to 16"},
      {"{" ASKED ",\"arms\":[]}", "arms", "1 to 16"},
      {"{" ASKED ",\"arms\":[1]}", "arms[0]", "an object"},
      {"{" ASKED ",\"arms\":[{}]}", "arms[0].id", "text"},
      {"{" ASKED ",\"arms\":[{\"id\":\"a\"}]}", "arms[0].share", "a share above 0"},
      {"{" ASKED ",\"arms\":[{\"id\":\"a\",\"share\":0}]}", "arms[0].share", "a share above 0"},
      {"{" ASKED ",\"arms\":[{\"id\":\"a\",\"share\":-0.5}]}", "arms[0].share", "above 0"},
      {"{" ASKED ",\"arms\":[{\"id\":\"a\",\"share\":1.5}]}", "arms[0].share", "at most 1"},
      {"{" ASKED ",\"arms\":[{\"id\":\"a\",\"share\":\"half\"}]}", "arms[0].share", "a share"},
      {"{" ASKED ",\"arms\":[{\"id\":\"a\",\"share\":\"\"}]}", "arms[0].share", "a share"},
      {"{" ASKED ",\"arms\":[{\"id\":\"a\",\"share\":\".e-+.\"}]}", "arms[0].share", "a share"},
      {"{" ASKED ",\"arms\":[{\"id\":\"a\",\"share\":1e308}]}", "arms[0].share", "a share"},
      {"{" ASKED ",\"arms\":[{\"id\":\"a\",\"share\":0.1234567}]}", "arms[0].share", "6 digits"},
      {"{" ASKED ",\"arms\":[{\"id\":\"a\",\"share\":true}]}", "arms[0].share", "a share"},
      {"{" ASKED ",\"arms\":[{\"id\":\"a\",\"share\":0.5}]}", "arms", "make 0.500000 together"},
      {"{" ASKED ",\"arms\":[{\"id\":\"a\",\"share\":0.5},{\"id\":\"a\",\"share\":0.5}]}", "arms",
       "two arms"},
      {"{" ASKED ",\"arms\":[{\"id\":\"a\",\"share\":1,\"hold_out\":1}]}", "arms[0].hold_out",
       "true or false"},
      {"{" ASKED ",\"arms\":[{\"id\":\"a\",\"share\":1,\"size\":1}]}", "arms[0]", "unknown key"},
      {"{" ASKED ",\"seeds\":\"x\"}", "", "did you mean \"seed\""},
  };
  for (size_t c = 0; c < sizeof CASES / sizeof *CASES; c++) {
    Arena *arena = arena_create();
    Audience audience;
    Error error = ERROR_INIT;
    json_t *document = json_loads(CASES[c].json, 0, NULL);
    ck_assert_msg(document != NULL, "case %zu is no JSON", c);
    Status status = audience_read(document, arena, &audience, &error);
    ck_assert_msg(status == STATUS_INVALID && !strcmp(error.path, CASES[c].path) &&
                      strstr(error.message, CASES[c].message),
                  "%s: %s at \"%s\"", CASES[c].json, error.message, error.path);
    ck_assert_int_eq(audience_read(document, arena, &audience, NULL), STATUS_INVALID);
    json_decref(document);
    arena_destroy(arena);
  }
}
END_TEST

START_TEST(test_defaults_and_exact_shares) {
  Arena *arena = arena_create();
  Audience audience;
  json_t *document = json_loads("{" ASKED "}", 0, NULL);
  ck_assert_int_eq(audience_read(document, arena, &audience, NULL), STATUS_OK);
  ck_assert(!strcmp(audience.seed, "a") && !audience.has_day && !audience.stratify_count);
  ck_assert(audience.arm_count == 1 && !strcmp(audience.arms[0].id, "all"));
  json_decref(document);
  document = json_loads("{" ASKED ",\"seed\":\"s\",\"as_of\":\"2024-02-29\",\"arms\":["
                        "{\"id\":\"x\",\"share\":0.7},{\"id\":\"y\",\"share\":\"2e-1\"},"
                        "{\"id\":\"z\",\"share\":\"0.100\",\"hold_out\":true}]}",
                        0, NULL);
  ck_assert_int_eq(audience_read(document, arena, &audience, NULL), STATUS_OK);
  ck_assert_uint_eq(audience.arms[0].share, 700000);
  ck_assert_uint_eq(audience.arms[1].share, 200000);
  ck_assert_uint_eq(audience.arms[2].share, 100000);
  ck_assert(audience.arms[2].hold_out && !audience.arms[0].hold_out);
  json_decref(document);
  arena_destroy(arena);
}
END_TEST

// ---------------------------------------------------------------- files

static Audience sample(AudienceArm *arms, const char *id) {
  arms[0] = (AudienceArm){"letter", "Письмо", 900000, false, 3};
  arms[1] = (AudienceArm){"control", "", 100000, true, 1};
  return (Audience){.id = id,
                    .name = "Spring",
                    .description = "",
                    .definition = "{\"all\":[]}",
                    .day = 19000,
                    .seed = "s",
                    .arms = arms,
                    .arm_count = 2,
                    .size = 4};
}

static const char *take(const json_t *object, Arena *arena, Audience *audience) {
  AudienceRows rows;
  return audience_file_take(object, arena, audience, &rows);
}

// Files of before several levels have one, or null.
START_TEST(test_levels_of_older_files) {
  static const struct {
    const char *json;
    uint32_t count; // of levels; UINT32_MAX: it is refused
  } CASES[] = {{"null", 0},
               {"\"city\"", 1},
               {"[]", 0},
               {"[\"city\",\"gender\"]", 2},
               {"[\"city\",1]", UINT32_MAX},
               {"{}", UINT32_MAX},
               {"[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\"]", UINT32_MAX}};
  AudienceArm arms[2];
  Audience audience = sample(arms, "spring"), back;
  AudienceRows rows = {.bytes = {10, 20}};
  char *text = audience_file_text(&audience, &rows);
  for (size_t c = 0; c < sizeof CASES / sizeof *CASES; c++) {
    Arena *arena = arena_create();
    json_t *object = json_loads(text, 0, NULL);
    json_object_set_new(object, "stratify_by", json_loads(CASES[c].json, JSON_DECODE_ANY, NULL));
    bool taken = take(object, arena, &back) == NULL;
    ck_assert_msg(taken == (CASES[c].count != UINT32_MAX), "%s", CASES[c].json);
    if (taken) ck_assert_uint_eq(back.stratify_count, CASES[c].count);
    for (uint32_t l = 0; taken && l < back.stratify_count; l++)
      ck_assert_str_eq(back.stratify_by[l], l ? "gender" : "city");
    json_decref(object);
    arena_destroy(arena);
  }
  free(text);
}
END_TEST

START_TEST(test_broken_files) {
  static const char *const WRONG[] = {"null", "true", "-1", "\"x\"", "[]", "{}", "1e300", "[{}]"};
  Arena *arena = arena_create();
  AudienceArm arms[2];
  Audience audience = sample(arms, "spring"), back;
  AudienceRows rows = {.bytes = {10, 20}, .xxh64 = UINT64_C(0xfedcba9876543210)}, rows_back;
  char *text = audience_file_text(&audience, &rows);
  json_t *whole = json_loads(text, 0, NULL);
  free(text);
  ck_assert(audience_file_take(whole, arena, &back, &rows_back) == NULL);
  ck_assert(rows_back.xxh64 == rows.xxh64 && rows_back.bytes[1] == 20 && back.size == 4);
  ck_assert(back.day == 19000 && !strcmp(back.arms[0].name, "Письмо") && back.arms[1].hold_out);
  ck_assert(!back.segment && !back.stratify_count);
  ck_assert_str_eq(back.definition, audience.definition);
  const char *key;
  json_t *value;
  uint32_t refused = 0;
  json_object_foreach(whole, key, value) {
    bool optional = !strcmp(key, "segment") || !strcmp(key, "stratify_by");
    json_t *without = json_deep_copy(whole);
    json_object_del(without, key);
    ck_assert_msg((take(without, arena, &back) == NULL) == optional, "without %s", key);
    json_decref(without);
    for (size_t w = 0; w < sizeof WRONG / sizeof *WRONG; w++) {
      json_t *other = json_deep_copy(whole);
      json_object_set_new(other, key, json_loads(WRONG[w], JSON_DECODE_ANY, NULL));
      refused += take(other, arena, &back) != NULL; // some are good: "x" is a seed
      json_decref(other);
    }
    (void)value;
  }
  ck_assert_uint_gt(refused, 10 * 8 - 24);
  json_t *first = json_array_get(json_object_get(whole, "arms"), 0);
  json_object_foreach(first, key, value) {
    if (!strcmp(key, "hold_out")) continue;
    json_t *other = json_deep_copy(whole);
    json_object_del(json_array_get(json_object_get(other, "arms"), 0), key);
    ck_assert_msg(take(other, arena, &back) != NULL, "an arm without %s", key);
    json_decref(other);
  }
  json_object_set_new(first, "size", json_integer(4));
  ck_assert(take(whole, arena, &back) != NULL); // 4 + 1 is not 4
  json_decref(whole);
  arena_destroy(arena);
}
END_TEST

// ---------------------------------------------------------------- the store

static uint32_t fault_count;
static void fault_note(void *context, const char *text) {
  (void)context, (void)text;
  fault_count++;
}

static void sample_rows(Rowset **arms) {
  arms[0] = rowset_of_rows((uint32_t[]){1, 2, 70000}, 3, 100000);
  arms[1] = rowset_of_rows((uint32_t[]){5}, 1, 100000);
}

static Status sample_add(AudienceStore *store, const char *id) {
  AudienceArm arms[2];
  Audience audience = sample(arms, id);
  Rowset *rows[2];
  sample_rows(rows);
  Status status = audience_store_add(store, &audience, rows, NULL);
  rowset_release(rows[0]);
  rowset_release(rows[1]);
  return status;
}

static Status sample_read(AudienceStore *store, const char *id) {
  Arena *arena = arena_create();
  Audience audience;
  Rowset *arms[AUDIENCE_ARMS_MAX], *wanted[2];
  Error error = ERROR_INIT;
  Status status = audience_store_read(store, id, arena, &audience, arms, &error);
  if (status == STATUS_OK) {
    sample_rows(wanted);
    for (int a = 0; a < 2; a++) {
      ck_assert(rowset_equal(arms[a], wanted[a]));
      rowset_release(arms[a]);
      rowset_release(wanted[a]);
    }
    ck_assert_int_gt(audience.created_at, 0);
  }
  arena_destroy(arena);
  return status;
}

static AudienceStore *store_open(const char *folder) {
  AudienceStore *store;
  fault_count = 0;
  ck_assert_int_eq(audience_store_open(folder, fault_note, NULL, &store, NULL), STATUS_OK);
  return store;
}

START_TEST(test_a_store_keeps_and_tells_what_is_broken) {
  char folder[] = "/tmp/tessera-audiences-XXXXXX", part[64];
  ck_assert(mkdtemp(folder) != NULL);
  snprintf(part, sizeof part, "%s/audiences", folder);
  AudienceStore *store = store_open(folder);
  ck_assert_int_eq(sample_add(store, "spring"), STATUS_OK);
  ck_assert_int_eq(sample_add(store, "spring"), STATUS_EXISTS);
  ck_assert_int_eq(sample_add(store, "../spring"), STATUS_INVALID);
  ck_assert_int_eq(sample_add(store, "autumn"), STATUS_OK);
  audience_store_close(store);
  store = store_open(folder);
  ck_assert_uint_eq(fault_count, 0);
  ck_assert_int_eq(sample_read(store, "spring"), STATUS_OK);
  ck_assert_int_eq(sample_read(store, "summer"), STATUS_NOT_FOUND);

  Buffer rows; // every byte of the rows matters, and so does their end
  buffer_init(&rows);
  ck_assert_int_eq(kept_file_read(part, "spring.rows", &rows, NULL), STATUS_OK);
  for (size_t b = 0; b < rows.size; b += 5) {
    rows.data[b] ^= 0x20;
    ck_assert_int_eq(kept_file_write(part, "spring.rows", rows.data, rows.size, NULL), STATUS_OK);
    ck_assert_int_eq(sample_read(store, "spring"), STATUS_CORRUPT);
    rows.data[b] ^= 0x20;
  }
  ck_assert_int_eq(kept_file_write(part, "spring.rows", rows.data, rows.size - 1, NULL), STATUS_OK);
  ck_assert_int_eq(sample_read(store, "spring"), STATUS_CORRUPT);
  ck_assert_int_eq(kept_file_write(part, "spring.rows", "", 0, NULL), STATUS_OK);
  ck_assert_int_eq(sample_read(store, "spring"), STATUS_CORRUPT);
  ck_assert_int_eq(kept_file_remove(part, "spring.rows", NULL), STATUS_OK);
  ck_assert_int_eq(sample_read(store, "spring"), STATUS_IO);
  ck_assert_int_eq(kept_file_write(part, "spring.rows", rows.data, rows.size, NULL), STATUS_OK);
  ck_assert_int_eq(sample_read(store, "spring"), STATUS_OK);
  audience_store_close(store);

  // What a kill leaves: rows without a .json, a file half written under its other name.
  ck_assert_int_eq(kept_file_remove(part, "autumn.json", NULL), STATUS_OK);
  ck_assert_int_eq(kept_file_write(part, ".autumn.json.tmp", "{\"id\":", 6, NULL), STATUS_OK);
  ck_assert_int_eq(kept_file_write(part, "broken.json", "{\"id\":\"broken\"", 14, NULL), STATUS_OK);
  ck_assert_int_eq(kept_file_write(part, "list.json", "[1]", 3, NULL), STATUS_OK);
  Buffer other; // a file under another's name
  buffer_init(&other);
  ck_assert_int_eq(kept_file_read(part, "spring.json", &other, NULL), STATUS_OK);
  ck_assert_int_eq(kept_file_write(part, "other.json", other.data, other.size, NULL), STATUS_OK);
  buffer_clear(&other);
  store = store_open(folder);
  ck_assert_uint_eq(fault_count, 3);
  ck_assert_int_eq(sample_read(store, "autumn"), STATUS_NOT_FOUND);
  ck_assert_int_eq(sample_add(store, "autumn"), STATUS_OK); // over what was left
  ck_assert_int_eq(sample_read(store, "autumn"), STATUS_OK);
  ck_assert_int_eq(audience_store_remove(store, "autumn", NULL), STATUS_OK);
  ck_assert_int_eq(audience_store_remove(store, "autumn", NULL), STATUS_NOT_FOUND);
  ck_assert_int_eq(kept_file_read(part, "autumn.rows", &rows, NULL), STATUS_IO);
  audience_store_close(store);
  buffer_clear(&rows);
  char command[128];
  snprintf(command, sizeof command, "rm -r '%s'", folder);
  ck_assert_int_eq(system(command), 0);
}
END_TEST

typedef struct Racer {
  AudienceStore *store;
  uint32_t added, read, removed;
} Racer;

static void *race(void *context) {
  Racer *racer = context;
  for (int i = 0; i < 300; i++) {
    racer->added += sample_add(racer->store, "one") == STATUS_OK;
    racer->read += sample_read(racer->store, "one") == STATUS_OK;
    racer->removed += audience_store_remove(racer->store, "one", NULL) == STATUS_OK;
  }
  return NULL;
}

START_TEST(test_threads_add_read_and_remove_one) {
  AudienceStore *store = store_open(NULL); // in memory
  pthread_t threads[4];
  Racer racers[4] = {{store, 0, 0, 0}, {store, 0, 0, 0}, {store, 0, 0, 0}, {store, 0, 0, 0}};
  uint32_t added = 0, removed = 0;
  for (int t = 0; t < 4; t++)
    ck_assert_int_eq(pthread_create(&threads[t], NULL, race, &racers[t]), 0);
  for (int t = 0; t < 4; t++) {
    pthread_join(threads[t], NULL);
    added += racers[t].added;
    removed += racers[t].removed;
  }
  ck_assert_uint_gt(added, 0);
  ck_assert_uint_eq(added, removed + (sample_read(store, "one") == STATUS_OK));
  audience_store_close(store);
}
END_TEST

// ---------------------------------------------------------------- names in definitions

static void expand_check(SegmentStore *store, const char *definition, Status wanted,
                         const char *text, const char *path) {
  Arena *arena = arena_create();
  const char *out = NULL;
  Error error = ERROR_INIT;
  Status status = segment_expand(store, definition, arena, &out, &error);
  ck_assert_msg(status == wanted, "%s: %s", definition, error.message);
  if (status == STATUS_OK)
    ck_assert_str_eq(out, text);
  else
    ck_assert_msg(strstr(error.message, text) && !strcmp(error.path, path), "%s at \"%s\"",
                  error.message, error.path);
  arena_destroy(arena);
}

START_TEST(test_names_become_what_they_stand_for) {
  SegmentStore *store;
  ck_assert_int_eq(segment_store_open(NULL, NULL, NULL, &store, NULL), STATUS_OK);
  static const char *const SAVED[][2] = {
      {"women", "{\"level\":\"customer.gender\",\"in\":[\"f\"]}"},
      {"rest", "{\"not\":{\"segment\":\"women\"}}"},
      {"lost", "{\"any\":[{\"segment\":\"gone\"}]}"},
      {"circle", "{\"all\":[{\"not\":{\"segment\":\"circle\"}}]}"},
  };
  for (size_t s = 0; s < sizeof SAVED / sizeof *SAVED; s++) {
    SavedSegment saved = {.id = SAVED[s][0], .name = "S", .definition = SAVED[s][1]};
    ck_assert_int_eq(segment_store_put(store, &saved, true, NULL), STATUS_OK);
  }
  expand_check(store, "{\"all\":[]}", STATUS_OK, "{\"all\":[]}", "");
  expand_check(store, "{\"segment\":\"rest\"}", STATUS_OK,
               "{\"not\":{\"level\":\"customer.gender\",\"in\":[\"f\"]}}", "");
  expand_check(store, "{\"any\":[{\"segment\":\"women\"},{\"measure\":\"m\",\"above\":1.5}]}",
               STATUS_OK,
               "{\"any\":[{\"level\":\"customer.gender\",\"in\":[\"f\"]},{\"measure\":\"m\","
               "\"above\":1.5}]}",
               "");
  expand_check(store, "{\"all\":[{\"segment\":\"lost\"}]}", STATUS_NOT_FOUND, "no segment \"gone\"",
               "all[0].any[0]");
  expand_check(store, "{\"not\":{\"segment\":\"gone\"}}", STATUS_NOT_FOUND, "no segment \"gone\"",
               "not");
  expand_check(store, "{\"all\":5,\"segment\":\"women\"}", STATUS_OK,
               "{\"all\":5,\"segment\":\"women\"}", ""); // for segment_read to refuse
  Arena *arena = arena_create();
  const char *out;
  Error error = ERROR_INIT;
  ck_assert_int_eq(segment_expand(store, "{\"segment\":\"circle\"}", arena, &out, &error),
                   STATUS_INVALID);
  ck_assert(strstr(error.message, "leads back to itself") != NULL);
  ck_assert_int_eq(segment_expand(store, "{", arena, &out, NULL), STATUS_INVALID);
  Buffer deep;
  buffer_init(&deep);
  for (int i = 0; i < 1500; i++) buffer_append_text(&deep, "{\"not\":");
  buffer_append_text(&deep, "{}");
  for (int i = 0; i < 1500; i++) buffer_append_char(&deep, '}');
  ck_assert_int_eq(segment_expand(store, deep.data, arena, &out, NULL), STATUS_LIMIT);
  buffer_clear(&deep);
  arena_destroy(arena);
  segment_store_close(store);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("segment_audience");
  unit_case(suite, "split", 120,
            (const TTest *const[]){test_a_split_is_what_its_hash_says,
                                   test_small_strata_favour_no_arm, test_nobody_is_split_too,
                                   NULL});
  unit_case(suite, "files", 120,
            (const TTest *const[]){
                test_broken_questions, test_defaults_and_exact_shares, test_broken_files,
                test_levels_of_older_files, test_a_store_keeps_and_tells_what_is_broken,
                test_threads_add_read_and_remove_one, test_names_become_what_they_stand_for, NULL});
  return unit_main(suite);
}
