// Functions that cut texts up and put them together: one row at a time, by code points of UTF-8.
//
// Each function is a row of a table: a kernel that gives a text or one that gives an integer. What
// makes a text longer than its arguments asks call_reserve_text for room, which bounds it.
#include "expr_function.h"
#include "hash.h"
#include "text_md5.h"
#include <stdio.h>

typedef Status (*TextKernel)(const FunctionCall *call, uint32_t row, Str *out, Error *error);
typedef Status (*IntKernel)(const FunctionCall *call, uint32_t row, int64_t *out, Error *error);

static Str arg_text(const FunctionCall *call, uint32_t arg, uint32_t row) {
  return vector_text(&call->args[arg], row);
}

static int64_t arg_int(const FunctionCall *call, uint32_t arg, uint32_t row) {
  return vector_int(&call->args[arg], row);
}

// Where code point number `count` starts, at most the end; a negative count is the start.
static uint32_t text_offset(Str text, int64_t count) {
  const char *p = text.data, *end = text.data + text.size;
  if (count >= text.size) return text.size;
  for (int64_t i = 0; i < count && p < end; i++) utf8_decode(&p);
  return (uint32_t)(p - text.data);
}

static Str text_from(Str text, uint32_t offset) {
  return (Str){text.data + offset, text.size - offset};
}

// Byte offset of `part` in text at or after `from`, or -1. An empty part is found at once.
static int64_t text_find(Str text, Str part, uint32_t from) {
  if (part.size == 0) return from;
  if (part.size > text.size - from) return -1;
  const char *found = memmem(text.data + from, text.size - from, part.data, part.size);
  return found ? found - text.data : -1;
}

static Status join3(const FunctionCall *call, Str a, Str b, Str c, Str *out, Error *error) {
  char *data;
  uint64_t size = (uint64_t)a.size + b.size + c.size;
  TRY(call_reserve_text(call, size, &data, error));
  memcpy(data, a.data, a.size);
  memcpy(data + a.size, b.data, b.size);
  memcpy(data + a.size + b.size, c.data, c.size);
  *out = (Str){data, (uint32_t)size};
  return STATUS_OK;
}

// --- characters ---

static Status edit_initcap(const FunctionCall *call, uint32_t row, Str *out, Error *error) {
  Str in = arg_text(call, 0, row);
  char *data, *at;
  TRY(call_reserve_text(call, (uint64_t)in.size * 2, &data, error)); // 2 bytes may become 3
  at = data;
  bool inside = false; // a word
  for (const char *p = in.data, *end = in.data + in.size; p < end;) {
    uint32_t c = utf8_decode(&p);
    at += utf8_encode(codepoint_map_case(c, !inside), at);
    inside = codepoint_is_word(c);
  }
  *out = (Str){data, (uint32_t)(at - data)};
  return STATUS_OK;
}

static Status edit_reverse(const FunctionCall *call, uint32_t row, Str *out, Error *error) {
  Str in = arg_text(call, 0, row);
  char *data;
  TRY(call_reserve_text(call, in.size, &data, error));
  char *at = data + in.size;
  for (const char *p = in.data, *end = in.data + in.size; p < end;) {
    const char *start = p;
    utf8_decode(&p);
    at -= p - start;
    memcpy(at, start, (size_t)(p - start));
  }
  *out = (Str){data, in.size};
  return STATUS_OK;
}

static Status edit_ascii(const FunctionCall *call, uint32_t row, int64_t *out, Error *error) {
  (void)error;
  Str in = arg_text(call, 0, row);
  const char *p = in.data;
  *out = in.size ? utf8_decode(&p) : 0;
  return STATUS_OK;
}

static Status edit_chr(const FunctionCall *call, uint32_t row, Str *out, Error *error) {
  int64_t c = arg_int(call, 0, row);
  char *data;
  if (c == 0) return error_set(error, STATUS_INVALID, "null character not permitted");
  if (c < 0) return error_set(error, STATUS_INVALID, "character number must be positive");
  if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
    return error_set(error, STATUS_INVALID, "requested character not valid for encoding: %lld",
                     (long long)c);
  TRY(call_reserve_text(call, 4, &data, error));
  *out = (Str){data, (uint32_t)utf8_encode((uint32_t)c, data)};
  return STATUS_OK;
}

static Status edit_to_hex(const FunctionCall *call, uint32_t row, Str *out, Error *error) {
  char *data;
  TRY(call_reserve_text(call, 17, &data, error));
  uint64_t value = (uint64_t)arg_int(call, 0, row);
  if (call->args[0].type.bits < 64) value = (uint32_t)value;
  *out = (Str){data, (uint32_t)snprintf(data, 17, "%llx", (unsigned long long)value)};
  return STATUS_OK;
}

static Status edit_translate(const FunctionCall *call, uint32_t row, Str *out, Error *error) {
  Str in = arg_text(call, 0, row), from = arg_text(call, 1, row), to = arg_text(call, 2, row);
  char *data, *at;
  TRY(call_reserve_text(call, (uint64_t)in.size * 4, &data, error));
  at = data;
  for (const char *p = in.data, *end = in.data + in.size; p < end;) {
    uint32_t c = utf8_decode(&p);
    const char *f = from.data, *f_end = f + from.size, *t = to.data, *t_end = t + to.size;
    bool found = false, kept = true;
    while (f < f_end && !found) {
      found = utf8_decode(&f) == c;
      bool has = t < t_end;
      uint32_t other = has ? utf8_decode(&t) : 0;
      if (found) kept = has, c = has ? other : c;
    }
    if (kept) at += utf8_encode(c, at);
  }
  *out = (Str){data, (uint32_t)(at - data)};
  return STATUS_OK;
}

// --- trimming ---

static bool set_has(Str set, uint32_t c) {
  for (const char *p = set.data, *end = set.data + set.size; p < end;)
    if (utf8_decode(&p) == c) return true;
  return false;
}

static const char *before(const char *p) {
  do p--;
  while ((*p & 0xc0) == 0x80);
  return p;
}

static Status edit_trim(const FunctionCall *call, uint32_t row, Str *out, Error *error) {
  (void)error;
  Str in = arg_text(call, 0, row), set = arg_text(call, 1, row);
  const char *first = in.data, *last = in.data + in.size;
  while (call->expr->function != FUNCTION_RTRIM && first < last) {
    const char *p = first;
    if (!set_has(set, utf8_decode(&p))) break;
    first = p;
  }
  while (call->expr->function != FUNCTION_LTRIM && first < last) {
    const char *start = before(last), *p = start;
    if (!set_has(set, utf8_decode(&p))) break;
    last = start;
  }
  *out = (Str){first, (uint32_t)(last - first)};
  return STATUS_OK;
}

// --- parts ---

// The code points that n keeps of `length`: n, or all but -n of them.
static int64_t kept_count(int64_t n, int64_t length) {
  if (n >= 0) return n < length ? n : length;
  return n < -length ? 0 : length + n;
}

static Status edit_left(const FunctionCall *call, uint32_t row, Str *out, Error *error) {
  (void)error;
  Str in = arg_text(call, 0, row);
  int64_t kept = kept_count(arg_int(call, 1, row), (int64_t)utf8_length(in.data, in.size));
  *out = (Str){in.data, text_offset(in, kept)};
  return STATUS_OK;
}

static Status edit_right(const FunctionCall *call, uint32_t row, Str *out, Error *error) {
  (void)error;
  Str in = arg_text(call, 0, row);
  int64_t length = (int64_t)utf8_length(in.data, in.size);
  *out = text_from(in, text_offset(in, length - kept_count(arg_int(call, 1, row), length)));
  return STATUS_OK;
}

static Status edit_strpos(const FunctionCall *call, uint32_t row, int64_t *out, Error *error) {
  (void)error;
  Str in = arg_text(call, 0, row);
  int64_t found = text_find(in, arg_text(call, 1, row), 0);
  *out = found < 0 ? 0 : (int64_t)utf8_length(in.data, (size_t)found) + 1;
  return STATUS_OK;
}

static Status edit_starts_with(const FunctionCall *call, uint32_t row, int64_t *out, Error *error) {
  (void)error;
  Str in = arg_text(call, 0, row), start = arg_text(call, 1, row);
  *out = start.size <= in.size && memcmp(in.data, start.data, start.size) == 0;
  return STATUS_OK;
}

static Status edit_octet_length(const FunctionCall *call, uint32_t row, int64_t *out,
                                Error *error) {
  (void)error;
  *out = arg_text(call, 0, row).size;
  return STATUS_OK;
}

static int64_t count_parts(Str in, Str delimiter) {
  int64_t count = 1;
  for (int64_t at = 0; (at = text_find(in, delimiter, (uint32_t)at)) >= 0; at += delimiter.size)
    count++;
  return count;
}

// Part n of those between delimiters, from the end when n is negative.
static Status edit_split_part(const FunctionCall *call, uint32_t row, Str *out, Error *error) {
  Str in = arg_text(call, 0, row), delimiter = arg_text(call, 1, row);
  int64_t n = arg_int(call, 2, row);
  if (n == 0) return error_set(error, STATUS_INVALID, "field position must not be zero");
  *out = (Str){"", 0};
  if (in.size == 0) return STATUS_OK;
  if (delimiter.size == 0) {
    if (n == 1 || n == -1) *out = in;
    return STATUS_OK;
  }
  if (n < 0) n = n < -(int64_t)in.size - 1 ? 0 : count_parts(in, delimiter) + n + 1;
  if (n < 1) return STATUS_OK;
  int64_t start = 0, end;
  while ((end = text_find(in, delimiter, (uint32_t)start)) >= 0 && n > 1) {
    start = end + delimiter.size;
    n--;
  }
  if (n == 1) *out = (Str){in.data + start, (uint32_t)((end < 0 ? in.size : end) - start)};
  return STATUS_OK;
}

// --- longer texts ---

static Status edit_replace(const FunctionCall *call, uint32_t row, Str *out, Error *error) {
  Str in = arg_text(call, 0, row), from = arg_text(call, 1, row), to = arg_text(call, 2, row);
  *out = in;
  if (from.size == 0 || text_find(in, from, 0) < 0) return STATUS_OK;
  uint64_t count = (uint64_t)count_parts(in, from) - 1;
  uint64_t size = in.size + count * to.size - count * from.size;
  char *data, *at;
  TRY(call_reserve_text(call, size, &data, error));
  at = data;
  uint32_t start = 0;
  for (int64_t found; (found = text_find(in, from, start)) >= 0;) {
    memcpy(at, in.data + start, (size_t)found - start);
    at += found - start;
    memcpy(at, to.data, to.size);
    at += to.size;
    start = (uint32_t)found + from.size;
  }
  memcpy(at, in.data + start, in.size - start);
  *out = (Str){data, (uint32_t)size};
  return STATUS_OK;
}

static Status edit_repeat(const FunctionCall *call, uint32_t row, Str *out, Error *error) {
  Str in = arg_text(call, 0, row);
  int64_t times = arg_int(call, 1, row);
  *out = (Str){"", 0};
  if (times <= 0 || in.size == 0) return STATUS_OK;
  char *data;
  uint64_t size =
      (uint64_t)times > TEXT_BATCH_BYTES_MAX ? UINT64_MAX / 2 : (uint64_t)times * in.size;
  TRY(call_reserve_text(call, size, &data, error));
  for (uint64_t at = 0; at < size; at += in.size) memcpy(data + at, in.data, in.size);
  *out = (Str){data, (uint32_t)size};
  return STATUS_OK;
}

// The text cut to `length` code points, or filled up to it on the left or the right.
static Status edit_pad(const FunctionCall *call, uint32_t row, Str *out, Error *error) {
  Str in = arg_text(call, 0, row), fill = arg_text(call, 2, row);
  int64_t length = arg_int(call, 1, row), have = (int64_t)utf8_length(in.data, in.size);
  if (length <= have || fill.size == 0) {
    *out = (Str){in.data, text_offset(in, length)};
    return STATUS_OK;
  }
  uint64_t missing = (uint64_t)(length - have), unit = utf8_length(fill.data, fill.size);
  uint64_t whole = missing / unit, size = UINT64_MAX / 2;
  uint32_t rest = text_offset(fill, (int64_t)(missing % unit));
  if (whole <= TEXT_BATCH_BYTES_MAX) size = whole * fill.size + rest + in.size;
  char *data;
  TRY(call_reserve_text(call, size, &data, error));
  bool left = call->expr->function == FUNCTION_LPAD;
  if (!left) memcpy(data, in.data, in.size);
  char *at = left ? data : data + in.size;
  for (uint64_t i = 0; i < whole; i++, at += fill.size) memcpy(at, fill.data, fill.size);
  memcpy(at, fill.data, rest);
  if (left) memcpy(at + rest, in.data, in.size);
  *out = (Str){data, (uint32_t)size};
  return STATUS_OK;
}

static Status edit_overlay(const FunctionCall *call, uint32_t row, Str *out, Error *error) {
  Str in = arg_text(call, 0, row), part = arg_text(call, 1, row);
  int64_t from = arg_int(call, 2, row), length = arg_int(call, 3, row), end;
  if (from <= 0) return error_set(error, STATUS_INVALID, "negative substring length not allowed");
  if (__builtin_add_overflow(from - 1, length, &end))
    return error_set(error, STATUS_OVERFLOW, "integer out of range in overlay");
  Str head = {in.data, text_offset(in, from - 1)};
  return join3(call, head, part, text_from(in, text_offset(in, end)), out, error);
}

// --- the hash of splits ---

static Status edit_stable_hash(const FunctionCall *call, uint32_t row, int64_t *out, Error *error) {
  (void)error;
  Str text = arg_text(call, 0, row), salt = arg_text(call, 1, row);
  *out = hash_stable(text.data, text.size, salt.data, salt.size);
  return STATUS_OK;
}

static Status edit_md5(const FunctionCall *call, uint32_t row, Str *out, Error *error) {
  char *data;
  TRY(call_reserve_text(call, MD5_TEXT_BYTES, &data, error));
  text_md5(arg_text(call, 0, row), data);
  *out = (Str){data, MD5_TEXT_BYTES};
  return STATUS_OK;
}

// --- entry ---

static const TextKernel TEXT_KERNELS[FUNCTION_COUNT_] = {
    [FUNCTION_INITCAP] = edit_initcap,
    [FUNCTION_LTRIM] = edit_trim,
    [FUNCTION_RTRIM] = edit_trim,
    [FUNCTION_BTRIM] = edit_trim,
    [FUNCTION_REPLACE] = edit_replace,
    [FUNCTION_TRANSLATE] = edit_translate,
    [FUNCTION_SPLIT_PART] = edit_split_part,
    [FUNCTION_LEFT] = edit_left,
    [FUNCTION_RIGHT] = edit_right,
    [FUNCTION_LPAD] = edit_pad,
    [FUNCTION_RPAD] = edit_pad,
    [FUNCTION_REPEAT] = edit_repeat,
    [FUNCTION_REVERSE] = edit_reverse,
    [FUNCTION_OVERLAY] = edit_overlay,
    [FUNCTION_CHR] = edit_chr,
    [FUNCTION_TO_HEX] = edit_to_hex,
    [FUNCTION_MD5] = edit_md5,
};

static const IntKernel INT_KERNELS[FUNCTION_COUNT_] = {
    [FUNCTION_OCTET_LENGTH] = edit_octet_length, [FUNCTION_STRPOS] = edit_strpos,
    [FUNCTION_STARTS_WITH] = edit_starts_with,   [FUNCTION_ASCII] = edit_ascii,
    [FUNCTION_STABLE_HASH] = edit_stable_hash,
};

// One row of concat_ws: the arguments that are not NULL, separated.
static Status edit_join(const FunctionCall *call, uint32_t row, Str *out, Error *error) {
  Str separator = arg_text(call, 0, row);
  uint64_t size = 0;
  uint32_t parts = 0;
  for (uint32_t a = 1; a < call->expr->arg_count; a++)
    if (vector_is_valid(&call->args[a], row))
      size += arg_text(call, a, row).size + (parts++ ? separator.size : 0);
  char *data;
  TRY(call_reserve_text(call, size, &data, error));
  *out = (Str){data, (uint32_t)size};
  parts = 0;
  for (uint32_t a = 1; a < call->expr->arg_count; a++) {
    if (!vector_is_valid(&call->args[a], row)) continue;
    Str part = arg_text(call, a, row);
    if (parts++) {
      memcpy(data, separator.data, separator.size);
      data += separator.size;
    }
    memcpy(data, part.data, part.size);
    data += part.size;
  }
  return STATUS_OK;
}

static Status eval_concat_ws(const FunctionCall *call, Vector *out, Error *error) {
  call_result(call, out);
  out->validity = NULL;
  for (uint32_t i = 0; i < call->row_count; i++) {
    Value value = {.type = call->expr->type, .is_null = !vector_is_valid(&call->args[0], i)};
    bool active = !call->active || bits_get(call->active, i);
    value.s = (Str){"", 0};
    if (!value.is_null && active) TRY(edit_join(call, i, &value.s, error));
    call_set_value(call, out, i, &value);
  }
  return STATUS_OK;
}

Status function_eval_edit(const FunctionCall *call, Vector *out, Error *error) {
  FunctionId function = call->expr->function;
  if (function == FUNCTION_CONCAT_WS) return eval_concat_ws(call, out, error);
  if (TEXT_KERNELS[function]) {
    Str *texts = call_result(call, out);
    for (uint32_t i = 0; i < call->row_count; i++) {
      texts[i] = (Str){"", 0};
      if (call_row_live(call, i)) TRY(TEXT_KERNELS[function](call, i, &texts[i], error));
    }
    return STATUS_OK;
  }
  bool is_bool = call->expr->type.kind == TYPE_BOOL;
  void *result = is_bool ? (void *)call_result_bool(call, out) : call_result(call, out);
  for (uint32_t i = 0; i < call->row_count; i++) {
    int64_t value = 0;
    if (call_row_live(call, i)) TRY(INT_KERNELS[function](call, i, &value, error));
    if (is_bool)
      ((uint8_t *)result)[i] = value != 0;
    else
      ((int64_t *)result)[i] = value;
  }
  return STATUS_OK;
}
