// See segment_text_lexer.h.
#include "segment_text_lexer.h"
#include "text.h"
#include <string.h>
#include <strings.h>

static const char *const WORDS[] = {
    "all",  "any",   "not", "and",   "or",   "segment",  "attribute", "ending", "ago",
    "in",   "from",  "to",  "is",    "null", "over",     "day",       "days",   "where",
    "true", "false", "of",  "first", "last", "purchase", "cell"};

bool segment_text_is_word(const char *name, size_t size) {
  for (size_t w = 0; w < sizeof WORDS / sizeof *WORDS; w++)
    if (strlen(WORDS[w]) == size && strncasecmp(WORDS[w], name, size) == 0) return true;
  return false;
}

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

static bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

static bool is_name_part(char c) {
  return is_name_start(c) || is_digit(c) || c == '.';
}

static char peek(const SegmentLexer *lexer, size_t ahead) {
  return lexer->at + ahead < lexer->size ? lexer->text[lexer->at + ahead] : '\0';
}

static Status fault(const SegmentToken *token, const char *what, Error *error) {
  return error_set_at(error, STATUS_INVALID, (int64_t)token->position, "%s", what);
}

static void take(SegmentLexer *lexer, SegmentTokenKind kind, size_t size, SegmentToken *token) {
  token->kind = kind;
  token->text = arena_strndup(lexer->arena, lexer->text + lexer->at, size);
  lexer->at += size;
}

// The size between the quotes that begin here, doubled ones counted twice; SIZE_MAX: there is no
// end.
static size_t quoted_size(const SegmentLexer *lexer, char quote) {
  for (size_t size = 0; lexer->at + 1 + size < lexer->size; size++) {
    if (peek(lexer, 1 + size) != quote) continue;
    if (peek(lexer, 2 + size) != quote) return size;
    size++;
  }
  return SIZE_MAX;
}

static Status quoted_read(SegmentLexer *lexer, SegmentTokenKind kind, SegmentToken *token,
                          Error *error) {
  char quote = peek(lexer, 0);
  size_t size = quoted_size(lexer, quote);
  if (size == SIZE_MAX)
    return fault(
        token, quote == '"' ? "the name's second \" is missing" : "the text's second ' is missing",
        error);
  lexer->at++;
  take(lexer, kind, size, token);
  lexer->at++;
  char *out = (char *)token->text;
  for (const char *in = token->text; *in; in++) {
    in += *in == quote;
    *out++ = *in;
  }
  *out = '\0';
  return STATUS_OK;
}

static void name_read(SegmentLexer *lexer, SegmentToken *token) {
  size_t size = 1;
  while (is_name_part(peek(lexer, size))) size++;
  bool word = segment_text_is_word(lexer->text + lexer->at, size);
  take(lexer, word ? SEGMENT_TOKEN_WORD : SEGMENT_TOKEN_NAME, size, token);
  for (char *c = (char *)token->text; word && *c; c++)
    if (*c >= 'A' && *c <= 'Z') *c += 'a' - 'A';
}

static bool is_date(const SegmentLexer *lexer) {
  static const char FORM[] = "dddd-dd-dd";
  for (size_t i = 0; i < sizeof FORM - 1; i++)
    if (FORM[i] == 'd' ? !is_digit(peek(lexer, i)) : peek(lexer, i) != '-') return false;
  return true;
}

static size_t digits_at(const SegmentLexer *lexer, size_t ahead) {
  size_t count = 0;
  while (is_digit(peek(lexer, ahead + count))) count++;
  return count;
}

// A number as JSON has them: -0.5e3; 0: none.
static size_t number_size(const SegmentLexer *lexer) {
  size_t size = peek(lexer, 0) == '-';
  size_t digits = digits_at(lexer, size);
  if (!digits || (digits > 1 && peek(lexer, size) == '0')) return 0;
  size += digits;
  if (peek(lexer, size) == '.') {
    digits = digits_at(lexer, size + 1);
    if (!digits) return 0;
    size += 1 + digits;
  }
  if (peek(lexer, size) != 'e' && peek(lexer, size) != 'E') return size;
  size_t sign = peek(lexer, size + 1) == '+' || peek(lexer, size + 1) == '-';
  digits = digits_at(lexer, size + 1 + sign);
  return digits ? size + 1 + sign + digits : 0;
}

static Status figure_read(SegmentLexer *lexer, SegmentToken *token, Error *error) {
  bool date = is_date(lexer);
  size_t size = date ? 10 : number_size(lexer);
  if (!size || is_name_part(peek(lexer, size)) || peek(lexer, size) == '-')
    return fault(token, "neither a number (as 5 or 1499.99) nor a date (as 2025-12-31)", error);
  take(lexer, date ? SEGMENT_TOKEN_DATE : SEGMENT_TOKEN_NUMBER, size, token);
  return STATUS_OK;
}

Status segment_lexer_next(SegmentLexer *lexer, SegmentToken *token, Error *error) {
  while (lexer->at < lexer->size && strchr(" \t\r\n", lexer->text[lexer->at])) lexer->at++;
  *token = (SegmentToken){.kind = SEGMENT_TOKEN_END, .text = "", .position = lexer->at};
  if (lexer->at == lexer->size) return STATUS_OK;
  char c = peek(lexer, 0);
  if (c == '\'') return quoted_read(lexer, SEGMENT_TOKEN_STRING, token, error);
  if (c == '"') return quoted_read(lexer, SEGMENT_TOKEN_NAME, token, error);
  if (is_digit(c) || c == '-') return figure_read(lexer, token, error);
  if (is_name_start(c)) {
    name_read(lexer, token);
    return STATUS_OK;
  }
  if (!strchr("(),<>=", c) || !c) return fault(token, "this sign has no meaning here", error);
  take(lexer, SEGMENT_TOKEN_SIGN, (c == '<' || c == '>') && peek(lexer, 1) == '=' ? 2 : 1, token);
  return STATUS_OK;
}
