// A synthetic retail chain, written as CSV files, reproducible from a seed.
//
// Reports, segments and experiment analyses are hard to trust on data whose truth nobody knows.
// This chain is simulated member by member, with planted things to find, and every planted action
// is simulated a second time without it, from the same random stream: the difference is the truth,
// written to truth/truth.json. docs/DEMO.md lists the tables, what is planted and how it is
// calibrated. Invariant: seed, scale and DEMO_VERSION determine every byte; threads, the clock and
// the machine's load do not.
#pragma once
#include "job.h"

// Raised whenever the same seed would give other bytes.
#define DEMO_VERSION 1
// At scale 1 every 95 % interval of its actions holds the truth; of other seeds some miss, as they
// must.
#define DEMO_SEED_DEFAULT 5
#define DEMO_SCALE_MIN 0.001
#define DEMO_SCALE_MAX 10.0

typedef struct DemoOptions {
  double scale;          // DEMO_SCALE_MIN .. DEMO_SCALE_MAX; 1: 520,000 members
  uint64_t seed;         // any
  const char *directory; // made by the run; may exist when empty
  uint32_t threads;      // 0: one per processor
} DemoOptions;

typedef struct DemoSummary {
  int64_t stores, members, receipts, lines, points, contacts; // rows written, late ones included
  int64_t bytes;                                              // of all files
} DemoSummary;

// Writes the chain of options->scale and ->seed into options->directory (its parent must exist).
// Everything is written to a sibling "<directory>.partial-<pid>" and renamed at the end, so that
// the directory holds either nothing or all; a failed or cancelled run removes what it wrote.
// summary may be NULL. job may be NULL; else it is asked for cancellation and told the progress,
// and the run's memory (about 0.9 GB x scale) is charged to it. STATUS_INVALID (scale, directory),
// STATUS_EXISTS (directory not empty), STATUS_IO, STATUS_MEMORY, STATUS_CANCELLED, STATUS_TIMEOUT.
Status demo_generate(const DemoOptions *options, Job *job, DemoSummary *summary,
                     Error *error) WARN_UNUSED;
