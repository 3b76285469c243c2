// See sql_split.h.
#include "sql_split.h"
#include <ctype.h>
#include <string.h>

static const char *skip_quoted(const char *at, const char *end, char quote, bool escapes,
                               bool *closed) {
  for (at++; at < end; at++) {
    if (escapes && *at == '\\' && at + 1 < end)
      at++;
    else if (*at == quote && at + 1 < end && at[1] == quote)
      at++;
    else if (*at == quote)
      return at + 1;
  }
  *closed = false;
  return end;
}

static const char *skip_block_comment(const char *at, const char *end, bool *closed) {
  uint32_t depth = 0;
  for (; at + 1 < end; at++) {
    if (at[0] == '/' && at[1] == '*')
      depth++, at++;
    else if (at[0] == '*' && at[1] == '/') {
      at++;
      if (--depth == 0) return at + 1;
    }
  }
  *closed = false;
  return end;
}

// $tag$ ... $tag$; anything else that begins with $ is a parameter.
static const char *skip_dollar(const char *at, const char *end, bool *closed) {
  const char *tag_end = at + 1;
  while (tag_end < end && (isalnum((unsigned char)*tag_end) || *tag_end == '_')) tag_end++;
  if (tag_end == end || *tag_end != '$' || isdigit((unsigned char)at[1])) return at + 1;
  size_t size = (size_t)(tag_end + 1 - at);
  const char *close = memmem(tag_end + 1, (size_t)(end - tag_end - 1), at, size);
  *closed = close != NULL;
  return close ? close + size : end;
}

const char *sql_skip(const char *at, const char *end, bool *closed) {
  char next = at + 1 < end ? at[1] : 0;
  *closed = true;
  if (*at == '-' && next == '-') {
    const char *stop = memchr(at, '\n', (size_t)(end - at));
    return stop ? stop : end;
  }
  if (*at == '/' && next == '*') return skip_block_comment(at, end, closed);
  if (*at == '\'' || *at == '"') return skip_quoted(at, end, *at, false, closed);
  if ((*at == 'e' || *at == 'E') && next == '\'')
    return skip_quoted(at + 1, end, '\'', true, closed);
  return *at == '$' ? skip_dollar(at, end, closed) : at;
}

static bool is_word(char c) {
  return isalnum((unsigned char)c) || c == '_' || c & 0x80;
}

bool sql_split(const char **text, const char **statement, size_t *size, bool *complete) {
  const char *at = *text, *end = at + strlen(at);
  *statement = NULL;
  *complete = false;
  while (at < end && !*complete) {
    bool closed, comment = (at[0] == '-' && at[1] == '-') || (at[0] == '/' && at[1] == '*');
    bool in_word = is_word(*at) && at > *text && is_word(at[-1]); // the e of name'...' is no E''
    const char *past = in_word ? at : sql_skip(at, end, &closed);
    if (!*statement && !comment && !isspace((unsigned char)*at) && *at != ';') *statement = at;
    if (past > at)
      at = past;
    else
      *complete = *at++ == ';' && *statement;
  }
  *text = at;
  if (!*statement) return false;
  *size = (size_t)(at - *complete - *statement);
  return true;
}
