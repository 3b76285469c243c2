// demo_main DIR SCALE SEED [THREADS]: writes a demo chain and prints what it took. A helper for
// tests and calibration; users have `tessera generate`.
#include "demo.h"
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
  if (argc < 4) {
    fprintf(stderr, "usage: %s DIR SCALE SEED [THREADS]\n", argv[0]);
    return 2;
  }
  DemoOptions options = {.directory = argv[1],
                         .scale = strtod(argv[2], NULL),
                         .seed = strtoull(argv[3], NULL, 10),
                         .threads = argc > 4 ? (uint32_t)strtoul(argv[4], NULL, 10) : 0};
  Error error = ERROR_INIT;
  Job job;
  job_init(&job, "generate", 0, 0, NULL);
  DemoSummary made;
  int64_t start = clock_now_ns();
  if (demo_generate(&options, &job, &made, &error) != STATUS_OK) {
    fprintf(stderr, "%s: %s\n", status_name(error.status), error.message);
    return 1;
  }
  double seconds = (double)(clock_now_ns() - start) / 1e9;
  printf("%lld members, %lld receipts, %lld lines, %lld points, %lld contacts, %lld bytes; %.2f s, "
         "%.0f lines a second, peak %lld bytes\n",
         (long long)made.members, (long long)made.receipts, (long long)made.lines,
         (long long)made.points, (long long)made.contacts, (long long)made.bytes, seconds,
         (double)made.lines / seconds, (long long)job.memory.peak_bytes);
  return 0;
}
