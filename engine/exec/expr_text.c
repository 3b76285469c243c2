// Functions of strings, by code points of UTF-8. Case mapping is Unicode's simple one (the C
// library's, in the C.UTF-8 locale, which does not depend on the process's locale).
#include "expr_function.h"
#include <locale.h>
#include <pthread.h>
#include <wctype.h>

static locale_t unicode_locale;
static pthread_once_t unicode_once = PTHREAD_ONCE_INIT;

static void unicode_open(void) {
  unicode_locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

static uint32_t map_case(uint32_t c, bool upper) {
  if (c < 128) {
    bool letter = upper ? c >= 'a' && c <= 'z' : c >= 'A' && c <= 'Z';
    return letter ? c ^ 32 : c;
  }
  pthread_once(&unicode_once, unicode_open);
  if (!unicode_locale) return c;
  return (uint32_t)(upper ? towupper_l((wint_t)c, unicode_locale)
                          : towlower_l((wint_t)c, unicode_locale));
}

static Str text_map_case(Arena *arena, Str in, bool upper) {
  char *out = arena_alloc(arena, (size_t)in.size * 4 + 1), *at = out;
  for (const char *p = in.data, *end = in.data + in.size; p < end;)
    at += utf8_encode(map_case(utf8_decode(&p), upper), at);
  return (Str){out, (uint32_t)(at - out)};
}

// LIKE with % and _ and backslash as escape; greedy with one point to go back to.
static bool text_like(Str text, Str pattern, bool fold) {
  const char *t = text.data, *t_end = t + text.size, *p = pattern.data, *p_end = p + pattern.size;
  const char *retry_t = NULL, *retry_p = NULL;
  for (;;) {
    if (p < p_end && *p == '%') {
      retry_p = ++p;
      retry_t = t;
      continue;
    }
    if (t == t_end && p == p_end) return true;
    bool matched = false;
    if (p < p_end && t < t_end) {
      bool any = *p == '_';
      if (*p == '\\' && p + 1 < p_end) p++, any = false;
      const char *t_next = t, *p_next = p;
      uint32_t a = utf8_decode(&t_next), b = utf8_decode(&p_next);
      matched = any || a == b || (fold && map_case(a, false) == map_case(b, false));
      if (matched) t = t_next, p = p_next;
    }
    if (matched) continue;
    if (!retry_t || retry_t >= t_end) return false;
    utf8_decode(&retry_t);
    t = retry_t;
    p = retry_p;
  }
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

static Str text_concat(Arena *arena, Str a, Str b) {
  char *out = arena_alloc(arena, (size_t)a.size + b.size + 1);
  memcpy(out, a.data, a.size);
  memcpy(out + a.size, b.data, b.size);
  return (Str){out, a.size + b.size};
}

static Status text_result(const FunctionCall *call, uint32_t row, Str *out, Error *error) {
  Str in = vector_text(&call->args[0], row);
  switch (call->expr->function) {
  case FUNCTION_LOWER:
    *out = text_map_case(call->text, in, false);
    break;
  case FUNCTION_UPPER:
    *out = text_map_case(call->text, in, true);
    break;
  case FUNCTION_TRIM:
    *out = text_trim(in);
    break;
  case FUNCTION_CONCAT:
    *out = text_concat(call->text, in, vector_text(&call->args[1], row));
    break;
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
  if (function != FUNCTION_LIKE && function != FUNCTION_ILIKE)
    return eval_to_text(call, out, error);
  uint8_t *result = call_result_bool(call, out);
  for (uint32_t i = 0; i < call->row_count; i++)
    result[i] = call_row_live(call, i) &&
                text_like(vector_text(&call->args[0], i), vector_text(&call->args[1], i),
                          function == FUNCTION_ILIKE);
  return STATUS_OK;
}
