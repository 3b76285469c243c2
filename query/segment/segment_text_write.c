// Definitions to text. Groups of two and more stand as "a and b", in brackets within others; those
// of one and none as all(a), any().
#include "date.h"
#include "segment.h"
#include "segment_text.h"
#include <jansson.h>
#include <stdlib.h>

typedef enum Place {
  PLACE_WHOLE,  // rules of a group stand in lines of their own
  PLACE_LISTED, // between commas or brackets: a group needs none
  PLACE_INNER,  // beside "and", "or", "not"
} Place;

static void rule_write(const json_t *rule, Place place, Buffer *out);

static const json_t *member(const json_t *object, const char *key) {
  const json_t *value = json_object_get(object, key);
  return json_is_null(value) ? NULL : value;
}

static void quoted_write(const char *text, char quote, Buffer *out) {
  buffer_append_char(out, quote);
  for (; *text; text++) {
    if (*text == quote) buffer_append_char(out, quote);
    buffer_append_char(out, *text);
  }
  buffer_append_char(out, quote);
}

static void name_write(const json_t *value, Buffer *out) {
  static const char LETTERS[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
  const char *name = json_string_value(value);
  size_t size = strlen(name);
  bool plain =
      size && strchr(LETTERS, name[0]) &&
      strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789.") == size &&
      !segment_text_is_word(name, size);
  if (plain)
    buffer_append_text(out, name);
  else
    quoted_write(name, '"', out);
}

static void value_write(const json_t *value, Buffer *out) {
  if (json_is_string(value)) {
    quoted_write(json_string_value(value), '\'', out);
    return;
  }
  char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
  buffer_append_text(out, text);
  free(text);
}

static void date_write(const json_t *value, Buffer *out) {
  int32_t day = 0;
  char text[DATE_TEXT_BYTES];
  bool read = date_parse(json_string_value(value), json_string_length(value), DATE_YMD, &day);
  date_format(read ? day : 0, text); // segment_read has read it
  buffer_append_text(out, text);
}

// ---------------------------------------------------------------- leaves

static void list_write(const json_t *items, void (*write)(const json_t *item, Buffer *out),
                       Buffer *out) {
  buffer_append_char(out, '(');
  for (size_t i = 0; i < json_array_size(items); i++) {
    if (i) buffer_append_text(out, ", ");
    write(json_array_get(items, i), out);
  }
  buffer_append_char(out, ')');
}

static void level_write(const json_t *rule, Buffer *out) {
  const json_t *attribute = member(rule, "attribute");
  const json_t *in = member(rule, "in"), *not_in = member(rule, "not_in"),
               *null = member(rule, "null"), *from = member(rule, "from"), *to = member(rule, "to");
  if (attribute) buffer_append_text(out, "attribute ");
  name_write(attribute ? attribute : member(rule, "level"), out);
  if (null) buffer_append_text(out, json_is_true(null) ? " is null" : " is not null");
  if (in || not_in) {
    buffer_append_text(out, in ? " in " : " not in ");
    list_write(in ? in : not_in, value_write, out);
  }
  if (from) {
    buffer_append_text(out, " from ");
    value_write(from, out);
  }
  if (to) {
    buffer_append_text(out, " to ");
    value_write(to, out);
  }
}

static void listed_write(const json_t *rule, Buffer *out) {
  rule_write(rule, PLACE_LISTED, out);
}

static void measure_write(const json_t *rule, Buffer *out) {
  static const char *const comparisons[][2] = {
      {"at_least", ">="}, {"at_most", "<="}, {"above", ">"}, {"below", "<"}, {"equal", "="}};
  const json_t *days = json_object_get(rule, "days"), *filters = json_object_get(rule, "filters");
  name_write(member(rule, "measure"), out);
  const json_t *ago = json_object_get(rule, "ago"), *purchase = member(rule, "purchase");
  if (purchase) buffer_printf(out, " of %s purchase", json_string_value(purchase));
  if (days) buffer_printf(out, " over %lld days", (long long)json_integer_value(days));
  if (json_integer_value(ago))
    buffer_printf(out, " ending %lld days ago", (long long)json_integer_value(ago));
  if (json_object_get(rule, "from")) {
    buffer_append_text(out, " from ");
    date_write(json_object_get(rule, "from"), out);
    buffer_append_text(out, " to ");
    date_write(json_object_get(rule, "to"), out);
  }
  if (json_is_object(filters) || json_array_size(filters)) {
    buffer_append_text(out, " where ");
    if (json_is_array(filters)) {
      list_write(filters, listed_write, out);
    } else {
      buffer_append_char(out, '(');
      rule_write(filters, PLACE_LISTED, out);
      buffer_append_char(out, ')');
    }
  }
  for (size_t c = 0; c < sizeof comparisons / sizeof *comparisons; c++) {
    const json_t *bound = json_object_get(rule, comparisons[c][0]);
    if (!bound) continue;
    buffer_printf(out, " %s ", comparisons[c][1]);
    value_write(bound, out);
  }
}

// ---------------------------------------------------------------- groups

static void group_write(const char *name, const json_t *items, Place place, Buffer *out) {
  bool all = !strcmp(name, "all");
  size_t count = json_array_size(items);
  if (count < 2) {
    buffer_append_text(out, name);
    list_write(items, listed_write, out);
    return;
  }
  if (place == PLACE_INNER) buffer_append_char(out, '(');
  for (size_t i = 0; i < count; i++) {
    if (i) buffer_printf(out, "%s%s ", place == PLACE_WHOLE ? "\n" : " ", all ? "and" : "or");
    rule_write(json_array_get(items, i), PLACE_INNER, out);
  }
  if (place == PLACE_INNER) buffer_append_char(out, ')');
}

// A rule, or a filter: the same keys say the same.
static void rule_write(const json_t *rule, Place place, Buffer *out) {
  const json_t *all = member(rule, "all"), *any = member(rule, "any"), *not = member(rule, "not");
  if (all || any) {
    group_write(all ? "all" : "any", all ? all : any, place, out);
  } else if (not ) {
    buffer_append_text(out, "not ");
    rule_write(not, PLACE_INNER, out);
  } else if (member(rule, "segment")) {
    buffer_append_text(out, "segment ");
    value_write(member(rule, "segment"), out);
  } else if (member(rule, "cell")) {
    char *cell = json_dumps(member(rule, "cell"), JSON_COMPACT | JSON_REAL_PRECISION(15));
    buffer_append_text(out, "cell ");
    quoted_write(cell, '\'', out);
    free(cell);
  } else if (member(rule, "measure")) {
    measure_write(rule, out);
  } else {
    level_write(rule, out);
  }
}

Status segment_text_write(Arena *arena, const char *definition, size_t size, const char **text,
                          Error *error) {
  SegmentRule rule;
  TRY(segment_read(arena, definition, size, &rule, error));
  json_t *root = json_loadb(definition, size, JSON_REJECT_DUPLICATES, NULL);
  Buffer out;
  buffer_init(&out);
  rule_write(root, PLACE_WHOLE, &out);
  *text = arena_strdup(arena, out.data);
  buffer_clear(&out);
  json_decref(root);
  return STATUS_OK;
}
