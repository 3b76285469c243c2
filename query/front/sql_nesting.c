// Why: libpg_query packs its tree as nested protobuf messages and measures each anew at every
// level, so 60,000 terms of 1+1+1+... (128 KiB) keep a processor busy for 40 seconds before the
// binder could refuse them. The idea: in PostgreSQL's grammar only operators (and :: [] IS, UNION,
// JOIN) nest to the left without parentheses, and a comma, AND, OR, WHEN, THEN, ELSE end such a
// chain; so counting them within one paren level bounds the depth. A rough scanner will do:
// strings, quoted names and comments are skipped, everything else is counted. Comments within
// comments are bounded too: its scanner reads the rest of a run of /*/*/* anew at each of them.
#include "sql_nesting.h"
#include "memory.h"
#include "sql_split.h"
#include <ctype.h>
#include <string.h>
#include <strings.h>

typedef struct Scanner {
  const char *at, *end;
  uint32_t *chains; // operators so far, by paren level
  uint32_t level, depth_max;
  uint32_t comments; // how deep the last one was
} Scanner;

static bool word_is_any(const char *word, size_t size, const char *const *words) {
  for (; *words; words++)
    if (strlen(*words) == size && strncasecmp(*words, word, size) == 0) return true;
  return false;
}

static void scan_word(Scanner *scanner) {
  static const char *const enders[] = {"and", "or", "when", "then", "else", NULL};
  static const char *const chainers[] = {"is",     "union",   "intersect", "except", "join",
                                         "isnull", "notnull", "collate",   "at",     "like",
                                         "ilike",  "in",      "between",   "not",    NULL};
  const char *word = scanner->at;
  while (scanner->at < scanner->end &&
         (isalnum((unsigned char)*scanner->at) || *scanner->at == '_' || *scanner->at & 0x80))
    scanner->at++;
  size_t size = (size_t)(scanner->at - word);
  if (word_is_any(word, size, enders))
    scanner->chains[scanner->level] = 0;
  else if (word_is_any(word, size, chainers))
    scanner->chains[scanner->level]++;
}

static void scan_operator(Scanner *scanner) {
  while (scanner->at < scanner->end && *scanner->at && strchr("+-*/<>=~!@#%^&|`?:[", *scanner->at))
    scanner->at++;
  scanner->chains[scanner->level]++;
}

static void scan_bracket(Scanner *scanner) {
  if (*scanner->at == '(')
    scanner->chains[++scanner->level] = 0;
  else if (scanner->level)
    scanner->level--;
  scanner->at++;
}

// Of a block comment, how deep others nest in it.
static uint32_t comment_depth(const char *at, const char *end) {
  uint32_t depth = 0, most = 0;
  for (; at + 1 < end; at++) {
    bool opens = at[0] == '/' && at[1] == '*', closes = at[0] == '*' && at[1] == '/';
    depth += opens;
    depth -= closes && depth;
    if (depth > most) most = depth;
    at += opens || closes;
  }
  return most;
}

static void scan_token(Scanner *scanner) {
  const char *at = scanner->at, *end = scanner->end;
  bool closed;
  const char *past = sql_skip(at, end, &closed);
  if (past > at) {
    scanner->at = past;
    scanner->comments = *at == '/' ? comment_depth(at, past) : 0;
  } else if (isalnum((unsigned char)*at) || *at == '_' || *at & 0x80)
    scan_word(scanner);
  else if (*at == '(' || *at == ')')
    scan_bracket(scanner);
  else if (*at && strchr("+-*/<>=~!@#%^&|`?:[", *at))
    scan_operator(scanner);
  else {
    if (*at == ',' || *at == ';') scanner->chains[scanner->level] = 0;
    scanner->at++;
  }
}

Status sql_nesting_check(const char *text, size_t size, uint32_t depth_max, Error *error) {
  Scanner scanner = {.at = text, .end = text + size, .depth_max = depth_max};
  scanner.chains = mem_alloc_zero(sizeof *scanner.chains * ((size_t)depth_max + 2));
  Status status = STATUS_OK;
  while (scanner.at < scanner.end && status == STATUS_OK) {
    scan_token(&scanner);
    if (scanner.level > depth_max || scanner.comments > depth_max ||
        scanner.chains[scanner.level] > depth_max)
      status = error_set_at(error, STATUS_LIMIT, scanner.at - text,
                            "the statement is nested deeper than %u levels", depth_max);
  }
  mem_free(scanner.chains);
  return status;
}
