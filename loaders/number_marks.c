// A cursor from the left, after the signs and blanks of both ends are off.
#include "number_marks.h"

// Bytes of a blank at the start: a space, a tab, a no-break or thin space; 0: there is none.
static uint32_t blank_at(Str text) {
  if (!text.size) return 0;
  if (*text.data == ' ' || *text.data == '\t' || *text.data == '\r') return 1;
  if (text.size >= 2 && !memcmp(text.data, "\xC2\xA0", 2)) return 2;
  bool thin = text.size >= 3 &&
              (!memcmp(text.data, "\xE2\x80\xAF", 3) || !memcmp(text.data, "\xE2\x80\x89", 3));
  return thin ? 3 : 0;
}

static Str advance(Str text, uint32_t bytes) {
  return (Str){text.data + bytes, text.size - bytes};
}

// Bytes of a blank at the end.
static uint32_t blank_before(Str text) {
  for (uint32_t n = 1; n <= 3 && n <= text.size; n++)
    if (blank_at((Str){text.data + text.size - n, n}) == n) return n;
  return 0;
}

static Str trim(Str text) {
  for (uint32_t n; (n = blank_at(text));) text = advance(text, n);
  for (uint32_t n; (n = blank_before(text));) text.size -= n;
  return text;
}

// Takes one sign off either end.
static Str sign_take(Str text, const NumberMarks *marks, int32_t *found) {
  for (uint32_t s = 0; s < marks->sign_count && *found < 0; s++) {
    uint32_t n = (uint32_t)strlen(marks->signs[s]);
    if (!n || n >= text.size) continue;
    bool before = !memcmp(text.data, marks->signs[s], n);
    bool after = !memcmp(text.data + text.size - n, marks->signs[s], n);
    if (!before && !after) continue;
    *found = (int32_t)s;
    text = before ? advance(text, n) : (Str){text.data, text.size - n};
  }
  return trim(text);
}

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// +, - or the minus of typographers; blanks after it go too.
static Str minus_take(Str text, bool *minus, bool *signed_) {
  uint32_t n = 0;
  if (text.size && (*text.data == '-' || *text.data == '+')) n = 1;
  if (text.size >= 3 && !memcmp(text.data, "\xE2\x88\x92", 3)) n = 3;
  if (!n || *signed_) return text;
  *signed_ = true;
  *minus = n == 3 || *text.data == '-';
  return trim(advance(text, n));
}

// Bytes of the mark between thousands at the start; 0: there is none.
static uint32_t thousands_at(Str text, char thousands) {
  if (!thousands || !text.size) return 0;
  if (thousands == ' ') return blank_at(text);
  if (*text.data == thousands) return 1;
  bool curly = thousands == '\'' && text.size >= 3 && !memcmp(text.data, "\xE2\x80\x99", 3);
  return curly ? 3 : 0;
}

typedef struct Writer {
  char *at, *end;
} Writer;

static uint32_t digits_copy(Str *text, Writer *out) {
  uint32_t n = 0;
  while (n < text->size && is_digit(text->data[n]) && out->at < out->end)
    *out->at++ = text->data[n++];
  *text = advance(*text, n);
  return n;
}

// The digits before the point: all of them, or one to three and then threes.
static bool whole_copy(Str *text, char thousands, Writer *out, NumberPlain *number) {
  number->whole = digits_copy(text, out);
  uint32_t mark = thousands_at(*text, thousands);
  number->grouped = mark > 0;
  if (mark && (number->whole < 1 || number->whole > 3)) return false;
  for (; mark; mark = thousands_at(*text, thousands)) {
    *text = advance(*text, mark);
    if (digits_copy(text, out) != 3) return false;
    number->whole += 3;
  }
  return true;
}

static bool exponent_copy(Str text, Writer *out) {
  if (!text.size) return true;
  if (*text.data != 'e' && *text.data != 'E') return false;
  *out->at++ = 'e';
  text = advance(text, 1);
  if (text.size && (*text.data == '-' || *text.data == '+')) {
    *out->at++ = *text.data;
    text = advance(text, 1);
  }
  return text.size && digits_copy(&text, out) && !text.size;
}

bool number_marks_strip(Str text, const NumberMarks *marks, NumberPlain *out) {
  bool minus = false, is_signed = false;
  memset(out->bytes, 0, sizeof out->bytes);
  out->sign = -1;
  out->scale = 0;
  text = trim(text);
  if (text.size > 2 && *text.data == '(' && text.data[text.size - 1] == ')') { // accountants' minus
    text = trim((Str){text.data + 1, text.size - 2});
    minus = is_signed = true;
  }
  text = minus_take(text, &minus, &is_signed);
  text = sign_take(text, marks, &out->sign);
  text = minus_take(text, &minus, &is_signed);
  char *start = out->bytes + NUMBER_MARKS_MARGIN;
  Writer writer = {start, start + NUMBER_MARKS_BYTES - 4}; // an exponent's letter and sign fit
  if (minus) *writer.at++ = '-';
  if (!whole_copy(&text, marks->thousands, &writer, out)) return false;
  if (text.size && *text.data == marks->point) {
    text = advance(text, 1);
    *writer.at++ = marks->point;
    out->scale = digits_copy(&text, &writer);
    if (!out->scale) return false;
  }
  if (!out->whole && !out->scale) return false;
  if (!exponent_copy(text, &writer)) return false;
  out->text = (Str){start, (uint32_t)(writer.at - start)};
  return true;
}
