// See part_file.h.
#include "part_file.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>

static Status part_fault(PartFile *part, Error *error) {
  Status status = error_set(error, STATUS_IO, "cannot write %s: %s", part->path, strerror(errno));
  buffer_clear(&part->part);
  return status;
}

Status part_file_open(PartFile *part, const char *path, Error *error) {
  *part = (PartFile){.path = path};
  buffer_init(&part->part);
  buffer_printf(&part->part, "%s.part", path);
  part->file = fopen(part->part.data, "wb");
  return part->file ? STATUS_OK : part_fault(part, error);
}

Status part_file_close(PartFile *part, bool keep, Error *error) {
  bool written = fclose(part->file) == 0;
  bool kept = keep && written && rename(part->part.data, part->path) == 0;
  int reason = errno;
  if (!kept) unlink(part->part.data);
  errno = reason;
  if (keep && !kept) return part_fault(part, error);
  buffer_clear(&part->part);
  return STATUS_OK;
}
