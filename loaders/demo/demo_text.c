#include "demo_text.h"

void day_texts_init(DayTexts *days, const DemoWorld *world) {
  days->texts = mem_alloc((TEXT_LAST_DAY - TEXT_FIRST_DAY + 1) * sizeof *days->texts);
  for (int32_t day = TEXT_FIRST_DAY; day <= TEXT_LAST_DAY; day++) {
    char text[DATE_TEXT_BYTES];
    date_format(world->first_date + day, text);
    memcpy(days->texts[day - TEXT_FIRST_DAY], text, 10);
  }
}

void day_texts_clear(DayTexts *days) {
  mem_free(days->texts);
}

static const char digit_pairs[] = "00010203040506070809101112131415161718192021222324252627282930"
                                  "31323334353637383940414243444546474849505152535455565758596061"
                                  "62636465666768697071727374757677787980818283848586878889909192"
                                  "93949596979899";

static char *put_pair(char *out, uint32_t value) {
  return put_bytes(out, digit_pairs + 2 * value, 2);
}

static uint32_t count_digits(uint64_t value) {
  uint32_t digits = 1;
  for (; value >= 10000; value /= 10000) digits += 4;
  return digits + (value >= 10) + (value >= 100) + (value >= 1000);
}

// From the last pair to the first, in place: no copy of a length that is known only here.
char *put_unsigned(char *out, uint64_t value) {
  char *end = out + count_digits(value), *p = end;
  for (; value >= 100; value /= 100) {
    p -= 2;
    memcpy(p, digit_pairs + 2 * (value % 100), 2);
  }
  if (value >= 10)
    memcpy(p - 2, digit_pairs + 2 * value, 2);
  else
    p[-1] = (char)('0' + value);
  return end;
}

char *put_signed(char *out, int64_t value) {
  if (value >= 0) return put_unsigned(out, (uint64_t)value);
  return put_unsigned(put_char(out, '-'), -(uint64_t)value);
}

char *put_money(char *out, int64_t kopecks) {
  if (kopecks < 0) out = put_char(out, '-');
  uint64_t size = kopecks < 0 ? -(uint64_t)kopecks : (uint64_t)kopecks;
  return put_pair(put_char(put_unsigned(out, size / 100), '.'), size % 100);
}

char *put_quantity(char *out, int32_t thousandths) {
  if (thousandths % 1000 == 0) return put_signed(out, thousandths / 1000);
  if (thousandths < 0) out = put_char(out, '-');
  uint32_t size = thousandths < 0 ? -(uint32_t)thousandths : (uint32_t)thousandths;
  out = put_char(put_unsigned(out, size / 1000), '.');
  out = put_char(out, (char)('0' + size / 100 % 10));
  return put_pair(out, size % 100);
}

char *put_time(char *out, uint32_t second) {
  out = put_char(put_pair(out, second / 3600), ':');
  out = put_char(put_pair(out, second / 60 % 60), ':');
  return put_pair(out, second % 60);
}

char *put_card(char *out, uint32_t customer) {
  char digits[13];
  uint64_t number = UINT64_C(290000000000) + (uint64_t)customer * 7919 % UINT64_C(9999999967);
  uint32_t sum = 0;
  for (int32_t i = 11; i >= 0; i--) {
    digits[i] = (char)('0' + number % 10);
    sum += (uint32_t)(number % 10) * (i % 2 ? 3 : 1); // EAN-13
    number /= 10;
  }
  digits[12] = (char)('0' + (10 - sum % 10) % 10);
  return put_bytes(out, digits, sizeof digits);
}

char *put_hash(char *out, uint64_t hash) {
  for (uint32_t i = 0; i < 16; i++) out[i] = "0123456789abcdef"[hash >> (60 - 4 * i) & 15];
  return out + 16;
}

uint64_t identity_hash(uint64_t seed, uint32_t customer, uint32_t kind) {
  return random_key(random_key(seed, customer), 100 + kind);
}

char *put_identity(char *out, uint64_t seed, uint32_t customer, uint32_t kind) {
  return put_hash(out, identity_hash(seed, customer, kind));
}
