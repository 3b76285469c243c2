// to_char of numbers, after PostgreSQL's patterns (see number_format.h).
//
// The number is first made a text of digits that fits the format: rounded to the digits behind the
// point, without a sign, and all '#' where it has more digits before the point than the format.
// Then the format is walked, each digit pattern taking a blank, a zero or the next digit. With FM
// the zeros at the end of the fraction are left out.
#include "expr_function.h"
#include "number_format.h"
#include <assert.h>
#include <ctype.h>
#include <math.h>
#include <stdio.h>

#define DOUBLE_DIGITS 15 // that a double is good for

typedef struct Number { // as the format wants it
  char *text;           // digits, maybe a point and digits; NUL-terminated
  char sign;            // + or -; 0 beside a Roman number
  int blanks;           // digit patterns before its first digit
} Number;

typedef struct Writer {
  NumberFormat format; // a copy: what the number changes in it
  Number number;
  const char *at;     // the next character of the number
  const char *last;   // the last one that FM writes; NULL: all are
  int place;          // of the digit pattern, from 0
  int places;         // digit patterns there are, where the sign behind goes
  bool sign_written;  // or none is to be
  bool digit_written; // by the last digit pattern
  char *out;
} Writer;

// ---------------------------------------------------------------- the number as a text

// Room for the text of a number: the digits of the format and of any double.
#define NUMBER_BYTES_MAX (NUMBER_FORMAT_DIGITS_MAX + 400)

static void put_char(Writer *writer, char c) {
  *writer->out++ = c;
}

static void number_overflow(const NumberFormat *format, Number *number) {
  size_t size = (size_t)format->whole + (size_t)format->fraction + 1;
  memset(number->text, '#', size);
  number->text[size] = 0;
  number->text[format->whole] = '.';
  number->blanks = 0;
}

// Blanks before the digits, or the mark of a number that has too many.
static void number_fit(const NumberFormat *format, Number *number) {
  size_t size = strcspn(number->text, ".");
  if (size > (size_t)format->whole)
    number_overflow(format, number);
  else
    number->blanks = format->whole - (int)size;
}

// An exact number, `value` times 10^-scale, with `fraction` digits behind the point.
static void exact_text(int128_t value, unsigned scale, unsigned fraction, Number *number) {
  unsigned kept = scale < fraction ? scale : fraction;
  int128_t rounded = value;
  if (!decimal_rescale(value, scale, kept, &rounded)) rounded = value;
  number->sign = rounded < 0 ? '-' : '+';
  size_t size = decimal_format(rounded < 0 ? -rounded : rounded, kept, number->text);
  if (!kept && fraction) number->text[size++] = '.';
  memset(number->text + size, '0', fraction - kept);
  number->text[size + fraction - kept] = 0;
}

static void number_of_exact(const NumberFormat *format, int128_t value, unsigned scale,
                            Number *number) {
  exact_text(value, scale, (unsigned)(format->fraction + format->shift), number);
  if (format->shift) { // without its point the number is that much larger
    char *point = strchr(number->text, '.');
    memmove(point, point + 1, strlen(point));
    char *digit = number->text;
    while (*digit == '0' && digit[1]) digit++;
    memmove(number->text, digit, strlen(digit) + 1);
  }
  number_fit(format, number);
}

static void double_text(double value, int fraction, Number *number) {
  if (isnan(value))
    strcpy(number->text, "NaN");
  else if (isinf(value))
    strcpy(number->text, "Infinity");
  else
    snprintf(number->text, NUMBER_BYTES_MAX, "%.*f", fraction, fabs(value));
  number->sign = !isnan(value) && signbit(value) ? '-' : '+';
}

// A double is written with 15 digits at most; the format's fraction is cut to them.
static void number_of_double(NumberFormat *format, double value, Number *number) {
  if (format->shift) value *= pow(10, format->shift);
  double_text(value, 0, number);
  int whole = (int)strlen(number->text);
  if (whole >= DOUBLE_DIGITS)
    format->fraction = 0;
  else if (whole + format->fraction > DOUBLE_DIGITS)
    format->fraction = DOUBLE_DIGITS - whole;
  double_text(value, format->fraction, number);
  number_fit(format, number);
}

// d.ddde+dd of an exact number, rounded half away from zero.
static size_t exact_exponent(const NumberFormat *format, int128_t value, unsigned scale,
                             char *out) {
  char digits[DECIMAL_TEXT_BYTES];
  size_t count = decimal_format(value < 0 ? -value : value, 0, digits);
  int exponent = value ? (int)count - 1 - (int)scale : 0;
  size_t kept = (size_t)format->fraction + 1;
  if (kept < count) {
    int128_t rounded = 0;
    bool fits = decimal_rescale(value < 0 ? -value : value, (unsigned)(count - kept), 0, &rounded);
    assert(fits); // it has fewer digits, or one more
    (void)fits;
    size_t now = decimal_format(rounded, 0, digits);
    if (now > kept) exponent++;
    count = kept;
  }
  size_t size = 0;
  out[size++] = value < 0 ? '-' : ' ';
  out[size++] = digits[0];
  if (format->fraction) out[size++] = '.';
  for (size_t i = 1; i < kept; i++) out[size++] = i < count ? digits[i] : '0';
  return size + (size_t)sprintf(out + size, "e%+03d", exponent);
}

static size_t double_exponent(const NumberFormat *format, double value, char *out) {
  if (isfinite(value)) {
    int size = sprintf(out, "%+.*e", format->fraction, value);
    if (*out == '+') *out = ' ';
    return (size_t)size;
  }
  size_t size = (size_t)(format->whole + format->fraction) + 6;
  memset(out, '#', size);
  out[0] = ' ';
  out[format->whole + 1] = '.';
  return size;
}

// ---------------------------------------------------------------- patterns

// The zeros at the end that FM leaves out begin behind `last`; a 0 of the format keeps its place.
static const char *last_digit(const NumberFormat *format, const Number *number) {
  const char *point = strchr(number->text, '.');
  if (!format->fill || !format->point || !point) return NULL;
  const char *last = point;
  for (const char *at = point + 1; *at; at++)
    if (*at != '0') last = at;
  if (format->zero_end <= number->blanks) return last;
  size_t kept = (size_t)(format->zero_end - number->blanks), size = strlen(number->text) - 1;
  const char *zero = number->text + (kept < size ? kept : size);
  return zero > last ? zero : last;
}

// A fraction's lone 0 before the point, which 9 does not write.
static bool at_lone_zero(const Writer *writer) {
  return !writer->format.zero && writer->at == writer->number.text && *writer->at == '0' &&
         writer->format.fraction;
}

static bool only_point_left(const Writer *writer) {
  return writer->last && *writer->last == '.';
}

static void put_sign(Writer *writer) {
  const NumberFormat *format = &writer->format;
  bool starts = writer->place >= writer->number.blanks ||
                (format->zero && format->zero_first - 1 == writer->place);
  if (writer->sign_written || !starts || (at_lone_zero(writer) && !only_point_left(writer))) return;
  bool negative = writer->number.sign == '-';
  if (format->sign) {
    if (format->anchor != ANCHOR_BEFORE) return;
    put_char(writer, negative ? '-' : '+');
  } else if (format->bracket) {
    put_char(writer, negative ? '<' : ' ');
  } else if (negative) {
    put_char(writer, '-');
  } else if (!format->fill) {
    put_char(writer, ' ');
  }
  writer->sign_written = true;
}

// The number's next character, for a digit or the point; false: the number is at its end, and
// with it, as there, the whole text.
static bool put_next(Writer *writer, NumberPartKind kind) {
  const NumberFormat *format = &writer->format;
  if (*writer->at == '.') {
    if (!only_point_left(writer) || format->fill) put_char(writer, '.');
  } else if (writer->last && writer->at > writer->last && kind != NUMBER_ZERO) {
    // a zero that FM leaves out
  } else if (at_lone_zero(writer)) {
    if (!format->fill)
      put_char(writer, ' ');
    else if (only_point_left(writer))
      put_char(writer, '0');
  } else if (!*writer->at) {
    return false;
  } else {
    put_char(writer, *writer->at);
    writer->digit_written = true;
  }
  if (*writer->at) writer->at++;
  return true;
}

static bool put_digit(Writer *writer, NumberPartKind kind) {
  const NumberFormat *format = &writer->format;
  const Number *number = &writer->number;
  if (format->roman) return true;
  writer->digit_written = false;
  put_sign(writer);
  bool zeros = format->zero && format->zero_first - 1 <= writer->place;
  if (writer->place < number->blanks && !zeros) {
    if (!format->fill) put_char(writer, ' ');
  } else if (writer->place < number->blanks) {
    put_char(writer, '0');
    writer->digit_written = true;
  } else if (!put_next(writer, kind)) {
    return false;
  }
  int end = writer->places + (number->blanks > 0) + format->point;
  if (writer->last && writer->last == writer->at) end = writer->place;
  bool negative = number->sign == '-';
  if (writer->place + 1 == end) {
    if (writer->sign_written && format->bracket)
      put_char(writer, negative ? '>' : ' ');
    else if (format->sign && format->anchor == ANCHOR_BEHIND)
      put_char(writer, negative ? '-' : '+');
  }
  writer->place++;
  return true;
}

static Status put_ordinal(Writer *writer, bool lower, Error *error) {
  const Number *number = &writer->number;
  if (writer->format.roman || *number->text == '#' || number->sign == '-' || writer->format.point)
    return STATUS_OK;
  size_t size = strlen(number->text);
  char last = number->text[size - 1];
  if (!isdigit((unsigned char)last))
    return error_set(error, STATUS_INVALID, "\"%s\" is not a number that has an ordinal",
                     number->text);
  bool teen = size > 1 && number->text[size - 2] == '1';
  const char *ending = teen || last > '3' || last == '0' ? "TH"
                       : last == '1'                     ? "ST"
                       : last == '2'                     ? "ND"
                                                         : "RD";
  for (; *ending; ending++)
    put_char(writer, lower ? (char)tolower((unsigned char)*ending) : *ending);
  return STATUS_OK;
}

static void put_roman(Writer *writer, bool lower) {
  const char *text = writer->number.text;
  size_t size = strlen(text);
  if (!writer->format.fill)
    for (size_t i = size; i < 15; i++) put_char(writer, ' ');
  for (; *text; text++) put_char(writer, lower ? (char)tolower((unsigned char)*text) : *text);
}

// A sign at its place, or the blank instead.
static void put_sign_of(Writer *writer, char sign) {
  if (writer->number.sign == sign)
    put_char(writer, sign);
  else if (!writer->format.fill)
    put_char(writer, ' ');
}

// *more is false when the text ends here.
static Status put_part(Writer *writer, const NumberPart *part, bool *more, Error *error) {
  *more = true;
  switch (part->kind) {
  case NUMBER_TEXT:
    memcpy(writer->out, part->text.data, part->text.size);
    writer->out += part->text.size;
    return STATUS_OK;
  case NUMBER_NINE:
  case NUMBER_ZERO:
  case NUMBER_POINT:
    *more = put_digit(writer, part->kind);
    return STATUS_OK;
  case NUMBER_COMMA:
    if (writer->digit_written)
      put_char(writer, ',');
    else if (!writer->format.fill)
      put_char(writer, ' ');
    return STATUS_OK;
  case NUMBER_CURRENCY:
    put_char(writer, ' ');
    return STATUS_OK;
  case NUMBER_MINUS:
    put_sign_of(writer, '-');
    return STATUS_OK;
  case NUMBER_PLUS:
    put_sign_of(writer, '+');
    return STATUS_OK;
  case NUMBER_PLUS_MINUS:
    *more = writer->number.sign != 0;
    if (*more) put_char(writer, writer->number.sign);
    return STATUS_OK;
  case NUMBER_ORDINAL:
    return put_ordinal(writer, part->lower, error);
  case NUMBER_ROMAN:
    put_roman(writer, part->lower);
    return STATUS_OK;
  default:
    return STATUS_OK;
  }
}

static void writer_init(Writer *writer, const NumberFormat *format, Number number, char *out) {
  *writer = (Writer){.format = *format, .number = number, .at = number.text, .out = out};
  NumberFormat *f = &writer->format;
  if (f->plus || f->minus) {
    writer->sign_written = f->minus;
  } else {
    if (number.sign != '-' && f->fill) f->bracket = false;
    writer->sign_written = number.sign == '+' && f->fill && !f->sign;
    if (f->anchor == ANCHOR_BEFORE && f->whole == f->sign_at) f->anchor = ANCHOR_BEHIND;
  }
  writer->last = last_digit(f, &writer->number);
  writer->places = f->whole + f->fraction - 1;
  if (!writer->sign_written && !number.blanks) writer->places++;
}

static Status number_write(const NumberFormat *format, Number number, char *out, size_t *size,
                           Error *error) {
  Writer writer;
  writer_init(&writer, format, number, out);
  NumberWalk walk = number_walk(format->text);
  bool more = true;
  for (NumberPart part = number_walk_next(&walk); more && part.kind != NUMBER_END;
       part = number_walk_next(&walk))
    TRY(put_part(&writer, &part, &more, error));
  *size = (size_t)(writer.out - out);
  return STATUS_OK;
}

// ---------------------------------------------------------------- entry

static void roman_text(int64_t value, char *out) {
  static const struct {
    int value;
    const char *text;
  } steps[] = {{1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"}, {90, "XC"}, {50, "L"},
               {40, "XL"},  {10, "X"},   {9, "IX"},  {5, "V"},    {4, "IV"},  {1, "I"}};
  if (value < 1 || value > 3999) {
    strcpy(out, "###############");
    return;
  }
  *out = 0;
  for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
    for (; value >= steps[i].value; value -= steps[i].value) strcat(out, steps[i].text);
}

// A double or decimal as a whole number of 32 bits.
static Status roman_number(const Value *value, int64_t *number, Error *error) {
  Value whole;
  TRY(value_cast(value, TYPE_OF_INT32, NULL, &whole, error));
  *number = whole.i;
  return STATUS_OK;
}

static Status number_char(NumberFormat format, const Value *value, char *out, size_t *size,
                          Error *error) {
  char text[NUMBER_BYTES_MAX];
  Number number = {.text = text};
  bool exact = value->type.kind != TYPE_DOUBLE;
  unsigned scale = value->type.kind == TYPE_DECIMAL ? value->type.scale : 0;
  int128_t digits = 0;
  if (exact) digits = type_physical(value->type) == PHYSICAL_WIDE ? value->wide : value->i;
  if (format.roman) {
    int64_t whole = value->type.kind == TYPE_INT ? value->i : 0;
    if (value->type.kind != TYPE_INT) TRY(roman_number(value, &whole, error));
    roman_text(whole, text);
    format = (NumberFormat){.text = format.text, .roman = true, .fill = format.fill};
  } else if (format.exponent) {
    *size = exact ? exact_exponent(&format, digits, scale, out)
                  : double_exponent(&format, value->d, out);
    return STATUS_OK;
  } else if (exact) {
    number_of_exact(&format, digits, scale, &number);
  } else {
    number_of_double(&format, value->d, &number);
  }
  return number_write(&format, number, out, size, error);
}

// Of a format's byte, at most (RN writes 15), and of a number with an exponent beside its digits.
#define OUT_BYTES_PER_BYTE 8
#define OUT_BYTES_MORE 16

#define CHECK_ROWS 64 // between looks at whether the job goes on: a format may be long

Status function_eval_number_char(const FunctionCall *call, Vector *out, Error *error) {
  Str *result = call_result(call, out);
  NumberFormat format = {0};
  bool constant = call->args[1].constant, read = false;
  for (uint32_t i = 0; i < call->row_count; i++) {
    result[i] = (Str){"", 0};
    if (!call_row_live(call, i)) continue;
    if (call->job && i % CHECK_ROWS == 0) TRY(job_check(call->job, error));
    if (!constant || !read) TRY(number_format_read(vector_text(&call->args[1], i), &format, error));
    read = true;
    char *space;
    uint64_t room = (uint64_t)format.text.size * OUT_BYTES_PER_BYTE + OUT_BYTES_MORE;
    TRY(call_reserve_text(call, room, &space, error));
    Value value = vector_value(&call->args[0], i);
    size_t size = 0;
    TRY(number_char(format, &value, space, &size, error));
    result[i] = (Str){space, (uint32_t)size};
  }
  return STATUS_OK;
}
