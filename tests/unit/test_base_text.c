// UTF-8 edges, Windows-1251, suggestions, and the growing byte string.
#include "buffer.h"
#include "text.h"
#include "unit_main.h"

// Validity by decoding each sequence in full and asking what RFC 3629 forbids: slow and plain.
static size_t naive_valid_prefix(const unsigned char *p, size_t size) {
  for (size_t i = 0; i < size;) {
    size_t length = p[i] < 0x80             ? 1
                    : (p[i] & 0xE0) == 0xC0 ? 2
                    : (p[i] & 0xF0) == 0xE0 ? 3
                    : (p[i] & 0xF8) == 0xF0 ? 4
                                            : 0;
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (!length || length > size - i) return i;
    uint32_t c = length == 1 ? p[i] : p[i] & (0x7Fu >> length);
    for (size_t k = 1; k < length; k++) {
      if ((p[i + k] & 0xC0) != 0x80) return i;
      c = c << 6 | (p[i + k] & 0x3F);
    }
    if (c < least[length] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) return i;
    i += length;
  }
  return size;
}

START_TEST(utf8_edges) {
  static const struct {
    const char *bytes;
    size_t valid;
  } cases[] = {
      {"", 0},
      {"plain ascii, longer than sixteen bytes", 38},
      {"\xD0\xA7\xD0\xB0\xD0\xB9", 6},
      {"\xC2\x80", 2},
      {"\xDF\xBF", 2},
      {"\xE0\xA0\x80", 3},
      {"\xED\x9F\xBF", 3},
      {"\xEE\x80\x80", 3},
      {"\xEF\xBF\xBF", 3},
      {"\xF0\x90\x80\x80", 4},
      {"\xF4\x8F\xBF\xBF", 4},
      {"\xC0\x80", 0},             // overlong NUL
      {"\xC1\xBF", 0},             // overlong
      {"\xE0\x9F\xBF", 0},         // overlong
      {"\xF0\x8F\xBF\xBF", 0},     // overlong
      {"\xED\xA0\x80", 0},         // surrogate D800
      {"\xED\xBF\xBF", 0},         // surrogate DFFF
      {"\xF4\x90\x80\x80", 0},     // U+110000
      {"\xF5\x80\x80\x80", 0},     // beyond
      {"\xF8\x88\x80\x80\x80", 0}, // five bytes
      {"\x80", 0},                 // tail alone
      {"\xFF", 0},
      {"a\xD0", 1},           // cut
      {"ab\xE2\x82", 2},      // cut
      {"abc\xF0\x9F\x98", 3}, // cut
      {"\xD0\x41", 0},        // tail missing
      {"0123456789abcdef\xC0", 16},
      {"0123456789abcde\xC0", 15},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    ck_assert_uint_eq(utf8_valid_prefix(cases[i].bytes, strlen(cases[i].bytes)), cases[i].valid);
}
END_TEST

START_TEST(every_code_point_goes_round) {
  for (uint32_t c = 0; c <= 0x10FFFF; c++) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    char bytes[4];
    const char *p = bytes;
    size_t length = utf8_encode(c, bytes);
    if (utf8_valid_prefix(bytes, length) != length || utf8_length(bytes, length) != 1 ||
        utf8_decode(&p) != c || p != bytes + length)
      ck_abort_msg("U+%04X", c);
  }
}
END_TEST

// Random mixtures of pieces, valid and not, at every alignment.
START_TEST(validation_follows_oracle) {
  static const char *pieces[] = {"a",        "bcdefgh",      "0123456789abcdef",
                                 "\xD0\x96", "\xE2\x82\xAC", "\xF0\x9F\x98\x80",
                                 "\n",       "\xD1\x8F"};
  uint64_t random = 7;
  for (int round = 0; round < 100000; round++) {
    char bytes[160];
    size_t size = 0;
    while (size < 100) {
      random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
      const char *piece = pieces[random >> 40 & 7];
      memcpy(bytes + size, piece, strlen(piece));
      size += strlen(piece);
    }
    if (round % 2) bytes[(random >> 20) % size] = (char)(random >> 50);
    size_t from = random >> 60, cut = size - (random >> 56 & 15);
    size_t expected = naive_valid_prefix((const unsigned char *)bytes + from, cut - from);
    ck_assert_uint_eq(utf8_valid_prefix(bytes + from, cut - from), expected);
  }
}
END_TEST

// Whatever the bytes are, decoding goes on by one character or one byte, and not over their end.
START_TEST(utf8_decode_trusts_nothing) {
  static const char *const texts[] = {
      "\xff",     "\xd0",         "\xe2\x82", "\xf0\x9f\x98",
      "\xc0\xaf", "\xed\xa0\x80", "\x80",     "\xf8\x88\x80\x80\x80"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    size_t size = strlen(texts[i]);
    char *copy = mem_alloc(size + 1); // the byte behind may be looked at
    memcpy(copy, texts[i], size + 1);
    const char *p = copy;
    for (size_t at = 0; at < size; at++) {
      ck_assert_uint_eq(utf8_decode(&p), (unsigned char)texts[i][at]);
      ck_assert_ptr_eq(p, copy + at + 1);
    }
    mem_free(copy);
  }
  const char *p = "\xf0\x9f\x98\x80x";
  ck_assert_uint_eq(utf8_decode(&p), 0x1F600);
  ck_assert_int_eq(*p, 'x');
}
END_TEST

START_TEST(cp1251_is_converted) {
  char out[64];
  size_t bad = 99,
         n = code_page_to_utf8(CODE_PAGE_1251, "\xD7\xE0\xE9 \xB8\xA8 \x88 \xB9 1", 12, out, &bad);
  ck_assert_uint_eq(n, strlen("Чай ёЁ € № 1"));
  ck_assert_int_eq(memcmp(out, "Чай ёЁ € № 1", n), 0);
  ck_assert_uint_eq(code_page_to_utf8(CODE_PAGE_1251, "ab\x98z", 4, out, &bad), SIZE_MAX);
  ck_assert_uint_eq(bad, 2);
  char all[255], wide[3 * 255];
  size_t count = 0;
  for (int b = 0; b < 256; b++)
    if (b != 0x98) all[count++] = (char)b;
  n = code_page_to_utf8(CODE_PAGE_1251, all, count, wide, &bad);
  ck_assert_uint_eq(utf8_valid_prefix(wide, n), n);
  ck_assert_uint_eq(utf8_length(wide, n), 255);
}
END_TEST

START_TEST(nearest_names) {
  static const char *names[] = {"customer", "store", "Клиент", "sum_amount", "day"};
  ck_assert_str_eq(text_nearest("costumer", names, 5), "customer");
  ck_assert_str_eq(text_nearest("STORE", names, 5), "store");
  ck_assert_str_eq(text_nearest("stroe", names, 5), "store");
  ck_assert_str_eq(text_nearest("клиен", names, 5), "Клиент");
  ck_assert_str_eq(text_nearest("sum_amuont", names, 5), "sum_amount");
  ck_assert_ptr_null(text_nearest("warehouse", names, 5));
  ck_assert_ptr_null(text_nearest("", names, 5));
  ck_assert_ptr_null(text_nearest("x", names, 5));
  ck_assert_ptr_null(text_nearest("store", names, 0));
  char longer[200];
  memset(longer, 'a', sizeof longer - 1);
  longer[199] = 0;
  ck_assert_ptr_null(text_nearest(longer, names, 5));
}
END_TEST

START_TEST(strings_compare_by_bytes) {
  ck_assert(str_equal(STR_LITERAL("ab"), str_from("ab")));
  ck_assert(!str_equal(STR_LITERAL("ab"), STR_LITERAL("abc")));
  ck_assert_int_lt(str_compare(STR_LITERAL("ab"), STR_LITERAL("abc")), 0);
  ck_assert_int_gt(str_compare(STR_LITERAL("\xD0\x90"), STR_LITERAL("z")), 0);
  ck_assert_int_eq(str_compare((Str){NULL, 0}, (Str){NULL, 0}), 0);
  ck_assert_uint_eq(str_hash(STR_LITERAL("ab")), str_hash(str_from("ab")));
}
END_TEST

START_TEST(buffer_grows) {
  Buffer buffer;
  buffer_init(&buffer);
  for (int i = 0; i < 10000; i++) buffer_printf(&buffer, "%d,", i);
  buffer_append_char(&buffer, '.');
  buffer_append_text(&buffer, "end");
  buffer_append(&buffer, NULL, 0);
  ck_assert_uint_eq(buffer.size, 10 * 2 + 90 * 3 + 900 * 4 + 9000 * 5 + 4);
  ck_assert_str_eq(buffer.data + buffer.size - 9, "9999,.end");
  buffer_reset(&buffer);
  ck_assert_str_eq(buffer.data, "");
  char longer[1000];
  memset(longer, 'x', sizeof longer - 1);
  longer[999] = 0;
  buffer_printf(&buffer, "<%s>", longer);
  ck_assert_uint_eq(strlen(buffer.data), 1001);
  buffer_clear(&buffer);
  buffer_append(&buffer, "a\0b", 3);
  ck_assert_uint_eq(buffer.size, 3);
  ck_assert_int_eq(memcmp(buffer.data, "a\0b", 4), 0);
  buffer_clear(&buffer);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("text");
  unit_case(suite, "utf8", 60,
            (const TTest *[]){utf8_edges, every_code_point_goes_round, validation_follows_oracle,
                              cp1251_is_converted, utf8_decode_trusts_nothing, NULL});
  unit_case(suite, "strings", 20,
            (const TTest *[]){nearest_names, strings_compare_by_bytes, buffer_grows, NULL});
  return unit_main(suite);
}
