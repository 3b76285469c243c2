// See xlsx_text.h.
#include "xlsx_text.h"
#include <ctype.h>
#include <strings.h>

#define SHEET_NAME_UNITS_MAX 31
#define REPLACEMENT "\xEF\xBF\xBD"

static bool is_escape(const char *text, const char *end) {
  if (end - text < 7 || text[1] != 'x' || text[6] != '_') return false;
  for (int i = 2; i < 6; i++)
    if (!isxdigit((unsigned char)text[i])) return false;
  return true;
}

// One character that is valid UTF-8, moving *at past it; returns its UTF-16 units.
static size_t character_append(const char **at, const char *end, Buffer *out) {
  const char *from = *at;
  unsigned char byte = (unsigned char)*from;
  uint32_t code = byte < 0x80 ? byte : utf8_decode(at);
  if (byte < 0x80) (*at)++;
  if (byte == 0)
    buffer_append_text(out, REPLACEMENT);
  else if (byte < 0x20 && byte != '\t' && byte != '\n')
    buffer_printf(out, "_x%04X_", byte);
  else if (byte == '_' && is_escape(from, end))
    buffer_append_text(out, "_x005F_");
  else if (code == 0xFFFE || code == 0xFFFF)
    buffer_append_text(out, REPLACEMENT);
  else
    buffer_append(out, from, (size_t)(*at - from));
  return code > 0xFFFF ? 2 : 1;
}

size_t xlsx_text_append(Str text, Buffer *out) {
  const char *at = text.data, *end = text.data + text.size;
  size_t units = 0;
  while (at < end) {
    const char *valid_end = at + utf8_valid_prefix(at, (size_t)(end - at));
    while (at < valid_end) units += character_append(&at, end, out);
    if (at == end) break;
    buffer_append_text(out, REPLACEMENT);
    units++;
    at++;
  }
  return units;
}

void xlsx_sheet_name(const char *wanted, const char *fallback, char name[XLSX_SHEET_NAME_BYTES]) {
  const char *at = wanted ? wanted : "";
  const char *end = at + utf8_valid_prefix(at, strlen(at));
  size_t size = 0, units = 0;
  while (at < end) {
    const char *from = at;
    uint32_t code = (unsigned char)*at < 0x80 ? (unsigned char)*at++ : utf8_decode(&at);
    units += code > 0xFFFF ? 2 : 1;
    if (units > SHEET_NAME_UNITS_MAX) break;
    bool allowed = code >= 0x20 && !strchr("[]:*?/\\'", code < 0x80 ? (int)code : 'a');
    if (!allowed) from = " ";
    size_t bytes = allowed ? (size_t)(at - from) : 1;
    memcpy(name + size, from, bytes);
    size += bytes;
  }
  while (size && name[size - 1] == ' ') size--;
  name[size] = '\0';
  // Excel keeps "History" to itself.
  if (!size || name[0] == ' ' || strcasecmp(name, "history") == 0) strcpy(name, fallback);
}
