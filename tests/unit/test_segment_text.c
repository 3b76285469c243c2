// Segments as text: random definitions to and fro, texts that people write, texts that are broken.
#include "segment.h"
#include "segment_text.h"
#include "unit_table.h"
#include <jansson.h>
#include <stdlib.h>

// ---------------------------------------------------------------- random definitions

typedef struct Maker {
  uint64_t random;
  uint32_t rules;
} Maker;

static uint32_t draw(Maker *maker, uint32_t below) {
  return (uint32_t)(unit_random(&maker->random) % below);
}

static json_t *make_name(Maker *maker) {
  static const char *const NAMES[] = {"customer.gender",
                                      "a.b.c",
                                      "receipts.count",
                                      "_x1",
                                      "not",
                                      "Where",
                                      "two words",
                                      "it's",
                                      "a\"b",
                                      "1st",
                                      "пол",
                                      "",
                                      ".",
                                      "x.",
                                      "and.or",
                                      "in"};
  return json_string(NAMES[draw(maker, sizeof NAMES / sizeof *NAMES)]);
}

static json_t *make_text(Maker *maker) {
  static const char *const TEXTS[] = {"f",     "",           "it's",  "''", "two\nlines",
                                      "Обувь", "2025-12-31", "and",   "\"", "a) or (b",
                                      "5",     "\x01",       "tab\t", "\\", "\\'"};
  return json_string(TEXTS[draw(maker, sizeof TEXTS / sizeof *TEXTS)]);
}

static json_t *make_number(Maker *maker) {
  static const json_int_t WHOLE[] = {0, 1, -1, 5, 20000, INT64_MAX, INT64_MIN};
  static const double REAL[] = {0.5, -1499.99, 2.0, 1e300, 1e-7, 123456789.125};
  return draw(maker, 2) ? json_integer(WHOLE[draw(maker, 7)]) : json_real(REAL[draw(maker, 6)]);
}

static json_t *make_value(Maker *maker) {
  switch (draw(maker, 5)) {
  case 0:
    return make_number(maker);
  case 1:
    return json_boolean(draw(maker, 2));
  case 2:
    return json_null();
  default:
    return make_text(maker);
  }
}

static json_t *make_scalar(Maker *maker) { // not null
  json_t *value = make_value(maker);
  return json_is_null(value) ? json_true() : value;
}

static json_t *make_level(Maker *maker) {
  json_t *rule = json_object(), *list = json_array();
  json_object_set_new(rule, "level", make_name(maker));
  for (uint32_t i = draw(maker, 4); i; i--) json_array_append_new(list, make_value(maker));
  switch (draw(maker, 4)) {
  case 0:
    json_object_set_new(rule, "null", json_boolean(draw(maker, 2)));
    break;
  case 1: {
    uint32_t ends = 1 + draw(maker, 3);
    if (ends & 1) json_object_set_new(rule, "from", make_scalar(maker));
    if (ends & 2) json_object_set_new(rule, "to", make_scalar(maker));
    break;
  }
  default:
    json_object_set(rule, draw(maker, 2) ? "in" : "not_in", list);
  }
  json_decref(list);
  return rule;
}

static json_t *make_rule(Maker *maker, uint32_t depth, bool filter);

static json_t *make_rules(Maker *maker, uint32_t depth, bool filter, uint32_t least) {
  json_t *list = json_array();
  for (uint32_t i = least + draw(maker, 4); i; i--)
    json_array_append_new(list, make_rule(maker, depth, filter));
  return list;
}

static json_t *make_measure(Maker *maker, uint32_t depth) {
  static const char *const COMPARISONS[] = {"at_least", "at_most", "above", "below", "equal"};
  json_t *rule = json_object();
  json_object_set_new(rule, "measure", make_name(maker));
  if (draw(maker, 2)) json_object_set_new(rule, "filters", make_rules(maker, depth, true, 1));
  if (draw(maker, 3) == 0)
    json_object_set_new(rule, "purchase", json_string(draw(maker, 2) ? "first" : "last"));
  switch (draw(maker, 3)) {
  case 0:
    json_object_set_new(rule, "days", json_integer(1 + draw(maker, 1000)));
    break;
  case 1:
    json_object_set_new(rule, "from", json_string("2023-12-01"));
    json_object_set_new(rule, "to", json_string("2024-02-29"));
  }
  json_object_set_new(rule, COMPARISONS[draw(maker, 5)],
                      draw(maker, 2) ? make_number(maker) : make_text(maker));
  return rule;
}

static json_t *make_rule(Maker *maker, uint32_t depth, bool filter) {
  maker->rules++;
  if (depth && draw(maker, 2) && maker->rules < 60) {
    if (draw(maker, 3) == 0) return json_pack("{s:o}", "not", make_rule(maker, depth - 1, filter));
    return json_pack("{s:o}", draw(maker, 2) ? "all" : "any",
                     make_rules(maker, depth - 1, filter, 0));
  }
  if (filter || draw(maker, 2)) return make_level(maker);
  if (draw(maker, 4) == 0) {
    json_t *id = make_text(maker);
    json_t *rule = json_pack("{s:o}", "segment", id);
    return rule;
  }
  return make_measure(maker, depth ? depth - 1 : 0);
}

static void to_and_fro(Arena *arena, const json_t *definition) {
  const char *text, *back, *again;
  Error error = ERROR_INIT;
  char *json = json_dumps(definition, JSON_COMPACT | JSON_REAL_PRECISION(15));
  Status status = segment_text_write(arena, json, strlen(json), &text, &error);
  ck_assert_msg(status == STATUS_OK, "%s: %s", json, error.message);
  status = segment_text_read(arena, text, strlen(text), &back, &error);
  ck_assert_msg(status == STATUS_OK, "%s\n%s\n%s at %lld", json, text, error.message,
                (long long)error.position);
  json_t *read = json_loads(back, 0, NULL);
  ck_assert_msg(json_equal((json_t *)definition, read), "%s\n%s\n%s", json, text, back);
  ck_assert_int_eq(segment_text_write(arena, back, strlen(back), &again, NULL), STATUS_OK);
  ck_assert_str_eq(again, text);
  json_decref(read);
  free(json);
}

START_TEST(test_random_definitions_to_and_fro) {
  for (uint64_t seed = 0; seed < 4000; seed++) {
    Arena *arena = arena_create();
    Maker maker = {.random = seed};
    json_t *definition = make_rule(&maker, 4, false);
    to_and_fro(arena, definition);
    json_decref(definition);
    arena_destroy(arena);
  }
}
END_TEST

// Texts cut short, and with a byte changed, are read or refused; what is read is written alike.
START_TEST(test_damaged_texts_do_no_harm) {
  static const char BYTES[] = "()'\",<>=-0.eE \n_aZ\x80\xff";
  uint32_t read_count = 0;
  for (uint64_t seed = 0; seed < 1500; seed++) {
    Arena *arena = arena_create();
    Maker maker = {.random = seed + 50000};
    json_t *definition = make_rule(&maker, 3, false);
    char *json = json_dumps(definition, JSON_COMPACT | JSON_REAL_PRECISION(15));
    const char *text, *back, *again, *twice;
    ck_assert_int_eq(segment_text_write(arena, json, strlen(json), &text, NULL), STATUS_OK);
    for (int way = 0; way < 6; way++) {
      char *damaged = arena_strdup(arena, text);
      size_t size = strlen(damaged), at = draw(&maker, (uint32_t)size);
      if (way % 2)
        size = at;
      else
        damaged[at] = BYTES[draw(&maker, sizeof BYTES - 1)];
      Error error = ERROR_INIT;
      Status status = segment_text_read(arena, damaged, size, &back, &error);
      if (status != STATUS_OK) {
        ck_assert(status == STATUS_INVALID || status == STATUS_LIMIT);
        ck_assert(error.message[0] && error.position <= (int64_t)size);
        continue;
      }
      read_count++;
      ck_assert_int_eq(segment_text_write(arena, back, strlen(back), &again, NULL), STATUS_OK);
      ck_assert_int_eq(segment_text_read(arena, again, strlen(again), &twice, NULL), STATUS_OK);
      ck_assert_str_eq(twice, back);
    }
    free(json);
    json_decref(definition);
    arena_destroy(arena);
  }
  ck_assert_uint_gt(read_count, 500);
}
END_TEST

// ---------------------------------------------------------------- texts of people

START_TEST(test_texts_that_people_write) {
  static const struct {
    const char *text, *json, *written; // written NULL: as text
  } CASES[] = {
      {"customer.gender in ('f')", "{\"level\":\"customer.gender\",\"in\":[\"f\"]}", NULL},
      {"a.b NOT IN (1, 2.5, TRUE, null)", "{\"level\":\"a.b\",\"not_in\":[1,2.5,true,null]}",
       "a.b not in (1, 2.5, true, null)"},
      {"a.b is null or a.b is not null",
       "{\"any\":[{\"level\":\"a.b\",\"null\":true},{\"level\":\"a.b\",\"null\":false}]}",
       "a.b is null\nor a.b is not null"},
      {"a.b from '2025-01-01' to '2025-12-31'",
       "{\"level\":\"a.b\",\"from\":\"2025-01-01\",\"to\":\"2025-12-31\"}", NULL},
      {"a.b to 5", "{\"level\":\"a.b\",\"to\":5}", NULL},
      {"r.count OF First purchase over 90 days>=1",
       "{\"measure\":\"r.count\",\"purchase\":\"first\",\"days\":90,\"at_least\":1}",
       "r.count of first purchase over 90 days >= 1"},
      {"r.c of last purchase from 2023-12-01 to 2024-02-29 where (a.b in (1)) > 0",
       "{\"measure\":\"r.c\",\"purchase\":\"last\",\"from\":\"2023-12-01\",\"to\":\"2024-02-29\","
       "\"filters\":[{\"level\":\"a.b\",\"in\":[1]}],\"above\":0}",
       "r.c of last purchase from 2023-12-01 to 2024-02-29 where (a.b in (1)) > 0"},
      {"r.count>=3", "{\"measure\":\"r.count\",\"at_least\":3}", "r.count >= 3"},
      {"r.count over 1 day < '1499.99'",
       "{\"measure\":\"r.count\",\"days\":1,\"below\":\"1499.99\"}",
       "r.count over 1 days < '1499.99'"},
      {"r.c from 2023-12-01 to 2024-02-29 where (p.c in ('x'), not (q.d in (1) or q.e is null)) = "
       "0",
       "{\"measure\":\"r.c\",\"from\":\"2023-12-01\",\"to\":\"2024-02-29\",\"filters\":[{\"level\":"
       "\"p.c\",\"in\":[\"x\"]},{\"not\":{\"any\":[{\"level\":\"q.d\",\"in\":[1]},{\"level\":\"q."
       "e\","
       "\"null\":true}]}}],\"equal\":0}",
       NULL},
      {"a.b to 1 and a.b to 2 or not a.b to 3 and a.b to 4", // "and" is tighter, "not" tightest
       "{\"any\":[{\"all\":[{\"level\":\"a.b\",\"to\":1},{\"level\":\"a.b\",\"to\":2}]},{\"all\":["
       "{\"not\":{\"level\":\"a.b\",\"to\":3}},{\"level\":\"a.b\",\"to\":4}]}]}",
       "(a.b to 1 and a.b to 2)\nor (not a.b to 3 and a.b to 4)"},
      {"segment vip and segment 'rest'", "{\"all\":[{\"segment\":\"vip\"},{\"segment\":\"rest\"}]}",
       "segment 'vip'\nand segment 'rest'"},
      {"all()", "{\"all\":[]}", NULL},
      {"any ( all( ) , not any(a.b to 1) )",
       "{\"any\":[{\"all\":[]},{\"not\":{\"any\":[{\"level\":\"a.b\",\"to\":1}]}}]}",
       "all()\nor not any(a.b to 1)"},
      {"((a.b to 1))", "{\"level\":\"a.b\",\"to\":1}", "a.b to 1"},
      {"\"not\" in ('it''s') and \"a\"\"b\" to 1",
       "{\"all\":[{\"level\":\"not\",\"in\":[\"it's\"]},{\"level\":\"a\\\"b\",\"to\":1}]}",
       "\"not\" in ('it''s')\nand \"a\"\"b\" to 1"},
      {"\xd0\xbf\xd0\xbe\xd0\xbb in ()", "{\"level\":\"\xd0\xbf\xd0\xbe\xd0\xbb\",\"in\":[]}",
       "\"\xd0\xbf\xd0\xbe\xd0\xbb\" in ()"},
  };
  for (size_t c = 0; c < sizeof CASES / sizeof *CASES; c++) {
    Arena *arena = arena_create();
    const char *json, *text;
    Error error = ERROR_INIT;
    Status status = segment_text_read(arena, CASES[c].text, strlen(CASES[c].text), &json, &error);
    ck_assert_msg(status == STATUS_OK, "%s: %s", CASES[c].text, error.message);
    json_t *got = json_loads(json, 0, NULL), *wanted = json_loads(CASES[c].json, 0, NULL);
    ck_assert_msg(wanted && json_equal(got, wanted), "%s: %s", CASES[c].text, json);
    ck_assert_int_eq(segment_text_write(arena, json, strlen(json), &text, NULL), STATUS_OK);
    ck_assert_str_eq(text, CASES[c].written ? CASES[c].written : CASES[c].text);
    json_decref(got);
    json_decref(wanted);
    arena_destroy(arena);
  }
}
END_TEST

// What means the same is written alike.
START_TEST(test_other_forms_of_the_same) {
  static const char *const CASES[][2] = {
      {"{\"level\":\"a.b\",\"in\":null,\"from\":null,\"to\":5}", "a.b to 5"},
      {"{\"measure\":\"r.c\",\"filters\":[],\"above\":1}", "r.c > 1"},
      {"{\"measure\":\"r.c\",\"filters\":{\"level\":\"a.b\",\"to\":1},\"above\":1}",
       "r.c where (a.b to 1) > 1"},
      {"{\"measure\":\"r.c\",\"from\":\"2023/1/5\",\"to\":\"2024.02.09\",\"above\":1}",
       "r.c from 2023-01-05 to 2024-02-09 > 1"},
  };
  for (size_t c = 0; c < sizeof CASES / sizeof *CASES; c++) {
    Arena *arena = arena_create();
    const char *text, *json;
    Error error = ERROR_INIT;
    Status status = segment_text_write(arena, CASES[c][0], strlen(CASES[c][0]), &text, &error);
    ck_assert_msg(status == STATUS_OK, "%s: %s", CASES[c][0], error.message);
    ck_assert_str_eq(text, CASES[c][1]);
    ck_assert_int_eq(segment_text_read(arena, text, strlen(text), &json, NULL), STATUS_OK);
    arena_destroy(arena);
  }
}
END_TEST

START_TEST(test_faults_have_their_place) {
  static const struct {
    const char *text;
    int64_t position;
    const char *message;
  } CASES[] = {
      {"", 0, "a rule"},
      {"   ", 3, "but the text ends"},
      {"customer.gender", 15, "in, not in, from, to, is"},
      {"customer.gender in", 18, "\"(\" is expected"},
      {"customer.gender in ('f'", 23, "\")\" is expected"},
      {"customer.gender in ('f", 20, "second ' is missing"},
      {"customer.gender in (f)", 20, "a value"},
      {"customer.gender in (2025-01-01)", 20, "in single quotes"},
      {"customer.gender in ('f',)", 24, "a value"},
      {"customer.gender not null", 20, "\"in\""},
      {"customer.birth from 1990-01-01 to 1999-12-31", 44, "stand in quotes"},
      {"r.count over 1.5 days > 1", -1, "a number of days"},
      {"r.count over 0 days > 1", -1, "a number of days"},
      {"r.count over 5 > 1", 15, "\"days\""},
      {"r.count from 2024-02-29 to 2023-12-01 > 1", -1, "ends before it begins"},
      {"r.count from 2024-02-30 to 2024-03-01 > 1", -1, "a date is expected"},
      {"r.count from 2024-02-29 > 1", 24, "\"to\""},
      {"r.count > ", 10, "a number"},
      {"r.count > true", 10, "a number"},
      {"r.count > 99999999999999999999", 10, "not so large"},
      {"r.count > 1e999", 10, "not so large"},
      {"r.count > 1 r.count", 12, "\"and\" or \"or\""},
      {"r.count > 1 and", 15, "a rule"},
      {"r.count > 1 and or", 16, "a rule"},
      {"r.count where (r.sum > 1) > 1", 21, "a filter on rows stands on levels"},
      {"r.count where (segment 'vip') > 1", 15, "takes no segment"},
      {"r.count where a.b to 1 > 1", 14, "\"(\""},
      {"(a.b to 1", 9, "\")\""},
      {"a.b to 1)", 8, "\"and\" or \"or\""},
      {"not", 3, "a rule"},
      {"segment", 7, "the id of a segment"},
      {"segment 5", 8, "the id of a segment"},
      {"a.b # 5", 4, "no meaning"},
      {"a.b in (01)", 8, "neither a number"},
      {"a.b in (5x)", 8, "neither a number"},
      {"a.b in (-)", 8, "neither a number"},
      {"a.b in ('\xff')", 8, "valid UTF-8"},
      {"\"a.b in (5)", 0, "second \" is missing"},
  };
  for (size_t c = 0; c < sizeof CASES / sizeof *CASES; c++) {
    Arena *arena = arena_create();
    const char *json;
    Error error = ERROR_INIT;
    Status status = segment_text_read(arena, CASES[c].text, strlen(CASES[c].text), &json, &error);
    ck_assert_msg(status == STATUS_INVALID && error.position == CASES[c].position &&
                      strstr(error.message, CASES[c].message),
                  "%s: %s at %lld", CASES[c].text, error.message, (long long)error.position);
    ck_assert_int_eq(segment_text_read(arena, CASES[c].text, strlen(CASES[c].text), &json, NULL),
                     STATUS_INVALID);
    arena_destroy(arena);
  }
}
END_TEST

static Status repeated_read(const char *begin, const char *middle, const char *end, int count) {
  Buffer text;
  Arena *arena = arena_create();
  const char *json;
  Error error = ERROR_INIT;
  buffer_init(&text);
  for (int i = 0; i < count; i++) buffer_append_text(&text, begin);
  buffer_append_text(&text, middle);
  for (int i = 0; i < count; i++) buffer_append_text(&text, end);
  Status status = segment_text_read(arena, text.data, text.size, &json, &error);
  buffer_clear(&text);
  arena_destroy(arena);
  return status;
}

START_TEST(test_limits) {
  Arena *arena = arena_create();
  const char *json;
  Error error = ERROR_INIT;
  ck_assert_int_eq(segment_text_read(arena, "a.b in ('x\0y')", 14, &json, &error), STATUS_INVALID);
  ck_assert_int_eq(error.position, 10);
  arena_destroy(arena);
  ck_assert_int_eq(repeated_read("not ", "a.b to 1", "", 19), STATUS_OK);
  ck_assert_int_eq(repeated_read("not ", "a.b to 1", "", 30), STATUS_LIMIT);
  ck_assert_int_eq(repeated_read("not ", "a.b to 1", "", 100000), STATUS_LIMIT);
  ck_assert_int_eq(repeated_read("(", "a.b to 1", ")", 300), STATUS_OK); // brackets are no rules
  ck_assert_int_eq(repeated_read("(", "a.b to 1", ")", 100000), STATUS_LIMIT);
  ck_assert_int_eq(repeated_read("all(", "", ")", 100000), STATUS_LIMIT);
  ck_assert_int_eq(repeated_read("r.c where (", "a.b to 1", ") > 1", 50000), STATUS_INVALID);
  ck_assert_int_eq(repeated_read("a.b to 1 or ", "a.b to 1", "", 150), STATUS_OK);
  ck_assert_int_eq(repeated_read("a.b to 1 or ", "a.b to 1", "", 250), STATUS_LIMIT);
  ck_assert_int_eq(repeated_read("a.b to 1 or ", "a.b to 1", "", 100000), STATUS_LIMIT);
  ck_assert_int_eq(repeated_read("", "a.b in (5", ", 5", 20000), STATUS_INVALID); // no bracket
}
END_TEST

// As deep as a definition may be, in rules and in the filters of one.
START_TEST(test_the_deepest_definition) {
  json_t *filter = json_pack("{s:s,s:i}", "level", "a.b", "to", 1);
  for (int i = 0; i + 2 < CUBE_FILTER_DEPTH_MAX; i += 2)
    filter = json_pack("{s:{s:[o,{s:s,s:i}]}}", "not", "all", filter, "level", "c.d", "to", i);
  json_t *rule = json_pack("{s:s,s:[o],s:i}", "measure", "r.c", "filters", filter, "above", 1);
  for (int i = 0; i + 1 < SEGMENT_DEPTH_MAX; i += 2)
    rule = json_pack("{s:{s:[o,{s:s}]}}", "not", "any", rule, "segment", "vip");
  Arena *arena = arena_create();
  to_and_fro(arena, rule);
  arena_destroy(arena);
  json_decref(rule);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("segment_text");
  unit_case(suite, "text", 120,
            (const TTest *const[]){test_random_definitions_to_and_fro,
                                   test_damaged_texts_do_no_harm, test_texts_that_people_write,
                                   test_other_forms_of_the_same, test_faults_have_their_place,
                                   test_limits, test_the_deepest_definition, NULL});
  return unit_main(suite);
}
