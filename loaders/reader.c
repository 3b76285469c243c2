// Plain, gzip and Zstandard files, and the first sheets of workbooks, behind one function.
//
//   file ── read ──► input buffer ── inflate / ZSTD_decompressStream ──► caller's memory
//   file ── read ───────────────────────────────────────────────────────► caller's memory (plain)
//
// The packing is told by the first bytes, not by the name: exports are renamed too often.
// Invariant: input[input_at .. input_size) are the bytes that were read from the file but not yet
// given out.
#include "reader.h"
#include "memory.h"
#include "transcode.h"
#include "xlsx.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#define INPUT_BYTES (256 * 1024)
#define MAGIC_BYTES 4
#define WORKBOOK_BYTES_MAX (INT64_C(1) << 30)

typedef enum Packing { PACKING_NONE, PACKING_GZIP, PACKING_ZSTD, PACKING_XLSX } Packing;

struct Reader {
  char *path;
  int file;
  Packing packing;
  bool started; // the byte order mark has been looked for
  char head[4]; // bytes read for that, to be given out first
  size_t head_size;
  const char *encoding; // to convert from, or NULL
  Transcode *transcode; // NULL: the bytes are given out as they are
  bool text_ended;      // all bytes have gone into it
  bool input_ended;     // the file has no more bytes
  bool frame_open;      // inside a gzip member or Zstandard frame
  bool member_read;     // of gzip: one has ended
  int64_t position;
  size_t input_at, input_size;
  z_stream gzip;
  ZSTD_DStream *zstd;
  Buffer sheet; // of a workbook, as CSV
  size_t sheet_at;
  char input[INPUT_BYTES];
};

static Status file_read(Reader *reader, char *out, size_t size, size_t *got, Error *error) {
  *got = 0;
  while (*got < size) {
    ssize_t n = read(reader->file, out + *got, size - *got);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0)
      return error_set(error, STATUS_IO, "cannot read %s: %s", reader->path, strerror(errno));
    if (n == 0) break;
    *got += (size_t)n;
  }
  reader->position += (int64_t)*got;
  return STATUS_OK;
}

static Status input_fill(Reader *reader, Error *error) {
  if (reader->input_at < reader->input_size || reader->input_ended) return STATUS_OK;
  reader->input_at = 0;
  TRY(file_read(reader, reader->input, INPUT_BYTES, &reader->input_size, error));
  reader->input_ended = reader->input_size < INPUT_BYTES;
  return STATUS_OK;
}

static Packing packing_of(const unsigned char *bytes, size_t size) {
  if (xlsx_begins((const char *)bytes, size)) return PACKING_XLSX;
  if (size >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b) return PACKING_GZIP;
  bool zstd_magic = size >= MAGIC_BYTES && bytes[1] == 0xb5 && bytes[2] == 0x2f && bytes[3] == 0xfd;
  return zstd_magic && bytes[0] == 0x28 ? PACKING_ZSTD : PACKING_NONE;
}

// A workbook is read whole: its directory is at its end.
static Status workbook_read(Reader *reader, const char *sheet, Error *error) {
  struct stat about;
  if (fstat(reader->file, &about) || lseek(reader->file, 0, SEEK_SET) != 0)
    return error_set(error, STATUS_IO, "cannot read %s: %s", reader->path, strerror(errno));
  if (about.st_size > WORKBOOK_BYTES_MAX)
    return error_set(error, STATUS_LIMIT, "%s: a workbook of more than 1 GB; save it as CSV",
                     reader->path);
  char *bytes = mem_alloc((size_t)about.st_size + 1);
  size_t got;
  reader->position = 0;
  reader->input_ended = true;
  Status status = file_read(reader, bytes, (size_t)about.st_size, &got, error);
  if (status == STATUS_OK)
    status = xlsx_to_csv(bytes, got, reader->path, sheet, &reader->sheet, error);
  mem_free(bytes);
  return status;
}

Status reader_open(const char *path, const char *encoding, const char *sheet, Reader **out,
                   Error *error) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    Status status = errno == ENOENT ? STATUS_NOT_FOUND : STATUS_IO;
    return error_set(error, status, "cannot open %s: %s", path, strerror(errno));
  }
  Reader *reader = mem_alloc_zero(sizeof *reader);
  reader->file = file;
  reader->path = mem_strdup(path);
  reader->encoding = encoding;
  posix_fadvise(file, 0, 0, POSIX_FADV_SEQUENTIAL);
  Status status = input_fill(reader, error);
  if (status != STATUS_OK) {
    reader_close(reader);
    return status;
  }
  reader->packing = packing_of((const unsigned char *)reader->input, reader->input_size);
  if (reader->packing == PACKING_XLSX) {
    status = workbook_read(reader, sheet, error);
    if (status != STATUS_OK) {
      reader_close(reader);
      return status;
    }
  }
  if (reader->packing == PACKING_ZSTD) reader->zstd = ZSTD_createDStream();
  if (reader->packing == PACKING_GZIP) inflateInit2(&reader->gzip, 15 + 16);
  *out = reader;
  return STATUS_OK;
}

void reader_close(Reader *reader) {
  if (!reader) return;
  if (reader->packing == PACKING_GZIP) inflateEnd(&reader->gzip);
  ZSTD_freeDStream(reader->zstd);
  transcode_destroy(reader->transcode);
  buffer_clear(&reader->sheet);
  close(reader->file);
  mem_free(reader->path);
  mem_free(reader);
}

int64_t reader_position(const Reader *reader) {
  return reader->position;
}

static Status plain_read(Reader *reader, char *out, size_t size, size_t *got, Error *error) {
  size_t held = reader->input_size - reader->input_at;
  if (held > size) held = size;
  memcpy(out, reader->input + reader->input_at, held);
  reader->input_at += held;
  *got = held;
  if (held == size || reader->input_ended) return STATUS_OK;
  size_t more;
  TRY(file_read(reader, out + held, size - held, &more, error));
  *got += more;
  return STATUS_OK;
}

// Zero bytes may follow the last gzip member: tapes and block devices pad so, and gzip takes it.
static void gzip_skip_padding(Reader *reader) {
  while (reader->input_at < reader->input_size && !reader->input[reader->input_at])
    reader->input_at++;
}

// One step of unpacking: consumes input, writes at most `size` bytes, says how many.
static Status gzip_step(Reader *reader, char *out, size_t size, size_t *wrote, Error *error) {
  z_stream *stream = &reader->gzip;
  if (!reader->frame_open) inflateReset(stream);
  reader->frame_open = true;
  stream->next_in = (Bytef *)reader->input + reader->input_at;
  stream->avail_in = (uInt)(reader->input_size - reader->input_at);
  stream->next_out = (Bytef *)out;
  stream->avail_out = (uInt)(size > UINT32_MAX ? UINT32_MAX : size);
  uInt room = stream->avail_out;
  int code = inflate(stream, Z_NO_FLUSH);
  reader->input_at = reader->input_size - stream->avail_in;
  *wrote = room - stream->avail_out;
  if (code == Z_STREAM_END) {
    reader->frame_open = false;
    reader->member_read = true;
  }
  if (code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR) return STATUS_OK;
  return error_set(error, STATUS_CORRUPT, "%s: damaged gzip data (%s)", reader->path,
                   stream->msg ? stream->msg : "unknown fault");
}

static Status zstd_step(Reader *reader, char *out, size_t size, size_t *wrote, Error *error) {
  ZSTD_inBuffer in = {reader->input, reader->input_size, reader->input_at};
  ZSTD_outBuffer to = {out, size, 0};
  size_t code = ZSTD_decompressStream(reader->zstd, &to, &in);
  if (ZSTD_isError(code))
    return error_set(error, STATUS_CORRUPT, "%s: damaged Zstandard data (%s)", reader->path,
                     ZSTD_getErrorName(code));
  reader->input_at = in.pos;
  reader->frame_open = code != 0;
  *wrote = to.pos;
  return STATUS_OK;
}

static Status packed_read(Reader *reader, char *out, size_t size, size_t *got, Error *error) {
  *got = 0;
  while (*got < size) {
    TRY(input_fill(reader, error));
    if (reader->packing == PACKING_GZIP && !reader->frame_open && reader->member_read) {
      gzip_skip_padding(reader);
      if (reader->input_at == reader->input_size && !reader->input_ended) continue;
    }
    bool dry = reader->input_at == reader->input_size;
    if (dry && !reader->frame_open) break;
    size_t wrote = 0;
    TRY(reader->packing == PACKING_GZIP
            ? gzip_step(reader, out + *got, size - *got, &wrote, error)
            : zstd_step(reader, out + *got, size - *got, &wrote, error));
    *got += wrote;
    if (dry && !wrote && reader->frame_open)
      return error_set(error, STATUS_CORRUPT,
                       "%s ends in the middle of its packed data; copy the file again",
                       reader->path);
  }
  return STATUS_OK;
}

static size_t sheet_read(Reader *reader, char *out, size_t size) {
  size_t held = reader->sheet.size - reader->sheet_at;
  if (held > size) held = size;
  if (held) memcpy(out, reader->sheet.data + reader->sheet_at, held);
  reader->sheet_at += held;
  return held;
}

static Status any_read(Reader *reader, char *out, size_t size, size_t *got, Error *error) {
  if (reader->packing == PACKING_XLSX) {
    *got = sheet_read(reader, out, size);
    return STATUS_OK;
  }
  return reader->packing == PACKING_NONE ? plain_read(reader, out, size, got, error)
                                         : packed_read(reader, out, size, got, error);
}

// What the first bytes say of the encoding: UTF-16 by its mark, or by zeros beside ASCII letters.
static const char *head_encoding(const Reader *reader) {
  static const char *const both[] = {"UTF-16LE", "UTF-16BE"};
  const unsigned char *b = (const unsigned char *)reader->head;
  if (reader->head_size < 2) return NULL;
  if (b[0] == 0xFF && b[1] == 0xFE) return both[0];
  if (b[0] == 0xFE && b[1] == 0xFF) return both[1];
  if (reader->head_size < 4) return NULL;
  for (int big = 0; big < 2; big++) // CR LF may be the first two letters
    if (!b[1 - big] && !b[3 - big] && b[big] && b[big] < 0x80 && b[2 + big] && b[2 + big] < 0x80)
      return both[big];
  return NULL;
}

// The file's first bytes, once: the byte order mark is taken off, and the encoding decided.
static Status head_read(Reader *reader, Error *error) {
  reader->started = true;
  TRY(any_read(reader, reader->head, sizeof reader->head, &reader->head_size, error));
  const char *found = head_encoding(reader);
  bool marked = found && (unsigned char)reader->head[0] >= 0xFE;
  bool utf8 = reader->head_size >= 3 && !memcmp(reader->head, "\xef\xbb\xbf", 3);
  size_t mark = utf8 ? 3 : marked ? 2 : 0;
  reader->head_size -= mark;
  memmove(reader->head, reader->head + mark, reader->head_size);
  const char *from = found ? found : utf8 ? NULL : reader->encoding;
  return from ? transcode_create(from, reader->path, &reader->transcode, error) : STATUS_OK;
}

static Status bytes_read(Reader *reader, char *out, size_t size, size_t *got, Error *error) {
  size_t held = reader->head_size < size ? reader->head_size : size;
  memcpy(out, reader->head, held);
  reader->head_size -= held;
  memmove(reader->head, reader->head + held, reader->head_size);
  size_t more = 0;
  if (held < size) TRY(any_read(reader, out + held, size - held, &more, error));
  *got = held + more;
  return STATUS_OK;
}

// Every piece that is asked for is filled up to the end of the text.
Status reader_read(Reader *reader, char *out, size_t size, size_t *got, Error *error) {
  *got = 0;
  if (!reader->started) TRY(head_read(reader, error));
  if (!reader->transcode) return bytes_read(reader, out, size, got, error);
  for (;;) {
    *got += transcode_take(reader->transcode, out + *got, size - *got);
    if (*got == size || reader->text_ended) return STATUS_OK;
    size_t room, fresh;
    char *input = transcode_input(reader->transcode, &room);
    TRY(bytes_read(reader, input, room, &fresh, error));
    reader->text_ended = fresh < room;
    transcode_convert(reader->transcode, fresh, reader->text_ended);
  }
}
