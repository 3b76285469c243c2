// The patterns of LIKE ... ESCAPE and SIMILAR TO, brought into the forms that LIKE and ~ take.
#include "buffer.h"
#include "expr_function.h"

// The escape character of a pattern: -1 for none.
static Status escape_character(Str escape, int32_t *character, Error *error) {
  *character = -1;
  if (escape.size == 0) return STATUS_OK;
  const char *p = escape.data;
  *character = (int32_t)utf8_decode(&p);
  if (p == escape.data + escape.size) return STATUS_OK;
  return error_set(error, STATUS_INVALID,
                   "invalid escape string: it must be empty or one character");
}

static void like_escape(Str pattern, int32_t escape, Buffer *out) {
  bool after_escape = false;
  for (const char *p = pattern.data, *end = p + pattern.size; p < end;) {
    const char *start = p;
    int32_t c = (int32_t)utf8_decode(&p);
    if (escape == '\\') {
      buffer_append(out, start, (size_t)(p - start));
    } else if (c == escape && !after_escape) {
      buffer_append_char(out, '\\');
      after_escape = true;
    } else {
      if (c == '\\' && !after_escape) buffer_append_char(out, '\\');
      buffer_append(out, start, (size_t)(p - start));
      after_escape = false;
    }
  }
}

// SQL's regular expression as one of PCRE2's: % and _ are .* and ., what only PCRE2 knows is plain.
static void similar_escape(Str pattern, int32_t escape, Buffer *out) {
  bool after_escape = false, in_set = false;
  buffer_append_text(out, "^(?:");
  for (const char *p = pattern.data, *end = p + pattern.size; p < end;) {
    const char *start = p;
    int32_t c = (int32_t)utf8_decode(&p);
    size_t size = (size_t)(p - start);
    if (after_escape) {
      if (c < 128 && !codepoint_is_word((uint32_t)c)) buffer_append_char(out, '\\');
      buffer_append(out, start, size);
      after_escape = false;
    } else if (c == escape) {
      after_escape = true;
    } else if (in_set) {
      if (c == '\\') buffer_append_char(out, '\\');
      buffer_append(out, start, size);
      in_set = c != ']';
    } else if (c == '%') {
      buffer_append_text(out, ".*");
    } else if (c == '_') {
      buffer_append_char(out, '.');
    } else if (c == '(') {
      buffer_append_text(out, "(?:");
    } else {
      if (c < 128 && strchr("\\.^$", c)) buffer_append_char(out, '\\');
      buffer_append(out, start, size);
      in_set = c == '[';
    }
  }
  buffer_append_text(out, ")$");
}

static Status pattern_convert(const FunctionCall *call, uint32_t row, Str *out, Error *error) {
  int32_t escape;
  TRY(escape_character(vector_text(&call->args[1], row), &escape, error));
  Str pattern = vector_text(&call->args[0], row);
  Buffer text;
  buffer_init(&text);
  if (call->expr->function == FUNCTION_SIMILAR_ESCAPE)
    similar_escape(pattern, escape, &text);
  else
    like_escape(pattern, escape, &text);
  Status status = call_keep_text(call, &text, out, error);
  buffer_clear(&text);
  return status;
}

Status function_eval_pattern(const FunctionCall *call, Vector *out, Error *error) {
  Str *texts = call_result(call, out);
  for (uint32_t i = 0; i < call->row_count; i++) {
    texts[i] = (Str){"", 0};
    if (call_row_live(call, i)) TRY(pattern_convert(call, i, &texts[i], error));
  }
  return STATUS_OK;
}
