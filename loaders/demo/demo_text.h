// Numbers and dates into CSV text by hand: printf would be most of a run's time.
//
// Each function writes at `out`, which has room, and returns the end. No NUL is written.
#pragma once
#include "buffer.h"
#include "demo_world.h"
#include <string.h>

enum { TEXT_FIRST_DAY = -5000, TEXT_LAST_DAY = 1600 };

// Texts of the days TEXT_FIRST_DAY .. TEXT_LAST_DAY; made once a run.
typedef struct DayTexts {
  char (*texts)[10];
} DayTexts;
void day_texts_init(DayTexts *days, const DemoWorld *world);
void day_texts_clear(DayTexts *days);

enum { ROW_BYTES_MAX = 600 };
// A place in `text` for one row of at most ROW_BYTES_MAX; row_end closes it.
static inline char *row_begin(Buffer *text) {
  buffer_reserve(text, ROW_BYTES_MAX);
  return text->data + text->size;
}
static inline void row_end(Buffer *text, char *out) {
  *out++ = '\n';
  text->size = (size_t)(out - text->data);
}

char *put_unsigned(char *out, uint64_t value);
char *put_signed(char *out, int64_t value);
char *put_money(char *out, int64_t kopecks);        // 12.05, -0.90
char *put_quantity(char *out, int32_t thousandths); // 1, -2, 0.735
char *put_time(char *out, uint32_t second);         // 09:05:00
// 16 hexadecimal digits: a phone, an e-mail, a visitor, by `kind` of identity.
char *put_identity(char *out, uint64_t seed, uint32_t customer, uint32_t kind);
uint64_t identity_hash(uint64_t seed, uint32_t customer, uint32_t kind);
enum { IDENTITY_CARD, IDENTITY_PHONE, IDENTITY_EMAIL, IDENTITY_VISITOR, IDENTITY_COUNT };
char *put_hash(char *out, uint64_t hash);
char *put_card(char *out, uint32_t customer); // the 13 digits of a member's card (EAN-13)
static inline char *put_bytes(char *out, const char *text, size_t size) {
  memcpy(out, text, size);
  return out + size;
}
static inline char *put_text(char *out, const char *text) {
  return put_bytes(out, text, strlen(text));
}
static inline char *put_char(char *out, char c) {
  *out = c;
  return out + 1;
}
static inline char *put_date(char *out, const DayTexts *days, int32_t day) {
  return put_bytes(out, days->texts[day - TEXT_FIRST_DAY], 10);
}
// Empty for DAY_NEVER.
static inline char *put_date_or_empty(char *out, const DayTexts *days, int32_t day) {
  return day == DAY_NEVER ? out : put_date(out, days, day);
}
static inline char *put_flag(char *out, bool value) {
  return put_char(out, value ? '1' : '0');
}
static inline char *put_timestamp(char *out, const DayTexts *days, int32_t day, uint32_t second) {
  return put_time(put_char(put_date(out, days, day), ' '), second);
}
