// A file's bytes, whatever it is packed in: plain, gzip or Zstandard, told by its first bytes. Of
// an Excel workbook they are those of a sheet as CSV.
#pragma once
#include "status.h"

typedef struct Reader Reader;

// Opens `path`. STATUS_NOT_FOUND or STATUS_IO name the file and the system's reason.
// encoding: what iconv calls the one to convert from, NULL: none. UTF-16 is known by its mark or
// its zeros, and converted whatever is said; bytes that are no characters of it become U+FFFD.
// sheet: of a workbook, by its name; NULL: the first.
Status reader_open(const char *path, const char *encoding, const char *sheet, Reader **reader,
                   Error *error) WARN_UNUSED;
// Fills `out` with up to `size` unpacked bytes; *got < size only at the end of the file. A UTF-8
// byte order mark at the start is left out. Files of several gzip members or Zstandard frames are
// read through. STATUS_CORRUPT: packed data that are damaged or end early.
Status reader_read(Reader *reader, char *out, size_t size, size_t *got, Error *error) WARN_UNUSED;
// Bytes taken from the file so far, as it lies on disk (packed): for progress.
int64_t reader_position(const Reader *reader);
void reader_close(Reader *reader); // NULL is allowed
