// The map of a load's keys against a plain array: runs, gaps, and the moment when keys stop rising.
#include "key_map.h"
#include "memory.h"
#include "unit_main.h"
#include <stdio.h>

#define KEYS 3000

START_TEST(test_ints) {
  static uint64_t rows[2 * KEYS];
  for (uint32_t seed = 1; seed < 60; seed++) {
    KeyMap *map = key_map_create(false);
    for (uint32_t k = 0; k < 2 * KEYS; k++) rows[k] = KEY_MAP_NONE;
    uint32_t state = seed * 7919, key = seed % 3 ? 0 : 5;
    uint32_t rising = seed % 5 * 600; // so many keys rise
    for (uint32_t i = 0; i < KEYS; i++) {
      state = state * 1664525 + 1013904223;
      if (i < rising)
        key += 1 + (state >> 28 == 0) * (state >> 24 & 3);
      else
        key = (state >> 8) % (2 * KEYS);
      if (key >= 2 * KEYS) key = 2 * KEYS - 1;
      uint64_t row = i + (seed % 2 ? i / 100 : 0); // rows may skip too
      uint64_t got = key_map_put_int(map, (int64_t)key - KEYS, row);
      unit_require(got == rows[key], "known row");
      if (rows[key] == KEY_MAP_NONE) rows[key] = row;
    }
    key_map_destroy(map);
  }
}
END_TEST

START_TEST(test_limits_and_memory) {
  KeyMap *map = key_map_create(false);
  static const int64_t keys[] = {INT64_MIN, INT64_MIN + 1, -1, 0, INT64_MAX - 1, INT64_MAX};
  for (uint64_t i = 0; i < 6; i++)
    ck_assert_uint_eq(key_map_put_int(map, keys[i], i), KEY_MAP_NONE);
  for (uint64_t i = 0; i < 6; i++) ck_assert_uint_eq(key_map_put_int(map, keys[i], 99), i);
  key_map_destroy(map);
  map = key_map_create(false);
  for (uint32_t i = 0; i < 1000000; i++) (void)key_map_put_int(map, i + 10, i);
  ck_assert_uint_lt(key_map_bytes(map), 10000); // one run
  ck_assert_uint_eq(key_map_put_int(map, 500010, 7), 500000);
  ck_assert_uint_eq(key_map_put_int(map, 9, 1000000), KEY_MAP_NONE);
  key_map_destroy(map);
}
END_TEST

START_TEST(test_texts) {
  KeyMap *map = key_map_create(true);
  char text[32];
  for (uint32_t i = 0; i < 20000; i++) {
    uint32_t n = (uint32_t)snprintf(text, sizeof text, "key %u", i % 10000);
    uint64_t got = key_map_put_text(map, (Str){text, n}, i);
    unit_require(got == (i < 10000 ? KEY_MAP_NONE : i - 10000), text);
  }
  ck_assert_uint_eq(key_map_put_text(map, (Str){"", 0}, 1), KEY_MAP_NONE);
  ck_assert_uint_eq(key_map_put_text(map, (Str){"", 0}, 2), 1);
  key_map_destroy(map);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("loaders_key_map");
  const TTest *const cases[] = {test_ints, test_limits_and_memory, test_texts, NULL};
  unit_case(suite, "key_map", 60, cases);
  return unit_main(suite);
}
