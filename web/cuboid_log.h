// The questions that no cuboid served: what they would need, how often they were asked, and why the
// cuboids that there are did not do.
//
// Questions that need the same are one, whatever dates they name and language they came in. At most
// MISSES_MAX different ones are kept: of more, those asked longest ago go. cuboid_log_file keeps
// them in the store.
#pragma once
#include "cuboid_advise.h"
#include "json_writer.h"

#define MISSES_MAX 500

typedef struct CuboidLog CuboidLog;

// A question as it is kept.
typedef struct Miss {
  const char *key; // the same for questions that need the same; NULL: not made yet
  const char *cube;
  const char *why;      // no cuboid can serve it; NULL: one of these levels and measures can
  ModelCuboid declared; // that one
  const char **reasons; // of the first time: "cuboid sales(date.day): it is not split by ..."
  uint32_t reason_count;
  uint64_t count, rows_read;
  int64_t last_us; // since 1970-01-01 UTC
} Miss;

CuboidLog *cuboid_log_create(void);
void cuboid_log_destroy(CuboidLog *log); // NULL is allowed
// A question of a statement planned in `context`, in its arena: of one asking, with no rows yet.
Miss cuboid_miss_make(const CuboidQuestion *question, const LogicalContext *context,
                      const LogicalMissed *missed);
// Those of one plan, in its arena.
typedef struct Misses {
  const Miss *items;
  uint32_t count;
} Misses;

// Notes that it was asked now. Thread-safe, as is all here.
void cuboid_log_add(CuboidLog *log, const Miss *miss, uint64_t rows_read);
// Adds what was kept of an earlier time; the miss is copied.
void cuboid_log_put(CuboidLog *log, const Miss *miss);
// All of them, those asked most first; in arena.
uint32_t cuboid_log_list(CuboidLog *log, Arena *arena, Miss **misses);
void cuboid_log_remove(CuboidLog *log, const Miss *miss); // the question that needs the same
// Writes the keys "misses", those asked most first, and "misses_left_off" into an open object.
void cuboid_log_write(CuboidLog *log, JsonWriter *json);
// A number that is another after each change.
uint64_t cuboid_log_changes(CuboidLog *log);
// Queries whose questions were let go.
uint64_t cuboid_log_left_off(CuboidLog *log);
void cuboid_log_set_left_off(CuboidLog *log, uint64_t count);
