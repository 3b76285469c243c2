// Runs a fuzz target over the files of its corpus, where there is no libFuzzer to drive it: every
// input that ever found a fault stays a test. It fails when there was nothing to replay, or a file
// could not be read; a fault in the target ends the process.
//
//   fuzz_csv tests/fuzz/corpus/csv more_inputs/one_file
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file || fseek(file, 0, SEEK_END) != 0) {
    perror(path);
    return 1;
  }
  long size = ftell(file);
  rewind(file);
  uint8_t *data = malloc(size > 0 ? (size_t)size : 1); // exact, so that reading too far is seen
  int failed = !data || size < 0 || fread(data, 1, (size_t)size, file) != (size_t)size;
  fclose(file);
  if (failed)
    perror(path);
  else
    LLVMFuzzerTestOneInput(data, (size_t)size);
  free(data);
  return failed;
}

static int replay_folder(const char *path, int *count) {
  struct dirent **entries;
  int failed = 0, n = scandir(path, &entries, NULL, alphasort);
  for (int i = 0; i < n; i++) {
    char inner[4096];
    snprintf(inner, sizeof inner, "%s/%s", path, entries[i]->d_name);
    if (entries[i]->d_name[0] != '.') {
      failed |= replay_file(inner);
      ++*count;
    }
    free(entries[i]);
  }
  if (n >= 0) free(entries);
  return failed;
}

int main(int argument_count, char **arguments) {
  int failed = 0, count = 0;
  for (int i = 1; i < argument_count; i++) {
    struct stat info;
    if (stat(arguments[i], &info) != 0) continue;
    if (S_ISDIR(info.st_mode)) {
      failed |= replay_folder(arguments[i], &count);
    } else {
      failed |= replay_file(arguments[i]);
      count++;
    }
  }
  printf("%d inputs replayed\n", count);
  return failed || !count ? EXIT_FAILURE : EXIT_SUCCESS;
}
