// Text to definitions, by recursive descent: each function takes what it stands for, and gives a
// new JSON value or a fault at a byte.
#include "segment.h"
#include "segment_text_lexer.h"
#include <jansson.h>
#include <stdlib.h>

#define DEPTH_MAX 400 // of brackets and "not": several for each level that a definition may have

typedef struct Parser {
  SegmentLexer lexer;
  SegmentToken token; // the next one
  bool in_filters;    // of a measure's rows: levels alone
  uint32_t depth;
  Error *error;
} Parser;

static Status parse_any(Parser *parser, json_t **rule);
static Status parse_limited(Parser *parser, json_t **rule);

// ---------------------------------------------------------------- tokens

static Status fault(const Parser *parser, const char *what) {
  const SegmentToken *token = &parser->token;
  if (token->kind == SEGMENT_TOKEN_END)
    return error_set_at(parser->error, STATUS_INVALID, (int64_t)token->position,
                        "%s is expected, but the text ends", what);
  return error_set_at(parser->error, STATUS_INVALID, (int64_t)token->position,
                      "%s is expected before \"%.60s\"", what, token->text);
}

static Status step(Parser *parser) {
  return segment_lexer_next(&parser->lexer, &parser->token, parser->error);
}

static bool is_at(const Parser *parser, SegmentTokenKind kind, const char *text) {
  return parser->token.kind == kind && !strcmp(parser->token.text, text);
}

static bool is_word(const Parser *parser, const char *word) {
  return is_at(parser, SEGMENT_TOKEN_WORD, word);
}

// Takes the word or sign where it stands next; *taken tells.
static Status take(Parser *parser, SegmentTokenKind kind, const char *text, bool *taken) {
  *taken = is_at(parser, kind, text);
  return *taken ? step(parser) : STATUS_OK;
}

static Status expect(Parser *parser, SegmentTokenKind kind, const char *text) {
  bool taken;
  TRY(take(parser, kind, text, &taken));
  if (taken) return STATUS_OK;
  char what[32];
  snprintf(what, sizeof what, "\"%s\"", text);
  return fault(parser, what);
}

static void set(json_t *object, const char *key, json_t *value) {
  json_object_set_new(object, key, value);
}

// ---------------------------------------------------------------- values

static Status parse_value(Parser *parser, json_t **value) {
  const SegmentToken *token = &parser->token;
  bool constant = is_word(parser, "true") || is_word(parser, "false") || is_word(parser, "null");
  if (token->kind == SEGMENT_TOKEN_STRING)
    *value = json_string(token->text);
  else if (token->kind == SEGMENT_TOKEN_NUMBER || constant)
    *value = json_loads(token->text, JSON_DECODE_ANY, NULL);
  else if (token->kind == SEGMENT_TOKEN_DATE)
    return fault(parser, "a text in single quotes, as '2025-12-31',");
  else
    return fault(parser, "a value, as 'text' or 5,");
  if (!*value)
    return token->kind == SEGMENT_TOKEN_STRING ? fault(parser, "valid UTF-8")
                                               : fault(parser, "a number that is not so large");
  Status status = step(parser);
  if (status != STATUS_OK) json_decref(*value);
  return status;
}

// Items between brackets, with commas. *list is the caller's, whatever happens.
static Status parse_list(Parser *parser, Status (*parse)(Parser *parser, json_t **item),
                         json_t *list) {
  bool more;
  TRY(expect(parser, SEGMENT_TOKEN_SIGN, "("));
  TRY(take(parser, SEGMENT_TOKEN_SIGN, ")", &more));
  if (more) return STATUS_OK;
  do {
    json_t *item;
    TRY(parse(parser, &item));
    json_array_append_new(list, item);
    TRY(take(parser, SEGMENT_TOKEN_SIGN, ",", &more));
  } while (more);
  return expect(parser, SEGMENT_TOKEN_SIGN, ")");
}

// A list under the key of object.
static Status parse_member(Parser *parser, Status (*parse)(Parser *parser, json_t **item),
                           json_t *object, const char *key) {
  json_t *list = json_array();
  set(object, key, list);
  return parse_list(parser, parse, list);
}

// ---------------------------------------------------------------- leaves

static Status parse_date(Parser *parser, json_t *object, const char *key) {
  if (parser->token.kind != SEGMENT_TOKEN_DATE) return fault(parser, "a date, as 2025-12-31,");
  set(object, key, json_string(parser->token.text));
  return step(parser);
}

static Status parse_days(Parser *parser, json_t *object, const char *key) {
  TRY(step(parser));
  if (parser->token.kind != SEGMENT_TOKEN_NUMBER) return fault(parser, "a number of days");
  set(object, key, json_loads(parser->token.text, JSON_DECODE_ANY, NULL));
  TRY(step(parser));
  return is_word(parser, "day") ? step(parser) : expect(parser, SEGMENT_TOKEN_WORD, "days");
}

// "over 90 days", maybe "ending 365 days ago".
static Status parse_over(Parser *parser, json_t *object) {
  TRY(parse_days(parser, object, "days"));
  if (!is_word(parser, "ending")) return STATUS_OK;
  TRY(parse_days(parser, object, "ago"));
  return expect(parser, SEGMENT_TOKEN_WORD, "ago");
}

static Status parse_bound(Parser *parser, json_t *object) {
  static const char *const signs[][2] = {
      {">=", "at_least"}, {"<=", "at_most"}, {">", "above"}, {"<", "below"}, {"=", "equal"}};
  for (size_t s = 0; s < sizeof signs / sizeof *signs; s++) {
    bool taken;
    TRY(take(parser, SEGMENT_TOKEN_SIGN, signs[s][0], &taken));
    if (!taken) continue;
    if (parser->token.kind != SEGMENT_TOKEN_NUMBER && parser->token.kind != SEGMENT_TOKEN_STRING)
      return fault(parser, "a number");
    json_t *value;
    TRY(parse_value(parser, &value));
    set(object, signs[s][1], value);
    return STATUS_OK;
  }
  if (json_object_get(object, "from"))
    return fault(parser, "one of >=, <=, >, <, = (the dates of a level's range stand in quotes)");
  return fault(parser, "one of >=, <=, >, <, = or, of a level, in, not in, from, to, is");
}

// "of first purchase".
static Status parse_purchase(Parser *parser, json_t *object) {
  TRY(step(parser));
  if (!is_word(parser, "first") && !is_word(parser, "last"))
    return fault(parser, "\"first\" or \"last\"");
  set(object, "purchase", json_string(is_word(parser, "first") ? "first" : "last"));
  TRY(step(parser));
  return expect(parser, SEGMENT_TOKEN_WORD, "purchase");
}

// What follows a measure's name; its window may be there already.
static Status parse_measure(Parser *parser, json_t *object) {
  bool where;
  if (parser->in_filters)
    return fault(parser, "one of in, not in, from, to, is (a filter on rows stands on levels)");
  if (is_word(parser, "over")) TRY(parse_over(parser, object));
  TRY(take(parser, SEGMENT_TOKEN_WORD, "where", &where));
  if (where) {
    parser->in_filters = true;
    TRY(parse_member(parser, parse_any, object, "filters"));
    parser->in_filters = false;
  }
  return parse_bound(parser, object);
}

// "from" is a level's range, or a measure's window: a date without quotes is one.
static Status parse_from(Parser *parser, json_t *object, bool *is_level) {
  json_t *value;
  TRY(step(parser));
  *is_level = parser->token.kind != SEGMENT_TOKEN_DATE || parser->in_filters;
  if (*is_level) {
    TRY(parse_value(parser, &value));
    set(object, "from", value);
    return STATUS_OK;
  }
  TRY(parse_date(parser, object, "from"));
  TRY(expect(parser, SEGMENT_TOKEN_WORD, "to"));
  return parse_date(parser, object, "to");
}

// A measure of one purchase: its window follows.
static Status parse_purchase_measure(Parser *parser, json_t *object) {
  bool is_level = false;
  TRY(parse_purchase(parser, object));
  if (is_word(parser, "from")) TRY(parse_from(parser, object, &is_level));
  if (is_level) return fault(parser, "a date, as 2025-12-31");
  return parse_measure(parser, object);
}

static Status parse_null(Parser *parser, json_t *object) {
  bool negated;
  TRY(step(parser));
  TRY(take(parser, SEGMENT_TOKEN_WORD, "not", &negated));
  set(object, "null", json_boolean(!negated));
  return expect(parser, SEGMENT_TOKEN_WORD, "null");
}

// What follows a name: *is_level tells whose.
static Status parse_test(Parser *parser, json_t *object, bool *is_level) {
  bool negated, to;
  *is_level = true;
  if (is_word(parser, "is")) return parse_null(parser, object);
  TRY(take(parser, SEGMENT_TOKEN_WORD, "not", &negated));
  if (negated && !is_word(parser, "in")) return fault(parser, "\"in\"");
  if (is_word(parser, "in")) {
    TRY(step(parser));
    return parse_member(parser, parse_value, object, negated ? "not_in" : "in");
  }
  if (is_word(parser, "of")) {
    *is_level = false;
    return parse_purchase_measure(parser, object);
  }
  if (is_word(parser, "from")) TRY(parse_from(parser, object, is_level));
  if (*is_level) {
    TRY(take(parser, SEGMENT_TOKEN_WORD, "to", &to));
    if (to) {
      json_t *value;
      TRY(parse_value(parser, &value));
      set(object, "to", value);
    }
    if (json_object_size(object)) return STATUS_OK;
  }
  *is_level = false;
  return parse_measure(parser, object);
}

// The name comes first, as people write it; whose it is shows after it.
static Status parse_name(Parser *parser, json_t **rule) {
  bool is_level;
  json_t *name = json_string(parser->token.text), *test = json_object();
  Status status = name ? step(parser) : fault(parser, "valid UTF-8");
  if (status == STATUS_OK) status = parse_test(parser, test, &is_level);
  if (status == STATUS_OK) {
    *rule = json_pack("{s:O}", is_level ? "level" : "measure", name);
    json_object_update(*rule, test);
  }
  json_decref(name);
  json_decref(test);
  return status;
}

// "attribute tier in ('gold')", "attribute tier is null".
static Status parse_attribute(Parser *parser, json_t **rule) {
  bool negated;
  if (parser->in_filters) return fault(parser, "a level (a filter on rows takes no attribute)");
  TRY(step(parser));
  if (parser->token.kind != SEGMENT_TOKEN_NAME) return fault(parser, "the name of an attribute");
  json_t *object = json_pack("{s:s}", "attribute", parser->token.text);
  if (!object) return fault(parser, "valid UTF-8");
  Status status = step(parser);
  if (status == STATUS_OK && is_word(parser, "is")) {
    status = parse_null(parser, object);
  } else if (status == STATUS_OK) {
    status = take(parser, SEGMENT_TOKEN_WORD, "not", &negated);
    if (status == STATUS_OK && !is_word(parser, "in"))
      status = fault(parser, negated ? "\"in\"" : "one of in, not in, is");
    if (status == STATUS_OK) status = step(parser);
    if (status == STATUS_OK)
      status = parse_member(parser, parse_value, object, negated ? "not_in" : "in");
  }
  if (status == STATUS_OK)
    *rule = object;
  else
    json_decref(object);
  return status;
}

// "cell '{...}'": its document stands as JSON, for it is a query and no rule.
static Status parse_cell(Parser *parser, json_t **rule) {
  json_error_t failure;
  if (parser->in_filters) return fault(parser, "a level (a filter on rows takes no cell)");
  TRY(step(parser));
  if (parser->token.kind != SEGMENT_TOKEN_STRING)
    return fault(parser, "the cell as JSON, as '{\"query\": ..., \"at\": ...}',");
  json_t *cell = json_loads(parser->token.text, JSON_REJECT_DUPLICATES, &failure);
  if (!cell) return fault(parser, "the cell as JSON (this is none),");
  *rule = json_pack("{s:o}", "cell", cell);
  Status status = step(parser);
  if (status != STATUS_OK) json_decref(*rule);
  return status;
}

static Status parse_segment(Parser *parser, json_t **rule) {
  if (parser->in_filters) return fault(parser, "a level (a filter on rows takes no segment)");
  TRY(step(parser));
  if (parser->token.kind != SEGMENT_TOKEN_STRING && parser->token.kind != SEGMENT_TOKEN_NAME)
    return fault(parser, "the id of a segment, as 'vip',");
  *rule = json_pack("{s:s}", "segment", parser->token.text);
  if (!*rule) return fault(parser, "valid UTF-8");
  Status status = step(parser);
  if (status != STATUS_OK) json_decref(*rule);
  return status;
}

// ---------------------------------------------------------------- groups

static Status parse_group(Parser *parser, const char *key, json_t **rule) {
  json_t *object = json_object();
  Status status = step(parser);
  if (status == STATUS_OK) status = parse_member(parser, parse_any, object, key);
  if (status == STATUS_OK)
    *rule = object;
  else
    json_decref(object);
  return status;
}

static Status parse_single(Parser *parser, json_t **rule) {
  bool taken;
  if (parser->token.kind == SEGMENT_TOKEN_NAME) return parse_name(parser, rule);
  if (is_word(parser, "segment")) return parse_segment(parser, rule);
  if (is_word(parser, "attribute")) return parse_attribute(parser, rule);
  if (is_word(parser, "cell")) return parse_cell(parser, rule);
  if (is_word(parser, "all")) return parse_group(parser, "all", rule);
  if (is_word(parser, "any")) return parse_group(parser, "any", rule);
  TRY(take(parser, SEGMENT_TOKEN_WORD, "not", &taken));
  json_t *inner;
  if (taken) {
    TRY(parse_limited(parser, &inner));
    *rule = json_pack("{s:o}", "not", inner);
    return STATUS_OK;
  }
  TRY(take(parser, SEGMENT_TOKEN_SIGN, "(", &taken));
  if (!taken)
    return fault(parser,
                 "a rule (a level or a measure, attribute, cell, segment, not, all, any or \"(\")");
  TRY(parse_any(parser, rule));
  Status status = expect(parser, SEGMENT_TOKEN_SIGN, ")");
  if (status != STATUS_OK) json_decref(*rule);
  return status;
}

static Status parse_limited(Parser *parser, json_t **rule) {
  if (parser->depth == DEPTH_MAX)
    return error_set_at(parser->error, STATUS_LIMIT, (int64_t)parser->token.position,
                        "rules nest deeper than %d levels", DEPTH_MAX);
  parser->depth++;
  Status status = parse_single(parser, rule);
  parser->depth--;
  return status;
}

// Items with a word between them; one alone is itself.
static Status parse_joined(Parser *parser, Status (*parse)(Parser *parser, json_t **rule),
                           const char *word, const char *key, json_t **rule) {
  json_t *item;
  TRY(parse(parser, rule));
  if (!is_word(parser, word)) return STATUS_OK;
  json_t *list = json_array();
  json_array_append_new(list, *rule);
  Status status = STATUS_OK;
  while (status == STATUS_OK && is_word(parser, word)) {
    status = step(parser);
    if (status == STATUS_OK) status = parse(parser, &item);
    if (status == STATUS_OK) json_array_append_new(list, item);
  }
  *rule = json_pack("{s:o}", key, list);
  if (status != STATUS_OK) json_decref(*rule);
  return status;
}

static Status parse_all(Parser *parser, json_t **rule) {
  return parse_joined(parser, parse_limited, "and", "all", rule);
}

static Status parse_any(Parser *parser, json_t **rule) {
  return parse_joined(parser, parse_all, "or", "any", rule);
}

static Status parse_whole(Parser *parser, json_t **rule) {
  TRY(step(parser));
  TRY(parse_any(parser, rule));
  if (parser->token.kind == SEGMENT_TOKEN_END) return STATUS_OK;
  json_decref(*rule);
  return fault(parser, "\"and\" or \"or\"");
}

Status segment_text_read(Arena *arena, const char *text, size_t size, const char **definition,
                         Error *error) {
  Error local = ERROR_INIT;
  Parser parser = {.lexer = {.text = text, .size = size, .arena = arena},
                   .error = error ? error : &local};
  json_t *root;
  SegmentRule rule;
  if (size > SEGMENT_TEXT_BYTES_MAX)
    return error_set(parser.error, STATUS_LIMIT, "the text has %zu bytes; at most %u are read",
                     size, SEGMENT_TEXT_BYTES_MAX);
  const char *zero = memchr(text, 0, size);
  if (zero)
    return error_set_at(parser.error, STATUS_INVALID, zero - text, "a zero byte has no meaning");
  TRY(parse_whole(&parser, &root));
  char *json = json_dumps(root, JSON_COMPACT | JSON_REAL_PRECISION(15));
  *definition = arena_strdup(arena, json);
  free(json);
  json_decref(root);
  return segment_read(arena, *definition, strlen(*definition), &rule, parser.error);
}
