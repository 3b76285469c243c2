// Casts, as PostgreSQL does them: one value at a time through value_cast, with loops for the common
// ones between integers and decimals.
#include "array_text.h"
#include "buffer.h"
#include "date.h"
#include "expr_function.h"
#include "interval.h"
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <strings.h>

static Status range_error(Type type, Error *error) {
  char name[TYPE_NAME_BYTES];
  return error_set(error, STATUS_OVERFLOW, "%s out of range", type_format(type, name));
}

static Status syntax_error(Type type, Str text, Error *error) {
  char name[TYPE_NAME_BYTES];
  return error_set(error, STATUS_INVALID, "invalid input syntax for type %s: \"%.*s\"",
                   type_format(type, name), (int)text.size, text.data);
}

// Sets an int or decimal of any width from an exact number at `scale`.
static Status number_set(int128_t number, unsigned scale, Type type, Value *out, Error *error) {
  unsigned to = type.kind == TYPE_DECIMAL ? type.scale : 0;
  if (!decimal_rescale(number, scale, to, &number)) return range_error(type, error);
  if (type.kind == TYPE_DECIMAL) {
    int128_t limit = decimal_pow10_128(type.precision);
    if (number >= limit || number <= -limit) return range_error(type, error);
    if (type_physical(type) == PHYSICAL_WIDE)
      out->wide = number;
    else
      out->i = (int64_t)number;
    return STATUS_OK;
  }
  int128_t limit = (int128_t)1 << (type.bits - 1);
  if (number >= limit || number < -limit) return range_error(type, error);
  out->i = (int64_t)number;
  return STATUS_OK;
}

static Status cast_from_number(const Value *in, Type type, Value *out, Error *error) {
  bool wide = type_physical(in->type) == PHYSICAL_WIDE;
  int128_t number = wide ? in->wide : in->i;
  unsigned scale = in->type.kind == TYPE_DECIMAL ? in->type.scale : 0;
  if (type.kind == TYPE_DOUBLE) return out->d = decimal_to_double(number, scale), STATUS_OK;
  if (type.kind == TYPE_BOOL) return out->i = number != 0, STATUS_OK;
  return number_set(number, scale, type, out, error);
}

static Status cast_from_double(double value, Type type, Value *out, Error *error) {
  int128_t number;
  if (type.kind == TYPE_DECIMAL) {
    if (!decimal_from_double(value, type.scale, &number)) return range_error(type, error);
    return number_set(number, type.scale, type, out, error);
  }
  double rounded = rint(value), limit = ldexp(1, type.bits - 1);
  if (!(rounded >= -limit && rounded < limit)) return range_error(type, error);
  out->i = (int64_t)rounded;
  return STATUS_OK;
}

static Str text_trimmed(Str text) {
  while (text.size && strchr(" \t\n\r", text.data[0])) text.data++, text.size--;
  while (text.size && strchr(" \t\n\r", text.data[text.size - 1])) text.size--;
  return text;
}

static Status cast_text_to_bool(Str text, Type type, Value *out, Error *error) {
  static const char *const words[] = {"false", "true", "no", "yes", "off", "on", "0", "1"};
  for (int w = 0; w < 8 && text.size; w++)
    if (text.size <= strlen(words[w]) && !strncasecmp(words[w], text.data, text.size) &&
        !(w / 2 == 2 && text.size == 1)) // a lone "o" is neither on nor off
      return out->i = w & 1, STATUS_OK;
  return syntax_error(type, text, error);
}

static Status cast_text_to_double(Str text, Type type, Value *out, Error *error) {
  char copy[512], *end;
  if (!text.size || text.size >= sizeof copy || memchr(text.data, 0, text.size) ||
      memchr(text.data, 'x', text.size) || memchr(text.data, 'X', text.size))
    return syntax_error(type, text, error);
  memcpy(copy, text.data, text.size);
  copy[text.size] = 0;
  errno = 0;
  out->d = strtod(copy, &end);
  if (*end) return syntax_error(type, text, error);
  bool lost = errno == ERANGE && (isinf(out->d) || out->d == 0);
  return lost ? range_error(type, error) : STATUS_OK;
}

static Status cast_text_to_number(Str text, Type type, Value *out, Error *error) {
  bool decimal = type.kind == TYPE_DECIMAL;
  if (!decimal && (memchr(text.data, '.', text.size) || memchr(text.data, 'e', text.size) ||
                   memchr(text.data, 'E', text.size)))
    return syntax_error(type, text, error);
  int128_t number;
  unsigned scale = decimal ? type.scale : 0;
  switch (decimal_parse(text.data, text.size, '.', scale, &number)) {
  case DECIMAL_SYNTAX:
    return syntax_error(type, text, error);
  case DECIMAL_OVERFLOW:
    return range_error(type, error);
  default:
    return number_set(number, scale, type, out, error);
  }
}

static Status cast_text_to_time(Str text, Type type, Value *out, Error *error) {
  int32_t date, offset;
  bool has_offset;
  if (!timestamp_parse(text.data, text.size, DATE_SQL, &out->i, &has_offset, &offset)) {
    if (!date_parse(text.data, text.size, DATE_SQL, &date)) return syntax_error(type, text, error);
    out->i = (int64_t)date * USEC_PER_DAY;
    has_offset = false;
  }
  if (type.kind == TYPE_TIMESTAMPTZ && has_offset) out->i -= offset * USEC_PER_SECOND;
  if (type.kind == TYPE_DATE) out->i = timestamp_date(out->i);
  return STATUS_OK;
}

static Status cast_text_to_interval(Str text, Type type, Value *out, Error *error) {
  switch (interval_parse(text, INTERVAL_SECOND, 6, &out->interval)) {
  case INTERVAL_OK:
    return STATUS_OK;
  case INTERVAL_SYNTAX:
    return syntax_error(type, text, error);
  default:
    return range_error(type, error);
  }
}

static Status cast_from_text(Str text, Type type, Value *out, Error *error) {
  text = text_trimmed(text);
  switch ((TypeKind)type.kind) {
  case TYPE_BOOL:
    return cast_text_to_bool(text, type, out, error);
  case TYPE_INT:
  case TYPE_DECIMAL:
    return cast_text_to_number(text, type, out, error);
  case TYPE_DOUBLE:
    return cast_text_to_double(text, type, out, error);
  case TYPE_DATE:
  case TYPE_TIMESTAMP:
  case TYPE_TIMESTAMPTZ:
    return cast_text_to_time(text, type, out, error);
  case TYPE_INTERVAL:
    return cast_text_to_interval(text, type, out, error);
  default:
    break;
  }
  char name[TYPE_NAME_BYTES];
  return error_set(error, STATUS_UNSUPPORTED, "cannot cast text to %s", type_format(type, name));
}

static bool is_stamp(Type type) {
  return type.kind == TYPE_TIMESTAMP || type.kind == TYPE_TIMESTAMPTZ;
}

static Status array_error(ArrayStep step, Str text, Error *error) {
  int size = (int)(text.size > 100 ? 100 : text.size);
  if (step == ARRAY_NESTED)
    return error_set(error, STATUS_UNSUPPORTED, "an array of arrays is not supported: \"%.*s\"",
                     size, text.data);
  return error_set(error, STATUS_INVALID, "malformed array literal: \"%.*s\"", size, text.data);
}

// One element of an array of `from` (a text's own elements are texts) as one of an array of `to`.
static Status cast_item(const ArrayItem *item, Type from, Type to, Arena *arena, Buffer *out,
                        Error *error) {
  Value text = {.type = TYPE_OF_STRING}, was, is;
  if (item->is_null) return array_append_null(out), STATUS_OK;
  text.s = array_item_text(item, item->escaped ? arena_alloc(arena, item->text.size) : NULL);
  TRY(value_cast(&text, from, arena, &was, error));
  TRY(value_cast(&was, to, arena, &is, error));
  TRY(value_cast(&is, TYPE_OF_STRING, arena, &text, error));
  array_append(out, text.s);
  return STATUS_OK;
}

static Status cast_items(Str in, Type from, Type to, Arena *arena, Buffer *out, Error *error) {
  ArrayReader reader = array_reader(in);
  ArrayItem item;
  ArrayStep step;
  array_begin(out);
  while ((step = array_next(&reader, &item)) == ARRAY_HAS_ITEM)
    TRY(cast_item(&item, from, to, arena, out, error));
  array_end(out);
  return step == ARRAY_AT_END ? STATUS_OK : array_error(step, in, error);
}

// A text, or an array of other elements, as an array.
static Status cast_to_array(const Value *in, Type from, Type type, Arena *arena, Value *out,
                            Error *error) {
  Type element = type_is_array(from) ? type_element(from) : type_element(type);
  Buffer text;
  buffer_init(&text);
  Status status = cast_items(in->s, element, type_element(type), arena, &text, error);
  if (status == STATUS_OK)
    out->s = (Str){arena_strndup(arena, text.data, text.size), (uint32_t)text.size};
  buffer_clear(&text);
  return status;
}

Status value_cast(const Value *in, Type type, Arena *arena, Value *out, Error *error) {
  Type from = in->type;
  *out = *in;
  out->type = type;
  if (in->is_null || type_equal(from, type)) return STATUS_OK;
  if (type_is_array(type) && from.kind == TYPE_STRING)
    return cast_to_array(in, from, type, arena, out, error);
  if (type_is_text(type) && type_is_array(from)) return STATUS_OK;
  if (type.kind == TYPE_STRING) {
    Buffer text;
    buffer_init(&text);
    value_format(in, &text);
    out->s =
        (Str){arena_strndup(arena, text.size ? text.data : "", text.size), (uint32_t)text.size};
    buffer_clear(&text);
    return STATUS_OK;
  }
  if (from.kind == TYPE_STRING) return cast_from_text(in->s, type, out, error);
  if (type_is_numeric(type) || (type.kind == TYPE_BOOL && from.kind == TYPE_INT)) {
    if (from.kind == TYPE_INT || from.kind == TYPE_DECIMAL || from.kind == TYPE_BOOL)
      return cast_from_number(in, type, out, error);
    if (from.kind == TYPE_DOUBLE) return cast_from_double(in->d, type, out, error);
  }
  if (from.kind == TYPE_DATE && is_stamp(type)) return out->i = in->i * USEC_PER_DAY, STATUS_OK;
  if (is_stamp(from) && type.kind == TYPE_DATE) return out->i = timestamp_date(in->i), STATUS_OK;
  if (is_stamp(from) && is_stamp(type)) return STATUS_OK;
  char a[TYPE_NAME_BYTES], b[TYPE_NAME_BYTES];
  return error_set(error, STATUS_INVALID, "cannot cast %s to %s", type_format(from, a),
                   type_format(type, b));
}

// int or narrow decimal -> int or decimal with no fewer digits after the point.
static bool cast_scales_up(Type from, Type to) {
  bool exact = (from.kind == TYPE_INT || from.kind == TYPE_DECIMAL) &&
               (to.kind == TYPE_INT || to.kind == TYPE_DECIMAL);
  return exact && type_physical(from) == PHYSICAL_INT && to.scale >= from.scale &&
         to.scale - from.scale <= 18;
}

// false: some value (maybe of a row that nobody asks for) leaves the type.
static bool scale_up_narrow(const int64_t *in, uint32_t count, int64_t factor, Type to,
                            int64_t *out) {
  if (to.kind != TYPE_DECIMAL) return false;
  int64_t most = decimal_pow10_64(to.precision) - 1;
  bool bad = false;
  if (factor == 1)
    memcpy(out, in, count * sizeof *out);
  else
    for (uint32_t i = 0; i < count; i++) bad |= __builtin_mul_overflow(in[i], factor, &out[i]);
  for (uint32_t i = 0; i < count; i++) bad |= (out[i] > most) | (out[i] < -most);
  return !bad;
}

static Status cast_scaling_up(const FunctionCall *call, Vector *out, Error *error) {
  int64_t in[VECTOR_ROWS];
  Type from = call->args[0].type, to = call->expr->type;
  vector_flatten_int(&call->args[0], call->row_count, in);
  int64_t factor = decimal_pow10_64(to.scale - from.scale);
  void *data = call_result(call, out);
  if (out->physical == PHYSICAL_WIDE && to.precision >= from.precision + (to.scale - from.scale) &&
      to.precision >= 19 + (to.scale - from.scale)) { // 64 bits scaled up always fit
    int128_t *wide = data;
    for (uint32_t i = 0; i < call->row_count; i++) wide[i] = (int128_t)in[i] * factor;
    return STATUS_OK;
  }
  if (out->physical == PHYSICAL_INT && scale_up_narrow(in, call->row_count, factor, to, data))
    return STATUS_OK;
  for (uint32_t i = 0; i < call->row_count; i++) {
    Value value = {.type = to};
    if (call_row_live(call, i)) TRY(number_set(in[i], from.scale, to, &value, error));
    if (out->physical == PHYSICAL_WIDE)
      ((int128_t *)data)[i] = value.wide;
    else
      ((int64_t *)data)[i] = value.i;
  }
  return STATUS_OK;
}

Status function_eval_cast(const FunctionCall *call, Vector *out, Error *error) {
  const Vector *arg = &call->args[0];
  if (arg->type.kind != TYPE_NULL && cast_scales_up(arg->type, call->expr->type) &&
      arg->physical == PHYSICAL_INT)
    return cast_scaling_up(call, out, error);
  call_result(call, out);
  Arena *arena = call->text;
  for (uint32_t i = 0; i < call->row_count; i++) {
    Value in = vector_value(arg, i), value = {.type = call->expr->type, .is_null = true};
    if (type_is_array(call->expr->args[0]->type)) in.type = call->expr->args[0]->type;
    if (call_row_live(call, i)) TRY(value_cast(&in, call->expr->type, arena, &value, error));
    if (type_is_array(call->expr->type) && arena_bytes(arena) > TEXT_BATCH_BYTES_MAX)
      return error_set(error, STATUS_LIMIT, "the arrays that a cast makes exceed %d MiB",
                       (int)(TEXT_BATCH_BYTES_MAX >> 20));
    call_set_value(call, out, i, &value);
  }
  return STATUS_OK;
}
