// See cli_shell_complete.h. The statement is cut into words and signs; what stands behind FROM and
// JOIN are its relations, each with the name that it goes by. Subqueries are not told apart: what
// one of them reads is offered in all of it.
#include "cli_shell_complete.h"
#include "buffer.h"
#include "result_writer.h"
#include "sql_split.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define TOKENS_MAX 4096
#define RELATIONS_MAX 64
#define NAME_BYTES 256

static const char *const keywords[] = {
    "ALL",   "AND",    "ANY",     "ARRAY",  "AS",     "ASC",     "BETWEEN",   "BY",
    "CASE",  "CAST",   "CREATE",  "CROSS",  "CUBES",  "DESC",    "DESCRIBE",  "DISTINCT",
    "DROP",  "ELSE",   "END",     "EXCEPT", "EXISTS", "EXPLAIN", "FALSE",     "FILTER",
    "FROM",  "FULL",   "GROUP",   "HAVING", "ILIKE",  "IN",      "INNER",     "INTERSECT",
    "IS",    "JOIN",   "LATERAL", "LEFT",   "LIKE",   "LIMIT",   "NOT",       "NULL",
    "NULLS", "OFFSET", "ON",      "OR",     "ORDER",  "OVER",    "PARTITION", "RECURSIVE",
    "RESET", "RIGHT",  "ROLLUP",  "SELECT", "SET",    "SHOW",    "TABLE",     "TABLES",
    "THEN",  "TRUE",   "UNION",   "USING",  "VALUES", "VIEW",    "VIEWS",     "WHEN",
    "WHERE", "WITH"};
#define KEYWORD_COUNT (sizeof keywords / sizeof *keywords)

static const char *const commands[] = {"\\?", "\\copy", "\\d", "\\e",      "\\f", "\\i",
                                       "\\o", "\\pset", "\\q", "\\timing", "\\x"};

typedef struct Token { // a word, maybe with dots in it, or one other character
  const char *data;
  size_t size;
  bool word;
} Token;

typedef struct Relation {
  char name[NAME_BYTES];  // "sales", "cube.sales"
  char alias[NAME_BYTES]; // or the name
} Relation;

typedef struct Scene {
  const Session *session;
  const Catalog *catalog;
  const char *word;
  size_t word_size;
  Token tokens[TOKENS_MAX];
  uint32_t token_count, before; // tokens before the word
  Relation relations[RELATIONS_MAX];
  uint32_t relation_count;
  Completion *completion;
} Scene;

// --- offers ---

static void offer(Scene *scene, const char *name) {
  Completion *completion = scene->completion;
  if (strncasecmp(name, scene->word, scene->word_size) != 0) return;
  const char *first = completion->found.data;
  if (completion->count == 0) completion->common = strlen(name);
  for (size_t i = 0; completion->count && i < completion->common; i++)
    if (tolower((unsigned char)first[i]) != tolower((unsigned char)name[i])) completion->common = i;
  size_t size = strlen(name); // a column of several tables is offered once
  for (const char *at = first; completion->count && *at; at = strchr(at, '\n') + 1)
    if (strncmp(at, name, size) == 0 && at[size] == '\n') return;
  buffer_printf(&completion->found, "%s\n", name);
  completion->count++;
}

// prefix.name, or the name where there is no prefix.
static void offer_within(Scene *scene, const char *prefix, const char *name) {
  char whole[2 * NAME_BYTES];
  snprintf(whole, sizeof whole, "%s%s%s", prefix ? prefix : "", prefix ? "." : "", name);
  offer(scene, whole);
}

static void offer_relations(Scene *scene) {
  const char *const *names;
  const CatalogView *views;
  uint32_t count = scene->catalog->table_names(scene->catalog, &names);
  for (uint32_t i = 0; i < count; i++) offer(scene, names[i]);
  count = session_views(scene->session, &views);
  for (uint32_t i = 0; i < count; i++) offer(scene, views[i].name);
  count = scene->catalog->cube_names(scene->catalog, &names);
  for (uint32_t i = 0; i < count; i++) offer_within(scene, "cube", names[i]);
}

static void offer_cube(Scene *scene, const char *prefix, const CatalogCube *cube) {
  for (uint32_t l = 0; l < cube->level_count; l++) { // store.region, or region alone
    const char *dot = strrchr(cube->levels[l].name, '.');
    offer_within(scene, prefix, cube->levels[l].name);
    if (dot && !prefix) offer(scene, dot + 1);
  }
  for (uint32_t m = 0; m < cube->measure_count; m++)
    offer_within(scene, prefix, strrchr(cube->measures[m].name, '.') + 1);
}

// The columns of a table, levels and measures of "cube.name".
static void offer_columns(Scene *scene, const char *prefix, const char *relation) {
  if (strncmp(relation, "cube.", 5) == 0) {
    const CatalogCube *cube = scene->catalog->find_cube(scene->catalog, relation + 5);
    if (cube) offer_cube(scene, prefix, cube);
    return;
  }
  const CatalogTable *table = scene->catalog->find_table(scene->catalog, relation);
  for (uint32_t c = 0; table && c < table->column_count; c++)
    if (!table->columns[c].hidden) offer_within(scene, prefix, table->columns[c].name);
}

static void offer_all_columns(Scene *scene) {
  const char *const *names;
  uint32_t count = scene->catalog->table_names(scene->catalog, &names);
  for (uint32_t i = 0; i < count; i++) offer_columns(scene, NULL, names[i]);
  count = scene->catalog->cube_names(scene->catalog, &names);
  for (uint32_t i = 0; i < count; i++)
    offer_cube(scene, NULL, scene->catalog->find_cube(scene->catalog, names[i]));
}

// --- the statement ---

static bool is_word_byte(char c) {
  return isalnum((unsigned char)c) || c == '_' || c == '.' || c & 0x80;
}

static void tokens_read(Scene *scene, const char *text, size_t size) {
  const char *end = text + size;
  for (const char *at = text; at < end && scene->token_count < TOKENS_MAX;) {
    bool closed;
    const char *past = sql_skip(at, end, &closed), *start = at;
    if (past > at) {
      at = past;
      continue;
    }
    if (isspace((unsigned char)*at)) {
      at++;
      continue;
    }
    bool word = is_word_byte(*at);
    do at++;
    while (word && at < end && is_word_byte(*at));
    if (start < scene->word) scene->before = scene->token_count + 1;
    scene->tokens[scene->token_count++] = (Token){start, (size_t)(at - start), word};
  }
}

static bool token_is(const Token *token, const char *text) {
  return token->size == strlen(text) && strncasecmp(token->data, text, token->size) == 0;
}

static bool is_keyword(const Token *token) {
  for (size_t i = 0; i < KEYWORD_COUNT; i++)
    if (token_is(token, keywords[i])) return true;
  return false;
}

static void token_copy(const Token *token, char out[NAME_BYTES]) {
  size_t size = token->size < NAME_BYTES ? token->size : NAME_BYTES - 1;
  for (size_t i = 0; i < size; i++) out[i] = (char)tolower((unsigned char)token->data[i]);
  out[size] = '\0';
}

// Whether a relation may stand at this place: behind FROM or JOIN, or a comma in FROM.
static bool relation_may_stand(const Scene *scene, uint32_t place) {
  static const char *const starts[] = {"from", "join", "describe", "desc", "table", "into"};
  if (place == 0) return false;
  const Token *token = &scene->tokens[place - 1];
  for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
    if (token_is(token, starts[i])) return true;
  if (!token_is(token, ",")) return false;
  for (uint32_t depth = 0, i = place - 1; i-- > 0;) {
    token = &scene->tokens[i];
    if (token_is(token, ")")) depth++;
    if (token_is(token, "(") && depth-- == 0) return false;
    bool ends = token_is(token, "select") || token_is(token, "where") || token_is(token, "by") ||
                token_is(token, "on") || token_is(token, "having");
    if (!depth && ends) return false;
    if (!depth && token_is(token, "from")) return true;
  }
  return false;
}

static void relations_find(Scene *scene) {
  for (uint32_t i = 0; i < scene->token_count && scene->relation_count < RELATIONS_MAX; i++) {
    const Token *token = &scene->tokens[i];
    if (!token->word || token->data == scene->word || !relation_may_stand(scene, i)) continue;
    Relation *relation = &scene->relations[scene->relation_count++];
    token_copy(token, relation->name);
    const char *dot = strrchr(relation->name, '.');
    snprintf(relation->alias, sizeof relation->alias, "%s", dot ? dot + 1 : relation->name);
    uint32_t next = i + 1;
    if (next < scene->token_count && token_is(&scene->tokens[next], "as")) next++;
    if (next < scene->token_count && scene->tokens[next].word &&
        scene->tokens[next].data != scene->word && !is_keyword(&scene->tokens[next]))
      token_copy(&scene->tokens[next], relation->alias);
  }
}

// --- by place ---

// "alias.": what the statement calls so. False: nothing is.
static bool complete_qualified(Scene *scene) {
  char prefix[NAME_BYTES];
  const char *dot = memchr(scene->word, '.', scene->word_size);
  if (!dot) return false;
  token_copy(&(Token){scene->word, (size_t)(dot - scene->word), true}, prefix);
  for (uint32_t i = 0; i < scene->relation_count; i++)
    if (strcmp(scene->relations[i].alias, prefix) == 0)
      offer_columns(scene, prefix, scene->relations[i].name);
  if (!scene->completion->count) offer_columns(scene, prefix, prefix);
  return scene->completion->count > 0;
}

static void complete_command(Scene *scene, const char *text) {
  size_t size = strcspn(text, " \t");
  if (scene->word == text)
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) offer(scene, commands[i]);
  else if (size == 2 && strncmp(text, "\\d", 2) == 0)
    offer_relations(scene);
  else if (size == 2 && strncmp(text, "\\f", 2) == 0)
    for (ResultFormat f = RESULT_TABLE; f < RESULT_XLSX; f++) offer(scene, result_format_name(f));
  else if (size == 2 && strncmp(text, "\\x", 2) == 0)
    for (int i = 0; i < 3; i++) offer(scene, (const char *const[]){"auto", "off", "on"}[i]);
  else if (size == 5 && strncmp(text, "\\pset", 5) == 0)
    for (int i = 0; i < 2; i++) offer(scene, (const char *const[]){"null", "rows"}[i]);
}

static void complete_statement(Scene *scene) {
  if (complete_qualified(scene)) return;
  if (relation_may_stand(scene, scene->before)) {
    offer_relations(scene);
    if (scene->completion->count) return;
  }
  for (uint32_t i = 0; i < scene->relation_count; i++) {
    offer_columns(scene, NULL, scene->relations[i].name);
    offer(scene, scene->relations[i].alias);
  }
  if (!scene->relation_count) offer_all_columns(scene);
  for (size_t i = 0; i < KEYWORD_COUNT; i++) offer(scene, keywords[i]);
  if (!scene->completion->count) offer_relations(scene);
}

void shell_complete(const Session *session, const char *text, size_t size, size_t at, size_t *word,
                    Completion *completion) {
  Scene *scene = mem_alloc_zero(sizeof *scene); // too large for the stack
  const char *start = text + at, *line = text + strspn(text, " \t");
  bool command = *line == '\\';
  while (start > text && (is_word_byte(start[-1]) || (command && start - 1 == line))) start--;
  *word = (size_t)(start - text);
  scene->session = session;
  scene->catalog = session_catalog(session);
  scene->word = start;
  scene->word_size = at - *word;
  scene->completion = completion;
  buffer_init(&completion->found);
  completion->count = 0;
  if (command) {
    complete_command(scene, line);
  } else {
    tokens_read(scene, text, size);
    relations_find(scene);
    complete_statement(scene);
  }
  mem_free(scene);
}
