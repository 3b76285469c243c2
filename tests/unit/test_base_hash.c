// Hash functions against published values, and the hash table template against a naive oracle.
#include "hash.h"
#include "text.h"
#include "unit_main.h"
#include <stdio.h>

// Values of the reference implementation, seed 0, as the test suites of other XXH64
// implementations publish them.
static const struct {
  const char *text;
  uint64_t hash;
} xxh_vectors[] = {
    {"", UINT64_C(0xef46db3751d8e999)},
    {"a", UINT64_C(0xd24ec4f1a98c6e5b)},
    {"as", UINT64_C(0x1c330fb2d66be179)},
    {"asd", UINT64_C(0x631c37ce72a97393)},
    {"asdf", UINT64_C(0x415872f599cea71e)},
    {"abc", UINT64_C(0x44bc2cf5ad770999)},
    {"Call me Ishmael. Some years ago--never mind how long precisely-",
     UINT64_C(0x02a2e85470d6fd96)},
};

START_TEST(xxh64_matches_published_values) {
  for (size_t i = 0; i < sizeof xxh_vectors / sizeof xxh_vectors[0]; i++)
    ck_assert_uint_eq(hash_xxh64(xxh_vectors[i].text, strlen(xxh_vectors[i].text), 0),
                      xxh_vectors[i].hash);
}
END_TEST

// The sanity buffer of the reference repository (tests/sanity_test): bytes from a generator with
// PRIME32; lengths 1, 14 and 222, seeds 0 and PRIME32.
START_TEST(xxh64_matches_sanity_buffer) {
  unsigned char bytes[222];
  uint64_t generator = UINT32_C(2654435761);
  for (size_t i = 0; i < sizeof bytes; i++) {
    bytes[i] = (unsigned char)(generator >> 56);
    generator *= UINT64_C(11400714785074694797);
  }
  const uint64_t prime = UINT32_C(2654435761);
  ck_assert_uint_eq(hash_xxh64(bytes, 0, prime), UINT64_C(0xAC75FDA2929B17EF));
  ck_assert_uint_eq(hash_xxh64(bytes, 1, 0), UINT64_C(0xE934A84ADB052768));
  ck_assert_uint_eq(hash_xxh64(bytes, 1, prime), UINT64_C(0x5014607643A9B4C3));
  ck_assert_uint_eq(hash_xxh64(bytes, 14, 0), UINT64_C(0x8282DCC4994E35C8));
  ck_assert_uint_eq(hash_xxh64(bytes, 14, prime), UINT64_C(0xC3BD6BF63DEB6DF0));
  ck_assert_uint_eq(hash_xxh64(bytes, 222, 0), UINT64_C(0xB641AE8CB691C174));
  ck_assert_uint_eq(hash_xxh64(bytes, 222, prime), UINT64_C(0x20CB8AB7AE10C14A));
}
END_TEST

// Every byte and the length matter, wherever the bytes lie.
START_TEST(bytes64_sees_every_byte) {
  char bytes[80] = {0};
  for (size_t size = 1; size <= 72; size++) {
    memset(bytes, 'x', sizeof bytes);
    uint64_t hash = hash_bytes64(bytes, size);
    ck_assert_uint_ne(hash, hash_bytes64(bytes, size - 1));
    for (size_t i = 0; i < size; i++) {
      bytes[i] ^= 1;
      ck_assert_uint_ne(hash, hash_bytes64(bytes, size));
      bytes[i] ^= 1;
    }
    memmove(bytes + 3, bytes, size);
    ck_assert_uint_eq(hash, hash_bytes64(bytes + 3, size));
  }
}
END_TEST

// Numbered names fill buckets evenly: chi-squared of 64k names over 256 buckets, by low bits and by
// high bits. 255 degrees of freedom: mean 255, deviation 22.6; six deviations are allowed.
START_TEST(bytes64_spreads) {
  for (int shift = 0; shift <= 56; shift += 8) {
    int64_t buckets[256] = {0};
    double chi = 0;
    for (int i = 0; i < 65536; i++) {
      char name[32];
      int size = snprintf(name, sizeof name, "customer-%06d", i);
      buckets[hash_bytes64(name, (size_t)size) >> shift & 255]++;
    }
    for (int b = 0; b < 256; b++) {
      double d = (double)buckets[b] - 256;
      chi += d * d / 256;
    }
    ck_assert_msg(chi < 255 + 6 * 22.6 && chi > 255 - 6 * 22.6, "shift %d: chi %.1f", shift, chi);
  }
}
END_TEST

typedef struct NumberEntry {
  uint32_t tag;
  uint32_t value;
  uint64_t key;
} NumberEntry;

#define HASH_TABLE_TYPE NumberTable
#define HASH_TABLE_PREFIX number_table
#define HASH_TABLE_ENTRY NumberEntry
#define HASH_TABLE_KEY uint64_t
#define HASH_TABLE_KEY_MEMBER key
#define HASH_TABLE_HASH(k) hash_u64(k)
#define HASH_TABLE_EQUAL(a, b) ((a) == (b))
#include "hash_table_tmpl.h"

// All keys share few homes: long probes that wrap round the end of the array.
#define HASH_TABLE_TYPE CrowdedTable
#define HASH_TABLE_PREFIX crowded_table
#define HASH_TABLE_ENTRY NumberEntry
#define HASH_TABLE_KEY uint64_t
#define HASH_TABLE_KEY_MEMBER key
#define HASH_TABLE_HASH(k) ((k) % 3 ? UINT64_C(0xffffffff) - (k) % 3 : UINT64_C(0))
#define HASH_TABLE_EQUAL(a, b) ((a) == (b))
#include "hash_table_tmpl.h"

typedef struct TextEntry {
  uint32_t tag;
  Str text;
  int count;
} TextEntry;

#define HASH_TABLE_TYPE TextTable
#define HASH_TABLE_PREFIX text_table
#define HASH_TABLE_ENTRY TextEntry
#define HASH_TABLE_KEY Str
#define HASH_TABLE_KEY_MEMBER text
#define HASH_TABLE_HASH(k) str_hash(k)
#define HASH_TABLE_EQUAL(a, b) str_equal(a, b)
#include "hash_table_tmpl.h"

static uint64_t next_random(uint64_t *state) {
  *state += UINT64_C(0x9e3779b97f4a7c15);
  return hash_u64(*state);
}

START_TEST(table_holds_what_was_added) {
  static const size_t sizes[] = {0, 1, 63, 64, 65, 2047, 2048, 2049, 65535, 65536, 65537};
  for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
    size_t n = sizes[s];
    MemoryBudget budget;
    memory_budget_init(&budget, "test", 0, NULL);
    NumberTable table;
    number_table_init(&table, &budget);
    for (size_t i = 0; i < 2 * n; i++) { // each key twice
      NumberEntry *entry;
      bool added;
      Status status = number_table_find_or_add(&table, (i % n) * 1000, &entry, &added, NULL);
      unit_require(status == STATUS_OK, "adds");
      unit_require(added == (i < n), "the first is added, the second found");
      unit_require(!added || entry->value == 0, "an added entry is zero");
      entry->value += (uint32_t)(i % n) + 1;
    }
    ck_assert_uint_eq(number_table_count(&table), n);
    ck_assert_int_eq(budget.used_bytes, number_table_bytes(&table));
    for (size_t i = 0; i < n; i++) {
      unit_require(number_table_find(&table, i * 1000)->value == 2 * (i + 1), "finds");
      unit_require(!number_table_find(&table, i * 1000 + 1), "an absent key is absent");
    }
    size_t cursor = 0, seen = 0;
    for (NumberEntry *e; (e = number_table_next(&table, &cursor));)
      seen += e->value == 2 * (e->key / 1000 + 1);
    ck_assert_uint_eq(seen, n);
    number_table_reset(&table);
    ck_assert_uint_eq(number_table_count(&table), 0);
    ck_assert_ptr_null(number_table_find(&table, 0));
    number_table_clear(&table);
    ck_assert_int_eq(budget.used_bytes, 0);
  }
}
END_TEST

enum { KEYS = 97 };

// Random adds, look-ups and removals; the oracle is an array indexed by key.
START_TEST(table_follows_oracle) {
  CrowdedTable table;
  crowded_table_init(&table, NULL);
  uint32_t oracle[KEYS] = {0};
  size_t present = 0;
  uint64_t random = 42;
  for (uint32_t step = 1; step < 200000; step++) {
    uint64_t key = next_random(&random) % KEYS;
    if (next_random(&random) % 2) {
      NumberEntry *entry;
      bool added;
      Status status = crowded_table_find_or_add(&table, key, &entry, &added, NULL);
      unit_require(status == STATUS_OK && added == (oracle[key] == 0), "adds what was absent");
      present += added;
      entry->value = oracle[key] = step;
    } else {
      unit_require(crowded_table_remove(&table, key) == (oracle[key] != 0), "removes");
      present -= oracle[key] != 0;
      oracle[key] = 0;
    }
    unit_require(crowded_table_count(&table) == present, "counts");
    uint64_t probe = next_random(&random) % KEYS;
    NumberEntry *found = crowded_table_find(&table, probe);
    unit_require((found ? found->value : 0) == oracle[probe], "finds what the oracle has");
  }
  crowded_table_clear(&table);
}
END_TEST

START_TEST(table_counts_words) {
  TextTable table;
  text_table_init(&table, NULL);
  static const char *words[] = {"tea", "coffee", "tea", "", "Чай", "чай", "tea", ""};
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
    TextEntry *entry;
    bool added;
    ck_assert_int_eq(text_table_find_or_add(&table, str_from(words[i]), &entry, &added, NULL),
                     STATUS_OK);
    entry->count++;
  }
  ck_assert_uint_eq(text_table_count(&table), 5);
  ck_assert_int_eq(text_table_find(&table, STR_LITERAL("tea"))->count, 3);
  ck_assert_int_eq(text_table_find(&table, STR_LITERAL(""))->count, 2);
  ck_assert_int_eq(text_table_find(&table, STR_LITERAL("чай"))->count, 1);
  text_table_clear(&table);
}
END_TEST

START_TEST(table_survives_a_used_up_budget) {
  MemoryBudget budget;
  memory_budget_init(&budget, "query", 100 * (int64_t)sizeof(NumberEntry), NULL);
  NumberTable table;
  number_table_init(&table, &budget);
  Error error = ERROR_INIT;
  uint64_t key = 0;
  Status status = STATUS_OK;
  for (; status == STATUS_OK; key++) {
    NumberEntry *entry;
    bool added;
    status = number_table_find_or_add(&table, key, &entry, &added, &error);
  }
  ck_assert_int_eq(status, STATUS_MEMORY);
  ck_assert_ptr_nonnull(strstr(error.message, "query"));
  // 64 slots are full at 48 entries; 128 do not fit into the budget beside them.
  ck_assert_uint_eq(number_table_count(&table), 48);
  for (uint64_t k = 0; k + 1 < key; k++) ck_assert_ptr_nonnull(number_table_find(&table, k));
  ck_assert_ptr_null(number_table_find(&table, key - 1));
  number_table_clear(&table);
  ck_assert_int_eq(budget.used_bytes, 0);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("hash");
  unit_case(suite, "functions", 60,
            (const TTest *[]){xxh64_matches_published_values, xxh64_matches_sanity_buffer,
                              bytes64_sees_every_byte, bytes64_spreads, NULL});
  unit_case(suite, "table", 60,
            (const TTest *[]){table_holds_what_was_added, table_follows_oracle, table_counts_words,
                              table_survives_a_used_up_budget, NULL});
  return unit_main(suite);
}
