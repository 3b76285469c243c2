// One process writes a store: an flock on STORE/LOCK, held while the file is open.
//
// The kernel lets go of it however the process ends, so there is no stale lock to clear. The file
// holds the owner's process id for the message of whoever comes second; it is never removed, since
// two processes could then hold locks on two files of that name.
#include "snapshot.h"
#include "snapshot_format.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct StoreLock {
  int fd;
};

// The process id in the file; 0: it cannot be told (yet).
static long lock_owner(int fd) {
  char text[32] = "";
  if (pread(fd, text, sizeof text - 1, 0) <= 0) return 0;
  long owner = strtol(text, NULL, 10);
  return owner > 0 ? owner : 0;
}

static Status lock_take(int fd, const char *folder, Error *error) {
  while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK)
      return error_set(error, STATUS_IO, "%s: it cannot be locked: %s", folder, strerror(errno));
    long owner = lock_owner(fd);
    if (!owner) return error_set(error, STATUS_BUSY, "%s is open in another process", folder);
    return error_set(error, STATUS_BUSY,
                     "%s is open in another process (id %ld); stop it, or use another folder",
                     folder, owner);
  }
  char text[32];
  int size = snprintf(text, sizeof text, "%ld\n", (long)getpid());
  if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t)size, 0) != size)
    return error_set(error, STATUS_IO, "%s/LOCK: %s", folder, strerror(errno));
  return STATUS_OK;
}

Status store_lock_acquire(const char *folder, StoreLock **lock, Error *error) {
  char path[4096];
  TRY(folder_make(folder, error));
  snprintf(path, sizeof path, "%s/LOCK", folder);
  int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (fd < 0) return error_set(error, STATUS_IO, "%s: %s", path, strerror(errno));
  Status status = lock_take(fd, folder, error);
  if (status != STATUS_OK) {
    close(fd);
    return status;
  }
  *lock = mem_alloc(sizeof **lock);
  (*lock)->fd = fd;
  return STATUS_OK;
}

void store_lock_release(StoreLock *lock) {
  if (!lock) return;
  close(lock->fd);
  mem_free(lock);
}
