// A thread of the server that looks after the cuboids while queries run: builds and drops those
// that were asked for, one after the other; builds those that missed questions would need, within
// the budget; keeps both, and what was asked (cuboid_log_file.h), in the store.
//
// A query sees the cuboids of its moment (database_pin): none waits, and none is stopped.
#pragma once
#include "database.h"

// A question that was asked so often is worth a cuboid without anybody deciding it.
#define KEEPER_COUNT_MIN 3
#define KEEPER_WAITING_MAX 100

typedef struct CuboidKeeper CuboidKeeper;

typedef struct CuboidKeeperOptions {
  int64_t
      every_ms; // how often it looks what missed questions would need; 0: it never builds unasked
  void (*faults)(void *context, const char *text); // what cannot be read or written
  void *context;
} CuboidKeeperOptions;

CuboidKeeper *cuboid_keeper_start(Database *database, const CuboidKeeperOptions *options);
// Cancels what is under way, writes, joins; NULL is allowed.
void cuboid_keeper_stop(CuboidKeeper *keeper);

// Puts names in line, to be built (as cuboid_name_read takes them) or dropped. STATUS_BUSY: too
// many wait already. Thread-safe, as is all below.
Status cuboid_keeper_ask(CuboidKeeper *keeper, const char *const *names, uint32_t count, bool drop,
                         Error *error) WARN_UNUSED;
// Ends what is under way and forgets what waits; how many that were.
uint32_t cuboid_keeper_cancel(CuboidKeeper *keeper);
// Writes the member "building" of an open object: what is under way, what waits, what failed last.
void cuboid_keeper_write(CuboidKeeper *keeper, JsonWriter *json);
