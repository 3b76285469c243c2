// The files of a run: made in a folder beside the target, written in order, renamed at the end.
//
// Pieces of work finish in any order; each hands in a batch (text by file), and batches are written
// in the order of their numbers, so that the bytes do not depend on threads. Whoever completes the
// next number writes all that is ready; the others wait at the lock, which bounds what piles up.
#pragma once
#include "buffer.h"
#include "demo_world.h"
#include <pthread.h>

typedef enum DemoFile {
  FILE_STORES,
  FILE_CHANNELS,
  FILE_PRODUCTS,
  FILE_PRICES,
  FILE_CUSTOMERS,
  FILE_IDENTITIES,
  FILE_TIERS,
  FILE_CONSENTS,
  FILE_COUPONS,
  FILE_CAMPAIGNS,
  FILE_EXPERIMENTS,
  FILE_ASSIGNMENTS,
  FILE_CALENDAR,
  FILE_RECEIPTS, // three years each
  FILE_SALES = FILE_RECEIPTS + YEAR_COUNT,
  FILE_DISCOUNTS = FILE_SALES + YEAR_COUNT,
  FILE_POINTS = FILE_DISCOUNTS + YEAR_COUNT,
  FILE_CONTACTS = FILE_POINTS + YEAR_COUNT,
  FILE_ORDERS = FILE_CONTACTS + YEAR_COUNT,
  FILE_EVENTS = FILE_ORDERS + YEAR_COUNT,
  FILE_LATE_RECEIPTS = FILE_EVENTS + YEAR_COUNT,
  FILE_LATE_SALES,
  FILE_LATE_DISCOUNTS,
  FILE_LATE_POINTS,
  FILE_LATE_CUSTOMERS,
  FILE_TRUTH_CUSTOMERS,
  FILE_TRUTH,
  FILE_COUNT
} DemoFile;

typedef struct DemoBatch {
  Buffer text[FILE_COUNT];
  struct DemoBatch *next; // in the list of spare ones
} DemoBatch;

typedef struct DemoOutput {
  char *target, *partial; // folders
  bool made;              // the partial folder is ours
  int files[FILE_COUNT];
  int64_t bytes;
  pthread_mutex_t lock;
  DemoBatch **waiting, *spare;
  size_t waiting_count, next;
  Error error; // of the first failed write
} DemoOutput;

// Makes the partial folder and all files with their header lines. STATUS_INVALID, STATUS_EXISTS,
// STATUS_IO. On failure nothing is left.
Status demo_output_open(DemoOutput *output, const char *directory, Error *error) WARN_UNUSED;
// Renames the folder to its target. The output is closed whatever happens.
Status demo_output_finish(DemoOutput *output, Error *error) WARN_UNUSED;
// Closes and deletes all files.
void demo_output_discard(DemoOutput *output);

// Starts a phase of `count` numbered batches.
void demo_output_expect(DemoOutput *output, size_t count);
// An empty batch, to be given back by demo_output_submit. Thread-safe, as is submit.
DemoBatch *demo_output_batch(DemoOutput *output);
Status demo_output_submit(DemoOutput *output, size_t number, DemoBatch *batch,
                          Error *error) WARN_UNUSED;
