// LIKE and ILIKE: % any text, _ any character, backslash takes the next character as it is.
//
//   'ab%cd%ef'  =  begins with "ab", then somewhere "cd", ends with "ef"
//
// A pattern without _ is such a list of literal parts, each found by the C library's memmem at the
// first place after the one before: linear in the text. UTF-8 is self-synchronising, so bytes that
// match are characters that match. ILIKE does the same with both texts in lower case. Patterns with
// _, or that differ by row, go character by character.
#include "expr_function.h"

#define CHECK_STEPS (1u << 16) // characters between two looks at the job

// Character by character; greedy with one point to go back to.
static Status like_by_character(const FunctionCall *call, Str text, Str pattern, bool fold,
                                bool *like, Error *error) {
  const char *t = text.data, *t_end = t + text.size, *p = pattern.data, *p_end = p + pattern.size;
  const char *retry_t = NULL, *retry_p = NULL;
  for (uint32_t step = 1;; step++) {
    if (step % CHECK_STEPS == 0) TRY(job_check(call->job, error));
    if (p < p_end && *p == '%') {
      retry_p = ++p;
      retry_t = t;
      continue;
    }
    *like = t == t_end && p == p_end;
    if (*like) return STATUS_OK;
    bool matched = false;
    if (p < p_end && t < t_end) {
      bool any = *p == '_';
      if (*p == '\\' && p + 1 == p_end)
        return error_set(error, STATUS_INVALID, "LIKE pattern must not end with escape character");
      if (*p == '\\') p++, any = false;
      const char *t_next = t, *p_next = p;
      uint32_t a = utf8_decode(&t_next), b = utf8_decode(&p_next);
      matched =
          any || a == b || (fold && codepoint_map_case(a, false) == codepoint_map_case(b, false));
      if (matched) t = t_next, p = p_next;
    }
    if (matched) continue;
    if (!retry_t || retry_t >= t_end) return STATUS_OK;
    utf8_decode(&retry_t);
    t = retry_t;
    p = retry_p;
  }
}

typedef struct LikeParts {
  Str *parts; // [count] literal; the first and the last may be empty: the pattern is open there
  uint32_t count;
  char *text; // what the parts point into
} LikeParts;

// The parts between the pattern's %, unescaped. false: it has _, or ends within an escape.
static bool parts_make(Str pattern, LikeParts *parts) {
  *parts = (LikeParts){.text = mem_alloc((size_t)pattern.size + 1)};
  parts->parts = mem_alloc(((size_t)pattern.size + 1) * sizeof *parts->parts);
  char *at = parts->text, *start = at;
  for (uint32_t i = 0; i < pattern.size; i++) {
    char c = pattern.data[i];
    if (c == '_' || (c == '\\' && i + 1 == pattern.size)) return false;
    if (c == '%') {
      parts->parts[parts->count++] = (Str){start, (uint32_t)(at - start)};
      start = at;
      continue;
    }
    *at++ = c == '\\' ? pattern.data[++i] : c;
  }
  parts->parts[parts->count++] = (Str){start, (uint32_t)(at - start)};
  return true;
}

static void parts_clear(LikeParts *parts) {
  mem_free(parts->parts);
  mem_free(parts->text);
}

static bool bytes_equal(const char *at, Str part) {
  return !part.size || !memcmp(at, part.data, part.size);
}

static bool like_by_parts(const LikeParts *parts, Str text) {
  Str first = parts->parts[0], last = parts->parts[parts->count - 1];
  if (text.size < first.size || !bytes_equal(text.data, first)) return false;
  if (parts->count == 1) return text.size == first.size;
  const char *at = text.data + first.size, *end = text.data + text.size;
  if ((size_t)(end - at) < last.size || !bytes_equal(end - last.size, last)) return false;
  end -= last.size;
  for (uint32_t p = 1; p + 1 < parts->count; p++) {
    Str part = parts->parts[p];
    if (!part.size) continue;
    const char *found = memmem(at, (size_t)(end - at), part.data, part.size);
    if (!found) return false;
    at = found + part.size;
  }
  return true;
}

// A text in lower case, in memory that grows with the longest.
typedef struct LowerText {
  char *data;
  size_t capacity;
} LowerText;

static Str lower_text(LowerText *lower, Str text) {
  size_t most = (size_t)text.size * 2 + 1; // 2 bytes may become 3
  if (lower->capacity < most) {
    mem_free(lower->data);
    lower->data = mem_alloc(most);
    lower->capacity = most;
  }
  char *at = lower->data;
  for (const char *p = text.data, *end = text.data + text.size; p < end;)
    at += utf8_encode(codepoint_map_case(utf8_decode(&p), false), at);
  return (Str){lower->data, (uint32_t)(at - lower->data)};
}

Status function_eval_like(const FunctionCall *call, Vector *out, Error *error) {
  bool fold = call->expr->function == FUNCTION_ILIKE, literal = false;
  const Vector *pattern = &call->args[1];
  uint8_t *result = call_result_bool(call, out);
  LikeParts parts = {0};
  LowerText lower = {0};
  if (pattern->constant && vector_is_valid(pattern, 0)) {
    Str text = vector_text(pattern, 0);
    literal = parts_make(fold ? lower_text(&lower, text) : text, &parts);
  }
  Status status = STATUS_OK;
  for (uint32_t i = 0; i < call->row_count && status == STATUS_OK; i++) {
    bool like = false;
    if (call_row_live(call, i)) {
      Str text = vector_text(&call->args[0], i);
      if (text.size >= CHECK_STEPS) status = job_check(call->job, error);
      if (status == STATUS_OK && literal)
        like = like_by_parts(&parts, fold ? lower_text(&lower, text) : text);
      else if (status == STATUS_OK)
        status = like_by_character(call, text, vector_text(pattern, i), fold, &like, error);
    }
    result[i] = like;
  }
  parts_clear(&parts);
  mem_free(lower.data);
  return status;
}
