// Dictionaries: codes for ever, order by rank, look-ups, against sorted arrays and linear search.
#include "dictionary.h"
#include "unit_table.h"

enum { WORDS_MAX = 3000 };
static char words[WORDS_MAX][24];

// Distinct words of bytes of every kind, also 0 and above 127, one a prefix of another, one empty.
static Str word(uint32_t i) {
  int size = i ? snprintf(words[i], sizeof words[i], "%c%u", (int)(i * 37 % 256), i / 2) : 0;
  if (i % 2 && i > 1) words[i][size++] = (char)(i * 11 % 256);
  return (Str){words[i], (uint32_t)size};
}

static Dictionary *dictionary_of(uint32_t count, bool sort, uint32_t **remap) {
  DictionaryBuilder *builder = dictionary_builder_create(NULL);
  for (uint32_t i = 0; i < count; i++) {
    ck_assert_uint_eq(dictionary_builder_intern(builder, word(i)), i);
    ck_assert_uint_eq(dictionary_builder_intern(builder, word(i / 2)), i / 2);
  }
  ck_assert_uint_eq(dictionary_builder_count(builder), count);
  return dictionary_builder_finish(builder, sort, remap);
}

static void check_dictionary(const Dictionary *d) {
  for (uint32_t code = 0; code < d->count; code++) {
    uint32_t below = 0;
    Str text = dictionary_get(d, code);
    for (uint32_t other = 0; other < d->count; other++)
      below += str_compare(dictionary_get(d, other), text) < 0;
    unit_require(dictionary_rank(d, code) == below, "rank");
    unit_require(dictionary_lower_bound(d, text) == below, "lower bound of a member");
    unit_require(dictionary_find(d, text) == code, "find");
    char longer[40];
    memcpy(longer, text.data, text.size);
    longer[text.size] = 0;
    Str absent = {longer, text.size + 1}; // sorts right after it
    if (dictionary_find(d, absent) != DICTIONARY_NONE) continue;
    unit_require(dictionary_lower_bound(d, absent) == below + 1, "lower bound of an absent text");
  }
  for (uint32_t code = 1; code < d->sorted_count; code++)
    unit_require(str_compare(dictionary_get(d, code - 1), dictionary_get(d, code)) < 0, "order");
  ck_assert((d->rank == NULL) == (d->sorted_count == d->count));
}

static const uint32_t counts[] = {0, 1, 2, 63, 64, 65, 111, 112, 113, 900};

START_TEST(sorting_hands_codes_out_anew) {
  for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
    uint32_t *remap;
    Dictionary *d = dictionary_of(counts[i], true, &remap);
    ck_assert_uint_eq(d->count, counts[i]);
    ck_assert_uint_eq(d->sorted_count, counts[i]);
    for (uint32_t code = 0; code < counts[i]; code++)
      ck_assert(str_equal(dictionary_get(d, remap[code]), word(code)));
    check_dictionary(d);
    mem_free(remap);
    dictionary_release(d);
  }
}
END_TEST

START_TEST(unsorted_codes_have_ranks) {
  for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
    uint32_t *remap = (uint32_t *)1;
    Dictionary *d = dictionary_of(counts[i], false, &remap);
    ck_assert_ptr_null(remap);
    for (uint32_t code = 0; code < counts[i]; code++)
      ck_assert(str_equal(dictionary_get(d, code), word(code)));
    check_dictionary(d);
    dictionary_release(d);
  }
}
END_TEST

// Versions upon versions: an old code keeps its string, whatever comes, and old versions live on.
START_TEST(codes_are_for_ever) {
  uint32_t *remap, next = 300;
  Dictionary *versions[6] = {dictionary_of(next, true, &remap)};
  mem_free(remap);
  for (int v = 1; v < 6; v++) {
    DictionaryBuilder *builder = dictionary_builder_create(versions[v - 1]);
    for (int i = 0; i < 50; i++, next++) {
      ck_assert_uint_eq(dictionary_builder_intern(builder, word(next)), next);
      Str old = dictionary_get(versions[0], (uint32_t)i);
      ck_assert_uint_eq(dictionary_builder_intern(builder, old), (uint32_t)i);
    }
    ck_assert_uint_gt(dictionary_builder_bytes(builder), 0);
    versions[v] = dictionary_builder_finish(builder, true, &remap); // has a base: codes stay
    ck_assert_ptr_null(remap);
    check_dictionary(versions[v]);
    ck_assert_uint_ge(versions[v]->sorted_count, 300);
  }
  for (int v = 0; v < 6; v++)
    for (uint32_t code = 0; code < versions[v]->count; code++)
      ck_assert(str_equal(dictionary_get(versions[v], code), dictionary_get(versions[5], code)));
  dictionary_release(versions[5]);
  for (int v = 0; v < 5; v++) dictionary_release(versions[v]);
}
END_TEST

// Strings that come between and before those of the base, version upon version; a version without a
// new string is the one before it.
START_TEST(versions_share_strings) {
  char text[16];
  uint64_t seed = 5;
  uint32_t *remap;
  Dictionary *version = dictionary_of(1000, true, &remap);
  mem_free(remap);
  for (int v = 0; v < 30; v++) {
    DictionaryBuilder *builder = dictionary_builder_create(version);
    Str old = dictionary_get(version, (uint32_t)(unit_random(&seed) % version->count));
    ck_assert(str_equal(dictionary_get(version, dictionary_builder_intern(builder, old)), old));
    uint32_t before = version->count, added = v % 5 ? (uint32_t)(unit_random(&seed) % 40) : 0;
    for (uint32_t i = 0; i < added; i++) {
      int size = snprintf(text, sizeof text, "%llx", (unsigned long long)unit_random(&seed));
      dictionary_builder_intern(builder, (Str){text, (uint32_t)size});
    }
    Dictionary *next = dictionary_builder_finish(builder, false, &remap);
    ck_assert_ptr_null(remap);
    ck_assert((next == version) == (next->count == before));
    for (uint32_t code = 0; code < before; code++) // the bytes themselves are shared
      ck_assert_ptr_eq(dictionary_get(next, code).data, dictionary_get(version, code).data);
    dictionary_release(version);
    version = next;
    check_dictionary(version);
  }
  dictionary_release(version);
}
END_TEST

START_TEST(long_strings_and_the_empty_one_are_kept) {
  DictionaryBuilder *builder = dictionary_builder_create(NULL);
  size_t size = 1000000;
  char *text = mem_alloc(size);
  memset(text, 'a', size);
  ck_assert_uint_eq(dictionary_builder_intern(builder, (Str){text, (uint32_t)size}), 0);
  ck_assert_uint_eq(dictionary_builder_intern(builder, (Str){text, (uint32_t)size - 1}), 1);
  ck_assert_uint_eq(dictionary_builder_intern(builder, (Str){NULL, 0}), 2);
  ck_assert_uint_eq(dictionary_builder_intern(builder, STR_LITERAL("")), 2);
  Dictionary *d = dictionary_builder_finish(builder, false, NULL);
  ck_assert_uint_eq(dictionary_find(d, (Str){text, (uint32_t)size}), 0);
  ck_assert_uint_eq(dictionary_find(d, STR_LITERAL("")), 2);
  ck_assert_uint_eq(dictionary_find(d, STR_LITERAL("b")), DICTIONARY_NONE);
  ck_assert_uint_eq(dictionary_rank(d, 0), 2);
  ck_assert_uint_gt(d->bytes, 2 * size);
  dictionary_release(d);
  mem_free(text);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("column_dictionary");
  unit_case(suite, "dictionary", 60,
            (const TTest *[]){sorting_hands_codes_out_anew, unsorted_codes_have_ranks,
                              codes_are_for_ever, versions_share_strings,
                              long_strings_and_the_empty_one_are_kept, NULL});
  return unit_main(suite);
}
