// APPNOTE.TXT of PKWARE, sections 4.3.7 to 4.3.16. Every offset and size is from outside: none is
// used before it is compared with what is there.
#include "zip_read.h"
#include <string.h>
#include <zlib.h>

#define END_BYTES 22
#define COMMENT_BYTES_MAX 65535
#define ENTRY_BYTES 46
#define LOCAL_BYTES 30

static uint32_t u16(const unsigned char *p) {
  return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}
static uint32_t u32(const unsigned char *p) {
  return u16(p) | u16(p + 2) << 16;
}

static Status damaged(const ZipArchive *archive, Error *error) {
  return error_set(error, STATUS_CORRUPT, "%s: the archive is damaged; copy the file again",
                   archive->path);
}

Status zip_open(const void *data, size_t size, const char *path, ZipArchive *out, Error *error) {
  *out = (ZipArchive){.data = data, .size = size, .path = path};
  const unsigned char *bytes = data;
  if (size < END_BYTES) return damaged(out, error);
  size_t lowest = size > END_BYTES + COMMENT_BYTES_MAX ? size - END_BYTES - COMMENT_BYTES_MAX : 0;
  for (size_t at = size - END_BYTES + 1; at-- > lowest;) {
    if (memcmp(bytes + at, "PK\5\6", 4)) continue;
    out->entry_count = u16(bytes + at + 10);
    out->directory = u32(bytes + at + 16);
    return out->directory <= at ? STATUS_OK : damaged(out, error);
  }
  return damaged(out, error);
}

typedef struct ZipEntry {
  uint32_t method, crc, packed, size, offset;
} ZipEntry;

static Status entry_find(const ZipArchive *archive, const char *name, ZipEntry *out, Error *error) {
  size_t at = archive->directory, length = strlen(name);
  for (uint32_t e = 0; e < archive->entry_count; e++) {
    const unsigned char *p = archive->data + at;
    if (archive->size - at < ENTRY_BYTES || memcmp(p, "PK\1\2", 4)) return damaged(archive, error);
    size_t name_size = u16(p + 28), rest = name_size + u16(p + 30) + u16(p + 32);
    if (archive->size - at - ENTRY_BYTES < rest) return damaged(archive, error);
    if (name_size == length && !memcmp(p + ENTRY_BYTES, name, length)) {
      *out = (ZipEntry){u16(p + 10), u32(p + 16), u32(p + 20), u32(p + 24), u32(p + 42)};
      return STATUS_OK;
    }
    at += ENTRY_BYTES + rest;
  }
  return error_set(error, STATUS_NOT_FOUND, "%s has no %s in it", archive->path, name);
}

static Status entry_inflate(const ZipArchive *archive, const ZipEntry *entry,
                            const unsigned char *packed, Buffer *out, Error *error) {
  z_stream stream = {.next_in = (Bytef *)packed, .avail_in = entry->packed};
  buffer_reserve(out, (size_t)entry->size + 1);
  stream.next_out = (Bytef *)out->data;
  stream.avail_out = entry->size;
  if (!entry->size) return STATUS_OK;
  if (inflateInit2(&stream, -15) != Z_OK) return damaged(archive, error);
  int code = inflate(&stream, Z_FINISH);
  inflateEnd(&stream);
  if (code != Z_STREAM_END || stream.total_out != entry->size) return damaged(archive, error);
  out->size = entry->size;
  out->data[out->size] = 0;
  return STATUS_OK;
}

Status zip_read(const ZipArchive *archive, const char *name, size_t size_max, Buffer *out,
                Error *error) {
  ZipEntry entry = {0};
  buffer_reset(out);
  TRY(entry_find(archive, name, &entry, error));
  if (entry.size > size_max)
    return error_set(error, STATUS_LIMIT, "%s: %s has %u MB unpacked, more than can be read",
                     archive->path, name, entry.size >> 20);
  if (entry.offset > archive->size || archive->size - entry.offset < LOCAL_BYTES)
    return damaged(archive, error);
  const unsigned char *local = archive->data + entry.offset;
  size_t head = LOCAL_BYTES + u16(local + 26) + u16(local + 28);
  if (memcmp(local, "PK\3\4", 4) || archive->size - entry.offset < head ||
      archive->size - entry.offset - head < entry.packed)
    return damaged(archive, error);
  if (entry.method == 8)
    TRY(entry_inflate(archive, &entry, local + head, out, error));
  else if (entry.method == 0 && entry.packed == entry.size)
    buffer_append(out, local + head, entry.size);
  else
    return error_set(error, STATUS_UNSUPPORTED, "%s: %s is packed in a way that is not known",
                     archive->path, name);
  bool whole = crc32(0, (const Bytef *)out->data, entry.size) == entry.crc;
  return !entry.size || whole ? STATUS_OK : damaged(archive, error);
}
