// Functions of strings, by code points of UTF-8. Case mapping is Unicode's simple one (the C
// library's, in the C.UTF-8 locale, which does not depend on the process's locale).
#include "buffer.h"
#include "expr_function.h"
#include <locale.h>
#include <pthread.h>
#include <wctype.h>

static locale_t unicode_locale;
static pthread_once_t unicode_once = PTHREAD_ONCE_INIT;

static void unicode_open(void) {
  unicode_locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

uint32_t codepoint_map_case(uint32_t c, bool upper) {
  if (c < 128) {
    bool letter = upper ? c >= 'a' && c <= 'z' : c >= 'A' && c <= 'Z';
    return letter ? c ^ 32 : c;
  }
  pthread_once(&unicode_once, unicode_open);
  if (!unicode_locale) return c;
  return (uint32_t)(upper ? towupper_l((wint_t)c, unicode_locale)
                          : towlower_l((wint_t)c, unicode_locale));
}

bool codepoint_is_word(uint32_t c) {
  if (c < 128) return (c | 32) - 'a' < 26 || c - '0' < 10;
  pthread_once(&unicode_once, unicode_open);
  return unicode_locale && iswalnum_l((wint_t)c, unicode_locale);
}

Status call_reserve_text(const FunctionCall *call, uint64_t size, char **out, Error *error) {
  uint64_t used = arena_bytes(call->text);
  if (size > TEXT_BATCH_BYTES_MAX ||
      used + size > TEXT_BATCH_BYTES_MAX + (TEXT_BATCH_BYTES_MAX / 8))
    return error_set(error, STATUS_LIMIT, "the texts that %s makes exceed %d MiB",
                     function_name(call->expr->function), (int)(TEXT_BATCH_BYTES_MAX >> 20));
  if (call->job) {
    TRY(memory_budget_charge(&call->job->memory, (int64_t)size, error));
    *call->text_charged += (int64_t)size;
  }
  *out = arena_alloc(call->text, (size_t)size + 1);
  return STATUS_OK;
}

Status call_keep_text(const FunctionCall *call, const Buffer *text, Str *out, Error *error) {
  char *data;
  TRY(call_reserve_text(call, text->size, &data, error));
  if (text->size) memcpy(data, text->data, text->size);
  *out = (Str){data, (uint32_t)text->size};
  return STATUS_OK;
}

static Status text_map_case(const FunctionCall *call, Str in, bool upper, Str *out, Error *error) {
  char *data, *at;
  TRY(call_reserve_text(call, (uint64_t)in.size * 2, &data, error)); // 2 bytes may become 3
  at = data;
  for (const char *p = in.data, *end = in.data + in.size; p < end;)
    at += utf8_encode(codepoint_map_case(utf8_decode(&p), upper), at);
  *out = (Str){data, (uint32_t)(at - data)};
  return STATUS_OK;
}

static bool is_blank(char c) {
  return c == ' ';
}

static Str text_trim(Str in) {
  while (in.size && is_blank(in.data[0])) in.data++, in.size--;
  while (in.size && is_blank(in.data[in.size - 1])) in.size--;
  return in;
}

// SQL's substring: characters from .. from+length-1 of those numbered from 1.
static Str text_substring(Str in, int64_t from, int64_t length) {
  int64_t end = length > INT64_MAX - (from > 0 ? from : 0) ? INT64_MAX : from + length;
  const char *p = in.data, *stop = in.data + in.size, *first = NULL, *last = p;
  for (int64_t at = 1; p < stop && at < end; at++) {
    const char *start = p;
    utf8_decode(&p);
    if (at < from) continue;
    if (!first) first = start;
    last = p;
  }
  return first ? (Str){first, (uint32_t)(last - first)} : (Str){in.data, 0};
}

static Status text_concat(const FunctionCall *call, Str a, Str b, Str *out, Error *error) {
  char *data;
  TRY(call_reserve_text(call, (uint64_t)a.size + b.size, &data, error));
  memcpy(data, a.data, a.size);
  memcpy(data + a.size, b.data, b.size);
  *out = (Str){data, a.size + b.size};
  return STATUS_OK;
}

static Status text_result(const FunctionCall *call, uint32_t row, Str *out, Error *error) {
  Str in = vector_text(&call->args[0], row);
  switch (call->expr->function) {
  case FUNCTION_LOWER:
    return text_map_case(call, in, false, out, error);
  case FUNCTION_UPPER:
    return text_map_case(call, in, true, out, error);
  case FUNCTION_TRIM:
    *out = text_trim(in);
    break;
  case FUNCTION_CONCAT:
    return text_concat(call, in, vector_text(&call->args[1], row), out, error);
  default: {
    int64_t length = vector_int(&call->args[2], row);
    if (length < 0)
      return error_set(error, STATUS_INVALID, "negative substring length not allowed");
    *out = text_substring(in, vector_int(&call->args[1], row), length);
  }
  }
  return STATUS_OK;
}

static Status eval_to_text(const FunctionCall *call, Vector *out, Error *error) {
  Str *result = call_result(call, out);
  for (uint32_t i = 0; i < call->row_count; i++) {
    result[i] = (Str){"", 0};
    if (call_row_live(call, i)) TRY(text_result(call, i, &result[i], error));
  }
  return STATUS_OK;
}

Status function_eval_text(const FunctionCall *call, Vector *out, Error *error) {
  FunctionId function = call->expr->function;
  if (function == FUNCTION_LENGTH) {
    int64_t *result = call_result(call, out);
    for (uint32_t i = 0; i < call->row_count; i++) {
      if (!call_row_live(call, i)) continue;
      Str in = vector_text(&call->args[0], i);
      result[i] = (int64_t)utf8_length(in.data, in.size);
    }
    return STATUS_OK;
  }
  if (function == FUNCTION_LIKE || function == FUNCTION_ILIKE)
    return function_eval_like(call, out, error);
  return eval_to_text(call, out, error);
}
