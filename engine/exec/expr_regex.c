// Regular expressions: ~, regexp_like, _count, _substr, _replace, _match, _split_to_array.
//
// PCRE2 does the matching, in UTF-8 and with the properties of Unicode. What PostgreSQL writes
// otherwise (\y, \m, \M, \Z) is translated; its options are PCRE2's: "." takes a newline, ^ and $
// are the ends of the whole text. Every match is bounded in steps and memory, so that no pattern
// can hang a query: one that goes beyond is an error.
#include "expr_regex.h"
#include "array_text.h"
#include "buffer.h"
#include "expr_function.h"
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#define CACHE_SIZE 8
#define GROUPS_MAX 100 // of a match, itself counted: what anybody can ask for
#define MATCH_STEPS_MAX 250000
#define MATCH_HEAP_KIB_MAX 16384
#define PATTERN_BYTES_MAX 16384
#define JIT_STACK_BYTES_MAX ((size_t)1 << 20)

typedef struct Regex {
  pcre2_code *code;
  char *key; // the flags, NUL, the pattern
  uint32_t key_size;
} Regex;

struct RegexCache {
  Regex items[CACHE_SIZE];
  uint32_t next; // the item to give way
  pcre2_match_context *context;
  pcre2_match_data *match;
  pcre2_jit_stack *stack;
};

static RegexCache *regex_cache_create(void) {
  RegexCache *cache = mem_alloc_zero(sizeof *cache);
  cache->context = pcre2_match_context_create(NULL);
  cache->match = pcre2_match_data_create(GROUPS_MAX, NULL);
  cache->stack = pcre2_jit_stack_create(32 * 1024, JIT_STACK_BYTES_MAX, NULL);
  pcre2_set_match_limit(cache->context, MATCH_STEPS_MAX);
  pcre2_set_depth_limit(cache->context, MATCH_STEPS_MAX);
  pcre2_set_heap_limit(cache->context, MATCH_HEAP_KIB_MAX);
  pcre2_jit_stack_assign(cache->context, NULL, cache->stack);
  return cache;
}

static void regex_clear(Regex *regex) {
  pcre2_code_free(regex->code);
  mem_free(regex->key);
  *regex = (Regex){0};
}

void regex_cache_destroy(RegexCache *cache) {
  if (!cache) return;
  for (int i = 0; i < CACHE_SIZE; i++) regex_clear(&cache->items[i]);
  pcre2_match_data_free(cache->match);
  pcre2_match_context_free(cache->context);
  pcre2_jit_stack_free(cache->stack);
  mem_free(cache);
}

// --- compiling ---

// The options of the flags; g is the caller's and is passed over.
static Status read_flags(Str flags, uint32_t *options, Error *error) {
  *options = PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF | PCRE2_DOTALL | PCRE2_DOLLAR_ENDONLY |
             PCRE2_NEVER_BACKSLASH_C;
  for (uint32_t i = 0; i < flags.size; i++) {
    switch (flags.data[i]) {
    case 'g':
    case 's':
    case 't':
      break;
    case 'i':
      *options |= PCRE2_CASELESS;
      break;
    case 'c':
      *options &= ~PCRE2_CASELESS;
      break;
    case 'n':
    case 'm':
      *options = (*options | PCRE2_MULTILINE) & ~PCRE2_DOTALL;
      break;
    case 'x':
      *options |= PCRE2_EXTENDED;
      break;
    case 'q':
      *options =
          (*options & (PCRE2_UTF | PCRE2_CASELESS | PCRE2_MATCH_INVALID_UTF)) | PCRE2_LITERAL;
      break;
    default:
      return error_set(error, STATUS_INVALID, "invalid regular expression option: \"%.*s\"",
                       (int)flags.size, flags.data);
    }
  }
  return STATUS_OK;
}

// PostgreSQL's escapes that PCRE2 writes otherwise.
static const char *escape_translation(char c) {
  switch (c) {
  case 'y':
    return "\\b";
  case 'Y':
    return "\\B";
  case 'm':
    return "\\b(?=\\w)";
  case 'M':
    return "\\b(?<=\\w)";
  case 'Z':
    return "\\z";
  default:
    return NULL;
  }
}

static void translate_pattern(Str pattern, Buffer *out) {
  bool in_set = false;
  for (uint32_t i = 0; i < pattern.size; i++) {
    char c = pattern.data[i];
    if (c == '\\' && i + 1 < pattern.size) {
      const char *other = in_set ? NULL : escape_translation(pattern.data[++i]);
      if (other)
        buffer_append_text(out, other);
      else
        buffer_append(out, pattern.data + (in_set ? i++ : i - 1), 2);
      continue;
    }
    buffer_append_char(out, c);
    if (!in_set && c == '[') {
      in_set = true; // a ] that comes first is a member
      if (i + 1 < pattern.size && pattern.data[i + 1] == '^') buffer_append_char(out, '^'), i++;
      if (i + 1 < pattern.size && pattern.data[i + 1] == ']') buffer_append_char(out, ']'), i++;
    } else if (in_set && c == '[' && i + 1 < pattern.size &&
               memchr(":.=", pattern.data[i + 1], 3)) { // [:alpha:], up to its own ]
      while (++i < pattern.size && pattern.data[i] != ']') buffer_append_char(out, pattern.data[i]);
      if (i < pattern.size) buffer_append_char(out, ']');
    } else if (in_set && c == ']') {
      in_set = false;
    }
  }
}

static Status regex_compile(Str pattern, Str flags, pcre2_code **code, Error *error) {
  uint32_t options;
  *code = NULL;
  TRY(read_flags(flags, &options, error));
  if (pattern.size > PATTERN_BYTES_MAX)
    return error_set(error, STATUS_LIMIT, "a regular expression has at most %d bytes",
                     PATTERN_BYTES_MAX);
  Buffer text;
  buffer_init(&text);
  if (options & PCRE2_LITERAL)
    buffer_append(&text, pattern.data, pattern.size);
  else
    translate_pattern(pattern, &text);
  int problem;
  PCRE2_SIZE at;
  *code = pcre2_compile((PCRE2_SPTR)(text.data ? text.data : ""), text.size, options, &problem, &at,
                        NULL);
  buffer_clear(&text);
  if (*code) return STATUS_OK;
  char message[160];
  pcre2_get_error_message(problem, (PCRE2_UCHAR *)message, sizeof message);
  return error_set(error, STATUS_INVALID, "invalid regular expression: %s", message);
}

Status regex_check(Str pattern, Str flags, Error *error) {
  pcre2_code *code;
  Status status = regex_compile(pattern, flags, &code, error);
  pcre2_code_free(code);
  return status;
}

static bool regex_is(const Regex *regex, Str pattern, Str flags) {
  return regex->code && regex->key_size == flags.size + 1 + pattern.size &&
         memcmp(regex->key, flags.data, flags.size) == 0 && regex->key[flags.size] == 0 &&
         memcmp(regex->key + flags.size + 1, pattern.data, pattern.size) == 0;
}

static Status regex_find(RegexCache *cache, Str pattern, Str flags, const pcre2_code **code,
                         Error *error) {
  for (int i = 0; i < CACHE_SIZE; i++) {
    if (!regex_is(&cache->items[i], pattern, flags)) continue;
    *code = cache->items[i].code;
    return STATUS_OK;
  }
  Regex *regex = &cache->items[cache->next++ % CACHE_SIZE];
  regex_clear(regex);
  TRY(regex_compile(pattern, flags, &regex->code, error));
  pcre2_jit_compile(regex->code, PCRE2_JIT_COMPLETE); // without it the interpreter matches
  regex->key_size = flags.size + 1 + pattern.size;
  regex->key = mem_alloc_zero(regex->key_size);
  memcpy(regex->key, flags.data, flags.size);
  memcpy(regex->key + flags.size + 1, pattern.data, pattern.size);
  *code = regex->code;
  return STATUS_OK;
}

// --- matching ---

typedef struct Match { // of one row
  RegexCache *cache;
  const pcre2_code *code;
  Str text;
  const PCRE2_SIZE *spans; // start and end of the whole and of each group
  uint32_t group_count;    // of the pattern
  bool found;
} Match;

static Status match_next(Match *match, size_t from, Error *error) {
  int count = pcre2_match(match->code, (PCRE2_SPTR)match->text.data, match->text.size, from, 0,
                          match->cache->match, match->cache->context);
  match->found = count >= 0;
  match->spans = pcre2_get_ovector_pointer(match->cache->match);
  if (count >= 0 || count == PCRE2_ERROR_NOMATCH) return STATUS_OK;
  return error_set(error, STATUS_LIMIT,
                   "the regular expression takes too many steps on a text of %u bytes",
                   match->text.size);
}

// The byte after the code point at `at`; one beyond the end when there is none.
static size_t next_start(Str text, size_t at) {
  at++;
  while (at < text.size && (text.data[at] & 0xc0) == 0x80) at++;
  return at;
}

// Where a search goes on: behind the match, and behind the next character too when it was empty.
static size_t match_end(const Match *match) {
  size_t end = match->spans[1];
  return match->spans[0] >= end ? next_start(match->text, end) : end;
}

static Status match_begin(const FunctionCall *call, uint32_t row, uint32_t flags_arg, Match *match,
                          Error *error) {
  if (!*call->regexes) *call->regexes = regex_cache_create();
  *match = (Match){.cache = *call->regexes, .text = vector_text(&call->args[0], row)};
  if (!match->text.data) match->text.data = "";
  TRY(regex_find(match->cache, vector_text(&call->args[1], row),
                 vector_text(&call->args[flags_arg], row), &match->code, error));
  pcre2_pattern_info(match->code, PCRE2_INFO_CAPTURECOUNT, &match->group_count);
  return STATUS_OK;
}

// The byte that character number `start` (from 1) is at; beyond the text when it has no such one.
static Status start_offset(const FunctionCall *call, uint32_t arg, uint32_t row, Str text,
                           size_t *offset, Error *error) {
  int64_t start = vector_int(&call->args[arg], row);
  if (start < 1)
    return error_set(error, STATUS_INVALID, "invalid value for parameter \"start\": %lld",
                     (long long)start);
  *offset = 0;
  for (int64_t i = 1; i < start && *offset <= text.size; i++) *offset = next_start(text, *offset);
  return STATUS_OK;
}

static Status regex_like(const FunctionCall *call, uint32_t row, int64_t *out, Error *error) {
  Match match;
  TRY(match_begin(call, row, 2, &match, error));
  TRY(match_next(&match, 0, error));
  *out = match.found;
  return STATUS_OK;
}

static Status regex_count(const FunctionCall *call, uint32_t row, int64_t *out, Error *error) {
  Match match;
  size_t from;
  *out = 0;
  TRY(match_begin(call, row, 3, &match, error));
  TRY(start_offset(call, 2, row, match.text, &from, error));
  while (from <= match.text.size) {
    TRY(match_next(&match, from, error));
    if (!match.found) break;
    ++*out;
    from = match_end(&match);
  }
  return STATUS_OK;
}

// The n-th match, or a group of it; *found is false when there is none.
static Status regex_substr(const FunctionCall *call, uint32_t row, Str *out, bool *found,
                           Error *error) {
  Match match;
  size_t from;
  *found = false;
  TRY(match_begin(call, row, 4, &match, error));
  TRY(start_offset(call, 2, row, match.text, &from, error));
  int64_t n = vector_int(&call->args[3], row), group = vector_int(&call->args[5], row);
  if (n < 1)
    return error_set(error, STATUS_INVALID, "invalid value for parameter \"n\": %lld",
                     (long long)n);
  if (group == REGEX_GROUP_FIRST) group = match.group_count > 0;
  if (group < 0)
    return error_set(error, STATUS_INVALID, "invalid value for parameter \"subexpr\": %lld",
                     (long long)group);
  if (group > 99 || group > match.group_count) return STATUS_OK;
  for (; n > 0; n--) {
    if (from > match.text.size) return STATUS_OK;
    TRY(match_next(&match, from, error));
    if (!match.found) return STATUS_OK;
    from = match_end(&match);
  }
  PCRE2_SIZE start = match.spans[2 * group], end = match.spans[2 * group + 1];
  if (start == PCRE2_UNSET || end < start) return STATUS_OK;
  *out = (Str){match.text.data + start, (uint32_t)(end - start)};
  *found = true;
  return STATUS_OK;
}

// --- replacing ---

// Appends the replacement of a match: \1 to \9 are groups, \& the whole, \\ a backslash.
static void append_replacement(const Match *match, Str to, Buffer *out) {
  for (uint32_t i = 0; i < to.size; i++) {
    char c = to.data[i], next = i + 1 < to.size ? to.data[i + 1] : 0;
    uint32_t group = next == '&' ? 0 : (uint32_t)(next - '0');
    if (c != '\\' || (next != '&' && next != '\\' && group - 1 > 8)) {
      buffer_append_char(out, c);
      continue;
    }
    i++;
    if (next == '\\') {
      buffer_append_char(out, '\\');
    } else if (group <= match->group_count) {
      PCRE2_SIZE start = match->spans[2 * group], end = match->spans[2 * group + 1];
      if (start != PCRE2_UNSET && end > start)
        buffer_append(out, match->text.data + start, end - start);
    }
  }
}

static Status replace_matches(const FunctionCall *call, uint32_t row, Match *match, Buffer *text,
                              Error *error) {
  int64_t n = vector_int(&call->args[4], row); // the match to replace, 0: all
  size_t from, copied = 0;
  if (n < 0)
    return error_set(error, STATUS_INVALID, "invalid value for parameter \"n\": %lld",
                     (long long)n);
  TRY(start_offset(call, 3, row, match->text, &from, error));
  for (int64_t number = 1; from <= match->text.size; number++) {
    TRY(match_next(match, from, error));
    if (!match->found) break;
    from = match_end(match);
    if (n && number < n) continue;
    if (match->spans[0] > copied)
      buffer_append(text, match->text.data + copied, match->spans[0] - copied);
    append_replacement(match, vector_text(&call->args[2], row), text);
    if (match->spans[1] > copied) copied = match->spans[1];
    if (text->size > TEXT_BATCH_BYTES_MAX)
      return error_set(error, STATUS_LIMIT, "the texts that regexp_replace makes exceed %d MiB",
                       (int)(TEXT_BATCH_BYTES_MAX >> 20));
    if (n) break;
  }
  buffer_append(text, match->text.data + copied, match->text.size - copied);
  return STATUS_OK;
}

static Status regex_replace(const FunctionCall *call, uint32_t row, Str *out, Error *error) {
  Match match;
  TRY(match_begin(call, row, 5, &match, error));
  Buffer text;
  buffer_init(&text);
  Status status = replace_matches(call, row, &match, &text, error);
  if (status == STATUS_OK) status = call_keep_text(call, &text, out, error);
  buffer_clear(&text);
  return status;
}

// --- arrays ---

// The groups of the first match (those that are kept of it), or all of it when there are none.
static void append_groups(const Match *match, Buffer *text) {
  uint32_t first = match->group_count ? 1 : 0;
  for (uint32_t g = first; g <= match->group_count && g < GROUPS_MAX; g++) {
    PCRE2_SIZE start = match->spans[2 * g], end = match->spans[2 * g + 1];
    if (start == PCRE2_UNSET || end < start)
      array_append_null(text);
    else
      array_append(text, (Str){match->text.data + start, (uint32_t)(end - start)});
  }
}

// What lies between the matches; an empty one at an end of the text, or behind another, is none.
static Status append_parts(Match *match, Buffer *text, Error *error) {
  size_t from = 0, copied = 0;
  while (from <= match->text.size) {
    TRY(match_next(match, from, error));
    if (!match->found) break;
    size_t start = match->spans[0], end = match->spans[1];
    from = match_end(match);
    if (start == end && (start == copied || start == match->text.size)) continue;
    array_append(text, (Str){match->text.data + copied, (uint32_t)(start - copied)});
    copied = end;
  }
  array_append(text, (Str){match->text.data + copied, (uint32_t)(match->text.size - copied)});
  return STATUS_OK;
}

static Status regex_array(const FunctionCall *call, uint32_t row, Str *out, bool *found,
                          Error *error) {
  Match match;
  TRY(match_begin(call, row, 2, &match, error));
  Buffer text;
  buffer_init(&text);
  array_begin(&text);
  Status status;
  if (call->expr->function == FUNCTION_REGEXP_SPLIT) {
    status = append_parts(&match, &text, error);
  } else {
    status = match_next(&match, 0, error);
    *found = match.found;
    if (status == STATUS_OK && *found) append_groups(&match, &text);
  }
  array_end(&text);
  if (status == STATUS_OK && *found) status = call_keep_text(call, &text, out, error);
  buffer_clear(&text);
  return status;
}

// --- entry ---

static Status eval_texts(const FunctionCall *call, Vector *out, Error *error) {
  Str *texts = call_result(call, out);
  Value null = {.type = call->expr->type, .is_null = true};
  for (uint32_t i = 0; i < call->row_count; i++) {
    bool found = true;
    texts[i] = (Str){"", 0};
    if (!call_row_live(call, i)) continue;
    switch (call->expr->function) {
    case FUNCTION_REGEXP_SUBSTR:
      TRY(regex_substr(call, i, &texts[i], &found, error));
      break;
    case FUNCTION_REGEXP_REPLACE:
      TRY(regex_replace(call, i, &texts[i], error));
      break;
    default: // REGEXP_SPLIT, REGEXP_MATCH
      TRY(regex_array(call, i, &texts[i], &found, error));
    }
    if (!found) call_set_value(call, out, i, &null);
  }
  return STATUS_OK;
}

Status function_eval_regex(const FunctionCall *call, Vector *out, Error *error) {
  if (call->expr->type.kind == TYPE_STRING) return eval_texts(call, out, error);
  bool like = call->expr->function == FUNCTION_REGEXP_LIKE;
  void *result = like ? (void *)call_result_bool(call, out) : call_result(call, out);
  for (uint32_t i = 0; i < call->row_count; i++) {
    int64_t value = 0;
    if (call_row_live(call, i))
      TRY(like ? regex_like(call, i, &value, error) : regex_count(call, i, &value, error));
    if (like)
      ((uint8_t *)result)[i] = value != 0;
    else
      ((int64_t *)result)[i] = value;
  }
  return STATUS_OK;
}
