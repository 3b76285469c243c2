// A character may be cut by the end of a piece: its bytes stay at the input's front.
#include "transcode.h"
#include "memory.h"
#include <errno.h>
#include <iconv.h>
#include <string.h>

#define INPUT_BYTES (16 * 1024)
#define OUTPUT_BYTES                                                                               \
  (INPUT_BYTES * 4 + 16) // no encoding has more than four bytes for one of its own

struct Transcode {
  iconv_t conversion;
  size_t kept; // bytes of an unfinished character in front of the input
  size_t at, size;
  char input[INPUT_BYTES], output[OUTPUT_BYTES];
};

Status transcode_create(const char *from, const char *path, Transcode **out, Error *error) {
  iconv_t conversion = iconv_open("UTF-8", from);
  if (conversion == (iconv_t)-1)
    return error_set(error, STATUS_UNSUPPORTED,
                     "%s: this system cannot read the encoding %s; convert the file to UTF-8", path,
                     from);
  *out = mem_alloc_zero(sizeof **out);
  (*out)->conversion = conversion;
  return STATUS_OK;
}

void transcode_destroy(Transcode *transcode) {
  if (!transcode) return;
  iconv_close(transcode->conversion);
  mem_free(transcode);
}

size_t transcode_take(Transcode *t, char *out, size_t size) {
  size_t held = t->size - t->at;
  if (held > size) held = size;
  memcpy(out, t->output + t->at, held);
  t->at += held;
  return held;
}

char *transcode_input(Transcode *t, size_t *room) {
  *room = INPUT_BYTES - t->kept;
  return t->input + t->kept;
}

void transcode_convert(Transcode *t, size_t fresh, bool ended) {
  static const char unknown[] = "\xEF\xBF\xBD";
  char *from = t->input, *to = t->output;
  size_t left = t->kept + fresh, room = OUTPUT_BYTES;
  while (left) {
    if (iconv(t->conversion, &from, &left, &to, &room) != (size_t)-1 || errno == E2BIG) break;
    if (errno == EINVAL && !ended) break;
    memcpy(to, unknown, 3); // each bad byte for itself
    to += 3;
    room -= 3;
    from++;
    left--;
  }
  memmove(t->input, from, left);
  t->kept = left;
  t->at = 0;
  t->size = (size_t)(to - t->output);
}
