// The parser's events become nodes one by one; libfyaml's own documents are not used, since they
// resolve aliases and judge duplicate keys without saying where. Recursion is bounded by
// YAML_DEPTH_MAX. Invariant: after the first fatal fault `failed` is set, no further event is
// asked for, and every function returns at once.
//
// The text is copied with a tail of zeros: while it makes an error message, libfyaml can
// look a few bytes past the end (issue 189 of its tracker).
#include "yaml_tree.h"
#include "text.h"
#include <libfyaml.h>
#include <stdio.h>
#include <stdlib.h>

#define TEXT_TAIL_BYTES 64

typedef struct TreeReader {
  struct fy_parser *parser;
  struct fy_diag *diag;
  struct fy_event *event; // the current one
  const char *text;       // the padded copy
  Arena *arena;
  YamlFaultSink faults;
  void *context;
  uint32_t depth;
  bool failed;
} TreeReader;

// ---- Faults ------------------------------------------------------------------------------------

static void tree_fault(TreeReader *reader, uint32_t line, uint32_t column, const char *message) {
  if (reader->faults) reader->faults(reader->context, line, column, message);
}

static void tree_fail(TreeReader *reader, uint32_t line, uint32_t column, const char *message) {
  if (!reader->failed) tree_fault(reader, line, column, message);
  reader->failed = true;
}

// The first line that is indented with a tab, or 0: the parser's message would not say so.
static uint32_t tab_line(const char *text) {
  uint32_t line = 1;
  for (const char *c = text; *c; line++) {
    c += strspn(c, " ");
    if (*c == '\t') return line;
    c += strcspn(c, "\n");
    c += *c == '\n';
  }
  return 0;
}

// The parser's own first message.
static void tree_fail_syntax(TreeReader *reader) {
  void *iterator = NULL;
  const struct fy_diag_error *error = fy_diag_errors_iterate(reader->diag, &iterator);
  char message[256];
  int length = snprintf(message, sizeof message, "not valid YAML: %.120s",
                        error && error->msg ? error->msg : "unexpected end");
  uint32_t tab = tab_line(reader->text);
  if (tab) {
    snprintf(message + length, sizeof message - (size_t)length,
             " (line %u is indented with a tab: use blanks)", tab);
  }
  uint32_t line = error && error->line > 0 ? (uint32_t)error->line : 1;
  uint32_t column = error && error->column > 0 ? (uint32_t)error->column : 1;
  tree_fail(reader, line, column, message);
}

// ---- Bytes -------------------------------------------------------------------------------------

static void place_of_offset(const char *text, size_t offset, uint32_t *line, uint32_t *column) {
  *line = 1;
  size_t start = 0;
  for (size_t i = 0; i < offset; i++) {
    if (text[i] != '\n') continue;
    ++*line;
    start = i + 1;
  }
  *column = (uint32_t)utf8_length(text + start, offset - start) + 1;
}

// Offset of the first control character other than tab, line feed and carriage return, or `size`.
static size_t control_prefix(const char *text, size_t size) {
  for (size_t i = 0; i < size; i++) {
    unsigned char c = (unsigned char)text[i];
    if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f) return i;
  }
  return size;
}

// Directives (%YAML, %TAG) stand before the first line with content; everything else that begins
// with % is text.
static void tree_check_directives(TreeReader *reader, const char *text, size_t size) {
  uint32_t line = 1;
  for (size_t i = 0; i < size; line++) {
    if (text[i] == '%') {
      tree_fail(reader, line, 1, "directives (%) are not allowed here");
      return;
    }
    if (!strchr("#\r\n", text[i])) return;
    while (i < size && text[i] != '\n') i++;
    i++;
  }
}

// libfyaml takes time quadratic in the length of a run of blank lines inside a text.
static void tree_check_blank_lines(TreeReader *reader, const char *text, size_t size) {
  uint32_t line = 1, blank = 0;
  for (size_t i = 0; i < size; line++) {
    bool content = false;
    for (; i < size && text[i] != '\n'; i++) content |= !strchr(" \t\r", text[i]);
    i++;
    blank = content ? 0 : blank + 1;
    if (blank <= YAML_BLANK_LINES_MAX) continue;
    tree_fail(reader, line, 1, "more than 100 blank lines in a row");
    return;
  }
}

static void tree_check_bytes(TreeReader *reader, const char *text, size_t size) {
  uint32_t line, column;
  if (size > YAML_TEXT_BYTES_MAX) {
    tree_fail(reader, 1, 1, "the text is over 1 MiB");
    return;
  }
  size_t valid = utf8_valid_prefix(text, size);
  if (valid < size) {
    place_of_offset(text, valid, &line, &column);
    tree_fail(reader, line, column, "a byte that is not UTF-8: save the file as UTF-8");
    return;
  }
  size_t plain = control_prefix(text, size);
  if (plain < size) {
    place_of_offset(text, plain, &line, &column);
    tree_fail(reader, line, column, "a control character");
    return;
  }
  tree_check_directives(reader, text, size);
  tree_check_blank_lines(reader, text, size);
}

// ---- Events ------------------------------------------------------------------------------------

static void tree_drop_event(TreeReader *reader) {
  if (reader->event) fy_parser_event_free(reader->parser, reader->event);
  reader->event = NULL;
}

// Moves to the next event; false at a fault.
static bool tree_next(TreeReader *reader) {
  tree_drop_event(reader);
  if (reader->failed) return false;
  reader->event = fy_parser_parse(reader->parser);
  if (!reader->event) tree_fail_syntax(reader);
  return reader->event != NULL;
}

// 0:0 when there is none. The mark of a quoted text stands behind its quote, of an alias behind its
// *.
static void event_place(struct fy_event *event, uint32_t *line, uint32_t *column) {
  const struct fy_mark *mark = fy_event_start_mark(event);
  *line = mark ? (uint32_t)mark->line + 1 : 0;
  *column = mark ? (uint32_t)mark->column + 1 : 0;
  if (*column < 2) return;
  if (event->type == FYET_ALIAS) --*column;
  if (event->type != FYET_SCALAR) return;
  enum fy_scalar_style style = fy_token_scalar_style(event->scalar.value);
  if (style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED) --*column;
}

static void tree_fail_here(TreeReader *reader, const char *message) {
  uint32_t line, column;
  event_place(reader->event, &line, &column);
  tree_fail(reader, line ? line : 1, column ? column : 1, message);
}

// True and a fault when the node has an anchor or a tag. (An anchor's mark stands behind its &.)
static bool tree_refuse_marks(TreeReader *reader, struct fy_token *anchor, struct fy_token *tag) {
  if (!anchor && !tag) return false;
  const struct fy_mark *mark = fy_token_start_mark(anchor ? anchor : tag);
  uint32_t line = mark ? (uint32_t)mark->line + 1 : 1;
  uint32_t column = mark ? (uint32_t)mark->column + (anchor ? 0 : 1) : 1;
  tree_fail(reader, line, column ? column : 1,
            anchor ? "anchors (&) are not allowed here: write the value out"
                   : "tags (!) are not allowed here: put a text that begins with ! in quotes");
  return true;
}

// The text of the current scalar, in the arena; NULL at a fault.
static const char *tree_scalar_text(TreeReader *reader) {
  size_t length = 0;
  const char *text = fy_token_get_text(reader->event->scalar.value, &length);
  if (length && memchr(text, 0, length)) {
    tree_fail_here(reader, "a NUL character in a text");
    return NULL;
  }
  return arena_strndup(reader->arena, text ? text : "", length);
}

// ---- Nodes -------------------------------------------------------------------------------------

static YamlNode *tree_read_node(TreeReader *reader);

static YamlNode *tree_new_node(TreeReader *reader, YamlKind kind) {
  YamlNode *node = ARENA_NEW(reader->arena, YamlNode);
  node->kind = kind;
  event_place(reader->event, &node->line, &node->column);
  return node;
}

static YamlNode *tree_read_scalar(TreeReader *reader) {
  struct fy_event *event = reader->event;
  if (tree_refuse_marks(reader, event->scalar.anchor, event->scalar.tag)) return NULL;
  YamlNode *node = tree_new_node(reader, YAML_SCALAR);
  node->text = tree_scalar_text(reader);
  if (!node->text) return NULL;
  bool plain = fy_token_scalar_style(event->scalar.value) == FYSS_PLAIN;
  if (plain && (!*node->text || !strcmp(node->text, "~") || !strcmp(node->text, "null"))) {
    node->kind = YAML_EMPTY;
  }
  return node;
}

// Doubles the capacity of an arena array of `count` elements when it is full.
static void *grow(Arena *arena, void *array, uint32_t count, size_t element_bytes) {
  if (count && (count & (count - 1))) return array;
  void *larger = arena_alloc(arena, element_bytes * (count ? 2 * (size_t)count : 1));
  if (count) memcpy(larger, array, element_bytes * count);
  return larger;
}

static bool tree_enter(TreeReader *reader) {
  if (reader->depth == YAML_DEPTH_MAX) {
    tree_fail_here(reader, "nested more than 32 deep");
    return false;
  }
  reader->depth++;
  return true;
}

static YamlNode *tree_read_list(TreeReader *reader) {
  struct fy_event *event = reader->event;
  if (tree_refuse_marks(reader, event->sequence_start.anchor, event->sequence_start.tag)) {
    return NULL;
  }
  if (!tree_enter(reader)) return NULL;
  YamlNode *node = tree_new_node(reader, YAML_LIST);
  while (tree_next(reader) && reader->event->type != FYET_SEQUENCE_END) {
    YamlNode *item = tree_read_node(reader);
    if (!item) return NULL;
    if (!item->line) item->line = node->line, item->column = node->column;
    node->items = grow(reader->arena, node->items, node->count, sizeof *node->items);
    node->items[node->count++] = item;
  }
  reader->depth--;
  return node;
}

static bool tree_read_pair(TreeReader *reader, YamlPair *pair) {
  struct fy_event *event = reader->event;
  if (event->type != FYET_SCALAR) {
    tree_fail_here(reader, event->type == FYET_ALIAS ? "aliases (*) are not allowed here"
                                                     : "a key must be a text");
    return false;
  }
  if (tree_refuse_marks(reader, event->scalar.anchor, event->scalar.tag)) return false;
  event_place(event, &pair->line, &pair->column);
  pair->key = tree_scalar_text(reader);
  if (!pair->key || !tree_next(reader)) return false;
  pair->value = tree_read_node(reader);
  if (!pair->value) return false;
  if (!pair->value->line) pair->value->line = pair->line, pair->value->column = pair->column;
  return true;
}

static int pair_compare(const void *left, const void *right) {
  const YamlPair *a = *(const YamlPair *const *)left, *b = *(const YamlPair *const *)right;
  int order = strcmp(a->key, b->key);
  return order ? order : (a > b) - (a < b);
}

static const char *printable_key(const char *key) {
  return strlen(key) <= 100 ? key : "(a long text)";
}

// Reports every repeated key, and closes the gaps it leaves.
static void tree_drop_duplicates(TreeReader *reader, YamlNode *map) {
  if (map->count < 2) return;
  const YamlPair **sorted = ARENA_ARRAY(reader->arena, const YamlPair *, map->count);
  for (uint32_t i = 0; i < map->count; i++) sorted[i] = &map->pairs[i];
  qsort(sorted, map->count, sizeof *sorted, pair_compare);
  const YamlPair *first = sorted[0];
  bool *repeated = ARENA_ARRAY(reader->arena, bool, map->count);
  for (uint32_t i = 1; i < map->count; i++) {
    if (strcmp(sorted[i]->key, first->key) != 0) {
      first = sorted[i];
      continue;
    }
    char message[192];
    snprintf(message, sizeof message, "duplicate key \"%s\": it stands in line %u already",
             printable_key(first->key), first->line);
    tree_fault(reader, sorted[i]->line, sorted[i]->column, message);
    repeated[sorted[i] - map->pairs] = true;
  }
  uint32_t kept = 0;
  for (uint32_t i = 0; i < map->count; i++) {
    if (!repeated[i]) map->pairs[kept++] = map->pairs[i];
  }
  map->count = kept;
}

static YamlNode *tree_read_map(TreeReader *reader) {
  struct fy_event *event = reader->event;
  if (tree_refuse_marks(reader, event->mapping_start.anchor, event->mapping_start.tag)) return NULL;
  if (!tree_enter(reader)) return NULL;
  YamlNode *node = tree_new_node(reader, YAML_MAP);
  while (tree_next(reader) && reader->event->type != FYET_MAPPING_END) {
    YamlPair pair = {0};
    if (!tree_read_pair(reader, &pair)) return NULL;
    node->pairs = grow(reader->arena, node->pairs, node->count, sizeof *node->pairs);
    node->pairs[node->count++] = pair;
  }
  if (!reader->failed) tree_drop_duplicates(reader, node);
  reader->depth--;
  return node;
}

// The node that begins at the current event; NULL at a fault.
static YamlNode *tree_read_node(TreeReader *reader) {
  YamlNode *node = NULL;
  switch (reader->event->type) {
  case FYET_SCALAR:
    node = tree_read_scalar(reader);
    break;
  case FYET_SEQUENCE_START:
    node = tree_read_list(reader);
    break;
  case FYET_MAPPING_START:
    node = tree_read_map(reader);
    break;
  case FYET_ALIAS:
    tree_fail_here(reader, "aliases (*) are not allowed here: put a text that begins with * in "
                           "quotes");
    break;
  default:
    tree_fail_here(reader, "not valid YAML: a value was expected");
    break;
  }
  return reader->failed ? NULL : node;
}

// ---- Documents ---------------------------------------------------------------------------------

static YamlNode *tree_empty(Arena *arena) {
  YamlNode *node = ARENA_NEW(arena, YamlNode);
  node->line = node->column = 1;
  return node;
}

static YamlNode *tree_read_stream(TreeReader *reader) {
  YamlNode *root = NULL;
  while (tree_next(reader) && reader->event->type != FYET_STREAM_END) {
    if (reader->event->type != FYET_DOCUMENT_START) continue; // stream start, document end
    if (root) {
      tree_fail_here(reader, "a second document (---): one file is one document");
      return NULL;
    }
    if (tree_next(reader)) root = tree_read_node(reader);
    if (root && !root->line) root->line = root->column = 1;
  }
  if (reader->failed) return NULL;
  return root ? root : tree_empty(reader->arena);
}

// Collected errors do not come here; what does is the library's talk about itself.
static void drop_output(struct fy_diag *diag, void *user, const char *text, size_t size) {
  (void)diag, (void)user, (void)text, (void)size;
}

static void tree_open(TreeReader *reader) {
  struct fy_diag_cfg diag_options;
  fy_diag_cfg_default(&diag_options);
  diag_options.fp = NULL; // not the standard error
  diag_options.output_fn = drop_output;
  reader->diag = fy_diag_create(&diag_options);
  if (reader->diag) fy_diag_set_collect_errors(reader->diag, true);
  struct fy_parse_cfg options = {
      .flags = FYPCF_QUIET | FYPCF_DEFAULT_VERSION_1_2 | FYPCF_JSON_NONE,
      .diag = reader->diag,
  };
  if (reader->diag) reader->parser = fy_parser_create(&options);
}

static void tree_close(TreeReader *reader) {
  if (reader->parser) {
    tree_drop_event(reader);
    fy_parser_destroy(reader->parser);
  }
  if (reader->diag) fy_diag_destroy(reader->diag);
}

YamlNode *yaml_tree_read(const char *text, size_t size, Arena *arena, YamlFaultSink faults,
                         void *context) {
  TreeReader reader = {.arena = arena, .faults = faults, .context = context};
  tree_check_bytes(&reader, text, size);
  if (reader.failed) return NULL;
  char *padded = arena_alloc(arena, size + TEXT_TAIL_BYTES);
  if (size) memcpy(padded, text, size);
  reader.text = padded;
  tree_open(&reader);
  YamlNode *root = NULL;
  if (reader.parser && fy_parser_set_string(reader.parser, padded, size) == 0) {
    root = size ? tree_read_stream(&reader) : tree_empty(arena);
  } else {
    tree_fail(&reader, 1, 1, "the YAML parser could not be started");
  }
  tree_close(&reader);
  return root;
}

const char *yaml_kind_name(YamlKind kind) {
  static const char *const NAMES[] = {"nothing", "a text", "a list", "a map"};
  return NAMES[kind];
}
