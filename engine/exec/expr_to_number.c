// to_number: a text read by a format of numbers, the way back from to_char, by PostgreSQL's rules.
//
// The format is walked beside the text. A digit pattern takes a digit, and passes over one
// character that is none; a text of the format passes over one character, whatever it is; a mark of
// thousands over a comma. What the text has behind the format is ignored.
#include "expr_function.h"
#include "number_format.h"
#include <ctype.h>

typedef struct Reader {
  const NumberFormat *format;
  const char *at, *end; // of the text
  char digits[DECIMAL_DIGITS_MAX + 2];
  unsigned count; // of digits and the point
  int fraction;   // digits read behind the point
  bool point;
  char sign; // 0: not read yet
} Reader;

static bool read_sign(Reader *reader) {
  bool sign = reader->at < reader->end && (*reader->at == '-' || *reader->at == '+');
  if (sign) reader->sign = *reader->at;
  return sign;
}

static void read_sign_before(Reader *reader) {
  const NumberFormat *format = reader->format;
  bool fixed = format->sign && format->anchor == ANCHOR_BEFORE;
  if (read_sign(reader)) {
    reader->at++;
  } else if (!fixed && format->bracket && *reader->at == '<') {
    reader->sign = '-';
    reader->at++;
  }
}

// A sign behind the digits: S stands after the last of them, MI, PL and SG where a digit might.
static void read_sign_behind(Reader *reader, bool read) {
  const NumberFormat *format = reader->format;
  if (format->sign) {
    bool more = read && reader->at + 1 < reader->end && !isdigit((unsigned char)reader->at[1]);
    if (!more) return;
    reader->at++;
    if (!read_sign(reader)) reader->at--;
  } else if (!read && (format->plus || format->minus)) {
    read_sign(reader);
  }
}

static Status read_digit(Reader *reader, NumberPartKind kind, Error *error) {
  const NumberFormat *format = reader->format;
  if (*reader->at == ' ') reader->at++;
  if (reader->at == reader->end) return STATUS_OK;
  if (!reader->sign && kind != NUMBER_POINT && reader->count == (reader->point ? 1u : 0u))
    read_sign_before(reader);
  if (reader->at == reader->end) return STATUS_OK;
  bool read = false;
  if (isdigit((unsigned char)*reader->at)) {
    if (reader->point && reader->fraction == format->fraction) return STATUS_OK;
    if (reader->count == sizeof reader->digits)
      return error_set(error, STATUS_OVERFLOW, "a number of more than %d digits",
                       DECIMAL_DIGITS_MAX);
    reader->digits[reader->count++] = *reader->at;
    reader->fraction += reader->point;
    read = true;
  } else if (format->point && !reader->point && *reader->at == '.') {
    reader->digits[reader->count++] = '.';
    reader->point = read = true;
  }
  if (!reader->sign && reader->count > (reader->point ? 1u : 0u)) read_sign_behind(reader, read);
  return STATUS_OK;
}

// Characters that are no part of a number.
static void skip_others(Reader *reader, int count) {
  for (; count > 0 && reader->at < reader->end && !strchr("0123456789.,+-", *reader->at); count--)
    utf8_decode(&reader->at);
}

static bool is_sign_for(NumberPartKind kind, char c) {
  return (c == '-' && kind != NUMBER_PLUS) || (c == '+' && kind != NUMBER_MINUS);
}

static Status read_part(Reader *reader, const NumberPart *part, Error *error) {
  switch (part->kind) {
  case NUMBER_TEXT:
    utf8_decode(&reader->at);
    return STATUS_OK;
  case NUMBER_NINE:
  case NUMBER_ZERO:
  case NUMBER_POINT:
    TRY(read_digit(reader, part->kind, error));
    if (reader->at < reader->end) utf8_decode(&reader->at);
    return STATUS_OK;
  case NUMBER_COMMA:
    if (!reader->format->fill && *reader->at == ',') reader->at++;
    return STATUS_OK;
  case NUMBER_CURRENCY:
    skip_others(reader, 1);
    return STATUS_OK;
  case NUMBER_ORDINAL:
    if (!reader->format->point) skip_others(reader, 2);
    return STATUS_OK;
  case NUMBER_MINUS:
  case NUMBER_PLUS:
  case NUMBER_PLUS_MINUS:
    if (is_sign_for(part->kind, *reader->at))
      reader->sign = *reader->at++;
    else
      skip_others(reader, 1);
    return STATUS_OK;
  default:
    return STATUS_OK;
  }
}

static Status number_read(const NumberFormat *format, Str text, Type type, int128_t *number,
                          Error *error) {
  Reader reader = {.format = format, .at = text.data, .end = text.data + text.size};
  NumberWalk walk = number_walk(format->text);
  for (NumberPart part = number_walk_next(&walk); part.kind != NUMBER_END && reader.at < reader.end;
       part = number_walk_next(&walk))
    TRY(read_part(&reader, &part, error));
  int shown = (int)(text.size > 100 ? 100 : text.size);
  DecimalParse parsed =
      decimal_parse(reader.digits, reader.count, '.', (unsigned)format->fraction, number);
  if (parsed == DECIMAL_SYNTAX)
    return error_set(error, STATUS_INVALID, "\"%.*s\" has no number by the format \"%.*s\"", shown,
                     text.data, (int)(format->text.size > 100 ? 100 : format->text.size),
                     format->text.data);
  if (parsed == DECIMAL_OVERFLOW || *number >= decimal_pow10_128(type.precision))
    return error_set(error, STATUS_OVERFLOW, "\"%.*s\" has more digits than the format \"%.*s\"",
                     shown, text.data, (int)(format->text.size > 100 ? 100 : format->text.size),
                     format->text.data);
  if (reader.sign == '-') *number = -*number;
  return STATUS_OK;
}

#define CHECK_ROWS 64 // between looks at whether the job goes on: a format may be long

Status function_eval_to_number(const FunctionCall *call, Vector *out, Error *error) {
  void *result = call_result(call, out);
  NumberFormat format;
  TRY(number_format_read(call->expr->args[1]->value.s, &format, error));
  for (uint32_t i = 0; i < call->row_count; i++) {
    int128_t number = 0;
    if (call->job && i % CHECK_ROWS == 0) TRY(job_check(call->job, error));
    if (call_row_live(call, i))
      TRY(number_read(&format, vector_text(&call->args[0], i), call->expr->type, &number, error));
    if (out->physical == PHYSICAL_WIDE)
      ((int128_t *)result)[i] = number;
    else
      ((int64_t *)result)[i] = (int64_t)number;
  }
  return STATUS_OK;
}
