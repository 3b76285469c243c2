// Reading a format of numbers: its patterns one by one, and what they say together. Which patterns
// exclude each other is PostgreSQL's.
#include "number_format.h"
#include <ctype.h>

static const struct {
  const char *upper, *lower; // longest first among those that begin alike
  NumberPartKind kind;
} PATTERNS[] = {
    {"9", "9", NUMBER_NINE},         {"0", "0", NUMBER_ZERO},           {".", ".", NUMBER_POINT},
    {",", ",", NUMBER_COMMA},        {"B", "b", NUMBER_NOTHING},        {"C", "c", NUMBER_NOTHING},
    {"D", "d", NUMBER_POINT},        {"EEEE", "eeee", NUMBER_EXPONENT}, {"FM", "fm", NUMBER_FILL},
    {"G", "g", NUMBER_COMMA},        {"L", "l", NUMBER_CURRENCY},       {"MI", "mi", NUMBER_MINUS},
    {"PL", "pl", NUMBER_PLUS},       {"PR", "pr", NUMBER_BRACKET},      {"RN", "rn", NUMBER_ROMAN},
    {"SG", "sg", NUMBER_PLUS_MINUS}, {"SP", "sp", NUMBER_NOTHING},      {"S", "s", NUMBER_SIGN},
    {"TH", "th", NUMBER_ORDINAL},    {"V", "v", NUMBER_SHIFT},
};

static bool begins(const NumberWalk *walk, const char *pattern) {
  if (*walk->at != *pattern) return false;
  size_t size = strlen(pattern);
  return (size_t)(walk->end - walk->at) >= size && memcmp(walk->at, pattern, size) == 0;
}

static bool pattern_next(NumberWalk *walk, NumberPart *part) {
  for (size_t i = 0; i < sizeof PATTERNS / sizeof *PATTERNS; i++) {
    bool upper = begins(walk, PATTERNS[i].upper);
    if (!upper && !begins(walk, PATTERNS[i].lower)) continue;
    walk->at += strlen(PATTERNS[i].upper);
    *part = (NumberPart){.kind = PATTERNS[i].kind, .lower = !upper};
    return true;
  }
  return false;
}

NumberPart number_walk_next(NumberWalk *walk) {
  NumberPart part = {.kind = NUMBER_END};
  for (; walk->at < walk->end && *walk->at == '"'; walk->at++) walk->quoted = !walk->quoted;
  if (walk->at == walk->end || (!walk->quoted && pattern_next(walk, &part))) return part;
  bool escaped =
      *walk->at == '\\' && walk->at + 1 < walk->end && (walk->quoted || walk->at[1] == '"');
  if (escaped) walk->at++;
  const char *start = walk->at;
  utf8_decode(&walk->at);
  if (walk->at > walk->end) walk->at = walk->end;
  return (NumberPart){.kind = NUMBER_TEXT, .text = {start, (uint32_t)(walk->at - start)}};
}

static Status refuse(Error *error, const char *why) {
  return error_set(error, STATUS_INVALID, "%s in a format of numbers", why);
}

static Status read_digit(NumberFormat *format, bool zero, Error *error) {
  if (format->bracket)
    return refuse(error, zero ? "\"0\" must be ahead of \"PR\"" : "\"9\" must be ahead of \"PR\"");
  if (format->whole + format->fraction + format->shift >= NUMBER_FORMAT_DIGITS_MAX)
    return error_set(error, STATUS_LIMIT, "a format of numbers has more than %d digits",
                     NUMBER_FORMAT_DIGITS_MAX);
  if (!zero && format->has_shift) return format->shift++, STATUS_OK;
  if (zero && !format->zero && !format->point) {
    format->zero = true;
    format->zero_first = format->whole + 1;
  }
  *(format->point ? &format->fraction : &format->whole) += 1;
  if (zero) format->zero_end = format->whole + format->fraction;
  return STATUS_OK;
}

static Status read_sign(NumberFormat *format, Error *error) {
  if (format->sign) return refuse(error, "cannot use \"S\" twice");
  if (format->plus || format->minus || format->bracket)
    return refuse(error, "cannot use \"S\" and \"PL\", \"MI\", \"SG\" or \"PR\" together");
  format->sign = true;
  format->anchor = format->point ? ANCHOR_BEHIND : ANCHOR_BEFORE;
  if (!format->point) format->sign_at = format->whole;
  return STATUS_OK;
}

static Status read_exponent(NumberFormat *format, Error *error) {
  if (format->exponent) return refuse(error, "cannot use \"EEEE\" twice");
  if (format->fill || format->sign || format->bracket || format->minus || format->plus ||
      format->roman || format->has_shift)
    return refuse(error, "\"EEEE\" goes with digits and a decimal point only");
  format->exponent = true;
  return STATUS_OK;
}

static Status read_part(NumberFormat *format, NumberPartKind kind, Error *error) {
  if (kind == NUMBER_TEXT) return STATUS_OK;
  if (format->exponent && kind != NUMBER_EXPONENT)
    return refuse(error, "\"EEEE\" must be the last pattern");
  switch (kind) {
  case NUMBER_NINE:
  case NUMBER_ZERO:
    return read_digit(format, kind == NUMBER_ZERO, error);
  case NUMBER_POINT:
    if (format->point) return refuse(error, "multiple decimal points");
    if (format->has_shift) return refuse(error, "cannot use \"V\" and a decimal point together");
    format->point = true;
    return STATUS_OK;
  case NUMBER_SHIFT:
    if (format->point) return refuse(error, "cannot use \"V\" and a decimal point together");
    format->has_shift = true;
    return STATUS_OK;
  case NUMBER_SIGN:
    return read_sign(format, error);
  case NUMBER_MINUS:
  case NUMBER_PLUS:
  case NUMBER_PLUS_MINUS:
    if (format->sign)
      return refuse(error, "cannot use \"S\" and \"PL\", \"MI\", \"SG\" or \"PR\" together");
    format->minus |= kind != NUMBER_PLUS;
    format->plus |= kind != NUMBER_MINUS;
    return STATUS_OK;
  case NUMBER_BRACKET:
    if (format->sign || format->plus || format->minus)
      return refuse(error, "cannot use \"PR\" and \"S\", \"PL\", \"MI\" or \"SG\" together");
    format->bracket = true;
    return STATUS_OK;
  case NUMBER_EXPONENT:
    return read_exponent(format, error);
  default:
    format->fill |= kind == NUMBER_FILL;
    format->roman |= kind == NUMBER_ROMAN;
    return STATUS_OK;
  }
}

Status number_format_read(Str text, NumberFormat *format, Error *error) {
  *format = (NumberFormat){.text = text};
  if (text.size > NUMBER_FORMAT_BYTES_MAX)
    return error_set(error, STATUS_LIMIT, "a format of numbers has more than %d bytes",
                     NUMBER_FORMAT_BYTES_MAX);
  NumberWalk walk = number_walk(text);
  for (NumberPart part = number_walk_next(&walk); part.kind != NUMBER_END;
       part = number_walk_next(&walk))
    TRY(read_part(format, part.kind, error));
  format->whole += format->shift;
  return STATUS_OK;
}
