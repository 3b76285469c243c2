// A fuzz target without libFuzzer: runs the target once on each file of the folders named.
//
// A target includes this file and defines LLVMFuzzerTestOneInput. Built by the preset `fuzz`
// (TESSERA_LIBFUZZER is defined) libFuzzer has main and makes inputs; built otherwise main is here,
// so that inputs that once did harm are tried by every compiler, in every run of the tests.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#ifndef TESSERA_LIBFUZZER
#include <dirent.h>

#define REPLAY_BYTES_MAX (4 << 20)

static int replay_file(const char *path, uint8_t *bytes) {
  FILE *file = fopen(path, "rb");
  if (!file) return 0;
  size_t size = fread(bytes, 1, REPLAY_BYTES_MAX, file);
  int failed = ferror(file); // a folder inside the folder
  fclose(file);
  if (failed) return 0;
  uint8_t *exact = malloc(size ? size : 1); // so that a read past the end is seen
  if (!exact) abort();
  memcpy(exact, bytes, size);
  LLVMFuzzerTestOneInput(exact, size);
  free(exact);
  return 1;
}

// Arguments: folders. Fails when there was nothing to replay.
int main(int count, char **folders) {
  uint8_t *bytes = malloc(REPLAY_BYTES_MAX);
  int replayed = 0;
  for (int i = 1; bytes && i < count; i++) {
    DIR *folder = opendir(folders[i]);
    struct dirent *entry;
    while (folder && (entry = readdir(folder))) {
      char path[1024];
      snprintf(path, sizeof path, "%s/%s", folders[i], entry->d_name);
      replayed += replay_file(path, bytes);
    }
    if (folder) closedir(folder);
  }
  free(bytes);
  printf("%d inputs replayed\n", replayed);
  return replayed ? EXIT_SUCCESS : EXIT_FAILURE;
}
#endif
