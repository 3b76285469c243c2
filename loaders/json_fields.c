#include "json_fields.h"

#define PATH_BYTES 1024

Str json_path(Str prefix, const JsonMember *member, char *out, size_t size) {
  Str key = member->key;
  if (!prefix.size && !member->key_escaped) return key;
  if (prefix.size + key.size > size) return (Str){NULL, 0};
  memcpy(out, prefix.data, prefix.size);
  uint32_t bytes = key.size;
  if (member->key_escaped)
    bytes = json_unescape(key, out + prefix.size);
  else
    memcpy(out + prefix.size, key.data, key.size);
  return (Str){out, prefix.size + bytes};
}

static void name_add(JsonFields *fields, Str name) {
  for (uint32_t f = 0; f < fields->count; f++)
    if (str_equal(str_from(fields->names[f]), name)) return;
  if (fields->count == JSON_FIELDS_MAX || !name.size || memchr(name.data, 0, name.size)) return;
  fields->names[fields->count++] = arena_strndup(fields->arena, name.data, name.size);
}

static void object_add(JsonFields *fields, Str object, Str prefix, uint32_t depth,
                       const char *each) {
  JsonScan scan;
  JsonMember member;
  json_scan_begin(&scan, object);
  while (scan.is_object && json_scan_member(&scan, &member)) {
    char path[PATH_BYTES];
    Str name = json_path(prefix, &member, path, sizeof path - 1);
    if (!name.data) continue;
    if (member.kind == JSON_KIND_NULL) continue; // an object may be missing here
    if (member.kind != JSON_KIND_NESTED) {
      name_add(fields, name);
      continue;
    }
    const char *at = member.text.data;
    Str inner = member.text;
    bool list = *at == '[' && each && str_equal(name, str_from(each));
    if (*at == '[' && !(list && json_next_item(member.text, &at, &inner) && *inner.data == '{'))
      continue;
    if (depth == JSON_PATH_DEPTH_MAX || name.size >= sizeof path - 1) continue;
    if (name.data != path) memcpy(path, name.data, name.size);
    path[name.size] = '.';
    object_add(fields, inner, (Str){path, name.size + 1}, depth + 1, each);
  }
}

void json_fields_add(JsonFields *fields, const char *text, size_t size, uint32_t lines_max,
                     const char *each) {
  if (!fields->arena) {
    fields->arena = arena_create();
    fields->names = ARENA_ARRAY(fields->arena, const char *, JSON_FIELDS_MAX);
  }
  for (const char *end = text + size, *next; text < end && lines_max; text = next, lines_max--) {
    const char *line = memchr(text, '\n', (size_t)(end - text));
    next = line ? line + 1 : end;
    object_add(fields, (Str){text, (uint32_t)(next - text)}, (Str){"", 0}, 0, each);
  }
}

void json_fields_clear(JsonFields *fields) {
  arena_destroy(fields->arena);
  *fields = (JsonFields){0};
}
